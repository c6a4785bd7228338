"""A need from end to end, as the steps of one shopper: meet, decide, experience, finish.

Each step takes the shopper `p`, the visit `v` and the constants `mind` as records. The engine runs them compiled over
whole columns (`batch.py`), the oracle runs their Python originals one shopper at a time.
"""

from math import exp, log
from typing import Any

from numba import njit

from sim.draws import RIVAL_NOISE_MORE, SERVICE_LOSS, SHOCK_CAUSE, uniform_pair, uniform_quad
from sim.people.choice import choose
from sim.people.clock import next_need, sub_cycle
from sim.people.leaving import leave, leaves, reason, shock
from sim.people.luck import ASK, ATTACH, CHAT, CHOICE, CLASS, NOISE, PATIENCE, PICK, REDEEM, VALUE
from sim.people.recall import recall
from sim.people.reference import asks, fade, learn, weigh
from sim.people.satisfaction import bad_wait, fate, surprise, wait_hurt
from sim.people.traits import NEVER, draw_life_traits, draw_patience
from sim.quantiles import normal_quantile
from sim.visits import CATEGORY_OVER, FORGOT, MOVED, NOWHERE, OWN, QUALITY, REFUSAL, SERVICE

CAME = 0
SPREAD_32 = 3.4641016151377544  # turns a centred uniform into unit standard deviation


@njit(cache=True, error_model="numpy")
def begin(p: Any, time: float) -> int:
    """Counts the need. Returns 0, or the final cause if the shopper has left the category or the place."""
    if time >= p.category_end or time >= p.moved_at:
        p.gone = CATEGORY_OVER if p.category_end <= p.moved_at else MOVED
        return int(p.gone)
    p.need += 1
    return 0


@njit(cache=True, error_model="numpy")
def meet(p: Any, time: float, u: float, mind: Any) -> int:
    """Does the shopper come to the counter for this need? 0, or the cause of the miss; `u` is the luck of recall."""
    if p.away:
        return int(p.away_cause)
    p.needs_alive += 1
    cycles = (time - p.last_contact) / p.cycle
    chance = recall(cycles, mind.memory_half_life_cycles, mind.recall_steepness, mind.recall_floor)
    if p.orders == 0 or u < chance:
        p.considered += 1
        return CAME
    return FORGOT


@njit(cache=True, error_model="numpy")
def approach(p: Any, v: Any, time: float, luck: Any, mind: Any, seed: int, rival_level: Any, prospect: bool) -> None:
    """Fills the visit: the basket, the ask, the chat, rivals' prices as this shopper sees them.

    `luck` are the uniforms of the visit by place (`luck.py`), `rival_level` is ln(price / list) of each rival today,
    shape (6,).
    """
    v.key = p.key
    v.time = time
    v.need = p.need
    v.prospect = prospect
    v.first = p.orders == 0 and not prospect
    v.choice_luck = luck[CHOICE]
    v.pick_luck = luck[PICK]
    v.redeem_luck = luck[REDEEM]
    fill_basket(p, v, luck, mind, seed)
    v.chatted = luck[CHAT] < mind.chat_prob
    if v.chatted:
        v.patience = -log(luck[PATIENCE]) * p.patience
    v.asked = asks(p, v.basket, luck[ASK], mind)
    if mind.rival_count > 0:
        noise = mind.rival_shopper_sd * SPREAD_32
        v.rival_price[0] = rival_level[0] + noise * (luck[NOISE] - 0.5)
        v.rival_price[1] = rival_level[1] + noise * (luck[NOISE + 1] - 0.5)
        v.rival_price[2] = rival_level[2] + noise * (luck[NOISE + 2] - 0.5)
        v.rival_price[3] = rival_level[3] + noise * (luck[NOISE + 3] - 0.5)
        if mind.rival_count > 4:
            a, b, _, _ = uniform_quad(seed, p.key, p.need, RIVAL_NOISE_MORE)
            v.rival_price[4] = rival_level[4] + noise * (a - 0.5)
            v.rival_price[5] = rival_level[5] + noise * (b - 0.5)


@njit(cache=True, error_model="numpy")
def passer(contact: Any, key: int, time: float, u: float, w: float, mind: Any, seed: int) -> bool:
    """Fills the chat of a prospect who will buy nothing, a contact of no customer; is there one?

    `u` and `w` are the luck of chat and patience at need 1.
    """
    if u >= mind.chat_prob:
        return False
    contact.key = key
    contact.time = time
    contact.row = -1
    contact.need = 1
    contact.hurt = 0.0
    contact.patience = -log(w) * draw_patience(key, mind, seed)
    return True


