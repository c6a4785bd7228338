"""Does my policy pass the gate before a rollout? Verdict in words, exit code."""

import sys
import traceback
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from experiments.command import Options, command

ABOUT = """\
Holds a policy and its baseline against the thresholds of a gate, on the same luck: pass, fail, or cannot tell yet (and
how many more seeds would tell). Keys of the world (shoppers, population, service, market, events, policy.LEVER ...) are
those of python -m sim, with days=365 unless given. A policy and a gate of your own: --config-dir DIR, with
DIR/policy/mine.yaml and DIR/gate/mine.yaml. Writes results/check-<key>/ with check.json, report.md and report.html.

Exit code: 0 pass, 1 fail, 2 cannot tell yet, 3 no verdict (wrong input, or a run that failed), 130 stopped."""
EXAMPLES = (
    "python -m experiments.check +policy=points gate=default",
    "python -m experiments.check --config-dir my_shop +policy=mine gate=mine policy.days=30 population=food seeds=40",
    "python -m experiments.check +policy=points policy.threshold=300 baseline=points gate=strict",
)
NO_VERDICT = 3
Seed = Annotated[int, Field(ge=0, strict=True)]
Seeds = Annotated[tuple[Seed, ...], Field(min_length=2)]
NAME = r"^[^\W_][\w.-]*$"


class Check(Options):
    """Keys of the command."""

    policy: str = Field(pattern=NAME, description="name in conf/policy, such as +policy=points")
    gate: str = Field("default", pattern=NAME, description="name in conf/gate, or in DIR/gate")
    baseline: str = Field("none", pattern=NAME, description="policy of today, with the levers of its file")
    seeds: Annotated[int, Field(ge=2, le=100_000, strict=True)] | Seeds = Field(10, description="how many, or which")
    discount_rate_year: float = Field(0.10, ge=0, le=1, description="of the lifetime value")
    workers: int | None = Field(None, ge=1, le=1024, description="processes; null: all cores")
    results_dir: str = Field("results", description="folder of the answers")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command: exit code 0, 1 or 2 by the verdict, 3 without one."""
    from experiments.gate.world import parted

    words, world = parted(sys.argv[1:] if arguments is None else list(arguments), Check.model_fields)

    def run(asked: Check) -> int:
        from experiments.gate.study import study

        return study(asked, world)

    try:
        return command(Check, ABOUT, EXAMPLES, run, words, NO_VERDICT)
    except Exception:  # a fault of ours keeps its traceback, but not Python's exit code 1: that is a verdict
        traceback.print_exc()
        return NO_VERDICT


if __name__ == "__main__":
    sys.exit(main())
