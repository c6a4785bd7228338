"""Which policy is better, by how much, and how sure? Twin worlds on the same luck."""

import sys
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from experiments.command import Names, Options, command

ABOUT = """\
Runs every policy on the same luck (or takes the runs that are there), seed by seed, and says which is better:
paired differences with intervals over seeds, the money bridge, the lift split, who wins and who loses.
Keys of the world (shoppers, days, population, service, market, events, policy levers of a group ...) are those of
python -m sim, --config-dir too. Writes results/compare-<key>/: report.html, report.md, comparison.json, table.csv, figures."""
EXAMPLES = (
    "python -m experiments.compare policies=[none,member_price,escalating,points,rfm] seeds=20",
    "python -m experiments.compare policies=[none,points] seeds=auto precision=0.01 shoppers=5000 population=food",
    "python -m experiments.compare policies=[points] '+campaign=[winback,newcomer_waves]' truth=true seeds=5",
    "python -m experiments.compare 'runs=[runs/points-*,runs/none-*]' shopper=1234",
)


def _counted(given: object) -> object:
    """Seeds as they may be written; one line for all that is none."""
    whole = (
        [isinstance(one, int) and not isinstance(one, bool) and one >= 0 for one in given]
        if isinstance(given, list | tuple)
        else []
    )
    many = isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= MOST_SEEDS
    if not (given == "auto" or many or (whole and all(whole))):
        raise ValueError("allowed: how many (20), which ([0,1,2]), or auto")
    if isinstance(given, list | tuple) and len(set(given)) < len(given):
        raise ValueError("allowed: each once, the same seed again is the same world")
    return given


MOST_SEEDS = 100_000
Seeds = Annotated[Literal["auto"] | int | tuple[int, ...], BeforeValidator(_counted)]


class Compare(Options):
    """Keys of the command."""

    policies: Names = Field(("none", "member_price", "escalating", "points", "rfm"), description="names in conf/policy")
    runs: Names = Field((), description="instead of policies: folders of runs, or patterns; what differs is a factor")
    baseline: str | None = Field(None, description="arm that the others are held against; null: none, else the first")
    seeds: Seeds = Field(20, description="how many, or which, or auto: until `precision` is met")
    precision: float = Field(0.01, gt=0, le=1, description="seeds=auto: half-width, share of the baseline's mean")
    max_seeds: int = Field(100, ge=10, le=MOST_SEEDS, description="seeds=auto and race: budget, seeds")
    race: bool = Field(False, description="after ten seeds only policies that may still be best get more (KN)")
    race_lead: float = Field(0.01, gt=0, le=1, description="race: smallest lead worth finding, share of the mean")
    outcome: str = Field("contribution", description="what `seeds=auto` and `race` look at, and the report begins with")
    level: float = Field(0.95, gt=0.5, lt=1, description="of the intervals")
    same_within: float = Field(
        0.01, gt=0, lt=1, description="as good as the baseline: give or take this share of its mean"
    )
    margin_floor: float = Field(-0.02, gt=-1, lt=1, description="contribution that may be lost, as a negative share")
    discount_rate_year: float = Field(0.10, ge=0, le=1, description="of the lifetime value, a year")
    budget: Literal["own", "equal"] = Field("own", description="equal: scale all levers to one programme cost")
    survival: Literal["bands", "cox"] = Field("bands", description="cox: also Cox and log-rank on disjoint seeds")
    truth: bool = Field(
        False, description="each policy also without its campaigns: what they truly did, beside the holdout's estimate"
    )
    shopper: int | None = Field(None, ge=0, description="draw this customer's life under each policy, first seed")
    workers: int | None = Field(None, ge=1, le=1024, description="processes; null: all cores")
    executor: Literal["local", "dask"] = Field("local", description="local pool, or Dask")
    scheduler: str | None = Field(None, description="executor=dask: address; null: a cluster of this machine")
    figures: bool = Field(True, description="draw the pictures")
    results_dir: str = Field("results", description="folder of the answers")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: exit code 0, or 1 if a run failed or an input is wrong."""
    from experiments.worlds import split

    words, world = split(sys.argv[1:] if arguments is None else list(arguments), Compare.model_fields)

    def run(asked: Compare) -> int:
        from experiments.twins.study import study

        return study(asked, world)

    return command(Compare, ABOUT, EXAMPLES, run, words)


if __name__ == "__main__":
    sys.exit(main())
