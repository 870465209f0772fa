"""Numba functions that are compiled once a machine: the machine code is kept beside the source, or in the user's cache."""

from collections.abc import Callable
from typing import Any, cast

import numba


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A decorator: compile on first use and keep the result, or nowhere when no folder can be written."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            return cast("Callable[..., Any]", numba.njit(cache=True, **options)(function))
        except RuntimeError:
            return cast("Callable[..., Any]", numba.njit(**options)(function))

    return wrap
