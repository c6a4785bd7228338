"""Who uses a coupon at hand: the law over shoppers, and how often one coupon serves."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy.special import betaln

from sim.contract import Touch
from sim.originals import original
from sim.people import opening
from sim.people.person import mind_constants
from sim.shop.counter import PolicyError
from sim.shop.touches import read_touch
from tests.campaigns.worlds import Everybody
from tests.test_world import POLICIES
from tests.worlds import small, trade

MEAN, CONCENTRATION = 0.4, 0.5
BOOKLET = Everybody(coupon_share=0.001, days_valid=365.0, times=1, uses=100)  # worth next to nothing: it moves no order
READ = {"sms": {"open": 1.0, "cost": 0.05}, "sleeping_dog": 0.0, "unsubscribe": 0.0}
SIZED = {"name": "all", "share": 1.0, "cycle_factor": 1.0, "regularity": 2.0}
ERRORS = 4.0  # standard errors: false-fail rate 6e-5 a comparison


def used_of(mean: float, concentration: float, baskets: float = 1.0) -> tuple[Any, Any]:
    """Of each customer with an order after reading the booklet: orders since, and at how many of them it was used.

    All baskets are worth `baskets` times `basket_mean`.
    """
    population = {"coupon_prob": mean, "coupon_prob_concentration": concentration} | {
        "basket_log_sd_within": 0.0, "basket_log_sd_between": 0.0, "sub_cycles": [SIZED | {"basket_factor": baskets}],
    }  # fmt: skip
    config = small(population=population, messages=READ, shoppers=6000, catalogue={"attach_rate": (0.0,) * 4})
    world, orders = trade(config, POLICIES["none"], campaigns={"it": BOOKLET})
    messages = world.post.messages.rows
    read = dict(zip(messages["key"].tolist(), np.ceil(messages["open_time"]).tolist(), strict=True))
    open_ = orders[
        [
            time >= read.get(key, np.inf)
            for key, time in zip(orders["shopper"].tolist(), orders["time"].tolist(), strict=True)
        ]
    ]
    keys, customer = np.unique(open_["shopper"], return_inverse=True)
    count = np.bincount(customer)
    used = dict(zip(messages["key"].tolist(), messages["times_used"].tolist(), strict=True))
    return count, np.array([used[key] for key in keys.tolist()])


def off(count: Any, used: Any) -> tuple[float, float]:
    """Standard errors by which mean use, and the share of those who never use one, miss the beta law."""
    a, b = MEAN * CONCENTRATION, (1 - MEAN) * CONCENTRATION
    first = used / count
    spread = (first - MEAN).std() / np.sqrt(len(count))
    never = np.exp(betaln(a, b + count) - betaln(a, b))  # P(never in n orders)
    return (first.mean() - MEAN) / spread, ((used == 0).sum() - never.sum()) / np.sqrt((never * (1 - never)).sum())


def test_use_follows_the_beta_law() -> None:
    """Mean share of orders at which a coupon is used, and share who never use one; an error of 0.08 in the mean is seen."""
    count, used = used_of(MEAN, CONCENTRATION)
    assert len(count) > 1500
    assert max(np.abs(off(count, used))) < ERRORS
    assert abs(off(*used_of(MEAN + 0.08, CONCENTRATION))[0]) > ERRORS  # planted faults
    assert abs(off(*used_of(MEAN, 2 * CONCENTRATION))[1]) > ERRORS


def test_larger_baskets_have_more_to_use_it_on() -> None:
    """In a basket of twice the mean the coupon has two chances: E[1 - (1 - q)^2]; a law without that is seen."""
    count, used = used_of(MEAN, CONCENTRATION, 2.0)
    a, b = MEAN * CONCENTRATION, (1 - MEAN) * CONCENTRATION
    first = used / count
    error = first.std() / np.sqrt(len(count))
    assert abs(first.mean() - (1 - b * (b + 1) / ((a + b) * (a + b + 1)))) < ERRORS * error
    assert abs(first.mean() - MEAN) > ERRORS * error  # planted fault


def test_by_default_everybody_uses_it() -> None:
    """At a mean of 1 every order with a good coupon at hand has it off."""
    count, used = used_of(1.0, 1.0)
    assert np.array_equal(count, used)


@pytest.mark.parametrize("uses", [1, 3])
def test_no_more_uses_than_it_is_good_for(uses: int) -> None:
    """A coupon serves so many orders, then none."""
    campaign = Everybody(coupon_share=0.1, days_valid=365.0, times=1, uses=uses)
    world, orders = trade(small(messages=READ), POLICIES["none"], campaigns={"it": campaign})
    messages = world.post.messages.rows
    assert messages["times_used"].max() == uses
    assert np.array_equal(messages["used"], messages["times_used"] > 0)
    assert messages["times_used"].sum() == (orders["coupon_fen"] > 0).sum() > 100


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"uses": 0}, "Touch.uses is 0; allowed: a whole number, 1 to 100"),
        ({"uses": 2.5}, "Touch.uses is 2.5; allowed: a whole number, 1 to 100"),
        ({"uses": True}, "Touch.uses is true; allowed: a whole number, 1 to 100"),
        ({"uses": 2, "code": True}, "Touch.uses is 2 and Touch.code is true; allowed: each friend uses a coupon once"),
    ],
)
def test_uses_are_read(change: dict[str, Any], line: str) -> None:
    """What no shop could print is refused in one line."""
    with pytest.raises(PolicyError, match=line):
        read_touch(Touch(np.array([1]), "w", "email", "offer", coupon_share=0.1, **change))


@pytest.mark.parametrize(
    ("mean", "level", "worth"), [(1.0, 100.0, 0.3), (0.0, 100.0, 0.0), (0.5, 100.0, 0.15), (0.5, 200.0, 0.225)]
)
def test_worth_of_a_coupon_to_its_reader(mean: float, level: float, worth: float) -> None:
    """30 % off: its size times the chance that it is used in the reader's usual basket, of which `basket_mean` is 100."""
    config = small(population={"coupon_prob": mean, "coupon_prob_concentration": 1000.0, "basket_mean": 100.0})
    mind = mind_constants(config.population, config.catalogue, config.market, 0.0)
    reader = SimpleNamespace(key=7, basket_level=np.log(level))
    wave = SimpleNamespace(coupon_share=0.3, coupon_yuan=0.0)
    size = original(opening.coupon_size, {})(reader, wave, SimpleNamespace(**mind), 0)
    assert size == pytest.approx(worth, abs=0.02)  # concentration 1000: sd of the trait 0.016
