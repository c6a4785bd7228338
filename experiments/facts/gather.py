"""Every world that the chosen facts need, run or found once, and what each fact sees in it, seed by seed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from experiments.evidence.claim import Claim, Figures, World
from experiments.evidence.gather import Seen, Study, run_all
from experiments.evidence.looks import same_luck
from experiments.facts.fact import Arm, Fact
from experiments.facts.table import FACTS
from experiments.sweep import Machine, Progress, sweep


@dataclass
class Worlds(Study):
    """A study whose worlds may have a campaign, or another past, of their own."""

    def _composed(self, world: World) -> dict[str, Any]:
        config = super()._composed(world)
        if isinstance(world, Arm) and world.campaigns:
            config["campaign"] = {dict(one)["name"]: dict(one) for one in world.campaigns}
        if isinstance(world, Arm) and world.history:
            config["history_policy"] = dict(world.history)
        return config


def see_all(
    facts: Mapping[str, Fact], words: Sequence[str], shoppers: int, seeds: Sequence[int], machine: Machine
) -> dict[str, Seen]:
    """What each fact that can be measured sees, by its id; worlds of one size and length are shared.

    Args:
        facts: By id.
        words: World keys of the command line.
        shoppers: Of a world of size 1.
        seeds: Shape (n,).
        machine: Where worlds run.
    """
    sizes = dict.fromkeys((fact.size, fact.days) for fact in facts.values() if fact.missing is None)
    studies = {size: Worlds(tuple(words), max(round(shoppers * size[0]), 1), size[1], machine) for size in sizes}
    for size, study in studies.items():
        mine = [fact for fact in facts.values() if fact.look is not None and (fact.size, fact.days) == size]
        run_all(
            study,
            [(Claim(fact.id, fact.text, fact.measure, fact.worlds), None, seed) for fact in mine for seed in seeds],
        )
    jobs, seen = [], {}
    for name, fact in facts.items():
        if fact.missing is not None:
            continue
        study, seen[name] = studies[fact.size, fact.days], Seen([], [])
        failed = [
            study.errors[cell]
            for seed in seeds
            for cell in ((w, seed) for w in fact.worlds.values())
            if cell in study.errors
        ]
        if failed:
            seen[name] = Seen([], [], failed[0])
            continue
        jobs += [_job(fact, study, seed) for seed in seeds]
    with Progress("looks", len(jobs)) as bar:
        outcomes = sweep(jobs, looked, machine, bar.step)
    for job, outcome in zip(jobs, outcomes, strict=True):
        name = job["fact"]
        if outcome.error is not None:
            seen[name] = Seen(seen[name].figures, seen[name].keys, outcome.error)
            continue
        seen[name].figures.append(outcome.answer["figures"])
        seen[name].keys.extend(key for key in outcome.answer["keys"] if key not in seen[name].keys)
    return seen


def _job(fact: Fact, study: Study, seed: int) -> dict[str, Any]:
    if fact.live is not None:
        return {
            "fact": fact.id,
            "configs": {name: study.config(world) | {"seed": seed} for name, world in fact.worlds.items()},
        }
    return {"fact": fact.id, "folders": {name: study.folders[world, seed] for name, world in fact.worlds.items()}}


def looked(job: Mapping[str, Any]) -> dict[str, Any]:
    """One fact, one seed: its figures and the keys of its runs; done in a worker.

    Raises:
        RegularsError: The worlds are no twins, or their records cannot be read.
    """
    fact = FACTS[job["fact"]]
    if fact.live is not None:
        from sim.jobs import checked

        return {
            "figures": plain(fact.live({name: checked(dict(one)) for name, one in job["configs"].items()})),
            "keys": [],
        }
    places = {name: Path(folder) for name, folder in job["folders"].items()}
    same_luck(places)
    keys = [str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["key"]) for folder in places.values()]
    assert fact.look is not None
    return {"figures": plain(fact.look(places)), "keys": keys}


def plain(figures: Mapping[str, Any]) -> Figures:
    """Finite numbers, or None."""
    numbers = {name: float("nan") if value is None else float(value) for name, value in figures.items()}
    return {name: value if value - value == 0.0 else None for name, value in numbers.items()}
