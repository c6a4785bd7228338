"""The pictures of a comparison, as SVG and PNG. The same figures give the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.twins.words import plural

Figures = Mapping[str, Any]
COLOURS = ("#20639b", "#d1495b", "#3caea3", "#edae49", "#7a5195", "#66a182", "#c06c2b", "#444444")
DASHES = ("-", "--", ":", "-.")  # told apart beyond the colours
MOST_BRIDGES = 6  # pictures of bridges, of the arms most likely to be best
DOTS = 120  # per inch of a PNG
SMALL = 0.01  # share of the longest bar under which bars are drawn as one
BARS = {
    "volume": "number of orders", "price": "list value", "points": "points given", "points_revaluation": "points revalued",
    "post": "postage", "acquisition": "advertising",
}  # fmt: skip


def draw_all(found: Figures, out: Path) -> None:
    """All pictures that the figures allow, into a new folder."""
    out.mkdir()
    names, base = found["arms"], found["baseline"]
    look = {name: _look(row) for row, name in enumerate(names)}
    about = plural(len(found["seeds"]), "seed")
    if found["world"].get("shoppers"):
        about += f", {found['world']['shoppers']:,} customers at day 0"
    curves, level = found["curves"], f"{100 * found['options']['level']:g} %"
    if curves["retention_margin"] is not None:
        plane(curves["retention_margin"], look, base, f"{about}; dots: seeds; ellipses: {level} for the means", out)
    whose = "% of the index group"
    for name, title in (
        ("retention", "With an order in the last 90 days"),
        ("survival", "Not yet silent for two of their own cycles"),
    ):
        if curves[name] is not None:
            by_day(curves[name], look, f"{title}, and the difference to {base}", f"{about}; bands: {level}, all days at once", whose,
                   out, name)  # fmt: skip
    if curves["contribution_by_period"] is not None:
        contribution(
            curves["contribution_by_period"], look, base, f"{about}; bands: {level}, each period by itself", out
        )
    for name, arm in _bridges(found):
        before = found["outcomes"]["contribution"]["arms"][base]["mean"]["mean"]
        bridge(found["bridge"][arm]["bars"], before, base, arm, f"{about}; lines: {level} interval of a bar", out, name)
    ladder(curves["order_ladder"], look, f"{about}; bands: {level}", out)
    if found["shopper"]:
        lives(found["shopper"], look, int(found["world"].get("days") or 730), out)


def _bridges(found: Figures) -> list[tuple[str, str]]:
    """Name of the picture and arm, of those worth a picture."""
    chances = found["best"].get("contribution") or {}
    ranked = sorted(found["bridge"], key=lambda arm: -chances.get(arm, {"chance_of_best": 0.0})["chance_of_best"])
    shown = set(ranked[:MOST_BRIDGES])
    return [(f"bridge_arm_{row}", arm) for row, arm in enumerate(found["arms"]) if arm in shown]


def _look(row: int) -> dict[str, Any]:
    """Colour and dash of an arm."""
    return {"color": COLOURS[row % len(COLOURS)], "ls": DASHES[row // len(COLOURS) % len(DASHES)]}


def figure(title: str, about: str, height: float = 4.8) -> Any:
    """A figure with a title and, below it, the conditions."""
    from matplotlib.figure import Figure

    made = Figure(figsize=(8, height), layout="constrained")
    made.suptitle(f"{title}\n{about}", x=0.01, ha="left", fontsize=11)
    return made


def plain(axes: Any, x: str, y: str, zero: bool = False) -> None:
    """Labels, a light grid, no box, and a line at zero if asked for."""
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="0.9")
    axes.set_axisbelow(True)
    if zero:
        axes.axhline(0, color="0.3", lw=0.8)


def save(made: Any, out: Path, name: str) -> None:
    """As `name`.png and `name`.svg."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    # `savefig` would draw everything a second time, for the layout
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    made.set_dpi(DOTS)
    FigureCanvasAgg(made).print_png(out / f"{name}.png", metadata={"Software": None})
    made.set_layout_engine("none")  # laid out once
    with matplotlib.rc_context({"svg.hashsalt": "regulars"}):
        FigureCanvasSVG(made).print_svg(out / f"{name}.svg", metadata=nothing)


