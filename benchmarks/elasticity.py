"""Own-price elasticity of shop orders in the full model, and the `price_coef` at which it meets a preset's target.

    python -m benchmarks.elasticity [population=food] [seeds=5] [change=0.05] [any override of python -m sim]
    python -m benchmarks.elasticity solve=true population=food [target=-2.2]

Twin worlds share a past and all luck. From day 0 on the shop's own price is a share `change` lower in one and higher in
the other; the elasticity is ln(orders higher / orders lower) / ln(price higher / price lower) over `days` (365) for
customers of day 0 and newcomers together. Three ways to move a relative price, of which the first is the definition:

- `everyday`: in x = ln(felt price / everyday delivered price) the felt price of the goods moves by `change` (postage
  stays), the everyday price being that of before. The reference adapts as the mind says: a cut comes to be expected, a
  rise stays a loss, rivals weigh as ever. Nobody asks (`entitlement` 0): a price on the tag is no favour to ask more of.
- `rivals`: all rivals' prices move the other way instead. Not buying at all keeps its worth, so prospects, who mostly
  choose between this shop and nothing, hardly notice; and the references of rivals move at once.
- `discount`: the cut only, as a standing concession. Those who got it ask for more and are refused.
"""

import sys
from typing import Any

import numpy as np

from benchmarks.shop import settings
from experiments.facts.live import WAYS, calm, elasticity, everyday, opened
from sim.config import Config
from sim.errors import RegularsError, unknown, wrong

__all__ = ["elasticity", "everyday"]
# parameters of the category presets: price elasticities of Bijmolt, van Heerde & Pieters (2005) and assumptions around
TARGETS = {
    "general": -2.6,
    "womens_wear": -3.0,
    "cosmetics": -2.5,
    "mother_and_baby": -3.5,
    "electronics": -5.0,
    "food": -2.2,
    "appliances": -4.0,
    "cdnow": -2.6,
    "orders": -2.6,
}
OWN = {"seeds": 5, "change": 0.05, "solve": False, "target": None}  # arguments that are not settings of a run
LEAST, MOST = 0.2, 20.0  # of price_coef
TENTHS = 10
CLOSE = 0.01  # of the target


def measured(config: Config, way: str, seeds: int, change: float) -> Any:
    """Elasticities by seed, shape (seeds, 3, 3)."""
    runs = [config.model_copy(update={"seed": config.seed + k}) for k in range(seeds)]
    return np.array([elasticity(WAYS[way](run, change), change) for run in runs])


def by_sensitivity(config: Config, change: float) -> Any:
    """Elasticity of the orders of customers of day 0, by tenths of `price_coef` (latent), way `everyday`; shape (10,)."""
    shop = opened(calm(config))
    sensitive = shop.world.people.rows["price_coef"].copy()
    tenth = np.argsort(np.argsort(sensitive)) * TENTHS // len(sensitive)
    dear, cheap = (shop.trade(price=move).orders["row"] for move in (change, -change))
    found = [np.bincount(tenth[rows[rows < len(tenth)]], minlength=TENTHS) for rows in (dear, cheap)]
    return np.log(found[0] / found[1]) / np.log((1 + change) / (1 - change))


def elasticity_of(population: str) -> str:
    """The elasticity of a preset as `main` prints it: mean and 95 % interval over the usual seeds."""
    config = settings(f"population={population}", "days=365")
    return shown(measured(config, "everyday", OWN["seeds"], OWN["change"])[:, 0, 0])


def shown(sample: Any) -> str:
    """Mean and 95 % interval (Student) over seeds."""
    from scipy.stats import t

    if not np.isfinite(sample).all():
        return "-"
    half = t.ppf(0.975, len(sample) - 1) * sample.std(ddof=1) / np.sqrt(len(sample)) if len(sample) > 1 else np.nan
    return f"{sample.mean():.2f} ± {half:.2f}"


