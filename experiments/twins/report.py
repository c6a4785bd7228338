"""What a comparison leaves and says: JSON, a CSV table, pictures, a page, a terminal table."""

import csv
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.twins import pictures
from experiments.twins.gather import Runs

MAIN = (
    "contribution", "contribution_run_off", "contribution_per_customer", "margin_rate", "lifetime_value", "revenue",
    "orders", "retention_90", "retention_180", "retention_365", "repeat_rate", "lapsed_1_5_cycles", "lapsed_2_cycles",
    "lapsed_one_year", "days_to_lapse", "programme_cost", "programme_cost_per_retained", "refusals",
)  # fmt: skip
ON_SCREEN = ("contribution", "margin_rate", "retention_180", "orders", "programme_cost")


def write_report(folder: Path, found: dict[str, Any], runs: Runs, baseline: int, asked: Any) -> None:
    """Everything into `folder`: figures first, since the page holds them."""
    text = json.dumps(found, indent=1, sort_keys=True, allow_nan=False, default=_plain)
    (folder / "comparison.json").write_text(text + "\n", encoding="utf-8")
    _table(folder / "table.csv", found)
    names: list[str] = []
    if asked.figures:
        (folder / "figures").mkdir()
        _draw(folder / "figures", found, runs, baseline)
        names = sorted(path.stem for path in (folder / "figures").glob("*.svg"))
    (folder / "report.md").write_text(markdown(found, names), encoding="utf-8")
    (folder / "report.html").write_text(page(found, folder / "figures", names), encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value))


