"""The frame around every screen: window, menu and the choice of data. Run: streamlit run app.py"""

import streamlit as st

from ui import controls, page

chosen = page.frame()
with st.sidebar:
    controls.pick_dataset()
chosen.run()