def solved(config: Config, target: float, seeds: int, change: float) -> float:
    """The `price_coef` at which the mean elasticity over the seeds meets `target`: secant, each step printed."""

    def gap(coef: float) -> float:
        population = config.population.model_copy(update={"price_coef": coef})
        sample = measured(config.model_copy(update={"population": population}), "everyday", seeds, change)[:, 0, 0]
        print(f"price_coef {coef:.3f}: elasticity {shown(sample)}", flush=True)
        return float(sample.mean()) - target

    one = min(max(config.population.price_coef, LEAST), MOST)
    at_one = gap(one)
    two = one * target / (target + at_one)
    for _ in range(8):
        if abs(at_one) < CLOSE:
            return one
        two = min(max(two, LEAST), MOST)
        at_two = gap(two)
        if at_two == at_one:
            break
        one, two, at_one = two, two - at_two * (two - one) / (at_two - at_one), at_two
    raise RegularsError(f"price_coef: no value in [{LEAST:g}, {MOST:g}] was found that meets the target {target:g}")


def read(arguments: list[str]) -> tuple[dict[str, Any], list[str]]:
    """Own arguments with their values, and the overrides of the run."""
    own, rest = dict(OWN), []
    for item in arguments:
        name, sign, value = item.partition("=")
        if not sign:
            raise RegularsError(f"'{item}' was given; allowed: key=value")
        if name not in own:
            rest.append(item)
        elif name == "solve":
            if value not in ("true", "false"):
                raise wrong("solve", value, "true or false")
            own[name] = value == "true"
        else:
            own[name] = _number(name, value)
    return own, rest


def _number(name: str, value: str) -> float | int:
    kind, low, high, allowed = {
        "seeds": (int, 1, 1000, "a whole number from 1 to 1000"),
        "change": (float, 1e-3, 0.5, "a share of the price from 0.001 to 0.5"),
        "target": (float, -20.0, -0.1, "a number from -20 to -0.1"),
    }[name]
    try:
        number = kind(value)
    except ValueError:
        raise wrong(name, value, allowed) from None
    if not low <= number <= high:
        raise wrong(name, value, allowed)
    return number


def main(arguments: list[str]) -> None:
    """Measures, or solves and prints the line for the preset's file."""
    own, overrides = read(arguments)
    config = settings(*overrides) if any(i.startswith("days=") for i in overrides) else settings(*overrides, "days=365")
    name, seeds, change = config.population.name, own["seeds"], own["change"]
    if own["solve"]:
        target = own["target"] or TARGETS.get(name)
        if target is None:
            raise unknown("target", "population with a target elasticity named", name, TARGETS)
        coef = solved(config, target, seeds, change)
        print(f"price_coef: {coef:.2f}  # solved for an own-price elasticity of {target:g}")
        return
    print(
        f"own-price elasticity of orders, {name}, price_coef {config.population.price_coef:g}, "
        f"{config.shoppers or 'all'} shoppers, {config.days} days, {seeds} seeds, mean ± 95 %"
    )
    print(
        f"\n| way | all orders | customers of day 0 | newcomers | all, {-change:.0%} only | all, {change:+.0%} only |"
    )
    print("|---|---|---|---|---|---|")
    for way in WAYS:
        e = measured(config, way, seeds, change)
        cells = [e[:, 0, 0], e[:, 1, 0], e[:, 2, 0], e[:, 0, 1], e[:, 0, 2]]
        print(f"| {way} | " + " | ".join(shown(cell) for cell in cells) + " |", flush=True)
    tenths = np.mean(
        [by_sensitivity(config.model_copy(update={"seed": config.seed + k}), change) for k in range(seeds)], axis=0
    )
    print(f"\neveryday, customers of day 0 by tenths of price_coef: {', '.join(f'{one:.2f}' for one in tenths)}; "
          f"standard deviation over them {tenths.std():.2f}")  # fmt: skip


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except RegularsError as error:
        sys.exit(str(error))
