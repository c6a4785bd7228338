"""The pictures of a run, as SVG and PNG: retention, contribution over time, money waterfall, order ladder, campaigns.

The same records give the same bytes. A picture that the records do not allow is not drawn.
"""

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sim.shop.money import MONEY, SIGN

RETENTION_DAYS = 90
PERIOD_DAYS = 30
LONGEST = 20  # order numbers shown
FEWEST = 20  # orders that a mean needs to be shown
BLUE, GREEN, RED = "#20639b", "#3caea3", "#d1495b"
_LADDER = ("order_number", "list_fen", "discount_fen", "post_forgone_fen", "gift_fen", "contribution_fen")


def draw(folder: Path, out: Path) -> None:
    """Draws what the records in `folder` allow into `out`."""
    from sim.campaign_plot import draw_campaigns

    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    about = f"{summary['policy']}, {summary['days']} days, seed {summary['seed']}, one run"
    daily = read([folder / "daily.parquet"])
    _contribution(daily, about, out)
    _waterfall(daily, summary, about, out)
    draw_campaigns(summary, about, out)
    parts = sorted((folder / "orders").glob("*.parquet"))
    curve = None
    if parts and (folder / "shoppers.parquet").exists():
        shoppers = read([folder / "shoppers.parquet"], ("shopper", "index"))
        group = shoppers["shopper"][shoppers["index"].astype(bool)]
        curve = retention_curve(read(parts, ("shopper", "time")), group, summary["days"])
    _retention(curve, summary, about, out)
    if parts:
        _ladder(read(parts, _LADDER), about, out)


def read(paths: list[Path], columns: tuple[str, ...] = ()) -> dict[str, Any]:
    """Columns of Parquet files, in the order of the files; all columns if none are named."""
    names = ", ".join(f'"{name}"' for name in columns) or "*"
    with duckdb.connect(config={"threads": 1}) as db:
        return db.execute(f"SELECT {names} FROM read_parquet(?)", [[str(path) for path in paths]]).fetchnumpy()


def retention_curve(orders: dict[str, Any], group: Any, days: int) -> Any:
    """Share of `group` with an order in (h - 90, h], for h = 0..days; an order at t counts for t <= h < t + 90."""
    mine = np.isin(orders["shopper"], group)
    who, when = orders["shopper"][mine], orders["time"][mine]
    row = np.lexsort((when, who))
    who, when = who[row], when[row]
    start, stop = np.ceil(when).astype(np.int64), np.ceil(when + RETENTION_DAYS).astype(np.int64)
    again = who[1:] == who[:-1]
    start[1:] = np.where(again, np.maximum(start[1:], stop[:-1]), start[1:])  # until then the order before counts
    change = np.zeros(days + RETENTION_DAYS + 2, np.int64)
    np.add.at(change, start, 1)
    np.subtract.at(change, stop, 1)
    return np.cumsum(change)[: days + 1] / max(len(group), 1)


def _figure(title: str, about: str) -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.8), layout="constrained")
    figure.suptitle(f"{title}\n{about}", x=0.01, ha="left", fontsize=11)
    return figure


def _plain(axes: Any, x: str, y: str) -> None:
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", color="0.9")
    axes.set_axisbelow(True)


def _save(figure: Any, out: Path, name: str) -> None:
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    with matplotlib.rc_context({"svg.hashsalt": "regulars"}):
        figure.savefig(out / f"{name}.svg", metadata={"Date": None})
        figure.savefig(out / f"{name}.png", dpi=120, metadata={"Software": None})


def _contribution(daily: dict[str, Any], about: str, out: Path) -> None:
    """By periods of 30 days, after wages and advertising; a shorter last period is drawn pale."""
    total = sum(sign * daily[name] for name, sign in zip(MONEY, SIGN, strict=True))
    total = (total - daily["wages_fen"] - daily["acquisition_fen"] - daily["messages_fen"])[
        daily["row"] == "day"
    ] / 100.0
    firsts = np.arange(0, len(total), PERIOD_DAYS)
    lengths = np.minimum(PERIOD_DAYS, len(total) - firsts)
    sums = np.add.reduceat(total, firsts) / 1000
    figure = _figure("Contribution by 30-day period, after wages, acquisition and messages", about)
    axes = figure.subplots()
    bars = axes.bar(firsts, sums, width=0.92 * lengths, align="edge", color=[GREEN if s >= 0 else RED for s in sums])
    if lengths[-1] < PERIOD_DAYS:
        bars[-1].set_alpha(0.4)
    axes.axhline(0, color="0.3", linewidth=0.8)
    short = f"; pale: the last {lengths[-1]} days only" if lengths[-1] < PERIOD_DAYS else ""
    _plain(axes, f"day of the run (refunds and goods back after it are left out{short})", "thousand yuan per period")
    _save(figure, out, "contribution")


