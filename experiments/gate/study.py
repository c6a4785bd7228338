"""A check from the command to the folder it leaves and the exit code."""

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from experiments.check import NO_VERDICT, Check
from experiments.gate import words
from experiments.gate.report import print_report, tested, write_report
from experiments.gate.rules import Gate, find_gate, read_gate
from experiments.gate.verdict import Finding, judge, overall
from experiments.gate.world import arms, levers
from experiments.sweep import Machine, Progress
from experiments.twins.gather import Runs, add
from experiments.worlds import user_places
from sim.machine import processors
from sim.manual import user_folders
from sim.store import Store

HOME = Path(__file__).parents[2]
EXIT = {"pass": 0, "fail": 1, "cannot tell": 2}
POLICY, BASELINE = 0, 1  # rows


def study(asked: Check, world: Sequence[str]) -> int:
    """Runs what is missing, judges, writes, prints; returns the exit code."""
    file = find_gate(asked.gate, list(user_folders(world)))
    gate = read_gate(file)
    runs = Runs(arms(asked.policy, asked.baseline, world))
    machine = Machine(asked.workers or processors(), folders=user_places(world))
    seeds = list(range(asked.seeds) if isinstance(asked.seeds, int) else dict.fromkeys(asked.seeds))
    began = time.perf_counter()
    with Progress("runs", 2 * len(seeds)) as bar:
        add(runs, seeds, machine, asked.discount_rate_year, done=bar.step)
    if runs.failed:
        return _failed(runs)
    findings = judge(gate, figures(gate, runs))
    told = answer(asked, gate, runs, findings)
    about = {"gate_file": str(file), "seconds_runs": round(time.perf_counter() - began, 3)}
    folder = _written(asked, told, findings, runs, about)
    print_report(told, findings, folder)
    return EXIT[told["verdict"]]


def figures(gate: Gate, runs: Runs) -> dict[str, Any]:
    """The policy's and the baseline's figures of every outcome that the gate asks for, each of shape (seeds,)."""
    names = dict.fromkeys(name for threshold in gate.thresholds.values() for name in threshold.measure)
    tables = {name: runs.values(name) for name in names}
    return {name: (table[POLICY], table[BASELINE]) for name, table in tables.items()}


def answer(asked: Check, gate: Gate, runs: Runs, findings: Sequence[Finding]) -> dict[str, Any]:
    """Every figure of a check, as plain JSON values; it depends on config, gate and code only."""
    verdict, more = overall(findings)
    names = [arm.name for arm in runs.arms]
    short = {
        "verdict": verdict, "more_seeds": more, "policy": names[POLICY], "baseline": names[BASELINE],
        "gate": asked.gate, "level": gate.level, "seeds": len(runs.seeds), "counted": isinstance(asked.seeds, int),
    }  # fmt: skip
    return {
        "verdict": verdict,
        "exit_code": EXIT[verdict],
        "more_seeds": more,
        "sentence": words.headline(short, findings),
        "policy": {"name": names[POLICY], "levers": levers(dict(runs.arms[POLICY].config))},
        "baseline": {"name": names[BASELINE], "levers": levers(dict(runs.arms[BASELINE].config))},
        "gate": {"name": asked.gate} | gate.model_dump(mode="json"),
        "discount_rate_year": asked.discount_rate_year,
        "thresholds": words.answers(findings),
        "bounds": [tested(one) for one in findings],
        "seeds": list(runs.seeds),
        "world": world_of(runs.arms[POLICY].config),
        "assumptions": assumptions(gate, runs, findings),
        "runs": {arm.name: {str(seed): runs.told[row, seed]["key"] for seed in runs.seeds} for row, arm in enumerate(runs.arms)},
    }  # fmt: skip


def world_of(config: Any) -> dict[str, Any]:
    """What both arms have in common, shortly."""
    groups = ("population", "catalogue", "market", "service", "events")
    told = {name: config[name] for name in ("shoppers", "days", "start", "run_off_days")}
    return told | {name: config[name]["name"] for name in groups}


def assumptions(gate: Gate, runs: Runs, findings: Sequence[Finding]) -> list[str]:
    """What a reader must know before believing the verdict."""
    error = 100 * (1 - gate.level) / 2
    said = [
        f"a policy that breaks a bound passes with a chance of at most {error:g} %, one that keeps all "
        f"{len(findings)} bounds fails with a chance of at most {error:g} % (Holm over all bounds); so an interval may lie "
        "beyond its bound and the answer still be cannot tell",
        "intervals are t intervals over seeds, both policies on the same luck; seeds are the unit of replication",
        "looking again after more seeds makes a wrong verdict likelier than stated: fix the number, or take fresh seeds",
        "synthetic shoppers: a pass says that these worlds know no harm, not that the real shop is safe",
    ]
    if runs.arms[POLICY].config["population"]["from_orders"]:
        said.append("population=orders: intervals cover luck, not other customers")
    if runs.arms[POLICY].config["service"]["desk"]:
        said.append("customers of a seed share its desk, whose agents grow with the number of customers")
    return said


def _failed(runs: Runs) -> int:
    """Names every run that failed, at most ten."""
    for (row, seed), line in sorted(runs.failed.items())[:10]:
        print(f"{runs.arms[row].name}, seed {seed}: {line}", file=sys.stderr)
    whole = len(runs.told) + len(runs.failed)
    print(f"{len(runs.failed)} of {whole} runs failed, so there is no verdict; the others are kept.", file=sys.stderr)
    return NO_VERDICT


def _written(
    asked: Check, told: dict[str, Any], findings: Sequence[Finding], runs: Runs, about: dict[str, Any]
) -> Path:
    """The folder of the answer: found by its key, or written now."""
    key = hashlib.sha256((json.dumps(told, sort_keys=True) + _sources()).encode()).hexdigest()
    store = Store(asked.results_dir)
    if (folder := store.find("check", key, "summary")) is not None:
        return folder
    about |= {
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "folders": {
            f"{runs.arms[row].name} seed {seed}": one["folder"] for (row, seed), one in sorted(runs.told.items())
        },
        "reused_runs": sum(bool(one["reused"]) for one in runs.told.values()),
    }
    with store.writing("check", key, "summary", about) as hidden:
        write_report(hidden, told, findings)
    return store.place("check", key)


def _sources() -> str:
    """A hash of the code that judges and writes."""
    digest = hashlib.sha256()
    for path in [*sorted(Path(__file__).parent.glob("*.py")), *sorted((HOME / "experiments" / "paired").glob("*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
