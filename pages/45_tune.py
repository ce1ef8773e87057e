"""Tune

Which settings make a model good on ratings it has never seen?

Icon: tune
"""

from ui import page, tune

data = page.begin(__doc__)

with page.choose("What to search"):
    plan = tune.choose(data)
    tune.buttons(data, plan)
tune.follow()
tune.result(data)
