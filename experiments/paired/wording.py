"""One plain sentence for a figure."""

import math

from experiments.paired.difference import Difference
from experiments.paired.equivalence import Verdict


def sentence(
    difference: Difference, policy: str, baseline: str, outcome: str, verb: str = "keeps", unit: str = "%"
) -> str:
    """What a difference says: "points keeps 1.2 % more contribution than none, between 0.3 and 2.1 %, 20 seeds".

    Args:
        difference: From `differences` or `simultaneous`.
        policy, baseline, outcome: Names as they should be read.
        verb: What the policy does to the outcome.
        unit: "%" for a share of the baseline mean (the absolute figure without a unit if there is none), "percentage
            points" for an outcome that is itself a share, or any unit of the outcome, such as "yuan".
    """
    seeds = f"{difference.seeds} {'seed' if difference.seeds == 1 else 'seeds'}"
    if difference.identical:
        return f"{policy} and {baseline} are identical in {outcome}, {seeds}"
    mean, low, high, unit = _figures(difference, unit)
    if low is None or high is None:
        return f"{policy} {verb} {_more(mean, unit, 2)} {outcome} than {baseline}, {seeds}: no interval from one seed"
    digits = decimals(high - low)
    level = "" if difference.level == 0.95 else f" ({100 * difference.level:g} % interval)"
    if low < 0.0 < high:
        between = f"between {_more(low, unit, digits)} and {_more(high, unit, digits)}{level}"
        apart = f"{policy} and {baseline} cannot be told apart in {outcome}"
        return f"{apart}: {_more(mean, unit, digits)}, {between}, {seeds}"
    near, far = sorted((abs(low), abs(high)))
    between = f"between {near:,.{digits}f} and {far:,.{digits}f}{_spaced(unit)}{level}"
    return f"{policy} {verb} {_more(mean, unit, digits)} {outcome} than {baseline}, {between}, {seeds}"


def verdict_sentence(verdict: Verdict, policy: str, asked: str) -> str:
    """What a verdict says: "points: pass, it loses at most 2 % of contribution (20 seeds, 95 % interval)".

    Args:
        verdict: From `non_inferiority` or `equivalence`.
        policy: Name.
        asked: The question as a clause after "it", such as "loses at most 2 % of contribution".
    """
    if verdict.answer == "pass":
        return f"{policy}: pass, it {asked} ({verdict.seeds} seeds, {100 * verdict.level:g} % interval)"
    if verdict.answer == "fail":
        return (
            f"{policy}: fail, it is not so that it {asked} ({verdict.seeds} seeds, {100 * verdict.level:g} % interval)"
        )
    more = "no number of seeds worth waiting for would" if verdict.more_seeds is None else _about(verdict.more_seeds)
    return f"{policy}: cannot tell yet whether it {asked} ({verdict.seeds} seeds); {more}"


def _about(seeds: int) -> str:
    return f"about {seeds} more {'seed' if seeds == 1 else 'seeds'} would"


def decimals(width: float) -> int:
    """Decimals, 0 to 6, at which an interval of that width shows two significant digits of it."""
    return min(max(1 - math.floor(math.log10(width)), 0), 6) if width > 0.0 else 2


def _figures(difference: Difference, unit: str) -> tuple[float, float | None, float | None, str]:
    """Mean, ends and unit, in the unit asked for or, if there is no share of the baseline mean, as they are."""
    share = difference.relative
    if unit == "%" and share is not None:
        mean, low, high = share.mean, share.low, share.high
    else:
        mean, low, high = difference.mean, difference.low, difference.high
        unit = "" if unit == "%" else unit
    factor = 100.0 if unit in ("%", "percentage points") else 1.0
    if low is None or high is None:
        return factor * mean, None, None, unit
    return factor * mean, factor * low, factor * high, unit


def _more(figure: float, unit: str, digits: int) -> str:
    return f"{abs(figure):,.{digits}f}{_spaced(unit)} {'less' if figure < 0.0 else 'more'}"


def _spaced(unit: str) -> str:
    return f" {unit}" if unit else ""
