"""What the screens remember: declared once, with a default, and whether it is in the URL.

Links in the menu drop the URL's parameters and a refresh drops the session, so what must
survive both lives in both: `read` takes it from whichever has it and writes it back to the other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

import recsys_core as rc
from ui import safe

SAMPLE = "sample"
DEFAULT_MODEL = "als"
_NOTICES = "notices"
_JOB, _JOB_ID = "job", re.compile(r"[\w-]{10,64}")


@dataclass(frozen=True)
class Value:
    """One thing to remember, as text.

    Attributes:
        key: its name in the session and in the URL.
        what: what it is called in a message.
        default: gives the value of a new visitor.
        allowed: whether a text from the URL may be taken; everything in a URL is a stranger's.
        in_url: whether a link to the screen carries it.
    """

    key: str
    what: str
    default: Callable[[], str]
    allowed: Callable[[str], bool]
    in_url: bool = True


def _is_dataset(name: str) -> bool:
    return name in rc.sources()


def _default_dataset() -> str:
    named = os.environ.get("RECSYS_DATASET", SAMPLE)
    return named if _is_dataset(named) else SAMPLE


DATASET = Value("data", "data set", _default_dataset, _is_dataset)
MODEL = Value("model", "model", lambda: DEFAULT_MODEL, lambda name: name in rc.algorithms())


def read(value: Value) -> str:
    """The value: from the URL, else from the session, else the default; then kept in both."""
    given = st.query_params.get(value.key) if value.in_url else None
    if given is not None and not value.allowed(given):
        notify(f"The address asks for the {value.what} “{given[:40]}”, which there is not.")
        given = None
    kept = given if given is not None else st.session_state.get(value.key)
    chosen = kept if isinstance(kept, str) and value.allowed(kept) else value.default()
    write(value, chosen)
    return chosen


def write(value: Value, chosen: str) -> None:
    """Keep a value in the session and, where declared so, in the URL."""
    st.session_state[value.key] = chosen
    if value.in_url and st.query_params.get_all(value.key) != [chosen]:
        st.query_params[value.key] = chosen


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
