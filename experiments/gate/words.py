"""A gate's findings in plain words."""

from collections.abc import Sequence
from typing import Any

from experiments.gate.verdict import Bound, Finding
from experiments.paired.wording import decimals
from sim.measure.definitions import DEFINITIONS


def plain(measure: str) -> str:
    """The name of an outcome as it is read."""
    return measure.replace("_", " ")


def _unit(bound: Bound) -> tuple[float, str, str]:
    """Factor, sign and unit in which a bound and its figure are shown."""
    share = DEFINITIONS[bound.measure].unit == "share"
    sign = "" if bound.kind == "value" else "+"
    if bound.kind == "relative":
        return 100.0, sign, " %"
    if share:
        return 100.0, sign, " %" if bound.kind == "value" else " pp"
    return 1.0, sign, f" {DEFINITIONS[bound.measure].unit}"


def allowed(bound: Bound) -> str:
    """What a bound allows: "at least -2 %"."""
    factor, sign, unit = _unit(bound)
    limit = round(factor * bound.limit, 9)
    shown = "0" if limit == 0 else f"{limit:{sign}g}"
    return f"at {bound.side} {shown}{unit}"


def found(finding: Finding) -> str:
    """What was found, with its interval: "+1.3 % [+0.6, +2.0]"."""
    one = finding.estimate
    if one is None:
        return "no figure"
    if finding.bound.kind != "value" and one.mean == one.low == one.high == 0.0:
        return "identical"
    factor, sign, unit = _unit(finding.bound)
    if one.low is None or one.high is None:
        return f"{factor * one.mean:{sign},.2f}{unit}"
    digits = decimals(factor * (one.high - one.low))
    low, middle, high = (f"{factor * value:{sign},.{digits}f}" for value in (one.low, one.mean, one.high))
    return f"{middle}{unit} [{low}, {high}]"


def figure(measure: str, value: float | None) -> str:
    """A mean of one arm."""
    if value is None:
        return "-"
    unit = DEFINITIONS[measure].unit
    if unit == "share":
        return f"{100 * value:.2f} %"
    return f"{value:,.{0 if abs(value) >= 1000 else 2}f} {unit}"


def answered(finding: Finding) -> str:
    """The verdict on one bound, with the seeds that would bring one."""
    if finding.answer != "cannot tell" or finding.estimate is None:
        return finding.answer
    return f"{finding.answer}, {_more(finding.more_seeds)}"


def shortly(finding: Finding) -> str:
    """The verdict on one bound for a narrow table."""
    seeds = finding.more_seeds if finding.answer == "cannot tell" else 0
    return f"{finding.answer} (+{seeds} seeds)" if seeds else finding.answer


def sentence(finding: Finding, policy: str, baseline: str) -> str:
    """One bound in one sentence, without a full stop."""
    bound = finding.bound
    if finding.estimate is None:
        return f"{bound.threshold}: cannot tell, {plain(bound.measure)} has {finding.reason}"
    what = found(finding)
    if bound.kind == "value":
        said = f"{plain(bound.measure)} of {policy} is {what}"
    elif what == "identical":
        said = f"{plain(bound.measure)} is the same as under {baseline}, to the last digit"
    else:
        said = f"{policy} changes {plain(bound.measure)} by {what} against {baseline}"
    return f"{bound.threshold}: {answered(finding)}; {said}; allowed: {allowed(bound)}"


def headline(about: dict[str, Any], findings: Sequence[Finding]) -> str:
    """The verdict on the gate in one sentence.

    Args:
        about: `verdict`, `more_seeds`, `policy`, `baseline`, `gate` and `level`, `seeds` (how many), `counted` (whether
            seeds were asked for by number).
        findings: Of all bounds.
    """
    policy, gate = about["policy"], f"the gate {about['gate']}"
    how = f"against {about['baseline']}, {about['seeds']} seeds, {100 * about['level']:g} % intervals"
    names = list(dict.fromkeys(one.bound.threshold for one in findings))
    if about["verdict"] == "pass":
        held = f"all {len(names)} thresholds hold" if len(names) > 1 else f"{names[0]} holds"
        return f"{policy} passes {gate}: {held} ({how})."
    if about["verdict"] == "fail":
        broken = [name for name in names if _answer(findings, name) == "fail"]
        rest = [name for name in names if _answer(findings, name) == "cannot tell"]
        open_ = f"; open: {', '.join(rest)}" if rest else ""
        verb = "is" if len(broken) == 1 else "are"
        return f"{policy} fails {gate}: {', '.join(broken)} {verb} not kept{open_} ({how})."
    rest = [name for name in names if _answer(findings, name) == "cannot tell"]
    return f"It cannot be told yet whether {policy} passes {gate}: open: {', '.join(rest)}; {_hint(about, findings)} ({how})."


def answers(findings: Sequence[Finding]) -> dict[str, str]:
    """Verdict by threshold: fail if one of its bounds fails, pass if all pass."""
    return {name: _answer(findings, name) for name in dict.fromkeys(one.bound.threshold for one in findings)}


def _answer(findings: Sequence[Finding], name: str) -> str:
    mine = {one.answer for one in findings if one.bound.threshold == name}
    return "fail" if "fail" in mine else "pass" if mine == {"pass"} else "cannot tell"


def _hint(about: dict[str, Any], findings: Sequence[Finding]) -> str:
    more = about["more_seeds"]
    if more is None:
        blind = [one for one in findings if one.estimate is None]
        return f"{plain(blind[0].bound.measure)} has {blind[0].reason}" if blind else _more(None)
    return _more(more) + (f": seeds={about['seeds'] + more}" if about["counted"] else "")


def _more(seeds: int | None) -> str:
    if seeds is None:
        return "no number of seeds worth waiting for would tell"
    return f"about {seeds} more seed{'s' * (seeds != 1)} would tell"
