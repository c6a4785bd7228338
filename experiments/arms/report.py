"""The analysis in words: a table for the terminal and a page in Markdown, both from the same JSON values."""

from collections.abc import Mapping, Sequence
from math import ceil
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

WIDTH = 110  # columns where the output is no terminal
Found = Mapping[str, Any]
Block = tuple[str, tuple[str, ...], list[tuple[str, ...]]]  # title, header, rows
ARM_HEADER = ("arm", "column", "mean", "sd", "known", "customers")
ASSUMED = (
    "Customers are independent, were assigned by chance, and each stands in one row.",
    "Welch, CUPED and the z test lean on large samples; CUPED needs a covariate from before the test.",
    "Log-rank and Cox take censoring as unrelated to the event; Cox takes hazards as proportional.",
    "Tukey takes one variance for all arms.",
    "Power at the observed difference says no more than the p-value (Hoenig & Heisey 2001).",
)


def headline(found: Found) -> str:
    """What was found and how sure, in a sentence or two."""
    tests = [test for family in found["families"] if family["family"] == "outcomes" for test in family["tests"]]
    survival = [test for family in found["families"] if family["family"] == "logrank" for test in family["tests"]]
    alpha, start = found["power"]["alpha"], ""
    if found["srm"]["mismatch"]:
        start = f"The arm sizes do not fit the shares that were meant (p = {_number(found['srm']['p_value'])}): find out why before believing any difference. "
    if not tests + survival:
        return f"{start}Nothing could be tested; the reasons stand beside each line."
    sure = [test for test in tests + survival if test["reject"]]
    counted = " and ".join(
        [f"{len(tests)} tests of outcomes"] * bool(tests) + [f"{len(survival)} of survival"] * bool(survival)
    )
    against = f"against {found['control']} at an error rate of {alpha:g} (Holm, {counted})"
    if not sure:
        return f"{start}No difference {against} is established."
    told = []
    for test in sure:
        line = next(
            one
            for one in found["pairs"]
            if all(one[key] == test[key] for key in ("treatment", "control", "metric", "method"))
        )
        rough = ", rough: too few customers for this p" if line.get("rough") else ""
        told.append(f"{test['treatment']}: {test['metric']} {_difference(line)}".rstrip() + rough)
    many = "1 difference" if len(sure) == 1 else f"{len(sure)} differences"
    return f"{start}{many} {against} {'is' if len(sure) == 1 else 'are'} established: {'; '.join(told)}."


