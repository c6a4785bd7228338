"""The scorecard, from the command to the folder it leaves."""

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiments.facts.gather import see_all
from experiments.facts.report import markdown, print_report, write_report
from experiments.facts.table import FACTS
from experiments.facts.verdict import judged
from experiments.rows import chosen, refuse, seeds_of, sources
from experiments.scorecard import Scorecard
from experiments.sweep import Machine
from experiments.worlds import user_places
from sim.errors import RegularsError
from sim.machine import processors
from sim.store import Store

HOME = Path(__file__).parents[1]
OURS = {"policy": "each fact has its own", "campaign": "each fact has its own", "run_off_days": "it is 0",
        "seed": "write seeds=8 or seeds=[0,1,2]", "record": "each fact has its own", "days": "each fact has its own"}  # fmt: skip


def study(asked: Scorecard, world: Sequence[str]) -> int:
    """Runs what is missing, judges every fact, writes, prints; returns the exit code."""
    facts = chosen("fact", FACTS, asked.only)
    refuse(world, OURS)
    if asked.keep is not None and not Path(asked.keep).resolve().parent.is_dir():
        raise RegularsError(f"keep: '{asked.keep}' was given; allowed: a file in a folder that is there")
    began = time.perf_counter()
    workers = asked.workers or processors()
    machine = Machine(workers, folders=user_places(world))
    seeds = seeds_of(asked.seeds)
    with machine.held():
        seen = see_all(facts, world, asked.shoppers, seeds, machine)
    rows = {name: judged(fact, seen.get(name), asked.level) for name, fact in FACTS.items()}
    options = asked.model_dump(mode="json", exclude={"workers", "results_dir", "keep"}) | {"world": list(world)}
    folder = _written(asked, rows, options, time.perf_counter() - began)
    if asked.keep is not None:
        Path(asked.keep).write_text(markdown(rows, options, pictures=False), encoding="utf-8")
    print_report(rows, facts, folder)
    return 0


def _written(asked: Scorecard, rows: dict[str, Any], options: dict[str, Any], seconds: float) -> Path:
    """The folder of the answer: found by its key, or written now."""
    told = json.dumps([options, rows, sources(HOME, HOME.parent / "sim")], sort_keys=True)
    key = hashlib.sha256(told.encode()).hexdigest()
    store = Store(asked.results_dir)
    if (folder := store.find("scorecard", key, "summary")) is not None:
        return folder
    about = {"started": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": round(seconds, 1)}
    with store.writing("scorecard", key, "summary", about) as hidden:
        write_report(hidden, rows, options)
    return store.place("scorecard", key)
