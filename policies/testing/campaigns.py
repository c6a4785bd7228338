"""The same checks for a campaign: one that is asked at midnights, reads the customer file and sends."""

import pickle
from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from policies.testing import boundary, levers
from policies.testing.answers import edge
from policies.testing.shown import (
    CLUB,
    EXTREME_DAYS,
    NAME,
    NO_MEMORY,
    CampaignSubject,
    Extreme,
    Replay,
    Shuffled,
    first_difference,
    in_rows,
    replayed,
)
from policies.testing.subject import Failed, NotChecked, changed, zeroed
from policies.testing.whole import unbalanced
from policies.testing.worlds import differing, differing_columns, differing_messages, told
from sim.contract import Audience
from sim.post import CAP_DAYS
from sim.shop.counter import asked
from sim.shop.money import COLUMN
from sim.shop.touches import read_campaign


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
