"""The frame around every screen: window, menu and the choice of data. Run: streamlit run app.py"""

from ui import page

page.frame().run()
