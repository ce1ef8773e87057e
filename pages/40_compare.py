"""Compare models

Which model is best, at what, and is the gap between them more than luck?

Icon: leaderboard

Menu: Compare
"""

from ui import compare, page

data = page.begin(__doc__)

with page.choose("What to compare"):
    plan = compare.choose(data)
    compare.buttons(data, plan)
compare.follow(data)
compare.result(data)
compare.earlier(data)
