"""The pictures of a calibration, as SVG and PNG: real against simulated, mean and range over seeds."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibration.backtest import Backtest
from experiments.calibration.facts import QUANTILES, SILENCES
from experiments.twins.pictures import COLOURS, figure, plain, save
from sim.orders.log import F64

NAMES = ("tracking", "repeats", "gaps", "no_return", "values")
REAL, PLAYED = "#222222", COLOURS[0]


def draw(folder: Path, judged: Backtest, value: F64, drawn: F64, cut: int) -> None:
    """All pictures into a folder."""
    _tracking(folder, judged, cut)
    _bars(folder, judged)
    _quantiles(folder, judged)
    _no_return(folder, judged)
    _values(folder, value, drawn)


def _tracking(folder: Path, judged: Backtest, cut: int) -> None:
    made = figure(
        "Orders after the first, cumulative by week", f"fitted left of the line (day {cut}), judged right of it"
    )
    axes = made.subplots()
    runs = np.array([one.cumulative for one in judged.played]) * judged.scale
    axes.fill_between(judged.actual.weeks, runs.min(axis=0), runs.max(axis=0), color=PLAYED, alpha=0.2, lw=0)
    axes.plot(judged.actual.weeks, runs.mean(axis=0), color=PLAYED, label="simulated")
    axes.plot(judged.actual.weeks, judged.actual.cumulative, color=REAL, label="real")
    axes.axvline(cut, color="0.6", lw=0.8)
    axes.legend(frameon=False)
    plain(axes, "day of the log", "orders")
    save(made, folder, "tracking")


def _bars(folder: Path, judged: Backtest) -> None:
    made = figure("Customers by orders after the first", "whole log")
    axes = made.subplots()
    x, mean = np.arange(11), np.mean([one.repeats for one in judged.played], axis=0)
    axes.bar(x - 0.2, 100 * judged.actual.repeats, 0.4, color=REAL, label="real")
    axes.bar(x + 0.2, 100 * mean, 0.4, color=PLAYED, label="simulated")
    axes.set_xticks(x, [*map(str, range(10)), "10+"])
    axes.legend(frameon=False)
    plain(axes, "orders after the first", "% of customers")
    save(made, folder, "repeats")


def _quantiles(folder: Path, judged: Backtest) -> None:
    made = figure("Days between orders, and customers' own mean gaps", "quantiles, whole log")
    for axes, what, label in zip(
        made.subplots(1, 2), ("gaps", "cycles"), ("gap, days", "own mean gap, days"), strict=True
    ):
        axes.plot(QUANTILES, getattr(judged.actual, what), color=REAL, marker="o", label="real")
        mean = np.mean([getattr(one, what) for one in judged.played], axis=0)
        axes.plot(QUANTILES, mean, color=PLAYED, marker="o", label="simulated")
        axes.legend(frameon=False)
        plain(axes, "quantile", label)
    save(made, folder, "gaps")


def _no_return(folder: Path, judged: Backtest) -> None:
    made = figure(
        "Share that never came back, by silence at the end of the fitted part", "customers with three orders or more"
    )
    axes = made.subplots()
    names = [f"{max(low, 0):g} to {high:g}" for low, high in itertools.pairwise(SILENCES[:-1])] + ["above 5"]
    axes.plot(names, 100 * judged.actual.silent[:, 1], color=REAL, marker="o", label="real")
    played: Any = np.array([one.silent[:, 1] for one in judged.played])
    seen = np.isfinite(played).any(axis=0)
    mean = np.full(len(names), np.nan)
    mean[seen] = 100 * np.nanmean(played[:, seen], axis=0)
    axes.plot(names, mean, color=PLAYED, marker="o", label="simulated")
    axes.set_ylim(0, 100)
    axes.legend(frameon=False)
    plain(axes, "silence, own mean gaps", "% without return until the end of the log")
    save(made, folder, "no_return")


def _values(folder: Path, value: F64, drawn: F64) -> None:
    made = figure("Order values", "whole log; orders of value 0 left out")
    axes = made.subplots()
    real, played = (np.log10(one[one > 0]) for one in (value, drawn))
    low, high = np.quantile(real, (0.001, 0.999))
    edges = np.linspace(low - 0.05, high + 0.05, 41)
    axes.hist(real, edges, weights=np.full(len(real), 100 / len(real)), color=REAL, alpha=0.35, label="real")
    axes.hist(
        played, edges, weights=np.full(len(played), 100 / len(played)), histtype="step", color=PLAYED, label="simulated"
    )
    axes.legend(frameon=False)
    plain(axes, "log10 of the order value, yuan", "% of orders")
    save(made, folder, "values")
