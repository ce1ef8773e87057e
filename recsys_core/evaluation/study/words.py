"""What a study says, in sentences made from its numbers; whatever they turn out to be, the words follow."""

from __future__ import annotations

from collections.abc import Sequence

from recsys_core.evaluation.study.parts import Change, Point, Study

NAMES = {
    "ndcg": "NDCG@{k}",
    "recall": "recall@{k}",
    "reach": "relevant films among the candidates",
    "same": "same films as without retrieval",
    "novelty": "novelty@{k} (bits)",
    "diversity": "diversity@{k}",
    "calibration": "miscalibration@{k} (nats)",
    "predicted": "mean predicted rating (stars)",
    "coverage": "coverage@{k}",
    "popularity_lift": "popularity lift@{k}",
}


def title_of(figure: str, k: int) -> str:
    """A figure's name as a column is headed."""
    return NAMES[figure].format(k=k)


def reading(study: Study) -> tuple[str, ...]:
    """The findings, a paragraph each."""
    about = ["The catalogue is too small to retrieve fewer candidates than there are."]
    if len(study.curve) > 1:
        about = [_quality(study), _blended(study), _time(study)]
    return tuple(part for part in (*about, _ranked(study), _price(study), CAUTION) if part)


def moved(change: Change) -> str:
    """A change as words: "0.0121 higher (0.0080 to 0.0160)"."""
    if change.mean == 0 and change.low == 0 and change.high == 0:
        return "the same for everybody"
    if not change.real:
        return f"{change.mean:+.4f} ({change.low:+.4f} to {change.high:+.4f}), too small to tell from luck"
    way = "higher" if change.mean > 0 else "lower"
    low, high = sorted((abs(change.low), abs(change.high)))
    return f"{abs(change.mean):.4f} {way} ({low:.4f} to {high:.4f})"


def _quality(study: Study) -> str:
    """What fewer candidates do to lists by predicted rating."""
    k, (whole, *fewer) = study.protocol.k, study.curve
    first, last = fewer[0], fewer[-1]
    return (
        f"Retrieval before plain ratings. Ranking all {whole.n_candidates:,.0f} films by predicted "
        f"rating gives NDCG@{k} {whole.figures['ndcg'].mean:.4f}. Against that: {_each(fewer)}. "
        f"Of the films people went on to like, {first.figures['reach'].mean:.0%} are among {first.name} "
        f"candidates, {last.figures['reach'].mean:.0%} among {last.name}.{_why(study)}"
    )


def _why(study: Study) -> str:
    """The surprising case, where it is the case: leaving films out helps."""
    whole, *fewer = study.curve
    better = [p for p in fewer if p.changes["ndcg"].real and p.changes["ndcg"].mean > 0]
    if not better:
        return ""
    said = f" So {_listed([p.name for p in better])} candidates make better lists than ranking everything."
    best = max(better, key=lambda p: p.changes["ndcg"].mean)
    if not all(p.changes["novelty"].real and p.changes["novelty"].mean < 0 for p in better):
        return said  # then it is not fame alone that helps
    known = 2 ** (whole.figures["novelty"].mean - best.figures["novelty"].mean)
    return (
        f"{said} Retrieval leaves out what few people know, and the order of predicted ratings likes to put "
        f"just that on top: with {best.name} candidates the listed films were rated by some {known:.1f} "
        "times as many people."
    )


def _blended(study: Study) -> str:
    """What fewer candidates do to lists by a blend."""
    k, (whole, *fewer) = study.protocol.k, study.blended_curve
    worse = [p.name for p in fewer if p.changes["ndcg"].real and p.changes["ndcg"].mean < 0]
    verdict = (
        f"A real loss with {_listed(worse)} candidates."
        if worse
        else "No number of candidates tried here loses anything that could be told from luck."
    )
    return (
        f"Retrieval before a blend ({study.blend}). Ranking everything gives NDCG@{k} "
        f"{whole.figures['ndcg'].mean:.4f}. Against that: {_each(fewer)}. {verdict}"
    )


def _each(fewer: Sequence[Point]) -> str:
    return "; ".join(
        f"{p.name} candidates {moved(p.changes['ndcg'])}, {p.figures['same'].mean:.0%} of the films the same"
        for p in fewer
    )


def _time(study: Study) -> str:
    """What fewer candidates save."""
    whole, *fewer = study.curve
    parts = [f"{p.milliseconds:.2f} ms with {p.name} candidates" for p in fewer]
    quicker = [p for p in fewer if p.milliseconds < whole.milliseconds]
    share = max(p.retrieval_milliseconds / p.milliseconds for p in fewer)
    verdict = (
        f"Retrieval saves time with {_listed([p.name for p in quicker])} candidates."
        if quicker
        else "So with this model and a catalogue of this size retrieval saves no time: finding candidates "
        f"takes up to {share:.0%} of it, and scoring the rest of the films costs less than that."
    )
    return (
        f"Time. Scoring and sorting everything takes {whole.milliseconds:.2f} ms a list (median processor "
        f"time; 95 % within {whole.milliseconds_p95:.2f} ms), finding candidates and ranking only those "
        f"{', '.join(parts)}. " + verdict
    )


def _ranked(study: Study) -> str:
    """Which blends make better lists than the plain order."""
    k, (plain, *others) = study.protocol.k, study.blends
    better = [p for p in others if p.changes["ndcg"].real and p.changes["ndcg"].mean > 0]
    worse = [p for p in others if p.changes["ndcg"].real and p.changes["ndcg"].mean < 0]
    chosen = study.best
    tail = (
        f"The best on one half of the people, {chosen.name!r}, reaches {chosen.ndcg.mean:.4f} on the other "
        f"half: against the plain order there {moved(chosen.change)}."
        if chosen.change is not None
        else "On one half of the people none makes better lists than the plain order."
    )
    return (
        f"Weights. The plain order of predicted ratings has NDCG@{k} {plain.figures['ndcg'].mean:.4f} "
        f"({plain.figures['ndcg'].low:.4f} to {plain.figures['ndcg'].high:.4f}). Of {len(others)} other "
        f"recipes {len(better)} do better and {len(worse)} worse; for "
        f"{len(others) - len(better) - len(worse)} the gap is too small to tell from luck. {tail}"
    )


def _price(study: Study) -> str:
    """What the best blend costs in everything else."""
    plain = study.blends[0]
    best = next(point for point in study.blends if point.name == study.best.name)
    if best is plain:
        return ""
    k = study.protocol.k
    parts = [
        f"{title_of(name, k)} {plain.figures[name].mean:.3f} → {best.figures[name].mean:.3f}"
        for name in ("novelty", "diversity", "coverage", "popularity_lift", "predicted")
        if name in best.figures
    ]
    return f"The price of that recipe, plain order first: {'; '.join(parts)}."


CAUTION = (
    "Caution. Only films that people rated can count as found, and people rate what they were shown, mostly "
    "what is popular: such a test favours popular films, and a good film nobody saw counts as a miss. The "
    "model was trained once, with one seed. Times are those of one machine, one thread."
)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
