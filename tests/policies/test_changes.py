"""Migration from one scheme to another, and the closing of a points scheme: ledgers, oracle, and what members do."""

import json

import numpy as np
import pytest

from policies.cashback import Cashback
from policies.closing import Closing
from policies.member_price import MemberPrice
from policies.migration import Migration
from policies.none import NoPolicy
from policies.points import Points
from policies.rfm import Rfm
from policies.spend_tiers import SpendTiers
from policies.testing.whole import unbalanced
from policies.testing.worlds import differing, same_orders, told
from sim.contract import PointsProgramme
from sim.measure.summary import liability, revaluation
from sim.shop.counter import PolicyError, checked_programme
from sim.shop.money import COLUMN
from tests.policies.rows import receipt, visit
from tests.test_command import SMALL, here, typed
from tests.worlds import small, trade

assert here  # the fixture, used by name

CLUB = Points(earn_rate=0.05, threshold=800)
CASES = {
    "points to points": Migration(CLUB, Points(earn_rate=0.02, threshold=300), 150, 0.35, last_threshold=400),
    "more points": Migration(CLUB, Points(threshold=900, pending_days=3), 150, 2.5, announce_days=0),
    "points to cash back": Migration(CLUB, Cashback(), 150, redeem_days=40, last_threshold=0),
    "cash back to points": Migration(Cashback(), CLUB, 150),
    "tiers to tiers": Migration(Rfm(), SpendTiers(tier_thresholds=(200, 500)), 145, keep_tiers=False),
    "closing": Closing(CLUB, 150, 60, last_threshold=100),
    "closing at the end": Closing(CLUB, 150, 60, "end", None),
}


def total(world, name, first=0, last=None):
    """Sum of an account over days of the run."""
    rows = world.books[first - world.origin : None if last is None else last - world.origin]
    return int(rows[:, COLUMN[name]].sum())


@pytest.mark.parametrize("name", CASES)
def test_engine_equals_oracle_and_the_ledgers_add_up(name):
    config = small(days=300, population={"prospect_rate": 6.0})
    world, orders = trade(config, CASES[name])
    assert differing(world, orders, told(config, CASES[name])) == []
    assert list(unbalanced(world, orders)) == []


def test_a_planted_fault_is_seen():
    """An oracle whose members are converted at a rate off by a hundredth disagrees in the orders."""
    config = small(days=300)
    world, orders = trade(config, CASES["points to points"])
    other = Migration(CLUB, Points(earn_rate=0.02, threshold=300), 150, 0.36, last_threshold=400)
    assert differing(world, orders, told(config, other))


def test_before_the_date_it_is_the_first_scheme_and_after_it_the_second():
    """Order for order; with the date beyond the run it is the first one throughout."""
    config = small(days=200)
    plain = trade(config, CLUB)[1]
    late = trade(config, Migration(CLUB, Cashback(), 10_000))[1]
    assert same_orders(plain, late)
    moved = trade(config, Migration(CLUB, Cashback(), 100, last_threshold=None))[1]
    assert same_orders(plain[plain["time"] < 100], moved[moved["time"] < 100])
    assert not moved["points_earned"][moved["time"] >= 100].any()
    assert moved["discount_fen"][moved["time"] >= 100].any()


def test_balances_are_converted_lot_by_lot():
    """What a member has on the morning of the date is 0.35 of the evening before, rounded down for each lot."""
    balance = {}

    def watch(world, day):
        if day in (149, 150):
            customers = world.customers.rows
            balance[day] = (customers["points_pending"] + customers["points_available"]).sum()

    policy = Migration(CLUB, Points(earn_rate=0.05, threshold=800), 150, 0.35)
    world, _ = trade(small(days=160), policy, each_day=watch)
    lots = world.lots.rows
    assert lots["live"].any()
    lost = total(world, "points_expired", 150, 151)
    assert lost == pytest.approx(0.65 * balance[149], rel=0.1) and lost > 0


@pytest.mark.parametrize("keep", [True, False])
def test_tiers_are_kept_or_taken(keep):
    world, _ = trade(small(days=62), Migration(Rfm(), Cashback(), 60, keep_tiers=keep))
    assert world.customers.rows["tier"].any() == keep


def test_closing_empties_the_ledger_and_releases_the_liability():
    """At the end no point is left and none is owed; what orders had accrued and was not redeemed comes back."""
    config = small(days=300)
    closing = Closing(CLUB, 120, 60)
    world, orders = trade(config, closing)
    customers = world.customers.rows
    assert not customers["points_available"].any() and not customers["points_pending"].any()
    assert liability(world) == 0
    assert total(world, "points_expired", 180, 181) > 0 and not orders["points_earned"][orders["time"] >= 120].any()
    redeemed, accrued = total(world, "points_redeemed"), total(world, "points_fen")
    assert revaluation(world, redeemed, accrued, 0) == round(0.6 * redeemed) - accrued < 0


