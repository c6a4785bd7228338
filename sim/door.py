"""The door through which a policy's own processes reach the shop: messages go in, copies come out.

Behind it stands a clerk, a generator that knows the world by a local name only. So nothing latent can be reached from
the door by looking up attributes; the interpreter's frames are out of scope.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.contract import Customers, Settlement

if TYPE_CHECKING:
    from sim.world import World

Clerk = Generator[Any, tuple[str, Any], None]


def clerk(world: "World") -> Clerk:
    """Answers (wish, argument) messages; what goes wrong is answered too, so that the clerk stays in place."""
    answer: Any = None
    while True:
        wish, given = yield answer
        try:
            answer = _granted(world, wish, given)
        except Exception as error:
            answer = error


def _granted(world: "World", wish: str, given: Any) -> Any:
    match wish:
        case "day":
            return float(world.now)
        case "customers":
            return world.file()
        case "assign":
            world.settle(given, np.flatnonzero(world.customers.rows["orders"] > 0))
    return None


class ShopDoor:
    """What a policy's own processes get hold of: the customer file as copies, and the setting of tiers."""

    __slots__ = ("__clerk",)

    def __init__(self, behind: Clerk) -> None:
        next(behind)
        self.__clerk = behind

    def __ask(self, wish: str, given: Any = None) -> Any:
        answer = self.__clerk.send((wish, given))
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return float(self.__ask("day"))

    def customers(self) -> Customers:
        """Everybody in the customer file, as fresh read-only columns."""
        found: Customers = self.__ask("customers")
        return found

    def assign(self, settlement: Settlement) -> None:
        """Books tiers for all, in the order of `customers()`."""
        self.__ask("assign", settlement)
