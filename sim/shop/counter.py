"""The counter: asks a policy, reads its answers into the world's columns, and refuses what makes no sense."""

import inspect
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np

from sim.columns import Records
from sim.contract import F64, CampaignView, Membership, Offer, PointsProgramme, Settlement, ShopView
from sim.errors import RegularsError, one_line, shown

SIM = Path(__file__).resolve().parents[1]
END = object()  # of a policy's process


class PolicyError(ValueError):
    """A policy answered something that no shop could do; the message says what, not where."""


@contextmanager
def asked(name: str, policy: Any, method: str) -> Iterator[None]:
    """Asks a policy and reads the answer in the block; what goes wrong ends as one line for the user.

    Args:
        name: Of the policy as the user writes it: `policy=mine`.
        policy: The policy.
        method: That the block calls, for the place if the fault is in the answer.
    Raises:
        RegularsError: Name, method, file and line of the policy's own code, and what was wrong.
    """
    try:
        with np.errstate(all="ignore"):  # what comes of a division by zero is refused with its place
            yield
    except RegularsError:
        raise
    except (Exception, SystemExit) as error:
        what = str(error) if isinstance(error, PolicyError) else one_line(error)
        raise RegularsError(f"{name}: {_place(error, policy, method)}: {what}") from error


def _place(error: BaseException, policy: Any, method: str) -> str:
    """`Mine.offer (my_policy.py, line 12)`: the innermost line in the policy's own folder, else where its method begins."""
    kind = type(policy)
    found = inspect.getattr_static(kind, method, None)
    code = getattr(getattr(found, "fget", found), "__code__", None)
    try:
        home = Path(inspect.getfile(kind)).resolve()
    except (OSError, TypeError):  # made in a session, without a file
        return f"{kind.__name__}.{method}"
    file, line = home, code.co_firstlineno if code is not None else None
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename).resolve()
        if frame.filename.startswith("<") or home.parent not in path.parents or SIM in path.parents:
            continue  # made up by Python, or foreign, or ours
        if "site-packages" not in path.relative_to(home.parent).parts:
            file, line = path, frame.lineno
    near = os.path.relpath(file) if Path.cwd() in file.parents else str(file)
    return f"{kind.__name__}.{method} ({near}{'' if line is None else f', line {line}'})"


def _column(
    value: Any, name: str, shape: tuple[int, ...], low: float, high: float, allowed: str, whole: bool = False
) -> Any:
    """`value` broadcast to `shape`, or one number for all, checked against [low, high]."""
    if isinstance(value, (float, int)) and low <= value <= high and not (whole and value != int(value)):
        return np.float64(value)  # the usual case, at a fraction of the time
    try:
        given = np.asarray(value, dtype=float)
    except (ValueError, TypeError):
        raise PolicyError(f"{name} is {shown(value)}; allowed: {allowed}") from None
    if given.ndim == 1 and len(shape) == 2:
        given = given[:, None]  # one number per row, the same for all product classes
    try:
        column = np.broadcast_to(given, shape)
    except ValueError:
        forms = f"shape {shape[:1]}" + (f" or {shape}" if len(shape) > 1 else "")
        raise PolicyError(f"{name} has shape {np.shape(value)}; allowed: one number, or {forms}") from None
    fits = (column >= low) & (column <= high)
    if whole:
        fits &= column == np.floor(column)
    if not fits.all():
        first = column[~fits].flat[0]
        raise PolicyError(
            f"{name} is {first:g} for {int(np.count_nonzero(~fits))} of {column.size}; allowed: {allowed}"
        )
    return column


