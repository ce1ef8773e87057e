"""The price of the dial: what weights do to the lists of a fixed panel of people, and which would be best."""

from recsys_core.evaluation.panel.base import Panel
from recsys_core.evaluation.panel.best import LOOKED_FOR, Best, best
from recsys_core.evaluation.panel.curve import Curve, curve
from recsys_core.evaluation.panel.lists import lists_of
from recsys_core.evaluation.panel.price import PREDICTED, PRICED, Change, Price, price
from recsys_core.evaluation.panel.split import panel_split, room_for

__all__ = [
    "LOOKED_FOR",
    "PREDICTED",
    "PRICED",
    "Best",
    "Change",
    "Curve",
    "Panel",
    "Price",
    "best",
    "curve",
    "lists_of",
    "panel_split",
    "price",
    "room_for",
]
