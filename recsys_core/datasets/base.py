"""What a source of data declares, and where files are looked for."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recsys_core.dataset import Dataset

SHIPPED = Path(__file__).resolve().parents[2] / "data"
"""The folder of what ships with the program: the sample and the lecture tables."""


def cache_folder() -> Path:
    """Where downloads and binary copies go: `RECSYS_CACHE_DIR`, or `data/cache`."""
    return Path(os.environ.get("RECSYS_CACHE_DIR") or SHIPPED / "cache")


def data_folders() -> tuple[Path, ...]:
    """Where published data sets are looked for: `RECSYS_DATA_DIR` first, then the cache."""
    given = os.environ.get("RECSYS_DATA_DIR")
    return (*((Path(given),) if given else ()), cache_folder())


@dataclass(frozen=True)
class Published:
    """An archive its publisher offers for download.

    Attributes:
        url: the zip archive.
        md5_url: the publisher's checksum file, or None where there is none.
        size: about how many bytes will be downloaded, for the person who decides.
    """

    url: str
    md5_url: str | None
    size: int


@dataclass(frozen=True)
class Source:
    """One data set that `load` can bring.

    Attributes:
        name: "ml-100k".
        title: as shown to people.
        about: one sentence.
        licence, citation: as in `Dataset`; shown before a download.
        read: reads and checks the data; raises DataNotFoundError where it is not on this machine.
        is_here: True if `read` would find files; cheap.
        published: where it can be downloaded from, or None for what ships.
        simulated: True if the audience is not real people.
        read_from: reads and checks the files of this folder; what a download is tried with
            before it is kept. Raises DataError.
    """

    name: str
    title: str
    about: str
    licence: str
    citation: str
    read: Callable[[], Dataset]
    is_here: Callable[[], bool]
    published: Published | None = None
    simulated: bool = False
    read_from: Callable[[Path], Dataset] | None = None
