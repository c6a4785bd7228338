"""A part of a population (as a rule all of it) from the shop's opening to the end; and the whole from its parts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.calendar import make_calendar
from sim.columns import Records, chosen, copied
from sim.config import Config
from sim.contract import I64
from sim.history import Shelf, restore, state_of
from sim.house import Quiet
from sim.joining import Owed, membership_of
from sim.lives import LIFE
from sim.mail import MESSAGE, WAVE
from sim.measure.summary import OF_CUSTOMERS, OF_PEOPLE, contribution, liability, mark_index_group, money, revaluation
from sim.record import OrderParts
from sim.referral import BOND
from sim.shop.accounting import contract_balance
from sim.shop.money import BOOKS
from sim.shop.touches import Terms
from sim.world import World


@dataclass(frozen=True)
class Part:
    """What one part leaves. Money in fen; `books` has a row for each day and a last one for what comes after the end."""

    people: Records
    customers: Records
    history: dict[str, int]  # sums of all accounts before day 0
    books: I64  # shape (days + 1, accounts)
    missed: I64  # needs missed in the run, by cause
    retained: I64  # changes of the retained customers by day
    liability: int  # expected cost of the points outstanding
    deferred_revenue: int  # of those points, by IFRS 15
    revaluation: int  # of points, within the run
    run_off: int  # contribution of the days after the end under `none`
    messages: Records = field(default_factory=lambda: np.zeros(0, MESSAGE))  # of all campaigns
    waves: Records = field(default_factory=lambda: np.zeros(0, WAVE))
    lives: Records = field(default_factory=lambda: np.zeros(0, LIFE))  # of the regained
    bonds: Records = field(default_factory=lambda: np.zeros(0, BOND))  # of the referred
    friends_visits: Mapping[int, int] = field(default_factory=dict)  # by wave of their code
    terms: tuple[tuple[str, Terms], ...] = ()  # campaign and terms of each wave


def trade(
    config: Config, policy: Any, history_policy: Any, folder: Path, logged: Any = None, shelf: Shelf | None = None,
    campaigns: Mapping[str, Any] | None = None, step: Callable[[float], None] | None = None,
    shard: int = 0,
) -> Part:  # fmt: skip
    """Runs the shoppers of one shard; order rows go into `folder`/orders in parts named by the shard."""
    start = config.start or date(2025, 1, 1)
    end = config.days + config.run_off_days
    calendar = make_calendar(config.population, config.events, start, -config.population.shop_age_days, end + 1)
    world = World(config, history_policy or Quiet(), calendar, None, shard, config.shards)
    history = _past(world, logged, shelf, step)
    opening = liability(world)
    world.hand_over(policy)
    world.prospects_come = True
    orders = OrderParts(folder / "orders", start, shard) if config.record == "orders" else None
    world.take_orders = orders.take if orders is not None else None
    world.campaign(campaigns or {})
    world.run(config.days, step)
    world.prospects_come, world.take_orders = False, None
    if orders is not None:
        orders.flush()
    part = closed(world, history, opening)
    return replace(part, run_off=_run_off(world, end, step))


def _past(world: World, logged: Any, shelf: Shelf | None, step: Callable[[float], None] | None) -> dict[str, int]:
    """Brings the world to day 0: from the shelf, from an order log, or by trading; returns the sums of the past."""
    if logged is not None:
        from sim.logged import adopt

        world.now = 0.0
        adopt(world, logged)
    elif (known := shelf.find(world.shard) if shelf is not None else None) is not None:
        restore(world, known)
    else:
        world.found()
        world.run(0, step)
        if shelf is not None:
            shelf.keep(world.shard, state_of(world))
    return open_books(world)


def open_books(world: World) -> dict[str, int]:
    """At day 0: the index group is marked and the books begin anew; returns the sums of the past."""
    first = -world.origin
    mark_index_group(world.customers.rows, world.config.population.category_gap_days)
    history = money(np.vstack([world.books[:first], world.books[first] * _at_midnight()]))
    world.books[first:] = 0  # returns of old orders are the past's
    world.missed[:] = 0
    world.people.rows["needs_alive"] = 0
    world.people.rows["considered"] = 0
    return history


def closed(world: World, history: dict[str, int], opening: int) -> Part:
    """What a world leaves at the end of its run, before any run-off.

    Args:
        world: At midnight after its last day; its books begin anew.
        history: Sums of its past, as `open_books` gave them.
        opening: Liability for points at day 0, fen.
    """
    missed, retained, books = world.missed.copy(), world.retained.copy(), _close(world)
    people, customers = world.people.rows, world.customers.rows
    if world.config.record == "summary":  # a large population is not copied for nothing
        people, customers = chosen(people, OF_PEOPLE), chosen(customers, OF_CUSTOMERS)
    else:
        people, customers = copied(people), copied(customers)
    sums = money(books)
    revalued = revaluation(world, sums["points_redeemed"], sums["points_fen"], opening)
    deferred = _deferred_revenue(world, books)
    part = Part(people, customers, history, books, missed, retained, liability(world), deferred, revalued, 0)
    if world.post is None:
        return part
    sent, waves = world.post.messages.rows.copy(), world.post.waves.rows.copy()
    lives = world.post.lives.table.rows.copy()
    friends = world.post.referrals
    return replace(
        part, messages=sent, waves=waves, lives=lives, terms=tuple(world.post.terms), bonds=friends.bonds.rows.copy(),
        friends_visits=dict(friends.visits),
    )  # fmt: skip


def _deferred_revenue(world: World, books: I64) -> int:
    """Contract balance of the points programme since it began, fen."""
    programme = world.programme
    if programme is None:
        return 0
    earlier = money(world.books[: -world.origin])
    sums = money(books)
    if earlier["points_issued"] > 0:  # the programme is older than the run
        sums = {name: value + earlier[name] for name, value in sums.items()}
    issued = sums["points_issued"] - sums["points_clawed_back"]
    outstanding = issued - sums["points_redeemed"] - sums["points_expired"]
    sales = sums["list_fen"] - sums["discount_fen"] - sums["refund_fen"]
    worth = programme.POINT_FEN
    redeemed = sums["points_redeemed"] * worth
    return (
        round(contract_balance(sales, issued * worth, redeemed, outstanding * worth, world.estimate))
        if sales > 0
        else 0
    )


def _close(world: World) -> I64:
    """Rows of the run's days, and a last one for what its orders still bring; the books begin anew for the run-off."""
    first, days = -world.origin, world.config.days
    books: I64 = np.vstack([world.books[first : first + days], np.zeros((1, len(BOOKS)), np.int64)])
    late = world.books[first + days :]
    books[days - 1] += late[0] * _at_midnight()
    books[days] = (late * ~_at_midnight()).sum(axis=0)
    late[:] = 0
    return books


