"""A visitor without a browser: Streamlit's messages over its websocket, and how long an answer takes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.served import START_SECONDS

ENDED = {
    ForwardMsg.FINISHED_SUCCESSFULLY,
    ForwardMsg.FINISHED_WITH_COMPILE_ERROR,
    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
}


class AppError(Exception):
    """The app showed an exception; the message is its text."""


@dataclass
class Session:
    """One visitor's connection; use it as `async with Session(url) as visitor`.

    Attributes:
        url: the app's address, without a slash at the end.
        query: what stands after the question mark; the app may change it.
        polls: fragments the app asked to be run again and again: seconds between runs, by id.
        options: of the sliders and lists seen so far, by label.
        received: bytes so far.
    """

    url: str
    query: dict[str, str] = field(default_factory=dict)
    polls: dict[str, float] = field(default_factory=dict)
    options: dict[str, tuple[str, ...]] = field(default_factory=dict)
    received: int = 0
    _pages: dict[str, str] = field(default_factory=dict)
    _page: str = ""
    _widgets: dict[str, tuple[str, str]] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)
    _numbers: dict[str, float] = field(default_factory=dict)
    _fragments: dict[str, str] = field(default_factory=dict)
    _socket: ClientConnection | None = None

    async def __aenter__(self) -> Self:
        address = self.url.replace("http", "ws", 1) + "/_stcore/stream"
        self._socket = await connect(
            address,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            ping_interval=None,
        )
        await self._run()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self, screen: str) -> float:
        """Go to a screen by its name in the address; returns seconds, as all of these do."""
        self._page = self._pages[screen]
        self.polls.clear()
        return await self._run()

    async def choose(self, label: str, option: str) -> float:
        """Set a slider or a list, named by its label, to one of its options."""
        self._values[label] = option
        return await self._run()

    async def move(self, label: str, value: float) -> float:
        """Move a slider of numbers, named by its label; runs the fragment it stands in, as a browser does."""
        self._numbers[label] = value
        return await self._run(self._fragments.get(label, ""))

    async def press(self, label: str) -> float:
        """Press a button, named by its label."""
        return await self._run(pressed=label)

    async def poll(self, fragment: str) -> float:
        """Run a fragment as its timer does."""
        return await self._run(fragment)

    async def _run(self, fragment: str = "", pressed: str = "") -> float:
        """Ask for a run of the script, or of a fragment, and read to its end.

        Raises:
            AppError: an exception was shown.
            TimeoutError: no answer.
        """
        assert self._socket is not None
        message = BackMsg()
        asked = message.rerun_script
        asked.query_string, asked.page_script_hash = urlencode(self.query), self._page
        asked.fragment_id, asked.is_auto_rerun = fragment, fragment in self.polls
        for label, number in self._numbers.items():
            if label in self._widgets:
                state = asked.widget_states.widgets.add(id=self._widgets[label][1])
                state.double_array_value.data.append(number)
        for label, option in self._values.items():
            if label in self._widgets:
                kind, id = self._widgets[label]
                state = asked.widget_states.widgets.add(id=id)
                if kind == "slider":
                    state.string_array_value.data.append(option)
                else:
                    state.string_value = option
        if pressed:
            asked.widget_states.widgets.add(id=self._widgets[pressed][1], trigger_value=True)
        begun = perf_counter()
        await self._socket.send(message.SerializeToString())
        while True:
            raw = await asyncio.wait_for(self._socket.recv(), START_SECONDS)
            assert isinstance(raw, bytes)
            self.received += len(raw)
            answer = ForwardMsg()
            answer.ParseFromString(raw)
            self._note(answer)
            if answer.WhichOneof("type") == "script_finished" and answer.script_finished in ENDED:
                return perf_counter() - begun

    def _note(self, answer: ForwardMsg) -> None:
        what = answer.WhichOneof("type")
        if what == "new_session":
            self._page = answer.new_session.page_script_hash
        elif what == "navigation":
            self._pages = {page.url_pathname: page.page_script_hash for page in answer.navigation.app_pages}
        elif what == "auto_rerun":
            self.polls[answer.auto_rerun.fragment_id] = answer.auto_rerun.interval
        elif what == "page_info_changed":
            self.query = dict(parse_qsl(answer.page_info_changed.query_string))
        elif what == "delta" and answer.delta.WhichOneof("type") == "new_element":
            kind = str(answer.delta.new_element.WhichOneof("type"))
            element: Any = getattr(answer.delta.new_element, kind)
            if kind == "exception":
                raise AppError(element.message)
            if kind in {"slider", "selectbox"}:
                self.options[element.label] = tuple(element.options)
            if kind in {"slider", "selectbox", "button"}:
                self._widgets[element.label] = kind, element.id
                self._fragments[element.label] = answer.delta.fragment_id
