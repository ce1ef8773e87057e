"""Downloads: with consent, checked before they are kept, and nothing half-done left behind."""

from __future__ import annotations

import errno
import io
import os
import stat
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recsys_core.dataset import Catalogue, Dataset
from recsys_core.datasets import download as module
from recsys_core.datasets.base import Published, Source
from recsys_core.datasets.download import download, published_md5
from recsys_core.datasets.table import Layout, read_ratings
from recsys_core.errors import DownloadError
from recsys_core.ratings import Scale
from tests.datasets.publisher import GOOD, Publisher, md5_of, publishing, zipped


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("no_proxy", "*")
    with publishing() as here:
        yield here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def read_folder(folder: Path) -> Dataset:
    table = read_ratings(folder / "ratings.csv", Layout(Scale(0.5, 5, 0.5)))
    n = table.ratings.n_items
    catalogue = Catalogue(
        table.item_ids, table.item_ids, np.zeros(n, dtype=np.int32), (), np.zeros((n, 0), dtype=bool)
    )
    return Dataset("set", "Set", table.ratings, catalogue, table.user_ids, licence="", citation="")


def source(publisher: Publisher, *, url: str | None = None, size: int = 1_000_000) -> Source:
    published = Published(url or publisher.url(), publisher.url("/set.zip.md5"), size)
    return Source(
        name="set",
        title="Set",
        about="",
        licence="Only for research.",
        citation="",
        read=lambda: pytest.fail("a download is read from where it lies"),
        is_here=lambda: False,
        published=published,
        read_from=read_folder,
    )


def refused(publisher: Publisher, folder: Path, why: str, **changed: object) -> DownloadError:
    """The download fails for this reason and leaves the folder as it was."""
    before = sorted(folder.rglob("*")) if folder.exists() else []
    with pytest.raises(DownloadError, match=why) as error:
        download(source(publisher, **changed), consent=True, folder=folder, timeout=2)  # type: ignore[arg-type]
    assert (sorted(folder.rglob("*")) if folder.exists() else []) == before
    assert str(folder.parent) not in str(error.value)
    return error.value


# What is kept


def test_a_good_archive_is_kept_whole_and_nothing_else(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped())
    assert download(source(publisher), consent=True, folder=folder) == folder / "set"
    assert sorted(path.name for path in folder.iterdir()) == ["set"]
    assert sorted(path.name for path in (folder / "set").iterdir()) == ["README", "ratings.csv"]
    assert (folder / "set" / "ratings.csv").read_text() == GOOD


def test_the_cache_is_where_downloads_go(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "mine"))
    publisher.offer(zipped())
    assert download(source(publisher), consent=True) == tmp_path / "mine" / "set"


@pytest.mark.parametrize("members", [{"ratings.csv": GOOD}, {"other-name/ratings.csv": GOOD}])
def test_the_files_may_lie_at_the_top_or_in_a_folder_of_another_name(
    publisher: Publisher, folder: Path, members: dict[str, str | bytes]
) -> None:
    publisher.offer(zipped(members))
    download(source(publisher), consent=True, folder=folder)
    assert (folder / "set" / "ratings.csv").is_file()


def test_progress_goes_from_nothing_to_all(publisher: Publisher, folder: Path) -> None:
    archive = zipped({"set/ratings.csv": GOOD, "set/noise": os.urandom(300_000)})
    publisher.offer(archive)
    told: list[tuple[int, int | None]] = []
    download(source(publisher), consent=True, folder=folder, on_progress=lambda *now: told.append(now))
    assert told[0] == (0, len(archive))
    assert told[-1] == (len(archive), len(archive))
    assert len(told) > 3
    assert told == sorted(told)  # type: ignore[type-var]


def test_without_a_stated_length_the_total_is_not_known(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped(), Content_Length="")
    told: list[int | None] = []
    download(source(publisher), consent=True, folder=folder, on_progress=lambda _, total: told.append(total))
    assert set(told) == {None}


