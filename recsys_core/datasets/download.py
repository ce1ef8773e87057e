"""Fetch a published data set, with consent, so that there is a good copy or none at all.

Everything happens in a temporary folder beside the place the data set will have: the
archive is fetched and counted, compared with the publisher's checksum, unpacked, and read
as `load` would read it. Only then it is moved into place, in one step.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import re
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias
from urllib.parse import urlsplit

from recsys_core.datasets.base import Published, Source, cache_folder
from recsys_core.datasets.unzip import unzip
from recsys_core.errors import DataError, DownloadError

MAX_BYTES = 1 * 2**30
"""Most that is ever fetched; less where the publisher's size is known (`SIZE_MARGIN` times that)."""

SIZE_MARGIN = 4

_ATTEMPTS = 10
"""How often a copy is put in place again if another download takes the place at the same moment."""

_CHUNK = 2**16
_CHECKSUM_BYTES = 4_096

Progress: TypeAlias = "Callable[[int, int | None], None]"


def download(
    source: Source,
    *,
    consent: bool,
    on_progress: Progress | None = None,
    folder: Path | None = None,
    timeout: float = 30,
) -> Path:
    """Fetch, check and keep a published data set.

    A copy that is already there stays until the new one has passed every check. Whatever
    goes wrong, nothing half-done is left behind.

    Args:
        source: what to fetch.
        consent: True if a person has read `source.licence` and accepted it.
        on_progress: told (bytes so far, bytes in all or None where not known); what it raises
            ends the download.
        folder: where the data set's own folder goes; the cache by default.
        timeout: seconds without a byte after which the publisher counts as silent.

    Returns:
        The data set's folder.

    Raises:
        DownloadError: there is no consent, or anything failed; the message says what and
            what to do.
    """
    if consent is not True:
        raise DownloadError(
            f"{source.name} is downloaded only after its licence was accepted: {source.licence}"
        )
    published = source.published
    if published is None:
        raise DownloadError(f"{source.name} comes with the program; there is nothing to download.")
    target = (folder or cache_folder()) / source.name
    with _plain_words(source.name), _workshop(target) as workshop:
        archive = workshop / "archive.zip"
        found = _fetch(published, archive, on_progress or _silent, timeout)
        _compare(found, published, timeout)
        unpacked = workshop / "unpacked"
        unpacked.mkdir()
        unzip(archive, unpacked)
        fresh = _data_folder(unpacked, source.name)
        if source.read_from is not None:
            source.read_from(fresh)
        _put_in_place(fresh, target, workshop / "former")
    return target


