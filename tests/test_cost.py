"""Estimates of cost: every algorithm has one, they add up as work does, and limits are kept to."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import recsys_core as rc
from recsys_core import cost
from recsys_core.__main__ import main
from recsys_core.algorithms import Algorithm, _surprise
from recsys_core.algorithms._work import Counted
from recsys_core.cost import Cost, Limits, Settings, Size, machine
from recsys_core.cost.machine import Speed
from recsys_core.dataset import Dataset
from recsys_core.errors import HyperParameterError, JobRefusedError, RecsysError

ALL = rc.algorithms()
every = pytest.mark.parametrize("cls", ALL.values(), ids=ALL)
SMALL = Size(100_000, 943, 1_682, 20.2e6, 16.8e6, 19, 23)
LARGE = Size(1_000_209, 6_040, 3_883, 390e6, 816e6, 19, 23)
REFERENCE = Speed()


def of(name: str, size: Size = SMALL, **settings: float | str | bool) -> Cost:
    return cost.estimate(name, settings, size, REFERENCE)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder nothing was ever measured in."""
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path))
    return tmp_path


# ---------------------------------------------------------------- every algorithm


@every
def test_every_algorithm_says_what_it_costs(cls: type[Algorithm]) -> None:
    small, large = of(cls.name), of(cls.name, LARGE)
    assert 0 < small.seconds < large.seconds
    assert 0 < small.n_bytes < large.n_bytes


@every
def test_more_factors_and_more_passes_never_cost_less(cls: type[Algorithm]) -> None:
    for name, more in {"n_factors": 200, "n_epochs": 100}.items():
        if name in cls.hyper_parameters():
            few = of(cls.name, SMALL, **{name: 2})
            many = of(cls.name, SMALL, **{name: more})
            assert many.seconds > few.seconds
            assert many.n_bytes >= few.n_bytes


@every
def test_predictions_and_lists_cost_something(cls: type[Algorithm]) -> None:
    model = cls()
    assert REFERENCE.seconds(model.prediction_work(SMALL, 1000)) > 0
    assert REFERENCE.seconds(model.ranking_work(SMALL)) > 0


@every
def test_what_is_cheaper_is_there_and_leads_to_an_end(cls: type[Algorithm]) -> None:
    seen, name = [], cls.name
    while name:
        assert name in ALL
        assert name not in seen
        seen.append(name)
        name = ALL[name]().cheaper_name()


def test_an_algorithm_that_says_nothing_of_its_cost_still_has_one() -> None:
    class New(Counted):
        n_factors, n_epochs = 10, 5

    work = New().work(SMALL)
    assert work.compiled > 0
    assert work.n_bytes > 0


def test_the_tables_of_surprise_are_counted_as_it_counts_them_itself() -> None:
    for similarity, tables in _surprise.TABLES.items():
        by_people = of("surprise_knn_basic", LARGE, similarity=similarity)
        assert by_people.n_bytes >= 8 * tables * LARGE.n_users**2
        by_items = of("surprise_knn_basic", LARGE, similarity=similarity, user_based=False)
        assert by_items.n_bytes < by_people.n_bytes  # fewer films than people here


def test_an_unknown_setting_is_refused_as_anywhere() -> None:
    with pytest.raises(HyperParameterError, match="n_factor"):
        cost.estimate("svd", {"n_factor": 3}, SMALL, REFERENCE)


# ---------------------------------------------------------------- sizes


def test_a_size_is_counted_from_the_ratings(toy_dataset: Dataset) -> None:
    size = Size.of(toy_dataset.ratings, toy_dataset.side)
    assert (size.n_ratings, size.n_users, size.n_items) == (8, 4, 5)
    assert size.user_pairs == 3**2 + 2**2 + 3**2
    assert size.item_pairs == 2**2 + 2**2 + 2**2 + 2**2
    assert size.n_user_features == 1


def test_a_part_has_shorter_rows_of_the_same_people() -> None:
    half = SMALL.part(0.5)
    assert (half.n_ratings, half.n_users, half.n_items) == (50_000, 943, 1_682)
    assert half.user_pairs == SMALL.user_pairs / 4


