"""What each outcome of a run means: one line, its group, horizon and unit, and how it may be compared."""

from dataclasses import dataclass
from typing import Literal

from sim.measure.records import SEGMENTS

HORIZONS = (90, 180, 365)  # days, of retention
BUYERS = SEGMENTS[1:]  # light, medium, heavy
INDEX = "index group (customers with an order in the 365 days before day 0)"
KNOWN = "customers known at day 0"
EVERYONE = "everyone in the customer file at the end"
NEWCOMERS = "newcomers of the run"
SHOP = "the shop"
RUN = "the run"

Kind = Literal["individual", "shop total", "ratio of totals"]


@dataclass(frozen=True)
class Definition:
    """One outcome, defined.

    Args:
        text: What it is, in one line.
        group: Whom it is about.
        horizon: Over which time.
        unit: Of the figure: share, yuan, orders, customers, ...
        kind: individual: a mean over a group fixed at day 0. shop total: of all that the shop does. ratio of totals:
            both sides are outcomes of their own, and each may change with the policy.
        larger_is_better: For the shop; None where it depends.
        numerator, denominator: Names of the outcomes that a ratio of totals is made of.
        tested: False for what is shown, but never held against another policy.
    """

    text: str
    group: str
    horizon: str
    unit: str
    kind: Kind
    larger_is_better: bool | None
    numerator: str | None = None
    denominator: str | None = None
    tested: bool = True


def _retention(h: int, whom: str = "") -> Definition:
    group = f"{INDEX}, {whom} buyers" if whom else INDEX
    return Definition(f"share with an order in ({h - 90}, {h}] days", group, f"day {h}", "share", "individual", True)


def _individual(text: str, unit: str, better: bool | None, group: str = KNOWN, horizon: str = RUN) -> Definition:
    return Definition(text, group, horizon, unit, "individual", better)


def _total(text: str, unit: str, better: bool | None, group: str = SHOP, horizon: str = RUN) -> Definition:
    return Definition(text, group, horizon, unit, "shop total", better)


def _ratio(
    over: str, under: str, text: str, unit: str, better: bool | None, group: str = SHOP, horizon: str = RUN
) -> Definition:
    return Definition(text, group, horizon, unit, "ratio of totals", better, over, under)


_CYCLE = "their own cycles, as they were before day 0 (the category's with fewer than three orders)"
_VALUE = "contribution of their orders per customer, before shop costs (wages, advertising, revaluation of points)"

