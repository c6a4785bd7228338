"""What a message does to a shopper: whether and when it is opened, and what follows from that, for good and ill.

`p` is the shopper, `t` the message (`sim.mail.MESSAGE`), `wave` its wave (`sim.mail.WAVE`), `m` the constants of messages.
"""

from math import exp, log
from typing import Any

import numpy as np
from numba import njit

from sim.config import Messages
from sim.draws import (
    CHECK_IN,
    COUPON_USE,
    MESSAGE_NUDGE,
    MESSAGE_OPEN,
    MESSAGE_RETURN,
    READER,
    TRAITS,
    uniform_pair,
)
from sim.people.clock import operational
from sim.people.leaving import leave
from sim.people.traits import NEVER
from sim.quantiles import table_quantile
from sim.visits import CAUSES, OWN, PRICE, QUALITY, REFUSAL, SERVICE, VARIETY

LONGEST_DELAY = 30.0  # days after which nobody opens a message any more
PAGE_DAYS = 7.0  # over which visits of the check-in page are spread


def message_constants(messages: Messages) -> dict[str, Any]:
    """All constants that the formulas of this module read, by the key of the config where there is one."""
    values: dict[str, Any] = {n: v for n, v in messages.model_dump().items() if isinstance(v, float)}
    factor = np.ones(len(CAUSES))
    price, variety, service, quality = messages.reason_factor
    factor[[PRICE, VARIETY, SERVICE, QUALITY, REFUSAL]] = price, variety, service, quality, service
    return values | {"return_factor": factor}


@njit(cache=True, error_model="numpy")
def tired(p: Any, day: float, m: Any) -> float:
    """Messages lately, each counted less the older it is, >= 0."""
    return float(p.fatigue * exp(-min((day - p.fatigue_day) / m.fatigue_days, 700.0)))


@njit(cache=True, error_model="numpy")
def open_chance(base: float, reader: float, fatigue: float, half: float) -> float:
    """Chance that a message is opened.

    Args:
        base: Of the channel, nobody being tired, mean over readers, 0-1.
        reader: Uniform in (0, 1): how readily this shopper opens; a chance above 1 counts as 1.
        fatigue: Messages lately, >= 0.
        half: Fatigue that halves the chance, > 0.
    Source:
        Falls with what was sent lately: Zhang, Kumar & Cosguner (2017); the form is ours.
    """
    return min(2.0 * reader * base, 1.0) / (1.0 + fatigue / half)


@njit(cache=True, error_model="numpy")
def unsubscribe_chance(p: Any, now: float, m: Any) -> float:
    """Chance that an opened message makes its reader unsubscribe, 0-1.

    Annoyance is with what was sent: the tired open fewer, by a factor 1 + fatigue / half, and yet unsubscribe the more from
    each message sent, by the same factor; so it counts twice for an opened one.
    """
    annoyed = 1.0 + tired(p, now, m) / m.fatigue_half
    return min(m.unsubscribe * annoyed * annoyed, 1.0)


@njit(cache=True, error_model="numpy")
def deliver(p: Any, t: Any, wave: Any, m: Any, seed: int) -> None:
    """A message arrives: sets `t.open_time`, nan if it will never be opened."""
    fatigue = tired(p, t.time, m)
    reader, _ = uniform_pair(seed, p.key, 0, READER)
    u, v = uniform_pair(seed, p.key, t.number, MESSAGE_OPEN)
    t.open_time = np.nan
    if wave.page:  # asks nobody's attention: who signs in looks, the others never see it
        signs_in, _ = uniform_pair(seed, p.key, 0, CHECK_IN)
        chance = wave.open_chance if signs_in < m.checkin_adopt else 0.0
        delay = v * PAGE_DAYS
    else:
        chance = open_chance(wave.open_chance, reader, fatigue, m.fatigue_half)
        delay = min(-log(v) * m.open_delay_days, LONGEST_DELAY)
        p.fatigue = fatigue + 1.0
        p.fatigue_day = int(t.time)
    if u < chance and t.time < p.category_end and t.time < p.moved_at:
        t.open_time = t.time + delay


@njit(cache=True, error_model="numpy")
def coupon_prob(p: Any, mind: Any, seed: int) -> float:
    """Chance that the shopper uses a coupon at hand at an order of mean value, 0-1: Beta over shoppers.

    Source: households differ widely and lastingly in it (Bawa & Shoemaker 1987); the size is a matter of calibration.
    """
    if mind.coupon_prob >= 1.0:
        return 1.0
    u, _ = uniform_pair(seed, p.key, 0, TRAITS + 13)
    return float(table_quantile(u, mind.coupon_table))


@njit(cache=True, error_model="numpy")
def coupon_use(p: Any, basket: float, mind: Any, seed: int) -> float:
    """Chance that a coupon at hand is used in a basket of some list value, yuan: a larger one holds more to use it on."""
    return float(1.0 - (1.0 - coupon_prob(p, mind, seed)) ** (basket / mind.basket_mean))


