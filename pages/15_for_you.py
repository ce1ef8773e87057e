"""For you

Rate a few films. What would a recommender show you next, and why?

Icon: recommend
"""

import streamlit as st

from ui import choice, page, rating, recommendations, what_if, written_out

data = page.begin(__doc__)

rating.own_list(data)
on_table = rating.panel(data)

with st.container(horizontal=True, vertical_alignment="bottom"):
    st.header("Recommended for you", anchor=False)
    model = choice.pick(data)
    filters = recommendations.pick_filters(data)
listing = recommendations.make(data, model, filters, on_table)
recommendations.show(data, listing)

ask, answer = st.columns([2, 3])
with ask:
    what_if.panel(data)
    film = recommendations.why(data, listing)
with answer:
    recommendations.reasons(data, listing, film)
written_out.panel(data, listing.trained.model, film, listing.told)
