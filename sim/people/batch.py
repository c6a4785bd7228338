"""The steps of `steps.py` over whole columns of people and visits, compiled. Loops only; no formula lives here."""

from typing import Any

import numpy as np
from numba import njit

from sim.draws import CHAT_PATIENCE, ENTRY, GAP_EXIT, PICK_ASK, RECALL_CHOICE, TRAITS, uniform_pair, uniform_pairs
from sim.people.clock import season_after
from sim.people.luck import BLOCK, PLACES, draw_visits
from sim.people.satisfaction import after_sales, tier_change
from sim.people.steps import CAME, approach, begin, decide, experience, finish, go_elsewhere, meet, passer
from sim.people.traits import NEVER, draw_choice_traits, draw_life_traits, set_choice_traits
from sim.prefetch import AHEAD, WHOLE, fetch

HEAD = 192  # bytes of a person that a need reads of who does not come: the clock, and the head of the state


@njit(cache=True, error_model="numpy")
def found(
    people: Any, next_time: Any, first_key: int, step: int, mind: Any, seed: int, clock: Any, factor: Any, origin: int
) -> None:
    """Founds the installed base: keys, traits, and the day of each first order, spread over the shop's age in season."""
    span = clock[-origin]  # operational days from opening to day 0
    m = mind[0]
    for i in range(len(people)):
        p = people[i]
        p.key = first_key + i * step
        u, _ = uniform_pair(seed, p.key, 0, ENTRY)
        p.entry = min(season_after(float(origin), u * span, clock, factor, origin), -1e-6)
        draw_choice_traits(p, m, seed)
        draw_life_traits(p, m, seed)
        next_time[i] = p.entry


@njit(cache=True, error_model="numpy")
def due(next_time: Any, before: float, rows: Any) -> int:
    """Rows whose need falls due before `before`, written to `rows`, as long as `next_time` or longer; returns how many."""
    n = 0
    for i in range(len(next_time)):
        rows[n] = i  # written over unless due: without a branch the loop runs at one row a cycle
        n += next_time[i] < before
    return n


@njit(cache=True, error_model="numpy")
def meet_all(
    people: Any,
    next_time: Any,
    rows: Any,
    came: Any,
    times: Any,
    keys: Any,
    mind: Any,
    seed: int,
    clock: Any,
    factor: Any,
    origin: int,
    missed: Any,
) -> tuple[int, int]:
    """Steps `begin` and `meet` for all that are due. Misses are finished at once and counted by cause.

    Rows, times and keys of those who come are written to `came`, `times` and `keys`.

    Returns:
        How many come, number of needs counted.
    """
    m = mind[0]
    n = 0
    needs = 0
    key, need = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    luck = np.empty((6, BLOCK))
    for start in range(0, len(rows), BLOCK):
        block = rows[start : start + BLOCK]
        for k in range(len(block)):
            key[k] = people[block[k]].key
            need[k] = people[block[k]].need + 1
        here = key[: len(block)]
        uniform_pairs(seed, here, need, RECALL_CHOICE, luck[0], luck[1])
        uniform_pairs(seed, here, need, PICK_ASK, luck[2], luck[3])
        uniform_pairs(seed, here, need, GAP_EXIT, luck[4], luck[5])
        for k in range(len(block)):
            if start + BLOCK + k < len(rows):
                fetch(people, rows[start + BLOCK + k], HEAD)
            i = block[k]
            p = people[i]
            time = next_time[i]
            if begin(p, time) != 0:
                next_time[i] = NEVER
                continue
            needs += 1
            cause = meet(p, time, luck[0, k], m)
            if cause == CAME:
                came[n] = i
                times[n] = time
                keys[n] = p.key
                n += 1
            else:
                missed[cause] += 1
                if not p.away:
                    go_elsewhere(p, luck[2, k], m)
                next_time[i] = finish(p, time, luck[4, k], luck[5, k], m, seed, clock, factor, origin)
    return n, needs


@njit(cache=True, error_model="numpy")
def admit(
    people: Any,
    new_keys: Any,
    new_times: Any,
    first_row: int,
    came: Any,
    times: Any,
    keys: Any,
    n: int,
    mind: Any,
    seed: int,
) -> None:
    """Prospects, from `first_row` on: choice traits only, as nobody knows yet whether they stay.

    Rows, times and keys are written to `came`, `times` and `keys`, after the `n` that stand there.
    """
    m = mind[0]
    need = np.zeros(BLOCK, np.int64)
    luck = np.empty((10, BLOCK))
    for start in range(0, len(new_keys), BLOCK):
        block = new_keys[start : start + BLOCK]
        for pair in range(5):
            uniform_pairs(seed, block, need, TRAITS + pair, luck[2 * pair], luck[2 * pair + 1])
        for k in range(len(block)):
            i = start + k
            p = people[first_row + i]
            p.key = new_keys[i]
            p.entry = new_times[i]
            p.need = 1
            set_choice_traits(p, luck[:, k], m, seed)
            came[n + i] = first_row + i
            times[n + i] = new_times[i]
            keys[n + i] = new_keys[i]


