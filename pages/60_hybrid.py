"""Hybrid ranking

What happens to a list when it is ranked by more than the predicted rating, and who gains by it?

Icon: equalizer
"""

from ui import hybrid, page

data = page.begin(__doc__)

with page.choose("Which model, and whose ratings"):
    chosen = hybrid.choose(data)
hybrid.show(data, chosen)
