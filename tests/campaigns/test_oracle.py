"""The engine against the oracle with campaigns on: orders, minds and messages, row for row."""

from datetime import date
from typing import Any

import numpy as np
import pytest

from sim.calendar import make_calendar
from sim.config import Config
from sim.lives import LIFE
from sim.mail import MESSAGE
from sim.oracle import Oracle
from tests.campaigns.worlds import CAMPAIGNS, LOUD, Everybody
from tests.test_oracle import FULL, differing
from tests.test_world import POLICIES
from tests.worlds import small, trade

LIVES = [name for name in LIFE.names or () if name != "previous"]
COLUMNS = [name for name in MESSAGE.names or () if name not in ("row", "previous")]
COUPON = {"mixed": Everybody(coupon_yuan=30.0, minimum=80.0, classes=(True, False, True, False), holdout=0.2)}
BOOKLETS = {"it": Everybody(coupon_share=0.2, days_valid=60.0, every_days=25.0, uses=3, holdout=0.2)}
CLIPPERS = {"coupon_prob": 0.5, "coupon_prob_concentration": 0.6}
FAULTS: list[dict[str, Any]] = [
    {"fatigue_half": 8.6},
    {"nudge": 0.51},
    {"reason_factor": (1.0, 1.0, 0.5, 0.65)},
    {"coupon_wait": 4.8},
    {"referral_loyalty": 0.22},
]


def told(config: Config, policy: Any, campaigns: dict[str, Any]) -> Oracle:
    """The oracle after its run."""
    age = config.population.shop_age_days
    calendar = make_calendar(config.population, config.events, date(2025, 1, 1), -age, config.days + 1)
    oracle = Oracle(config, policy, calendar, campaigns=campaigns)
    oracle.run()
    return oracle


def unequal(world: Any, orders: Any, oracle: Oracle) -> list[str]:
    """What differs, messages included."""
    messages = world.post.messages.rows
    found = differing(world, orders, oracle)
    for name in COLUMNS:
        ours, theirs = messages[name].tolist(), [getattr(t, name) for t in oracle.mail.messages]
        if [repr(v) for v in ours] != [repr(v) for v in theirs]:
            found.append(f"message {name}")
    lives = sorted(repr([getattr(life, n) for n in LIVES]) for life in oracle.mail.lives)
    if lives != sorted(repr([life[n].item() for n in LIVES]) for life in world.post.lives.table.rows):
        found.append("second lives")
    habits = {s.p.key: vars(s.habit) for s in oracle.everybody if s.habit.expected > 0}
    rows = np.flatnonzero(world.post.waiting.habits.rows["expected"] > 0)
    ours = {int(world.people.rows["key"][i]): plain_of(world.post.waiting.habits.rows[i]) for i in rows}
    return [*found, "habits"] if habits != ours else found


def test_booklets_that_some_clip() -> None:
    """Coupons good for several orders, used by some shoppers more than by others; off by a hair is seen."""
    config = small(**LOUD, population=CLIPPERS)
    world, orders = trade(config, POLICIES["none"], campaigns=BOOKLETS)
    assert unequal(world, orders, told(config, POLICIES["none"], BOOKLETS)) == []
    assert np.unique(world.post.messages.rows["times_used"]).tolist() == [0, 1, 2, 3]
    other = small(**LOUD, population=CLIPPERS | {"coupon_prob_concentration": 0.61})
    assert unequal(world, orders, told(other, POLICIES["none"], BOOKLETS))


def plain_of(row: Any) -> dict[str, Any]:
    """A record as a dict."""
    return {name: row[name].item() for name in row.dtype.names}


@pytest.mark.parametrize("campaigns", [CAMPAIGNS, COUPON], ids=["all", "yuan"])
@pytest.mark.parametrize("name", ["points", "escalating", "rfm"])
def test_engine_equals_oracle(name: str, campaigns: dict[str, Any]) -> None:
    """All campaigns at once, with a price war, a busy desk, caps and budgets that bind: every branch is taken."""
    config = small(**FULL | LOUD)
    world, orders = trade(config, POLICIES[name], campaigns=campaigns)
    assert unequal(world, orders, told(config, POLICIES[name], campaigns)) == []
    messages = world.post.messages.rows
    for column in ("holdout", "opened", "used", "unsubscribed", "regained", "woken"):
        assert messages[column].any(), column
    assert orders["coupon_fen"].any() and world.post.waiting.habits.rows["put_off"].any()
    lives = world.post.lives.table.rows
    assert len(world.post.referrals.bonds.rows) > 5 or "referral" not in campaigns
    assert lives["active"].any() and np.isfinite(lives["lapsed"]).any() and lives["holdout"].any()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
def test_a_planted_fault_is_seen(fault: dict[str, Any]) -> None:
    """An oracle whose messages are off by a hair disagrees."""
    config = small(**LOUD | {"days": 250})
    other = small(**LOUD | {"days": 250, "messages": LOUD["messages"] | fault})
    world, orders = trade(config, POLICIES["points"], campaigns=CAMPAIGNS)
    assert unequal(world, orders, told(other, POLICIES["points"], CAMPAIGNS))
