"""Options of a comparison that contradict each other, refused before the first run."""

from collections.abc import Sequence

from experiments.compare import Compare
from sim.command import GROUPS
from sim.config import Config
from sim.errors import RegularsError, unknown, wrong
from sim.measure.definitions import DEFINITIONS

SET_HERE = {
    "seed": "write seeds=20, seeds=[0,1,2] or seeds=auto",
    "record": "a comparison records orders",
    "policy": "write policies=[...]; for other levers give a file of your own (--config-dir), or compare runs=[...] of "
    "python -m sim -m +policy=points policy.earn_rate=0.01,0.02 'seed=range(20)'",
    "hydra": "it is one command, not a multirun",
    "progress": "it follows the terminal",
}
ONLY_WITH_RUNS_MADE = ("policies", "seeds", "race", "truth")  # what runs=... leaves no room for


def refuse(asked: Compare, world: Sequence[str]) -> None:
    """Raises a RegularsError that names the first contradiction."""
    _refuse_outcome(asked.outcome)
    _refuse_world(world)
    given = asked.model_fields_set
    if "runs" in given and not asked.runs:
        raise wrong("runs", [], "folders of runs, or patterns, such as [runs/points-*,runs/none-*]")
    if asked.runs:
        _refuse_beside_runs(asked, world)
    if asked.race and "seeds" in given:
        raise RegularsError(
            "race: was given with seeds=...; allowed: one or the other, a race adds seeds until max_seeds"
        )
    if "precision" in given and asked.seeds != "auto":
        raise RegularsError("precision: was given without seeds=auto; allowed: both or neither")
    if "max_seeds" in given and asked.seeds != "auto" and not asked.race:
        raise RegularsError(
            "max_seeds: was given without seeds=auto or race=true; write seeds=... for a number of seeds"
        )
    if "race_lead" in given and not asked.race:
        raise RegularsError("race_lead: was given without race=true; allowed: both or neither")
    if asked.truth and (asked.race or asked.budget == "equal"):
        other = "race=true" if asked.race else "budget=equal"
        raise RegularsError(f"truth: was given with {other}; allowed: one or the other, a campaign needs its own twin")
    if not asked.runs and asked.shopper is None and _is_one(asked.seeds):
        raise wrong("seeds", _plain(asked.seeds), "two or more, as intervals are over seeds (or one, with shopper=...)")
    if asked.scheduler is not None and asked.executor != "dask":
        raise RegularsError("scheduler: was given without executor=dask; allowed: both or neither")


def _is_one(seeds: int | str | tuple[int, ...]) -> bool:
    return seeds == 1 or (isinstance(seeds, tuple) and len(seeds) == 1)


def _plain(seeds: int | str | tuple[int, ...]) -> object:
    return list(seeds) if isinstance(seeds, tuple) else seeds


def _refuse_world(world: Sequence[str]) -> None:
    """Keys of the world that do not exist, or that a comparison sets itself."""
    known = {*Config.model_fields, *GROUPS}
    for word in world:
        key = word.lstrip("+~").partition("=")[0]
        top = key.partition(".")[0].partition("@")[0]
        if top in SET_HERE:
            raise RegularsError(f"{key}: was given; allowed: not here, {SET_HERE[top]}")
        if "=" in word and not word.startswith("-") and top not in known:
            raise unknown(key, "key", top, {*known, *Compare.model_fields} - set(SET_HERE))


def _refuse_outcome(outcome: str) -> None:
    if outcome not in DEFINITIONS:
        raise unknown("outcome", "outcome", outcome, DEFINITIONS)
    if DEFINITIONS[outcome].larger_is_better is None:
        better = [name for name, of in DEFINITIONS.items() if of.larger_is_better is not None]
        raise wrong("outcome", outcome, f"one of which more is better or worse: {', '.join(better[:12])}, ...")


def _refuse_beside_runs(asked: Compare, world: Sequence[str]) -> None:
    names = [name for name in ONLY_WITH_RUNS_MADE if name in asked.model_fields_set]
    names += ["budget"] * (asked.budget == "equal") + [word for word in world if not word.startswith("--")]
    if names:
        raise RegularsError(
            f"{names[0]}: was given with runs=...; allowed: one or the other, runs are taken as they are"
        )
