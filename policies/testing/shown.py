"""What a campaign is checked against: a run that is overheard, and made-up shops that show it files again."""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, cast

import numpy as np

from policies.points import Points
from policies.testing import boundary
from policies.testing.answers import edge_answers, handed
from policies.testing.subject import Failed, Subject
from policies.testing.worlds import calendar_of, small, trade
from sim.config import Config
from sim.contract import Answers, Audience, CampaignView, Touch
from sim.door import in_sale, next_sale
from sim.shop.counter import PolicyError, waits
from sim.shop.touches import read_touch
from sim.world import World

NAME = "mine"
EXTREME_DAYS = range(400, 600)  # on which it meets made-up customers
LOUD = {
    "unsubscribe": 0.03,
    "sleeping_dog": 0.3,
    "return_prob": 0.4,
    "nudge": 0.5,
    "contact_cap": 5,
    "checkin_adopt": 0.4,
}
SALES = {"sales": [{"name": "spring", "month": 4, "day": 1, "days": 5, "discount": 0.2}]}
Sent = list[tuple[float, tuple[int, ...], Any]]  # day, customer numbers, terms
CLUB = cast(Any, Points)(threshold=100)  # the policy under the campaign
NO_MEMORY = "no draws, no clock, and no memory beyond one call of processes"


class Listening(World):
    """Keeps what it hands to the campaign, by day, and what the campaign sends."""

    def campaign(self, campaigns: Any) -> None:
        """Campaigns, overheard."""
        super().campaign(campaigns)
        self.files: dict[float, Audience] = {}
        self.told: dict[float, Answers] = {}
        self.sent: Sent = []
        self.counts: list[int] = []
        if self.post is not None:
            read, send, answers = self.post.audience, self.post.send, self.post.answers
            self.post.audience = lambda world, name: self.files.setdefault(world.now, read(world, name))  # type: ignore
            self.post.answers = lambda world, name: self.told.setdefault(world.now, answers(world, name))  # type: ignore
            self.post.send = lambda world, name, touch: self._overheard(touch, send(world, name, touch))  # type: ignore

    def _overheard(self, touch: Touch, count: int) -> int:
        self.sent.append(entry(self.now, touch))
        self.counts.append(count)
        return count


def entry(day: float, touch: Any) -> tuple[float, tuple[int, ...], Any]:
    """A touch in a form that can be compared."""
    numbers, terms = read_touch(touch)
    return day, tuple(numbers.tolist()), terms


@dataclass(frozen=True)
class CampaignSubject(Subject):
    """A campaign under check; `policy` is the campaign."""

    @cached_property
    def config(self) -> Config:
        """A small shop with points and a sale, in which messages are read and do much."""
        return small(
            shoppers=150, days=150, population={"shop_age_days": 365}, policy={"name": "points"}, messages=LOUD,
            events=SALES, service={"agents": {"ordinary": 60.0, "priority": 60.0}, "service_minutes": 40.0},
        )  # fmt: skip

    @cached_property
    def run(self) -> tuple[Any, Any]:
        """World and orders of a run."""
        return self.traded(self.policy)

    def traded(self, *campaign: Any, kind: type[World] = Listening) -> tuple[Any, Any]:
        """World and orders of a run with that campaign, or with none."""
        return trade(self.config, CLUB, kind=kind, campaigns=dict.fromkeys([NAME], *campaign) if campaign else {})


class Replay:
    """A shop that hands out the files of an earlier run again, its customers in another order if `luck` is given."""

    def __init__(self, world: Any, luck: Any = None) -> None:
        self.world, self.luck = world, luck
        self.day = 0.0
        self.calendar = calendar_of(world.config)
        self.counts = iter(world.counts)
        self.sent: Sent = []

    @property
    def next_sale(self) -> float:
        """Day on which the next shop-wide sale begins."""
        return next_sale(self.calendar, int(self.day))

    def in_sale(self, times: Any) -> Any:
        """Whether each of these times fell into a shop-wide sale."""
        return in_sale(self.calendar, int(self.day), times)

    def customers(self) -> Audience:
        """The file of that day."""
        known = self.world.files.get(self.day)
        if known is None:
            raise Failed(f"asked again, it reads the customer file on day {self.day:g} and did not before; {NO_MEMORY}")
        rows = np.arange(len(known.orders)) if self.luck is None else self.luck.permutation(len(known.orders))
        return in_rows(known, rows)

    def answers(self) -> Answers:
        """The answers of that day; they always stand in order of sending."""
        known = self.world.told.get(self.day)
        if known is None:
            raise Failed(f"asked again, it reads its answers on day {self.day:g} and did not before; {NO_MEMORY}")
        told: Answers = handed(Answers, vars(known))
        return told

    def send(self, touch: Touch) -> int:
        """Remembers what is sent, and answers as then."""
        self.sent.append(entry(self.day, touch))
        return next(self.counts, 0)


