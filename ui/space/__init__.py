"""The item space screen: choose a model, walk its map, question what it holds to be alike."""

from ui.space.choose import choose
from ui.space.screen import show

__all__ = ["choose", "show"]