@njit(cache=True, error_model="numpy")
def fill_basket(p: Any, v: Any, luck: Any, mind: Any, seed: int) -> None:
    """Draws the planned basket, list value by product class, and its postage."""
    value = exp(p.basket_level + mind.basket_log_sd_within * normal_quantile(luck[VALUE]))
    if mind.sub_count > 0:
        value = value * mind.sub_basket[sub_cycle(p, mind, p.need, seed)]
    value = min(max(value, 0.01), 1e7)
    main = 0
    while main < 3 and luck[CLASS] >= mind.class_cumulated[main]:
        main += 1
    for c in range(4):
        v.basket_class[c] = 0.0
    v.main = main
    v.basket_class[main] = value
    if luck[ATTACH] < mind.attach_rate[main]:
        v.basket_class[1] += value * mind.attach_value
        value += value * mind.attach_value
    v.basket = value
    v.post_fee = mind.ship_fee if value < mind.ship_free_from else 0.0


@njit(cache=True, error_model="numpy")
def decide(p: Any, v: Any, mind: Any, seed: int) -> None:
    """Where this need is met, given the offer; for an own order also how much and with what fate."""
    weigh(p, v, mind)
    v.refused = v.asked > 0.0 and v.granted < 0.999 * v.asked
    if v.chatted:
        if v.abandoned:
            _, u = uniform_pair(seed, v.key, v.need, SERVICE_LOSS)
            v.lost = u < mind.abandon_loss
        v.wait_hurt = wait_hurt(v.wait, p.wait_sensitivity)
    choose(p, v, mind, v.choice_luck, v.pick_luck)
    if v.shop == OWN:
        if v.prospect:
            draw_life_traits(p, mind, seed)
        v.quantity = (1.0 - v.felt) ** -mind.quantity_elasticity
        v.redeems = v.redeem_luck < p.redeem_prob
        v.point_worth = p.point_value_ratio
        fate(p, v, mind, seed)


@njit(cache=True, error_model="numpy")
def experience(p: Any, v: Any, mind: Any, seed: int) -> None:
    """The mind after a visit: habit, expectation, satisfaction, and the shocks that end a relation at once."""
    drop = 0.0
    if v.refused:
        penalty = mind.refusal_penalty * p.entitlement
        p.satisfaction -= penalty
        drop = penalty
    use_shop(p, v.shop)
    if v.shop == OWN:
        p.orders += 1
        p.last_contact = v.time
        if v.coupon_spent:
            p.coupon = 0
        p.stretch = mind.stockpile_shift * (v.quantity - 1.0) * p.cycle
        if v.booked > 0.0:
            learn(p, v.booked, v.granted)
        else:
            fade(p, mind)
        drop += surprise(p, v, mind)
    else:
        fade(p, mind)
        p.last_contact = v.time
        if v.wait_hurt > 0.0:
            bad_wait(p, v.wait_hurt, mind)
            drop += v.wait_hurt
    if drop > 0.0 and not v.first:
        u, _ = uniform_pair(seed, v.key, v.need, SHOCK_CAUSE)
        if u < shock(drop, mind):
            leave(p, shock_cause(p, v))


@njit(cache=True, error_model="numpy")
def shock_cause(p: Any, v: Any) -> int:
    """What a shock is put down to."""
    if v.refused:
        return REFUSAL
    return SERVICE if v.wait_hurt > v.quality_hurt else QUALITY


@njit(cache=True, error_model="numpy")
def use_shop(p: Any, shop: int) -> None:
    """Habit: the shop last used, and how many times in a row before."""
    if shop == NOWHERE:
        return
    p.repeats = p.repeats + 1 if shop == p.last_shop else 0
    p.last_shop = shop


@njit(cache=True, error_model="numpy")
def go_elsewhere(p: Any, pick: float, mind: Any) -> None:
    """A need that the shop was not thought of for: met at the rival that `pick` falls on, and expectation fades."""
    if mind.rival_count > 0:
        use_shop(p, 1 + min(int(pick * mind.rival_count), mind.rival_count - 1))
    fade(p, mind)


@njit(cache=True, error_model="numpy")
def finish(
    p: Any, time: float, u: float, w: float, mind: Any, seed: int, clock: Any, factor: Any, origin: int
) -> float:
    """Ends the need: the chance to leave that belongs to it, by `w`, and the day of the next one, by `u`."""
    if not p.away and (p.need > 1 or mind.exit_after_first):
        if leaves(w, p.exit_probability, p.satisfaction, mind.exit_sensitivity):
            _, cause = uniform_pair(seed, p.key, p.need, SHOCK_CAUSE)
            leave(p, reason(p, mind, cause))
    if p.away and p.left_at >= NEVER:
        p.left_at = time
    return next_need(p, time, u, mind, seed, clock, factor, origin)