def test_there_is_a_run_on_points():
    """Between announcement and end more members redeem than in the same world whose scheme goes on, and the run ends.

    1,500 members, seed fixed: 203 redemptions instead of 75 in those 60 days; without smaller gifts 75, so that the run
    is what the mind makes of the threshold and no constant of the closing.
    """
    config = small(shoppers=1500, days=260, population={"prospect_rate": 10.0})
    club = Points()
    counts = {}
    for name, policy in {
        "open": club, "closing": Closing(club, 150, 60), "as before": Closing(club, 150, 60, "end", None),
    }.items():  # fmt: skip
        orders = trade(config, policy)[1]
        times = orders["time"][orders["points_redeemed"] > 0]
        counts[name] = [
            int(np.count_nonzero((times >= a) & (times < b))) for a, b in ((90, 150), (150, 210), (210, 260))
        ]
    assert counts["open"][0] == counts["closing"][0]
    assert counts["closing"][1] > 2 * counts["open"][1] > 0
    assert counts["as before"][1] < 1.2 * counts["open"][1]
    assert counts["closing"][2] == 0


def test_answers_change_with_the_date_row_by_row():
    policy = Migration(SpendTiers(tier_thresholds=(100, 500)), Points(earn_rate=0.02), 10)
    given = policy.offer(visit(time=[5.0, 15.0], basket=100.0, tier=[2, 2], orders=[3, 3]))
    assert given.discount[:, 0].tolist() == [0.05, 0.0] and given.points.tolist() == [0.0, 0.02]
    done = policy.settle(receipt(time=[5.0, 15.0], spend_year=[600.0, 600.0], tier=[0, 1], orders=[3, 3]))
    assert done.tier.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"until": 0}, "until is 0; allowed: a whole day >= 1"),
        ({"successor": PointsProgramme()}, "successor is given without until"),
        ({"until": 9, "successor": PointsProgramme(cost_ratio=0.5)}, "successor.cost_ratio is 0.5; allowed"),
        ({"until": 9, "successor": PointsProgramme(until=9)}, "successor.until is 9; allowed: later than 9"),
        ({"until": 9, "conversion": -1.0}, "conversion is -1 for 1 of 1; allowed: a number, 0 to 100"),
    ],
)
def test_impossible_terms_are_refused(changes, words):
    with pytest.raises(PolicyError, match=words):
        checked_programme(PointsProgramme(**changes))


MIGRATION = ("+policy=migration", "+policy@policy.before=points", "+policy@policy.after=cashback")


def test_the_command_composes_them(here, monkeypatch, capsys):
    """Schemes within a migration by Hydra's packages, levers of each on the command line, and their sources in the key."""
    line = (*MIGRATION, "policy.day=40", "policy.before.earn_rate=0.05", *SMALL, "days=90")
    code, _, err = typed(monkeypatch, capsys, *line)
    assert code == 0, err
    (folder,) = here.glob("runs/migration-*")
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["points"]["issued"] > 0 and summary["discounts"] > 0
    assert typed(monkeypatch, capsys, "+policy=closing", "+policy@policy.scheme=points", *SMALL)[0] == 0


@pytest.mark.parametrize(
    ("words", "told_words"),
    [
        (MIGRATION[:2], "policy: after: none was given; add one: +policy@policy.after=cashback"),
        (("+policy=closing",), "policy: scheme: none was given; add one: +policy@policy.scheme=points"),
        ((*MIGRATION, "policy.before.earn_rat=1"), "policy.before.earn_rat: there is no lever 'earn_rat'"),
        (
            ("+policy=migration", "+policy@policy.before=points", "+policy@policy.after=points",
             "policy.after.point_cost_ratio=0.5"),
            "before and after have points of different cost",
        ),
        ((*MIGRATION, "shards=2", "service=none"), "policy: the cost of a point is estimated"),
    ],
)  # fmt: skip
def test_wrong_compositions_are_one_line(here, monkeypatch, capsys, words, told_words):
    code, out, err = typed(monkeypatch, capsys, *words, *SMALL)
    assert code == 1 and out == ""
    assert told_words in err and len(err.splitlines()) <= 3 and "Traceback" not in err


def test_a_scheme_without_points_is_not_closed():
    """Refused by name, but for `none`, which is what closing is at zero."""
    Closing(NoPolicy())
    with pytest.raises(ValueError, match="scheme has no points to close"):
        Closing(MemberPrice())
