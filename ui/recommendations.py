"""The list a visitor is recommended, how sure it is, why each film is there, and "what if"."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from recsys_core.algorithms import Profile
from recsys_core.dataset import NO_YEAR, Dataset
from recsys_core.profile import OwnRatings
from recsys_core.ranking import Filters, candidates, recommend
from ui import choice, compute, kept, page, profile, rating, safe, state, tiles, what_if
from ui.charts.because import because
from ui.why import less_asked, less_button, less_of

N_SHOWN = 10
MIN_RATINGS = (0, 5, 20, 50, 100)
DEFAULT_MIN_RATINGS = 20
_ENOUGH = 50
"""A filter by number of ratings that would leave fewer films than this is not preset."""


@dataclass(frozen=True)
class Listing:
    """What is on screen.

    Attributes:
        trained: the model behind it.
        own: the visitor's ratings, or the imagined ones.
        told: the same, and the lowest rating for everything they want less like.
        person: what the model was told, folded in.
        rows: the list, as `recsys_core.recommend` returns it.
        chosen: how the model was asked for.
        before: the items of the list with the visitor's true ratings, where `own` is imagined.
    """

    trained: compute.Trained
    own: OwnRatings
    told: OwnRatings
    person: Profile
    rows: pd.DataFrame
    chosen: state.Model
    before: tuple[int, ...] | None = None


# ---------------------------------------------------------------- choose


def pick_filters(data: Dataset) -> Filters:
    """Genre, year of release and number of ratings."""
    catalogue = data.catalogue
    with st.popover("Filters", icon=":material/tune:", key="filters"):
        genres = st.multiselect("Genres", catalogue.genre_names, key="genres", placeholder="All genres")
        known = catalogue.years[catalogue.years != NO_YEAR]
        years = None
        if len(known) and known.min() < known.max():
            span = (int(known.min()), int(known.max()))
            chosen = st.slider("Year of release", *span, value=span, key=f"years-{data.name}")
            years = None if tuple(chosen) == span else chosen
        at_least = st.select_slider(
            "Rated by more than",
            MIN_RATINGS,
            value=_preset(data),
            key=f"min-ratings-{data.name}",
            format_func=lambda n: f"{n} people" if n else "nobody: show all",
            help="The best-predicted films are often ones that hardly anybody rated. "
            "The course lab keeps films with more than 20 ratings.",
        )
    return Filters(tuple(genres), years, at_least + 1 if at_least else 0)


def preset(data: Dataset) -> Filters:
    """The filters a visitor begins with."""
    at_least = _preset(data)
    return Filters(min_ratings=at_least + 1 if at_least else 0)


def _preset(data: Dataset) -> int:
    enough = int((data.ratings.by_item.counts > DEFAULT_MIN_RATINGS).sum()) >= _ENOUGH
    return DEFAULT_MIN_RATINGS if enough else 0


# ---------------------------------------------------------------- compute


def make(data: Dataset, model: state.Model, filters: Filters, on_table: list[int]) -> Listing:
    """Fold the visitor in and rank; with "what if", the imagined list and what it was before.

    Films on the table are left out: seeing a prediction draws people towards it.
    """
    trained, model = choice.trained(data, model)
    own = profile.current(data)
    imagined = what_if.imagined(data, own)
    listing = _listing(data, trained, model, own, filters, on_table)
    if imagined is None:
        return listing
    before = tuple(listing.rows["item"].astype(int))
    changed = _listing(data, trained, model, imagined, filters, on_table)
    return replace(changed, before=before)


def _listing(
    data: Dataset,
    trained: compute.Trained,
    chosen: state.Model,
    own: OwnRatings,
    filters: Filters,
    on_table: list[int],
) -> Listing:
    told = own
    for item in less_of(data):
        if own.of(item) is None:
            told = told.rate(item, data.ratings.scale.low)
    person = trained.model.fold_in(told.items, told.values)
    # A rating that is imagined away does not make its film unseen.
    seen = [*profile.current(data).items.tolist(), *told.items.tolist()]
    allowed = candidates(data, filters, exclude=[*seen, *on_table])
    rows = recommend(trained.model, data, person, N_SHOWN, candidates=allowed)
    return Listing(trained, own, told, person, rows, chosen)


# ---------------------------------------------------------------- show the list


def show(data: Dataset, listing: Listing) -> None:
    """The badge, what there is to remark, and a tile for each film."""
    _badge(data, listing)
    if listing.chosen.kept:
        _say_what_it_learned_from(data, listing)
    for remark in listing.trained.model.remarks_:
        st.caption(remark)
    if listing.rows.empty:
        st.info(
            f"No {data.catalogue.kind} passes these filters. Allow fewer ratings, more years or more genres.",
            icon=":material/filter_alt_off:",
        )
        return
    grid = st.grid(5, min_column_width=130, border=True, key="recommendations")
    for place, row in enumerate(listing.rows.itertuples(index=False), start=1):
        with grid.cell():
            _tile(data, listing, place, int(row.item), _predicted(listing, row.score, row.predicted))


def _badge(data: Dataset, listing: Listing) -> None:
    n, model = len(listing.own), listing.trained.model
    if not model.personal:
        words, icon, color = "The same for everyone", ":material/groups:", "orange"
    elif listing.person.fallback:
        words, icon, color = f"Not personal: {listing.person.fallback}", ":material/groups:", "orange"
    else:
        words = f"Personal, folded in from {n} rating{'s' if n > 1 else ''}"
        if not n:
            words = "Personal, from what you want less like alone"
        icon, color = ":material/person_check:", "green"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(words, icon=icon, color=color, help="Nothing was retrained: the model stays as it is.")
        if listing.before is not None:
            st.badge("What if: your ratings are unchanged", icon=":material/science:", color="violet")
    less_asked(data)
    st.caption(
        f"{safe.text(model.summary)} "
        "What lies on the table above is left out, for a prediction would sway your rating."
    )


def _say_what_it_learned_from(data: Dataset, listing: Listing) -> None:
    learned, there = int(listing.trained.model.user_counts_.sum()), len(data.ratings)
    part = "all" if learned == there else f"{learned:,} of the"
    st.caption(
        f"{safe.text(kept.titled(listing.chosen.kept))}. "
        f"It learned from {part} {there:,} ratings of this data set."
    )


def _predicted(listing: Listing, score: float, predicted: float) -> str:
    """The prediction in words; "5.0+" where the score that ranks the film lies above the scale."""
    model = listing.trained.model
    if model.binary:
        return f"**{predicted:.0%}** likely"
    above = "+" if model.scores_are_ratings and score > model.prediction_scale.high else ""
    return f"**{predicted:.1f}{above}** ★"


def _tile(data: Dataset, listing: Listing, place: int, item: int, predicted: str) -> None:
    label = safe.text(data.catalogue.label(item))
    n_raters = int(data.ratings.by_item.counts[item])
    with st.container(gap="xsmall"):
        tiles.draw(data.catalogue, item)
        sure = _sureness(listing, n_raters)
        moved = movement(listing.before, place, item, unmoved=":gray[=]")
        st.markdown(f"{predicted} :gray[{sure}] {moved}")
        st.caption(f"{n_raters:,} ratings" if n_raters else "nobody rated this")
        with st.container(horizontal=True, gap="small"):
            st.button(
                ":primary[Why?]",
                key=f"why-{item}",
                type="tertiary",
                on_click=lambda: st.session_state.update(why=item),
                help=f"Why {label} is here",
            )
            st.button(
                ":primary[Rate it]",
                key=f"seen-{item}",
                type="tertiary",
                on_click=rating.ask_about,
                args=(data, item),
                help=f"I know {label}: let me rate it",
            )


def movement(before: tuple[int, ...] | None, place: int, item: int, unmoved: str = "") -> str:
    """How a film moved against an earlier list, in signs and colour; nothing without one."""
    if before is None:
        return ""
    if item not in before:
        return ":violet[new]"
    up = before.index(item) + 1 - place
    return f":green[↑{up}]" if up > 0 else f":red[↓{-up}]" if up < 0 else unmoved


def _sureness(listing: Listing, n_raters: int) -> str:
    if listing.trained.error is None:
        return ""
    return f"± {listing.trained.error.typical(len(listing.own), n_raters).mean_absolute:.1f}"


def _how_sure(data: Dataset, listing: Listing, n_raters: int) -> str:
    if listing.trained.model.binary:
        return "A probability is not off by so many stars, so none are given here."
    if listing.chosen.kept:
        return "That was not measured for a kept model; the curve of its training shows how far off it was."
    if listing.trained.error is None:
        return "There are too few people in this table to hold some out and measure."
    typical = listing.trained.error.typical(len(listing.own), n_raters)
    films = f"{data.catalogue.kind}s"
    if typical.support is not None:
        low, high = typical.support
        films += (
            f" rated by {low} to {high} people" if high is not None else f" rated by {low} people or more"
        )
    return (
        f"For {listing.trained.error.n_users} people this model never saw, after {typical.n_given} "
        f"of their ratings, it was off by {typical.mean_absolute:.2f} stars on average "
        f"({typical.n_predictions:,} predictions, {films}). "
        f"You gave {len(listing.own)}; this {data.catalogue.kind} has {n_raters:,}."
    )


# ---------------------------------------------------------------- why


def why(data: Dataset, listing: Listing) -> int | None:
    """Choose a film of the list; says how far off its prediction usually is."""
    items = [int(item) for item in listing.rows["item"]]
    if not items:
        return None
    if st.session_state.get("why") not in items:
        st.session_state["why"] = items[0]
    item = st.selectbox(
        "Because you rated … : why is it here?" if listing.trained.model.personal else "Why is it here?",
        items,
        key="why",
        format_func=data.catalogue.label,
    )
    less_button(data, item, listing.trained.model.folds_in and listing.trained.model.personal)
    n_raters = int(data.ratings.by_item.counts[item])
    st.caption(f"**How sure?** {_how_sure(data, listing, n_raters)}")
    return item


def reasons(data: Dataset, listing: Listing, item: int | None) -> None:
    """That film's prediction taken apart into the visitor's own ratings."""
    if item is None:
        return
    explanation = listing.trained.model.explain(listing.person, item)
    if explanation.shares:
        less = set(listing.told.items.tolist()) - set(listing.own.items.tolist())
        page.show(because(explanation, data.catalogue.label, item, less))
    elif not listing.trained.model.personal:
        st.caption("No rating of yours has a part in this: the list is the same for everyone.")
    elif not len(listing.own):
        st.caption("Rate a film, and its part in each prediction shows here.")
    else:
        st.caption("This model cannot split its prediction into your ratings exactly, so no bars are drawn.")
