"""The Compare screen: choose algorithms and how to measure, follow the job, look at what it came to."""

from ui.compare.choose import choose
from ui.compare.earlier import earlier
from ui.compare.following import buttons, follow, result

__all__ = ["buttons", "choose", "earlier", "follow", "result"]
