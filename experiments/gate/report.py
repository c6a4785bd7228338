"""What a check leaves and says: check.json, report.md, one page, a short table on the terminal."""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from experiments.gate import words
from experiments.gate.verdict import Finding
from sim.measure.definitions import DEFINITIONS

WIDTH = 120  # of the table where there is no terminal
STRIP = 260  # width of a drawn interval, pixels
COLOURS = {"pass": "#1a7f37", "fail": "#c0261d", "cannot tell": "#8a6100"}


def write_report(folder: Path, told: Mapping[str, Any], findings: Sequence[Finding]) -> None:
    """All files of a check into `folder`."""
    text = json.dumps(told, indent=1, sort_keys=True, allow_nan=False)
    (folder / "check.json").write_text(text + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(told, findings), encoding="utf-8")
    (folder / "report.html").write_text(page(told, findings), encoding="utf-8")


def tested(finding: Finding) -> dict[str, Any]:
    """A finding as plain JSON values."""
    one, bound = finding.estimate, finding.bound
    about = {key: value for key, value in asdict(DEFINITIONS[bound.measure]).items() if value is not None}
    return {
        "threshold": bound.threshold, "measure": bound.measure, "kind": bound.kind, bound.side: bound.limit,
        "answer": finding.answer, "estimate": None if one is None else asdict(one), "policy_mean": finding.policy_mean,
        "baseline_mean": finding.baseline_mean, "p_pass": finding.p_pass, "p_fail": finding.p_fail,
        "more_seeds": finding.more_seeds, "reason": finding.reason or None, "definition": about,
    }  # fmt: skip