# ---------------------------------------------------------------- sums


def test_costs_one_after_the_other_add_seconds_and_share_memory() -> None:
    both = Cost(2, 300, "here") + Cost(3, 100, "here")
    assert (both.seconds, both.n_bytes) == (5, 300)
    assert 4 * Cost(2, 300, "here") == Cost(8, 300, "here")


def test_cross_validation_trains_every_algorithm_on_every_fold_and_scores_it() -> None:
    one = cost.of_cross_validation({"svd": {}}, SMALL, 5, speed=REFERENCE)
    assert one.seconds > 5 * of("svd", SMALL.part(0.8)).seconds
    two = cost.of_cross_validation({"svd": {}, "bias": {}}, SMALL, 5, speed=REFERENCE)
    alone = cost.of_cross_validation({"bias": {}}, SMALL, 5, speed=REFERENCE)
    assert two.seconds == pytest.approx(one.seconds + alone.seconds)
    assert two.n_bytes == max(one.n_bytes, alone.n_bytes)


def test_ranking_the_catalogue_is_counted_where_it_is_asked_for() -> None:
    def item_knn(ranked: bool) -> Cost:
        return cost.of_cross_validation({"item_knn": {}}, SMALL, ranked=ranked, speed=REFERENCE)

    assert item_knn(True).seconds > item_knn(False).seconds


def test_a_fold_alone_is_no_cross_validation() -> None:
    with pytest.raises(ValueError, match="2 or more"):
        cost.of_cross_validation({"svd": {}}, SMALL, 1)


def test_a_search_costs_what_its_cells_cost() -> None:
    cells: list[Settings] = [{"n_factors": 10}, {"n_factors": 100}]
    both = cost.of_search("svd", cells, SMALL, 3, speed=REFERENCE)
    each = [cost.of_search("svd", [cell], SMALL, 3, speed=REFERENCE) for cell in cells]
    assert both.seconds == pytest.approx(sum(one.seconds for one in each))


def test_a_watched_training_costs_more_than_its_fit() -> None:
    watched = cost.of_training("svd", {}, LARGE, validation_share=0.2, speed=REFERENCE)
    assert watched.seconds > of("svd", LARGE.part(0.8)).seconds
    assert watched.n_bytes > of("svd", LARGE.part(0.8)).n_bytes


# ---------------------------------------------------------------- limits


def test_above_a_limit_one_is_warned_and_above_the_servers_refused() -> None:
    limits = Limits(600, 2e9)
    assert cost.verdict(Cost(3, 40e6, ""), limits) == "fine"
    assert cost.verdict(Cost(31, 40e6, ""), limits) == "dear"
    assert cost.verdict(Cost(3, 1.1e9, ""), limits) == "dear"
    assert cost.verdict(Cost(601, 40e6, ""), limits) == "too much"
    assert cost.verdict(Cost(3, 2.1e9, ""), limits) == "too much"


def test_a_refusal_says_how_much_and_what_is_allowed() -> None:
    cost.admit(Cost(599, 1.9e9, ""), Limits(600, 2e9))
    with pytest.raises(JobRefusedError, match=r"about 20 min and 40 MB.* 10 min and 2 GB"):
        cost.admit(Cost(1200, 40e6, ""), Limits(600, 2e9))


def test_the_limits_are_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RECSYS_MAX_SECONDS", "RECSYS_MAX_MB"):
        monkeypatch.delenv(name, raising=False)
    assert cost.hosted_limits() == Limits(600, 2e9)
    monkeypatch.setenv("RECSYS_MAX_SECONDS", "45")
    monkeypatch.setenv("RECSYS_MAX_MB", "512")
    assert cost.hosted_limits() == Limits(45, 512e6)


