"""The study of all claims, from the command to the folder it leaves."""

import hashlib
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiments.claims import Claims
from experiments.evidence.gather import Study, look_all, plan, run_all
from experiments.evidence.report import print_report, write_report
from experiments.evidence.table import CLAIMS
from experiments.evidence.verdict import judged
from experiments.rows import chosen, refuse, seeds_of, sources
from experiments.sweep import Machine
from experiments.worlds import user_places
from sim.machine import processors
from sim.store import Store

HOME = Path(__file__).parents[1]
OURS = {"policy": "each claim has its own", "campaign": "each claim has its own", "run_off_days": "it is 0",
        "seed": "write seeds=8 or seeds=[0,1,2]", "record": "each claim has its own"}  # fmt: skip


def study(asked: Claims, world: Sequence[str]) -> int:
    """Runs what is missing, judges every claim, writes, prints; returns the exit code."""
    claims = chosen("claim", CLAIMS, asked.only)
    refuse(world, OURS)
    began = time.perf_counter()
    workers = asked.workers or processors()
    of = Study(tuple(world), asked.shoppers, asked.days, Machine(workers, folders=user_places(world)))
    seeds = seeds_of(asked.seeds)
    looks = plan(list(claims.values()), seeds, seeds[: asked.flip_seeds])
    run_all(of, looks)
    seen = look_all(of, looks)
    rows, behind = {}, {}
    for name, claim in CLAIMS.items():
        mine = {value: found for (one, value), found in seen.items() if one == name}
        rows[name], behind[name] = judged(claim, mine, asked.level)
        if name not in claims:
            behind[name]["because"] = "not asked for (only)"
            rows[name]["measure"] = f"{claim.measure}. Not now: not asked for (only)"
    folder = _written(asked, of, rows, behind, time.perf_counter() - began)
    print_report(rows, behind, claims, folder)
    return 0


def _written(asked: Claims, of: Study, rows: dict[str, Any], behind: dict[str, Any], seconds: float) -> Path:
    """The folder of the answer: found by its key, or written now."""
    options = asked.model_dump(mode="json", exclude={"workers", "results_dir"}) | {"world": list(of.words)}
    told = json.dumps(
        [options, {name: row["runs"] for name, row in rows.items()}, sources(HOME, HOME.parent / "sim" / "measure")],
        sort_keys=True,
    )
    key = hashlib.sha256(told.encode()).hexdigest()
    store = Store(asked.results_dir)
    if (folder := store.find("claims", key, "summary")) is not None:
        return folder
    about = {"started": datetime.now(UTC).isoformat(timespec="seconds"), "runs": len(of.folders),
             "failed_runs": len(of.errors), "seconds": round(seconds, 1)}  # fmt: skip
    with store.writing("claims", key, "summary", about) as hidden:
        write_report(hidden, rows, behind, options)
    return store.place("claims", key)