def _table(path: Path, found: Mapping[str, Any]) -> None:
    """One row for each outcome and arm: mean and paired difference with intervals."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["outcome", "unit", "arm", "seeds", "mean", "mean_low", "mean_high", "difference", "low", "high",
                      "relative", "relative_low", "relative_high", "all_at_once_low", "all_at_once_high"])  # fmt: skip
        for name, outcome in found["outcomes"].items():
            for arm, told in (outcome["arms"] or {}).items():
                minus = told.get("difference") or {}
                share, all_ = minus.get("relative") or {}, minus.get("all_at_once") or {}
                out.writerow(
                    [name, outcome["unit"], arm, outcome["seeds"], *(told["mean"][k] for k in ("mean", "low", "high")),
                     *(minus.get(k) for k in ("mean", "low", "high")), *(share.get(k) for k in ("mean", "low", "high")),
                     *(all_.get(k) for k in ("low", "high"))]
                )  # fmt: skip


# -- words ------------------------------------------------------------------------------------------------------------


def headline(found: Mapping[str, Any]) -> str:
    """The first sentence: what was found, how sure, under which assumptions."""
    outcome = found["options"]["outcome"]
    base, n = found["baseline"], len(found["seeds"])
    told = {arm: lines[outcome] for arm, lines in found["sentences"].items() if outcome in lines}
    chances = found["best"].get(outcome)
    where = ", ".join(f"{name} {value}" for name, value in found["world"].items() if value not in (None, "none"))
    if not told:
        return f"No figure of {outcome} can be compared: {found['outcomes'][outcome].get('reason', 'one arm only')}."
    if chances is None:
        first = next(iter(told.values()))
        return f"One seed says nothing sure: {first} (world: {where})."
    best = max(chances, key=lambda arm: chances[arm]["chance_of_best"])
    sure = f"{100 * chances[best]['chance_of_best']:.0f} % sure over {n} seeds"
    if best == base:
        rest = "; ".join(told.values())
        return f"Nothing beats {base} in {outcome.replace('_', ' ')} ({sure}): {rest} (world: {where})."
    return f"{best} is best in {outcome.replace('_', ' ')}, {sure}: {told[best]} (world: {where})."


def markdown(found: Mapping[str, Any], pictures_drawn: Sequence[str]) -> str:
    """The report as Markdown."""
    lines = [headline(found), "", f"Interval: {found['interval']}.", ""]
    lines += [f"- {said}" for said in found["assumptions"]]
    if why := found["how_many_seeds"].get("why"):
        lines.append(f"- seeds: {why}")
    lines += ["", "## Against the baseline", ""]
    lines += [f"- {line}." for arm in found["sentences"].values() for line in arm.values()]
    lines += ["", "## Outcomes", "", *_outcome_table(found), "", "## Which to take", "", *_best_table(found)]
    lines += ["", "## Where the money comes from", "", *_bridge_table(found)]
    lines += ["", "## Whose behaviour changed", "", *_lift_table(found)]
    lines += ["", "## What the rewards paid for", "", *_reward_table(found), *_factor_table(found), *_lives(found)]
    lines += ["", "## What sharing the luck has saved", "", *_gain_table(found), "", "## Definitions", ""]
    lines += [f"- {name}: {o['text']}; {o['group']}; {o['horizon']}; {o['kind']}." for name, o in found["outcomes"].items()]
    lines += ["", *(f"![{name}](figures/{name}.svg)" for name in pictures_drawn)]
    return "\n".join(lines) + "\n"


def _rows(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]


def amount(value: float | None, unit: str) -> str:
    """A figure as it is read."""
    if value is None:
        return "-"
    if unit == "share":
        return f"{100 * value:.1f} %"
    digits = 0 if abs(value) >= 1000 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"


def change(minus: Mapping[str, Any] | None, unit: str) -> str:
    """A difference with its interval: percentage points for shares, per cent of the baseline where that is known."""
    if minus is None:
        return "baseline"
    if minus["identical"]:
        return "identical"
    share = minus["relative"] if unit != "share" else None
    low, mean, high = (((share or minus)[k]) for k in ("low", "mean", "high"))
    if unit == "share" or share is not None:
        sign = " %" if share is not None else " pp"
        shown = [None if value is None else 100 * value for value in (low, mean, high)]
        return f"{shown[1]:+.2f}{sign}" + ("" if shown[0] is None else f" [{shown[0]:+.2f}, {shown[2]:+.2f}]")
    return f"{mean:+,.2f}" + ("" if low is None else f" [{low:+,.2f}, {high:+,.2f}]")


def _outcome_table(found: Mapping[str, Any]) -> list[str]:
    arms = found["arms"]
    rows = []
    for name in MAIN:
        outcome = found["outcomes"][name]
        if outcome["arms"] is None:
            continue
        told = outcome["arms"]
        cells = [f"{amount(told[arm]['mean']['mean'], outcome['unit'])} ({change(told[arm].get('difference'), outcome['unit'])})"
                 for arm in arms]  # fmt: skip
        rows.append([f"{name.replace('_', ' ')} ({outcome['unit']})", *cells])
    return _rows(["outcome", *arms], rows)


def _best_table(found: Mapping[str, Any]) -> list[str]:
    chances = found["best"].get(found["options"]["outcome"])
    if chances is None:
        return ["One seed: no chance can be given."]
    floors = found["margin_floor"] or {}
    rows = []
    for arm in found["arms"]:
        verdict = floors.get(arm)
        answer = "baseline" if verdict is None else str(verdict["answer"])
        if verdict is not None and verdict["answer"] == "cannot tell" and verdict["more_seeds"]:
            answer += f" (about {verdict['more_seeds']} more seeds would)"
        rows.append([arm, f"{100 * chances[arm]['chance_of_best']:.1f} %", f"{chances[arm]['expected_regret']:,.0f}", answer])
    floor = f"loses at most {-100 * found['options']['margin_floor']:g} % of contribution"
    return _rows(["arm", "chance of being best", "expected regret", floor], rows)


def _bridge_table(found: Mapping[str, Any]) -> list[str]:
    if not found["bridge"]:
        return []
    bars = list(next(iter(found["bridge"].values()))["bars"])
    used = [bar for bar in bars if any(abs(told["bars"][bar]["mean"]) >= 0.5 for told in found["bridge"].values())]
    rows = [[bar.replace("_", " "), *(_interval(told["bars"][bar]) for told in found["bridge"].values())] for bar in used]
    total = [f"{told['difference_sum_fen'] / 100 / len(found['seeds']):+,.0f}" for told in found["bridge"].values()]
    head = f"yuan per seed, difference to {found['baseline']}"
    return _rows([head, *found["bridge"]], [*rows, ["all", *total]])


def _interval(told: Mapping[str, Any]) -> str:
    return f"{told['mean']:+,.0f}" + ("" if told["low"] is None else f" [{told['low']:+,.0f}, {told['high']:+,.0f}]")


def _lift_table(found: Mapping[str, Any]) -> list[str]:
    rows = []
    for arm, groups in found["lift"].items():
        for group, factors in groups.items():
            rows.append([arm, group, *(_interval(factor) for factor in factors.values())])
    factors = list(next(iter(next(iter(found["lift"].values())).values()))) if found["lift"] else []
    return _rows(["arm", "group", *(f"{name}, yuan" for name in factors)], rows)


def _reward_table(found: Mapping[str, Any]) -> list[str]:
    rows = []
    for arm, told in found["rewards"].items():
        for group, sums in told["orders"].items():
            people = told["customers"].get(group)
            win = "-" if people is None else f"{people['more_value']:,} / {people['equal_value']:,} / {people['less_value']:,}"
            share = sums["subsidised_share"]
            rows.append([arm, group, *(f"{sums[name] / 100:,.0f}" for name in ("subsidised_fen", "winning_fen", "incremental_fen",
                         "displaced_fen")), "-" if share is None else f"{100 * share:.0f} %", win])  # fmt: skip
    head = ["arm", "group", "reward on orders that come anyway, yuan", "reward on others", "incremental spend",
            "displaced spend", "subsidised", "customers worth more / as much / less"]  # fmt: skip
    return [*_rows(head, rows), "", "Sums over all seeds, at the level of whole paths, not of single decisions."]


def _factor_table(found: Mapping[str, Any]) -> list[str]:
    sweep = found.get("sweep")
    if not sweep:
        return []
    rows = [[e["factor"], e["step"], f"{e['mean']:+,.2f} ± {e['half_width']:,.2f}", f"± {e['simultaneous']:,.2f}"]
            for e in sweep["effects"]]  # fmt: skip
    return ["", f"## Factors, effect on {sweep['outcome']}", "", *_rows(["factor", "step", "effect", "all at once"], rows)]


def _lives(found: Mapping[str, Any]) -> list[str]:
    if not found.get("shopper"):
        return []
    told = found["shopper"]
    lines = ["", f"## Shopper {told['shopper']}, seed {told['seed']}", ""]
    for arm, life in told["lives"].items():
        if life is None:
            lines.append(f"- {arm}: never a customer")
            continue
        given = sum(o["discount_fen"] + o["post_forgone_fen"] + o["gift_fen"] for o in life["orders"]) / 100
        left = "still there" if life["exit_day"] is None else f"left on day {life['exit_day']:.0f} ({life['exit_cause']})"
        lines.append(f"- {arm}: {len(life['orders'])} orders, concessions {given:,.2f} yuan, {left}, "
                     f"satisfaction at the end {life['at_end']['satisfaction']:+.2f}")  # fmt: skip
    return lines


def _gain_table(found: Mapping[str, Any]) -> list[str]:
    rows = []
    for name in ON_SCREEN:
        for arm, told in (found["outcomes"][name]["arms"] or {}).items():
            minus = told.get("difference")
            if minus is not None and minus["variance_ratio"] is not None:
                rows.append([name.replace("_", " "), arm, f"{minus['variance_ratio']:,.1f}", str(minus["independent_seeds"])])
    head = ["outcome", "arm", "variance of a difference, worlds apart / twins", "seeds each that worlds apart would need"]
    return _rows(head, rows)


# -- the page ---------------------------------------------------------------------------------------------------------

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ title }}</title>
<style>body{font:15px/1.5 sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}
table{border-collapse:collapse;margin:1em 0;font-size:13px;display:block;overflow-x:auto}
td,th{border-bottom:1px solid #ddd;padding:.3em .7em;text-align:right;white-space:nowrap}
td:first-child,th:first-child{text-align:left}h2{margin-top:2em}svg{max-width:100%;height:auto}
.first{font-size:18px}</style></head><body>
<h1>{{ title }}</h1><p class="first">{{ first }}</p>
{% for part in parts %}{{ part }}{% endfor %}
<h2>Pictures</h2>{% for picture in pictures %}<figure>{{ picture }}</figure>{% endfor %}
<p>Every figure: comparison.json. Runs behind it, by key: {{ keys }}.</p></body></html>
"""