def _at_midnight() -> Any:
    """Accounts that a midnight moves, in the row of the day it begins: points; all else there is still to come."""
    return np.array([name.startswith("points_") and name != "points_fen" for name in BOOKS])


def _run_off(world: World, end: int, step: Callable[[float], None] | None) -> int:
    """Contribution of the days after the end under `none`, fen, owed points and paid memberships honoured."""
    opening = liability(world)
    world.hand_over(Quiet() if membership_of(world.policy) is None else Owed(world.policy))
    world.run(end, step)
    sums = money(world.books[world.config.days - world.origin :])
    points = revaluation(world, sums["points_redeemed"], sums["points_fen"], opening)
    return contribution(sums) - sums["wages_fen"] - sums["messages_fen"] - points


def whole(parts: Sequence[Part]) -> Part:
    """The parts as one."""
    if len(parts) == 1:
        return parts[0]
    names = parts[0].history
    return Part(
        np.concatenate([part.people for part in parts]),
        np.concatenate([part.customers for part in parts]),
        {name: sum(part.history[name] for part in parts) for name in names},
        *(np.sum([getattr(part, name) for part in parts], axis=0) for name in ("books", "missed", "retained")),
        *(
            sum(getattr(part, name) for part in parts)
            for name in ("liability", "deferred_revenue", "revaluation", "run_off")
        ),
    )
