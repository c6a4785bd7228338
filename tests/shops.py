"""Random small shops: populations from the presets, markets, desks, calendars and policies, as hypothesis strategies."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from policies.cashback import Cashback
from policies.escalating import Escalating
from policies.member_price import MemberPrice
from policies.none import NoPolicy
from policies.paid_tier import PaidTier
from policies.points import Points
from policies.product_matrix import ProductMatrix
from policies.rfm import Rfm
from policies.spend_tiers import SpendTiers
from policies.stack import Stack
from sim.config import Config

CONF = Path(__file__).resolve().parents[1] / "conf"
PRESETS = ("general", "cdnow", "cosmetics", "mother_and_baby", "electronics")


@cache
def preset(group: str, name: str) -> dict[str, Any]:
    """The keys of one file of the registry."""
    found: dict[str, Any] = yaml.safe_load((CONF / group / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


def share(least: float = 0.0, most: float = 0.5) -> st.SearchStrategy[float]:
    """A number with few digits, so that a failing example can be read."""
    return st.integers(round(least * 100), round(most * 100)).map(lambda percent: percent / 100)


def points() -> st.SearchStrategy[Any]:
    """Points clubs, generous enough for much to be redeemed, to lapse and to be taken back in a few weeks."""
    return st.builds(
        club,
        dearer=st.booleans(),
        lapse_on=st.sampled_from([None, None, (3, 31), (9, 15)]),
        inactivity_days=st.sampled_from([None, None, 1, 25]),
        head_start=st.sampled_from([0, 0, 400]),
        streak_bonus=st.sampled_from([0.0, 1.0]),
        tier_factors=st.sampled_from([(), (2.0,)]),
        earn_rate=share(0.0, 0.2),
        threshold=st.sampled_from([0, 1, 300, 1500]),
        pending_days=st.sampled_from([0, 2, 7, 30]),
        expiry_days=st.sampled_from([None, 1, 10, 40]),
        point_cost_ratio=share(0.0, 1.0),
        redemption_estimate=share(0.0, 1.0),
    )


def club(threshold: int, dearer: bool, **levers: Any) -> Points:
    """A points club, with a catalogue of dearer gifts if it has thresholds at all."""
    gifts = (2 * threshold, 5 * threshold) if dearer and threshold else ()
    return Points(threshold=threshold, dearer_gifts=gifts, tier_spend=(100.0,) * len(levers["tier_factors"]), **levers)


def policies() -> st.SearchStrategy[Any]:
    """Any policy with any levers."""
    steps = st.tuples(share(0.0, 0.1), share(0.0, 0.5))
    spend = st.sampled_from([(50.0, 200.0), (300.0, 900.0)])
    tiers = st.builds(SpendTiers, tier_thresholds=spend, tier_discount=steps, priority_from=st.sampled_from([1, 2, 10]))
    review = st.builds(
        Rfm, tier_discount=steps, priority_from=st.sampled_from([1, 2, 10]), review_days=st.integers(1, 30)
    )
    ever_more = st.builds(
        Escalating,
        open_with=share(0.0, 0.2),
        max_discount=share(0.0, 0.4),
        margin_floor_order=share(-1.0, 0.3),
        concede=st.sampled_from([True, True, False]),
    )
    ladder = st.builds(MemberPrice, spend=spend, cut=steps)
    cash = st.builds(Cashback, share=share(0.0, 0.3), cap=st.sampled_from([5.0, 100.0]))
    matrix = st.builds(ProductMatrix, cut=share(0.0, 0.1), lapsed_cut=share(), one_time_cut=share())
    paid = st.builds(PaidTier, fee=st.sampled_from([0.0, 10.0, 60.0]), cut=share(0.0, 0.3))
    stack = st.builds(
        Stack,
        layers=st.fixed_dictionaries({"club": points(), "other": st.one_of(cash, matrix, ever_more)}),
        rule=st.sampled_from(["sum", "best"]),
        max_concession=share(),
        margin_floor=st.sampled_from([-10.0, 0.1]),
    )
    simple = (st.just(NoPolicy()), points(), points(), ladder, ever_more, review, tiers, cash, matrix, paid)
    return st.one_of(*simple, stack)


@st.composite
def configs(draw: st.DrawFn) -> Config:
    """A shop of at most 80 customers and a run of at most 120 days, with everything that touches money or points."""
    population = dict(preset("population", draw(st.sampled_from(PRESETS))))
    population |= {
        "prospect_rate": draw(st.sampled_from([0.0, 1.0, 6.0])),
        "visit_cost": draw(share(0.0, 3.0)),
        "shop_age_days": draw(st.integers(1, 150)),
        "return_rate": draw(share(0.02, 0.5)),
        "quantity_elasticity": draw(share(0.0, 1.0)),
        "min_gap_days": draw(st.sampled_from([1.0, 1.0, 0.0])),
    }
    if draw(st.booleans()):
        population |= {"cycle_mean_days": 6.0, "rate_alpha_days": 6.0}
    service = dict(preset("service", draw(st.sampled_from(["general", "none", "busy"])))) | {
        "agents": {"ordinary": draw(st.sampled_from([1.0, 300.0])), "priority": draw(st.sampled_from([0.0, 300.0]))},
        "service_minutes": draw(st.sampled_from([1.0, 6.3, 40.0])),
    }
    war = {"start": draw(st.integers(-20, 40)), "days": draw(st.integers(1, 30)), "depth": draw(share(0.01, 0.5))}
    sales = draw(st.lists(st.integers(1, 12), max_size=2))
    return Config(
        shoppers=draw(st.integers(40, 80)),
        days=draw(st.integers(60, 120)),
        seed=draw(st.integers(0, 2**32)),
        start=date(2025, draw(st.integers(1, 12)), draw(st.integers(1, 28))),
        tick=draw(st.sampled_from([1.0, 0.5, 0.25])),
        run_off_days=draw(st.sampled_from([0, 20])),
        population=population,
        catalogue=preset("catalogue", "general")
        | {
            "return_window_days": draw(st.integers(0, 12)),
            "resale_share": draw(share(0.0, 1.0)),
            "ship_fee": draw(share(0.0, 9.0)),
        },
        market={
            "rival_count": draw(st.integers(0, 4)),
            "price_wars": [war] if draw(st.booleans()) else [],
            "imitation_share": draw(share(0.0, 1.0)),
            "imitation_lag_days": draw(st.integers(1, 30)),
        },
        service=service,
        events={
            "sales": [
                {"name": "sale", "month": m, "day": 5, "days": 20, "discount": draw(share(0.0, 0.5))} for m in sales
            ]
        },
    )
