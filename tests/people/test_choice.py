"""Choice in the real engine against the closed form of the logit, where all shoppers and all days are alike."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest, chisquare

from sim.shop.money import COLUMN
from tests.worlds import FlatDiscount, alike, logit_shares, price_value, trade

FALSE_FAIL = 1e-6
SHOPPERS, DAYS, SEED = 5_000, 100, 13  # a need every five days: about 100,000 choices
GOOD, BAD = 4.8, 4.0  # ratings; the floor is 4.5


@dataclass(frozen=True)
class Case:
    """Prices and likings; `-inf` for an outside option that is not there."""

    cut: float = 0.0  # own discount, share of list
    war: float = 0.0  # rivals' prices below list, share
    ratings: tuple[float, ...] = (GOOD, GOOD, GOOD)  # one per rival
    taste: float = 0.0
    outside: float = -np.inf
    programme: float = 0.0  # of the rivals
    coef: float = 4.9
    eta: float = 0.5
    loss: float = 1.4
    external: float = 0.0  # weight of the market in the reference price
    fault: dict[str, Any] = field(default_factory=dict)  # what the world has and the closed form has not

    def utilities(self) -> np.ndarray:
        """Utilities of the shop, of each rival, and of not buying, shape (rivals + 2,)."""
        market = float(np.log1p(-self.war)) if self.ratings else 0.0
        terms = (market, self.coef, self.eta, self.loss, self.external)
        own = self.taste + price_value(float(np.log1p(-self.cut)), *terms)
        rival = self.programme + price_value(market, *terms)
        rivals = [-np.inf if self.war > 0.3 or rating < 4.5 else rival for rating in self.ratings]
        return np.array([own, *rivals, self.outside])

    def played(self) -> tuple[int, int, np.ndarray]:
        """Own orders and visits in the run; and how many shoppers used each shop last, shape (rivals + 1,)."""
        population = {
            "shop_taste_mean": self.taste, "outside_util": max(self.outside, -50.0), "price_coef": self.coef,
            "reference_share": self.eta, "loss_aversion": self.loss, "ref_external_weight": self.external,
        }  # fmt: skip
        market = {
            "rival_count": len(self.ratings), "rival_ratings": self.ratings or (GOOD,),
            "rival_programme": self.programme,
            "price_wars": [{"start": -100, "days": 10_000, "depth": self.war}] if self.war else [],
        }  # fmt: skip
        config = alike(population | self.fault, market, shoppers=SHOPPERS, days=DAYS, seed=SEED)
        world, orders = trade(config, FlatDiscount(cut=self.cut))
        visits = int(world.books[config.population.shop_age_days :, COLUMN["visits"]].sum())
        last = np.bincount(world.people.rows["last_shop"], minlength=len(self.ratings) + 1)
        return int((orders["time"] >= 0).sum()), visits, last


CASES = {
    "all alike": Case(),
    "outside option": Case(outside=0.7, taste=0.4),
    "own discount is a gain": Case(cut=0.12, outside=-0.3),
    "price war is a loss against the market": Case(war=0.15, external=1.0, taste=1.0),
    "discount in a price war": Case(cut=0.1, war=0.2, external=1.0, outside=0.0, loss=2.0, eta=0.8),
    "one badly rated rival": Case(ratings=(GOOD, BAD, GOOD), taste=-0.5, programme=0.3),
    "rivals suspiciously cheap": Case(war=0.35, external=1.0, outside=0.2, coef=2.0),
    "six rivals": Case(ratings=(GOOD,) * 6, taste=1.5, coef=3.0, cut=0.05),
    "no rival": Case(ratings=(), outside=1.0, taste=0.5, cut=0.2),
}


def verdicts(case: Case) -> tuple[float, float]:
    """P-values of the share of own orders, and of the shops used last, under the closed form."""
    own, visits, last = case.played()
    shares = logit_shares(case.utilities())
    used = shares[:-1] > 0
    bought = shares[:-1][used] / shares[:-1].sum()
    unused = last[~used].sum()
    fit = chisquare(last[used], bought * last[used].sum()).pvalue if used.sum() > 1 else 1.0
    return binomtest(own, visits, shares[0]).pvalue, 0.0 if unused else float(fit)


@pytest.mark.parametrize("name", CASES)
def test_shares_are_the_logits(name: str) -> None:
    """Own share and the split over rivals: false-fail 2e-6 a case; catches 0.013 of the own share (100,000 choices).

    Of the shops used last (5,000 shoppers) it catches 0.06.
    """
    own, last = verdicts(CASES[name])
    assert own > FALSE_FAIL
    assert last > FALSE_FAIL


@pytest.mark.parametrize(
    "case",
    [
        Case(cut=0.12, fault={"loss_aversion": 1.0, "price_coef": 4.5}),
        Case(war=0.15, external=1.0, fault={"loss_aversion": 1.8}),
        Case(outside=0.0, fault={"outside_util": 0.2}),
        Case(taste=0.5, fault={"state_dependence": 0.3}),
        Case(taste=0.2, fault={"shop_taste_sd": 1.0}),
    ],
    ids=["price", "loss aversion", "outside", "habit", "spread"],
)
def test_other_utilities_are_seen(case: Case) -> None:
    """Planted faults: the world's utilities are a little off the closed form's."""
    assert verdicts(case)[0] < FALSE_FAIL


@pytest.mark.parametrize(("fault", "right"), [(0.0, True), (0.15, False)], ids=["as it is", "planted fault"])
def test_prospects_choose_by_their_own_outside_option(fault: float, right: bool) -> None:
    """Conversion of 40,000 prospects' visits: false-fail 1e-6; catches 0.014, which an outside option off by 0.15 makes."""
    config = alike(
        {"prospect_rate": 400.0, "prospect_util": 1.5 + fault, "cycle_mean_days": 1000.0}, {"rival_count": 2},
        shoppers=1, days=DAYS, seed=SEED,
    )  # fmt: skip
    world, _ = trade(config, FlatDiscount(cut=0.05))
    books = world.books[config.population.shop_age_days :]
    strangers, bought = int(books[:, COLUMN["prospects"]].sum()), int(books[:, COLUMN["newcomers"]].sum())
    gain = price_value(float(np.log1p(-0.05)), 0.0, config.population.price_coef, 0.5, 1.4, 0.0)
    share = logit_shares([gain, 0.0, 0.0, 1.5])[0]
    assert (binomtest(bought, strangers, share).pvalue > FALSE_FAIL) == right
