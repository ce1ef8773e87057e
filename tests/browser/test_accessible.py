"""Every screen of the menu by the rules of axe (WCAG 2, A and AA), light and dark; Item space by keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from benchmarks.served import READY_MS, ready
from ui import page as screens
from ui.hybrid.closer import PARTS
from ui.hybrid.sliders import FOLDED
from ui.space.tables import TITLE

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # of what passes one example a rule: the rest is megabytes
}


@dataclass(frozen=True)
class Excuse:
    """A fault of Streamlit's own that no screen can mend.

    Attributes:
        rule: axe's name for the rule.
        selector: what breaks it, as narrowly as can be said.
        why: where it comes from, and whom it hurts.
    """

    rule: str
    selector: str
    why: str


EXCUSES = (
    Excuse(
        "svg-img-alt",
        "[data-testid=stMetric] g.mark-symbol[class*=_highlighted_points_marks]:empty",
        "The small picture of st.metric keeps an empty group for the point under the mouse and gives it the "
        "role of a symbol. It shows nothing, the picture around it has a label; no screen can set its marks.",
    ),
)


# What unfolds or fades goes on moving for half a second after the script has run to its end, and on its way
# lies over other parts of the screen: their colours are then judged against a ground that is not theirs.
STILL = """frames => {
  const ends = moved => moved.effect.getComputedTiming().endTime !== Infinity;
  const moving = document.getAnimations().some(each => each.playState === "running" && ends(each));
  window.stillFor = moving ? 0 : (window.stillFor ?? 0) + 1;
  return window.stillFor >= frames;
}"""


def still(page: Page) -> None:
    """Wait until nothing on the screen has moved for ten frames, but for what never ends."""
    page.evaluate("window.stillFor = 0")
    page.wait_for_function(STILL, arg=10, timeout=READY_MS)


def faults(page: Page) -> list[str]:
    """What axe finds on the screen once it stands still, one line an element, less what is excused."""
    still(page)
    found: list[dict[str, Any]] = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{rule['id']}: {node['html'][:200]} · {node['failureSummary'][:200]}"
        for rule in found
        for node in rule["nodes"]
        if not any(
            each.rule == rule["id"] and page.locator(node["target"][0]).first.evaluate(MATCHES, each.selector)
            for each in EXCUSES
        )
    ]


MATCHES = "(element, selector) => element.matches(selector)"
BACKGROUND = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"


def in_both_themes(page: Page) -> list[str]:
    """The faults in light and in dark."""
    found = [f"light: {fault}" for fault in faults(page)]
    light = page.evaluate(BACKGROUND)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"light => {BACKGROUND} !== light", arg=light)
    ready(page)
    found += [f"dark: {fault}" for fault in faults(page)]
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"light => {BACKGROUND} === light", arg=light)
    ready(page)
    return found


def opened(page: Page, app_url: str, url: str, data: str = "sample") -> Page:
    page.emulate_media(color_scheme="light")
    page.goto(f"{app_url}/{'' if url == 'home' else url}?data={data}")
    ready(page)
    return page


def item_space(page: Page, app_url: str) -> None:
    """Item space, drawn to its end."""
    opened(page, app_url, "space")
    expect(page.locator(".st-key-space-closer [role=radio]").first).to_be_visible()
    expect(page.locator(".st-key-space-near-9 button")).to_be_visible()
    ready(page)


@pytest.mark.parametrize("url", screens.screens())
def test_a_screen_keeps_the_rules(url: str, page: Page, app_url: str) -> None:
    assert not in_both_themes(opened(page, app_url, url))


def test_item_space_keeps_them_whatever_is_looked_at(page: Page, app_url: str) -> None:
    item_space(page, app_url)
    choices = page.locator(".st-key-space-closer [role=radio]")
    names = choices.all_inner_texts()
    assert len(names) >= 2
    found = {}
    for name in names[1:]:  # the first stands there at once, and has been looked at
        page.locator(".st-key-space-closer").get_by_role("radio", name=name, exact=True).click()
        ready(page)
        found[name] = in_both_themes(page)
    assert not {name: each for name, each in found.items() if each}


def test_the_hybrid_screen_keeps_them_whatever_is_looked_at_and_unfolded(page: Page, app_url: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(app_url)
    ready(page)
    page.goto(
        f"{app_url}/hybrid?data=sample&ratings=1~5_2571~4.5_296~2_260~4"
        "&recipe=rating~1_similarity~0.4_popularity~0.3_sponsored~0.5_support~21&sponsor=genre~Drama"
    )
    ready(page)
    choices = page.locator(".st-key-hybrid-closer [role=radio]")
    expect(choices).to_have_count(len(PARTS))
    expect(page.get_by_text("The list does not wait")).to_have_count(0, timeout=READY_MS)
    found = {}
    for place, fold in zip_longest(range(len(PARTS)), FOLDED):
        if place is not None:
            choices.nth(place).click()
            expect(choices.nth(place)).to_be_checked()
            ready(page)
        if fold is not None:
            page.locator(f".st-key-hybrid-{fold} summary").click()
            opened_part = page.locator(f".st-key-hybrid-{fold} details[open]")
            expect(opened_part.locator("[data-testid=stWidgetLabel]")).not_to_have_count(0)
            ready(page)
        expect(page.locator("[data-stale=true]")).to_have_count(0)
        found[place, fold] = in_both_themes(page)
    assert not {looked: each for looked, each in found.items() if each}


def test_the_drawer_that_says_why_keeps_them_and_gives_the_focus_back(page: Page, app_url: str) -> None:
    opened(page, app_url, "home")
    page.goto(
        f"{app_url}/hybrid?data=sample&ratings=1~5_2571~4.5_296~2_260~4"
        "&recipe=rating~1_similarity~0.4_sponsored~0.5&sponsor=genre~Drama"
    )
    ready(page)
    why = page.locator("[class*=st-key-hybrid-why-] button:visible").first
    why.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Why this?")
    expect(drawer.get_by_role("heading", name="What is its score made of?")).to_be_visible()
    drawer.locator(".st-key-why-holding button").click()
    expect(page.get_by_text("By score, before any re-ranking")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("By score, before any re-ranking")).to_have_count(0)
    ready(page)
    assert not in_both_themes(page)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(why).to_be_focused()


def test_a_table_of_ones_own_keeps_them_too(page: Page, app_url: str) -> None:
    item_space(page, app_url)
    choose_own_table(page)
    page.locator(".st-key-space-factors button").first.click()
    expect(page.get_by_role("button", name="Download CSV")).to_be_visible()
    ready(page)
    assert not in_both_themes(page)


def choose_own_table(page: Page) -> None:
    page.get_by_role("combobox", name="Model").click()
    page.get_by_role("option", name=TITLE).click()
    expect(page.get_by_text("Until a table is loaded")).to_be_visible()
    ready(page)


@pytest.mark.parametrize(
    ("planted", "rule"),
    [
        ("<button></button>", "button-name"),
        ("<svg role='img' width='9' height='9'></svg>", "svg-img-alt"),
        ("<p style='color: silver; background: white'>pale</p>", "color-contrast"),
    ],
)
def test_a_planted_fault_is_found(planted: str, rule: str, page: Page, app_url: str) -> None:
    """Also one against a rule of which some elements are excused."""
    opened(page, app_url, "home")
    page.evaluate(
        "html => document.querySelector('[data-testid=stMain] h1').insertAdjacentHTML('afterend', html)",
        planted,
    )
    assert [fault.split(":")[0] for fault in faults(page)] == [rule]


def test_what_still_moves_is_judged_where_it_comes_to_rest(page: Page, app_url: str) -> None:
    opened(page, app_url, "home")
    page.evaluate(
        "html => document.querySelector('[data-testid=stMain] h1').insertAdjacentHTML('afterend', html)",
        "<p id='planted' style='color: black; background: white'>settles</p>",
    )
    page.evaluate("document.querySelector('#planted').animate({color: ['silver', 'black']}, 1500)")
    assert not faults(page)


# ---------------------------------------------------------------- by keyboard

MARK = """() => {
  const kinds = "button, input, select, textarea, a[href], [role=combobox], [role=slider]";
  const all = [...document.querySelectorAll("[data-testid=stMain] :is(" + kinds + ")")];
  const visible = e => e.checkVisibility({visibilityProperty: true});
  const seen = all.filter(e => !e.disabled && visible(e) && e.type !== "file");
  seen.forEach((e, k) => e.setAttribute("data-to-reach", k));
  return seen.length;
}"""
FOCUSED = "() => document.activeElement.getAttribute('data-to-reach')"
MISSED = """reached => [...document.querySelectorAll("[data-to-reach]")].filter(e => {
  const was = one => reached.includes(one.getAttribute("data-to-reach"));
  const near = place => [...(e.closest(place)?.querySelectorAll("[data-to-reach]") ?? [])].some(was);
  if (was(e)) return false;
  // One of several radio buttons has the focus, arrows go to the others; and what takes no focus at all
  // (the steps of a number, the arrow of a list) has the keys of the field it stands in.
  if (e.getAttribute("role") === "radio") return !near("[role=radiogroup], [data-testid=stElementContainer]");
  return !(e.tabIndex < 0 && near("[data-testid=stElementContainer]"));
}).map(e => e.outerHTML.slice(0, 200))"""


def missed_by_tab(page: Page) -> list[str]:
    """Controls of the screen that no number of presses of Tab leads to."""
    count = page.evaluate(MARK)
    assert count > 20, "a screen of this size has more controls"
    reached: set[str] = set()
    ends = 0
    while ends < 2 and len(reached) <= count:  # once to the end from wherever it begins, and once through all
        page.keyboard.press("Tab")
        if (at := page.evaluate(FOCUSED)) is not None:
            reached.add(at)
        ends += page.evaluate("() => document.activeElement === document.body")
    missed: list[str] = page.evaluate(MISSED, sorted(reached))
    return missed


def test_tab_reaches_every_control_of_item_space(page: Page, app_url: str) -> None:
    item_space(page, app_url)
    choose_own_table(page)
    assert not missed_by_tab(page)


def test_a_control_out_of_reach_is_found(page: Page, app_url: str) -> None:
    item_space(page, app_url)
    page.evaluate("document.querySelector('.st-key-space-near-3 button').tabIndex = -1")
    (missed,) = missed_by_tab(page)
    assert "button" in missed
