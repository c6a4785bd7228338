"""An order log in memory: who ordered when for how much, relative to the start of the simulation."""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]


class OrderLogError(ValueError):
    """An order log that cannot be used; the message is one line: file, place, what was given, what would be right."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))


@dataclass(frozen=True)
class OrderLog:
    """Orders sorted by customer and day, at most one per customer and day.

    Attributes:
        customers: Ids as text, sorted, each with at least one order; shape (n,).
        customer: Row of the customer in `customers`; shape (m,), ascending.
        day: Days from `start` to the order's date, whole numbers <= -1; shape (m,).
        value: Value of the day's orders, yuan, >= 0; shape (m,).
        start: The day after the last date, or the cut-off asked for.
        said: Remarks for the reader, one line each.
    """

    customers: NDArray[np.str_]
    customer: I64
    day: F64
    value: F64
    start: date
    said: tuple[str, ...] = ()

    def __len__(self) -> int:
        """Number of customers."""
        return len(self.customers)


@dataclass(frozen=True)
class Histories:
    """What a log says about each customer's clock, one row per customer, shape (n,).

    Attributes:
        repeats: Orders after the first, >= 0.
        recency: Days from the first to the last order, >= 0.
        age: Days from the first order to the end of observation, >= recency.
        log_gaps: Sum of ln(gap in days) over the customer's gaps.
    """

    repeats: F64
    recency: F64
    age: F64
    log_gaps: F64

    @property
    def silence(self) -> F64:
        """Days since the last order, >= 0."""
        return self.age - self.recency


def first_rows(log: OrderLog) -> I64:
    """Row of each customer's first order in the log's columns; shape (n,)."""
    return np.searchsorted(log.customer, np.arange(len(log))).astype(np.int64)


def histories(log: OrderLog) -> Histories:
    """Each customer's frequency, recency and age, in the log's own order of customers."""
    first = first_rows(log)
    count = np.diff(np.append(first, len(log.customer)))
    opening, closing = log.day[first], log.day[first + count - 1]
    gaps = np.diff(log.day, prepend=0.0)
    gaps[first] = 1.0  # no gap before a first order: ln 1 = 0
    return Histories(
        repeats=(count - 1).astype(np.float64),
        recency=closing - opening,
        age=-opening,
        log_gaps=np.add.reduceat(np.log(gaps), first),
    )
