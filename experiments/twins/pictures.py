"""The pictures of a comparison, as SVG and PNG. The same figures give the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sim.contract import F64

COLOURS = ("#20639b", "#d1495b", "#3caea3", "#edae49", "#7a5195", "#66a182", "#8d6a9f", "#444444")
PERIOD_DAYS = 30
FEWEST = 20  # orders a mean needs to be shown
BARS = {"volume": "orders", "price": "list price", "points_revaluation": "points revalued"}


def figure(title: str, about: str, height: float = 4.8) -> Any:
    """A figure with a title and, below it, the conditions."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(8, height), layout="constrained")
    made.suptitle(f"{title}\n{about}", x=0.01, ha="left", fontsize=11)
    return made


def plain(axes: Any, x: str, y: str) -> None:
    """Labels, a light grid, no box."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)


def save(made: Any, out: Path, name: str) -> None:
    """As `name`.svg and `name`.png."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(made)
    with matplotlib.rc_context({"svg.hashsalt": "regulars"}):
        made.savefig(out / f"{name}.svg", metadata={"Date": None})
        made.savefig(out / f"{name}.png", dpi=120, metadata={"Software": None})


def curves(names: Sequence[str], mean: F64, band: F64 | None, first: int, title: str, about: str, y: str, out: Path,
           name: str) -> None:  # fmt: skip
    """Curves by day with bands; mean and band have shape (arms, days)."""
    made = figure(title, about)
    axes = made.subplots()
    days = np.arange(mean.shape[1])[first:]
    for row, arm in enumerate(names):
        colour = COLOURS[row % len(COLOURS)]
        axes.plot(days, 100 * mean[row, first:], color=colour, label=arm)
        if band is not None:
            low, high = mean[row, first:] - band[row, first:], mean[row, first:] + band[row, first:]
            axes.fill_between(days, 100 * np.clip(low, 0, 1), 100 * np.clip(high, 0, 1), color=colour, alpha=0.15, lw=0)
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False)
    plain(axes, "day of the run", y)
    save(made, out, name)


def contribution(names: Sequence[str], by_day: F64, baseline: int, about: str, out: Path) -> None:
    """Contribution of whole 30-day periods less the baseline's, mean over seeds with t interval; (arms, seeds, days) yuan."""
    from experiments.twins.findings import mean

    periods = by_day.shape[2] // PERIOD_DAYS
    if not periods:
        return
    whole = by_day[:, :, : periods * PERIOD_DAYS].reshape(*by_day.shape[:2], periods, PERIOD_DAYS).sum(axis=3) / 1000
    made = figure(f"Contribution by 30-day period, less that of {names[baseline]}", about)
    axes = made.subplots()
    day = np.arange(periods) * PERIOD_DAYS + PERIOD_DAYS / 2
    for row, arm in enumerate(names):
        if row == baseline:
            continue
        told = [mean(whole[row, :, k] - whole[baseline, :, k], 0.95) for k in range(periods)]
        axes.plot(day, [one["mean"] for one in told], color=COLOURS[row % len(COLOURS)], marker="o", ms=3, label=arm)
        if told[0]["low"] is not None:
            axes.fill_between(day, [one["low"] for one in told], [one["high"] for one in told],
                              color=COLOURS[row % len(COLOURS)], alpha=0.15, lw=0)  # fmt: skip
    axes.axhline(0, color="0.3", lw=0.8)
    axes.legend(frameon=False)
    plain(axes, "day of the run (middle of the period)", "thousand yuan per period")
    save(made, out, "contribution")


def bridge(arm: str, base: str, bars: Mapping[str, Mapping[str, Any]], before: float, about: str, out: Path,
           name: str) -> None:  # fmt: skip
    """The money bridge as a waterfall, yuan per seed; bars of nothing are left out."""
    steps = [(BARS.get(bar, bar.replace("_", " ")), value["mean"] / 1000) for bar, value in bars.items()]
    steps = [step for step in steps if abs(step[1]) >= 0.0005]
    made = figure(f"From the contribution of {base} to that of {arm}, thousand yuan", about)
    axes = made.subplots()
    level = before / 1000
    labels = [base, *(step[0] for step in steps), arm]
    axes.bar(0, level, color="0.6")
    tops = [level]
    for k, (_, value) in enumerate(steps, 1):
        axes.bar(k, value, bottom=level, color=COLOURS[2] if value >= 0 else COLOURS[1])
        axes.plot([k - 1.4, k + 0.4], [level, level], color="0.4", lw=0.6)
        axes.annotate(f"{value:+.1f}", (k, max(level, level + value)), ha="center", va="bottom", fontsize=8)
        level += value
        tops += [level, level - value]
    axes.bar(len(steps) + 1, level, color="0.6")
    tops.append(level)
    for k, value in ((0, before / 1000), (len(steps) + 1, level)):
        axes.annotate(f"{value:.0f}", (k, value), ha="center", va="bottom", fontsize=8)
    low, high = min(tops), max(tops)
    room = max(high - low, 1e-9)
    axes.set_ylim(low - 0.6 * room if low - 0.6 * room > 0 else min(0, low - 0.1 * room), high + 0.15 * room)
    axes.set_xticks(range(len(labels)), labels, rotation=35, ha="right")
    plain(axes, "", "thousand yuan per seed (the axis need not begin at 0)")
    axes.grid(axis="x", visible=False)
    save(made, out, name)


