"""Outcomes: worked by hand, held against the summary of real runs, and defined one for one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.measure import outcomes as module
from sim.measure import records
from sim.measure.outcomes import DEFINITIONS, outcomes
from tests.measure.handmade import leave, order

NEWCOMER = {"segment": 0, "index": False, "history_last_order": np.nan, "history_cycle": np.nan}
PEOPLE = [
    {"shopper": 0, "segment": 1, "history_last_order": -10.0, "history_cycle": 40.0},
    {"shopper": 1, "segment": 3, "history_last_order": -5.0, "history_cycle": 20.0},
    {"shopper": 2, "segment": 2, "history_last_order": -300.0, "history_cycle": 100.0},
    {"shopper": 3, "segment": 1, "history_last_order": -500.0, "history_cycle": 100.0, "index": False},
    NEWCOMER | {"shopper": 4, "first_order": 20.0},
    NEWCOMER | {"shopper": 5, "first_order": 350.0},
]
GIVEN = {"discount_fen": 500, "gift_fen": 100, "points_fen": 50, "post_forgone_fen": 600, "shipping_charged_fen": 0}
ORDERS = [
    order(0, 50.0, **GIVEN), order(0, 100.0), order(0, 385.0),
    order(1, 30.0, segment=3, refund_fen=10_000, goods_fen=600), order(1, 368.0, segment=3),
    order(3, 200.0),
    order(4, 20.0, segment=0), order(4, 60.0, segment=0, order_number=2),
    order(5, 350.0, segment=0, **GIVEN), order(5, 380.0, segment=0, order_number=2),
]  # fmt: skip
COSTS = {"wages": 20.0, "acquisition": 10.0, "points_revaluation": 1.0}
DESK = {"visits": 24, "chats": 7, "contacts": 3, "abandoned": 2, "silent": 1, "wait_seconds": 150}
FULL, REFUNDED = 38.0, -8.0  # contribution of an order; of the one sent back
REWARDED = FULL - 12.5  # 5 off, a gift of 1, points of 0.5, postage of 6


@pytest.fixture
def found(tmp_path: Path) -> dict[str, float | None]:
    return outcomes(leave(tmp_path / "run", PEOPLE, ORDERS, days=400, costs=COSTS, prospects=40, needs=90, desk=DESK,
                          asks=8, refusals=6, points_liability=12.0))  # fmt: skip


def test_who_stays_by_hand(found: dict[str, float | None]) -> None:
    """Orders in (0, 90], (90, 180], (275, 365] of a group of three; last orders at 385, 368 and -300 of 400 days."""
    expected = {
        "retention_90": 2 / 3, "retention_180": 1 / 3, "retention_365": 0.0,
        "retention_90_light": 1.0, "retention_90_medium": 0.0, "retention_90_heavy": 1.0,
        "retention_180_light": 1.0, "retention_180_medium": 0.0, "retention_180_heavy": 0.0,
        "index_repeat_rate": 2 / 3, "lapsed_1_5_cycles": 2 / 3, "lapsed_2_cycles": 1 / 3, "lapsed_one_year": 1 / 3,
        "days_to_lapse": (180 + 70 + 0) / 3, "retained_customers": 2,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_what_they_are_worth_by_hand(found: dict[str, float | None]) -> None:
    """Four customers known at day 0, six orders of theirs, discounted at 10 % a year."""
    day = 1.1 ** (-1 / 365)
    light = (REWARDED * day**50 + FULL * day**100 + FULL * day**385 + FULL * day**200) / 2
    heavy = REFUNDED * day**30 + FULL * day**368
    expected = {
        "lifetime_value": (2 * light + heavy) / 4, "lifetime_value_light": light, "lifetime_value_heavy": heavy,
        "lifetime_value_medium": 0.0, "contribution_per_known_customer": (REWARDED + REFUNDED + 4 * FULL) / 4,
        "revenue_per_known_customer": (4 * 106 + 6 + 95) / 4, "orders_per_known_customer": 6 / 4,
        "programme_cost_per_known_customer": 12.5 / 4,
    }  # fmt: skip
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_the_shop_by_hand(found: dict[str, float | None]) -> None:
    """Ten orders, two with rewards, one sent back; 31 yuan of shop costs; two of forty prospects' visits won."""
    total = 7 * FULL + 2 * REWARDED + REFUNDED - 31
    expected = {
        "orders": 10, "revenue": 7 * 106 + 2 * 95 + 6, "contribution": total, "programme_cost": 25.0,
        "discounts": 10.0, "perks": 14.0, "points_cost": 1.0, "wages": 20.0, "acquisition": 10.0,
        "points_revaluation": 1.0, "customers": 6, "newcomers": 2, "prospects": 40, "needs": 50, "repeat_orders": 8,
        "buyers": 5, "repeat_buyers": 4, "index_programme_cost": 12.5, "newcomers_followed": 1, "newcomers_back": 1,
        "contribution_per_customer": total / 6, "orders_per_customer": 10 / 6, "repeat_rate": 4 / 5,
        "own_share": 8 / 50, "programme_cost_per_retained": 12.5 / 2, "newcomer_repeat_rate": 1.0,
        "asks": 8, "refusals": 6, "visits": 24, "refused_share": 6 / 8, "refusals_per_visit": 6 / 24,
        "chats": 7, "after_sales_contacts": 3, "callers": 10, "abandoned": 2, "silent": 1, "wait_seconds": 150,
        "mean_wait": 15.0, "abandoned_share": 0.2, "silent_share": 0.5, "points_liability_share": 12 / (7 * 106 + 2 * 95 + 6),
        "conversion": 2 / 40, "cost_per_newcomer": 5.0, "margin_rate": total / (7 * 106 + 2 * 95 + 6),
    }  # fmt: skip
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_a_short_run_has_no_long_horizons(tmp_path: Path) -> None:
    """At 179 days retention has one horizon, and the one-year rule no meaning; at 80 days nobody is retained yet."""
    some = [row for row in ORDERS if row["time"] < 80]
    half = outcomes(leave(tmp_path / "half", PEOPLE[:5], some, days=179))
    assert half["retention_90"] == pytest.approx(2 / 3)
    for name in ("retention_180", "retention_180_heavy", "retention_365", "lapsed_one_year"):
        assert half[name] is None, name
    short = outcomes(leave(tmp_path / "short", PEOPLE[:5], some, days=80))
    for name in ("retention_90", "retained_customers", "programme_cost_per_retained"):
        assert short[name] is None, name


