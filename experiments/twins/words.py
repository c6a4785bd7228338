"""How figures of a comparison are said: labels, numbers, and the first sentence."""

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.paired.wording import decimals

Figures = Mapping[str, Any]
LABELS = {
    "retention_90": "retention at 90 days",
    "retention_180": "retention at 180 days",
    "retention_365": "retention at 365 days",
    "lapsed_1_5_cycles": "share lapsed by 1.5 cycles",
    "lapsed_2_cycles": "share lapsed by 2 cycles",
    "lapsed_one_year": "share lapsed by the one-year rule",
    "contribution_run_off": "contribution with run-off",
    "programme_cost_per_retained": "programme cost per retained customer",
}
GROUPS = ("population", "catalogue", "market", "service", "events")
SURE = 0.95  # chance of being the best from which on it is said without an if
WIDEST = 1.0  # relative interval, as a share of the baseline mean, beyond which a difference is told in its own unit


def label(name: str) -> str:
    """The name of an outcome as it is read."""
    return LABELS.get(name, name.replace("_", " "))


def plural(number: int, word: str) -> str:
    """`1 seed`, `2 seeds`."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def is_narrow(relative: Figures | None) -> bool:
    """Whether a difference can be told as a share of the baseline mean: there is one, and its interval is not absurdly wide."""
    if relative is None:
        return False
    return relative["low"] is None or relative["high"] - relative["low"] <= WIDEST


def amount(value: float, unit: str) -> str:
    """A mean, without its unit."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    digits = 0 if abs(value) >= 1000 or value == 0 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def change(minus: Figures, unit: str) -> str:
    """A difference and its interval: percentage points for shares, per cent of the baseline mean where that is narrow."""
    if minus["identical"]:
        return "identical"
    middle, interval, sign = change_parts(minus, unit)
    return f"{middle}{sign}{interval and f' [{interval}]'}"


def change_parts(minus: Figures, unit: str) -> tuple[str, str, str]:
    """Mean, interval ("" from one seed) and unit (" %", " pp" or "") of a difference."""
    share = unit == "share"
    relative = not share and is_narrow(minus["relative"])
    shown = minus["relative"] if relative else minus
    factor, sign = (100, " pp") if share else (100, " %") if relative else (1, "")
    mean = factor * shown["mean"]
    if shown["low"] is None:
        return f"{mean:+,.{2 if abs(mean) < 1000 else 0}f}", "", sign
    low, high = factor * shown["low"], factor * shown["high"]
    digits = decimals(high - low)
    return f"{mean:+,.{digits}f}", f"{low:+,.{digits}f}, {high:+,.{digits}f}", sign


def interval(told: Figures) -> str:
    """A mean in yuan with its interval."""
    ends = "" if told["low"] is None else f" [{told['low']:+,.0f}, {told['high']:+,.0f}]"
    return "0" if told["mean"] == told["low"] == told["high"] == 0 else f"{told['mean']:+,.0f}{ends}"


def headline(found: Figures) -> str:
    """The first sentence: what was found, how sure, and under which assumptions."""
    return f"{_finding(found)}; {_world(found)}."


def _finding(found: Figures) -> str:
    outcome, base = found["options"]["outcome"], found["baseline"]
    told = {arm: lines[outcome] for arm, lines in found["sentences"].items() if outcome in lines}
    chances = found["best"].get(outcome)
    if not told:
        return f"No {label(outcome)} can be compared ({found['outcomes'][outcome]['reason']})"
    if all(found["outcomes"][outcome]["arms"][arm]["difference"]["identical"] for arm in told):
        return f"{listed(found['arms'])} are identical in {label(outcome)} at {_seeds(found)}"
    if chances is None:
        return f"One seed makes nothing sure: {' and '.join(told.values())}"
    best = max(chances, key=lambda arm: chances[arm]["chance_of_best"])
    chance = chances[best]["chance_of_best"]
    rival = max((arm for arm in told if arm != best), key=lambda arm: chances[arm]["chance_of_best"], default=best)
    said = told[rival] if best == base else told[best]
    if best != base:
        said = said.replace(f"{best} ", "it ", 1) if not said.startswith(f"{best} and") else said
    if chance < SURE:
        return f"No policy is surely the best in {label(outcome)} ({best} is with a chance of {100 * chance:.0f} %): {said}"
    return f"{best} is the best of {len(found['arms'])} in {label(outcome)} (chance {_percent(chance)}): {said}"


def _percent(chance: float) -> str:
    return "above 99.9 %" if chance > 0.999 else f"{100 * chance:.{1 if chance > 0.99 else 0}f} %"


def _seeds(found: Figures) -> str:
    return plural(len(found["seeds"]), "seed")


def _world(found: Figures) -> str:
    """The assumptions in a clause: whose shoppers, how many, how long, and whether budgets are alike."""
    world, options = found["world"], found["options"]
    parts = []
    if world.get("shoppers"):
        parts.append(f"{world['shoppers']:,} customers at day 0")
    elif world.get("population") == "orders":
        parts.append("the customers of the log")
    if world.get("days"):
        parts.append(f"{world['days']:,} days")
    groups: dict[str, list[str]] = {}
    for name in GROUPS:
        if world.get(name) not in (None, "none"):
            groups.setdefault(world[name], []).append(name)
    parts += [f"{listed(names)} {preset}" for preset, names in groups.items()]
    parts.append("budgets equal" if options["budget"] == "equal" else "budgets as they are")
    return f"synthetic shoppers, {', '.join(parts)}"
