"""A calibration in words: the terminal, `report.md` and `report.html`, all from the same JSON values."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

Block = tuple[str, tuple[str, ...], list[tuple[str, ...]]]  # title, header, rows
SOURCE = {
    "rate_shape": "gamma law of needs, Ehrenberg 1959", "needs_per_day": "needs, of which own_share come here",
    "cycle_regularity_k": "gamma gaps; 1 is Poisson", "exit_mean": "beta law of leaving, Fader, Hardie & Lee 2005",
    "exit_size": "a + b of that law", "recall_floor": "sigmoid decay, Aravindakshan & Naik 2011",
    "memory_half_life_cycles": "the same", "pause_share": "two kinds of gap", "pause_factor": "the same",
}  # fmt: skip
NOT_VALIDATED = (
    "Points, tiers, win-back offers, and how customers ask and take a refusal are not validated against real data: "
    "only signs and sizes from the literature are checked."
)
INTERVALS = (
    "90 % intervals of parameters called pinned down covered 92 % on 20 simulated logs of known truth, of a shop that the model "
    "describes; no interval holds the error of the model itself."
)
VALUES = {
    "repeat_mean": "mean of orders after the first", "within": "sd of ln value within customers",
    "between": "sd of ln value between customers", "gini": "Gini of customers' spend",
    "top_fifth": "share of spend of the top fifth",
}  # fmt: skip
PICTURES = ("tracking", "repeats", "gaps", "no_return", "values")
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0;font-size:13px}td,th{border-bottom:1px solid #ddd;padding:.3em .7em;text-align:right}
td:first-child,th:first-child{text-align:left}svg{max-width:100%;height:auto}</style></head><body>
<h1>{{ title }}</h1><p>{{ first }}</p>
{% for title, lines in lists %}<h2>{{ title }}</h2><ul>{% for line in lines %}<li>{{ line }}</li>{% endfor %}</ul>{% endfor %}
{% for title, header, rows in tables %}<h2>{{ title }}</h2><table><tr>{% for cell in header %}<th>{{ cell }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}</table>{% endfor %}
<h2>Pictures</h2>{% for picture in pictures %}<figure>{{ picture }}</figure>{% endfor %}</body></html>
"""


def headline(found: Mapping[str, Any]) -> str:
    """What was found, in two sentences."""
    errors = found["backtest"]
    total, weekly = errors["holdout total"], errors["weekly cumulative, holdout"]
    return (
        f"{found['customers']:,} customers, {found['orders']:,} order days from {found['first']} to {found['last']}. "
        f"Fitted until {found['fitted_until']}, the population forecasts the orders after it {_percent(total, sign=True)} off in "
        f"total and {_percent(weekly)} off in the weekly cumulative curve."
    )


def lists(found: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Title and lines of what is told in words."""
    ridges = [f"{one['one']} against {one['other']}: correlation {one['correlation']:.2f}" for one in found["ridges"]]
    return [
        ("What was read", list(found["said"])),
        ("What looks odd", list(found["odd"]) or ["nothing"]),
        ("Known only in combination", ridges or ["no pair of parameters with a correlation above 0.5"]),
        (
            "Evidence from past tests",
            list(found["evidence"]) or ["none given: price_coef and messages are assumed (evidence=FILE)"],
        ),
        ("Assumed", [*found["remarks"], INTERVALS, NOT_VALIDATED]),
    ]


def tables(found: Mapping[str, Any]) -> list[Block]:
    """Title, header and rows of every table."""
    parameters = [
        (
            one["name"],
            f"{one['value']:.4g}",
            f"{one['low']:.4g} to {one['high']:.4g}",
            one["known"],
            SOURCE[one["name"]],
        )
        for one in found["parameters"]
    ]
    told: list[Any] = [("Parameters", ("parameter", "value", "90 % interval", "orders say", "law"), parameters)]
    errors = [(name, _figure(value)) for name, value in found["backtest"].items()]
    told.append(("Backtest, whole log simulated from the fit of the first part", ("fact", "figure"), errors))
    values = [(VALUES[name], *(_figure(found["values"][side][name]) for side in ("real", "drawn"))) for name in VALUES]
    told.append(("Order values", ("fact", "log", "population"), values))
    names = list(found["own_shares"][0])
    rows = [tuple(f"{one[name]:.4g}" for name in names) for one in found["own_shares"]]
    told.append(("The fit at other own shares", tuple(names), rows))
    if found["tried"]:
        tried = [(name, f"{value:.4f}") for name, value in found["tried"].items()]
        told.append(("Mechanisms, weekly cumulative error within the fitted part", ("family", "error"), tried))
    return told


def markdown(found: Mapping[str, Any]) -> str:
    """The page `report.md`."""
    parts = [f"# Population {found['name']}", headline(found)]
    parts += [f"## {title}\n\n" + "\n".join(f"- {line}" for line in lines) for title, lines in lists(found)]
    for title, header, rows in tables(found):
        lines = [f"| {' | '.join(row)} |" for row in (header, *rows)]
        lines.insert(1, "|" + "---|" * len(header))
        parts.append(f"## {title}\n\n" + "\n".join(lines))
    parts.append("## Pictures\n\n" + "\n".join(f"![{name}]({name}.svg)" for name in PICTURES))
    return "\n\n".join(parts) + "\n"


def write_page(folder: Path, found: Mapping[str, Any]) -> None:
    """`report.md` and `report.html`, the latter without need of a network."""
    from jinja2 import Environment
    from markupsafe import Markup

    (folder / "report.md").write_text(markdown(found), encoding="utf-8")
    pictures = [Markup(_svg((folder / f"{name}.svg").read_text(encoding="utf-8"), name)) for name in PICTURES]
    text = Environment(autoescape=True).from_string(PAGE).render(
        title=f"Population {found['name']}", first=headline(found), lists=lists(found), tables=tables(found),
        pictures=pictures,
    )  # fmt: skip
    (folder / "report.html").write_text(text, encoding="utf-8")


def _svg(text: str, name: str) -> str:
    """A picture to stand in a page: without XML head, its names made its own."""
    inner = text[text.index("<svg") :].replace('id="', f'id="{name}-')
    return inner.replace('xlink:href="#', f'xlink:href="#{name}-').replace("url(#", f"url(#{name}-")


def print_report(found: Mapping[str, Any], folder: str, place: str) -> None:
    """Print for the terminal."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=110)
    console.print(headline(found), markup=False)
    for title, lines in lists(found):
        console.print(f"{title}:", markup=False)
        for line in lines:
            console.print(f"  {line}", markup=False, soft_wrap=True)
    for title, header, rows in tables(found):
        table = Table(*header, title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for row in rows:
            table.add_row(*(cell.replace("[", r"\[") for cell in row))
        console.print(table)
    console.print(f"Use it as population={found['name']}: {place}", markup=False, soft_wrap=True)
    if found["messages"] is not None:
        from experiments.calibration.files import messages_place

        mail = messages_place(Path(place))
        console.print(
            f"How its messages move customers: messages={found['name']}: {mail}", markup=False, soft_wrap=True
        )
    console.print(f"Written to {folder}", markup=False, soft_wrap=True)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _percent(value: float | None, sign: bool = False) -> str:
    return "unknown" if value is None else f"{100 * value:+.1f} %" if sign else f"{100 * value:.1f} %"
