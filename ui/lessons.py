"""What the Watch screen can teach in one click: settings that go wrong, and settings side by side.

The settings were found by trying; tests/ui/test_lessons.py holds that the trouble is seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import recsys_core as rc
from recsys_core.algorithms import Algorithm
from recsys_core.algorithms.base import HyperValue
from recsys_core.jobs import Train, Variants

Settings = Mapping[str, HyperValue]


@dataclass(frozen=True)
class Trouble:
    """A way to set a model up for trouble.

    Attributes:
        label: its name.
        look_for: what the curve will show, in one sentence.
        settings: hyper-parameters by algorithm, for those that get into this trouble.
    """

    label: str
    look_for: str
    settings: Mapping[str, Settings]


_DESCENT = {"learning_rate": 0.02, "n_epochs": 40}
_CROWDED = {
    "n_factors": 200,
    "regularization": 0.005,
    "init_std": 0.01,
    "learning_rate": 0.02,
    "n_epochs": 60,
}

TROUBLES = (
    Trouble(
        "Diverging learning rate",
        "Each step is so long that it lands higher on the other side of the valley: the error rises, "
        "or leaves all bounds and the training stops with a message.",
        {
            "svd": {"n_factors": 10, "learning_rate": 0.25, "n_epochs": 30},
            "svdpp": {"n_factors": 10, "learning_rate": 0.19},
            "funk_svd": {"n_factors": 10, "learning_rate": 0.005, "update": "per_user"},
            "gradient_cf": {"learning_rate": 0.02, "n_epochs": 10, "optimizer": "gradient_descent"},
            "binary_cf": {"learning_rate": 0.1, "n_epochs": 60, "optimizer": "gradient_descent"},
        },
    ),
    Trouble(
        "No regularisation",
        "Nothing holds the factors small: the training error goes on falling, "
        "while the validation error turns and rises.",
        {
            "svd": {**_DESCENT, "regularization": 1e-6},
            "svdpp": {**_DESCENT, "regularization": 1e-6},
            "funk_svd": {**_DESCENT, "regularization": 0.0},
            "gradient_cf": {"regularization": 0.0, "init_std": 0.1},
            "binary_cf": {"regularization": 0.001},
            "als": {"n_factors": 20, "n_epochs": 30, "regularization": 1e-6},
            "alternating_regression": {"n_factors": 15, "n_epochs": 30, "regularization": 1e-9},
        },
    ),
    Trouble(
        "Too many factors",
        "There is room to store every rating, and little pull against it: the training error nears zero, "
        "while the validation error turns and rises.",
        {
            "svd": _CROWDED,
            "svdpp": _CROWDED,
            "funk_svd": {**_CROWDED, "n_factors": 50, "init_std": 0.05},
            "gradient_cf": {"n_factors": 50, "n_epochs": 100, "regularization": 0.3, "init_std": 0.1},
            "binary_cf": {"n_factors": 100, "learning_rate": 0.03, "regularization": 0.1},
            "alternating_regression": {"n_factors": 30, "n_epochs": 30, "mean_normalization": True},
        },
    ),
    Trouble(
        "Too few factors",
        "One number a film cannot tell tastes apart: even the training error soon stops falling.",
        {
            "svd": {**_DESCENT, "n_factors": 1},
            "svdpp": {**_DESCENT, "n_factors": 1},
            "funk_svd": {**_DESCENT, "n_factors": 1},
            "gradient_cf": {"n_factors": 1},
            "binary_cf": {"n_factors": 1},
            "als": {"n_factors": 1, "n_epochs": 30},
            "alternating_regression": {"n_factors": 1, "n_epochs": 30},
        },
    ),
)


def troubles(algorithm: str) -> tuple[Trouble, ...]:
    """Those this algorithm gets into."""
    return tuple(trouble for trouble in TROUBLES if algorithm in trouble.settings)


def lesson(spec: Train) -> Trouble | None:
    """The trouble a training was set up for, if it was."""
    given = dict(spec.hyper_parameters)
    return next((each for each in troubles(spec.algorithm) if each.settings[spec.algorithm] == given), None)


# ---------------------------------------------------------------- side by side

OPTIMIZERS = {"gradient_descent": "Plain descent", "momentum": "Momentum", "adam": "Adam"}
_RATES = {
    "gradient_cf": {"gradient_descent": 0.0003, "momentum": 0.0003, "adam": 0.1},
    "binary_cf": {"gradient_descent": 0.003, "momentum": 0.003, "adam": 0.1},
    "two_tower": {"gradient_descent": 0.1, "momentum": 0.1, "adam": 0.01},
}
"""Learning rates each optimiser can bear. Adam's is about the length of a step itself; the others
multiply the gradient by theirs."""


@dataclass(frozen=True)
class Comparison:
    """Several settings of one model, to be trained on the same data.

    Attributes:
        label: what differs.
        look_for: what to look for, in one sentence.
        variants: hyper-parameters by the name of the variant, a learning rate in each.
    """

    label: str
    look_for: str
    variants: Mapping[str, Settings]

    @property
    def rates(self) -> str:
        """Which learning rates are tried, in words."""
        return "; ".join(
            name if name.startswith("rate") else f"{name} with learning rate {given['learning_rate']:g}"
            for name, given in self.variants.items()
        )


def comparable(cls: type[Algorithm]) -> bool:
    """Whether there is anything to compare: it learns in epochs, with steps of a set size."""
    return cls.iterative and "learning_rate" in cls.hyper_parameters()


def comparisons(algorithm: str, given: Settings) -> tuple[Comparison, ...]:
    """What can be compared for an algorithm, everything else as given; optimisers first."""
    declared = rc.algorithms()[algorithm].hyper_parameters()
    found = []
    if algorithm in _RATES:
        found.append(
            Comparison(
                "Optimisers",
                "Momentum gets further with the same learning rate, because steps that agree add up; "
                "Adam gives every number a step of its own, so its rate is another quantity than theirs.",
                {
                    OPTIMIZERS[name]: {**given, "optimizer": name, "learning_rate": rate}
                    for name, rate in _RATES[algorithm].items()
                },
            )
        )
    rate = declared["learning_rate"]
    low, high = float(rate.low or 0.0), float(rate.high or 1.0)
    middle = min(max(float(given.get("learning_rate", rate.default)), 10 * low), high / 10)
    found.append(
        Comparison(
            "Learning rates",
            "Too small a rate is still on its way when the epochs are over; too large a one overshoots, "
            "learns by heart at once, or diverges.",
            {
                f"rate {each:g}": {**given, "learning_rate": float(f"{each:g}")}
                for each in (middle / 10, middle, 10 * middle)
            },
        )
    )
    return tuple(found)


def comparison_of(spec: Variants) -> Comparison | None:
    """What a job compares, told from the names of its variants."""
    names = list(spec.variants)
    if not comparable(rc.algorithms()[spec.algorithm]) or not names:
        return None
    for each in comparisons(spec.algorithm, spec.variants[names[0]]):
        if each.label == "Optimisers" and list(each.variants) == names:
            return each
        if each.label == "Learning rates" and all(name.startswith("rate ") for name in names):
            return each
    return None


# ---------------------------------------------------------------- twins


def twin(algorithm: str, given: Settings) -> tuple[str, dict[str, Any]] | None:
    """The model of ours that learns the same numbers, and its settings; None where there is none.

    There is none, too, where something is set that the twin does not have.
    """
    cls = rc.algorithms()[algorithm]
    if not cls.twin:
        return None
    declared, has = cls.hyper_parameters(), rc.algorithms()[cls.twin].hyper_parameters()
    if any(value != declared[name].default for name, value in given.items() if name not in has):
        return None
    return cls.twin, {name: value for name, value in given.items() if name in has}
