"""Options of a comparison that contradict each other, refused before the first run."""

from collections.abc import Sequence

from experiments.compare import Compare
from sim.errors import RegularsError, unknown, wrong
from sim.measure.definitions import DEFINITIONS

ONLY_WITH_RUNS_MADE = ("policies", "seeds", "race")  # what runs=... leaves no room for


def refuse(asked: Compare, world: Sequence[str]) -> None:
    """Raises a RegularsError that names the first contradiction."""
    _refuse_outcome(asked.outcome)
    given = asked.model_fields_set
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
    if asked.scheduler is not None and asked.executor != "dask":
        raise RegularsError("scheduler: was given without executor=dask; allowed: both or neither")


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
