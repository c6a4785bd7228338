"""A past price test or coupon campaign as evidence: what its lift says of the price coefficient, which orders cannot tell.

Each value of the coefficient is played in twin worlds that share all luck, with the test's price cut in one of them; draws
of the prior are weighted by how likely they make the lift that was observed.

Source:
    Importance weights on simulated outcomes: Rubin (1988), Bayesian Statistics 3. The prior's spread is assumed.
"""

import csv
import math
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.errors import RegularsError
from sim.orders.log import F64

PRIOR, PRIOR_LOG_SD = 3.65, 0.5  # of price_coef: conf/population/orders.yaml; the spread is assumed
_GRID, _SHOPPERS, _SEEDS, _DRAWS = 7, 2_500, 2, 4_000
_KEYS = {"kind", "start", "end", "share", "cut", "reach", "lift", "low", "high", "level"}
_NEEDED = ("kind", "start", "end", "cut", "lift", "low", "high")
_RANGES = {"share": (0.0, 1.0), "cut": (0.0, 0.9), "reach": (0.0, 1.0), "level": (0.5, 0.999)}
_LONGEST = 365  # days


@dataclass(frozen=True)
class Evidence:
    """One test.

    Attributes:
        kind: "price" (the cut is on the tag) or "campaign" (a coupon, seen by a share `reach` of the group).
        start, end: First and last day.
        share: Of customers in the group, in (0, 1]; told, the lift is that within the group.
        cut: Share of the price, in (0, 0.9].
        reach: Share of the group that saw it, in (0, 1].
        lift: Orders of the group over those of a control group, less 1; sd: its standard error.
    """

    kind: str
    start: date
    end: date
    share: float
    cut: float
    reach: float
    lift: float
    sd: float

    @property
    def days(self) -> int:
        """Length of the test."""
        return (self.end - self.start).days + 1


@dataclass(frozen=True)
class Weighed:
    """The price coefficient before and after: draws as likely as the evidence leaves them, and lines for the page."""

    coef: float
    draws: F64
    said: tuple[str, ...]


def read_evidence(path: str | Path) -> list[Evidence]:
    """Tests from a YAML list or a CSV with a header row: kind, start, end, cut, lift, low, high; share, reach, level.

    Raises:
        RegularsError: The file or a row is not as it should be.
    """
    file = Path(path)
    if not file.is_file():
        raise RegularsError(f"evidence: no file {file}; give a YAML list or a CSV of tests")
    try:
        if file.suffix.lower() == ".csv":
            with file.open(encoding="utf-8-sig", newline="") as stream:
                rows: Any = [{k: v for k, v in row.items() if v not in ("", None)} for row in csv.DictReader(stream)]
        else:
            import yaml

            rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise RegularsError(f"evidence: {file}: is no text: {error}") from None
    except Exception as error:  # of the YAML reader
        raise RegularsError(f"evidence: {file}: {' '.join(str(error).split())}") from None
    if isinstance(rows, Mapping):
        rows = [rows]
    if not isinstance(rows, list) or not rows:
        raise RegularsError(f"evidence: {file} holds no test; give a list with {', '.join(_NEEDED)}")
    return [_row(f"evidence: {file.name}, test {at}", row) for at, row in enumerate(rows, 1)]


def _row(where: str, row: Any) -> Evidence:
    """A test, checked."""
    if not isinstance(row, Mapping):
        raise RegularsError(f"{where}: '{row}' was given; expected keys {', '.join(_NEEDED)}")
    row = {str(key).strip(): value for key, value in row.items()}
    for key in row.keys() - _KEYS:
        raise RegularsError(f"{where}: '{key}' is no key; allowed: {', '.join(sorted(_KEYS))}")
    for key in _NEEDED:
        if row.get(key) is None:
            raise RegularsError(f"{where}: {key} is missing; needed: {', '.join(_NEEDED)}")
    if row["kind"] not in ("price", "campaign"):
        raise RegularsError(f"{where}: kind: '{row['kind']}' was given; allowed: price, campaign")
    number = {key: _number(where, key, row.get(key, 1.0)) for key in ("share", "cut", "reach", "lift", "low", "high")}
    number["level"] = _number(where, "level", row.get("level", 0.95))
    start, end = (_day(where, key, row[key]) for key in ("start", "end"))
    if not 0 <= (end - start).days < _LONGEST:
        raise RegularsError(f"{where}: from {start} to {end} was given; expected 1 to {_LONGEST} days")
    if (
        not number["low"] < number["high"]
        or not number["low"] <= number["lift"] <= number["high"]
        or number["lift"] <= -1
    ):
        raise RegularsError(f"{where}: lift {number['lift']:g} in [{number['low']:g}, {number['high']:g}] was given; "
                            "expected low <= lift <= high, low < high, lift above -1")  # fmt: skip
    from scipy.special import ndtri

    sd = (number["high"] - number["low"]) / (2 * float(ndtri(0.5 + number["level"] / 2)))
    return Evidence(row["kind"], start, end, number["share"], number["cut"], number["reach"], number["lift"], sd)


