"""The screens' building blocks: besides app.py and pages/, the only package that imports Streamlit."""
