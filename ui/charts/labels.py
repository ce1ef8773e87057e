"""Where the names of marks are written, so that they neither lie on each other nor on a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Box = tuple[float, float, float, float]

WIDTH, HEIGHT = 280, 300
"""Pixels of the picture on a phone, where room is least; on a wider one all lie further apart."""
CHARACTER, LINE = 5.6, 15
"""Pixels of a letter and of a line of text."""
_MARK = 8
"""Half the size of a mark."""
_NEAR, _FAR = 10, (30, 48, 66)
"""Pixels from the middle of a mark to its name: beside it, or further off at the end of a leader."""


@dataclass(frozen=True)
class Label:
    """Where a name is written.

    Attributes:
        x, y: pixels from the middle of the mark to the middle of the text, right and up.
        led: it is so far off that a leader has to say whose it is.
    """

    x: float
    y: float
    led: bool


def placed(spots: Mapping[str, Point], line: Sequence[Point] = ()) -> dict[str, Label]:
    """Where each name is written; one that finds no room at all is left out.

    Args:
        spots: of each name where its mark is, as shares of the picture from the lower left.
        line: corners of a line that is drawn through the picture, in the same shares; a name lies on
            it only where there is no other room.

    Cost: O(n²) for n names.
    """
    marks = {name: (x * WIDTH, y * HEIGHT) for name, (x, y) in spots.items()}
    corners = [(x * WIDTH, y * HEIGHT) for x, y in line]
    taken = [(x - _MARK, y - _MARK, x + _MARK, y + _MARK) for x, y in marks.values()]
    found: dict[str, Label] = {}
    for name, mark in sorted(marks.items(), key=lambda one: -one[1][1]):
        wide = CHARACTER * len(name)
        free = [
            (label, box)
            for label, box in _candidates(mark, wide)
            if _inside(box) and not any(_overlap(box, other) for other in taken)
        ]
        clear = (one for one in free if not any(_crosses(one[1], *ends) for ends in _pieces(corners)))
        best = next(clear, free[0] if free else None)
        if best is not None:
            found[name] = best[0]
            taken.append(best[1])
    return found


def _candidates(mark: Point, wide: float) -> Iterator[tuple[Label, Box]]:
    """Beside the mark first, right before left; then over, under, and askew; then ever further off."""
    aside, above = _NEAR + wide / 2, _NEAR + LINE / 2
    tries = [(aside, 0.0), (-aside, 0.0), (0.0, above), (0.0, -above)]
    tries += [(x, y) for y in (above, -above) for x in (wide / 2, -wide / 2)]
    near = len(tries)
    for far in _FAR:
        tries += [(x, y) for y in (-far, far) for x in (wide / 2 + _NEAR, -wide / 2 - _NEAR, 0.0)]
    for k, (x, y) in enumerate(tries):
        middle = (mark[0] + x, mark[1] + y)
        box = (middle[0] - wide / 2, middle[1] - LINE / 2, middle[0] + wide / 2, middle[1] + LINE / 2)
        yield Label(x, y, k >= near), box


def _inside(box: Box) -> bool:
    return box[0] >= -2 and box[1] >= -2 and box[2] <= WIDTH + 4 and box[3] <= HEIGHT + 2


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _pieces(corners: Sequence[Point]) -> Iterator[tuple[Point, Point]]:
    return pairwise(corners)


def _crosses(box: Box, start: Point, end: Point) -> bool:
    """Whether a straight piece passes through the box (Liang & Barsky 1984)."""
    enters, leaves = 0.0, 1.0
    for k in (0, 1):
        way = end[k] - start[k]
        low, high = box[k] - start[k], box[k + 2] - start[k]
        if not way:
            if low > 0 or high < 0:
                return False
            continue
        first, last = sorted((low / way, high / way))
        enters, leaves = max(enters, first), min(leaves, last)
    return enters <= leaves
