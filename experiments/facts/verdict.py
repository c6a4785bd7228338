"""From figures of seeds to a verdict: where the interval over seeds lies against tolerance and neutral point."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.evidence.claim import Figures
from experiments.evidence.gather import Seen
from experiments.evidence.verdict import interval
from experiments.facts.fact import Fact, Part

INSIDE, SIGN, OUTSIDE, UNKNOWN = "inside", "right sign only", "outside", "cannot be measured"
BUILT = "by construction - not counted"
WORST = (OUTSIDE, UNKNOWN, SIGN, INSIDE)  # a row is as good as the worst of its parts


def within(told: Mapping[str, float], part: Part) -> bool:
    """Whether the whole interval lies in the tolerance."""
    return (part.low is None or told["low"] >= part.low) and (part.high is None or told["high"] <= part.high)


def beyond(told: Mapping[str, float], part: Part) -> bool:
    """Whether the whole interval lies outside the tolerance, on one side of it."""
    return (part.low is not None and told["high"] < part.low) or (part.high is not None and told["low"] > part.high)


def placed(told: Mapping[str, Any] | None, part: Part) -> str:
    """The verdict on one figure.

    Args:
        told: `mean`, `low` and `high` of the figure over seeds; None if some seed has none.
        part: Its tolerance. With a direction, an interval surely on the right side of `neutral` that is not wholly in
            the tolerance has the right sign only; without one it must lie wholly inside or wholly outside.
    """
    if told is None or told["low"] is None or told["high"] is None:
        return UNKNOWN
    if part.neutral is None:
        return INSIDE if within(told, part) else OUTSIDE if beyond(told, part) else UNKNOWN
    right = told["low"] > part.neutral if part.upward else told["high"] < part.neutral
    wrong = told["high"] <= part.neutral if part.upward else told["low"] >= part.neutral
    if wrong:
        return OUTSIDE
    if not right:
        return OUTSIDE if beyond(told, part) else UNKNOWN  # an effect of that size is ruled out, or nothing is known
    return INSIDE if within(told, part) else SIGN


def judged(fact: Fact, seen: Seen | None, level: float) -> dict[str, Any]:
    """The row of a fact in `scorecard.json`; `seen` is None if it was not asked for or cannot be measured."""
    row: dict[str, Any] = {
        "fact": fact.text, "source": fact.source, "measure": fact.measure, "days": fact.days,
        "tolerance": None, "figure": None, "low": None, "high": None, "seeds": 0, "verdict": UNKNOWN, "counts": False,
        "because": fact.missing or "not asked for (only)", "parts": {}, "others": {}, "by_seed": {}, "runs": [],
    }  # fmt: skip
    if fact.parts:
        first = next(iter(fact.parts.values()))
        row["tolerance"] = [first.low, first.high]
    if fact.construction is not None:
        row |= {"verdict": BUILT, "because": fact.construction}
    if seen is None:
        return row
    if seen.error is not None or not seen.figures:
        because = seen.error or "no seed gave a figure"
        return row | {"because": because, "verdict": UNKNOWN if fact.construction is None else BUILT}
    row |= {"seeds": len(seen.figures), "runs": seen.keys}
    row["parts"] = {name: _part(part, seen.figures, name, level) for name, part in fact.parts.items()}
    row["by_seed"] = {name: [one.get(name) for one in seen.figures] for name in fact.parts}
    names = [name for name in seen.figures[0] if name not in fact.parts]
    row["others"] = {name: interval(seen.figures, name, level) for name in names}
    main = next(iter(row["parts"].values()))
    row |= {"figure": main["figure"], "low": main["low"], "high": main["high"]}
    verdict = worst([part["verdict"] for part in row["parts"].values()])
    because = _because(verdict, row["parts"], len(seen.figures))
    if fact.construction is not None:
        return row | {"because": f"{fact.construction}; measured: {verdict} ({because})"}
    return row | {"verdict": verdict, "because": because, "counts": verdict != UNKNOWN}


def worst(verdicts: Sequence[str]) -> str:
    """The worst of several verdicts: outside, then what cannot be told, then the right sign only."""
    return min(verdicts, key=WORST.index)


def _part(part: Part, figures: Sequence[Figures], name: str, level: float) -> dict[str, Any]:
    told = interval(figures, name, level)
    ends = {"figure": None, "low": None, "high": None} if told is None else {
        "figure": told["mean"], "low": told["low"], "high": told["high"]}  # fmt: skip
    return {"text": part.text, "tolerance": [part.low, part.high], "neutral": part.neutral} | ends | {
        "verdict": placed(told, part)}  # fmt: skip


def _because(verdict: str, parts: Mapping[str, Mapping[str, Any]], seeds: int) -> str:
    """Which parts made the verdict."""
    which = [name.replace("_", " ") for name, part in parts.items() if part["verdict"] == verdict]
    named = ", ".join(which)
    empty = [name for name, part in parts.items() if part["verdict"] == UNKNOWN and part["figure"] is None]
    if verdict == INSIDE:
        return "every interval lies in its tolerance" if len(parts) > 1 else "the interval lies in the tolerance"
    if verdict == SIGN:
        return f"{named}: the sign is sure, the interval is not wholly in the tolerance"
    if verdict == OUTSIDE:
        return f"{named}: the interval lies on the wrong side, or rules the tolerance out"
    if empty:
        return f"{', '.join(empty)}: the worlds are too small or too short for the figure"
    return f"{named}: {seeds} seeds cannot tell, the interval reaches over the edge"