def read_offer(offer: Any, visits: Records, sale: float) -> None:
    """Writes an offer into the visits; `sale` is the shop-wide discount of the day, 0-0.9."""
    n = len(visits)
    if not isinstance(offer, Offer):
        raise PolicyError(f"returned {type(offer).__name__}; allowed: sim.contract.Offer")
    cut = _column(offer.discount, "Offer.discount", (n, 4), 0.0, 0.95, "a share of list price, 0 to 0.95")
    visits["discount"] = sale + cut * (1.0 - sale)
    visits["free_post"] = _column(offer.free_post, "Offer.free_post", (n,), 0, 1, "true or false", whole=True) > 0
    visits["gift"] = _column(offer.gift, "Offer.gift", (n,), 0.0, 1e6, "yuan, 0 to 1,000,000")
    visits["points"] = _column(offer.points, "Offer.points", (n,), 0.0, 1.0, "yuan of face value per yuan paid, 0 to 1")
    visits["bonus"] = _column(
        offer.bonus_points, "Offer.bonus_points", (n,), 0, 1e6, "a whole number of points, 0 to 1,000,000", whole=True
    )


def read_membership(terms: Any, n: int) -> tuple[Any, Any, Any, Any] | None:
    """Fee (yuan), cut (share), free post and days of a membership, each of shape (n,); None if none is sold to anybody."""
    if not isinstance(terms, Membership):
        raise PolicyError(f"returned {type(terms).__name__}; allowed: sim.contract.Membership")
    fee = _column(terms.fee, "Membership.fee", (n,), 0.0, np.inf, "yuan, 0 or more; inf = none is sold")
    cut = _column(terms.discount, "Membership.discount", (n,), 0.0, 0.95, "a share of list price, 0 to 0.95")
    post = _column(terms.free_post, "Membership.free_post", (n,), 0, 1, "true or false", whole=True) > 0
    days = _column(terms.days, "Membership.days", (n,), 1, 3650, "whole days, 1 to 3,650", whole=True)
    if np.isinf(fee).all():
        return None
    return full(fee, n), full(cut, n), full(post, n).astype(bool), full(days, n)


def full(column: Any, n: int) -> F64:
    """A column, or one number for all, as an array of its own, shape (n,): one form for compiled formulas."""
    return np.array(np.broadcast_to(column, n), dtype=float)


def refuse_points(visits: Records, ended: int | None = None) -> None:
    """Points are worth something only where a programme says what; `ended` is the day on which the last one ended."""
    if not (visits["points"].any() or visits["bonus"].any()):
        return
    if ended is None:
        raise PolicyError("gives points, but points_programme is missing or None; allowed: 0 without a programme")
    raise PolicyError(
        f"gives points on day {int(visits['time'][0])}, but its programme ended on day {ended} without a successor; "
        "allowed: 0 from then on, a later until, or a successor"
    )


def read_settlement(settlement: Any, n: int) -> dict[str, Any]:
    """Columns of a settlement by name; only those that were set."""
    if not isinstance(settlement, Settlement):
        raise PolicyError(f"returned {type(settlement).__name__}; allowed: sim.contract.Settlement")
    columns: dict[str, Any] = {}
    if settlement.tier is not None:
        tier = _column(settlement.tier, "Settlement.tier", (n,), 0, 9, "a whole number, 0 to 9", whole=True)
        columns["tier"] = np.broadcast_to(tier, n).astype(np.int64)
        for name in ("to_next_tier", "tier_span"):
            value = _column(getattr(settlement, name), f"Settlement.{name}", (n,), 0, np.inf, "yuan, 0 or more")
            columns[name] = np.broadcast_to(value, n)
    if settlement.priority is not None:
        line = _column(settlement.priority, "Settlement.priority", (n,), 0, 1, "true or false", whole=True)
        columns["priority"] = np.broadcast_to(line > 0, n)
    return columns


def read_programme(policy: Any) -> PointsProgramme | None:
    """The terms of a policy's points programme; None if it has none."""
    if inspect.getattr_static(policy, "points_programme", None) is None:
        return None
    programme = policy.points_programme
    return None if programme is None else checked_programme(programme)


