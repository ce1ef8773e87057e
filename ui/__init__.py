"""The screens' building blocks: besides app.py and pages/, the only package that imports Streamlit."""

import os

# Read when numpy is first imported, which is after this. Many visitors share the cores: a product of
# matrices that takes them all makes every other click wait, and its idle threads spin meanwhile.
for _limit in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ.setdefault(_limit, "1")
