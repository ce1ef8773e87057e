"""Home

How do recommenders learn what you like, and how far can you trust them?

Icon: home
"""

from ui import page

dataset = page.begin(__doc__)
page.cards()
