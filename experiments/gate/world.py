"""The two worlds of a check: the same in all but the policy."""

from collections.abc import Collection, Sequence
from typing import Any

from experiments.twins.arms import Arm
from experiments.worlds import composed, split
from sim.errors import RegularsError
from sim.loading import levers_of, load_policy

USUAL = ("days=365",)  # unless given; all else as in python -m sim
OURS = {"seed": "write seeds=20 or seeds=[0,1,2]", "record": "a check records orders"}


def parted(words: Sequence[str], own: Collection[str]) -> tuple[list[str], list[str]]:
    """The words of the command itself, `policy` among them, and those of the world, levers of the policy among them."""
    mine, world = split(words, [name for name in own if name != "policy"])
    chosen = [word for word in world if _key(word) == "policy"]
    return [*mine, *chosen], [word for word in world if _key(word) != "policy"]


def arms(policy: str, baseline: str, world: Sequence[str]) -> tuple[Arm, Arm]:
    """The policy with its levers as given, and the baseline as its file says; row 0 and row 1.

    Raises:
        RegularsError: A key, value, policy or lever is not as it should be.
    """
    for word in world:
        if _key(word) in OURS:
            raise RegularsError(f"{_key(word)}: was given; allowed: not here, {OURS[_key(word)]}")
    given = {_key(word) for word in world}
    usual = [word for word in USUAL if _key(word) not in given | {"experiment"}]
    levers = [word for word in world if _key(word).startswith("policy.")]
    shared = [*usual, *(word for word in world if word not in levers)]
    ours = composed([*shared, *levers], f"+policy={policy}") | {"record": "orders"}
    theirs = composed(shared, f"+policy={baseline}") | {"record": "orders"}
    for config in (ours, theirs):
        load_policy(config["policy"])  # a wrong lever is one line now, not one for each run
    name, other = ours["policy"]["name"], theirs["policy"]["name"]
    return Arm(name, ours), Arm(other if other != name else f"{other} (baseline)", theirs)


def levers(config: dict[str, Any]) -> dict[str, Any]:
    """All levers of the policy of a config, defaults filled in."""
    return levers_of(load_policy(config["policy"]))


def _key(word: str) -> str:
    return word.lstrip("+~").partition("=")[0]
