"""Every figure of a comparison, as plain JSON values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.compare import Compare
from experiments.sweep import Machine, Progress
from experiments.twins import campaigns, curves, extras, findings, reasons
from experiments.twins.arms import Arm
from experiments.twins.gather import Runs, subsidies
from experiments.twins.pictures import draw_all
from experiments.twins.words import GROUPS

TOLD = ("contribution", "retention_180", "orders", "revenue", "lifetime_value", "programme_cost")
DEFINITIONS = {
    "best": "chance that an arm's mean over seeds is the best of all (posterior of the paired differences, flat prior), and the "
    "expected loss against the best if it is taken",
    "margin_floor": "non-inferiority in contribution: pass if the whole interval of the arm less (1 + margin_floor) x baseline is "
    "above 0, fail if it is below",
    "alike": "equivalence (two one-sided tests): pass if the interval of the difference lies within same_within x the baseline's "
    "mean, fail if it lies outside",
    "all_at_once": "interval that holds for all arms of an outcome at once (max-t over seeds)",
    "variance_ratio": "variance of a difference between worlds of their own luck over that of twins; independent_seeds: seeds that "
    "each arm would have needed with luck of its own for an interval as narrow",
}


def compared(
    asked: Compare, runs: Runs, baseline: int, machine: Machine, given: Mapping[str, Any], folder: Path | None
) -> dict[str, Any]:
    """Every figure of a comparison.

    Args:
        asked, runs, baseline, machine: What is compared, and where the twins are held together.
        given: Figures that are known: `options`, `runs`, `how_many_seeds`.
        folder: In which `figures/` is made and filled; None for no pictures.
    """
    found: dict[str, Any] = dict(given)

    def meanwhile() -> None:
        found.update(_statistics(asked, runs, baseline))
        if folder is not None:
            draw_all(found, folder / "figures")

    with Progress("twins", len(runs.seeds)) as bar:
        paid = subsidies(runs, baseline, machine, bar.step, meanwhile)
    found["campaigns"] = campaigns.campaigns(runs, machine, asked.level)
    return found | {"rewards": reasons.rewards(runs, baseline, paid, asked.level)}


def _statistics(asked: Compare, runs: Runs, baseline: int) -> dict[str, Any]:
    """All that the measures of the runs tell, without holding order against order."""
    level, arms = asked.level, runs.arms
    return {
        "arms": [arm.name for arm in arms],
        "factors": {arm.name: dict(arm.factors) for arm in arms},
        "baseline": arms[baseline].name,
        "seeds": list(runs.seeds),
        "left_out": runs.left_out(),
        "world": world_of(arms),
        "interval": f"{100 * level:g} % t interval of the mean of paired differences; seeds are the unit of replication",
        "assumptions": assumptions(asked, runs),
        "definitions": DEFINITIONS | reasons.DEFINITIONS | curves.DEFINITIONS | campaigns.DEFINITIONS,
        "outcomes": findings.outcomes(runs, baseline, level),
        "best": {name: findings.best(runs, name) for name in {asked.outcome, "contribution", "retention_180"}},
        "margin_floor": findings.floors(runs, baseline, asked.margin_floor, level),
        "alike": findings.alike(runs, baseline, asked.outcome, asked.same_within, level),
        "sentences": findings.sentences(runs, baseline, level, dict.fromkeys([asked.outcome, *TOLD])),
        "bridge": reasons.bridges(runs, baseline, level),
        "lift": reasons.lifts(runs, baseline, level),
        "curves": curves.curves(runs, baseline, level),
        "sweep": extras.factors(runs, baseline, asked.outcome, level),
        "disjoint_seeds": extras.disjoint(runs, baseline, level) if asked.survival == "cox" else None,
        "shopper": extras.lives(runs, asked.shopper),
    }


def world_of(arms: Sequence[Arm]) -> dict[str, Any]:
    """What all arms have in common, shortly."""
    first = arms[0].config
    shown = {name: first.get(name) for name in ("shoppers", "days", "start", "run_off_days")}
    names = {name: (first.get(name) or {}).get("name") for name in GROUPS}
    alike = {name for name in (*shown, *names) if all(arm.config.get(name) == first.get(name) for arm in arms)}
    return {name: value for name, value in {**shown, **names}.items() if name in alike}


def assumptions(asked: Compare, runs: Runs) -> list[str]:
    """What a reader must know before believing a figure."""
    said = [
        "synthetic shoppers: traits and sizes are those of the population's file, with their sources and confidence"
    ]
    configs = [arm.config for arm in runs.arms]
    if any(config.get("population", {}).get("from_orders") for config in configs):
        said.append(
            "population=orders: the customers are those of the log, so intervals cover luck, not other customers"
        )
    said.append(_budgets(asked, runs))
    keys = dict.fromkeys(key for arm in runs.arms for key in arm.factors if key.partition(".")[0] in arm.config)
    if worlds := [key for key in keys if key != "policy"]:
        said.append(
            f"the arms' worlds differ too ({', '.join(worlds)}): a difference to the baseline may be that of the worlds"
        )
    said.append("individual outcomes are of customers known at day 0; purchase cycles are those before day 0")
    if any(config.get("service", {}).get("desk", True) for config in configs):
        said.append("customers of a seed share its desk, so that seeds, not customers, are independent")
    if left := runs.left_out():
        names = "; ".join(f"{arm} failed at seed {', '.join(map(str, seeds))}" for arm, seeds in left.items())
        said.append(
            f"seeds at which a run failed are left out for all arms, which may favour the arm that fails: {names}"
        )
    return said


def _budgets(asked: Compare, runs: Runs) -> str:
    """Whether the arms spend alike, with the range of what they spend."""
    costs = [float(row.mean()) for row in runs.values("programme_cost") if row.mean() > 0]
    if asked.budget == "equal":
        scales = "; ".join(
            f"{arm.name} x {arm.factors['budget_scale']:.3g}" for arm in runs.arms if "budget_scale" in arm.factors
        )
        return f"budgets are equal: levers were scaled to one programme cost ({scales or 'no lever had to move'})"
    if not costs:
        return "no arm has a programme that costs anything"
    return f"budgets are not equal, each arm spends what its levers give ({min(costs):,.0f} to {max(costs):,.0f} yuan a run): a ranking at one budget may differ"
