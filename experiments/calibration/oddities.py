"""What looks odd in an order log, told before anything is fitted; nothing is dropped here."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sim.errors import RegularsError
from sim.orders.log import OrderLog
from sim.orders.table import open_table

FEWEST_CUSTOMERS, FEWEST_DAYS = 20, 14
_WHOLESALE = 20.0  # times the median customer's mean order value
_SHOWN = 3
_LEAST = 0.01  # yuan, mean order
_GIANT = 0.1  # of all order days, one customer's


def refused(log: OrderLog) -> None:
    """Logs that say nothing of a population.

    Raises:
        RegularsError: Fewer than 20 customers or 14 days, or nobody ordered on two days.
    """
    if not log.value.any():
        raise RegularsError("orders: all orders are of value 0; the value column should hold what was paid")
    if log.value.mean() < _LEAST:
        raise RegularsError(
            f"orders: the mean order is {log.value.mean():.3g} yuan; expected {_LEAST:g} or more (is currency_rate right?)"
        )
    n, days = len(log), int(log.day.max() - log.day.min()) + 1
    if n < FEWEST_CUSTOMERS:
        who = "a single customer" if n == 1 else f"{n} customers"
        raise RegularsError(f"orders: the log has {who}; a population needs at least {FEWEST_CUSTOMERS}")
    if days < FEWEST_DAYS:
        span = "all orders on one day" if days == 1 else f"orders on {days} days from first to last"
        raise RegularsError(f"orders: the log has {span}; a population needs at least {FEWEST_DAYS} days")
    if len(log.customer) == n:
        raise RegularsError(
            f"orders: none of the {n} customers ordered on two days; rates and loss need customers who came again "
            "(is the customer column right?)"
        )


def duplicates(path: str) -> list[str]:
    """Rows that repeat another one to the letter."""
    with open_table(Path(path)) as table:
        rows, alike = table.query(
            "SELECT count(*), count(*) - (SELECT count(*) FROM (SELECT DISTINCT * EXCLUDE (row) FROM raw)) FROM raw"
        )[0]
    again = int(str(alike))
    if not again:
        return []
    return [f"{again} of {rows} rows repeat another row to the letter: two like items of one order, or the file twice?"]


def wholesalers(log: OrderLog) -> np.ndarray:
    """Customers who buy like no shopper: mean order above 20 times the median customer's; mask of shape (n,)."""
    mean = np.bincount(log.customer, log.value) / np.bincount(log.customer)
    middle = float(np.median(mean))
    return np.asarray(mean > _WHOLESALE * middle) if middle > 0 else np.zeros(len(log), bool)


def odd(log: OrderLog, today: date) -> list[str]:
    """One line for each thing that looks odd."""
    told = []
    last = log.start + timedelta(days=int(log.day.max()))
    if last > today:
        told.append(
            f"the last order is of {last}, after today ({today}): future dates, or another order of day and month?"
        )
    told += _quiet_spells(log) + _giant(log) + _big_buyers(log) + _older_customers(log)
    free = float((log.value == 0).mean())
    if free > 0.02:
        told.append(f"{100 * free:.0f} % of orders are of value 0: samples, vouchers or cancelled orders?")
    return told


def _quiet_spells(log: OrderLog) -> list[str]:
    """Spells without any order far longer than usual: a hole in the export?"""
    days = np.unique(log.day)
    gap = np.diff(days)
    if not len(gap):
        return []
    longest = int(gap.argmax())
    if gap[longest] <= max(7.0, 10.0 * float(np.quantile(gap, 0.9))):
        return []
    begin = log.start + timedelta(days=int(days[longest]))
    return [f"no order at all for {int(gap[longest]) - 1} days after {begin}: a hole in the export?"]


def _giant(log: OrderLog) -> list[str]:
    """One customer who is many."""
    days = np.bincount(log.customer)
    if len(log) < 2 / _GIANT or days.max() < _GIANT * len(log.customer):
        return []
    share, name = 100 * days.max() / len(log.customer), log.customers[int(days.argmax())]
    return [
        f"customer '{name}' has {share:.0f} % of all order days: guests, or rows without a customer, under one name?"
    ]


def _big_buyers(log: OrderLog) -> list[str]:
    """Customers who look like wholesalers."""
    big = wholesalers(log)
    if not big.any():
        return []
    spend = np.bincount(log.customer, log.value)
    share = 100 * float(spend[big].sum() / spend.sum())
    names = ", ".join(log.customers[np.flatnonzero(big)[np.argsort(-spend[big])][:_SHOWN]].tolist())
    who = "1 customer" if big.sum() == 1 else f"{int(big.sum())} customers"
    return [
        f"{who} with {share:.1f} % of sales order {_WHOLESALE:.0f} times the usual value on average "
        f"(wholesalers? {names}); wholesalers=drop leaves them out"
    ]


def _older_customers(log: OrderLog) -> list[str]:
    """First orders that bunch at the start of the log are those of customers who came before it."""
    first = log.day[np.r_[True, log.customer[1:] != log.customer[:-1]]]
    since, span = first - log.day.min(), float(-log.day.min())
    early, late = float((since < 0.1 * span).mean()), float((since >= 0.5 * span).mean())
    if late < 0.02 or early / 0.1 < 2.0 * late / 0.5:
        return []
    return [
        f"{100 * early:.0f} % of customers appear in the first tenth of the log: many came before it; their first order "
        "here is taken for their first"
    ]
