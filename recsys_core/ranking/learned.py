"""Weights learned from a person's own choices: this film or that one?

    P(a before b) = 1 / (1 + e^(−w·d)),   d = v_a − v_b                    (1)
    w = argmin over w ≥ 0 of Σ_c ln(1 + e^(−w·d_c)) + ‖w − w₀‖² / 2σ²      (2)
    w₀ = s / spread(s·v),   σ = LOOSE / spread(s·v)                        (3)
    Σ = (Σ_c p_c (1 − p_c) d_c d_cᵀ + I/σ²)⁻¹                              (4)
    gain(a, b) = ln(1 + p (1 − p) dᵀ Σ d)                                  (5)

v_a are the normalised signals of film a, d_c runs over the choices (taken minus left), s are the shares in
force and spread is the standard deviation over the catalogue: by (3) two films one such deviation apart
are at first believed to be told apart 73 times of 100, in whatever units the signals are. (2) is convex
and has one solution. Only the direction of w orders a list, so what is handed on is w / Σw; its length
says how decided the person chooses. (5) is how much a pair is expected to tell of w, before it is asked;
a pair in which one film is ahead in every signal is never asked, for the answer would only tell of the
length.

Nothing is said before there are `FEWEST` choices: luck alone foretells so few. From then on each choice is
foretold by the weights learned from the others, and counted: `Learned.knows` asks for more right ones than
luck would give.

Cost: a few ms; foretelling takes one more fit a choice.
Source: (1) Bradley & Terry (1952), Rank Analysis of Incomplete Block Designs, with a linear score as in
Burges et al. (2005), Learning to Rank using Gradient Descent, equation 3; (4, 5) MacKay (1992),
Information-Based Objective Functions for Active Data Selection, section 4
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import ArrayLike

from recsys_core.errors import DataError
from recsys_core.ratings import FloatArray, IntArray, frozen

LEVEL = 0.05
"""How often luck may be taken for knowledge."""
FEWEST = 5
"""Choices below which nothing is known: four, all foretold, are luck once in sixteen; five once in 32."""
LOOSE = 2.0
"""How far a weight is free to leave the one in force, in units of (3)."""
TWICE = 2
"""No film is asked about more often."""
N_STEPS, TOLERANCE = 500, 1e-7
"""When to stop looking for the minimum of (2), in units of σ."""


@dataclass(frozen=True)
class Choice:
    """One answer.

    Attributes:
        taken, left: item indices: the film preferred, and the other.
    """

    taken: int
    left: int


@dataclass(frozen=True, eq=False)
class Learned:
    """What the choices say of the weights.

    Attributes:
        shares: (n_signals,) ≥ 0, sum 1; those in force where there are fewer than `FEWEST` choices, or
            where the choices speak against every signal.
        spread: (n_signals,) about one standard deviation of each share, by (4).
        n_choices: how many there were.
        n_foretold: how many of them the weights learned from the others foretell; −1 below `FEWEST`.
        n_foretold_before: how many the weights in force foretell; equal scores foretell nothing.
    """

    shares: FloatArray
    spread: FloatArray
    n_choices: int
    n_foretold: int
    n_foretold_before: int

    @property
    def luck(self) -> float:
        """How likely as many right ones or more are by tossing a coin; 1 below `FEWEST`."""
        if self.n_foretold < 0:
            return 1.0
        n = self.n_choices
        return float(sum(comb(n, k) for k in range(self.n_foretold, n + 1)) / 2**n)

    @property
    def knows(self) -> bool:
        """Whether the choices can be foretold better than by tossing a coin."""
        return self.luck < LEVEL

    @property
    def words(self) -> str:
        """What is known, for a person."""
        if self.n_foretold < 0:
            missing = FEWEST - self.n_choices
            return f"Nothing is known yet: {missing} more choice{'s' * (missing > 1)} at least."
        told = (
            f"Learned from the others, the weights foretell {self.n_foretold} of {self.n_choices} choices; "
            f"the weights in force foretell {self.n_foretold_before}."
        )
        if self.knows:
            return told
        return f"{told} Tossing a coin does as well often enough: choose more before you believe them."


def learn(values: FloatArray, choices: Sequence[Choice], shares: ArrayLike) -> Learned:
    """Weights by (2).

    Args:
        values: (n_signals, n_items) normalised signals, all finite.
        choices: in any order; the same pair may occur twice.
        shares: (n_signals,) the weights in force, ≥ 0; only their proportions count.

    Raises:
        DataError: the shapes do not fit, a weight is negative or all are zero, a value is not finite, or a
            choice names an item that is not there or twice the same.
    """
    s = _checked(values, choices, shares)
    d = _differences(values, choices)
    start, sigma = _prior(values, s)
    before = int(np.count_nonzero(d @ s > 0))
    if len(choices) < FEWEST:
        spread = np.full(len(s), sigma / start.sum())
        return _frozen(s, spread, len(choices), -1, before)
    w = _fitted(d, start, sigma)
    others = ~np.eye(len(d), dtype=bool)
    foretold = sum(bool(d[c] @ _fitted(d[others[c]], start, sigma) > 0) for c in range(len(d)))
    if not w.sum() > 0:
        return _frozen(s, np.full(len(s), np.inf), len(choices), foretold, before)
    spread = np.sqrt(np.diag(_covariance(d, w, sigma))) / w.sum()
    return _frozen(w / w.sum(), spread, len(choices), foretold, before)


def next_pair(
    values: FloatArray,
    choices: Sequence[Choice],
    shares: ArrayLike,
    pool: ArrayLike,
    passed: Sequence[tuple[int, int]] = (),
) -> tuple[int, int] | None:
    """The two films of the pool whose comparison tells most (5); None where nothing is left to ask.

    Args:
        values, choices, shares: as `learn`.
        pool: (n,) items the person may be asked about, such as well-known ones; see `pool_of`.
        passed: pairs that were asked and left unanswered; they are not asked again.

    Cost: O(n² n_signals).

    Raises:
        DataError: as `learn`.
    """
    s = _checked(values, choices, shares)
    before = [*((choice.taken, choice.left) for choice in choices), *passed]
    asked = Counter(item for pair in before for item in pair)
    pairs = {frozenset(pair) for pair in before}
    items = np.array([i for i in np.unique(np.asarray(pool, dtype=np.int32)) if asked[int(i)] < TWICE])
    if len(items) < 2:
        return None
    a, b = np.triu_indices(len(items), k=1)
    d = (values[:, items[a]] - values[:, items[b]]).T
    tells = (d > 0).any(axis=1) & (d < 0).any(axis=1)
    tells &= np.array(
        [frozenset(pair) not in pairs for pair in zip(items[a].tolist(), items[b].tolist(), strict=True)]
    )
    if not tells.any():
        return None
    start, sigma = _prior(values, s)
    known = _differences(values, choices)
    w = _fitted(known, start, sigma)
    p = _logistic(d @ w)
    gain = np.log1p(p * (1 - p) * np.einsum("ij,jk,ik->i", d, _covariance(known, w, sigma), d))  # (5)
    best = int(np.argmax(np.where(tells, gain, -1.0)))
    return int(items[a[best]]), int(items[b[best]])


def pool_of(values: FloatArray, candidates: ArrayLike, n: int = 60) -> IntArray:
    """Films on which the signals disagree: the highest of each signal among the candidates, ascending.

    Args:
        values: (n_signals, n_items).
        candidates: (m,) items to choose from, such as those that many people know.
        n: how many, at most; each signal brings as many, and fewer are returned where they agree.
    """
    items = np.unique(np.asarray(candidates, dtype=np.int32))
    each = max(1, n // max(1, len(values)))
    best = [items[np.argsort(-row[items], kind="stable")[:each]] for row in values]
    return np.unique(np.concatenate([np.empty(0, np.int32), *best]))


def _prior(values: FloatArray, shares: FloatArray) -> tuple[FloatArray, float]:
    """Equation (3): where the weights start from, and how far they are free to go."""
    spread = float(np.std(shares @ values))
    unit = 1.0 / spread if spread > 1e-12 else 1.0  # in force is a signal that says the same of all films
    return shares * unit, LOOSE * unit


def _fitted(d: FloatArray, start: FloatArray, sigma: float) -> FloatArray:
    """Equation (2), in units of σ so that one tolerance means the same for all signals.

    Step by step the parabola that touches the loss and is nowhere below it, p (1 − p) being at most 1/4, is
    minimised: no step can go up (Böhning & Lindsay 1988, Monotonicity of quadratic-approximation
    algorithms, section 5).
    """
    from scipy.optimize import nnls

    scaled, w0 = d * sigma, start / sigma
    curvature = 0.25 * scaled.T @ scaled + np.eye(len(w0))
    root = np.linalg.cholesky(curvature).T
    back = np.linalg.inv(root.T)
    w = w0
    for _ in range(N_STEPS):
        gradient = (w - w0) - scaled.T @ _logistic(-(scaled @ w))
        moved = np.asarray(nnls(root, back @ (curvature @ w - gradient))[0], dtype=np.float64)
        if np.abs(moved - w).max() < TOLERANCE:
            return moved * sigma
        w = moved
    return w * sigma


def _covariance(d: FloatArray, w: FloatArray, sigma: float) -> FloatArray:
    """Equation (4)."""
    p = _logistic(d @ w)
    precision = (d * (p * (1 - p))[:, None]).T @ d + np.eye(len(w)) / sigma**2
    return np.asarray(np.linalg.inv(precision), dtype=np.float64)


def _logistic(x: FloatArray) -> FloatArray:
    half: FloatArray = 0.5 * (1.0 + np.tanh(0.5 * x))  # the same, and no overflow
    return half


def _differences(values: FloatArray, choices: Sequence[Choice]) -> FloatArray:
    """d of (1), (n_choices, n_signals)."""
    taken = np.array([choice.taken for choice in choices], dtype=np.int64)
    left = np.array([choice.left for choice in choices], dtype=np.int64)
    difference: FloatArray = (values[:, taken] - values[:, left]).T
    return difference


def _checked(values: FloatArray, choices: Sequence[Choice], shares: ArrayLike) -> FloatArray:
    s = np.asarray(shares, dtype=np.float64)
    if values.ndim != 2 or s.shape != values.shape[:1]:
        raise DataError(f"Signals of shape {values.shape} and {s.shape} weights do not fit together.")
    if not np.isfinite(values).all():
        raise DataError("A signal holds a value that is not a finite number: normalise the signals first.")
    if not (np.isfinite(s).all() and (s >= 0).all() and s.sum() > 0):
        raise DataError(f"Weights are 0 or more and not all 0; got {s.tolist()}.")
    for choice in choices:
        for item in (choice.taken, choice.left):
            if not 0 <= item < values.shape[1]:
                raise DataError(f"There is no item {item} to choose: 0 … {values.shape[1] - 1}.")
        if choice.taken == choice.left:
            raise DataError(f"Item {choice.taken} cannot be preferred to itself.")
    normed: FloatArray = s / s.sum()
    return normed


def _frozen(shares: FloatArray, spread: FloatArray, n: int, foretold: int, before: int) -> Learned:
    frozen(shares)
    frozen(spread)
    return Learned(shares, spread, n, foretold, before)