def test_what_progress_raises_ends_the_download_and_leaves_nothing(
    publisher: Publisher, folder: Path
) -> None:
    def cancel(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    publisher.offer(zipped())
    with pytest.raises(KeyboardInterrupt):
        download(source(publisher), consent=True, folder=folder, on_progress=cancel)
    assert list(folder.iterdir()) == []


# Consent


@pytest.mark.parametrize("consent", [False, None, 1, "yes"])
def test_nothing_is_asked_of_the_publisher_without_consent(
    publisher: Publisher, folder: Path, consent: object
) -> None:
    publisher.offer(zipped())
    with pytest.raises(DownloadError, match=r"licence was accepted: Only for research\."):
        download(source(publisher), consent=consent, folder=folder)  # type: ignore[arg-type]
    assert publisher.asked == []
    assert not folder.exists()


def test_what_ships_is_not_downloaded(publisher: Publisher, folder: Path) -> None:
    with pytest.raises(DownloadError, match="comes with the program"):
        download(replace(source(publisher), published=None), consent=True, folder=folder)


# Checksum


@pytest.mark.parametrize(
    "form", ["{md5}", "{md5}  set.zip\n", "{md5} *set.zip", "MD5 (set.zip) = {md5}\n", "{MD5}"]
)
def test_forms_of_a_checksum_file(publisher: Publisher, folder: Path, form: str) -> None:
    archive = zipped()
    md5 = md5_of(archive)
    publisher.offer(archive, md5=form.format(md5=md5, MD5=md5.upper()))
    assert download(source(publisher), consent=True, folder=folder).is_dir()


def test_the_line_of_the_archive_counts_among_others() -> None:
    lines = f"{'a' * 32}  other.zip\n{'b' * 32}  some/where/set.zip\n"
    assert published_md5(lines, "set.zip") == "b" * 32


def test_a_wrong_checksum_is_refused(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped(), md5="0" * 32 + "  set.zip")
    refused(publisher, folder, "checksum")


def test_a_checksum_file_that_says_nothing_is_refused(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped(), md5="<html>Welcome</html>")
    refused(publisher, folder, "cannot be understood")


def test_a_missing_checksum_file_is_no_error(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped(), md5="")
    assert download(source(publisher), consent=True, folder=folder).is_dir()
    assert "/set.zip.md5" in publisher.asked


# The network


def test_a_truncated_body_is_refused(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped()[:-200], Content_Length=str(len(zipped())))
    refused(publisher, folder, r"broke off after [\d,]+ of [\d,]+ bytes")


@pytest.mark.parametrize("path", ["/set.zip", "/set.zip.md5"])
def test_a_connection_that_is_reset(publisher: Publisher, folder: Path, path: str) -> None:
    publisher.offer(zipped())
    publisher.reset.add(path)
    refused(publisher, folder, r"connection to 127\.0\.0\.1 failed")


@pytest.mark.parametrize(
    ("status", "why"), [(500, "answered 500"), (404, "not there"), (403, "answered 403")]
)
def test_a_server_that_refuses(publisher: Publisher, folder: Path, status: int, why: str) -> None:
    publisher.answers["/set.zip"] = (status, {}, b"no")
    refused(publisher, folder, why)


def test_a_server_error_for_the_checksum_is_not_taken_for_its_absence(
    publisher: Publisher, folder: Path
) -> None:
    publisher.offer(zipped())
    publisher.answers["/set.zip.md5"] = (503, {}, b"")
    refused(publisher, folder, "answered 503")


def test_nobody_listens(publisher: Publisher, folder: Path) -> None:
    refused(publisher, folder, "Check the network", url="http://127.0.0.1:9/set.zip")


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/set.zip", "data:,x", "set.zip"])
def test_only_web_addresses_are_fetched(publisher: Publisher, folder: Path, url: str) -> None:
    refused(publisher, folder, "Only http and https", url=url)


@pytest.mark.parametrize("to", ["file:///etc/hostname", "ftp://127.0.0.1/set.zip"])
def test_a_redirection_does_not_lead_elsewhere(publisher: Publisher, folder: Path, to: str) -> None:
    publisher.answers["/set.zip"] = (302, {"Location": to}, b"")
    refused(publisher, folder, r"127\.0\.0\.1")


def test_a_redirection_on_the_web_is_followed(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped(), md5="")
    publisher.answers["/old.zip"] = (301, {"Location": "/set.zip"}, b"")
    assert download(source(publisher, url=publisher.url("/old.zip")), consent=True, folder=folder).is_dir()


@pytest.mark.parametrize("stated", [True, False])
def test_far_more_than_the_publisher_s_size_is_not_fetched(
    publisher: Publisher, folder: Path, stated: bool
) -> None:
    publisher.offer(zipped(), **({} if stated else {"Content_Length": ""}))
    refused(publisher, folder, "sends more than", size=100)


# The archive


@pytest.mark.parametrize(
    "name", ["../evil.csv", "set/../../evil.csv", "/evil.csv", "C:evil.csv", "..\\evil.csv"]
)
def test_a_member_that_would_land_outside_is_refused(publisher: Publisher, folder: Path, name: str) -> None:
    publisher.offer(zipped({"set/ratings.csv": GOOD, name: "evil"}))
    refused(publisher, folder, "land outside its folder")
    assert not list(folder.parent.rglob("evil*"))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_device_is_refused(publisher: Publisher, folder: Path, kind: int) -> None:
    member = zipfile.ZipInfo("set/ratings.csv")
    member.external_attr = (kind | 0o777) << 16
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, "/etc/hostname")
    publisher.offer(packed.getvalue())
    refused(publisher, folder, "a link or device")