def test_a_shop_where_nothing_happens(tmp_path: Path) -> None:
    """No order and nobody known: totals of 0, and no share or ratio."""
    found = outcomes(leave(tmp_path / "run", [], [], days=400))
    assert {name for name, value in found.items() if value is None} == {
        name for name, of in DEFINITIONS.items() if of.kind != "shop total"
    }
    assert found["orders"] == found["contribution"] == 0


def test_discount_rate(tmp_path: Path) -> None:
    """At rate 0 the value is the plain sum; a rate of -1 or less is refused."""
    folder = leave(tmp_path / "run", PEOPLE, ORDERS)
    plain = outcomes(folder, rate=0.0)
    assert plain["lifetime_value"] == pytest.approx(plain["contribution_per_known_customer"])
    assert outcomes(folder, rate=0.5)["lifetime_value"] < plain["lifetime_value"]  # type: ignore[operator]
    with pytest.raises(ValueError, match="above -1"):
        outcomes(folder, rate=-1.0)


SAME = {
    "orders": "orders", "customers": "customers", "contribution": "contribution", "repeat_rate": "repeat_rate",
    "margin_rate": "margin_rate", "contribution_per_customer": "contribution_per_customer", "own_share": "own_share",
    "orders_per_customer": "orders_per_customer", "conversion": "conversion",
    "cost_per_newcomer": "cost_per_new_customer",
}  # fmt: skip


def differing(folder: Path) -> list[str]:
    """Outcomes that are not what the summary of the run tells; ratios of yuan and of fen may differ by a digit."""
    found = outcomes(folder)
    told = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    pairs: dict[str, Any] = {name: (found[name], pytest.approx(told[key], rel=1e-12)) for name, key in SAME.items()}
    pairs |= {f"retention_{h}": (found[f"retention_{h}"], value) for h, value in told["retention"].items()}
    pairs |= {name: (found[name], told["desk"][name]) for name in ("chats", "abandoned", "silent", "wait_seconds")}
    pairs |= {"after_sales_contacts": (found["after_sales_contacts"], told["desk"]["contacts"])}
    pairs |= {name: (found[name], told[name]) for name in ("visits", "asks", "refusals")}
    cost = told["discounts"] + told["perks"] + told["points_cost"]
    pairs["programme_cost"] = (found["programme_cost"], pytest.approx(cost, abs=0.001))
    return [name for name, (one, other) in pairs.items() if one != other]


@pytest.mark.parametrize("name", ["none", "escalating", "points"])
def test_the_summary_tells_the_same(runs: dict[str, Path], name: str) -> None:
    assert differing(runs[name]) == []


@pytest.mark.parametrize(
    ("right", "wrong", "seen"),
    [
        ("time > 90 AND time <= 180", "time > 100 AND time <= 180", "retention_180"),
        ("n >= 2", "n > 2", "repeat_rate"),
        (" + points_fen)", ")", "programme_cost"),
    ],
)
def test_a_planted_fault_is_found(
    runs: dict[str, Path], right: str, wrong: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, name = next((m, n) for m, n in ((module, "_PEOPLE"), (records, "_BOUGHT")) if right in getattr(m, n))
    monkeypatch.setattr(place, name, getattr(place, name).replace(right, wrong))
    assert seen in differing(runs["points"])


def test_twice_the_same_world_is_exactly_the_same(runs: dict[str, Path]) -> None:
    """A/A: not one outcome differs in its last digit; another policy does differ."""
    assert outcomes(runs["none"]) == outcomes(runs["again"])
    assert outcomes(runs["none"]) != outcomes(runs["escalating"])


def test_every_outcome_is_defined_and_every_ratio_made_of_outcomes(runs: dict[str, Path]) -> None:
    found: dict[str, Any] = outcomes(runs["points"])
    assert list(found) == list(DEFINITIONS)
    assert all(isinstance(value, (int, float)) for value in found.values())
    for name, of in DEFINITIONS.items():
        assert (of.kind == "ratio of totals") == (of.numerator is not None) == (of.denominator is not None), name
        assert of.text and of.group and of.horizon and of.unit, name
        if of.numerator is not None and of.denominator is not None:
            assert found[name] == found[of.numerator] / found[of.denominator], name
            assert DEFINITIONS[of.numerator].kind == DEFINITIONS[of.denominator].kind == "shop total", name
