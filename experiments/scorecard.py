"""Which published facts come out of the model by themselves? One world of its own for each."""

import sys
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from experiments.command import Names, Options, Seeds, command

ABOUT = """\
Measures published facts about loyalty (elasticity, goal gradient, win-back, message frequency ...), each in a world of its own,
and says for each whether the figure is inside its tolerance, has the right sign only, is outside, cannot be measured, or
holds by construction and does not count. Intervals are over seeds.
Keys of the world (population, market, population.recall_floor ...) are those of python -m sim and hold in all worlds that do not
set them themselves; population.prospect_rate belongs to 20,000 customers and is scaled. Worlds are kept by key.
Writes results/scorecard-<key>/ with report.html, report.md, scorecard.json and figures/."""
EXAMPLES = (
    "python -m experiments.scorecard",
    "python -m experiments.scorecard only=[head_start,attrition] seeds=12",
    "python -m experiments.scorecard keep=docs/scorecard.md",
)


class Scorecard(Options):
    """Keys of the command."""

    seeds: Annotated[int, Field(ge=2, le=10_000, strict=True)] | Seeds = Field(
        6, description="how many, or which; two at least"
    )
    shoppers: int = Field(
        10_000, ge=100, strict=True, description="customers at day 0; rows that need more take a multiple"
    )
    only: Names = Field(
        (), description="ids of facts, such as [head_start,expiry]; the others stay in the list, unmeasured"
    )
    level: float = Field(0.95, gt=0.5, lt=1, description="of the intervals")
    keep: str | None = Field(None, description="a file for a copy of the report, such as docs/scorecard.md")
    workers: int | None = Field(None, ge=1, le=1024, description="processes; null: all cores")
    results_dir: str = Field("results", description="folder of the answers")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: exit code 0, or 1 if an input is wrong."""
    from experiments.worlds import split

    words, world = split(sys.argv[1:] if arguments is None else list(arguments), Scorecard.model_fields)

    def run(asked: Scorecard) -> int:
        from experiments.facts.study import study

        return study(asked, world)

    return command(Scorecard, ABOUT, EXAMPLES, run, words)


if __name__ == "__main__":
    sys.exit(main())
