"""Item space in a real browser: the first paint of a map of all films, and from a click to what it asks for.

The server has the model already and the browser the program, as on every visit but the very first. A paint
counts from the moment the address is asked for to the frame in which marks are on the map; a click from the
moment it is made to the frame after the new list, and to that after the new map, is there. The clock runs
inside the page.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

import recsys_core as rc
from benchmarks.served import browser_page, ready, served
from benchmarks.timing import UnavailableError, dataset, folder_above, ms, show

DATASET, TIMES, WARM_UP = "ml-latest-small", 16, 2
FIRST_PAINT, AFTER_A_CLICK = "< 3 s", "< 300 ms"
CHART = f".st-key-item-space-{DATASET}"
KNOWN_TO = 20
"""So many people rated the films whose marks are clicked: of others the list is short, and quick."""
PAUSE_MS = 400
"""Between two clicks, so that what comes late does not count for the next one."""

# Looks every frame at a strip through the middle of the map, where most marks are; grid and lines alone
# cover a few hundredths of it. A map is drawn on several canvases, one upon the other.
WATCH_FOR_PAINT = """
(chart => {
  const look = () => {
    for (const canvas of document.querySelectorAll(chart + " canvas")) {
      if (!canvas.width) continue;
      const strip = canvas.getContext("2d").getImageData(0, canvas.height / 2 - 20, canvas.width, 40).data;
      let painted = 0;
      for (let k = 3; k < strip.length; k += 4) painted += strip[k] > 0;
      if (painted > strip.length / 4 * 0.2) {
        requestAnimationFrame(() => { window.paintedAfter = performance.now(); });
        return;
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})
"""

# The map may change by itself at a click, where it marks what was chosen: new is what differs from how it
# was in the last frame of the old list.
WATCH_FOR_ANSWER = """
({chart, button, patience}) => {
  const frame = () => new Promise(requestAnimationFrame);
  const list = () => document.querySelector(".st-key-space-list").innerText;
  const drawn = () => {
    let sum = 0;
    for (const canvas of document.querySelectorAll(chart + " canvas")) {
      if (!canvas.width) continue;
      const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const pixels = new Uint32Array(all.data.buffer);
      for (let k = 0; k < pixels.length; k++) sum = (sum * 31 + pixels[k]) | 0;
    }
    return sum;
  };
  const before = list();
  const watch = async begin => {
    const answer = {list: -1, map: -1};
    let old = drawn();
    while (performance.now() - begin < patience && answer.map < 0) {
      await frame();
      const now = drawn();
      if (answer.list < 0 && list() !== before) answer.list = performance.now() - begin;
      if (answer.list < 0) old = now;
      else if (now !== old) {
        await frame();
        answer.map = performance.now() - begin;
      }
    }
    return answer;
  };
  window.answer = new Promise(done => {
    const clicked = () => watch(performance.now()).then(done);
    document.addEventListener("click", clicked, {once: true, capture: true});
  });
  if (button) document.querySelector(button).click();
}
"""


def run() -> None:
    """Paint the map again and again, then click on neighbours, then on marks."""
    data = dataset(DATASET)
    settings = {"RECSYS_DATA_DIR": str(folder_above(DATASET)), "RECSYS_DATASET": DATASET}
    with served(**settings) as app, browser_page() as page:
        address = f"{app.url}/space?data={DATASET}"
        page.goto(address)
        ready(page)
        page.wait_for_selector(f"{CHART} canvas")
        page.add_init_script(f"{WATCH_FOR_PAINT}({CHART!r})")
        paints = [paint(page, address) for _ in range(WARM_UP + TIMES)][WARM_UP:]
        page.set_viewport_size({"width": 1280, "height": 1400})
        page.goto(address)
        page.wait_for_function("window.paintedAfter")
        by_neighbour = [on_a_neighbour(page, turn) for turn in range(WARM_UP + TIMES)][WARM_UP:]
        marks, grid = places(data, WARM_UP + TIMES)
        by_mark = [on_a_mark(page, place, grid) for place in marks][WARM_UP:]
    rated = int((data.ratings.by_item.counts > 0).sum())
    rows = [row(f"first paint of {rated:,} films", paints, FIRST_PAINT)]
    for what, answers in (("neighbour clicked", by_neighbour), ("mark clicked", by_mark)):
        rows += [
            row(f"{what} → new {part}", [each[part] for each in answers], AFTER_A_CLICK)
            for part in ("list", "map")
        ]
    show(("", "times", "p50", "p95", "slowest", "target"), rows)
    print(
        "load of the machine over 1, 5 and 15 minutes: "
        + ", ".join(f"{load:.1f}" for load in os.getloadavg())
    )


def row(what: str, measured: Sequence[float], target: str) -> tuple[Any, ...]:
    """One line of the table; what never came is counted apart."""
    counted = [value / 1e3 for value in measured if value > 0]
    if not counted:
        raise UnavailableError(f"{what}: it never came")
    if missing := len(measured) - len(counted):
        what += f" ({missing} without an answer)"
    p50, p95 = np.percentile(counted, [50, 95])
    return (what, len(counted), ms(p50), ms(p95), ms(max(counted)), target)


def paint(page: Any, address: str) -> float:
    """Milliseconds until the map is there, on a page opened anew."""
    page.goto(address)
    page.wait_for_function("window.paintedAfter")
    after = float(page.evaluate("window.paintedAfter"))
    ready(page)
    return after


def on_a_neighbour(page: Any, turn: int) -> dict[str, float]:
    """Ask about one of the ten neighbours, another one each time."""
    settle(page)
    button = f".st-key-space-near-{turn % 10} button"
    page.evaluate(WATCH_FOR_ANSWER, {"chart": CHART, "button": button, "patience": 5000})
    answer: dict[str, float] = page.evaluate("window.answer")
    return answer


def on_a_mark(page: Any, place: tuple[float, float], grid: dict[str, int]) -> dict[str, float]:
    """Click a mark by its place on the map."""
    settle(page)
    box = page.locator(f"{CHART} canvas").first.bounding_box()
    across, up = box["width"] - grid["left"] - grid["right"], box["height"] - grid["top"] - grid["bottom"]
    x = box["x"] + grid["left"] + across * (1 + place[0]) / 2
    y = box["y"] + grid["top"] + up * (1 - place[1]) / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(PAUSE_MS)  # the hover card is drawn before, as for a hand on a mouse
    page.evaluate(WATCH_FOR_ANSWER, {"chart": CHART, "button": None, "patience": 5000})
    page.mouse.click(x, y)
    answer: dict[str, float] = page.evaluate("window.answer")
    return answer


def places(data: Any, n: int) -> tuple[list[tuple[float, float]], dict[str, int]]:
    """Marks of known films with room around them, by their places on the map of the usual model, from −1 to 1
    across and up; and the pixels around the map inside its picture."""
    from ui.charts.map import Shade, Window, groups, item_space
    from ui.space.found import space
    from ui.state import DEFAULT_MODEL

    model = rc.algorithm(DEFAULT_MODEL).fit(data.ratings, data.side)
    drawn = space(data.fingerprint, DEFAULT_MODEL, data, model)
    xy = drawn.table[["x", "y"]].to_numpy() / drawn.reach
    known = np.flatnonzero(drawn.table["ratings"] >= KNOWN_TO)
    room = np.array([np.partition(np.hypot(*(xy - one).T), 1)[1] for one in xy[known]])
    shade = Shade("genre", groups(drawn.table["main genre"].tolist()))
    figure = item_space(drawn.table, shade, 0.0, Window(0.0, 0.0, drawn.reach)).figure
    assert isinstance(figure, dict)
    most_room = known[np.argsort(-room)[:n]]
    return [(float(x), float(y)) for x, y in xy[most_room]], figure["grid"]


def settle(page: Any) -> None:
    """Wait until nothing of the last click is under way."""
    ready(page)
    page.wait_for_timeout(PAUSE_MS)