def _number(where: str, key: str, value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise RegularsError(f"{where}: {key}: '{value}' was given; expected a number") from None
    low, high = _RANGES.get(key, (-math.inf, math.inf))
    if not math.isfinite(found) or (key in _RANGES and not low < found <= high):
        raise RegularsError(f"{where}: {key}: {found:g} was given; expected a number above {low:g}, at most {high:g}")
    return found


def _day(where: str, key: str, value: Any) -> date:
    try:
        return value if type(value) is date else date.fromisoformat(str(value).strip())
    except ValueError:
        raise RegularsError(f"{where}: {key}: '{value}' was given; expected YYYY-MM-DD") from None


def weighed(tests: list[Evidence], keys_at: Callable[[float], dict[str, Any]], number: int, seed: int) -> Weighed:
    """The price coefficient given the tests.

    Args:
        tests: At least one.
        keys_at: Keys of the population by price coefficient.
        number: Of draws, shape of the answer.
        seed: Of the draws.
    """
    grid = np.log(PRIOR) + PRIOR_LOG_SD * np.linspace(-2.2, 2.2, _GRID)
    shown = np.array([[played(test, keys_at(float(np.exp(at)))) for test in tests] for at in grid])
    chance = np.random.default_rng(seed)
    prior = np.log(PRIOR) + PRIOR_LOG_SD * chance.normal(size=_DRAWS)
    ln_weight = np.zeros(_DRAWS)
    for at, test in enumerate(tests):
        curve = np.polyfit(grid, shown[:, at], 2)
        luck = float(np.sqrt(((shown[:, at] - np.polyval(curve, grid)) ** 2).sum() / (_GRID - 3)))
        inside = np.clip(prior, grid[0], grid[-1])
        ln_weight -= 0.5 * (np.polyval(curve, inside) - test.lift) ** 2 / (test.sd**2 + luck**2)
    weight = np.exp(ln_weight - ln_weight.max())
    weight /= weight.sum()
    drawn = np.exp(chance.choice(prior, number, p=weight))
    mean = float(np.exp(weight @ prior))
    effective = float(1 / (weight @ weight))
    return Weighed(mean, drawn, tuple(_said(tests, prior, weight, shown, mean, effective, float(-2 * ln_weight.max()))))


def _said(
    tests: list[Evidence], prior: F64, weight: F64, shown: F64, mean: float, effective: float, miss: float
) -> list[str]:
    """Prior and posterior in words."""
    order = np.argsort(prior)
    reached = np.cumsum(weight[order])
    low, high = (
        float(np.exp(prior[order][min(int(np.searchsorted(reached, q)), len(prior) - 1)])) for q in (0.05, 0.95)
    )
    before = [float(np.exp(np.log(PRIOR) + z * PRIOR_LOG_SD)) for z in (-1.645, 1.645)]
    lines = [
        f"{test.kind} test of {test.days} days from {test.start}, {100 * test.cut:.0f} % off for {100 * test.share:.0f} % of customers: "
        f"lift {100 * test.lift:+.1f} % (standard error {100 * test.sd:.1f} pp); the world shows {100 * shown[0, at]:+.1f} % to "
        f"{100 * shown[-1, at]:+.1f} % over the prior's range"
        for at, test in enumerate(tests)
    ]
    lines.append(
        f"price_coef: prior {PRIOR:.2f} ({before[0]:.2f} to {before[1]:.2f}, assumed), posterior {mean:.2f} ({low:.2f} to {high:.2f})"
    )
    if miss > 4 * len(tests) or effective < 0.01 * len(prior):
        lines.append(
            "no value of the prior makes this lift likely: the test measured something else, or the prior is too narrow"
        )
    lines.append("message opening, warmth and leaving by contact are not fitted to evidence: they stay assumed")
    return lines


def played(test: Evidence, keys: dict[str, Any]) -> float:
    """Lift of the test in twin worlds: orders of the customers of day 0 with the cut over those without, less 1."""
    counts = np.sum([_twins(test, keys, seed) for seed in range(_SEEDS)], axis=0)
    return float(test.reach * (counts[1] / max(counts[0], 1) - 1))


def _twins(test: Evidence, keys: dict[str, Any], seed: int) -> list[int]:
    """Orders without and with the cut. Nobody asks for more: the price is on the tag."""
    from sim.calendar import make_calendar
    from sim.config import Config, Population
    from sim.house import Quiet
    from sim.part import open_books
    from sim.world import World

    people = Population(**keys | {"entitlement": 0.0, "prospect_rate": 0.0})
    config = Config(population=people, shoppers=_SHOPPERS, days=test.days, seed=seed, start=test.start)
    calendar = make_calendar(people, config.events, test.start, -people.shop_age_days, config.days + 1)
    world = World(config, Quiet(), calendar, lambda rows: None)
    world.found()
    world.run(0)
    world.take_orders = None
    open_books(world)  # from here on the customers of day 0 are told from newcomers
    found = []
    for cut in (0.0, test.cut):
        twin = deepcopy(world)
        rows: list[Any] = []
        twin.take_orders = rows.append
        sale = twin.calendar.sale.copy()
        sale[-twin.origin :] = np.maximum(sale[-twin.origin :], cut)
        twin.calendar = replace(twin.calendar, sale=sale)
        twin.run(config.days)
        found.append(int(np.count_nonzero(np.concatenate(rows)["segment"] > 0)) if rows else 0)
    return found
