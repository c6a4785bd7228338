"""The population presets under `none`, at their own 20,000 shoppers: the guard of the design, base rates, elasticity."""

from functools import cache
from typing import Any

import numpy as np
import pytest

from benchmarks.elasticity import TARGETS, elasticity, everyday
from benchmarks.shop import Shop, opened, satisfaction, second_orders, settings, top_fifth
from sim.loading import HOME
from sim.people import person
from sim.people.person import satisfaction_centre

PRESETS = sorted(path.stem for path in (HOME / "conf" / "population").glob("*.yaml") if path.stem != "orders")
RANGES = {"own_share": (0.1, 0.6), "conversion": (0.03, 0.08), "largest_cause": (0.0, 0.6), "contribution": (0.0, 1e12)}


@cache
def shop(name: str, *overrides: str) -> Shop:
    return opened(settings(f"population={name}", "days=365", *overrides))


@cache
def year(name: str, *overrides: str) -> tuple[dict[str, Any], Any]:
    traded = shop(name, *overrides).trade()
    return traded.summary(), traded.orders


def out_of_range(summary: dict[str, Any]) -> list[str]:
    """Figures of the guard that a summary misses."""
    causes = summary["causes"].values()
    found = summary | {"largest_cause": max(causes) / sum(causes)}
    return [n for n, (low, high) in RANGES.items() if found[n] is not None and not low < found[n] < high]


@pytest.mark.parametrize("name", PRESETS)
def test_guard(name: str) -> None:
    """No cause over 60 %, own share 0.1-0.6, prospects convert at 3-8 %, the shop earns money.

    Error rates: over seeds, shares and contribution lie at least 5 standard deviations (of a share under 0.006) inside the
    bounds in every preset, so a right one fails once in a million seeds. A share off by 0.03 beyond its bound is seen.
    """
    assert out_of_range(year(name)[0]) == []


SMALL = ["shoppers=4000", "population.prospect_rate=73", "service.agents.ordinary=10"]  # in proportion
FAULTS = {
    "own_share": ["population.shop_taste_mean=-2.0"],
    "largest_cause": [
        "population.price_coef=0.1",
        "population.exit_beta=[0.1,50]",
        "population.outside_util=-3",
        "population.recall_floor=1",
    ],
    "conversion": ["population.prospect_util=2.0"],
    "contribution": ["population.gross_margin=0.1"],
}


@pytest.mark.parametrize("figure", FAULTS)
def test_a_planted_fault_breaks_the_guard(figure: str) -> None:
    """A shop little liked, one where only taste is left, one that sells to every tenth visitor, one without margin."""
    assert figure in out_of_range(year("general", *SMALL, *FAULTS[figure])[0])


def off_centre(shop: Shop) -> bool:
    return bool(abs(satisfaction(shop.world).mean()) > 0.05)


@pytest.mark.parametrize("name", PRESETS)
def test_satisfaction_is_centred_on_zero(name: str) -> None:
    """After the history, those who have not left are satisfied by 0 on average, within 0.05 (its unit is one sd).

    Error rates: over seeds the mean has a standard deviation of 0.003 (0.005 for food) and all presets lie within 0.007, so
    a right one fails less than once in 10^11 seeds. A centre off by 0.15 is seen, as customers have few orders behind them.
    """
    assert not off_centre(shop(name))


def test_a_wrong_centre_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fault: a centre that counts a bad surprise once, not twice."""
    monkeypatch.setattr(person, "satisfaction_centre", lambda p: satisfaction_centre(p) / p.neg_asymmetry)
    assert off_centre(opened(settings("days=1")))


def repeats(orders: Any, days: int) -> list[bool]:
    """Whether the base rates of a general shop lie where those of real shops do."""
    low, high = (0.17, 0.29, 0.46), (0.35, 0.54, 0.68)
    shares = second_orders(orders, days - 365)
    inside = [a <= share <= b for share, a, b in zip(shares, low, high, strict=True)]
    return [*inside, 0.65 <= top_fifth(orders) <= 0.77]


def base_rates(*overrides: str) -> list[bool]:
    return repeats(opened(settings("days=730", *overrides)).trade().orders, 730)


def test_base_rates_of_the_general_shop() -> None:
    """Second order within 30 / 90 / 365 days 17-35 / 29-54 / 46-68 %, top fifth of buyers 65-77 % of sales.

    Error rates: over 7,000 newcomers a share has a standard error of 0.006, the top fifth's one of 0.004; the general shop
    keeps at least 5 from the bounds, so it fails once in a million seeds. Shares off by 0.12 are seen.
    """
    assert base_rates() == [True] * 4


def test_other_base_rates_are_seen() -> None:
    """The planted fault: everybody is in need twice as seldom and leaves more often."""
    assert base_rates(*SMALL, "population.cycle_mean_days=70", "population.exit_beta=[1,6]") != [True] * 4


def misses(name: str, *overrides: str) -> bool:
    """Whether one seed's elasticity is more than 15 % (and 0.4 for the general shop) from the target."""
    twins = everyday(settings(f"population={name}", "days=365", *overrides), 0.05)
    return bool(abs(elasticity(twins, 0.05)[0, 0] / TARGETS[name] - 1) > 0.4 / 2.6)


def test_elasticity_of_the_general_shop() -> None:
    """-2.6 within 0.4, one seed.

    Error rates: the standard deviation over seeds is 0.06, so a right coefficient fails once in 10^10 seeds; one off by a
    third is seen always.
    """
    assert not misses("general")
    assert misses("general", "population.price_coef=4.9")


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PRESETS if name != "general"])
def test_elasticity_of_the_others(name: str) -> None:
    """The targets of the categories within 15 %, one seed; error rates as for the general shop."""
    assert not misses(name)


def cohort(name: str) -> list[float]:
    """Second orders of the customers of day 0, who all came by choice of nobody: a cohort."""
    opened_ = shop(name)
    orders = np.concatenate([opened_.past, year(name)[1]])
    return second_orders(orders[orders["shopper"] < opened_.world.shoppers], 0.0)


def test_cdnow_orders_as_the_log_does() -> None:
    """Second order within 30 / 90 / 365 days of the first: 17 / 29 / 46 % in the log of 23,570 buyers.

    Error rates: each share of 20,000 has a standard error of 0.0035; the preset lies within 0.015, the bound is 0.04.
    """
    assert np.abs(np.array(cohort("cdnow")) - [0.17, 0.29, 0.46]).max() < 0.04
    assert np.abs(np.array(cohort("food")) - [0.17, 0.29, 0.46]).max() > 0.04
