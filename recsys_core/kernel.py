"""Compile a function at its first call, so that importing an algorithm does not import a compiler.

The machine code is kept on disk beside the source (or in the user's cache folder where
that is read-only): the first call on a machine takes about two seconds, later ones 0.2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec, TypeVar, cast

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def kernel(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function of arrays and numbers to run as machine code, without the interpreter lock.

    Compiled code does not check indices: whoever calls it must have checked them.
    Sums may be taken in another order than written (a difference near 1e-15).
    """
    return _lazily(function, fastmath=True)


def exact_kernel(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The same, with the arithmetic exactly as written: where equal inputs must give equal
    numbers to the last bit, because a tie decides something."""
    return _lazily(function, fastmath=False)


def _lazily(function: Callable[Arguments, Result], fastmath: bool) -> Callable[Arguments, Result]:
    @cache
    def compiled() -> Callable[Arguments, Result]:
        import numba

        machine_code = numba.njit(cache=True, nogil=True, fastmath=fastmath, error_model="numpy")(function)
        return cast("Callable[Arguments, Result]", machine_code)

    @wraps(function)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        return compiled()(*args, **kwargs)

    return call
