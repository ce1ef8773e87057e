"""Film tiles, drawn: a gradient by genre, shapes seeded by the title, the title itself.

Posters may not be used here (their licences forbid it), and a drawing needs no network.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from hashlib import sha256
from random import Random
from xml.sax.saxutils import escape

import streamlit as st

from recsys_core.dataset import NO_YEAR, Catalogue, natural_title
from ui.charts import style

WIDTH, HEIGHT = 320, 180
MARGIN = 20
_SIZES = (28, 24, 20, 17)  # the largest at which the title fits is taken
_MAX_LINES = 3
_FONT = "Inter, 'Helvetica Neue', Helvetica, Arial, sans-serif"
_NOT_XML = re.compile(r"[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")


@lru_cache(maxsize=4096)
def tile(title: str, year: int, genres: tuple[str, ...]) -> str:
    """An SVG picture of a film, always of the same size; equal input, equal picture."""
    genre = main_genre(genres)
    light, dark = _gradient(genre)
    title = _clean(title)
    size, lines = fit(title)
    about = " · ".join(part for part in (genre.upper(), "" if year == NO_YEAR else str(year)) if part)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" font-family="{_FONT}" fill="{style.INK}">'
        f'<defs><linearGradient id="g" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="{light}"/>'
        f'<stop offset="1" stop-color="{dark}"/></linearGradient>'
        f'<clipPath id="c"><rect width="{WIDTH}" height="{HEIGHT}" rx="10"/></clipPath></defs>'
        f'<g clip-path="url(#c)"><rect width="{WIDTH}" height="{HEIGHT}" fill="url(#g)"/>'
        f"{_shapes(title, year)}</g>"
        f'<text x="{MARGIN}" y="34" font-size="12" font-weight="600" letter-spacing="1.4">'
        f"{escape(about)}</text>"
        f"{_lines(lines, size)}</svg>"
    )


def draw(catalogue: Catalogue, item: int) -> None:
    """Show an item's tile, as wide as its container, with the title as alternative text."""
    title, year, genres = (
        natural_title(catalogue.titles[item]),
        int(catalogue.years[item]),
        genres_of(catalogue, item),
    )
    alt = ", ".join((catalogue.label(item), *genres))
    st.image(tile(title, year, genres), width="stretch", alt=alt)


def genres_of(catalogue: Catalogue, item: int) -> tuple[str, ...]:
    """An item's genres, the most telling first."""
    order = list(style.TILES)
    known = [_known(name) for name in catalogue.genres_of(item)]
    return tuple(sorted(known, key=lambda name: order.index(name) if name in order else len(order)))


def main_genre(genres: tuple[str, ...]) -> str:
    """The genre a tile is coloured by; empty where there is none."""
    known = {_known(name) for name in genres}
    return next((name for name in style.TILES if name in known), _clean(genres[0]) if genres else "")


def _gradient(genre: str) -> tuple[str, str]:
    if genre in style.TILES or not genre:
        return style.TILES.get(genre, style.NO_GENRE)
    # A genre the films do not have, such as a style of music: any colours, but always the same.
    return Random(genre).choice(list(style.TILES.values()))  # noqa: S311 - a picture, not a secret


def _known(genre: str) -> str:
    return "Children" if genre == "Children's" else genre


def _clean(text: str) -> str:
    return " ".join(_NOT_XML.sub(" ", text).split())


# ---------------------------------------------------------------- the title


def fit(title: str) -> tuple[int, list[str]]:
    """The font size and the lines of a title; the end is cut with … where nothing helps."""
    for size in _SIZES:
        lines = _wrap(title, size)
        if len(lines) <= (2 if size == _SIZES[0] else _MAX_LINES):
            return size, lines
    kept = lines[:_MAX_LINES]
    while text_width(kept[-1] + "…", size) > WIDTH - 2 * MARGIN:
        kept[-1] = kept[-1][:-1]
    kept[-1] = kept[-1].rstrip(" ,:;-") + "…"
    return size, kept


def _wrap(title: str, size: int) -> list[str]:
    room, lines = WIDTH - 2 * MARGIN, [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if text_width(longer, size) <= room:
            lines[-1] = longer
            continue
        if lines[-1]:
            lines.append("")
        for sign in word:  # a word wider than the tile is broken where it must be
            if text_width(lines[-1] + sign, size) > room:
                lines.append("")
            lines[-1] += sign
    return lines


def text_width(text: str, size: int) -> float:
    """About how wide a bold text is, in pixels; on the safe side."""
    return size * sum(_sign_width(sign) for sign in text)


def _sign_width(sign: str) -> float:
    if unicodedata.east_asian_width(sign) in "WF":
        return 1.05
    if unicodedata.combining(sign):
        return 0.0
    if sign in "mwMW@%…—":
        return 0.95
    if sign in " .,:;'!|iIjl()[]-":
        return 0.36
    return 0.74 if sign.isupper() else 0.61


def _lines(lines: list[str], size: int) -> str:
    step = round(size * 1.18)
    last = HEIGHT - 24
    return "".join(
        f'<text x="{MARGIN}" y="{last - step * (len(lines) - 1 - row)}" font-size="{size}" font-weight="800">'
        f"{escape(line)}</text>"
        for row, line in enumerate(lines)
    )


# ---------------------------------------------------------------- the shapes


def _shapes(title: str, year: int) -> str:
    # One group for the light shapes and one for the dark: inside a group overlaps do not add up,
    # so the lightest a tile can get is known, and with it the contrast under the title.
    random = Random(sha256(f"{title}|{year}".encode()).hexdigest())  # noqa: S311 - a picture, not a secret
    draw_motif = random.choice((_circles, _rings, _beams, _hills))
    return (
        f'<g fill="#000000" stroke="none" opacity="{style.SHADE_OPACITY}">{draw_motif(random)}</g>'
        f'<g fill="{style.INK}" stroke="none" opacity="{style.HIGHLIGHT_OPACITY}">{draw_motif(random)}</g>'
    )


def _circles(random: Random) -> str:
    places = [
        (random.randint(60, WIDTH), random.randint(0, HEIGHT), random.randint(16, 84)) for _ in range(4)
    ]
    return "".join(f'<circle cx="{x}" cy="{y}" r="{r}"/>' for x, y, r in places)


def _rings(random: Random) -> str:
    x, y, first = random.randint(150, WIDTH), random.randint(-10, 120), random.randint(18, 34)
    wide = random.randint(9, 16)
    return "".join(
        f'<path fill-rule="evenodd" d="{_disc(x, y, r + wide)}{_disc(x, y, r)}"/>'
        for r in range(first, first + 150, random.randint(32, 46))
    )


def _disc(x: int, y: int, r: int) -> str:
    return f"M{x - r} {y}a{r} {r} 0 1 0 {2 * r} 0a{r} {r} 0 1 0 {-2 * r} 0Z"


def _beams(random: Random) -> str:
    lean = random.choice((-90, -60, 60, 90))
    starts = [random.randint(40, WIDTH + 40) for _ in range(4)]
    return "".join(
        f'<path d="M{x} 0h{w}l{lean} {HEIGHT}h{-w}Z"/>' for x in starts for w in [random.randint(14, 52)]
    )


def _hills(random: Random) -> str:
    heights = [random.randint(50, 150) for _ in range(3)]
    return "".join(
        f'<path d="M0 {y}C{random.randint(60, 130)} {y - random.randint(30, 90)} {random.randint(170, 240)} '
        f'{y + random.randint(20, 80)} {WIDTH} {y - random.randint(0, 60)}V{HEIGHT}H0Z"/>'
        for y in heights[:2]
    )
