"""What a comparison says on the terminal, within 80 columns."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from experiments.twins.words import amount, change_parts, headline, label, plural

OUTCOMES = ("contribution", "margin_rate", "retention_180", "orders", "programme_cost")
MANY = 6  # arms from which on only the first outcomes are shown


def print_report(found: Mapping[str, Any], folder: Path) -> None:
    """The first sentence, a table, and where the rest is."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=min(Console().width, 80), highlight=False)
    console.print(headline(found), markup=False)
    title = f"against {found['baseline']}, {plural(len(found['seeds']), 'seed')}, {100 * found['options']['level']:g} % intervals"
    table = Table("arm", title=title, title_justify="left", pad_edge=False)
    for name in ("mean", "difference", "interval", "best"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in _rows(found):
        if len(row) == 1:
            table.add_section()
        table.add_row(*row, style="bold" if len(row) == 1 else None)
    console.print(table)
    console.print(f"Read: {folder / 'report.html'}", markup=False, soft_wrap=True)


def _rows(found: Mapping[str, Any]) -> list[list[str]]:
    """A row with the outcome alone, then one for each arm."""
    first = found["options"]["outcome"]
    names = list(dict.fromkeys([first, *OUTCOMES]))[: 2 if len(found["arms"]) > MANY else None]
    rows = []
    for name in names:
        about = found["outcomes"][name]
        if about["arms"] is None:
            continue
        rows.append([f"{label(name)}{'' if about['unit'] in ('share', name) else ', ' + about['unit']}"])
        chances = found["best"].get(name) or {}
        for arm in found["arms"]:
            told = about["arms"][arm]
            chance = f"{100 * chances[arm]['chance_of_best']:.0f} %" if arm in chances else ""
            rows.append(
                [f"  {arm}", amount(told["mean"]["mean"], about["unit"]), *_change(told, about["unit"]), chance]
            )
    return rows


def _change(told: Mapping[str, Any], unit: str) -> list[str]:
    minus = told.get("difference")
    if minus is None or minus["identical"]:
        return ["" if minus is None else "identical", ""]
    mean, interval, sign = change_parts(minus, unit)
    return [f"{mean}{sign}", interval]
