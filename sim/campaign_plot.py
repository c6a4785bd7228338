"""The picture of what campaigns did: response within 30 days, stimulated against natural, wave by wave."""

from pathlib import Path
from typing import Any

HORIZON = "30"
MOST = 30  # waves shown


def shown(summary: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Name and response of each wave that has both groups, in order of campaign and wave."""
    found = [
        (f"{campaign}: {wave}", figures["response"][HORIZON])
        for campaign, told in summary.get("campaigns", {}).items()
        for wave, figures in told["waves"].items()
        if figures["response"][HORIZON]["difference"] is not None
    ]
    return found[:MOST]


def draw_campaigns(summary: dict[str, Any], about: str, out: Path) -> None:
    """One line for each wave, with the 95 % interval of the difference; nothing without campaigns."""
    from sim.plots import BLUE, GREEN, _figure, _plain, _save

    waves = shown(summary)
    if not waves:
        return
    figure = _figure("Ordered within 30 days of a message: those who got it against those held out", about)
    figure.set_size_inches(8, max(4.8, 0.3 * len(waves) + 1.8))
    axes = figure.subplots()
    for y, (_, told) in enumerate(waves):
        natural, stimulated = 100 * told["natural"], 100 * told["stimulated"]
        low, high = natural + 100 * told["low"], natural + 100 * told["high"]
        axes.plot([low, high], [y, y], color="0.6", zorder=1)
        axes.plot(natural, y, "o", mfc="white", mec=BLUE, label="held out (natural)" if y == 0 else None)
        axes.plot(stimulated, y, "o", color=GREEN, label="got it (stimulated)" if y == 0 else None)
    axes.set_yticks(range(len(waves)), [f"{name} (n={told['customers']:,})" for name, told in waves], fontsize=8)
    axes.set_ylim(len(waves) - 0.5, -0.5)
    axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
    axes.legend(frameon=False)
    _plain(axes, "% with an order (line: natural + the 95 % interval of the difference)", "")
    axes.grid(axis="y", visible=False)
    axes.grid(axis="x", color="0.9")
    _save(figure, out, "campaigns")
