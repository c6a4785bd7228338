"""Draws: the published vectors, uniformity and independence of addresses, originals equal to the bit."""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher
from numpy.typing import NDArray
from scipy.stats import chi2, kstwobign

from sim import draws

ONES = 0xFFFFFFFF
FALSE_FAIL = 1e-6  # of each statistical test, over seeds


def original(compiled: Any, **instead: Any) -> Callable[..., Any]:
    """The Python original of a compiled function, calling originals throughout.

    Args:
        compiled: An `njit` function.
        instead: Functions to put in place of those it calls, by name.
    """
    source = compiled.py_func
    calls = {name: source.__globals__.get(name) for name in source.__code__.co_names}
    inner = {name: original(f) for name, f in calls.items() if isinstance(f, Dispatcher)}
    return FunctionType(source.__code__, {**source.__globals__, **inner, **instead}, source.__name__)


# Salmon et al. (2011): Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, answer.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS, ids=["zeros", "ones", "pi"])
@pytest.mark.parametrize("philox", [draws.philox, draws.philox.py_func], ids=["compiled", "original"])
def test_philox_gives_the_published_answers(
    philox: Callable[..., tuple[int, ...]], counter: tuple[int, ...], key: tuple[int, ...], answer: tuple[int, ...]
) -> None:
    assert philox(*counter, *key) == answer


def test_an_address_is_a_counter_and_a_key() -> None:
    """Every bit of seed, shopper, need and purpose has its own place, so no two addresses share a block."""
    seed, key = 0x0123456789ABCDEF, 0x7EDCBA9876543210
    expected = draws.philox(5, 64, 0x76543210, 0x7EDCBA98, 0x89ABCDEF, 0x01234567)
    assert draws.words(seed, key, 5, 64) == expected


EDGES = [0, 1, ONES - 1, ONES, 2**32, 2**53 + 1, 2**60 - 1, 2**62, 2**63 - 1]
FUNCTIONS = [draws.words, draws.uniform_pair, draws.uniform_quad]


@pytest.mark.parametrize("compiled", FUNCTIONS, ids=lambda f: f.__name__)
def test_the_original_returns_the_same_bits(compiled: Any) -> None:
    """At every corner of the ranges and at 20,000 addresses inside them."""
    python = original(compiled)
    rng = np.random.default_rng(1)
    inside = zip(
        *(rng.integers(0, 2**63, (2, 20_000)).tolist() + rng.integers(0, 2**32, (2, 20_000)).tolist()), strict=True
    )
    corners = [(s, k, n, p) for s in EDGES for k in EDGES for n in EDGES[:4] for p in EDGES[:4]]
    for address in [*corners, *inside]:
        assert compiled(*address) == python(*address), address


def test_uniforms_is_uniform_pair_row_by_row() -> None:
    keys = np.array([0, 3, 2**32, 2**63 - 1, draws.shopper_key(draws.KIND_RIVAL, 7)])
    pairs = draws.uniforms(11, keys, 4, draws.BASKET)
    assert pairs.tolist() == [list(draws.uniform_pair(11, int(key), 4, draws.BASKET)) for key in keys]
    assert pairs.tolist() == original(draws.uniforms)(11, keys, 4, draws.BASKET).tolist()


def test_columns_of_addresses_draw_what_each_address_draws() -> None:
    """`uniform_pairs` and `uniform_quads`, to the bit, from the Python originals of the scalars."""
    rng = np.random.default_rng(5)
    keys, needs, seed = rng.integers(0, 2**63, 3001), rng.integers(0, 2**32, 3001), 2**62 + 12345
    pairs, quads = np.empty((2, 3001)), np.empty((4, 3001))
    draws.uniform_pairs(seed, keys, needs, draws.BASKET, pairs[0], pairs[1])
    draws.uniform_quads(seed, keys, needs, draws.RIVAL_NOISE, quads)
    addresses = list(zip(keys.tolist(), needs.tolist(), strict=True))
    assert pairs.T.tolist() == [list(draws.uniform_pair.py_func(seed, *at, draws.BASKET)) for at in addresses]
    assert quads.T.tolist() == [list(draws.uniform_quad.py_func(seed, *at, draws.RIVAL_NOISE)) for at in addresses]


@pytest.mark.parametrize("word", [0, 1, 2**31, ONES])
def test_uniforms_lie_strictly_inside_the_unit_interval(word: int) -> None:
    """Even for the extreme words, and on a grid that 1 - u does not leave."""

    def same_word(*address: int) -> tuple[int, ...]:
        return (word,) * 4

    for function, step in ((draws.uniform_pair, 2.0**-53), (draws.uniform_quad, 2.0**-33)):
        for u in original(function, words=same_word)(0, 0, 0, 0):
            assert step <= u <= 1.0 - step
            assert (u / step) % 2 == 1
            assert 1.0 - (1.0 - u) == u


N = 200_000


def grid(n: int, **fixed: Any) -> dict[str, Any]:
    """n addresses, `fixed` apart, along the shopper axis."""
    return {"seed": 20_261_124, "keys": np.arange(n), "need": 3, "purpose": draws.GAP_EXIT, **fixed}


