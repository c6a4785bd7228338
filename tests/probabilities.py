"""Chances at which quantiles are tried, and the Python originals they are held to."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray


def original(compiled: Any) -> Callable[..., Any]:
    """The Python original of a compiled function, calling originals throughout."""
    source = compiled.py_func
    calls = {name: source.__globals__.get(name) for name in source.__code__.co_names}
    inner = {name: original(f) for name, f in calls.items() if isinstance(f, Dispatcher)}
    return FunctionType(source.__code__, {**source.__globals__, **inner}, source.__name__)


def probabilities(inner: int) -> NDArray[np.float64]:
    """From 1e-16 to 1 - 2**-53, ascending: both tails by decades, 1 - 1e-3 to 1e-3 evenly, and the seams."""
    tail = np.logspace(-16, -3, 40 * 13 + 1)
    seams = np.array([0.075, 0.925, 0.995])  # where normal_quantile and gamma_quantile change their formula
    near = np.concatenate([seams + k * 2.0**-53 for k in range(-5, 6)])
    top = 1.0 - np.maximum(tail, 2.0**-53)
    return np.unique(np.concatenate([tail, near, np.linspace(1e-3, 1.0 - 1e-3, inner), top]))