def page(found: Mapping[str, Any], folder: Path, names: Sequence[str]) -> str:
    """The report as one page that needs no network."""
    from jinja2 import Environment
    from markupsafe import Markup

    body = markdown(found, []).split("\n")
    svgs = [_svg((folder / f"{name}.svg").read_text(encoding="utf-8"), name) for name in names]
    keys = "; ".join(f"{arm}: {', '.join(key[:16] for key in by_seed.values())}" for arm, by_seed in found["runs"].items())
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(
        title="Twin worlds: " + ", ".join(found["arms"]), first=body[0], parts=[Markup(_html(body[1:]))],
        pictures=[Markup(svg) for svg in svgs], keys=keys,
    )  # fmt: skip


def _svg(text: str, name: str) -> str:
    """A picture to stand in a page: without XML head, its names made its own."""
    inner = text[text.index("<svg") :]
    return inner.replace('id="', f'id="{name}-').replace('xlink:href="#', f'xlink:href="#{name}-').replace(
        "url(#", f"url(#{name}-")  # fmt: skip


def _html(lines: Sequence[str]) -> str:
    """Our own Markdown (headings, lists, tables, paragraphs) as HTML."""
    out: list[str] = []
    rows: list[list[str]] = []
    for line in [*lines, ""]:
        if line.startswith("|"):
            rows.append([html.escape(cell.strip()) for cell in line.strip("|").split("|")])
            continue
        if rows:
            head, *rest = [row for row in rows if not set("".join(row)) <= {"-"} or "".join(row) == ""]
            cells = "".join(f"<th>{cell}</th>" for cell in head)
            body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rest)
            out.append(f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>")
            rows = []
        if line.startswith("## "):
            out.append(f"<h2>{html.escape(line[3:])}</h2>")
        elif line.startswith("- "):
            out.append(f"<li>{html.escape(line[2:])}</li>")
        elif line:
            out.append(f"<p>{html.escape(line)}</p>")
    return "\n".join(out)


def print_report(found: Mapping[str, Any], folder: Path) -> None:
    """The terminal: the first sentence, a table, where the rest is."""
    from rich.console import Console
    from rich.table import Table

    console = Console(soft_wrap=False)
    console.print(headline(found), markup=False, highlight=False)
    table = Table(title=f"difference to {found['baseline']}, {len(found['seeds'])} seeds, {found['interval'].split()[0]} intervals")
    table.add_column("arm")
    for name in ON_SCREEN:
        table.add_column(name.replace("_", " "), justify="right")
    table.add_column("best", justify="right")
    chances = found["best"].get(found["options"]["outcome"]) or {}
    for arm in found["arms"]:
        cells = []
        for name in ON_SCREEN:
            outcome = found["outcomes"][name]
            told = (outcome["arms"] or {}).get(arm)
            if told is None:
                cells.append("-")
            elif "difference" not in told:
                cells.append(amount(told["mean"]["mean"], outcome["unit"]))
            else:
                cells.append(change(told["difference"], outcome["unit"]))
        chance = chances.get(arm)
        table.add_row(arm, *cells, "-" if chance is None else f"{100 * chance['chance_of_best']:.0f} %")
    console.print(table)
    console.print(f"Written to {folder}", markup=False, highlight=False)
    console.print(f"Read: {folder / 'report.html'}", markup=False, highlight=False)


def _draw(out: Path, found: Mapping[str, Any], runs: Runs, baseline: int) -> None:
    """All pictures that the figures allow."""
    names, n = found["arms"], len(runs.seeds)
    about = f"{n} seed{'s' * (n != 1)}, {found['world'].get('shoppers') or 'various'} customers at day 0"
    rows = range(len(names))
    retention = [[runs.part(row, seed, "retention") for seed in runs.seeds] for row in rows]
    if all(curve is not None for row in retention for curve in row):
        table = np.array(retention)
        if table.shape[2] > 90:
            band = _band(table)
            pictures.curves(names, table.mean(axis=1), band, 90, "Retention: share of the index group with an order in the "
                            "last 90 days", f"{about}; bands: 95 %, all days at once", "% of the index group", out, "retention")  # fmt: skip
    survival = found["survival"]
    if survival is not None:
        mean = np.array([survival["by_day"][name]["mean"] for name in names])
        wide = [survival["by_day"][name].get("half_width_all_days") for name in names]
        pictures.curves(names, mean, None if wide[0] is None else np.array(wide), 0, "Not yet lapsed: silent for less than two "
                        "of their own cycles", about, "% of the index group", out, "survival")  # fmt: skip
    by_day = np.array([[runs.part(row, seed, "contribution_by_day") for seed in runs.seeds] for row in rows]) / 100
    pictures.contribution(names, by_day, baseline, about, out)
    before = found["outcomes"]["contribution"]["arms"]
    for k, (arm, told) in enumerate(found["bridge"].items()):
        start = before[names[baseline]]["mean"]["mean"]
        pictures.bridge(arm, names[baseline], told["bars"], start, about, out, f"bridge_{k + 1}")
    x, y = runs.values("retention_180"), runs.values("margin_rate")
    if np.isfinite(x).all() and np.isfinite(y).all():
        pictures.plane(names, x, y, baseline, ("retention at 180 days", "margin rate"), about, out)
    pictures.ladder(names, [_ladder(runs, row) for row in rows], about, out)
    if found.get("shopper"):
        pictures.lives(found["shopper"], int(found["world"].get("days") or 730), out)


def _band(table: Any) -> Any:
    """Half-width over all days at once, shape (arms, days); None from one seed."""
    from experiments.paired.survival import curves

    if table.shape[1] < 2:
        return None
    return curves(table, np.ones(table.shape[1])).simultaneous


def _ladder(runs: Runs, row: int) -> list[dict[str, int]]:
    """Sums over seeds, by order number."""
    sums: dict[int, dict[str, int]] = {}
    for seed in runs.seeds:
        for step in runs.part(row, seed, "ladder"):
            mine = sums.setdefault(step["number"], dict.fromkeys(step, 0))
            for name, value in step.items():
                mine[name] = value if name == "number" else mine[name] + value
    return [sums[number] for number in sorted(sums)]
