"""See how recommenders work

Rate a few films and get recommendations at once. Then look inside: what was learned, how good it
is, and what each setting costs.

Menu: Home

Icon: home
"""

import streamlit as st

from ui import overview, page

dataset = page.begin(__doc__)

page.wall(dataset, overview.best_known(dataset, 8))
page.go("for_you", "Rate films, see what is for you", "star")

st.subheader("The data in use", anchor=False)
page.figures(overview.facts(dataset))

st.subheader("Where to go", anchor=False)
page.cards()
