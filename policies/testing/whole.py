"""Checks of whole runs: ledgers, levers at zero, the oracle, going on with a copy."""

import pickle
from typing import Any

import numpy as np

from policies.testing.subject import Failed, NotChecked, Subject, changed, zeroed
from policies.testing.worlds import differing, differing_columns, told, trade
from sim.contract import Offer, Receipt, Settlement, Visit
from sim.shop.money import COLUMN, MONEY, SIGN

HALF = 75  # day on which a copy takes over


class Nothing:
    """The policy `none`."""

    def offer(self, visit: Visit) -> Offer:
        """Nothing."""
        return Offer()

    def settle(self, receipt: Receipt) -> Settlement:
        """Nothing."""
        return Settlement()


def ledgers(subject: Subject) -> None:
    """Every order row, the books and the points add up, to the fen and to the point."""
    if wrong := list(unbalanced(*subject.run)):
        raise Failed(f"{wrong[0]}; a policy answers through Offer and Settlement only and never writes to the world")


def unbalanced(world: Any, orders: Any) -> Any:
    """Sums that do not add up, in words."""
    total = sum(sign * orders[account] for account, sign in zip(MONEY, SIGN, strict=True))
    if not np.array_equal(total, orders["contribution_fen"]):
        yield "the accounts of an order do not add up to its contribution"
    if not np.array_equal(orders["list_class_fen"].sum(axis=1), orders["list_fen"]):
        yield "the product classes of an order do not add up to its list value"
    for account in MONEY:
        if world.books[:, COLUMN[account]].sum() != orders[account].sum():
            yield f"{account} differs between books and orders"
    customers, lots = world.customers.rows, world.lots.rows
    held = customers["points_pending"] + customers["points_available"]
    moved = {name: int(world.books[:, COLUMN[f"points_{name}"]].sum()) for name in POINTS}
    if moved.pop("issued") != held.sum() + sum(moved.values()):
        yield "points issued are not pending + available + redeemed + expired + clawed back"
    if (customers["points_pending"] < 0).any() or (customers["points_available"] < 0).any():
        yield "a customer has less than no points"
    if int(lots["left"][lots["live"]].sum()) != held.sum():
        yield "the points of the customer file are not those of the lots"


POINTS = ("issued", "redeemed", "expired", "clawed_back")


def zero_levers(subject: Subject) -> None:
    """With the levers that the class names in `ZERO` the policy is `none`, order file for order file."""
    zero = getattr(type(subject.policy), "ZERO", None)
    if zero is None:
        raise NotChecked(
            "the class does not say at which levers it gives nothing; declare it: ZERO: ClassVar = {'discount': 0.0}"
        )
    policy = zeroed(subject.policy, zero)
    _, plain = trade(subject.config, Nothing())
    if found := differing_columns(trade(subject.config, policy)[1], plain):
        raise Failed(
            f"with {zero} the orders are not those of none ({', '.join(found[:3])}); give nothing at zero: no offer, no "
            "tier, no priority, points_programme None, and processes that end"
        )


def oracle(subject: Subject) -> None:
    """The engine, in batches, and the oracle, one shopper at a time, agree to the last bit."""
    world, orders = subject.run
    if found := differing(world, orders, told(subject.config, changed(subject.policy))):
        raise Failed(
            f"one shopper at a time, the orders are others ({', '.join(found[:3])}); keep nothing between two calls, and "
            "let no answer depend on the order or number of customers"
        )


def resumable(subject: Subject) -> None:
    """In mid-run a copy takes over, pickled or made anew from the levers: not an order differs."""
    for how, copy in (("pickled", lambda p: pickle.loads(pickle.dumps(p))), ("made from the same levers", changed)):
        handed_over = trade(subject.config, changed(subject.policy), each_day=_taking_over(copy))[1]
        if found := differing_columns(handed_over, subject.run[1]):
            raise Failed(
                f"when a copy, {how}, takes over in mid-run, the orders differ ({', '.join(found[:3])}); keep no memory in "
                "the policy or its module: what it needs must stand in the customer file"
            )


def _taking_over(copy: Any) -> Any:
    def each_day(world: Any, day: float) -> None:
        if day == HALF:
            world.policy = copy(world.policy)

    return each_day
