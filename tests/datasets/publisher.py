"""A publisher on this machine: a web server, and the archives it lays out."""

from __future__ import annotations

import hashlib
import io
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = "userId,movieId,rating,timestamp\n" + "".join(f"{u},{i},4.0,9\n" for u in range(40) for i in range(40))
GOOD_MEMBERS: dict[str, str | bytes] = {"set/ratings.csv": GOOD, "set/README": "read me"}


def md5_of(archive: bytes) -> str:
    return hashlib.md5(archive, usedforsecurity=False).hexdigest()


def zipped(members: dict[str, str | bytes] | None = None) -> bytes:
    """An archive of these members; by default a good one."""
    members = GOOD_MEMBERS if members is None else members
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


@dataclass
class Publisher:
    """A web server on this machine; each path answers as a test has it."""

    port: int
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    reset: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def offer(self, archive: bytes, *, md5: str | None = None, **headers: str) -> None:
        """Lay out the archive, and its checksum file unless `md5` is ''."""
        self.answers["/set.zip"] = (
            200,
            {name.replace("_", "-"): text for name, text in headers.items()},
            archive,
        )
        if md5 != "":
            text = md5 or f"{md5_of(archive)}  set.zip\n"
            self.answers["/set.zip.md5"] = (200, {}, text.encode())

    def url(self, path: str = "/set.zip") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A publisher that listens as long as the block lasts."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append(self.path)
            if self.path in here.reset:
                linger = struct.pack("ii", 1, 0)  # closing then sends a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.connection.close()
                return
            status, headers, body = here.answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, text in ({"Content-Length": str(len(body))} | headers).items():
                if text:
                    self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Publisher(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
