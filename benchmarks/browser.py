"""From a click on a star to the new list on the screen, in a real browser on ml-latest-small."""

from __future__ import annotations

import numpy as np

from benchmarks.served import browser_page, ready, served
from benchmarks.timing import UnavailableError, folder_above, ms, show

DATASET, SCREEN, CLICKS, WARM_UP, TARGET = "ml-latest-small", "for_you", 20, 3, "< 300 ms"
STARS = "[class*='st-key-stars-']"
STAR = "[data-testid=stFeedback] button"
LIST = ".st-key-recommendations"
PAUSE_MS = 200
"""Between two clicks: nobody is faster, and what comes late must not count for the next one."""

# The clock runs inside the page: from the click to the frame in which the list first shows other
# films, and one frame more, by which time that frame has been painted.
CLICK = """
async ({stars, star, list, turn, patience}) => {
  const shown = () => [...document.querySelectorAll(`${list} img`)].map(i => i.alt).join("\\n");
  const frame = () => new Promise(requestAnimationFrame);
  const films = document.querySelectorAll(stars);
  if (!films.length) return null;
  const buttons = films[turn % films.length].querySelectorAll(star);
  const before = shown(), begin = performance.now();
  // Round after round the other end of the scale: pressing the same star again takes the rating back.
  buttons[Math.floor(turn / films.length) % 2 ? 0 : buttons.length - 1].click();
  while (performance.now() - begin < patience) {
    await frame();
    const now = shown();
    if (now && now !== before) { await frame(); return performance.now() - begin; }
  }
  return -1;
}
"""


def run() -> None:
    """Rate the films on the table, best and then worst, and take the time of each click."""
    settings = {"RECSYS_DATA_DIR": str(folder_above(DATASET)), "RECSYS_DATASET": DATASET}
    with served(**settings) as app, browser_page() as page:
        page.goto(f"{app.url}/{SCREEN}?data={DATASET}")
        ready(page)
        if not page.locator(STARS).count() or not page.locator(LIST).count():
            raise UnavailableError(f"the screen {SCREEN!r} has no {STARS} or no {LIST}")
        question = {"stars": STARS, "star": STAR, "list": LIST, "patience": 5000}
        times = []
        for turn in range(WARM_UP + CLICKS):
            times.append(page.evaluate(CLICK, {**question, "turn": turn}))
            ready(page)
            page.wait_for_timeout(PAUSE_MS)
    counted = [t / 1e3 for t in times[WARM_UP:] if t is not None and t > 0]
    if not counted:
        raise UnavailableError(f"the list {LIST!r} never changed after a click")
    p50, p95 = np.percentile(counted, [50, 95])
    show(
        ("clicks", "p50", "p95", "slowest", "target"),
        [(len(counted), ms(p50), ms(p95), ms(max(counted)), TARGET)],
    )
    if unchanged := CLICKS - len(counted):
        print(f"{unchanged} clicks left the list as it was, and are not counted")
