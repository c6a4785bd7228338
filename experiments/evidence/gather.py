"""Every world that the chosen claims need, run or found once, and what each claim sees in it, seed by seed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from experiments.evidence.claim import Claim, Figures, World
from experiments.evidence.looks import same_luck
from experiments.evidence.table import CLAIMS
from experiments.sweep import Machine, Progress, sweep
from experiments.twins.arms import Arm
from experiments.twins.budget import equal_cost
from experiments.worlds import answer, composed
from sim.errors import RegularsError

EQUAL = ("none", "points", "member_price", "rfm", "spend_tiers")  # brought to one programme cost; `none` costs nothing
PROSPECTS_OF = 20_000  # customers that population.prospect_rate belongs to
Cell = tuple[World, int]


@dataclass
class Study:
    """What is asked of all worlds alike.

    Attributes:
        words: World keys of the command line, shared by all claims.
        shoppers, days: Of every world.
        machine: Where they run.
        rate: Of discount a year, for the measures.
        configs: Of each world, without a meaning for its seed.
        folders: Of each run; errors: why a run is missing.
    """

    words: tuple[str, ...]
    shoppers: int
    days: int
    machine: Machine
    rate: float = 0.10
    configs: dict[World, dict[str, Any]] = field(default_factory=dict)
    folders: dict[Cell, str] = field(default_factory=dict)
    errors: dict[Cell, str] = field(default_factory=dict)
    scaled: dict[str, dict[str, Any]] = field(default_factory=dict)
    scaling_error: str | None = None

    def config(self, world: World) -> dict[str, Any]:
        """The config of a world, composed once."""
        if world not in self.configs:
            self.configs[world] = self._composed(world)
        return self.configs[world]

    def _composed(self, world: World) -> dict[str, Any]:
        ours = {word.lstrip("+").partition("=")[0] for word in world.overrides}
        words = [word for word in self.words if word.lstrip("+").partition("=")[0] not in ours]
        sizes = [f"shoppers={self.shoppers}", f"days={self.days}", "run_off_days=0"]
        config = composed(words, *sizes, *world.overrides) | {"record": "orders"}
        population = dict(config["population"])
        population["prospect_rate"] *= self.shoppers / PROSPECTS_OF
        config["population"] = population
        if world.policy:
            config["policy"] = dict(world.policy)
        ours_too = {name: {"name": name} | dict(levers) for name, levers in world.campaign}
        if ours_too:
            config["campaign"] = config.get("campaign", {}) | _listed(ours_too)
        if world.equal:
            config["policy"] = self.scaled[config["policy"]["name"]]
        return config

    def equalise(self) -> None:
        """Levers at which the policies of `EQUAL` cost the same in the shared world."""
        if self.scaled or self.scaling_error:
            return
        worlds = {name: World((f"+policy={name}",)) for name in EQUAL}
        arms = [Arm(name, self.config(world)) for name, world in worlds.items()]
        try:
            found = equal_cost(arms, 0, self.machine, self.rate)
        except RegularsError as error:
            self.scaling_error = str(error)
        else:
            self.scaled = {arm.name: dict(arm.config["policy"]) for arm in found}


def _listed(value: Any) -> Any:
    """Tuples as the lists that a config file has."""
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return [_listed(one) for one in value] if isinstance(value, tuple) else value


def plan(
    claims: Sequence[Claim], seeds: Sequence[int], flip_seeds: Sequence[int]
) -> list[tuple[Claim, float | None, int]]:
    """Every look: claim, value of its sweep (None: the world as it is), seed."""
    looks: list[tuple[Claim, float | None, int]] = []
    for claim in claims:
        if claim.look is None:
            continue
        further = range(max(seeds) + 1, max(seeds) + 1 + len(seeds) * (claim.seeds_times - 1))
        looks += [(claim, None, seed) for seed in (*seeds, *further)]
        looks += [(claim, value, seed) for value in (claim.sweep.values if claim.sweep else ()) for seed in flip_seeds]
    return looks


def worlds_of(claim: Claim, value: float | None) -> Mapping[str, World]:
    """The worlds of a claim as it stands, or at a value of its sweep."""
    return claim.worlds if value is None or claim.sweep is None else claim.sweep.worlds(claim, value)


def run_all(study: Study, looks: Sequence[tuple[Claim, float | None, int]]) -> None:
    """Runs or finds every world of the looks, once each, ordered so that worlds with one past follow each other."""
    wanted: dict[Cell, None] = {}
    for claim, value, seed in looks:
        worlds = worlds_of(claim, value)
        if any(world.equal for world in worlds.values()):
            study.equalise()
        for world in worlds.values():
            if world.equal and study.scaling_error:
                study.errors[world, seed] = study.scaling_error
            else:
                wanted[world, seed] = None
    cells = [cell for cell in wanted if cell not in study.folders]
    configs = [study.config(world) | {"seed": seed} for world, seed in cells]
    with Progress("worlds", len(cells)) as bar:
        outcomes = sweep(configs, answer, study.machine, bar.step)
    for cell, outcome in zip(cells, outcomes, strict=True):
        if outcome.error is None:
            study.folders[cell] = str(outcome.answer)
        else:
            study.errors[cell] = outcome.error


@dataclass(frozen=True)
class Seen:
    """What one claim saw: figures by seed, and the keys of the runs behind them, or why there are none."""

    figures: list[Figures]
    keys: list[str]
    error: str | None = None


def look_all(study: Study, looks: Sequence[tuple[Claim, float | None, int]]) -> dict[tuple[str, float | None], Seen]:
    """Looks at every claim's worlds, in workers; by claim and value of its sweep."""
    jobs, places = [], []
    seen: dict[tuple[str, float | None], Seen] = {(claim.id, value): Seen([], []) for claim, value, _ in looks}
    for claim, value, seed in looks:
        worlds = worlds_of(claim, value)
        failed = [study.errors[world, seed] for world in worlds.values() if (world, seed) in study.errors]
        if failed:
            seen[claim.id, value] = replace(seen[claim.id, value], error=failed[0])
            continue
        jobs.append(
            {"claim": claim.id, "folders": {name: study.folders[world, seed] for name, world in worlds.items()}}
        )
        places.append((claim.id, value))
    with Progress("looks", len(jobs)) as bar:
        outcomes = sweep(jobs, looked, study.machine, bar.step)
    for place, outcome in zip(places, outcomes, strict=True):
        if outcome.error is not None:
            seen[place] = replace(seen[place], error=outcome.error)
            continue
        seen[place].figures.append(outcome.answer["figures"])
        seen[place].keys.extend(key for key in outcome.answer["keys"] if key not in seen[place].keys)
    return seen


def looked(job: Mapping[str, Any]) -> dict[str, Any]:
    """One claim, one seed: its figures and the keys of its runs; done in a worker.

    Raises:
        RegularsError: The worlds are no twins, or their records cannot be read.
    """
    places = {name: Path(folder) for name, folder in job["folders"].items()}
    same_luck(places)
    keys = [str(json.loads((folder / "run.json").read_text(encoding="utf-8"))["key"]) for folder in places.values()]
    look = CLAIMS[job["claim"]].look
    assert look is not None
    return {"figures": {name: _plain(value) for name, value in look(places).items()}, "keys": keys}


def _plain(value: Any) -> float | None:
    """A finite number, or None."""
    number = float("nan") if value is None else float(value)
    return number if number - number == 0.0 else None