@pytest.mark.parametrize("word", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize(("power", "right"), [(1.0, True), (1.05, False)], ids=["as it is", "planted fault"])
def test_draws_are_uniform(word: int, power: float, right: bool) -> None:
    """Kolmogorov-Smirnov on 200,000 shoppers; fails a right generator at one seed in a million.

    A distribution function off by 0.011 anywhere passes at most one seed in a hundred thousand. Planted: u**1.05.
    """
    u = np.sort(draws.uniforms(**grid(N))[:, word] ** power)
    distance = max(np.max(np.arange(1, N + 1) / N - u), np.max(u - np.arange(N) / N))
    assert (kstwobign.sf(distance * np.sqrt(N)) > FALSE_FAIL) == right


def pair_pvalue(first: NDArray[np.float64], second: NDArray[np.float64], cells: int = 32) -> float:
    """Chi-square p-value of two columns of uniforms on a square of cells."""
    place = (first * cells).astype(int) * cells + (second * cells).astype(int)
    expected = len(first) / cells**2
    statistic = np.sum((np.bincount(place, minlength=cells**2) - expected) ** 2) / expected
    return float(chi2.sf(statistic, cells**2 - 1))


NEIGHBOURS: dict[str, dict[str, Any]] = {
    "shopper": {"keys": np.arange(N) + 1},
    "kind": {"keys": draws.shopper_key(draws.KIND_ADS, 0) + np.arange(N)},
    "need": {"need": 4},
    "purpose": {"purpose": draws.RECALL_CHOICE},
    "seed": {"seed": 20_261_125},
    "word": {},
}


@pytest.mark.parametrize("axis", NEIGHBOURS)
@pytest.mark.parametrize(("repeated", "right"), [(0.0, True), (0.02, False)], ids=["as it is", "planted fault"])
def test_neighbouring_addresses_are_independent(axis: str, repeated: float, right: bool) -> None:
    """Each draw against its neighbour's, 32 x 32 cells, 200,000 pairs; fails a right generator at 1e-6 of seeds.

    A generator that repeats 1.2 % of its neighbour's draws passes at most one seed in a million. Planted: 2 %.
    """
    here = draws.uniforms(**grid(N))
    there = draws.uniforms(**(grid(N) | NEIGHBOURS[axis]))
    same_word = there[:, 1] if axis == "word" else there[:, 0]
    other_word = here[:, 1] if axis == "word" else there[:, 1]
    stuck = np.random.default_rng(2).random(N) < repeated
    assert (pair_pvalue(here[:, 0], np.where(stuck, here[:, 0], same_word)) > FALSE_FAIL) == right
    assert (pair_pvalue(here[:, 0], np.where(stuck, here[:, 0], other_word)) > FALSE_FAIL) == right


@pytest.mark.parametrize(("repeated", "right"), [(0.0, True), (0.02, False)], ids=["as it is", "planted fault"])
def test_the_words_of_a_quad_are_independent(repeated: float, right: bool) -> None:
    """As for neighbours: all six pairs of words, 200,000 blocks, each pair failing at 1e-6 of seeds."""
    quads = np.array([draws.uniform_quad(5, key, 0, draws.RIVAL_NOISE) for key in range(N)])
    stuck = np.random.default_rng(3).random(N) < repeated
    for i in range(4):
        for j in range(i):
            assert (pair_pvalue(quads[:, i], np.where(stuck, quads[:, i], quads[:, j])) > FALSE_FAIL) == right


def test_who_else_is_there_shifts_no_draw() -> None:
    """A shopper's draw is the same alone, in company and in any order."""
    crowd = draws.uniforms(**grid(1000))
    order = np.random.default_rng(4).permutation(1000)
    assert np.array_equal(draws.uniforms(**grid(1000, keys=order)), crowd[order])
    assert np.array_equal(draws.uniforms(**grid(1000, keys=np.array([17]))), crowd[17:18])


def test_purposes_keep_their_numbers() -> None:
    """The table only grows: stored runs rest on these numbers."""
    table = {name: value for name, value in vars(draws).items() if name.isupper() and isinstance(value, int)}
    purposes = {n: v for n, v in table.items() if not n.startswith(("KIND_", "_"))}
    agreed = {
        "GAP_EXIT": 0,
        "RECALL_CHOICE": 1,
        "PICK_ASK": 2,
        "BASKET": 3,
        "RIVAL_NOISE": 4,
        "CHAT_PATIENCE": 5,
        "SERVICE_LOSS": 6,
        "DEFECT_MISFIT": 7,
        "LATE_RETURN": 8,
        "CONTACT_DELAY": 9,
        "RECOVERY_SERVICE": 10,
        "SHOCK_CAUSE": 11,
        "REDEEM_ATTACH": 12,
        "RIVAL_NOISE_MORE": 13,
        "SUB_CYCLE": 14,
        "SILENT": 15,
        "ARRIVAL": 32,
        "RIVAL_DAY": 33,
        "ENTRY": 34,
        "MESSAGE_OPEN": 35,
        "MESSAGE_RETURN": 36,
        "MESSAGE_NUDGE": 37,
        "HOLDOUT": 38,
        "READER": 39,
        "CHECK_IN": 40,
        "TRAITS": 64,
    }
    assert agreed.items() <= purposes.items()
    assert len(set(purposes.values())) == len(purposes)
    assert all(not 64 < number < 128 for number in purposes.values())


def test_keys_carry_their_kind() -> None:
    for kind in range(8):
        for number in (0, 1, 2**60 - 1):
            key = draws.shopper_key(kind, number)
            assert key == draws.shopper_key.py_func(kind, number)
            assert 0 <= key < 2**63
            assert (key >> 60, key & (2**60 - 1)) == (kind, number)


def test_hash_key_is_the_head_of_a_sha_256() -> None:
    assert draws.hash_key("") == 0xE3B0C44298FC1C1  # FIPS 180-4: SHA-256 of nothing begins e3b0c442 98fc1c14
    assert draws.hash_key("abc") == 0xBA7816BF8F01CFE
    numbers = {draws.hash_key(f"customer {i}") for i in range(100_000)}
    assert len(numbers) == 100_000
    assert all(0 <= number < 2**60 for number in numbers)
