"""What becomes of each claim of the source documents? One small study of twin worlds for each."""

import sys
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from experiments.command import Names, Options, Seeds, command

ABOUT = """\
Tests every claim of the four source documents (section 14 of the parameter table) in small twin worlds, and says for each
whether it holds, only holds somewhere, does not hold, or cannot be measured yet, with a figure, its interval over seeds
and, where a short sweep finds it, the value of one parameter at which the verdict flips.
Keys of the world (population, market, service, population.recall_floor ...) are those of python -m sim and hold in all
studies that do not set them themselves; population.prospect_rate belongs to 20,000 customers and is scaled to `shoppers`.
Worlds are shared between claims and kept by key, so a second run is quick.
Writes results/claims-<key>/ with report.html, report.md, claims.json (one row a claim) and details.json."""
EXAMPLES = (
    "python -m experiments.claims",
    "python -m experiments.claims only=[0.6,1.3] seeds=10 shoppers=5000",
    "python -m experiments.claims only=[1.4,2.3,2.4] population=food",
)


class Claims(Options):
    """Keys of the command."""

    seeds: Annotated[int, Field(ge=2, le=10_000, strict=True)] | Seeds = Field(
        6, description="how many, or which; two at least"
    )
    flip_seeds: int = Field(
        3, ge=2, le=10_000, strict=True, description="seeds of each step of a sweep, of those above"
    )
    shoppers: int = Field(4000, ge=100, strict=True, description="customers at day 0 of every world")
    days: int = Field(730, ge=30, le=36500, strict=True, description="length of every world; lapse takes 365 or more")
    only: Names = Field((), description="numbers of claims, such as [0.6,1.3]; the others stay in the list, unmeasured")
    level: float = Field(0.95, gt=0.5, lt=1, description="of the intervals")
    workers: int | None = Field(None, ge=1, le=1024, description="processes; null: all cores")
    results_dir: str = Field("results", description="folder of the answers")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: exit code 0, or 1 if an input is wrong."""
    from experiments.worlds import split

    words, world = split(sys.argv[1:] if arguments is None else list(arguments), Claims.model_fields)

    def run(asked: Claims) -> int:
        from experiments.evidence.study import study

        return study(asked, world)

    return command(Claims, ABOUT, EXAMPLES, run, words)


if __name__ == "__main__":
    sys.exit(main())