@njit(cache=True, error_model="numpy")
def approach_all(
    people: Any,
    rows: Any,
    times: Any,
    order: Any,
    first_prospect: int,
    visits: Any,
    raw: Any,
    mind: Any,
    seed: int,
    level: Any,
) -> None:
    """Step `approach` for all who come today, in `order`; rows from `first_prospect` on are strangers.

    `raw` is `visits` as bytes, shape (n, itemsize); `level` are the rivals' log prices of the day, shape (6,).
    """
    m = mind[0]
    key, need = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    luck = np.empty((PLACES, BLOCK))
    for start in range(0, len(order), BLOCK):
        block = order[start : start + BLOCK]
        for k in range(len(block)):
            key[k] = people[rows[block[k]]].key
            need[k] = people[rows[block[k]]].need
        draw_visits(seed, key[: len(block)], need, luck)
        for k in range(len(block)):
            if start + BLOCK + k < len(order):
                fetch(people, rows[order[start + BLOCK + k]], WHOLE)
            raw[start + k] = 0
            v = visits[start + k]
            v.row = rows[block[k]]
            approach(people[v.row], v, times[block[k]], luck[:, k], m, seed, level, v.row >= first_prospect)


@njit(cache=True, error_model="numpy")
def chats_of_passers(keys: Any, times: Any, contacts: Any, mind: Any, seed: int) -> int:
    """Chats of prospects who buy nothing, written to `contacts`; only their load on the desk is felt. Returns how many."""
    m = mind[0]
    n = 0
    need = np.ones(BLOCK, np.int64)
    chat, patience = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, len(keys), BLOCK):
        block = keys[start : start + BLOCK]
        uniform_pairs(seed, block, need, CHAT_PATIENCE, chat, patience)
        for k in range(len(block)):
            n += passer(contacts[n], block[k], times[start + k], chat[k], patience[k], m, seed)
    return n


@njit(cache=True, error_model="numpy")
def decide_all(people: Any, visits: Any, mind: Any, seed: int) -> None:
    """Step `decide` for all at the counter."""
    m = mind[0]
    for k in range(len(visits)):
        if k + AHEAD < len(visits):
            fetch(people, visits[k + AHEAD].row, WHOLE)
        decide(people[visits[k].row], visits[k], m, seed)


@njit(cache=True, error_model="numpy")
def experience_all(
    people: Any,
    visits: Any,
    next_time: Any,
    mind: Any,
    seed: int,
    clock: Any,
    factor: Any,
    origin: int,
    missed: Any,
    asks: Any,
) -> None:
    """Steps `experience` and `finish`; counts misses by cause, and asks and refusals in `asks`."""
    m = mind[0]
    key, need = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.int64)
    gap, leaving = np.empty(BLOCK), np.empty(BLOCK)
    for start in range(0, len(visits), BLOCK):
        block = visits[start : start + BLOCK]
        for k in range(len(block)):
            key[k] = block[k].key
            need[k] = block[k].need
        uniform_pairs(seed, key[: len(block)], need, GAP_EXIT, gap, leaving)
        for k in range(len(block)):
            if start + k + AHEAD < len(visits):
                fetch(people, visits[start + k + AHEAD].row, WHOLE)
            v = block[k]
            p = people[v.row]
            if v.prospect and v.shop != 0:
                continue
            experience(p, v, m, seed)
            if v.shop != 0:
                missed[v.cause] += 1
            if v.asked > 0.0:
                asks[0] += 1
            if v.refused:
                asks[1] += 1
            next_time[v.row] = finish(p, v.time, gap[k], leaving[k], m, seed, clock, factor, origin)


@njit(cache=True, error_model="numpy")
def hear_all(people: Any, contacts: Any, order: Any, mind: Any) -> None:
    """What after-sales contacts of the day do to satisfaction, at midnight, in `order`."""
    m = mind[0]
    for k in range(len(order)):
        c = contacts[order[k]]
        after_sales(people[c.row], c.hurt, c.recovered, c.wait, c.answered, m)


@njit(cache=True, error_model="numpy")
def tiers_all(people: Any, rows: Any, before: Any, after: Any, mind: Any) -> None:
    """Promotions and demotions as felt."""
    m = mind[0]
    for k in range(len(rows)):
        if before[k] != after[k]:
            tier_change(people[rows[k]], before[k], after[k], m)