DEFINITIONS: dict[str, Definition] = {
    # who stays: groups fixed at day 0
    **{f"retention_{h}": _retention(h) for h in HORIZONS},
    **{f"retention_{h}_{whom}": _retention(h, whom) for h in HORIZONS for whom in BUYERS},
    "index_repeat_rate": _individual("share with two orders or more", "share", True, INDEX),
    "lapsed_1_5_cycles": _individual(
        f"share whose last order is more than 1.5 of {_CYCLE} ago", "share", False, INDEX, "stock at the end"
    ),
    "lapsed_2_cycles": _individual(
        f"share whose last order is more than 2 of {_CYCLE} ago", "share", False, INDEX, "stock at the end"
    ),
    "lapsed_one_year": _individual(
        "share whose last order is more than 365 days ago; none for runs under a year", "share", False, INDEX,
        "stock at the end",
    ),
    "days_to_lapse": _individual(
        f"mean days until 2 of {_CYCLE} first passed without an order, none counted as longer than the run; "
        "0 for those lapsed at day 0", "days", True, INDEX,
    ),
    # what they are worth: customers known at day 0
    "lifetime_value": _individual(f"{_VALUE}, discounted to day 0 by whole days; no value after the run", "yuan", True),
    **{
        f"lifetime_value_{whom}": _individual(
            f"{_VALUE}, discounted to day 0 by whole days; no value after the run", "yuan", True,
            f"{KNOWN}, {whom} buyers",
        )
        for whom in BUYERS
    },
    "contribution_per_known_customer": _individual(f"{_VALUE}, not discounted", "yuan", True),
    "revenue_per_known_customer": _individual("revenue of their orders per customer", "yuan", True),
    "orders_per_known_customer": _individual("orders per customer", "orders", True),
    "programme_cost_per_known_customer": _individual(
        "discounts, perks and expected cost of points on their orders, per customer", "yuan", False
    ),
    # totals of the shop
    "orders": _total("orders", "orders", True),
    "revenue": _total("list sales less discounts and refunds, with postage and membership fees charged", "yuan", True),
    "contribution": _total("contribution of all orders less wages, advertising and other shop costs", "yuan", True),
    "contribution_run_off": _total(
        "contribution with that of the days after the run, without new concessions, owed points honoured", "yuan", True,
        horizon="the run and its run-off",
    ),
    "discounts": _total("price cuts on order rows, sales alike under every policy among them", "yuan", None),
    "perks": _total("gifts and postage forgone on order rows", "yuan", None),
    "points_cost": _total("expected cost of the points that orders earned, at the estimate of their day", "yuan", None),
    "programme_cost": _total("discounts, perks and expected cost of points on order rows", "yuan", False),
    "membership_fees": _total("fees of paid memberships, on the day they are paid", "yuan", None),
    "members": _total("customers whose paid membership runs", "customers", None, EVERYONE, "at the end"),
    "points_revaluation": _total("cost of points beyond what their orders booked", "yuan", False),
    "points_liability": _total("expected cost of the points outstanding", "yuan", False, horizon="at the end"),
    "service": _total("desk time of chats that ended in an order", "yuan", None),
    "wages": _total("desk wages beyond the time booked on orders", "yuan", False),
    "acquisition": _total("advertising for prospects' visits", "yuan", None),
    "messages": _total("cost of messages", "yuan", False),
    "other_costs": _total("other costs of the shop", "yuan", False),
    "asks": _total("visits at which a concession was asked for", "visits", False),
    "refusals": _total("visits at which an ask was refused", "visits", False),
    "visits": _total("visits of customers in the file", "visits", None),
    "chats": _total("questions before an order that came to the desk", "callers", None),
    "after_sales_contacts": _total("after-sales contacts that came to the desk", "callers", None),
    "callers": _total("chats and after-sales contacts that came to the desk", "callers", None),
    "abandoned": _total("callers who gave up before an agent answered", "callers", False),
    "silent": _total("callers who gave up without a sign, among those abandoned", "callers", False),
    "wait_seconds": _total("waits of all callers, the waits of those who gave up among them", "seconds", False),
    "customers": _total("customers in the file", "customers", True, EVERYONE, "at the end"),
    "active_customers": Definition(
        "customers with an order within two of their cycles, as they are at the end, where a policy has changed them",
        EVERYONE, "at the end", "customers", "shop total", None, tested=False,
    ),
    "newcomers": _total("customers won", "customers", True, NEWCOMERS),
    "prospects": _total("visits of prospects", "visits", None),
    "needs": _total("needs of customers in the file, wherever met", "needs", None),
    "repeat_orders": _total("orders but for first orders of newcomers", "orders", True),
    "buyers": _total("customers with an order", "customers", True, EVERYONE),
    "repeat_buyers": _total("customers with two orders or more", "customers", True, EVERYONE),
    "retained_customers": _total(
        "customers with an order in the last 90 days of the run; none for runs under 90 days", "customers", True, INDEX,
        "at the end",
    ),
    "index_programme_cost": _total(
        "discounts, perks and expected cost of points on their orders", "yuan", False, INDEX
    ),
    "newcomers_followed": _total(
        "newcomers whose first order is at least 90 days before the end", "customers", None, NEWCOMERS
    ),
    "newcomers_back": _total(
        "those of newcomers_followed who ordered again within 90 days", "customers", True, NEWCOMERS
    ),
    # ratios of totals
    "contribution_per_customer": _ratio(
        "contribution", "customers", "contribution after shop costs per customer", "yuan", True, EVERYONE
    ),
    "orders_per_customer": _ratio("orders", "customers", "orders per customer", "orders", True, EVERYONE),
    "margin_rate": _ratio("contribution", "revenue", "contribution after shop costs, share of revenue", "share", True),
    "repeat_rate": _ratio(
        "repeat_buyers", "buyers", "share of buyers with two orders or more", "share", True, EVERYONE
    ),
    "own_share": _ratio(
        "repeat_orders", "needs", "share of customers' needs that the shop met", "share", True, EVERYONE
    ),
    "programme_cost_per_retained": _ratio(
        "index_programme_cost", "retained_customers", "programme cost per customer retained at the end", "yuan", False,
        INDEX,
    ),
    "newcomer_repeat_rate": _ratio(
        "newcomers_back", "newcomers_followed", "share of newcomers who order again within 90 days", "share", True,
        NEWCOMERS, "90 days from each first order",
    ),
    "refused_share": _ratio("refusals", "asks", "share of asks that were refused", "share", False),
    "refusals_per_visit": _ratio("refusals", "visits", "share of customers' visits at which an ask was refused", "share", False),
    "points_liability_share": _ratio(
        "points_liability", "revenue", "expected cost of the points outstanding at the end, share of the run's revenue",
        "share", False,
    ),
    "mean_wait": _ratio("wait_seconds", "callers", "mean wait at the desk, who gave up included", "seconds", False),
    "abandoned_share": _ratio("abandoned", "callers", "share of callers who gave up", "share", False),
    "silent_share": _ratio("silent", "abandoned", "share of those who gave up who gave no sign", "share", False),
    "conversion": _ratio("newcomers", "prospects", "share of prospects' visits that end in an order", "share", True),
    "cost_per_newcomer": _ratio("acquisition", "newcomers", "advertising per customer won", "yuan", False),
}  # fmt: skip
