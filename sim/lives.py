"""Second lives: what becomes of the lapsed customers of a campaign who come back, touched or held out.

A life begins with a customer's first message of a campaign, if it found the customer lapsed; every later order is told to it.
"""

from typing import Any

import numpy as np
from numba import njit

from sim.columns import Records, Table, take
from sim.contract import I64, Bool

LAPSE_CYCLES = 2.0  # own mean gaps without an order (document 1)
RETURN_DAYS = 90.0  # after the message in which an order is a return
LIFE_DAYS = 180.0  # after the return over which the second life is followed

LIFE = np.dtype(
    [
        ("key", "i8"),
        ("campaign", "i8"),  # place among the campaigns
        ("previous", "i8"),  # the customer's life in another campaign; 0 = none
        ("holdout", "?"),
        ("active", "?"),  # ordered in the later half of the days followed
        ("time", "f8"),  # midnight of the message
        ("patience", "f8"),  # days without an order after which the customer counts as lapsed again
        ("returned", "f8"),  # day of the return; nan = none
        ("last", "f8"),  # order
        ("lapsed", "f8"),  # day of the first new lapse; nan = none by the last order
        ("orders", "i8"),  # in the days followed, the return not counted
        ("contribution_fen", "i8"),  # of the return and of those
    ],
    align=True,
)


@njit(cache=True, error_model="numpy")
def is_lapsed(day: float, last_order: float, mean_gap: float) -> bool:
    """Has a customer let `LAPSE_CYCLES` own mean gaps pass?"""
    return day - last_order >= LAPSE_CYCLES * mean_gap


@njit(cache=True, error_model="numpy")
def begin_life(life: Any, t: Any, campaign: int) -> None:
    """A life from its message."""
    life.key = t.key
    life.campaign = campaign
    life.holdout = t.holdout
    life.time = t.time
    life.patience = LAPSE_CYCLES * t.mean_gap
    life.returned = np.nan
    life.last = np.nan
    life.lapsed = np.nan


@njit(cache=True, error_model="numpy")
def live(life: Any, time: float, contribution_fen: int) -> None:
    """An order."""
    if np.isnan(life.returned):
        if time < life.time + RETURN_DAYS:
            life.returned = time
            life.last = time
            life.contribution_fen = contribution_fen
        return
    if np.isnan(life.lapsed) and time > life.last + life.patience:
        life.lapsed = life.last + life.patience
    life.last = time
    since = time - life.returned
    if since < LIFE_DAYS:
        life.orders += 1
        life.contribution_fen += contribution_fen
        life.active = life.active or since >= 0.5 * LIFE_DAYS


@njit(cache=True, error_model="numpy")
def begin_all(lives: Any, latest: Any, used: int, messages: Any, first: int, campaign: int) -> None:
    """Lives of the lapsed among the messages from `first` on, all of one campaign and new to it."""
    n = used
    for k in range(first, len(messages)):
        t = messages[k]
        if not is_lapsed(t.time, t.last_order, t.mean_gap):
            continue
        begin_life(lives[n], t, campaign)
        lives[n].previous = latest[t.row]
        n += 1
        latest[t.row] = n


@njit(cache=True, error_model="numpy")
def live_all(visits: Any, orders: Any, latest: Any, lives: Any) -> None:
    """Tells each own order to the lives of its customer."""
    n = 0
    for k in range(len(visits)):
        v = visits[k]
        if v.shop != 0:
            continue
        o = orders[n]
        n += 1
        i = latest[v.row] if v.row < len(latest) else 0
        while i > 0:
            live(lives[i - 1], o.time, o.contribution_fen)
            i = lives[i - 1].previous


class Lives:
    """The second lives of all campaigns."""

    def __init__(self) -> None:
        self.table = Table(LIFE)
        self.latest = Table(np.dtype("i8"))  # by row: number of the customer's life begun last; 0 = none
        self.known: dict[int, Bool] = {}  # by campaign: who has had a message of it, by row

    def sent(self, messages: Records, first: int, campaign: int, people: int) -> None:
        """Messages from `first` on have been booked; `people` is the number of rows."""
        self.latest.extend(max(people - len(self.latest.rows), 0))
        known = self.known.get(campaign, np.zeros(0, bool))
        if len(known) < people:
            known = self.known[campaign] = np.concatenate([known, np.zeros(people - len(known), bool)])
        rows: I64 = messages["row"][first:]
        fresh = take(messages[first:], np.flatnonzero(~known[rows]))
        known[rows] = True
        used = len(self.table.rows)
        lapsed = np.count_nonzero(fresh["time"] - fresh["last_order"] >= LAPSE_CYCLES * fresh["mean_gap"])
        self.table.extend(int(lapsed))
        begin_all(self.table.rows, self.latest.rows, used, fresh, 0, campaign)

    def ordered(self, visits: Records, orders: Records) -> None:
        """Orders just rung up."""
        if len(self.table.rows):
            live_all(visits, orders, self.latest.rows, self.table.rows)
