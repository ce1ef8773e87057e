"""Text from outside (titles, file names, errors) made harmless where it is shown or exported.

Streamlit reads Markdown in labels, captions and messages, so a film called
`![](http://…/x.png)` would load a remote picture; spreadsheets run cells that begin with `=`.
"""

from __future__ import annotations

import re

import pandas as pd

_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f\u2028\u2029]+")
# Emoji codes, icons, arrows, comparisons and bare addresses are looked for after Markdown has
# taken the backslashes off, so an escape does not stop them; an invisible joiner inside does.
_AFTER_MARKDOWN = re.compile(r":(?=//|[\w+/-]+:)|(?<=\w)@|(?i:www(?=\.))|[<-](?=-)|-(?=>)|[<>~](?==)")
_JOINER = "\u2060"

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def text(raw: object) -> str:
    """Escape for any Streamlit Markdown, so that it is shown sign by sign on one line."""
    line = _SPACE.sub(" ", _whole(str(raw))).strip()
    parted = _AFTER_MARKDOWN.sub(lambda match: match[0] + _JOINER, line)
    return _PUNCTUATION.sub(r"\\\1", parted)


def _whole(raw: str) -> str:
    """Half a sign, as a file may hold one (a lone surrogate), as a question mark: it cannot be sent."""
    return raw.encode("utf-8", "replace").decode("utf-8")


def badge(raw: object) -> str:
    """The same for `st.badge`, which escapes square brackets by itself."""
    return text(raw).replace(r"\[", "[").replace(r"\]", "]")


def cell(value: object) -> object:
    """A table cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as CSV (UTF-8 with a mark that spreadsheets know), formulas neutralised."""
    safe = frame.copy()
    for position, dtype in enumerate(safe.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            column = safe.iloc[:, position].astype(object).map(cell)
            safe.isetitem(position, column)
    safe.columns = pd.Index([cell(str(name)) for name in safe.columns])
    # With this line end a lone carriage return inside a cell is quoted too.
    return safe.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")


def choice(said: str) -> str:
    """A choice beside others, in the violet of text: that of buttons is too dark on the dark page."""
    return f":violet[{text(said)}]"