def markdown(told: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """The report as Markdown; its first line is the verdict."""
    head = ["threshold", "measure", "allowed", "found", told["policy"]["name"], told["baseline"]["name"], "verdict"]
    lines = [told["sentence"], "", told["gate"]["about"], "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for one in findings:
        lines.append(f"| {' | '.join(_cells(one))} |")
    lines += ["", "## In words", "", *(f"- {line}." for line in _sentences(told, findings))]
    lines += ["", "## How sure", "", *(f"- {line}." for line in told["assumptions"])]
    lines += ["", "## What is compared", "", *(f"- {line}" for line in _compared(told))]
    lines += ["", "## Definitions", "", *(f"- {line}." for line in _definitions(findings))]
    return "\n".join(lines) + "\n"


def _cells(one: Finding) -> list[str]:
    bound = one.bound
    means = (words.figure(bound.measure, one.policy_mean), words.figure(bound.measure, one.baseline_mean))
    measure = f"{words.plain(bound.measure)}{'' if bound.kind == 'value' else ', change'}"
    return [bound.threshold, measure, words.allowed(bound), words.found(one), *means, words.answered(one)]


def _sentences(told: Mapping[str, Any], findings: Sequence[Finding]) -> list[str]:
    lines = []
    for one in findings:
        why = told["gate"]["thresholds"][one.bound.threshold]["about"].rstrip(".")
        said = words.sentence(one, told["policy"]["name"], told["baseline"]["name"])
        lines.append(said + (f". {why}" if why else ""))
    return lines


def _compared(told: Mapping[str, Any]) -> list[str]:
    lines = []
    for role in ("policy", "baseline"):
        levers = ", ".join(f"{name}={value}" for name, value in told[role]["levers"].items()) or "no levers"
        keys = ", ".join(key[:16] for key in told["runs"][told[role]["name"]].values())
        lines.append(f"{role}: {told[role]['name']} ({levers}); runs {keys}")
    world = ", ".join(f"{name} {value}" for name, value in told["world"].items() if value is not None)
    return [*lines, f"world: {world}", f"seeds: {', '.join(map(str, told['seeds']))}"]


def _definitions(findings: Sequence[Finding]) -> list[str]:
    names = dict.fromkeys(one.bound.measure for one in findings)
    about = {name: DEFINITIONS[name] for name in names}
    return [f"{words.plain(name)}: {of.text}; {of.group}; {of.horizon}; {of.unit}" for name, of in about.items()]


# -- the page ---------------------------------------------------------------------------------------------------------

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font:15px/1.5 sans-serif;max-width:76em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0;font-size:13px;display:block;overflow-x:auto}
td,th{border-bottom:1px solid #ddd;padding:.3em .7em;text-align:left;white-space:nowrap}
h2{margin-top:1.6em;font-size:17px}.first{font-size:18px;border-left:6px solid {{ colour }};padding-left:.7em}
.pass{color:#1a7f37}.fail{color:#c0261d;font-weight:bold}.cannot{color:#8a6100}</style></head><body>
<h1>{{ title }}</h1><p class="first">{{ told.sentence }}</p><p>{{ told.gate.about }}</p>
<table><thead><tr>{% for name in head %}<th>{{ name }}</th>{% endfor %}</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row.cells %}<td>{{ cell }}</td>{% endfor %}
<td>{% if row.strip %}<svg width="{{ width }}" height="20" role="img" aria-label="interval and bound">
<rect x="{{ row.strip.from }}" y="0" width="{{ row.strip.wide }}" height="20" fill="#e3f1e6"/>
<line x1="{{ row.strip.limit }}" x2="{{ row.strip.limit }}" y1="0" y2="20" stroke="#555" stroke-dasharray="3 2"/>
<line x1="{{ row.strip.low }}" x2="{{ row.strip.high }}" y1="10" y2="10" stroke="{{ row.colour }}" stroke-width="3"/>
<circle cx="{{ row.strip.mean }}" cy="10" r="4" fill="{{ row.colour }}"/></svg>{% endif %}</td>
<td class="{{ row.kind }}">{{ row.answer }}</td></tr>
{% endfor %}</tbody></table>
<p>Green: allowed. Dashed: the bound. Line and dot: what was found, with its interval.</p>
{% for name, lines in parts %}<h2>{{ name }}</h2><ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>{% endfor %}
<p>Every figure: check.json.</p></body></html>
"""


def page(told: Mapping[str, Any], findings: Sequence[Finding]) -> str:
    """The report as one page that needs no network."""
    from jinja2 import Environment

    names = told["policy"]["name"], told["baseline"]["name"]
    rows = []
    for one in findings:
        *cells, answer = _cells(one)
        kind, colour = one.answer.split()[0], COLOURS[one.answer]
        rows.append({"cells": cells, "answer": answer, "strip": strip(one), "kind": kind, "colour": colour})
    parts = [
        ("In words", _sentences(told, findings)), ("How sure", told["assumptions"]),
        ("What is compared", _compared(told)), ("Definitions", _definitions(findings)),
    ]  # fmt: skip
    return Environment(autoescape=True).from_string(PAGE).render(
        title=f"{names[0]} at the gate {told['gate']['name']}: {told['verdict']}", colour=COLOURS[told["verdict"]],
        head=["threshold", "measure", "allowed", "found", *names, "", "verdict"], rows=rows, told=told, parts=parts,
        width=STRIP,
    )  # fmt: skip


def strip(one: Finding) -> dict[str, float] | None:
    """Places of a drawn interval, pixels from the left: bound, ends, mean, and the allowed side; None without ends."""
    seen = one.estimate
    if seen is None or seen.low is None or seen.high is None:
        return None
    least, most = min(seen.low, one.bound.limit), max(seen.high, one.bound.limit)
    room = 0.15 * (most - least) or 1.0
    scale = STRIP / (most - least + 2 * room)
    at = {
        name: round((value - least + room) * scale, 1)
        for name, value in (("limit", one.bound.limit), ("low", seen.low), ("high", seen.high), ("mean", seen.mean))
    }
    begin = at["limit"] if one.bound.side == "least" else 0.0
    return at | {"from": begin, "wide": round(STRIP - begin if one.bound.side == "least" else at["limit"], 1)}


# -- the terminal -----------------------------------------------------------------------------------------------------


def print_report(told: Mapping[str, Any], findings: Sequence[Finding], folder: Path) -> None:
    """The verdict, a table, where the rest is."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=None if sys.stdout.isatty() else WIDTH, highlight=False, markup=False)
    console.print(told["sentence"], soft_wrap=True)
    table = Table()
    for name in ("threshold", "measure", "allowed", "found", "verdict"):
        table.add_column(name, overflow="fold")
    for one in findings:
        cells = _cells(one)
        table.add_row(*cells[:4], words.shortly(one))
    console.print(table)
    console.print(f"Written to {folder}; read {folder / 'report.html'}", soft_wrap=True)
