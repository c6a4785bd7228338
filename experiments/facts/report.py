"""What the scorecard leaves and says: JSON, a page with a picture for each row, a table on the terminal."""

import html
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from experiments.evidence.report import figure, number
from experiments.facts.pictures import drawn
from experiments.facts.table import FACTS
from experiments.facts.verdict import BUILT, INSIDE, OUTSIDE, SIGN, UNKNOWN

STYLE = """body{font:15px/1.5 sans-serif;max-width:80em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-size:13px}td,th{border-bottom:1px solid #ddd;padding:.4em .7em;text-align:left;
vertical-align:top}.inside{color:#176f2c}.right{color:#8a6100}.outside{color:#a11}.cannot,.by{color:#777}h3{margin-top:2em}
svg{max-width:100%;height:auto}"""
HEAD = ("id", "published fact", "verdict", "figure", "tolerance", "source")
INTRO = (
    "Each fact is measured in a world of its own; where it is an effect, in twin worlds that share all luck. Figures are means over seeds "
    "with t intervals; seeds are the unit of replication. Inside: the whole interval of every part lies in its tolerance. Right sign only: "
    "the sign is sure, the size is not inside. Outside: an interval lies on the wrong side, or rules out an effect of that size. Cannot "
    "be measured: a mechanism is missing, the worlds are too small, or the interval reaches over the edge. A row of several parts is as good "
    "as its worst. By construction: a parameter is the fact, so the row does not count. The shoppers are synthetic: a fact that comes out says "
    "that the assumptions in conf/ agree with it, not that the model has been validated against data."
)
HOW = (
    "`python -m experiments.scorecard` runs all rows, `only=[head_start,attrition] seeds=12` some of them with more seeds, and `keep=docs/scorecard.md` "
    "leaves a copy of this page; it is run before each release. It writes `results/scorecard-<key>/`: `report.html` and `report.md` with a picture for each row, "
    "`scorecard.json` (every figure by seed, and the keys of the runs behind it) and `figures/`. In a picture dots are seeds, the bar is the interval, the "
    "band the tolerance, the dotted line no effect. A new fact is one entry in `experiments/facts/`: its worlds, a function from their folders to "
    "figures, and tolerances, which are set before it is run."
)
Rows = Mapping[str, Mapping[str, Any]]


def write_report(folder: Path, rows: Rows, options: Mapping[str, Any]) -> None:
    """scorecard.json, report.md, report.html and figures/ into `folder`."""
    told = {"options": dict(options), "facts": dict(rows)}
    text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "scorecard.json").write_text(text + "\n", encoding="utf-8")
    pictures = {name: drawn(row, FACTS[name].curve) for name, row in rows.items()}
    (folder / "figures").mkdir()
    for name, svg in pictures.items():
        (folder / "figures" / f"{name}.svg").write_text(svg, encoding="utf-8")
    (folder / "report.md").write_text(markdown(rows, options), encoding="utf-8")
    (folder / "report.html").write_text(page(rows, options, pictures), encoding="utf-8")


def first_line(rows: Rows) -> str:
    """How many facts came out how."""
    counts = {
        verdict: sum(row["verdict"] == verdict for row in rows.values())
        for verdict in (INSIDE, SIGN, OUTSIDE, UNKNOWN, BUILT)
    }
    return f"{len(rows)} published facts: " + ", ".join(f"{n} {verdict}" for verdict, n in counts.items()) + "."


def tolerance(ends: list[float | None] | None) -> str:
    """A tolerance in words."""
    if ends is None:
        return "-"
    low, high = ends
    if low is None or high is None:
        return f"above {number(low)}" if high is None else f"below {number(high)}"
    return f"{number(low)} to {number(high)}"


def cells(name: str, row: Mapping[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    return (name, row["fact"], row["verdict"], figure(row), tolerance(row["tolerance"]), row["source"])


def lines_of(row: Mapping[str, Any]) -> list[str]:
    """What stands behind a row, one thing per line."""
    told = [f"measured: {row['measure']}; world of {row['days']} days", f"why: {row['because']}"]
    for name, part in row["parts"].items():
        told.append(
            f"{name.replace('_', ' ')} ({part['text']}): {figure(part)}, tolerance {tolerance(part['tolerance'])}: {part['verdict']}"
        )
    return told + [
        f"{name.replace('_', ' ')}: {figure(one, 'mean')}" for name, one in row["others"].items() if one is not None
    ]


def asked_for(options: Mapping[str, Any]) -> str:
    """What was asked, in a line."""
    world = " ".join(options["world"]) or "as python -m sim has it"
    level = f"{100 * options['level']:g} % intervals"
    return f"{options['shoppers']:,} customers at day 0 (some rows a multiple), seeds {options['seeds']}, {level}; world: {world}"


def markdown(rows: Rows, options: Mapping[str, Any], pictures: bool = True) -> str:
    """The report as Markdown, with or without links to its pictures."""
    lines = [
        "# Published facts: `python -m experiments.scorecard`",
        "",
        first_line(rows),
        "",
        INTRO,
        "",
        HOW,
        "",
        f"Asked: {asked_for(options)}.",
        "",
    ]
    lines += [f"| {' | '.join(HEAD)} |", f"|{'---|' * len(HEAD)}"]
    lines += ["| " + " | ".join(cells(name, row)) + " |" for name, row in rows.items()]
    lines += ["", "## Behind each row", ""]
    for name, row in rows.items():
        lines += [f"### {name}", ""]
        lines += [f"![{name}](figures/{name}.svg)", ""] if pictures else []
        lines += [*(f"- {line}" for line in lines_of(row)), ""]
    return "\n".join(lines).rstrip() + "\n"


def page(rows: Rows, options: Mapping[str, Any], pictures: Mapping[str, str]) -> str:
    """The report as one page that needs no network."""
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    body, parts = [], []
    for name, row in rows.items():
        texts = [html.escape(cell) for cell in cells(name, row)]
        texts[0] = f'<a href="#{name}">{name}</a>'
        texts[2] = f'<b class="{row["verdict"].partition(" ")[0]}">{texts[2]}</b>'
        body.append("<tr>" + "".join(f"<td>{text}</td>" for text in texts) + "</tr>")
        items = "".join(f"<li>{html.escape(line)}</li>" for line in lines_of(row))
        parts.append(f'<h3 id="{name}">{name}: {html.escape(row["fact"])}</h3>{pictures[name]}<ul>{items}</ul>')
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Published facts</title><style>{STYLE}</style></head><body>'
        f"<h1>Published facts</h1><p>{html.escape(first_line(rows))}</p><p>{html.escape(INTRO)}</p><p>Asked: {html.escape(asked_for(options))}."
        f"</p><table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{''.join(parts)}</body></html>\n"
    )


def print_report(rows: Rows, asked: Collection[str], folder: Path) -> None:
    """The terminal: a line for each fact that was asked for, where the rest is."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=first_line(rows))
    for name in ("id", "verdict", "figure", "tolerance", "published fact"):
        table.add_column(name, justify="left", no_wrap=name == "id")
    for name, row in rows.items():
        if name in asked:
            _, fact, verdict, measured, allowed, _ = cells(name, row)
            table.add_row(name, verdict, measured, allowed, fact)
    console = Console(soft_wrap=False)
    console.print(table)
    console.print(f"Written to {folder}", markup=False, highlight=False)
    console.print(f"Read: {folder / 'report.html'}", markup=False, highlight=False)