def print_report(found: Found, folder: str) -> None:
    """Print the page for the terminal."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=WIDTH)
    console.print(headline(found), markup=False)
    for title, header, rows in tables(found):
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for at, name in enumerate(header):
            table.add_column(name, justify="left" if at < 2 or name in ("method", "from") else "right")
        for row in rows:
            table.add_row(*(cell.replace("[", r"\[") for cell in row))
        console.print(table)
    for line in [*remarks(found), f"Written to {folder}"]:
        console.print(line, markup=False, soft_wrap=True)


def markdown(found: Found) -> str:
    """The page `report.md`."""
    parts = ["# What the test says", headline(found)]
    for title, header, rows in tables(found):
        lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in (header, *rows)]
        lines.insert(1, "|" + "---|" * len(header))
        parts += [f"## {title}", "\n".join(lines)]
    parts += ["## Remarks", "\n".join(f"- {line}" for line in remarks(found))]
    parts += ["## Assumed", "\n".join(f"- {line}" for line in ASSUMED)]
    return "\n\n".join(parts) + "\n"


def tables(found: Found) -> list[Block]:
    """Title, header and rows of every table."""
    level = f"{100 * (1 - found['power']['alpha']):g} % interval"
    arms = found["arms"]
    metrics = list(next(iter(arms.values()))["mean"])
    told: list[Block] = [
        ("Arms", ARM_HEADER, [_arm(name, arm, metric) for metric in metrics for name, arm in arms.items()])
    ]
    header = ("arms", "outcome", "method", "difference", level, "p", "p (Holm)")
    lines = [line for line in found["pairs"] if line["metric"] is not None]
    told.append(("Differences", header, [(*_cells(line), _number(line["p_holm"])) for line in lines]))
    if len(arms) > 2 and found["tukey"]:
        told.append(("All pairs at once (Tukey)", header[:6], [_cells(line) for line in found["tukey"]]))
    header = ("arms", "outcome", "difference", "from", "power", "detectable", "needed (control + treatment)")
    told.append(("Power", header, [_power(row) for row in found["power"]["reached"]]))
    return told


def remarks(found: Found) -> list[str]:
    """Sample ratio, plan of a next test, reasons for what is empty, and what was guessed or dropped."""
    srm, plan = found["srm"], found["power"]["plan"]
    verdict = "does not fit" if srm["mismatch"] else "fits"
    told = [
        f"Sample ratio {verdict} {srm['expected_from']}: chi-square {_number(srm['statistic'])} on {srm['df']} df, "
        f"p = {_number(srm['p_value'])} (alarm below {srm['threshold']:g})"
    ]
    for row in plan["means"]:
        if row["detectable"] is not None:
            told.append(
                f"A next test with {plan['n_per_arm']:,} per arm would find {_number(row['detectable'])} in {row['metric']} "
                f"({_number(row['detectable_sd'])} sd)"
            )
    if plan["means"] and plan["effect_sd"]["n_per_arm"] is not None:
        sd = plan["effect_sd"]
        told.append(f"{ceil(sd['n_per_arm']):,} per arm are needed to find {sd['effect_sd']:g} sd")
    for row in plan["shares"]:
        if row["n_per_arm"] is not None:
            told.append(
                f"{ceil(row['n_per_arm']):,} per arm are needed to find {row['metric']} go from {row['from']:.4g} to {row['to']:.4g}"
            )
    reasons: dict[str, list[str]] = {}
    for line in [*found["pairs"], *found["tukey"]]:
        if line.get("reason") and line["p_value"] is None:
            metric = f" {line['metric']}" if line["metric"] else ""
            reasons.setdefault(line["reason"], []).append(
                f"{line['method']}{metric} {line['treatment']} - {line['control']}"
            )
    told += [f"Not computed, {reason}: {_listed(which)}" for reason, which in reasons.items()]
    return told + list(found["said"])


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")


def _arm(name: str, arm: Found, metric: str) -> tuple[str, ...]:
    return (
        name,
        metric,
        _number(arm["mean"][metric]),
        _number(arm["sd"][metric]),
        f"{arm['known'][metric]:,}",
        f"{arm['n']:,}",
    )


def _cells(line: Found) -> tuple[str, ...]:
    pair = f"{line['treatment']} - {line['control']}"
    if line["method"] == "logrank":
        shown, limits = ("" if line["statistic"] is None else f"chi2 {_number(line['statistic'])}"), ""
    else:
        shown, limits = _number(line["difference"]), _interval(line)
    return pair, str(line["metric"]), line["method"], shown, limits, _number(line["p_value"])


def _power(row: Found) -> tuple[str, ...]:
    needed = row["needed_control"]
    sizes = "" if needed is None else f"{ceil(needed):,} + {ceil(row['needed_treatment']):,}"
    power = "" if row["power"] is None else f"{row['power']:.3f}"
    pair = f"{row['treatment']} - {row['control']}"
    source = row.get("difference_from", "")
    return pair, row["metric"], _number(row["difference"]), source, power, _number(row["detectable"]), sizes


def _difference(line: Found) -> str:
    if line["difference"] is None:
        return f"(log-rank p = {_number(line['p_value'])})"
    return f"{line['difference']:+.4g} {_interval(line)}"


def _interval(line: Found) -> str:
    return "" if line["low"] is None else f"[{_number(line['low'])}, {_number(line['high'])}]"


def _number(value: float | None) -> str:
    """Four digits; very large numbers without exponent."""
    if value is None:
        return ""
    return f"{value:,.0f}" if 1e4 <= abs(value) < 1e15 else f"{value:.4g}"
