"""The Tune screen: choose what to search and how, follow the job, look at what it found and use it."""

from ui.tune.choose import choose
from ui.tune.following import buttons, follow
from ui.tune.result import result

__all__ = ["buttons", "choose", "follow", "result"]