def in_rows(known: Audience, rows: Any) -> Audience:
    """A customer file in the order of `rows`, as fresh read-only columns."""
    picked: Audience = handed(Audience, {field.name: getattr(known, field.name)[rows] for field in fields(known)})
    return picked


def replayed(campaign: Any, shop: Any, until: float) -> Any:
    """Lets a campaign run its calendar against a made-up shop; returns the shop."""
    for wait in waits(f"campaign={NAME}", campaign, shop):
        shop.day += wait
        if shop.day >= until:
            break
    return shop


def first_difference(one: Sent, other: Sent) -> str:
    """In words; "" if the same was sent."""
    for (day, numbers, terms), (other_day, other_numbers, other_terms) in zip(one, other, strict=False):
        if (day, terms) != (other_day, other_terms):
            return f"'{terms.wave}' goes out on day {day:g} in one run and '{other_terms.wave}' on day {other_day:g} in another"
        if numbers != other_numbers:
            return f"'{terms.wave}' of day {day:g} goes to {len(numbers)} customers in one run and to others in another"
    return "" if len(one) == len(other) else f"{len(one)} times it sends in one run and {len(other)} in another"


class Extreme:
    """A shop with the same customers every day."""

    def __init__(self, known: Audience) -> None:
        self.known, self.day = known, float(EXTREME_DAYS.start)

    @property
    def next_sale(self) -> float:
        """The next hundredth day, then none."""
        return next((day for day in (450.0, 550.0) if day > self.day), np.inf)

    def in_sale(self, times: Any) -> Any:
        """Every hundredth day, as of then."""
        at = np.asarray(times, dtype=float)
        return (np.floor(at) % 100 == 50) & (at < self.day)

    def customers(self) -> Audience:
        """They."""
        return self.known

    def answers(self) -> Answers:
        """What they might have answered."""
        return edge_answers(self.known, self.day)

    def send(self, touch: Touch) -> int:
        """Refuses what no shop can send."""
        numbers, _ = read_touch(touch)
        strange = np.setdiff1d(numbers, self.known.customer)
        if len(strange):
            raise PolicyError(f"Touch.customer is {strange[0]}; allowed: numbers of the customer file")
        return len(numbers)


class Shuffled(Listening):
    """A world whose minds are in disorder while the campaign thinks."""

    def _begin_campaigns(self, env: Any, until: int) -> None:
        self._campaigns = {name: Veiled(self, campaign) for name, campaign in self._campaigns.items()}
        super()._begin_campaigns(env, until)


class Veiled(boundary.Veiled):
    """A campaign that is asked while every latent column stands in another order; sending lifts the veil."""

    def shop(self, shop: CampaignView) -> Any:
        """What the campaign sees."""
        return VeiledPost(self, shop)


class VeiledPost:
    """The shop as a campaign sees it; what is sent is sent with the minds in order."""

    def __init__(self, veil: Veiled, shop: CampaignView) -> None:
        self.veil, self.shop = veil, shop

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return self.shop.day

    @property
    def next_sale(self) -> float:
        """Day on which the next shop-wide sale begins."""
        return self.shop.next_sale

    def in_sale(self, times: Any) -> Any:
        """Whether each of these times fell into a shop-wide sale."""
        return self.shop.in_sale(times)

    def customers(self) -> Audience:
        """The customer file."""
        return self.shop.customers()

    def answers(self) -> Answers:
        """What came of the campaign's messages."""
        return self.shop.answers()

    def send(self, touch: Touch) -> int:
        """Books a message."""
        with self.veil.lifted():
            return self.shop.send(touch)