@njit(cache=True, error_model="numpy")
def coupon_size(p: Any, wave: Any, mind: Any, seed: int) -> float:
    """A coupon's worth to the shopper: share of the usual basket, 0-0.5, times the chance that it is used there."""
    usual = exp(p.basket_level)
    share = wave.coupon_share if wave.coupon_share > 0.0 else wave.coupon_yuan / usual
    return min(share, 0.5) * coupon_use(p, usual, mind, seed)


@njit(cache=True, error_model="numpy")
def return_chance(cause: int, offer: bool, size: float, m: Any) -> float:
    """Chance that an opened message ends `away`: odds by the reason for leaving, better if the message meets it.

    Args:
        cause: Why the shopper left, one of `sim.visits.CAUSES`.
        offer: Else it is information.
        size: Of the coupon, share of the usual basket.
    Source:
        Who left over service comes back less often: Kumar, Bhagwat & Zhang (2015), sign only; sizes assumed.
    """
    odds = m.return_prob / (1.0 - m.return_prob) * m.return_factor[cause]
    if cause in (SERVICE, QUALITY, REFUSAL):
        if not offer:
            odds = odds * (1.0 + m.apology_pull)
    elif offer:
        odds = odds * (1.0 + m.offer_pull * size)
    return odds / (1.0 + odds)


@njit(cache=True, error_model="numpy")
def hear(
    p: Any, t: Any, wave: Any, next_time: float, now: float, m: Any, mind: Any, seed: int, clock: Any, factor: Any,
    origin: int,
) -> float:  # fmt: skip
    """What an opened message does, at the midnight `now` after it; returns the day of the next need."""
    t.opened = True
    p.last_contact = max(p.last_contact, t.open_time)
    size = 0.0
    if wave.coupon:
        p.coupon = t.id  # the one read last is the one kept in mind
        size = coupon_size(p, wave, mind, seed)
    if not wave.offer and p.satisfaction < m.warmth_level:
        p.satisfaction += m.warmth * (m.warmth_level - p.satisfaction)
    u, v = uniform_pair(seed, p.key, t.number, MESSAGE_RETURN)
    t.unsubscribed = (not wave.page) and v < unsubscribe_chance(p, now, m)
    if p.away:
        if u < return_chance(p.away_cause, wave.offer, size, m):
            p.away = False
            p.away_cause = 0
            p.left_at = NEVER
            t.regained = True
    elif wakes(p, wave, m, seed):
        leave(p, PRICE)
        p.left_at = t.open_time
        t.woken = True
    if p.away or p.gone != 0:
        return next_time
    return nudged(p, t, size, next_time, now, m, mind, seed, clock, factor, origin)


@njit(cache=True, error_model="numpy")
def wakes(p: Any, wave: Any, m: Any, seed: int) -> bool:
    """Is this a sleeping dog, a customer by habit whom talk of prices reminds that there are others elsewhere?

    Information (thanks, how-to, news) wakes nobody.

    Source: Ascarza, Iyengar & Schleicher (2016), The Perils of Proactive Churn Prevention.
    """
    _, dog = uniform_pair(seed, p.key, 0, READER)
    return wave.offer and p.last_shop == OWN and dog < m.sleeping_dog


@njit(cache=True, error_model="numpy")
def nudged(
    p: Any, t: Any, size: float, next_time: float, now: float, m: Any, mind: Any, seed: int, clock: Any, factor: Any,
    origin: int,
) -> float:  # fmt: skip
    """The next need, moved forward or not. The need after it stays where it was, but for what is used up sooner.

    `mind.stockpile_shift` of the days gained come back as a longer gap.
    """
    u, v = uniform_pair(seed, p.key, t.number, MESSAGE_NUDGE)
    earliest = now + mind.min_gap_days
    if u >= min(m.nudge * (1.0 + m.offer_pull * size), 1.0) or next_time <= earliest:
        return next_time
    sooner = next_time - v * (next_time - earliest)
    days = operational(next_time, clock, factor, origin) - operational(sooner, clock, factor, origin)
    p.owed += mind.stockpile_shift * days
    return sooner


@njit(cache=True, error_model="numpy")
def present(p: Any, v: Any, t: Any, wave: Any, mind: Any, seed: int) -> None:
    """Lays the coupon on the counter, if it is still good, the basket is one it counts for and the shopper uses it."""
    if v.time >= t.time + wave.days_valid:
        p.coupon = 0
        return
    fits = False
    for c in range(4):
        fits = fits or (wave.classes[c] > 0 and v.basket_class[c] > 0.0)
    if not fits or v.basket < wave.minimum:
        return
    u, _ = uniform_pair(seed, v.key, v.need, COUPON_USE)
    if u >= coupon_use(p, v.basket, mind, seed):
        return
    v.coupon = p.coupon
    v.coupon_spent = t.times_used + 1 >= wave.uses
    v.coupon_share = wave.coupon_share
    v.coupon_yuan = wave.coupon_yuan
    for c in range(4):
        v.coupon_class[c] = wave.classes[c]