def by_day(told: Figures, look: Figures, title: str, about: str, y: str, out: Path, name: str) -> None:
    """Shares by day above, their differences to the baseline below, with bands."""
    made = figure(title, about, 7.2)
    upper, lower = made.subplots(2, 1, sharex=True)
    for axes, part in ((upper, told["arms"]), (lower, told["difference"])):
        for arm, curve in part.items():
            mean, band = 100 * np.array(curve["mean"]), curve["half_width_all_days"]
            axes.plot(told["days"], mean, label=arm, **look[arm])
            if band is not None:
                wide = 100 * np.array(band)
                low, high = mean - wide, mean + wide
                if axes is upper:
                    low, high = np.clip(low, 0, 100), np.clip(high, 0, 100)
                axes.fill_between(told["days"], low, high, color=look[arm]["color"], alpha=0.12, lw=0)
    upper.set_ylim(bottom=0)
    upper.legend(frameon=False)
    plain(upper, "", y)
    plain(lower, "day of the run", "difference, percentage points", zero=True)
    save(made, out, name)


def contribution(told: Figures, look: Figures, base: str, about: str, out: Path) -> None:
    """Contribution of 30-day periods less the baseline's."""
    made = figure(f"Contribution by 30-day period, less that of {base}", about)
    axes = made.subplots()
    for arm, periods in told["difference"].items():
        _line(axes, told["days"], periods, look[arm], arm, 1 / 1000)
    axes.legend(frameon=False)
    plain(axes, "day of the run (middle of the period)", "thousand yuan per period", zero=True)
    save(made, out, "contribution")


def _line(axes: Any, x: Sequence[int], told: Sequence[Figures], look: Figures, arm: str, scale: float) -> None:
    """Means with their intervals as a band, where there are any."""
    axes.plot(x, [scale * one["mean"] for one in told], marker="o", ms=3, label=arm, **look)
    if told and told[0]["low"] is not None:
        low, high = ([scale * one[end] for one in told] for end in ("low", "high"))
        axes.fill_between(x, low, high, color=look["color"], alpha=0.12, lw=0)


def bridge(bars: Figures, before: float, base: str, arm: str, about: str, out: Path, name: str) -> None:
    """The money bridge as a waterfall, thousand yuan a run; the smallest bars are drawn as one."""
    steps = _steps(bars)
    made = figure(f"From {base} to {arm}: contribution of a run", about, 5.2)
    axes = made.subplots()
    level, ends = before / 1000, [before / 1000]
    for k, (value, half) in enumerate(steps.values(), 1):
        axes.bar(k, value, bottom=level, width=0.7, color=COLOURS[2] if value >= 0 else COLOURS[1])
        axes.plot([k - 1.35, k + 0.35], [level, level], color="0.4", lw=0.7)
        level += value
        reach = [level - half, level + half] if half else [level]
        if half:
            axes.plot([k, k], reach, color="0.25", lw=1)
        top = max(level, level - value, *reach)
        axes.annotate(f"{value:+,.1f}", (k, top), (0, 2), textcoords="offset points", ha="center", fontsize=8)
        ends += [level, level - value, *reach]
    last = len(steps) + 1
    axes.plot([last - 1.35, last + 0.35], [level, level], color="0.4", lw=0.7)
    room = max(max(ends) - min(ends), 1e-9)
    floor = min(ends) - 0.25 * room
    cut = floor > 0.25 * max(ends)  # whole bars would leave the steps too small to be seen
    for k, value in ((0, before / 1000), (last, level)):
        axes.bar(k, value, width=0.7, color="0.65")
        axes.annotate(f"{value:,.1f}", (k, max(value, 0)), (0, 2), textcoords="offset points", ha="center", fontsize=8)
    axes.set_ylim(floor if cut else min(0, min(ends) - 0.05 * room), max(max(ends), 0) + 0.12 * room)
    axes.set_xticks(range(last + 1), [base, *steps, arm], rotation=35, ha="right", rotation_mode="anchor")
    plain(axes, "", f"thousand yuan{', axis does not begin at 0' if cut else ''}", zero=not cut)
    axes.grid(axis="x", visible=False)
    save(made, out, name)


def _steps(bars: Figures) -> dict[str, tuple[float, float]]:
    """Bar and half-width of its interval by label, thousand yuan; bars that cannot be seen are added up."""
    told = {
        name: (bar["mean"] / 1000, 0.0 if bar["low"] is None else (bar["high"] - bar["low"]) / 2000)
        for name, bar in bars.items()
    }
    least = SMALL * max(abs(mean) for mean, _ in told.values())
    steps = {BARS.get(name, name.replace("_", " ")): bar for name, bar in told.items() if abs(bar[0]) > least}
    rest = sum(mean for mean, _ in told.values()) - sum(mean for mean, _ in steps.values())
    return steps | ({"all others": (rest, 0.0)} if abs(rest) > least / 10 else {})