def test_a_zip_bomb_is_refused(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped({"set/ratings.csv": GOOD, "set/bomb": bytes(50_000_000)}))
    refused(publisher, folder, "unpacks to far more")


def test_a_page_in_place_of_an_archive_is_refused(publisher: Publisher, folder: Path) -> None:
    publisher.offer(b"<html>Please sign in</html>")
    refused(publisher, folder, "no zip archive")


def test_a_damaged_archive_without_a_checksum_is_refused(publisher: Publisher, folder: Path) -> None:
    archive = zipped()
    publisher.offer(archive[:100] + bytes(20) + archive[120:], md5="")
    refused(publisher, folder, "damaged")


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({}, "is not there"),
        ({"set/other.csv": "x"}, "is not there"),
        ({"set/ratings.csv": "user,film\n1,2\n"}, "lacks a column"),
        ({"set/ratings.csv": "userId,movieId,rating\n1,2,99\n"}, "no usable rating row"),
        ({"set/ratings.csv": b"\xff\xfe\x00"}, "is not utf-8 text"),
        ({"set": "a file where the folder should be"}, "is not there"),
    ],
)
def test_an_archive_with_other_contents_is_refused(
    publisher: Publisher, folder: Path, members: dict[str, str | bytes], why: str
) -> None:
    publisher.offer(zipped(members))
    refused(publisher, folder, rf"cannot be used\. .*{why}")


# The disk


def test_a_folder_that_cannot_be_made(publisher: Publisher, tmp_path: Path) -> None:
    publisher.offer(zipped())
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DownloadError, match=r"could not be written.*RECSYS_CACHE_DIR"):
        download(source(publisher), consent=True, folder=tmp_path / "file" / "cache")
    assert publisher.asked == []


@pytest.mark.parametrize("step", ["unzip", "_fetch"])
def test_a_disk_that_fills_up(
    publisher: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    publisher.offer(zipped())
    folder.mkdir()
    monkeypatch.setattr(module, step, full)
    refused(publisher, folder, "disk is full.*Free some space")


# A copy that is there


def test_a_new_copy_takes_the_place_of_an_old_one(publisher: Publisher, folder: Path) -> None:
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "stale.csv").write_text("old")
    publisher.offer(zipped())
    download(source(publisher), consent=True, folder=folder)
    assert sorted(path.name for path in (folder / "set").iterdir()) == ["README", "ratings.csv"]
    assert [path.name for path in folder.iterdir()] == ["set"]


@pytest.mark.parametrize("failure", ["checksum", "contents", "move"])
def test_a_failed_download_leaves_the_old_copy_as_it_was(
    publisher: Publisher, folder: Path, monkeypatch: pytest.MonkeyPatch, failure: str
) -> None:
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "ratings.csv").write_text("old but good")
    publisher.offer(
        zipped({"set/x": ""} if failure == "contents" else None),
        md5="0" * 32 if failure == "checksum" else None,
    )
    if failure == "move":
        move = os.replace

        def stuck(old: Path, new: Path) -> None:
            if "unpacked" in str(old):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            move(old, new)

        monkeypatch.setattr(module.os, "replace", stuck)
    refused(publisher, folder, r"Try again|try again|RECSYS_CACHE_DIR")
    assert (folder / "set" / "ratings.csv").read_text() == "old but good"


def test_downloads_at_the_same_time_do_not_harm_each_other(publisher: Publisher, folder: Path) -> None:
    publisher.offer(zipped())
    errors: list[BaseException] = []
    together = threading.Barrier(4)

    def fetch() -> None:
        try:
            together.wait()
            download(source(publisher), consent=True, folder=folder)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert (folder / "set" / "ratings.csv").read_text() == GOOD
    assert [path.name for path in folder.iterdir()] == ["set"]