def _waterfall(daily: dict[str, Any], summary: dict[str, Any], about: str, out: Path) -> None:
    """From list sales to contribution, with what the run's orders bring after its end; empty accounts are left out."""
    steps = [
        (name.removesuffix("_fen").replace("_", " "), sign * int(daily[name].sum()) / 100_000)
        for name, sign in zip(MONEY, SIGN, strict=True)
    ]
    steps[0] = ("list sales", steps[0][1])
    steps += [(name.replace("_", " "), -value / 1000) for name, value in summary["shop_costs"].items()]
    steps = [step for i, step in enumerate(steps) if i == 0 or step[1]]
    figure = _figure("From list sales to contribution, thousand yuan", about)
    axes = figure.subplots()
    level, tops = 0.0, [0.0]
    for i, (_, value) in enumerate([*steps, ("contribution", 0.0)]):
        last = i == len(steps)
        low, high = (min(0.0, level), max(0.0, level)) if last else sorted((level, level + value))
        colour = BLUE if last or i == 0 else GREEN if value > 0 else RED
        axes.bar(i, high - low, bottom=low, color=colour)
        text = f"{level:,.1f}" if last else f"{value:,.1f}" if i == 0 else f"{value:+,.1f}"
        axes.annotate(text, (i, high), (0, 3), textcoords="offset points", ha="center", fontsize=8)
        level += value
        tops += [low, high]
    axes.axhline(0, color="0.3", linewidth=0.8)
    spread = max(max(tops) - min(tops), 1e-9)
    axes.set_ylim(min(tops) - (0.05 * spread if min(tops) < 0 else 0), max(tops) + 0.08 * spread)
    names = [name for name, _ in steps] + ["contribution"]
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    _plain(axes, "", "thousand yuan")
    _save(figure, out, "waterfall")


def _retention(curve: Any, summary: dict[str, Any], about: str, out: Path) -> None:
    """Share of the index group with an order in the 90 days before day h: a curve, or the summary's three points."""
    marks = [(int(h), 100 * value) for h, value in summary["retention"].items() if value is not None]
    if not marks:
        return
    figure = _figure("Retention: buyers of the year before day 0 with an order in the last 90 days", about)
    axes = figure.subplots()
    if curve is not None:
        days = np.arange(RETENTION_DAYS, len(curve))
        axes.plot(days, 100 * curve[RETENTION_DAYS:], color=BLUE)
    axes.plot([h for h, _ in marks], [share for _, share in marks], "o", color=BLUE)
    for h, share in marks:
        axes.annotate(f"day {h}: {share:.1f} %", (h, share), (4, 8), textcoords="offset points", fontsize=9)
    most = max([share for _, share in marks] + ([] if curve is None else [100 * float(curve[RETENTION_DAYS:].max())]))
    axes.set_ylim(0, min(1.3 * most, 105) if most else 100)
    axes.set_xlim(RETENTION_DAYS - 5, max(summary["days"], RETENTION_DAYS) * 1.05)
    _plain(axes, "day h of the run", "% with an order in (h - 90, h]")
    _save(figure, out, "retention")


def _ladder(orders: dict[str, Any], about: str, out: Path) -> None:
    """Concession and contribution of an order by its number in the customer's life."""
    number = orders["order_number"]
    counts = np.bincount(np.minimum(number, LONGEST + 1), minlength=LONGEST + 2)
    shown = [k for k in range(1, LONGEST + 1) if counts[k] >= FEWEST]
    if not shown:
        return
    conceded = orders["discount_fen"] + orders["post_forgone_fen"] + orders["gift_fen"]
    shares, means, margins = [], [], []
    for k in shown:
        here = number == k
        money = orders["contribution_fen"][here] / 100
        shares.append(100 * float(conceded[here].sum()) / max(float(orders["list_fen"][here].sum()), 1.0))
        means.append(float(money.mean()))
        margins.append(1.96 * float(money.std(ddof=1)) / float(np.sqrt(len(money))))
    figure = _figure("What an order gives away and brings in, by the customer's order number", about)
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.bar(shown, shares, color=RED)
    upper.set_ylim(0, max(1.15 * max(shares), 1.0))
    if not any(shares):
        upper.text(0.5, 0.5, "no concessions in this run", transform=upper.transAxes, ha="center", color="0.4")
    _plain(upper, "", "concession,\n% of list sales")
    lower.errorbar(shown, means, margins, fmt="o", color=BLUE, ecolor="0.6", markersize=4, capsize=2)
    lower.axhline(0, color="0.3", linewidth=0.8)
    lower.set_xticks(range(1, LONGEST + 1))
    lower.set_xlim(0.4, LONGEST + 0.6)
    _plain(
        lower,
        "order number (concession: discount, postage forgone, gift; whiskers: 95 % interval of the mean;\n"
        f"numbers with under {FEWEST} orders left out; later numbers are other, more frequent customers)",
        "contribution,\nyuan per order",
    )
    _save(figure, out, "by_order_number")
