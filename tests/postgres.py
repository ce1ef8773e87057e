"""A PostgreSQL server of the tests' own: started where its programs are found, and gone afterwards.

It listens on a socket in a temporary folder and on no port, so any number of test sessions can
have one. In a test, ask for `postgres_url`: an empty database, new for each test.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

SECONDS_TO_START = 60
_USER = "lab"


@dataclass(frozen=True)
class Server:
    """A running server: the folder of its socket, and the password of its one user."""

    socket: Path
    password: str

    def url(self, database: str = "postgres") -> str:
        """The address of a database for SQLAlchemy and Optuna."""
        return f"postgresql+psycopg://{_USER}:{self.password}@/{database}?host={self.socket}"

    def connect(self) -> psycopg.Connection:
        """A connection that keeps each statement at once."""
        return psycopg.connect(
            host=str(self.socket), user=_USER, password=self.password, dbname="postgres", autocommit=True
        )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """A server for this session, or a skip that says what is missing."""
    programs = _programs()
    if programs is None:
        pytest.skip("needs PostgreSQL's programs (initdb, postgres): apt-get install postgresql")
    account = _account()
    if account is None:
        pytest.skip("PostgreSQL does not run as root, and there is no other user here to run it as")
    # Not pytest's folder: the path of a socket may have about 100 characters, and others must get there.
    home = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        os.chown(home, account.pw_uid, account.pw_gid)
        yield from _serve(home, programs, account)
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: Server) -> Iterator[str]:
    """The address of an empty database of this test's own, password included."""
    name = f"test_{secrets.token_hex(6)}"
    with postgres_server.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield postgres_server.url(name)
    with postgres_server.connect() as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _programs() -> Path | None:
    """The newest folder that has what it takes to make and run a server."""
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(installed, key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = [Path(folder) for folder in os.get_exec_path()]
    for folder in (*newest, *on_path):
        if all(os.access(folder / program, os.X_OK) for program in ("initdb", "postgres")):
            return folder
    return None


def _account() -> pwd.struct_passwd | None:
    """Who the server runs as: whoever tests, or somebody with fewer rights if that is root."""
    if os.geteuid():
        return pwd.getpwuid(os.geteuid())
    known = {account.pw_name: account for account in pwd.getpwall()}
    return known.get("postgres") or known.get("nobody")


def _serve(home: Path, programs: Path, account: pwd.struct_passwd) -> Iterator[Server]:
    data, password = home / "data", secrets.token_hex(16)
    secret, log = home / "password", home / "log"
    secret.write_text(password, encoding="utf-8")
    os.chown(secret, account.pw_uid, account.pw_gid)
    # Nothing has to outlive a power cut.
    make = [programs / "initdb", "--pgdata", data, "--username", _USER, "--pwfile", secret, "--no-sync"]
    make += ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
    run = [programs / "postgres", "-D", data, "-k", home, "-c", "listen_addresses=", "-c", "fsync=off"]
    lesser = {} if os.geteuid() else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    with log.open("wb") as out:
        # A folder it may be in, and no part of the terminal: Ctrl-C is for pytest, which then stops it.
        common = {"cwd": home, "stdout": out, "stderr": out, "start_new_session": True, **lesser}
        if subprocess.run(make, check=False, **common).returncode:
            pytest.fail(f"initdb failed:\n{log.read_text(errors='replace')}")
        process = subprocess.Popen(run, preexec_fn=_end_with_the_parent, **common)
        try:
            server = Server(home, password)
            _wait(server, process, log)
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # its fast way to stop: it does not wait for those connected
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(20)


def _end_with_the_parent() -> None:
    """Ask Linux to stop this process also when pytest is killed and stops nothing itself."""
    if sys.platform == "linux":
        set_signal_at_death_of_parent = 1
        ctypes.CDLL(None).prctl(set_signal_at_death_of_parent, signal.SIGQUIT)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            return server.connect().close()
        except psycopg.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"PostgreSQL did not start ({error}):\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
