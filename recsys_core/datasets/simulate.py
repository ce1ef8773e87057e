"""The audience of the sample: people who do not exist, rating films that do.

Why simulate at all: here the truth is known. A model can be held against the tastes the
ratings were made from, which no published data set allows.

The model
---------
Every person `u` has a taste `p_u`, every film `i` a character `q_i`, both with K = 6 numbers,
and a rating is how well the two agree, plus who rates, plus what is rated, plus chance:

    p_u = σ_p ε_u                                                                       (1)
    q_i = c (Σ_{g ∈ genres(i)} L_g / √|genres(i)| + e_i ē + σ_q δ_i),   e_i = (1985 − year_i)/40  (2)
    b_u = σ_u ε_u                b_i = β (fame_i − 3) + σ_i ε_i                         (3)
    r̃_ui = μ + b_u + b_i + p_u·q_i                                                      (4)
    r_ui = r̃_ui + σ ε_ui, rounded to half a star and held to 0.5 … 5                    (5)

Nobody rates at random. People rate much or little, in a few sittings `s`, and at each they
pick, among the films that have arrived and that they have not rated, known ones and ones to
their taste:

    n_u = min(200, ⌊20 U^(−1/α)⌋)             how many films u rates: a long tail        (6)
    a_i = φ fame_i + σ_a ε_i                  how well known i is: a long tail too       (7)
    P(u picks i) ∝ exp(a_i + κ p_u·q_i)       one after the other, without replacement   (8)

Picking `n` without replacement by (8) is the same as taking the `n` largest of
a_i + κ p_u·q_i + γ_i, where γ_i = −ln(−ln U) is Gumbel noise (Yellott 1977).

The service opens on 1 January 2015. A film released since then arrives some weeks or months
after the start of its year; of the older ones a share ω is there from the first day and the
others arrive later, evenly over the years. People join at any time before the last half year,
rate half of their films on that day and the rest in sittings spread over the time left.

Symbols
-------
    P (M, K) tastes p_u            Q (N, K) characters q_i        L (19, K) leanings of genres, below
    b_u (M,), b_i (N,) biases      a (N,) log popularity          n (M,) ratings a person
    ε, δ standard normal           U uniform on (0, 1)            c makes the mean length of q_i 1
    ē  the sixth axis: old films lean to it

P, Q and the biases are rounded to three decimals *before* they are used, so the files hold the
truth itself, and r_ui differs from r̃_ui only by σ = 0.6, the rounding and the ends of the scale.

To be the same on every machine, everything is drawn from one PCG64 stream through `random` and
`standard_normal` only, and rounded before it is compared or written.

    python -m recsys_core.datasets.simulate            writes data/sample again, byte for byte
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from recsys_core.datasets.base import SHIPPED
from recsys_core.ratings import FloatArray, LongArray, Scale

SEED = 20150101
PEOPLE = 600
OPENING, CLOSING = date(2015, 1, 1), date(2024, 12, 31)
SCALE = Scale(0.5, 5.0, 0.5)

MU = 2.8  # μ: the mean rating ends near 3.5, because people pick what they like
SIGMA_P = 0.92  # σ_p: how far tastes spread; with |q| ≈ 1 also the spread of p·q
SIGMA_Q = 0.25  # σ_q: what is a film's own, beside its genres
SIGMA_U = 0.32  # σ_u: mild and strict people
SIGMA_I = 0.22  # σ_i: good and bad films
BETA = 0.1  # β: well-known films are liked a little better
NOISE = 0.6  # σ: what nobody can predict
ALPHA = 1.15  # α: the smaller, the longer the tail of activity
PHI, SIGMA_A = 1.4, 0.9  # φ, σ_a: how unequal films are known
KAPPA = 1.2  # κ: how much people keep to their taste
OMEGA = 0.7  # ω: share of the older films there from the first day

AXES = ("thrills", "heart", "wonder", "family", "dark", "gravity")
LEANINGS: dict[str, tuple[float, float, float, float, float, float]] = {
    "Action": (1.0, -0.2, 0.1, 0.0, 0.0, -0.4),
    "Adventure": (0.7, 0.0, 0.4, 0.2, -0.2, -0.2),
    "Animation": (0.0, 0.0, 0.2, 0.9, -0.2, 0.0),
    "Children": (0.0, 0.1, 0.1, 1.0, -0.4, -0.2),
    "Comedy": (-0.1, 0.3, -0.1, 0.1, -0.6, -0.6),
    "Crime": (0.2, -0.2, -0.4, -0.4, 0.8, 0.1),
    "Documentary": (-0.5, -0.2, -0.3, 0.0, 0.0, 1.0),
    "Drama": (-0.5, 0.3, -0.3, -0.2, 0.0, 0.5),
    "Fantasy": (0.1, 0.1, 0.7, 0.3, 0.0, -0.1),
    "Film-Noir": (0.0, 0.0, -0.3, -0.3, 0.8, 0.3),
    "Horror": (0.2, -0.7, 0.2, -0.7, 0.8, -0.3),
    "IMAX": (0.3, 0.0, 0.3, 0.1, 0.0, 0.0),
    "Musical": (-0.4, 0.5, 0.0, 0.4, -0.3, 0.0),
    "Mystery": (0.1, -0.1, 0.1, -0.2, 0.7, 0.1),
    "Romance": (-0.5, 1.0, -0.1, -0.1, -0.1, 0.0),
    "Sci-Fi": (0.4, -0.4, 1.0, 0.0, 0.1, 0.0),
    "Thriller": (0.6, -0.2, 0.0, -0.3, 0.6, 0.0),
    "War": (0.3, -0.1, -0.4, -0.3, 0.1, 0.7),
    "Western": (0.4, -0.2, -0.4, 0.0, 0.1, 0.2),
}
"""L: how far each genre leans to each of the `AXES`."""


@dataclass(frozen=True)
class Film:
    """One line of films.csv, less what the simulation adds.

    Attributes:
        number: 1, 2, 3 …
        title, year, genres: facts.
        fame: 1 (hardly anyone) to 5 (everyone), our own estimate.
    """

    number: int
    title: str
    year: int
    genres: tuple[str, ...]
    fame: int


@dataclass(frozen=True, eq=False)
class Audience:
    """What the simulation makes of N films: M people and their n ratings.

    Attributes:
        P, b_u: (M, K) tastes and (M,) biases of people.
        Q, b_i: (N, K) characters and (N,) biases of films.
        arrived: (N,) day each film arrived, counted from 1 January 1970.
        users, items: (n,) indices 0 … M−1 and 0 … N−1, by person and then by day.
        values: (n,) ratings in half stars from 0.5 to 5.
        days: (n,) day of each rating, counted from 1 January 1970.
    """

    P: FloatArray
    Q: FloatArray
    b_u: FloatArray
    b_i: FloatArray
    arrived: LongArray
    users: LongArray
    items: LongArray
    values: FloatArray
    days: LongArray


def day_number(day: date) -> int:
    """Days since 1 January 1970."""
    return (day - date(1970, 1, 1)).days


def simulate(films: Sequence[Film], n_people: int = PEOPLE, seed: int = SEED) -> Audience:
    """Make an audience for these films; equal arguments, equal numbers.

    Raises:
        KeyError: a genre is not one of `LEANINGS`.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    fame = np.array([film.fame for film in films], dtype=np.float64)
    P = (SIGMA_P * rng.standard_normal((n_people, len(AXES)))).round(3)  # (1)
    Q = _characters(films, rng).round(3)  # (2)
    b_u = (SIGMA_U * rng.standard_normal(n_people)).round(3)  # (3)
    b_i = (BETA * (fame - 3) + SIGMA_I * rng.standard_normal(len(films))).round(3)
    n = np.minimum(200, 20 * (1 - rng.random(n_people)) ** (-1 / ALPHA)).astype(np.int64)  # (6)
    a = PHI * fame + SIGMA_A * rng.standard_normal(len(films))  # (7)
    arrived = _arrivals(films, rng)

    taste = P @ Q.T
    users, items, days = [], [], []
    for u in range(n_people):
        picked, when = _picks(a + KAPPA * taste[u], int(n[u]), arrived, rng)
        users.append(np.full(len(picked), u, dtype=np.int64))
        items.append(picked)
        days.append(when)
    who, what = np.concatenate(users), np.concatenate(items)
    expected = MU + b_u[who] + b_i[what] + taste[who, what]  # (4)
    stars = _half_stars(expected + NOISE * rng.standard_normal(len(who)))  # (5)
    return Audience(P, Q, b_u, b_i, arrived, who, what, stars, np.concatenate(days))


