"""One run, from its config to the files it leaves: the whole population, or its shards side by side."""

import json
import multiprocessing
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from typing import Any

from sim.config import Config
from sim.history import Shelf
from sim.measure.summary import summarise
from sim.part import Part, trade, whole
from sim.record import join_orders, write_daily, write_shoppers, write_touches


def run(
    config: Config,
    policy: Any,
    progress: bool,
    folder: Path,
    history_policy: Any = None,
    shelf: Shelf | None = None,
    campaigns: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Runs a config and writes its records into `folder`, which must be empty; returns the summary.

    Args:
        config: Of the run.
        policy, history_policy: In force from day 0 on, and before.
        progress: Whether to show a bar.
        folder: Where the records go.
        shelf: Of pasts that have been traded before.
        campaigns: By name, from day 0 on.
    """
    logged = None
    if config.population.from_orders:
        from sim.logged import read_population

        config, logged = read_population(config)
        for line in logged.said:
            print(line, file=sys.stderr)
    if config.record == "orders":
        (folder / "orders").mkdir()
    days = config.population.shop_age_days + config.days + config.run_off_days
    with Bar(progress, days * config.shards) as bar:
        part = whole(_parts(config, (policy, history_policy, folder, logged, shelf, campaigns), bar.step))
    if config.record == "orders":
        join_orders(folder / "orders", config.shards)
    summary = summarise(config, part)
    write_daily(part.books, config.start or date(2025, 1, 1), folder / "daily.parquet")
    if config.record != "summary":
        write_shoppers(part.people, part.customers, folder / "shoppers.parquet")
        if config.campaign:
            write_touches(part.messages, part.waves, part.terms, folder / "touches.parquet")
    (folder / "summary.json").write_text(json.dumps(summary, indent=1), encoding="utf-8")
    return summary


def _parts(
    config: Config, common: tuple[Any, Any, Path, Any, Shelf | None, Any], step: Callable[[float], None]
) -> list[Part]:
    """Every shard, one after the other, or in `workers` processes at a time."""
    if config.workers == 1:
        return [trade(config, *common, step=step, shard=shard) for shard in range(config.shards)]
    context = multiprocessing.get_context("forkserver")
    days = config.population.shop_age_days + config.days + config.run_off_days
    with ProcessPoolExecutor(min(config.workers, config.shards), context) as pool:
        jobs = [pool.submit(trade, config, *common, shard=shard) for shard in range(config.shards)]
        for _ in as_completed(jobs):
            for day in range(days):
                step(day)
        return [job.result() for job in jobs]


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
