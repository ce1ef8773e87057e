"""Data

Who rated what, how much is there, and where does it come from?

Icon: database
"""

from ui import page

dataset = page.begin(__doc__)
