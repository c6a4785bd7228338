"""What the study of claims leaves and says: JSON, a page, a table on the terminal."""

import html
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

STYLE = """body{font:15px/1.5 sans-serif;max-width:80em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;font-size:13px}td,th{border-bottom:1px solid #ddd;padding:.4em .7em;text-align:left;
vertical-align:top}.holds{color:#176f2c}.only{color:#8a6100}.does{color:#a11}.cannot{color:#777}h2{margin-top:2em}"""
HEAD = ("id", "claim", "verdict", "figure", "flips at", "what was measured", "why")
INTRO = (
    "Each claim was tested in worlds that share their luck: twins differ in nothing but what the claim is about. "
    "Figures are means over seeds with 95 % t intervals; seeds are the unit of replication. The shoppers are synthetic: a "
    "claim that holds here follows from the assumptions in the files of conf/, one that fails does not."
)
Rows = Mapping[str, Mapping[str, Any]]


def write_report(folder: Path, rows: Rows, behind: Rows, options: Mapping[str, Any]) -> None:
    """claims.json, details.json, report.md and report.html into `folder`."""
    for name, told in (("claims.json", rows), ("details.json", {"options": options, "claims": behind})):
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)
        (folder / name).write_text(text + "\n", encoding="utf-8")
    (folder / "report.md").write_text(markdown(rows, behind, options), encoding="utf-8")
    (folder / "report.html").write_text(page(rows, behind, options), encoding="utf-8")


def first_line(rows: Rows) -> str:
    """How many claims came out how."""
    counts: dict[str, int] = {}
    for row in rows.values():
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    return f"{len(rows)} claims: " + ", ".join(f"{n} {verdict}" for verdict, n in sorted(counts.items())) + "."


def number(value: float | None) -> str:
    """A figure to three digits."""
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def figure(told: Mapping[str, Any] | None, key: str = "figure") -> str:
    """A figure with its interval."""
    if told is None or told[key] is None:
        return "-"
    ends = "" if told["low"] is None else f" [{number(told['low'])}, {number(told['high'])}]"
    return number(told[key]) + ends


def cells(name: str, row: Mapping[str, Any], why: Mapping[str, Any]) -> tuple[str, ...]:
    """One line of the table."""
    flips = number(row["flips_at"])
    return (name, row["claim"], row["verdict"], figure(row), flips, row["measure"], str(why["because"] or ""))


def figure_lines(behind: Mapping[str, Any]) -> list[str]:
    """The other figures of a claim, and its sweep, one per line."""
    lines = [f"{name.replace('_', ' ')}: {figure(told, 'mean')}" for name, told in behind["figures"].items()]
    if behind["sweep"]:
        at = "; ".join(f"{point['value']:g}: {figure(point['figure'], 'mean')}" for point in behind["sweep"]["points"])
        lines.append(f"{behind['sweep']['key']} at {at}")
    return lines


def markdown(rows: Rows, behind: Rows, options: Mapping[str, Any]) -> str:
    """The report as Markdown."""
    lines = [
        first_line(rows),
        "",
        INTRO,
        "",
        f"Asked: {_asked(options)}.",
        "",
        f"| {' | '.join(HEAD)} |",
        f"|{'---|' * len(HEAD)}",
    ]
    lines += ["| " + " | ".join(cells(name, row, behind[name])) + " |" for name, row in rows.items()]
    lines += ["", "## Figures behind the verdicts", ""]
    for name, told in behind.items():
        if found := figure_lines(told):
            lines += [f"### {name} {rows[name]['claim']}", "", *(f"- {line}" for line in found), ""]
    return "\n".join(lines) + "\n"


def page(rows: Rows, behind: Rows, options: Mapping[str, Any]) -> str:
    """The report as one page that needs no network."""
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    body = []
    for name, row in rows.items():
        colour = row["verdict"].partition(" ")[0]
        texts = [html.escape(cell) for cell in cells(name, row, behind[name])]
        texts[2] = f'<b class="{colour}">{texts[2]}</b>'
        body.append(f'<tr id="c{name}">' + "".join(f"<td>{text}</td>" for text in texts) + "</tr>")
    parts = []
    for name, told in behind.items():
        if found := figure_lines(told):
            items = "".join(f"<li>{html.escape(line)}</li>" for line in found)
            parts.append(f"<h3>{html.escape(name)} {html.escape(rows[name]['claim'])}</h3><ul>{items}</ul>")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Claims</title><style>{STYLE}</style></head><body>'
        f"<h1>What becomes of the documents' claims</h1><p>{html.escape(first_line(rows))}</p><p>{html.escape(INTRO)}</p>"
        f"<p>Asked: {html.escape(_asked(options))}.</p><table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"
        f"<h2>Figures behind the verdicts</h2>{''.join(parts)}<p>Every figure: claims.json (with the keys of the runs) and "
        "details.json.</p></body></html>\n"
    )


def _asked(options: Mapping[str, Any]) -> str:
    world = " ".join(options["world"]) or "as python -m sim has it"
    return (
        f"{options['shoppers']:,} customers at day 0, {options['days']} days, seeds {options['seeds']}; world: {world}"
    )


def print_report(rows: Rows, behind: Rows, asked: Collection[str], folder: Path) -> None:
    """The terminal: a line for each claim that was asked for, where the rest is."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=first_line(rows))
    for name in ("id", "claim", "verdict", "figure", "flips at"):
        table.add_column(name, justify="left")
    for name, row in rows.items():
        if name in asked:
            table.add_row(*cells(name, row, behind[name])[:5])
    console = Console(soft_wrap=False)
    console.print(table)
    console.print(f"Written to {folder}", markup=False, highlight=False)
    console.print(f"Read: {folder / 'report.html'}", markup=False, highlight=False)
