"""Watch it learn

What happens in each pass over the ratings, and when does learning turn into learning by heart?

Icon: model_training
"""

from ui import keeping, page, scrub, watch, written_out

data = page.begin(__doc__)

with page.choose("What to train"):
    plan = watch.choose(data)
    watch.buttons(data, plan)
scrub.begin(data)
watch.follow()
keeping.offer(data)
scrub.back(data)
written_out.of_training(data)
