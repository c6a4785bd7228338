"""One picture for each fact, as SVG: its parts against their tolerances, or a curve. The same figures give the same bytes."""

from collections.abc import Mapping
from io import StringIO
from typing import Any

from experiments.facts.fact import Curve

BLUE, GREEN, GREY = "#20639b", "#bfe3d0", "#999999"
Row = Mapping[str, Any]


def drawn(row: Row, curve: Curve | None) -> str:
    """The picture as SVG text; one that says why if nothing was measured."""
    if row["figure"] is None:
        return _svg(f"{row['verdict']}: {row['because']}", None, row)
    told = _told(row, curve) if curve is not None else []
    return _svg(row["verdict"], curve if len(told) > 1 else None, row)


def _told(row: Row, curve: Curve) -> list[tuple[float, Mapping[str, float]]]:
    """Places and intervals of a curve, where there are any."""
    known = row["others"] | {
        name: {"mean": part["figure"], "low": part["low"], "high": part["high"]} for name, part in row["parts"].items()
    }
    return [(x, known[name]) for x, name in curve.at.items() if known.get(name) is not None]


def _svg(title: str, curve: Curve | None, row: Row) -> str:
    import matplotlib
    from matplotlib.figure import Figure

    parts = row["parts"] if row["figure"] is not None else {}
    with matplotlib.rc_context({"svg.hashsalt": "regulars", "svg.fonttype": "none", "font.size": 9}):
        made = Figure(figsize=(7, 2.8 if curve else 0.8 + 0.75 * max(len(parts), 1)), layout="constrained")
        made.suptitle(title if len(title) < 90 else f"{title[:87]}...", x=0.01, ha="left", fontsize=9)
        if curve is not None:
            _curve(made.subplots(), curve, _told(row, curve))
        elif parts:
            grid = made.subplots(len(parts), 1, squeeze=False)
            for axes, (name, part) in zip(grid[:, 0], parts.items(), strict=True):
                _part(axes, name, part, [v for v in row["by_seed"][name] if v is not None])
        out = StringIO()
        made.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = out.getvalue()
    return text[text.index("<svg") :]


def _part(axes: Any, name: str, part: Row, seeds: list[float]) -> None:
    """Seeds as dots, the interval as a bar, the tolerance as a band, the neutral point as a dotted line."""
    ends = [
        value for value in (*part["tolerance"], part["low"], part["high"], part["neutral"], *seeds) if value is not None
    ]
    least, most = min(ends, default=0.0), max(ends, default=1.0)
    room = 0.08 * ((most - least) or 1.0)
    low, high = part["tolerance"]
    axes.axvspan(least - room if low is None else low, most + room if high is None else high, color=GREEN, lw=0)
    if part["neutral"] is not None:
        axes.axvline(part["neutral"], color=GREY, ls=":")
    axes.plot(seeds, [0.0] * len(seeds), "o", ms=3, color=GREY)
    if part["low"] is not None:
        axes.plot([part["low"], part["high"]], [0.0, 0.0], color=BLUE, lw=3)
        axes.plot([part["figure"]], [0.0], "|", ms=12, color=BLUE)
    axes.set_xlim(least - room, most + room)
    axes.set_yticks([0.0], [part["text"] or name.replace("_", " ")])
    axes.spines[["top", "right", "left"]].set_visible(False)


def _curve(axes: Any, curve: Curve, told: list[tuple[float, Mapping[str, float]]]) -> None:
    """Means with their intervals along a scale."""
    x, mean = [at for at, _ in told], [one["mean"] for _, one in told]
    axes.plot(x, mean, "o-", color=BLUE, ms=4)
    axes.vlines(x, [one["low"] for _, one in told], [one["high"] for _, one in told], color=BLUE, lw=1)
    axes.axhline(0.0, color=GREY, ls=":")
    axes.set_xlabel(curve.x)
    axes.set_ylabel(curve.y, fontsize=8)
    axes.spines[["top", "right"]].set_visible(False)
