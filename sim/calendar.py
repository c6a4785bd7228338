"""The calendar of a run: season factors by day, the seasonal clock, and the days of shop-wide sales."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from sim.config import Events
from sim.contract import F64
from sim.population import Population


@dataclass(frozen=True)
class Calendar:
    """By day from `origin` on; day 0 is the start date.

    Attributes:
        factor: Season factor of each day, mean 1 over a year, shape (days,).
        clock: Operational days passed at each midnight, shape (days + 1,).
        sale: Shop-wide discount of each day, share of list, shape (days,).
    """

    origin: int
    factor: F64
    clock: F64
    sale: F64


def make_calendar(population: Population, events: Events, start: date, origin: int, end: int) -> Calendar:
    """The calendar from day `origin` to day `end`."""
    days = [start + timedelta(days=d) for d in range(origin, end)]
    months = np.array([population.season.get(m, 1.0) for m in range(1, 13)])
    months = months / months.mean()
    factor = months[np.array([d.month - 1 for d in days], dtype=int)]
    clock = np.concatenate([[0.0], np.cumsum(factor)])
    sale = np.zeros(len(days))
    for event in events.sales:
        for i, day in enumerate(days):
            begun = date(
                day.year,
                event.month,
                min(event.day, 28 if event.month == 2 else 30 if event.month in (4, 6, 9, 11) else 31),
            )
            if 0 <= (day - begun).days < event.days:
                sale[i] = max(sale[i], event.discount)
    return Calendar(origin, factor, clock, sale)
