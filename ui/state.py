"""What the screens remember: declared once, with a default, and whether it is in the URL.

Links in the menu drop the URL's parameters and a refresh drops the session, so what must
survive both lives in both: `read` takes it from whichever has it and writes it back to the other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

import recsys_core as rc
from recsys_core.algorithms.base import HyperParameter, HyperValue
from recsys_core.errors import HyperParameterError
from ui import safe

SAMPLE = "sample"
DEFAULT_MODEL = "als"
_NOTICES = "notices"
_JOB, _JOB_ID = "job", re.compile(r"[\w-]{10,64}")
_KEPT, _KEPT_ID = "kept", re.compile(r"[a-z][a-z0-9_]*-[0-9a-f]{16}")
_LONGEST = 500
"""Characters of a model's text in the address; the longest one we write has some 300."""


@dataclass(frozen=True)
class Value:
    """One thing to remember, as text.

    Attributes:
        key: its name in the session and in the URL.
        what: what it is called in a message.
        default: gives the value of a new visitor.
        allowed: whether a text from the URL may be taken; everything in a URL is a stranger's.
        in_url: whether a link to the screen carries it.
        place: its name in the session, where a control already goes by `key`.
    """

    key: str
    what: str
    default: Callable[[], str]
    allowed: Callable[[str], bool]
    in_url: bool = True
    place: str = ""

    @property
    def in_session(self) -> str:
        """Its name in the session."""
        return self.place or self.key


def _is_dataset(name: str) -> bool:
    return name in rc.sources()


def _default_dataset() -> str:
    named = os.environ.get("RECSYS_DATASET", SAMPLE)
    return named if _is_dataset(named) else SAMPLE


DATASET = Value("data", "data set", _default_dataset, _is_dataset)


# ---------------------------------------------------------------- which model, as text


@dataclass(frozen=True)
class Model:
    """Which model a screen uses: an algorithm with its settings, or one that was kept.

    Attributes:
        name: of the algorithm.
        hyper_parameters: those that were set; the others have their defaults.
        kept: the folder of the kept model, as `ui.kept` knows it; empty for one that is trained
            when it is asked for.
    """

    name: str
    hyper_parameters: Mapping[str, HyperValue] = field(default_factory=dict)
    kept: str = ""

    @property
    def text(self) -> str:
        """For an address: "svd~n_factors=20", or "kept~" and the folder; defaults are left out."""
        if self.kept:
            return f"{_KEPT}~{self.kept}"
        declared = rc.algorithms()[self.name].hyper_parameters()
        given = self.hyper_parameters.items()
        return "~".join(
            [self.name, *(f"{key}={value}" for key, value in given if value != declared[key].default)]
        )

    @classmethod
    def read(cls, text: str) -> Model | None:
        """The reverse, from a stranger: None for what no screen of ours has written."""
        name, *rest = text[: _LONGEST + 1].split("~")
        if len(text) > _LONGEST:
            return None
        if name == _KEPT:
            id = rest[0] if len(rest) == 1 else ""
            algorithm = id.rpartition("-")[0]
            known = _KEPT_ID.fullmatch(id) and algorithm in rc.algorithms()
            return cls(algorithm, kept=id) if known else None
        if name not in rc.algorithms():
            return None
        declared = rc.algorithms()[name].hyper_parameters()
        given: dict[str, HyperValue] = {}
        try:
            for key, _, word in (each.partition("=") for each in rest):
                given[key] = declared[key].check(_value(declared[key], word))
        except (KeyError, ValueError):  # a HyperParameterError is a ValueError, too
            return None
        return cls(name, {key: value for key, value in given.items() if value != declared[key].default})


def _value(declared: HyperParameter, word: str) -> HyperValue:
    """Raises ValueError for a word that is no such value."""
    if declared.type is bool:
        return {"True": True, "False": False}.get(word, word)
    return word if declared.type is str else declared.type(word)


MODEL = Value(
    "model", "model", lambda: DEFAULT_MODEL, lambda text: Model.read(text) is not None, place="model-chosen"
)


def model() -> Model:
    """The model that “For you” uses."""
    chosen = Model.read(read(MODEL))
    assert chosen is not None  # noqa: S101 - `read` gives only what is allowed
    return chosen


def use_model(name: str, hyper_parameters: Mapping[str, HyperValue] | None = None) -> None:
    """Hand a model to “For you”: the next time it is opened, it trains and uses this one.

    Raises:
        HyperParameterError: there is no such algorithm, or it does not allow these values.
    """
    given = dict(hyper_parameters or {})
    checked = rc.algorithm(name, **given).parameters()
    choose_model(Model(name, {key: checked[key] for key in given}))


def choose_model(chosen: Model) -> None:
    """Use this model from now on.

    Raises:
        HyperParameterError: its text could not be read again.
    """
    if Model.read(chosen.text) is None:
        raise HyperParameterError(f"{chosen.text[:80]!r} is no model: name an algorithm and its settings.")
    write(MODEL, chosen.text)


# ---------------------------------------------------------------- reading and writing


def read(value: Value) -> str:
    """The value: from the URL, else from the session, else the default; then kept in both."""
    given = st.query_params.get(value.key) if value.in_url else None
    if given is not None and not value.allowed(given):
        notify(f"The address asks for the {value.what} “{given[:40]}”, which there is not.")
        given = None
    kept = given if given is not None else st.session_state.get(value.in_session)
    chosen = kept if isinstance(kept, str) and value.allowed(kept) else value.default()
    write(value, chosen)
    return chosen


def write(value: Value, chosen: str) -> None:
    """Keep a value in the session and, where declared so, in the URL."""
    st.session_state[value.in_session] = chosen
    if value.in_url and st.query_params.get_all(value.key) != [chosen]:
        st.query_params[value.key] = chosen


def write_all(*pairs: tuple[Value, str]) -> None:
    """Keep several values at once, the address in one step of the browser's history; empty ones leave it."""
    before = st.query_params.to_dict()
    after = before | {value.key: chosen for value, chosen in pairs}
    for value, chosen in pairs:
        st.session_state[value.in_session] = chosen
        if not chosen:
            del after[value.key]
    if after != before:
        st.query_params.from_dict(after)


def stepped() -> bool:
    """Whether this run answers the Back or Forward of the browser: then the address says what is wanted."""
    ctx = get_script_run_ctx()
    return ctx is not None and ctx.is_history_navigation


def job() -> str | None:
    """The id of the job being watched: from the session or the URL, then kept in both."""
    id = st.session_state.get(_JOB) or st.query_params.get(_JOB)
    if not isinstance(id, str) or not _JOB_ID.fullmatch(id):
        return None
    keep_job(id)
    return id


def keep_job(id: str) -> None:
    """Watch this job from now on; the URL carries it over a refresh."""
    st.session_state[_JOB] = id
    if st.query_params.get(_JOB) != id:
        st.query_params[_JOB] = id


def notify(message: str) -> None:
    """Queue a plain-text message for the next screen that begins."""
    st.session_state.setdefault(_NOTICES, []).append(safe.text(message))


def notices() -> list[str]:
    """The queued messages, escaped for display; taking them empties the queue."""
    return st.session_state.pop(_NOTICES, [])