def plane(names: Sequence[str], x: F64, y: F64, baseline: int, labels: tuple[str, str], about: str, out: Path) -> None:
    """Retention against margin: differences to the baseline, seeds as dots, 95 % ellipses of the means; (arms, seeds)."""
    from matplotlib.patches import Ellipse
    from scipy.special import fdtri

    made = figure(f"{labels[0].capitalize()} and {labels[1]}, difference to {names[baseline]}", about)
    axes = made.subplots()
    seeds = x.shape[1]
    for row, arm in enumerate(names):
        if row == baseline:
            continue
        dx, dy = 100 * (x[row] - x[baseline]), 100 * (y[row] - y[baseline])
        colour = COLOURS[row % len(COLOURS)]
        axes.scatter(dx, dy, s=9, color=colour, alpha=0.35, lw=0)
        axes.scatter(dx.mean(), dy.mean(), s=36, color=colour, label=arm)
        if seeds > 3:
            values, vectors = np.linalg.eigh(np.cov(dx, dy) / seeds)
            scale = 2 * (seeds - 1) / (seeds - 2) * float(fdtri(2, seeds - 2, 0.95))  # Hotelling's T squared
            width, height = 2 * np.sqrt(np.maximum(values, 0) * scale)
            angle = float(np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0])))
            axes.add_patch(Ellipse((dx.mean(), dy.mean()), width, height, angle=angle, fill=False, ec=colour))
    axes.axhline(0, color="0.3", lw=0.8)
    axes.axvline(0, color="0.3", lw=0.8)
    axes.legend(frameon=False)
    plain(axes, f"{labels[0]}, percentage points", f"{labels[1]}, percentage points")
    save(made, out, "retention_margin")


def ladder(names: Sequence[str], ladders: Sequence[Sequence[Mapping[str, int]]], about: str, out: Path) -> None:
    """Cost of the programme and contribution per order against the customer's order number; sums over seeds by arm."""
    made = figure("Programme cost and contribution per order, by the customer's order number", about, 6.2)
    upper, lower = made.subplots(2, 1, sharex=True)
    for row, arm in enumerate(names):
        steps = [step for step in ladders[row] if step["orders"] >= FEWEST]
        number = [step["number"] for step in steps]
        colour = COLOURS[row % len(COLOURS)]
        upper.plot(number, [100 * step["reward_fen"] / max(step["list_fen"], 1) for step in steps], color=colour, marker="o",
                   ms=3, label=arm)  # fmt: skip
        lower.plot(number, [step["contribution_fen"] / step["orders"] / 100 for step in steps], color=colour, marker="o", ms=3)
    upper.legend(frameon=False)
    lower.axhline(0, color="0.3", lw=0.8)
    plain(upper, "", "programme cost, % of list value")
    plain(lower, "order number of the customer", "contribution per order, yuan")
    save(made, out, "order_ladder")


def lives(told: Mapping[str, Any], days: int, out: Path) -> None:
    """One customer's orders under each arm: size by list value, colour by concession, a cross where the customer left."""
    known = {arm: life for arm, life in told["lives"].items() if life is not None}
    made = figure(f"Shopper {told['shopper']} in {len(known)} worlds", f"seed {told['seed']}; dot: order, area by list value; "
                  "number: concession in % of list; *: asked, x: left", 1.2 + 0.9 * len(known))  # fmt: skip
    axes = made.subplots()
    for k, life in enumerate(known.values()):
        for order in life["orders"]:
            given = order["discount_fen"] + order["post_forgone_fen"] + order["gift_fen"]
            share = given / max(order["list_fen"], 1)
            axes.scatter(order["time"], k, s=order["list_fen"] / 300, color=COLOURS[k % len(COLOURS)], alpha=0.5, lw=0)
            if share > 0.0005 or order["ask_fen"] > 0:
                star = "*" if order["ask_fen"] > 0 else ""
                axes.annotate(f"{100 * share:.0f}{star}", (order["time"], k + 0.22), ha="center", fontsize=7)
            if order["points_redeemed"] > 0:
                axes.annotate("gift", (order["time"], k - 0.36), ha="center", fontsize=7)
        if life["exit_day"] is not None and 0 <= life["exit_day"] <= days:
            axes.scatter(life["exit_day"], k, marker="x", s=60, color="0.2")
            axes.annotate(life["exit_cause"].replace("_", " "), (life["exit_day"], k - 0.36), ha="center", fontsize=7)
    axes.set_yticks(range(len(known)), list(known))
    axes.set_ylim(-0.6, len(known) - 0.4)
    axes.set_xlim(0, days)
    plain(axes, "day of the run", "")
    save(made, out, "shopper")
