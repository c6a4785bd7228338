"""The steps of a calibration: read, look, split, fit, judge, fit again on all, and say what is known."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibration.backtest import Log, backtest, begun, chosen, fitted
from experiments.calibration.evidence import read_evidence
from experiments.calibration.files import population, write_draws
from experiments.calibration.oddities import duplicates, odd, refused, wholesalers
from experiments.calibration.process import simulate
from experiments.calibration.responses import responses
from experiments.calibration.search import FAMILIES, FREE, Search
from experiments.calibration.season import Season, estimated
from experiments.calibration.values import drawn_orders, fit_value_law, order_values
from sim.errors import RegularsError
from sim.orders.extras import NAMES, Extras, read_extras
from sim.orders.log import OrderLog, OrderLogError
from sim.orders.read import read_orders

_FUTURE = 0.1  # of all orders, beyond which the dates are otherwise wrong, and kept
OWN_SHARES = (0.25, 0.4, 0.7)
MOST_CUSTOMERS, MOST_ORDERS = 30_000, 600_000  # that are fitted
POLISH = 1_024  # simulated logs for each of two rounds of adjustment
RIDGE = {"exit_mean", "recall_floor", "cycle_regularity_k"}
PINNED, WEAK, TIED = 0.35, 0.8, 0.5  # posterior over prior spread; correlation that makes a combination


def studied(asked: Any, today: date) -> tuple[dict[str, Any], Callable[[Path], None], Callable[[Path], None]]:
    """What is found, and the functions that draw the pictures and write the posterior into a folder."""
    tests = read_evidence(asked.evidence) if asked.evidence else []
    orders, said, looks, extras = _read(asked, today)
    day = (orders.day - orders.day.min()).astype(np.int64)
    log = Log(orders.customer, day, int(day.max()))
    cut = int(asked.split * log.end)
    first = orders.start + timedelta(days=int(orders.day.min()))
    known = log.until(cut)
    if len(known.entry) < 10 or len(known.day) == len(known.entry):
        raise RegularsError(f"split: in the first {cut + 1} days nobody came again; give a later split, at most 0.9")
    early, late = (estimated(first, one.day, one.entry, one.end) for one in (known, log))
    season = early.by_day(first, log.end + 1)
    short = None if season is None else season[: cut + 1]
    family, tried = (asked.family, {}) if asked.family != "auto" else chosen(known, asked.own_share, short)
    before = fitted(known, family, asked.own_share, season=short)
    judged = backtest(before.process, log, cut, season=season)
    whole = late.by_day(first, log.end + 1)
    final = fitted(log, family, asked.own_share, 8_000, season=whole, polish=POLISH)
    law = fit_value_law(orders, final.process, log)
    drawn = drawn_orders(law, simulate(final.process, log.entry, log.end, 5, whole), log, 5)
    real, basket = order_values(orders), law.keys()
    if extras.return_rate is not None:
        basket["return_rate"] = min(extras.return_rate, 1.0)
    others = _other_shares(log, family, asked.own_share, final, whole)
    remarks = [*_remarks(asked, late, family, final), *_not_told(extras)]
    source = f"fitted to {len(log.entry)} customers' orders from {first} to {first + timedelta(days=log.end)}; own_share assumed"
    gap = final.process.own_share * final.process.needs_per_day
    keys_at = partial(population, asked.name, final.process, basket, 1 / gap, late.months, source)
    response = responses(tests, keys_at, asked)
    draws = final.draws(asked.draws, asked.seed)
    found = {
        "name": asked.name, "customers": len(log.entry), "orders": len(log.day), "first": str(first),
        "last": str(first + timedelta(days=log.end)), "fitted_until": str(first + timedelta(days=cut)),
        "said": said, "odd": looks, "family": family, "family_about": FAMILIES[family].about, "tried": tried,
        "parameters": _parameters(final), "ridges": _ridges(final), "own_shares": others,
        "backtest": {name: _plain(value) for name, value in judged.errors.items()},
        "values": {"real": _fields(real), "drawn": _fields(order_values(drawn)), "rate_correlation": law.rate_correlation, "skewness": law.skewness},
        "evidence": list(response.said), "messages": response.messages,
        "extras": {name: value for name, value in vars(extras).items() if name != "said"}, "season": late.said, "distance": final.distance, "simulations": before.simulations + final.simulations,
        "population": response.keys, "remarks": remarks, "draws": asked.draws,
    }  # fmt: skip

    def pictures(folder: Path) -> None:
        from experiments.calibration.pictures import draw

        draw(folder, judged, orders.value, drawn.value, cut)

    return found, pictures, lambda path: write_draws(path, draws, basket, response.draws)


def _read(asked: Any, today: date) -> tuple[OrderLog, list[str], list[str], Extras]:
    """The log, what the reader says, what looks odd, and what further columns tell."""
    try:
        orders = _orders(asked, asked.cutoff)
        refused(orders)
        looks = duplicates(asked.orders) + odd(orders, today)
        if asked.cutoff is None and 0 < _after(orders, today) <= _FUTURE:
            orders = _orders(asked, today + timedelta(days=1))
        said, big = list(orders.said), wholesalers(orders)
        dropped = big if asked.wholesalers == "drop" else np.zeros_like(big)
        extras = read_extras(
            asked.orders, {kind: getattr(asked, kind) for kind in ("customer", "time", "value", "quantity")},
            {kind: getattr(asked, kind) for kind in NAMES}, orders.start, orders.customers[dropped].tolist(),
        )  # fmt: skip
    except OrderLogError as error:
        raise RegularsError(str(error)) from None
    said += extras.said
    if dropped.any():
        orders = _of(orders, ~dropped)
        said.append(f"{int(dropped.sum())} customers who order like wholesalers are left out")
    refused(orders)
    step = max(-(-len(orders) // MOST_CUSTOMERS), -(-len(orders.customer) // MOST_ORDERS))
    if step > 1:
        said.append(f"fitted on one customer in {step} of {len(orders)}")
        orders = _of(orders, np.arange(len(orders)) % step == 0)
    return orders, said, looks, extras


def _orders(asked: Any, cutoff: date | None) -> OrderLog:
    """The log until a day."""
    return read_orders(
        asked.orders, asked.customer, asked.time, asked.value, asked.currency_rate, cutoff, asked.quantity
    )


def _after(orders: OrderLog, today: date) -> float:
    """Share of orders of days that are yet to come."""
    return float((orders.day > (today - orders.start).days).mean())


def _of(orders: OrderLog, kept: np.ndarray) -> OrderLog:
    """The orders of some customers."""
    rows = kept[orders.customer]
    number = np.cumsum(kept) - 1
    return replace(orders, customers=orders.customers[kept], customer=number[orders.customer[rows]].astype(np.int64),
                   day=orders.day[rows], value=orders.value[rows])  # fmt: skip


def _parameters(found: Search) -> list[dict[str, Any]]:
    """Each searched parameter: value, 90 % interval, and what is known of it."""
    sd = np.sqrt(np.diag(found.covariance))
    rows = []
    for at, name in enumerate(found.names):
        free = FREE[name]
        low, high = (
            float(np.clip(free.back(found.point[at] + z * sd[at]), free.low, free.high)) for z in (-1.645, 1.645)
        )
        share = float(sd[at] / free.sd)
        known = "pinned down" if share < PINNED else "assumption" if share > WEAK else "in combination"
        rows.append({"name": name, "value": getattr(found.process, name), "low": low, "high": high,
                     "posterior_over_prior": share, "known": known})  # fmt: skip
    return rows


def _ridges(found: Search) -> list[dict[str, Any]]:
    """Pairs that move together, and always leaving against forgetting against irregular timing: orders alone show the sum."""
    sd = np.sqrt(np.diag(found.covariance))
    correlation = found.covariance / np.outer(sd, sd)
    pairs = [(abs(correlation[i, j]), i, j) for i in range(len(sd)) for j in range(i)
             if abs(correlation[i, j]) >= TIED or {found.names[i], found.names[j]} <= RIDGE]  # fmt: skip
    return [{"one": found.names[j], "other": found.names[i], "correlation": float(correlation[i, j])}
            for _, i, j in sorted(pairs, reverse=True)]  # fmt: skip


def _other_shares(log: Log, family: str, own_share: float, final: Search, season: Any) -> list[dict[str, float]]:
    """The fit at other shares of needs, each raised if orders are too regular for it: what depends on the assumption."""
    fits = {final.process.own_share: final}
    rows = []
    for share in sorted({*OWN_SHARES, own_share}):
        used = begun(log, family, share).own_share
        if used not in fits:
            fits[used] = fitted(log, family, share, 10_000, 8, season)
        one = fits[used]
        rows.append(
            {"own_share": share, "used": used, "distance": one.distance}
            | {n: getattr(one.process, n) for n in one.names}
        )
    return rows


def _remarks(asked: Any, season: Season, family: str, final: Search) -> list[str]:
    """Head of the population file: what is assumed."""
    used = final.process.own_share
    raised = f" ({asked.own_share:g} was given: orders this regular cannot come from so few of the needs)"
    return [
        f"own_share {used:.3g} is assumed: orders cannot tell it{raised if used > asked.own_share else ''}",
        f"mechanisms '{family}': {FAMILIES[family].about}",
        season.said,
        "the mind (prices, concessions, service) is that of the general shop; none of it is seen in orders",
    ]


def _not_told(extras: Extras) -> list[str]:
    """What optional columns would have told and did not."""
    silent = {"the return rate": extras.return_rate, "the share of discounts": extras.discount_share,
              "coupons": extras.coupon_share, "the channel's costs": extras.channel_cost_share}  # fmt: skip
    names = [name for name, value in silent.items() if value is None]
    return [f"no column tells {', '.join(names)}: assumed as in the general shop"] if names else []


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _fields(values: Any) -> dict[str, float | None]:
    return {name: _plain(value) for name, value in vars(values).items()}
