"""The door through which a policy's own processes reach the shop: messages go in, copies come out.

Behind it stands a clerk, a generator that knows the world by a local name only. So nothing latent can be reached from
the door by looking up attributes; the interpreter's frames are out of scope.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.calendar import Calendar
from sim.contract import Answers, Audience, Customers, Settlement, Touch

if TYPE_CHECKING:
    from sim.world import World

Clerk = Generator[Any, tuple[str, Any], None]


def clerk(world: "World", campaign: str | None = None) -> Clerk:
    """Answers (wish, argument) messages; what goes wrong is answered too, so that the clerk stays in place."""
    answer: Any = None
    while True:
        wish, given = yield answer
        try:
            answer = _granted(world, wish, given) if campaign is None else _sent(world, campaign, wish, given)
        except Exception as error:
            answer = error


def _sent(world: "World", campaign: str, wish: str, given: Any) -> Any:
    """What a campaign may wish for."""
    assert world.post is not None
    match wish:
        case "day":
            return float(world.now)
        case "next_sale":
            return next_sale(world.calendar, int(world.now))
        case "in_sale":
            return in_sale(world.calendar, int(world.now), given)
        case "customers":
            return world.post.audience(world, campaign)
        case "answers":
            return world.post.answers(world, campaign)
        case "send":
            return world.post.send(world, campaign, given)
    return None


def next_sale(calendar: Calendar, day: int) -> float:
    """Day on which the next shop-wide sale begins, later than `day`; inf = none is known."""
    sale = calendar.sale[day - calendar.origin :] > 0
    begins = np.flatnonzero(sale[1:] & ~sale[:-1])
    return float(day + 1 + begins[0]) if len(begins) else float(np.inf)


def in_sale(calendar: Calendar, day: int, times: Any) -> Any:
    """Whether each of `times`, shape (n,), fell into a shop-wide sale before `day`; false for nan and before `origin`."""
    at = np.floor(np.asarray(times, dtype=float))
    known = (at >= calendar.origin) & (at < day)  # false for nan
    row = np.where(known, at - calendar.origin, 0).astype(np.int64)
    return known & (calendar.sale[row] > 0)


def _granted(world: "World", wish: str, given: Any) -> Any:
    match wish:
        case "day":
            return float(world.now)
        case "customers":
            return world.file()
        case "assign":
            world.settle(given, np.flatnonzero(world.customers.rows["orders"] > 0))
    return None


class Door:
    """What any process gets hold of: the day, and a clerk to ask."""

    __slots__ = ("__clerk",)

    def __init__(self, behind: Clerk) -> None:
        next(behind)
        self.__clerk = behind

    def _ask(self, wish: str, given: Any = None) -> Any:
        answer = self.__clerk.send((wish, given))
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return float(self._ask("day"))


class ShopDoor(Door):
    """What a policy's own processes get hold of: the customer file as copies, and the setting of tiers."""

    __slots__ = ()

    def customers(self) -> Customers:
        """Everybody in the customer file, as fresh read-only columns."""
        found: Customers = self._ask("customers")
        return found

    def assign(self, settlement: Settlement) -> None:
        """Books tiers for all, in the order of `customers()`."""
        self._ask("assign", settlement)


class CampaignDoor(Door):
    """What a campaign gets hold of: the customer file as copies, the sales calendar, and the post."""

    __slots__ = ()

    @property
    def next_sale(self) -> float:
        """Day on which the next shop-wide sale begins; inf = none is known."""
        return float(self._ask("next_sale"))

    def in_sale(self, times: Any) -> Any:
        """Whether each of these times, shape (n,), fell into a shop-wide sale; false for nan, and for days still to come."""
        return self._ask("in_sale", times)

    def customers(self) -> Audience:
        """Everybody in the customer file, as fresh read-only columns."""
        found: Audience = self._ask("customers")
        return found

    def answers(self) -> Answers:
        """What came of this campaign's messages so far, as fresh read-only columns."""
        found: Answers = self._ask("answers")
        return found

    def send(self, touch: Touch) -> int:
        """Books a message to all who may get it; returns how many did."""
        return int(self._ask("send", touch))
