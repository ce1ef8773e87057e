"""The hybrid screen: choose a model, weigh its signals, and see what each of them does to the list."""

from ui.hybrid.choose import choose
from ui.hybrid.screen import show

__all__ = ["choose", "show"]
