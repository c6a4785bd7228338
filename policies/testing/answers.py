"""Checks of single answers: batch independence, determinism, bounds."""

import pickle
from dataclasses import fields, replace
from typing import Any

import numpy as np

from policies.testing.subject import Failed, Subject, changed
from sim.contract import Answers, Audience, Receipt, Visit
from sim.shop.counter import asked, read_membership, read_offer, read_settlement, refuse_points
from sim.visits import VISIT

ANSWER = ("discount", "free_post", "gift", "points", "bonus")  # columns of an offer, as the world reads them
MEMBERSHIP = ("membership fee", "membership discount", "membership free post", "membership days")
EDGE_ROWS = 200


def answer(policy: Any, handed: Visit | Receipt) -> dict[str, Any]:
    """A policy's answer as the world reads it, column by column; an impossible one is refused with its place."""
    n = len(handed.orders)
    if isinstance(handed, Receipt):
        with asked(type(policy).__name__, policy, "settle"):
            return read_settlement(policy.settle(handed), n)
    visits = np.zeros(n, VISIT)
    terms = _terms(policy, handed)
    with asked(type(policy).__name__, policy, "offer"):
        read_offer(policy.offer(handed), visits, 0.0)
        if getattr(policy, "points_programme", None) is None:
            refuse_points(visits)
    return {name: visits[name] for name in ANSWER} | terms


def _terms(policy: Any, visit: Visit) -> dict[str, Any]:
    """Columns of the membership that a policy states; of fees that nobody can pay, an endless column."""
    if getattr(policy, "membership", None) is None:
        return {}
    n = len(visit.orders)
    with asked(type(policy).__name__, policy, "membership"):
        sold = read_membership(policy.membership(visit), n)
    columns = (np.full(n, np.inf), *np.zeros((3, n))) if sold is None else sold
    return dict(zip(MEMBERSHIP, columns, strict=True))


def picked(handed: Any, rows: Any) -> Any:
    """Some rows of a visit or receipt, in the order of `rows`, as fresh read-only columns."""
    columns = {}
    for field in fields(handed):
        columns[field.name] = getattr(handed, field.name)[rows].copy()
        columns[field.name].flags.writeable = False
    return replace(handed, **columns)


def differing_rows(whole: dict[str, Any], part: dict[str, Any], rows: Any) -> str:
    """The first column and row in which `part` is not `whole` at `rows`; "" if there is none."""
    for name, column in whole.items():
        if name not in part:
            return f"{name} is set in one batch and not in another"
        unequal = np.flatnonzero(
            ~np.isclose(column[rows], part[name], 0, 0, equal_nan=True).reshape(len(rows), -1).all(1)
        )
        if len(unequal):
            k = unequal[0]
            return f"{name} is {column[rows][k]} among {len(column)} customers and {part[name][k]} among {len(rows)}"
    return ""