def _characters(films: Sequence[Film], rng: np.random.Generator) -> FloatArray:
    """q_i, equation (2)."""
    genres = np.array([np.sum([LEANINGS[g] for g in f.genres], axis=0) / len(f.genres) ** 0.5 for f in films])
    genres[:, -1] += [(1985 - film.year) / 40 for film in films]
    Q = genres + SIGMA_Q * rng.standard_normal(genres.shape)
    c = 1 / np.mean(np.sqrt(np.sum(Q**2, axis=1)))
    return np.asarray(c * Q)


def _arrivals(films: Sequence[Film], rng: np.random.Generator) -> LongArray:
    """The day each film arrives; newer films 30 to 300 days into their year."""
    first, last = day_number(OPENING), day_number(CLOSING)
    U, V = rng.random(len(films)), rng.random(len(films))
    later = first + np.floor(U * (last - 180 - first))
    old = np.where(V < OMEGA, first, later)
    new = np.array([day_number(date(film.year, 1, 1)) for film in films]) + 30 + np.floor(270 * U)
    return np.where([film.year < OPENING.year for film in films], old, new).astype(np.int64)


def _picks(
    appeal: FloatArray, n: int, arrived: LongArray, rng: np.random.Generator
) -> tuple[LongArray, LongArray]:
    """Which films one person rates, and when: (n,) items and (n,) days, in order of time."""
    first, last = day_number(OPENING), day_number(CLOSING)
    joined = first + int(rng.random() * (last - 180 - first))
    n_sittings = 1 + n // 25 + int(rng.random() * 3)
    later = np.sort(joined + 1 + np.floor(rng.random(n_sittings - 1) * (last - joined - 1)))
    sittings = [joined, *later.astype(np.int64)]
    sizes = [n] if n_sittings == 1 else [n - n // 2, *_shares(n // 2, n_sittings - 1)]
    appeal = appeal.copy()
    items, days = [], []
    for day, size in zip(sittings, sizes, strict=True):
        gumbel = -np.log(-np.log(rng.random(len(appeal))))
        key = np.where(arrived <= day, (appeal + gumbel).round(9), -np.inf)  # (8)
        chosen = np.argsort(-key, kind="stable")[:size]
        appeal[chosen] = -np.inf
        items.append(chosen)
        days.append(np.full(size, day, dtype=np.int64))
    return np.concatenate(items), np.concatenate(days)


def _shares(total: int, parts: int) -> list[int]:
    """`total` cut into whole parts as equal as they can be."""
    return [(total * (k + 1)) // parts - (total * k) // parts for k in range(parts)]


def _half_stars(values: FloatArray) -> FloatArray:
    return np.asarray(SCALE.clip(np.floor(values.round(9) * 2 + 0.5) / 2))


def read_films(path: Path) -> list[Film]:
    """The films of a films.csv, in its order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Film(
                int(row["film"]),
                row["title"],
                int(row["year"]),
                tuple(row["genres"].split("|")),
                int(row["fame"]),
            )
            for row in csv.DictReader(file)
        ]


def write(films: Sequence[Film], audience: Audience, folder: Path) -> None:
    """Write films.csv, film_factors.csv, people.csv and ratings.csv into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    arrived = [date(1970, 1, 1) + timedelta(days=int(day)) for day in audience.arrived]
    _table(
        folder / "films.csv",
        "film,title,year,genres,fame,arrived",
        (
            [f.number, f.title, f.year, "|".join(f.genres), f.fame, day]
            for f, day in zip(films, arrived, strict=True)
        ),
    )
    axes = ",".join(AXES)
    _table(folder / "film_factors.csv", f"film,bias,{axes}", _factor_rows(audience.b_i, audience.Q))
    _table(folder / "people.csv", f"person,bias,{axes}", _factor_rows(audience.b_u, audience.P))
    _table(
        folder / "ratings.csv",
        "person,film,rating,day",
        (
            [u + 1, films[i].number, f"{value:g}", day]
            for u, i, value, day in zip(
                audience.users.tolist(),
                audience.items.tolist(),
                audience.values.tolist(),
                audience.days.tolist(),
                strict=True,
            )
        ),
    )


def _factor_rows(bias: FloatArray, factors: FloatArray) -> Iterable[list[object]]:
    for k, (b, row) in enumerate(zip(bias, factors, strict=True), start=1):
        yield [k, f"{b:.3f}", *(f"{x:.3f}" for x in row)]


def _table(path: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def main(arguments: Sequence[str]) -> None:
    """Write the sample again, into `data/sample` or the folder that is named."""
    films = read_films(SHIPPED / "sample" / "films.csv")
    write(films, simulate(films), Path(arguments[0]) if arguments else SHIPPED / "sample")


if __name__ == "__main__":
    main(sys.argv[1:])