@pytest.mark.parametrize("wrong", ["soon", "0", "-3", "inf", "nan"])
def test_a_limit_that_is_none_is_named(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_MAX_SECONDS", wrong)
    with pytest.raises(RecsysError, match=f"RECSYS_MAX_SECONDS = '{wrong}'"):
        cost.hosted_limits()


def instead(name: str, size: Size = LARGE, **settings: int) -> cost.Alternative | None:
    def cost_of(name: str, settings: Settings) -> Cost:
        return cost.estimate(name, settings, size, REFERENCE)

    return cost.alternative(name, settings, cost_of, Limits(600, 2e9))


def test_the_kernel_of_the_lab_is_offered_in_place_of_surprises() -> None:
    found = instead("surprise_svdpp", n_factors=30)
    assert found is not None
    assert found.algorithm == "svdpp"
    assert found.hyper_parameters == {"n_factors": 30}
    assert found.cost.seconds <= of("surprise_svdpp", LARGE, n_factors=30).seconds / 2


def test_item_based_is_offered_in_place_of_user_based() -> None:
    many_people = Size(20_000_000, 40_000, 1_000, 1e10, 4e11)
    found = instead("user_knn", many_people)
    assert found is not None
    assert found.algorithm == "item_knn"


def test_nothing_is_offered_where_nothing_is_dear() -> None:
    assert instead("surprise_svd", SMALL) is None


def test_something_is_offered_also_where_the_server_allows_less_than_is_dear() -> None:
    def cost_of(name: str, settings: Settings) -> Cost:
        return Cost({"surprise_svd": 8.0, "svd": 1.0}[name], 1e6, "")

    found = cost.alternative("surprise_svd", {}, cost_of, Limits(5, 2e9))
    assert found is not None
    assert found.algorithm == "svd"


def test_nothing_is_offered_that_is_not_half_the_price() -> None:
    prices = {"user_knn": 100.0, "item_knn": 51.0, "als": 90.0, "svd": 99.0, "bias": 60.0, "popularity": 70.0}

    def cost_of(name: str, settings: Settings) -> Cost:
        return Cost(prices[name], 1e6, "")

    assert cost.alternative("user_knn", {}, cost_of, Limits(600, 2e9)) is None
    prices["als"] = 50.0
    found = cost.alternative("user_knn", {}, cost_of, Limits(600, 2e9))
    assert found is not None
    assert found.algorithm == "als"


def test_nothing_is_offered_that_the_screen_does_not_have() -> None:
    def cost_of(name: str, settings: Settings) -> Cost:
        return cost.estimate(name, settings, LARGE, REFERENCE)

    limits = Limits(600, 2e9)
    found = cost.alternative("surprise_svdpp", {}, cost_of, limits, among=lambda name: name == "svd")
    assert found is not None
    assert found.algorithm == "svd"
    assert cost.alternative("surprise_svdpp", {}, cost_of, limits, among=lambda name: False) is None


@pytest.mark.parametrize(
    ("seconds", "n_bytes", "words"),
    [
        (0.02, 2e5, "1 s and 1 MB"),
        (3.2, 41e6, "3 s and 41 MB"),
        (38.4, 1.44e9, "38 s and 1.4 GB"),
        (150, 12.4e9, "2.5 min and 12 GB"),
        (234, 380e6, "4 min and 380 MB"),
        (9000, 1e9, "2.5 h and 1 GB"),
    ],
)
def test_figures_are_rounded_to_what_can_be_promised(seconds: float, n_bytes: float, words: str) -> None:
    assert cost.in_words(Cost(seconds, n_bytes, "")) == words


# ---------------------------------------------------------------- this machine


def test_a_slower_machine_takes_longer() -> None:
    slow = Speed(compiled=3.0, matrix=1.0, interpreted=1.0, measured=True)
    assert cost.estimate("svd", {}, SMALL, slow).seconds == pytest.approx(3 * of("svd").seconds)


def test_it_is_measured_once_and_kept(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = machine.speed()
    assert first.measured
    assert machine.read(machine.file()) == first
    monkeypatch.setattr(machine, "_known", {})
    monkeypatch.setattr(machine, "measure", lambda: pytest.fail("measured twice"))
    assert machine.speed() == first


def test_all_probes_are_within_sight_of_the_reference_machine(cache: Path) -> None:
    found = machine.measure()
    for each in (found.compiled, found.matrix, found.interpreted):
        assert machine.FASTEST <= each <= machine.SLOWEST


def other_machine(kept: dict[str, dict[str, object]]) -> None:
    kept["machine"]["processor"] = "abacus"


def other_library(kept: dict[str, dict[str, object]]) -> None:
    kept["machine"]["numpy"] = "0.1"


def no_number(kept: dict[str, dict[str, object]]) -> None:
    kept["speed"]["matrix"] = "quick"


def impossible(kept: dict[str, dict[str, object]]) -> None:
    kept["speed"]["compiled"] = 1e9


def not_finite(kept: dict[str, dict[str, object]]) -> None:
    kept["speed"]["compiled"] = float("nan")


def part_missing(kept: dict[str, dict[str, object]]) -> None:
    del kept["speed"]["interpreted"]


@pytest.mark.parametrize(
    "spoil", [other_machine, other_library, no_number, impossible, not_finite, part_missing]
)
def test_a_foreign_or_damaged_file_is_not_believed(
    spoil: Callable[[dict[str, dict[str, object]]], None], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.keep(Speed(7.0, 7.0, 7.0, measured=True), machine.file())
    kept = json.loads(machine.file().read_text(encoding="utf-8"))
    spoil(kept)
    machine.file().write_text(json.dumps(kept), encoding="utf-8")
    assert machine.read(machine.file()) is None
    anew = Speed(2.0, 2.0, 2.0, measured=True)
    monkeypatch.setattr(machine, "measure", lambda: anew)
    assert machine.speed() == anew
    assert machine.read(machine.file()) == anew


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"machine": 3}', "\x00"])
def test_a_file_of_something_else_is_not_believed(text: str, cache: Path) -> None:
    machine.file().write_text(text, encoding="utf-8")
    assert machine.read(machine.file()) is None


def test_a_cache_that_cannot_be_written_is_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.setattr(machine, "measure", lambda: Speed(2.0, 2.0, 2.0, measured=True))
    assert machine.speed().compiled == 2.0


def test_until_it_is_measured_the_estimate_says_so(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []

    class Thread:
        def __init__(self, target: Callable[[], None], name: str, daemon: bool) -> None:
            self.target = target

        def start(self) -> None:
            started.append("thread")

    monkeypatch.setattr("threading.Thread", Thread)
    for _ in range(3):
        assert "not been measured" in cost.estimate("svd", {}, SMALL, machine.speed_so_far()).source
    assert started == ["thread"]  # asked once
    monkeypatch.setattr(machine, "measure", lambda: Speed(2.0, 2.0, 2.0, measured=True))
    machine.speed()
    assert machine.speed_so_far().compiled == 2.0
    assert "measured speed of this machine" in machine.speed_so_far().source


def test_calibrating_measures_again_and_shows_every_algorithm(
    cache: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from recsys_core.cost import calibration

    machine.keep(Speed(7.0, 7.0, 7.0, measured=True), machine.file())
    quick = {name: cls for name, cls in ALL.items() if name in {"bias", "item_knn", "popularity"}}
    monkeypatch.setattr(calibration, "algorithms", lambda: quick)
    assert main(["calibrate"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in quick)
    assert "speed.json" in told
    kept = machine.read(machine.file())
    assert kept == machine.speed()
    assert kept is not None
    assert kept.compiled != 7.0


# ---------------------------------------------------------------- against what is so


@pytest.mark.parametrize("name", ["item_knn", "surprise_slope_one", "svd"])
def test_a_model_holds_no_more_than_was_estimated(name: str) -> None:
    data = rc.load("sample")
    model = rc.algorithm(name).fit(data.ratings, data.side)
    held = sum(value.nbytes for value in vars(model).values() if isinstance(value, np.ndarray))
    assert held <= of(name, Size.of(data.ratings, data.side)).n_bytes
