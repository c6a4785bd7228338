"""The pictures of a run, as SVG and PNG: retention, contribution over time, the money waterfall, the order ladder."""

import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from sim.shop.money import MONEY, SIGN

RETENTION_DAYS = 90
LONGEST = 20  # order numbers shown


def draw(folder: Path, out: Path) -> None:
    """Draws what the records in `folder` allow into `out`."""
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    about = f"{summary['policy']}, one run, seed {summary['seed']}, {summary['days']} days"
    daily = read(folder / "daily.parquet")
    _contribution(daily, about, out)
    _waterfall(daily, summary, about, out)
    _retention(folder, summary, about, out)
    if (folder / "orders").is_dir():
        _ladder(read(folder / "orders" / "*.parquet"), about, out)


def read(path: Path) -> dict[str, Any]:
    """Columns of a Parquet file (or a pattern of files)."""
    with duckdb.connect(config={"threads": 1}) as db:
        return db.execute("SELECT * FROM read_parquet(?)", [str(path)]).fetchnumpy()


def _axes(title: str, x: str, y: str) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    axes.set_title(title, loc="left", fontsize=11)
    axes.set_xlabel(x)
    axes.set_ylabel(y)
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _save(figure: Any, out: Path, name: str) -> None:
    import matplotlib

    with matplotlib.rc_context({"svg.hashsalt": "regulars"}):
        figure.savefig(out / f"{name}.svg", metadata={"Date": None})
        figure.savefig(out / f"{name}.png", dpi=120, metadata={"Software": None})


def _contribution(daily: dict[str, Any], about: str, out: Path) -> None:
    """By periods of 30 days, after wages and advertising; a last period that is shorter is left out."""
    total = sum(sign * daily[name] for name, sign in zip(MONEY, SIGN, strict=True))
    total = (total - daily["wages_fen"] - daily["acquisition_fen"])[:-1] / 100.0
    whole = max(len(total) // 30, 1)
    sums = [float(total[30 * k : 30 * (k + 1)].sum()) for k in range(whole)]
    figure, axes = _axes(f"Contribution after wages and advertising ({about})", "day", "yuan per 30 days")
    axes.plot([30 * (k + 1) for k in range(whole)], sums, color="#20639b")
    axes.axhline(0, color="0.6", linewidth=0.8)
    _save(figure, out, "contribution")


def _waterfall(daily: dict[str, Any], summary: dict[str, Any], about: str, out: Path) -> None:
    """From list sales to contribution."""
    steps = [
        (name.removesuffix("_fen").replace("_", " "), sign * int(daily[name].sum()) / 100.0)
        for name, sign in zip(MONEY, SIGN, strict=True)
    ]
    steps += [(name.replace("_", " "), -value) for name, value in summary["shop_costs"].items() if value]
    figure, axes = _axes(f"From list sales to contribution ({about})", "", "thousand yuan")
    level = 0.0
    for name, value in steps:
        axes.bar(name, value / 1000, bottom=level / 1000, color="#3caea3" if value > 0 else "#ed553b")
        level += value
    axes.bar("contribution", level / 1000, color="#20639b")
    axes.tick_params(axis="x", rotation=60)
    _save(figure, out, "waterfall")


def _retention(folder: Path, summary: dict[str, Any], about: str, out: Path) -> None:
    """Share of the index group with an order in the 90 days before day h."""
    figure, axes = _axes(
        f"Retention of customers known at day 0 ({about})", "day h", "share with an order in (h - 90, h]"
    )
    marks = [(int(h), value) for h, value in summary["retention"].items() if value is not None]
    if (folder / "orders").is_dir() and (folder / "shoppers.parquet").exists():
        orders, shoppers = read(folder / "orders" / "*.parquet"), read(folder / "shoppers.parquet")
        group = shoppers["shopper"][shoppers["index"].astype(bool)]
        mine = np.isin(orders["shopper"], group)
        who, when = orders["shopper"][mine], orders["time"][mine]
        days = list(range(RETENTION_DAYS, summary["days"] + 1, 10))
        share = [len(np.unique(who[(when > h - RETENTION_DAYS) & (when <= h)])) / max(len(group), 1) for h in days]
        axes.plot(days, share, color="#20639b")
    axes.plot([h for h, _ in marks], [value for _, value in marks], "o", color="#173f5f")
    axes.set_ylim(0, 1)
    _save(figure, out, "retention")


def _ladder(orders: dict[str, Any], about: str, out: Path) -> None:
    """Concession and contribution of an order by its number in the customer's life."""
    number = np.minimum(orders["order_number"], LONGEST + 1)
    conceded = orders["discount_fen"] + orders["post_forgone_fen"] + orders["gift_fen"]
    shown = [k for k in range(1, LONGEST + 1) if np.count_nonzero(number == k) >= 20]
    figure, axes = _axes(
        f"Concession and contribution by order number ({about})", "a customer's order number", "concession, % of list"
    )
    axes.plot(
        shown,
        [100 * conceded[number == k].sum() / orders["list_fen"][number == k].sum() for k in shown],
        color="#ed553b",
        label="concession, % of list (left)",
    )
    right = axes.twinx()
    right.plot(
        shown,
        [orders["contribution_fen"][number == k].mean() / 100 for k in shown],
        color="#20639b",
        label="contribution, yuan per order (right)",
    )
    right.set_ylabel("contribution, yuan per order")
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    _save(figure, out, "by_order_number")
