"""From a catalogue to a list: how many are left after each step, who brought them, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recsys_core.evaluation.study.on_panel import Loss
from recsys_core.ranking import Ranking
from recsys_core.ranking.retrieval import Retrieved, source
from ui.charts import Chart, style

STEPS = {
    "catalogue": "in the catalogue",
    "genres": "of these genres",
    "years": "of these years",
    "min_ratings": "with enough ratings",
    "exclude": "not excluded",
    "new": "not rated yet",
    "seen": "rated before",
    "retrieval": "retrieved",
    "rank": "ranked best",
    "rerank": "on the list",
}


def left_after(ranking: Ranking, seen: str, kind: str = "film") -> Chart:
    """How many are left after each step?

    Args:
        ranking: a list with what each stage left and took.
        seen: "new" if only what was not rated before may be listed, else "seen".
        kind: what an item is.
    """
    stages = ranking.stages
    names = [STEPS[seen if stage.name == "seen" else stage.name] for stage in stages]
    if stages[-1].name == "rank":
        names[-1] = "on the list"
    table = pd.DataFrame(
        {
            "step": names,
            f"{kind}s left": [stage.n_left for stage in stages],
            "milliseconds": [round(stage.milliseconds, 3) for stage in stages],
        }
    )
    figure = _bars(
        names,
        [
            _series(
                f"{kind}s left",
                style.DATA,
                [
                    (f"{stage.n_left:,} · {_ms(stage.milliseconds)}", max(stage.n_left, 0.5))
                    for stage in stages
                ],
            )
        ],
    )
    # Thousands and tens in one picture: on an even axis the list would be no bar at all.
    most = 2.0 * max(stages[0].n_left, 2)
    figure["xAxis"] = {"type": "log", "min": 0.5, "max": 0.5 * most**1.85, "show": False}
    whole = sum(stage.milliseconds for stage in stages)
    steepest = min(
        zip(stages, stages[1:], names[1:], strict=False),
        key=lambda step: step[1].n_left / max(step[0].n_left, 1),
    )
    alt = (
        f"From {stages[0].n_left:,} {kind}s to {stages[-1].n_left:,} in {_ms(whole)}. The steepest step is "
        f"“{steepest[2]}”: {steepest[0].n_left:,} before it, {steepest[1].n_left:,} after. "
        "Bars grow by powers of ten."
    )
    height = 40 + 34 * len(stages)
    return Chart(f"How many {kind}s are left after each step?", figure, alt, table, "funnel-steps", height)


def who_brought(ranking: Ranking, found: Retrieved, kind: str = "film") -> Chart:
    """Who brought the candidates, and who brought those on the list?

    Args:
        ranking: the list made of them.
        found: the candidates.
        kind: what an item is.
    """
    of_list = {name: sum(name in by for by in ranking.brought) for name in _names(found)}
    of_all = {name: sum(name in by for by in found.brought) for name in _names(found)}
    alone = {name: sum(by == (name,) for by in found.brought) for name in _names(found)}
    titles = [source(name).title for name in _names(found)]
    table = pd.DataFrame(
        {
            "source": titles,
            "brought": [stage.n_found for stage in found.stages],
            "candidates": list(of_all.values()),
            "of them nobody else's": list(alone.values()),
            "on the list": list(of_list.values()),
            "milliseconds": [round(stage.milliseconds, 3) for stage in found.stages],
        }
    )
    figure = _bars(
        titles,
        [
            _series("candidates", style.REFERENCE, [(f"{n:,}", n) for n in of_all.values()]),
            _series("on the list", style.DATA, [(f"{n:,} on the list", n) for n in of_list.values()]),
        ],
    )
    figure["legend"] = {"top": 0}
    figure["grid"]["top"] = 34
    figure["grid"]["right"] = 84
    most = max(of_list, key=lambda name: of_list[name]) if of_list else ""
    alt = (
        f"{len(found):,} different candidates in {_ms(found.milliseconds)}. "
        f"“{source(most).title}” brought most of the list: {of_list[most]} of {len(ranking)}."
        if of_list
        else f"No source brought a {kind}."
    )
    height = 60 + 48 * len(titles)
    return Chart("Who brought the candidates?", figure, alt, table, "funnel-sources", height)


@dataclass(frozen=True)
class Quality:
    """What so many candidates do to lists, one row of `quality_lost`.

    Attributes:
        loss: as measured on the panel.
        own: how many of the visitor's list stay the same.
    """

    loss: Loss
    own: int


def quality_lost(rows: Sequence[Quality], n: int, n_own: int, words: Mapping[int, str]) -> Chart:
    """What does ranking only some change?

    Args:
        rows: everything first, then the numbers of candidates.
        n: length of the lists.
        n_own: length of the visitor's list.
        words: by number of candidates, the change in words: "worse", "noise".
    """
    fewer = [row for row in rows if row.loss.limit is not None]
    names = [f"{row.loss.limit:,} candidates" for row in fewer]
    table = pd.DataFrame(
        {
            "candidates": ["everything", *(f"{row.loss.limit:,}" for row in fewer)],
            f"NDCG@{n}": [row.loss.ndcg.mean for row in rows],
            "change": [None if row.loss.change is None else row.loss.change.mean for row in rows],
            "from": [None if row.loss.change is None else row.loss.change.low for row in rows],
            "to": [None if row.loss.change is None else row.loss.change.high for row in rows],
            "which is": ["", *(words[row.loss.limit or 0] for row in fewer)],
            "share of the lists that stays": [row.loss.same for row in rows],
            f"of your {n_own} stay": [row.own for row in rows],
        }
    )
    series: list[dict[str, Any]] = []
    for at, row in enumerate(fewer):
        change = row.loss.change
        if change is None or change.low != change.low:
            continue
        said = words[row.loss.limit or 0]
        if change.mean:
            said = f"{_signed(change.mean)} {said}"
        series.append(
            {
                "name": names[at],
                "type": "line",
                "symbol": "rect",
                "symbolSize": [2, 14],
                "itemStyle": {"color": style.DATA},
                "lineStyle": {"color": style.DATA, "width": 3},
                "data": [[change.low, at], [change.high, at]],
            }
        )
        series.append(
            {
                "name": names[at],
                "type": "scatter",
                "symbolSize": 12,
                "itemStyle": {"color": style.DATA},
                "label": {"show": True, "position": "top", "formatter": said, "color": style.AXIS},
                "data": [[change.mean, at]],
            }
        )
    if series:
        series[0]["markLine"] = {
            "silent": True,
            "symbol": "none",
            "lineStyle": {"color": style.REFERENCE, "type": "dashed"},
            "label": {"formatter": "everything ranked", "color": style.AXIS, "position": "start"},
            "data": [{"xAxis": 0}],
        }
    ends = [v for row in fewer if (c := row.loss.change) is not None for v in (c.low, c.high) if v == v]
    reach = max((abs(v) for v in ends), default=0.0) or 0.01
    figure = {
        "animation": False,
        "tooltip": {"show": False},
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 30, "containLabel": True},
        "xAxis": {
            "type": "value",
            "name": f"change of NDCG@{n}",
            "nameLocation": "middle",
            "nameGap": 28,
            "min": round(min([0.0, *ends]) - 0.25 * reach, 3),
            "max": round(max([0.0, *ends]) + 0.25 * reach, 3),
            "splitNumber": 4,
            "axisLabel": {"color": style.AXIS, "showMinLabel": False, "showMaxLabel": False},
        },
        "yAxis": {
            "type": "category",
            "inverse": True,
            "data": names,
            "axisLabel": {"color": style.AXIS},
            "axisTick": {"show": False},
        },
        "series": series,
    }
    parts = [
        f"with {row.loss.limit:,} NDCG@{n} changes by {_signed(row.loss.change.mean)} "
        f"({words[row.loss.limit]}) and {row.own} of your own {n_own} stay"
        for row in fewer
        if row.loss.change is not None and row.loss.limit is not None
    ]
    alt = f"Against ranking everything: {'; '.join(parts)}."
    height = 90 + 56 * len(fewer)
    return Chart("What does ranking only some change?", figure, alt, table, "funnel-quality", height)


def _names(found: Retrieved) -> list[str]:
    return [stage.name for stage in found.stages]


def _signed(value: float) -> str:
    return f"{value:+.{3 if abs(value) >= 0.001 else 4}f}".replace("-", "−")


def _ms(milliseconds: float) -> str:
    return f"{milliseconds:.2f} ms" if milliseconds < 10 else f"{milliseconds:.0f} ms"


def _bars(names: Sequence[str], series: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "animationDuration": 0,
        "animationDurationUpdate": 250,
        "tooltip": {"show": False},
        "grid": {"left": 4, "right": 8, "top": 4, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "value", "show": False},
        "yAxis": {
            "type": "category",
            "inverse": True,
            "axisTick": {"show": False},
            "axisLabel": {"color": style.AXIS, "width": 130, "overflow": "break", "lineHeight": 13},
            "data": list(names),
        },
        "series": series,
    }


def _series(name: str, colour: str, values: Sequence[tuple[str, float]]) -> dict[str, Any]:
    """Each bar says its number, so that colour is not all that tells them apart."""
    return {
        "name": name,
        "type": "bar",
        "barMaxWidth": 18,
        "itemStyle": {"color": colour},
        "label": {"show": True, "position": "right", "color": style.AXIS, "formatter": "{b}"},
        "data": [{"name": text, "value": value} for text, value in values],
    }
