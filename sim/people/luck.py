"""The luck of a need: the uniforms that a visit reads, drawn one after the other or for a whole block of visits."""

from typing import Any

from numba import njit

from sim.draws import (
    BASKET,
    CHAT_PATIENCE,
    PICK_ASK,
    RECALL_CHOICE,
    REDEEM_ATTACH,
    RIVAL_NOISE,
    uniform_pair,
    uniform_pairs,
    uniform_quad,
    uniform_quads,
)

VALUE, CLASS, REDEEM, ATTACH, CHAT, PATIENCE, PICK, ASK, RECALL, CHOICE, NOISE = range(11)  # places; four of noise
PLACES = NOISE + 4
PAIRS = ((VALUE, BASKET), (REDEEM, REDEEM_ATTACH), (CHAT, CHAT_PATIENCE), (PICK, PICK_ASK), (RECALL, RECALL_CHOICE))
BLOCK = 128  # visits whose luck is drawn at a time: so many that it stays in the nearest cache


def visit_luck(seed: int, key: int, need: int) -> list[float]:
    """All of it for one visit, by place."""
    luck = [0.0] * PLACES
    for place, purpose in PAIRS:
        luck[place : place + 2] = uniform_pair.py_func(seed, key, need, purpose)
    luck[NOISE:] = uniform_quad.py_func(seed, key, need, RIVAL_NOISE)
    return luck


@njit(cache=True, error_model="numpy")
def draw_visits(seed: int, keys: Any, needs: Any, luck: Any) -> None:
    """The same for many visits: `luck` has shape (PLACES, n) or longer."""
    for place, purpose in PAIRS:
        uniform_pairs(seed, keys, needs, purpose, luck[place], luck[place + 1])
    uniform_quads(seed, keys, needs, RIVAL_NOISE, luck[NOISE:])
