"""A recipe as text: JSON for a file, one short line for a web address. Both are read back with suspicion.

Whatever cannot be read is reported in words, and the rest is kept. Items are written by their raw ids, so
that a file of another data set cannot exclude other films than meant.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote

from recsys_core.dataset import Dataset, Remark
from recsys_core.errors import DataError
from recsys_core.ranking.checks import LONGEST, MOST, clean, said
from recsys_core.ranking.recipe import Recipe
from recsys_core.ranking.weights import HybridWeights, checked_weight

KIND = "recsys recipe"
VERSION = 1
MAX_TEXT = 100_000
"""Longest text that is read."""
MAX_LIST = 100
"""Longest list that a file or an address may ask for."""
AS_IT_IS = " It was left as it is."

PLAIN = (
    "normalisation", "seen", "diversity", "calibration",
    "most_per_genre", "recent", "half_life", "retrieve", "n",
)  # fmt: skip
"""Fields that are written as they are."""

# In an address: names without "_" and "-", which part the entries.
SHORT = {
    "normalisation": "by", "genres": "genres", "years": "years", "min_ratings": "support", "seen": "seen",
    "exclude": "without", "diversity": "variety", "calibration": "calibration", "most_per_genre": "cap",
    "recent": "recent", "half_life": "half", "retrieve": "retrieve", "n": "n",
}  # fmt: skip
LONG = {short: name for name, short in SHORT.items()}


def to_json(recipe: Recipe, dataset: Dataset) -> str:
    """A file that `from_json` reads: `{"kind": "recsys recipe", "version": 1, "data": …, "weights": …}`."""
    plain = {"kind": KIND, "version": VERSION, "data": dataset.name, **_plain(recipe, dataset)}
    return json.dumps(plain, indent=2, ensure_ascii=False)


def from_json(text: str, dataset: Dataset, start: Recipe | None = None) -> tuple[Recipe, tuple[Remark, ...]]:
    """Read a file from a stranger.

    Args:
        text: what `to_json` wrote, or anything at all.
        dataset: where genres and items are looked up.
        start: what stays where nothing can be read; a plain recipe by default.

    Returns:
        What could be read, and remarks on what could not.
    """
    start = start or Recipe()
    if len(text) > MAX_TEXT:
        return start, (Remark(f"The file is too long ({len(text):,} characters); nothing was read."),)
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return start, (Remark("The file is not JSON; nothing was read."),)
    if not isinstance(found, dict) or found.pop("kind", None) != KIND:
        return start, (Remark(f'The file is no recipe: it must say "kind": "{KIND}"; nothing was read.'),)
    remarks = []
    version, data = found.pop("version", None), found.pop("data", None)
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        remarks.append(Remark(f"The file has no version that can be read: {_said(version)}; taken as 1."))
    elif version > VERSION:
        remarks.append(
            Remark(
                f"The file is of the newer version {_said(version)}, this reads {VERSION}: "
                "what is known was kept."
            )
        )
    if data is not None and data != dataset.name:
        remarks.append(Remark(f"The file was made for {_said(data)}, this is {dataset.title}."))
    recipe, more = _read(found, dataset, start)
    return recipe, (*remarks, *more)


def to_text(recipe: Recipe, dataset: Dataset) -> str:
    """One line, safe in an address; empty for a plain recipe: `rating~1_popularity~0.3_by~rank`."""
    plain, usual = _plain(recipe, dataset), _plain(Recipe(), dataset)
    entries = []
    if plain["weights"] != usual["weights"]:
        # repr, not "g": what is read back must be the same recipe.
        entries = [f"{name}~{_short(value)}" for name, value in plain["weights"].items()]
    for name, short in SHORT.items():
        if plain[name] != usual[name]:
            value = plain[name]
            words = value if isinstance(value, list) else [value]
            entries.append(f"{short}~{'-'.join(_escaped(_short(word)) for word in words)}")
    return "_".join(entries)


def from_text(text: str, dataset: Dataset, start: Recipe | None = None) -> tuple[Recipe, tuple[Remark, ...]]:
    """Read a line of an address from a stranger; as `from_json`."""
    start = start or Recipe()
    if len(text) > MAX_TEXT:
        return start, (Remark(f"The recipe in the address is too long ({len(text):,} characters)."),)
    found: dict[str, Any] = {}
    for entry in filter(None, text.split("_")):
        short, _, value = entry.partition("~")
        name = LONG.get(short)
        if name is None:
            found.setdefault("weights", {})[unquote(short)] = _number(value)
        elif name in ("genres", "exclude"):
            found[name] = [unquote(word) for word in value.split("-")]
        elif name == "years":
            found[name] = [_number(word) for word in value.split("-")]
        else:
            found[name] = unquote(value) if name in ("normalisation", "seen") else _number(unquote(value))
    return _read(found, dataset, start)


# ---------------------------------------------------------------- both


def _plain(recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """Plain values by name: what JSON knows."""
    filters = recipe.filters
    return {
        "weights": dict(recipe.weights.pairs) or {"rating": 0.0},
        "genres": list(filters.genres),
        "years": None if filters.years is None else list(filters.years),
        "min_ratings": filters.min_ratings,
        "exclude": [dataset.catalogue.item_ids[item] for item in recipe.exclude],
        **{name: getattr(recipe, name) for name in PLAIN},
    }


def _read(found: dict[str, Any], dataset: Dataset, start: Recipe) -> tuple[Recipe, tuple[Remark, ...]]:
    """A recipe from plain values of unknown origin."""
    recipe, remarks = start, []
    for name, value in found.items():
        reader = READERS.get(name) or (_as_it_is if name in PLAIN else None)
        if reader is None:
            remarks.append(Remark(f"There is no setting {_said(name)}: left out."))
            continue
        try:
            recipe, told = reader(recipe, name, value, dataset)
        except DataError as exc:
            remarks.append(Remark(f"{exc}{AS_IT_IS}"))
        else:
            remarks += [Remark(text) for text in told]
    return recipe, tuple(remarks)


Read = tuple[Recipe, list[str]]
Reader = Callable[[Recipe, str, Any, Dataset], Read]


def _weights(recipe: Recipe, name: str, value: Any, dataset: Dataset) -> Read:
    if not isinstance(value, dict):
        raise DataError(f"The weights must be names with numbers; got {_said(value)}.")
    good, told = {}, []
    for signal, weight in value.items():
        try:
            good[signal] = checked_weight(signal, weight)
        except DataError as exc:
            told.append(f"{exc} It was left out.")
    if not good:
        return recipe, told
    return replace(recipe, weights=HybridWeights(**good)), told


def _genres(recipe: Recipe, name: str, value: Any, dataset: Dataset) -> Read:
    known = dataset.catalogue.genre_names
    good, told = _parted(value, name, lambda word: word in known, f"Not a genre of {dataset.title}")
    if told and not good:
        return recipe, told
    return replace(recipe, filters=replace(recipe.filters, genres=tuple(dict.fromkeys(good)))), told


def _exclude(recipe: Recipe, name: str, value: Any, dataset: Dataset) -> Read:
    index_of = dataset.catalogue.index_of
    good, told = _parted(
        value, name, lambda word: word in index_of, f"Not in {dataset.title}, so not excluded"
    )
    if told and not good:
        return recipe, told
    return replace(recipe, exclude=tuple(dict.fromkeys(index_of[word] for word in good))), told


def _years(recipe: Recipe, name: str, value: Any, dataset: Dataset) -> Read:
    years = None
    if value is not None:
        if not isinstance(value, list) or len(value) != 2 or not all(map(_is_whole, value)):
            raise DataError(f"years must be the first and the last year; got {_said(value)}.")
        years = (value[0], value[1])
    return replace(recipe, filters=replace(recipe.filters, years=years)), []


def _min_ratings(recipe: Recipe, name: str, value: Any, dataset: Dataset) -> Read:
    if not _is_whole(value) or value < 0:
        raise DataError(f"min_ratings must be a whole number from 0; got {_said(value)}.")
    return replace(recipe, filters=replace(recipe.filters, min_ratings=value)), []


def _as_it_is(recipe: Recipe, name: str, value: Any, dataset: Dataset) -> Read:
    if isinstance(value, (str, list, dict)) and name not in ("normalisation", "seen"):
        raise DataError(f"{name} must be a number; got {_said(value)}.")
    if name in ("normalisation", "seen") and not isinstance(value, str):
        raise DataError(f"{name} must be a word; got {_said(value)}.")
    if name == "n" and isinstance(value, (int, float)) and value > MAX_LIST:
        raise DataError(f"n = {_said(value)} is too long for a list: at most {MAX_LIST}.")
    change: dict[str, Any] = {name: value}
    return replace(recipe, **change), []


READERS: dict[str, Reader] = {
    "weights": _weights,
    "genres": _genres,
    "exclude": _exclude,
    "years": _years,
    "min_ratings": _min_ratings,
}


def _parted(
    value: Any, name: str, is_good: Callable[[str], bool], what_bad_is: str
) -> tuple[list[str], list[str]]:
    """The good entries of a list, and a sentence that names the others, if there are any."""
    if not isinstance(value, list):
        raise DataError(f"{name} must be a list; got {_said(value)}.")
    good = [word for word in value if isinstance(word, str) and is_good(word)]
    bad = [_said(word) for word in value if not (isinstance(word, str) and is_good(word))]
    return good, [f"{what_bad_is}: {_listed(bad)}.{'' if good else AS_IT_IS}"] if bad else []


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST


def _number(word: str) -> int | float | str | None:
    """The number that was written; the word itself where it is none, for the message."""
    for kind in (int, float):
        try:
            return kind(word)
        except ValueError:
            continue
    return word


def _short(value: Any) -> str:
    # Large ones stay as Python writes them: 1e+308 has 309 digits, too many for an address; a + is a blank.
    if not isinstance(value, float):
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else str(value).replace("e+", "e")


def _escaped(word: str) -> str:
    escaped = quote(word, safe="")
    for sign in "~_-":
        escaped = escaped.replace(sign, f"%{ord(sign):02X}")
    return escaped


def _said(value: Any) -> str:
    if not isinstance(value, str):
        return said(value)
    return clean(value if len(value) <= LONGEST else value[: LONGEST - 1] + "…")


def _listed(words: list[str], most: int = 5) -> str:
    shown = ", ".join(words[:most])
    return shown if len(words) <= most else f"{shown} and {len(words) - most} more"


def _no_number(word: str) -> Any:
    raise ValueError(word)  # NaN and Infinity are no JSON
