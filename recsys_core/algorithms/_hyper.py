"""Hyper-parameters declared once as data: constructor, sliders, search grids and help are drawn from it."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from recsys_core.errors import HyperParameterError

HyperValue: TypeAlias = int | float | bool | str


@dataclass(frozen=True)
class HyperParameter:
    """One hyper-parameter, declared once: constructor, sliders, grids and help are drawn from it.

    Attributes:
        name: as in the constructor.
        type: int, float, bool or str.
        default: the default.
        symbol: its letter in NOTATION.md.
        help: one line for a person.
        low, high: inclusive bounds (numbers).
        choices: the allowed values (text).
        log: True if it is best varied by factors (a learning rate).
    """

    name: str
    type: type
    default: HyperValue
    symbol: str
    help: str
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    log: bool = False

    def check(self, value: HyperValue) -> HyperValue:
        """Return the value in the declared type.

        Raises:
            HyperParameterError: wrong type or out of bounds.
        """
        if self.type is bool:
            if not isinstance(value, (bool, np.bool_)):
                raise self._wrong(value, "True or False")
            return bool(value)
        if self.type is str:
            if value not in self.choices:
                raise self._wrong(value, "one of " + ", ".join(self.choices))
            return str(value)
        if isinstance(value, (bool, np.bool_, str, bytes)):
            raise self._wrong(value, "a number")
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise self._wrong(value, "a number") from None
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self._wrong(value, "a finite number")
        if self.type is int and number != int(number):
            raise self._wrong(value, "a whole number")
        if (self.low is not None and number < self.low) or (self.high is not None and number > self.high):
            raise self._wrong(value, f"from {self.low:g} to {self.high:g}")
        return int(number) if self.type is int else number

    def _wrong(self, value: object, wanted: str) -> HyperParameterError:
        return HyperParameterError(f"{self.name} = {value!r} is not allowed: give {wanted}.")


def hyper(
    default: HyperValue,
    symbol: str,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    log: bool = False,
) -> Any:
    """Declare a hyper-parameter as a dataclass field of an algorithm."""
    declared = {"symbol": symbol, "help": help, "low": low, "high": high, "choices": choices, "log": log}
    return dataclasses.field(default=default, metadata={"hyper": declared})


def seed() -> Any:
    """The `seed` every algorithm with a random start declares in the same words."""
    return hyper(
        0, "seed", "start of the random numbers: the same seed gives the same model", low=0, high=2**31 - 1
    )
