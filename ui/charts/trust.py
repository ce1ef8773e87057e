"""How far a map of items can be trusted: one way of laying out beside the others, and item by item."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys_core.space import Honesty
from ui.charts import Chart, style


@dataclass(frozen=True, eq=False)
class Judged:
    """A map and what it keeps.

    Attributes:
        name: "t-SNE in 2-D".
        honesty: as measured, on the same items for all maps of a chart.
    """

    name: str
    honesty: Honesty


def by_method(maps: Sequence[Judged], shown: str, kind: str = "film") -> Chart:
    """Which map keeps most of the true neighbours?

    Args:
        maps: at least one.
        shown: the name of the one on screen.
        kind: what an item is called.
    """
    ordered = sorted(maps, key=lambda each: -each.honesty.share)
    table = pd.DataFrame(
        {
            "map": [each.name for each in ordered],
            "true neighbours kept": [each.honesty.share for each in ordered],
            "trustworthiness": [each.honesty.trustworthiness for each in ordered],
            "continuity": [each.honesty.continuity for each in ordered],
            f"{kind}s judged": [len(each.honesty.items) for each in ordered],
        }
    )
    chance = ordered[0].honesty.by_chance
    figure = style.figure(height=80 + 40 * len(ordered))
    names = [f"▸ {each.name}" if each.name == shown else each.name for each in ordered]
    shares = [each.honesty.share for each in ordered]
    figure.add_bar(
        x=shares,
        y=names,
        orientation="h",
        marker_color=[style.DATA if each.name == shown else style.REFERENCE for each in ordered],
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        textfont={"color": style.AXIS},
        cliponaxis=False,
        hovertemplate="%{y}: %{x:.1%} of true neighbours kept<extra></extra>",
    )
    figure.add_vline(x=chance, line={"color": style.AXIS, "dash": "dot"})
    figure.update_xaxes(title_text="share of true neighbours kept", tickformat=".0%", range=[0, 1.08])
    figure.update_yaxes(autorange="reversed")
    best = ordered[0]
    k = best.honesty.k
    words = f"Of each {kind}'s {k} true neighbours, {best.name} keeps {best.honesty.share:.0%} near"
    if len(ordered) > 1:
        last = ordered[-1]
        words += f", the most of {len(ordered)} maps; {last.name} keeps {last.honesty.share:.0%}"
    words += f". A map drawn at random would keep {_percent(chance)} (dotted line)."
    return Chart("Which map keeps most of the true neighbours?", figure, words, table, "trust-by-method")


def over_items(honesty: Honesty, name: str, kind: str = "film") -> Chart:
    """Is the map as true everywhere?

    Args:
        honesty: of the map on screen.
        name: of that map.
        kind: what an item is called.
    """
    k, n = honesty.k, len(honesty.items)
    kept = np.rint(honesty.shares * k).astype(int)
    counts = np.bincount(kept, minlength=k + 1)
    table = pd.DataFrame({f"of {k} kept": np.arange(k + 1), f"{kind}s": counts, "share": counts / max(n, 1)})
    figure = style.figure(height=240)
    figure.add_bar(
        x=np.arange(k + 1),
        y=counts,
        marker_color=style.DATA,
        hovertemplate=f"%{{x}} of {k} kept: %{{y:,}} {kind}s<extra></extra>",
    )
    figure.update_xaxes(title_text=f"true neighbours kept, of {k}", dtick=1 if k <= 10 else None)
    figure.update_yaxes(title_text=f"{kind}s", nticks=5)
    none, most = int(counts[0]), int(counts[-(-k // 2) :].sum())
    words = (
        f"On {name}, {none / n:.0%} of {n:,} {kind}s judged have none of their {k} true neighbours near, and "
        f"{most / n:.0%} have half of them or more; the median is {np.median(kept):g}."
    )
    return Chart("Is the map as true everywhere?", figure, words, table, "trust-over-items")


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else f"{share:.1%}"
