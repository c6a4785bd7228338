"""The same checks for a campaign: one that is asked at midnights, reads the customer file and sends."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, cast

import numpy as np

from policies.points import Points
from policies.testing import boundary, levers
from policies.testing.answers import edge, edge_answers, handed
from policies.testing.subject import Failed, NotChecked, Subject, changed, zeroed
from policies.testing.whole import unbalanced
from policies.testing.worlds import calendar_of, differing, differing_columns, differing_messages, small, told, trade
from sim.config import Config
from sim.contract import Answers, Audience, CampaignView, Touch
from sim.door import in_sale, next_sale
from sim.post import CAP_DAYS
from sim.shop.counter import PolicyError, asked, waits
from sim.shop.money import COLUMN
from sim.shop.touches import read_campaign, read_touch
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


CLUB = cast(Any, Points)(threshold=100)  # the policy under the campaign


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


NO_MEMORY = "no draws, no clock, and no memory beyond one call of processes"


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


def documented(subject: CampaignSubject) -> None:
    """As for a policy; `holdout` and `budget` are explained by the contract, channels are refused when sent."""
    levers.documented(subject, ("holdout", "budget"), ("channel", "kind"))


def bounds(subject: CampaignSubject) -> None:
    """Messages that a shop can send, in a run, for hand-made extremes and for an empty customer file."""
    with asked(f"campaign={NAME}", subject.policy, "processes"):
        read_campaign(subject.policy)
    _ = subject.run  # refused by the world with place, value and what is allowed
    whole = edge(Audience)
    for known in (whole, in_rows(whole, np.zeros(0, np.int64))):
        replayed(subject.policy, Extreme(known), EXTREME_DAYS.stop)


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


def determinism(subject: CampaignSubject) -> None:
    """Shown the same files again, or as a pickled copy, or made anew from the levers: the same messages."""
    world = subject.run[0]
    for other in (subject.policy, *copies(subject.policy)):
        shop = replayed(other, Replay(world), subject.config.days)
        if what := first_difference(world.sent, shop.sent):
            raise Failed(f"the same customer file, other messages: {what}; {NO_MEMORY}")


def copies(campaign: Any) -> Iterator[Any]:
    """A pickled copy, and one made anew from its levers."""
    try:
        yield pickle.loads(pickle.dumps(campaign))
    except Exception as error:
        raise Failed(f"cannot be pickled ({error}); put the class at the top level of its module") from None
    yield changed(campaign)


def batch_independence(subject: CampaignSubject) -> None:
    """With the customers of each file in another order, the same customers are written to."""
    world = subject.run[0]
    shop = replayed(subject.policy, Replay(world, np.random.default_rng(1)), subject.config.days)
    if what := first_difference(world.sent, shop.sent):
        raise Failed(
            f"with the customer file in another order: {what}; choose by what stands in a customer's row, and break ties "
            "of a ranking by customer number"
        )


def latent(subject: CampaignSubject) -> None:
    """Whenever the campaign is asked, each latent column stands in another order: not a message differs."""
    world, plain = subject.run
    shuffled, orders = subject.traded(subject.policy, kind=Shuffled)
    what = first_difference(world.sent, shuffled.sent)
    if what or differing_columns(plain, orders, ()):
        raise Failed(
            f"with what shoppers think and feel in another order: {what or 'other orders'}; read only the columns of "
            "Audience, never frames or the world"
        )


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


def ledgers(subject: CampaignSubject) -> None:
    """Orders, books and points add up; so do the costs of messages, within budget and cap."""
    world, orders = subject.run
    if wrong := [*unbalanced(world, orders), *unpaid(world)]:
        raise Failed(f"{wrong[0]}; a campaign acts through shop.send only and never writes to the world")


def unpaid(world: Any) -> Iterator[str]:
    """What does not add up among messages, in words."""
    post = world.post
    messages, waves = post.messages.rows, post.waves.rows
    sent = messages[~messages["holdout"]]
    cost = int(waves["unit"][sent["wave"]].sum())
    opened = int(waves["open_unit"][sent["wave"]][sent["opened"]].sum())
    if world.books[:, COLUMN["messages_fen"]].sum() != (cost + opened + 50) // 100:
        yield "the cost of messages in the books is not that of the messages sent"
    yuan = read_campaign(post.campaigns[NAME])[1]
    if cost > yuan * 10_000 + 0.5:
        yield "messages cost more than the budget"
    counted = sent[~waves["page"][sent["wave"]]]
    if (world.customers.rows["messages"].sum()) != len(counted):
        yield "the customer file counts other messages than were sent"
    for key in np.unique(counted["key"]).tolist():
        times, cap = counted["time"][counted["key"] == key], post.config.contact_cap
        if len(times) > cap and (times[cap:] - times[:-cap] < CAP_DAYS).any():
            yield "a customer got more messages in 30 days than messages.contact_cap"
            return


def zero_levers(subject: CampaignSubject) -> None:
    """With the levers of `ZERO`, or else without a budget, the orders are those of the shop without the campaign."""
    kind = type(subject.policy)
    zero = getattr(kind, "ZERO", {"budget": 0.0} if "budget" in known_levers(kind) else None)
    if zero is None:
        raise NotChecked(
            "the class has no lever `budget` and does not say at which levers it sends nothing; declare it: "
            "ZERO: ClassVar = {'share': 0.0}"
        )
    quiet = zeroed(subject.policy, zero)
    if found := differing_columns(subject.traded(quiet)[1], subject.traded()[1]):
        raise Failed(
            f"with {zero} the orders are not those without the campaign ({', '.join(found[:3])}); send nothing then, or "
            "declare in ZERO the levers at which nothing is sent"
        )


def known_levers(kind: type[Any]) -> list[str]:
    """Names of a class's levers."""
    return [field.name for field in fields(kind)]


def oracle(subject: CampaignSubject) -> None:
    """Engine and oracle agree to the last bit, in orders, minds and messages."""
    world, orders = subject.run
    slow = told(subject.config, CLUB, {NAME: changed(subject.policy)})
    if found := [*differing(world, orders, slow), *differing_messages(world, slow)]:
        raise Failed(
            f"one shopper at a time, with the file in another order, the run is another ({', '.join(found[:3])}); choose by "
            "what stands in a customer's row, never by its place"
        )


def resumable(subject: CampaignSubject) -> None:
    """The same object, a pickled one and one made from the same levers start again from the beginning: the same run.

    A killed sweep does so, and each worker uses one campaign for several runs.
    """
    world, orders = subject.run
    for how, copy in zip(
        ("the same object", "pickled", "made from the same levers"), takers(subject.policy), strict=True
    ):
        again, other = subject.traded(copy)
        if what := first_difference(world.sent, again.sent) or ", ".join(differing_columns(orders, other)[:3]):
            raise Failed(
                f"started again ({how}) it runs otherwise: {what}; keep what lasts within processes, as local variables, "
                "never in the campaign or its module"
            )


def takers(campaign: Any) -> Iterator[Any]:
    """Who starts again."""
    yield campaign
    yield from copies(campaign)


CHECKS: dict[str, Callable[[Any], None]] = {
    "documented levers": documented,
    "imports": boundary.imports,
    "bounds": bounds,
    "determinism": determinism,
    "batch independence": batch_independence,
    "latent columns": latent,
    "ledgers": ledgers,
    "zero levers": zero_levers,
    "oracle": oracle,
    "resumable": resumable,
}