def checked_programme(programme: Any) -> PointsProgramme:
    """Terms that a shop can follow, those of successors too."""
    if not isinstance(programme, PointsProgramme):
        raise PolicyError(f"is {type(programme).__name__}; allowed: sim.contract.PointsProgramme or None")
    for name, low in (("threshold", 0), ("pending_days", 0), ("expiry_days", 1)):
        value = getattr(programme, name)
        if value is None and name == "expiry_days":
            continue
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < low:
            raise PolicyError(f"{name} is {shown(value)}; allowed: a whole number >= {low}")
    for name in ("cost_ratio", "redemption_estimate"):
        _column(getattr(programme, name), name, (), 0.0, 1.0, "a number, 0 to 1")
    _read_terms(programme)
    _read_end(programme)
    return programme


def _read_terms(programme: PointsProgramme) -> None:
    """The gift catalogue, and when points lapse besides."""
    gifts = (programme.threshold, *programme.dearer_gifts)
    if any(isinstance(gift, bool) or not isinstance(gift, (int, np.integer)) for gift in gifts) or any(
        low >= high for low, high in pairwise(gifts)
    ):
        raise PolicyError(
            f"dearer_gifts is {shown(programme.dearer_gifts)}; allowed: whole points, ascending, > threshold"
        )
    if len(gifts) > 1 and programme.threshold == 0:
        raise PolicyError(
            "dearer_gifts: allowed with a threshold of 1 or more, since at 0 all points are redeemed at once"
        )
    least = programme.cash_from
    if isinstance(least, bool) or not isinstance(least, (int, np.integer)) or not 0 <= least < max(gifts[0], 1):
        raise PolicyError(f"cash_from is {shown(least)}; allowed: whole points below threshold, or 0")
    _column(programme.cash_ratio, "cash_ratio", (), 0.0, 10.0, "yuan per yuan of face value, 0 to 10")
    silent = programme.inactivity_days
    if silent is not None and (isinstance(silent, bool) or not isinstance(silent, (int, np.integer)) or silent < 1):
        raise PolicyError(f"inactivity_days is {shown(silent)}; allowed: a whole number >= 1, or None")
    if programme.lapse_on is not None:
        try:
            date(2025, *programme.lapse_on)
        except (ValueError, TypeError):
            raise PolicyError(
                f"lapse_on is {shown(programme.lapse_on)}; allowed: (month, day), not 29 February"
            ) from None


def _read_end(programme: PointsProgramme) -> None:
    """When the terms end, and what follows."""
    end, after = programme.until, programme.successor
    if end is None:
        if after is not None:
            raise PolicyError("successor is given without until; allowed: the day on which it follows, too")
        return
    if isinstance(end, bool) or not isinstance(end, (int, np.integer)) or end < 1:
        raise PolicyError(f"until is {shown(end)}; allowed: a whole day >= 1, or None")
    _column(programme.conversion, "conversion", (), 0.0, 100.0, "a number, 0 to 100")
    if after is None:
        return
    checked_programme(after)
    if after.cost_ratio != programme.cost_ratio:
        raise PolicyError(
            f"successor.cost_ratio is {after.cost_ratio:g}; allowed: that of the terms before, {programme.cost_ratio:g}"
        )
    if after.until is not None and after.until <= end:
        raise PolicyError(f"successor.until is {after.until}; allowed: later than {end}, when it begins")


def waits(name: str, policy: Any, shop: ShopView | CampaignView) -> Iterator[int]:
    """Days until each next turn of a policy's own process, whole, >= 1; nothing if it has none."""
    if inspect.getattr_static(policy, "processes", None) is None:
        return
    with asked(name, policy, "processes"):
        process = iter(policy.processes(shop))
    while True:
        with asked(name, policy, "processes"):
            wait = next(process, END)
            if wait is END:
                return
            days = ceil(float(_column(wait, "the wait it yields", (), 1e-9, 1e6, "days, more than 0")))
        yield days