def _silent(done: int, total: int | None) -> None:
    pass


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """A temporary folder on the disk of the target, so that the last step is a mere renaming."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        dir=target.parent, prefix=f".{target.name}-", ignore_cleanup_errors=True
    ) as made:
        yield Path(made)


@contextmanager
def _plain_words(name: str) -> Iterator[None]:
    """Every failure becomes a DownloadError that says what failed and what to do."""
    try:
        yield
    except DownloadError:
        raise
    except DataError as error:
        raise DownloadError(
            f"What was downloaded as {name} cannot be used. {error} Nothing was kept; try again later."
        ) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DownloadError(
                f"The disk is full, so {name} could not be kept. Free some space and try again."
            ) from error
        raise DownloadError(
            f"{name} could not be written ({error.strerror or type(error).__name__}). "
            "Let RECSYS_CACHE_DIR name a folder that can be written."
        ) from error


# The network


def _fetch(published: Published, archive: Path, on_progress: Progress, timeout: float) -> str:
    """Write the archive and return its MD5 (hex)."""
    limit = min(MAX_BYTES, SIZE_MARGIN * published.size)
    digest = hashlib.md5(usedforsecurity=False)
    done = 0
    with _opened(published.url, timeout) as response, archive.open("xb") as file:
        total = _length(response)
        if total is not None and total > limit:
            raise DownloadError(_too_large(published.url, limit))
        on_progress(0, total)
        for chunk in _chunks(response):
            done += len(chunk)
            if done > limit:
                raise DownloadError(_too_large(published.url, limit))
            file.write(chunk)
            digest.update(chunk)
            on_progress(done, total)
    if total is not None and done != total:
        raise DownloadError(
            f"The download from {_host(published.url)} broke off after {done:,} of {total:,} bytes. "
            "Try again."
        )
    return digest.hexdigest()


def _compare(found: str, published: Published, timeout: float) -> None:
    """Hold the archive's MD5 against the publisher's, if there is one."""
    if published.md5_url is None:
        return
    try:
        with _opened(published.md5_url, timeout) as response:
            text = next(_chunks(response, _CHECKSUM_BYTES), b"").decode("ascii", "replace")
    except _AbsentError:
        return
    stated = published_md5(text, archive=urlsplit(published.url).path.rsplit("/", 1)[-1])
    if stated is None:
        raise DownloadError(f"The checksum of {_host(published.url)} cannot be understood. Try again later.")
    if stated != found:
        raise DownloadError(
            f"The archive differs from what {_host(published.url)} states: its checksum (MD5) is {found} "
            f"instead of {stated}. Try again."
        )


_MD5_LINE = re.compile(
    r"^\s*(?:MD5 ?\((?P<before>.+)\) ?= ?)?(?P<md5>[0-9a-f]{32})(?:\s+\*?(?P<after>\S.*?))?\s*$",
    re.IGNORECASE,
)


def published_md5(text: str, archive: str) -> str | None:
    """The MD5 (lower-case hex) a checksum file states for `archive`, or None if it states none.

    Takes "hash", "hash  file" and "MD5 (file) = hash", also among lines for other files.
    """
    for match in filter(None, map(_MD5_LINE.match, text.splitlines())):
        file = match["before"] or match["after"]
        if file is None or file.rsplit("/", 1)[-1] == archive:
            return match["md5"].lower()
    return None


class _AbsentError(DownloadError):
    """The publisher answers that there is no such file."""


@contextmanager
def _opened(url: str, timeout: float) -> Iterator[http.client.HTTPResponse]:
    """The answer of an http or https address, also after redirection."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"Only http and https addresses are downloaded from; not {url!r}.")
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})  # noqa: S310, checked above
    with _network(url):
        response = _opener().open(request, timeout=timeout)
    with response:
        yield response


def _opener() -> urllib.request.OpenerDirector:
    """What follows http and https, and neither files nor ftp: a redirection could lead there."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _chunks(response: http.client.HTTPResponse, size: int = _CHUNK) -> Iterator[bytes]:
    while True:
        with _network(response.url):
            chunk = response.read(size)
        if not chunk:
            return
        yield chunk


@contextmanager
def _network(url: str) -> Iterator[None]:
    """Failures of the network, told apart from failures of the disk (both are OSErrors)."""
    try:
        yield
    except urllib.error.HTTPError as error:
        error.close()
        answer = f"{_host(url)} answered {error.code} ({error.reason})"
        if error.code in (404, 410):
            raise _AbsentError(f"{answer}: the file is not there. Look whether it has moved.") from error
        raise DownloadError(f"{answer}. Try again later.") from error
    except TimeoutError as error:
        raise DownloadError(f"{_host(url)} did not answer in time. Try again later.") from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        reason = getattr(reason, "strerror", None) or reason
        raise DownloadError(
            f"The connection to {_host(url)} failed ({reason}). Check the network and try again."
        ) from error


def _length(response: http.client.HTTPResponse) -> int | None:
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() else None


def _host(url: str) -> str:
    return urlsplit(url).hostname or "the publisher"


def _too_large(url: str, limit: int) -> str:
    return (
        f"{_host(url)} sends more than the {limit / 2**20:,.1f} MB this archive may have. "
        "It may have been replaced; nothing was kept."
    )


# The disk


def _data_folder(unpacked: Path, name: str) -> Path:
    """Where the files are: in a folder of the set's name, in the only folder, or right here."""
    if (unpacked / name).is_dir():
        return unpacked / name
    inside = list(unpacked.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else unpacked


def _put_in_place(fresh: Path, target: Path, former: Path) -> None:
    """Rename `fresh` to `target`; a copy that was there comes back if that fails.

    A folder cannot replace a folder that has files, so the former copy steps aside first.
    Should another download take the place in between, its copy steps aside in turn.
    """
    for attempt in range(_ATTEMPTS):
        aside = former.with_name(f"{former.name}-{attempt}")
        moved = _moved(target, aside)
        try:
            os.replace(fresh, target)
            return
        except OSError:
            if moved and not target.exists():
                os.replace(aside, target)
            if attempt == _ATTEMPTS - 1 or not target.exists():
                raise


def _moved(path: Path, aside: Path) -> bool:
    try:
        os.replace(path, aside)
    except FileNotFoundError:
        return False
    return True
