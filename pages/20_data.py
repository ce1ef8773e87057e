"""Data

Who rated what, how much is there, and where does it come from?

Icon: database
"""

import streamlit as st

from ui import controls, overview, page

dataset = page.begin(__doc__)

glance, sets, origin = st.tabs(["At a glance", "All data sets", "Origin and licence"])

with glance:
    page.figures(overview.facts(dataset))
    page.gallery(overview.charts(dataset))

with sets:
    controls.dataset_cards(dataset)
    st.markdown(
        "Have the files already? Unpack them into one folder, a sub-folder for each data set, and name "
        "that folder in the environment variable `RECSYS_DATA_DIR` before the program starts."
    )

with origin:
    page.origin(dataset)
    st.subheader("Found while reading", anchor=False)
    page.remarks(dataset)
