"""Where the names of marks are written, so that they neither lie on each other nor on a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[float, float]
Box = tuple[float, float, float, float]

WIDTHS, HEIGHT = (280, 780), 300
"""Pixels of the picture on a phone, where room is least, and on a desk, where a line runs elsewhere."""
CHARACTER, LINE = 6.2, 15
"""Pixels of a letter and of a line of text."""
MARK = 8
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
    taken = {
        width: [_box(_at(spot, width), 2 * MARK, 2 * MARK) for spot in spots.values()] for width in WIDTHS
    }
    found: dict[str, Label] = {}
    for name, spot in sorted(spots.items(), key=lambda one: -one[1][1]):
        wide = CHARACTER * len(name)
        free = []
        for label in _candidates(wide):
            boxes = {width: _box(_at(spot, width), wide, LINE, label) for width in WIDTHS}
            if all(_is_free(boxes[width], taken[width], width) for width in WIDTHS):
                free.append((label, boxes))
        clear = (one for one in free if not any(_lies_on(one[1][width], line, width) for width in WIDTHS))
        best = next(clear, free[0] if free else None)
        if best is not None:
            found[name] = best[0]
            for width in WIDTHS:
                taken[width].append(best[1][width])
    return found


def _candidates(wide: float) -> Iterator[Label]:
    """Beside the mark first, right before left; then over, under, and askew; then ever further off."""
    aside, above = _NEAR + wide / 2, _NEAR + LINE / 2
    near = [(aside, 0.0), (-aside, 0.0), (0.0, above), (0.0, -above)]
    near += [(x, y) for y in (above, -above) for x in (wide / 2, -wide / 2)]
    yield from (Label(x, y, False) for x, y in near)
    for far in _FAR:
        yield from (Label(x, y, True) for y in (-far, far) for x in (aside, -aside, 0.0))


def _at(spot: Point, width: float) -> Point:
    return spot[0] * width, spot[1] * HEIGHT


def _box(mark: Point, wide: float, high: float, label: Label = Label(0, 0, False)) -> Box:
    x, y = mark[0] + label.x, mark[1] + label.y
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _is_free(box: Box, taken: Sequence[Box], width: float) -> bool:
    inside = box[0] >= -2 and box[1] >= -2 and box[2] <= width + 4 and box[3] <= HEIGHT + 2
    return inside and not any(_overlap(box, other) for other in taken)


def _lies_on(box: Box, line: Sequence[Point], width: float) -> bool:
    return any(_crosses(box, *ends) for ends in pairwise(_at(corner, width) for corner in line))


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


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
