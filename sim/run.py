"""One run from the shop's opening to the files it leaves: history, the run itself, the run-off under `none`."""

import json
import sys
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from sim.calendar import make_calendar
from sim.config import Config
from sim.measure.summary import contribution, liability, mark_index_group, money, revaluation, summarise
from sim.record import OrderParts, write_daily, write_shoppers
from sim.world import Quiet, World


def run(config: Config, policy: Any, progress: bool, folder: Path, history_policy: Any = None) -> dict[str, Any]:
    """Runs a config and writes its records into `folder`, which must be empty; returns the summary."""
    logged = None
    if config.population.from_orders:
        from sim.logged import adopt, read_population

        config, logged = read_population(config)
        for line in logged.said:
            print(line, file=sys.stderr)
    start = config.start or date(2025, 1, 1)
    age = config.population.shop_age_days
    end = config.days + config.run_off_days
    calendar = make_calendar(config.population, config.events, start, -age, end + 1)
    world = World(config, history_policy or Quiet(), calendar)
    parts = OrderParts(folder / "orders", start) if config.record == "orders" else None
    with Bar(progress, age + end) as bar:
        if logged is None:
            world.found()
        else:
            world.now = 0.0
            adopt(world, logged)
        world.run(0, bar.step)
        history = open_books(world)
        opening = liability(world)
        world.hand_over(policy)
        world.prospects_come = True
        if parts is not None:
            world.take_orders = parts.take
        world.run(config.days, bar.step)
        world.prospects_come, world.take_orders = False, None
        missed = world.missed.copy()
        books, after_end = close_books(world)
        summary = summarise(world, np.vstack([books, after_end]), history, opening, missed)
        _write(world, books, after_end, start, folder, parts)
        summary["contribution_run_off"] = summary["contribution"] + run_off(world, end, bar) / 100
    (folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return summary


def open_books(world: World) -> dict[str, int]:
    """At day 0: the index group is marked and the books begin anew; returns the sums of the past."""
    mark_index_group(world.customers.rows, world.config.population.category_gap_days)
    history = money(world.books)
    world.books[:] = 0
    world.missed[:] = 0
    return history


def close_books(world: World) -> tuple[Any, Any]:
    """At the end: the rows of the run's days, and what its orders still bring; the books begin anew for the run-off."""
    first = -world.origin
    books = world.books[first : first + world.config.days].copy()
    books[-1] += world.books[first + world.config.days] * _midnight_accounts(world)
    late = world.books[first + world.config.days :] * ~_midnight_accounts(world)
    after_end = late.sum(axis=0)
    return books, after_end


def _midnight_accounts(world: World) -> Any:
    """Accounts that the last midnight has already moved: points; all else in later rows is still to come."""
    from sim.shop.money import BOOKS

    return np.array([name.startswith("points_") and name != "points_fen" for name in BOOKS])


def run_off(world: World, end: int, bar: "Bar") -> int:
    """Contribution of the days after the end under `none`, fen, owed points honoured."""
    world.books[:] = 0
    opening = liability(world)
    world.hand_over(Quiet())
    world.run(end, bar.step)
    sums = money(world.books)
    points = revaluation(world, sums["points_redeemed"], sums["points_fen"], opening)
    return contribution(sums) - sums["wages_fen"] - points


def _write(world: World, books: Any, after_end: Any, start: date, folder: Path, parts: OrderParts | None) -> None:
    """Records as rich as asked for."""
    write_daily(books, after_end, start, folder / "daily.parquet")
    if parts is not None:
        parts.flush()
    if world.config.record != "summary":
        write_shoppers(world.people.rows, world.customers.rows, folder / "shoppers.parquet")


class Bar:
    """A progress bar on a terminal, silent elsewhere."""

    def __init__(self, shown: bool, days: int) -> None:
        self.bar: Any = None
        if shown:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.task = self.bar.add_task("days", total=days)

    def __enter__(self) -> "Bar":
        if self.bar is not None:
            self.bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.bar is not None:
            self.bar.stop()

    def step(self, _day: float) -> None:
        """One day is done."""
        if self.bar is not None:
            self.bar.advance(self.task)