def plane(told: Figures, look: Figures, base: str, about: str, out: Path) -> None:
    """Retention against margin: differences to the baseline, seeds as dots, ellipses of the means."""
    from matplotlib.patches import Ellipse

    made = figure(f"Retention at 180 days and margin rate, difference to {base}", about)
    axes = made.subplots()
    axes.axvline(0, color="0.3", lw=0.8)
    for arm, of in told.items():
        x, y = (100 * np.array(of[name]) for name in ("retention_180", "margin_rate"))
        colour = look[arm]["color"]
        axes.scatter(x, y, s=12, color=colour, alpha=0.45, lw=0)
        axes.scatter(
            x.mean(), y.mean(), s=40, color=colour, label=arm, marker="oDs^"[list(told).index(arm) // len(COLOURS) % 4]
        )
        if of["ellipse"]:
            size = of["ellipse"]
            axes.add_patch(Ellipse((x.mean(), y.mean()), 100 * size["width"], 100 * size["height"], angle=size["angle_degrees"],
                                   fc=(*_rgb(colour), 0.12), ec=colour, lw=1.2))  # fmt: skip
    axes.scatter(0, 0, s=40, marker="+", color="0.2", label=base)
    axes.legend(frameon=False, loc="best")
    plain(axes, "retention at 180 days, percentage points", "margin rate, percentage points", zero=True)
    save(made, out, "retention_margin")


def _rgb(colour: str) -> tuple[float, float, float]:
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(colour)
    return red, green, blue


def ladder(told: Figures, look: Figures, about: str, out: Path) -> None:
    """Cost of the programme and contribution per order against the customer's order number."""
    if not any(told.values()):
        return
    made = figure("Programme cost and contribution per order, by the customer's order number", about, 6.6)
    upper, lower = made.subplots(2, 1, sharex=True)
    for arm, steps in told.items():
        number = [step["number"] for step in steps]
        _line(upper, number, [step["reward_share"] for step in steps], look[arm], arm, 100)
        _line(lower, number, [step["contribution"] for step in steps], look[arm], arm, 1)
    upper.legend(frameon=False)
    lower.xaxis.get_major_locator().set_params(integer=True)
    plain(upper, "", "programme cost, % of list value")
    plain(lower, "order number of the customer", "contribution per order, yuan")
    lower.set_ylim(bottom=min(0, lower.get_ylim()[0]))
    save(made, out, "order_ladder")


def lives(told: Figures, look: Figures, days: int, out: Path) -> None:
    """One customer's orders under each arm: size by list value, number for the concession, a cross where the customer left."""
    known = {arm: life for arm, life in told["lives"].items() if life is not None}
    about = f"seed {told['seed']}; dots: orders by size; numbers: concession in %, * if asked for; x: left; right: at the end"
    made = figure(f"Shopper {told['shopper']} in {plural(len(known), 'world')}", about, 1.6 + 0.9 * len(known))
    axes = made.subplots()
    for k, (arm, life) in enumerate(known.items()):
        _life(axes, k, life, look[arm]["color"], days)
    axes.set_yticks(range(len(known)), list(known))
    axes.set_ylim(len(known) - 0.4, -0.6)
    axes.set_xlim(-0.02 * days, 1.02 * days)
    plain(axes, "day of the run", "")
    save(made, out, "shopper")


def _life(axes: Any, row: int, life: Figures, colour: str, days: int) -> None:
    for order in life["orders"]:
        share = (order["discount_fen"] + order["post_forgone_fen"] + order["gift_fen"]) / max(order["list_fen"], 1)
        axes.scatter(order["time"], row, s=order["list_fen"] / 300, color=colour, alpha=0.5, lw=0)
        star = "*" if order["ask_fen"] > 0 else ""
        if share > 0.0005 or star:
            axes.annotate(f"{100 * share:.0f}{star}", (order["time"], row - 0.24), ha="center", va="bottom", fontsize=7)
        if order["points_redeemed"] > 0:
            axes.annotate("gift", (order["time"], row + 0.24), ha="center", va="top", fontsize=7)
    if life["exit_day"] is not None and 0 <= life["exit_day"] <= days:
        axes.scatter(life["exit_day"], row, marker="x", s=60, color="0.2")
        axes.annotate(
            life["exit_cause"].replace("_", " "), (life["exit_day"], row + 0.24), ha="center", va="top", fontsize=7
        )
    end = life["at_end"]
    said = f"satisfaction {end['satisfaction']:+.2f}\npoints {end['points_available']:,}"
    axes.annotate(said, (1.01, row), xycoords=("axes fraction", "data"), va="center", fontsize=7, annotation_clip=False)
    if not life["orders"]:
        axes.annotate("no order", (days / 2, row - 0.06), ha="center", va="bottom", fontsize=8)
    axes.axhline(row, color="0.85", lw=0.8, zorder=0)