def batch_independence(subject: Subject) -> None:
    """One at a time, half of them, or in another order: each customer gets the same answer."""
    luck = np.random.default_rng(1)
    for handed in subject.batches:
        n = len(handed.orders)
        whole = answer(subject.policy, handed)
        parts = [np.array([k]) for k in range(min(n, 8))] + [luck.permutation(n), luck.permutation(n)[: (n + 1) // 2]]
        for rows in parts:
            if what := differing_rows(whole, answer(subject.policy, picked(handed, rows)), rows):
                method = "settle" if isinstance(handed, Receipt) else "offer"
                raise Failed(f"{method}: {what}; answer row by row, without sums, ranks or draws over the batch")


def determinism(subject: Subject) -> None:
    """Asked again, or of a pickled copy, or of one made anew from the levers: the same answer."""
    try:
        copy = pickle.loads(pickle.dumps(subject.policy))
    except Exception as error:
        raise Failed(f"cannot be pickled ({error}); put the class at the top level of its module") from None
    for handed in subject.batches:
        rows = np.arange(len(handed.orders))
        first = answer(subject.policy, handed)
        for other in (subject.policy, changed(subject.policy), copy):
            if what := differing_rows(first, answer(other, handed), rows):
                raise Failed(
                    f"the same question, another answer: {what}; no draws, clock or memory in offer and settle"
                )


def bounds(subject: Subject) -> None:
    """Answers that a shop can follow, for everybody who came and for hand-made extremes."""
    for handed in (*subject.batches, edge(Visit), edge(Receipt)):
        answer(subject.policy, handed)  # refused by the counter with place, value and what is allowed


def edge(kind: type[Any], rows: int = EDGE_ROWS) -> Any:
    """Customers at the edges of what a file can hold: no order yet, all money back, thousands of orders, giant baskets."""
    luck = np.random.default_rng(2)
    orders = luck.choice([0, 0, 1, 2, 5000], rows)
    if kind in (Receipt, Audience):
        orders = np.maximum(orders, 1)
    first = luck.choice([-36000.0, -0.5, 0.0, 10.0], rows)
    last = np.maximum(first, luck.choice([-100.0, 0.0, 300.0], rows))
    basket_class = luck.choice([0.0, 0.01, 50.0, 1e5], (rows, 4)) + np.eye(4)[luck.integers(0, 4, rows)]
    yuan = luck.choice([0.0, 0.01, 120.0, 1e7], (6, rows))
    known = {
        "customer": np.arange(rows), "orders": orders, "orders_year": luck.permutation(orders) * (orders > 0),
        "returns": luck.choice([0, 1, 300], rows), "tier": luck.choice([0, 1, 9], rows), "priority": orders > 2,
        "points_available": luck.choice([0, 1, 10**9], rows), "points_pending": luck.choice([0, 1, 10**9], rows),
        "first_order": np.where(orders > 0, first, np.nan), "last_order": np.where(orders > 0, last, np.nan),
        "spend": np.where(orders > 0, yuan[0] - 0.01, 0.0), "spend_year": np.where(orders > 0, yuan[1] - 0.01, 0.0),
        "mean_gap": np.where(orders > 0, luck.choice([0.01, 30.0, 5000.0], rows), 0.0),
        "time": np.maximum(last, 0.0) + luck.choice([0.0, 1.0, 4000.0], rows), "basket_class": basket_class,
        "basket": basket_class.sum(axis=1), "goods_cost": basket_class.sum(axis=1) * luck.choice([0.0, 0.6, 2.0], rows),
        "post_fee": luck.choice([0.0, 6.0], rows), "post_cost": np.full(rows, 8.0),
        "ask": luck.choice([0.0, 0.01, 0.8], rows) * basket_class.sum(axis=1),
        "last_grant": luck.choice([0.0, 0.05, 0.95], rows), "chatted": orders > 3, "wait": luck.choice([0.0, 1e5], rows),
        "paid": yuan[3], "list_value": yuan[3] + yuan[4], "concession": yuan[4], "last_paid": yuan[5] * (orders > 0),
        "messages": luck.choice([0, 1, 500], rows), "opens": luck.choice([0, 1, 500], rows),
        "last_message": luck.choice([np.nan, 0.0, 300.0], rows), "unsubscribed": orders == 2, "held_out": orders == 1,
        "friends": luck.choice([0, 1, 50], rows),
        "member_until": luck.choice([np.nan, -1.0, 200.0, 40_000.0], rows), "joins": luck.random(rows) < 0.2,
    }  # fmt: skip
    return handed(kind, {field.name: known[field.name] for field in fields(kind)})


def handed(kind: type[Any], columns: dict[str, Any]) -> Any:
    """Columns as the shop hands them out: fresh and read-only."""
    fresh = {name: column.copy() for name, column in columns.items()}
    for column in fresh.values():
        column.flags.writeable = False
    return kind(**fresh)


def edge_answers(known: Audience, day: float) -> Answers:
    """Answers to messages that customers of `known` might have had by `day`, shape (3 n,): all held out, all answered, a mix."""
    luck = np.random.default_rng(3)
    rows = np.tile(np.arange(len(known.orders)), 3)
    n = len(rows)
    columns = {
        "customer": known.customer[rows], "wave": luck.choice(["stage 1", "thanks"], n),
        "time": np.sort(luck.choice([0.0, day - 200.0, day - 30.0], n)), "held_out": luck.random(n) < 0.3,
        "ordered": luck.random(n) < 0.5, "orders": known.orders[rows], "spend": known.spend[rows],
        "silence": luck.choice([0.0, 40.0, 36000.0], n), "mean_gap": known.mean_gap[rows],
    }  # fmt: skip
    answers: Answers = handed(Answers, columns)
    return answers
