"""Chance has an address: every draw is a pure function of (seed, shopper, need, purpose).

The function is Philox 4x32-10, a counter-based generator: no state, so nobody's luck depends on who
was served before, and two policies meet the same luck wherever they do not bite.

All words are int64 values in [0, 2**32). A product of two of them may pass 2**63: compiled code then
wraps and the Python original does not, but the two bit fields taken from it are the same in both, so
the compiled function and its `py_func` agree bit for bit without any unsigned type.

Source:
    Salmon, Moraes, Dror & Shaw (2011), Parallel Random Numbers: As Easy as 1, 2, 3, SC'11.
"""

from hashlib import sha256
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

# Purposes: the address of a block of four words. Words 0-1 make the first uniform of `uniform_pair`,
# words 2-3 the second. The table only grows: a number, once given, never changes its meaning.
GAP_EXIT = 0  # 0-1: gap to the next need; 2-3: exit met at this need
RECALL_CHOICE = 1  # 0-1: recall of the shop; 2-3: own shop or not
PICK_ASK = 2  # 0-1: which rival, if not the own shop; 2-3: asks for a concession
BASKET = 3  # 0-1: value of the basket; 2-3: product class
RIVAL_NOISE = 4  # words 0, 1, 2, 3: 32-bit noise on the prices of rivals 0 to 3 (`uniform_quad`)
CHAT_PATIENCE = 5  # 0-1: chats before the order; 2-3: patience in the queue
SERVICE_LOSS = 6  # 0-1: service time of the chat; 2-3: an abandoned chat loses the order
DEFECT_MISFIT = 7  # 0-1: defect; 2-3: misfit
LATE_RETURN = 8  # 0-1: late parcel; 2-3: return
CONTACT_DELAY = 9  # 0-1: after-sales contact; 2-3: its delay
RECOVERY_SERVICE = 10  # 0-1: recovery succeeds; 2-3: its service time
SHOCK_CAUSE = 11  # 0-1: exit after a shock; 2-3: its cause
REDEEM_ATTACH = 12  # 0-1: redeems points; 2-3: attaches a further product
RIVAL_NOISE_MORE = 13  # words 0, 1, 2, 3: 32-bit noise on the prices of rivals 4 to 7 (`uniform_quad`)
SUB_CYCLE = 14  # 0-1: kind of need within a mixed category; 2-3: free
SILENT = 15  # 0-1: a chat is left without a sign; 2-3: an after-sales contact is
ARRIVAL = 32  # 0-1: gap to the channel's next candidate; 2-3: thinning (is the candidate uncovered?)
RIVAL_DAY = 33  # 0-1: a rival's price level on the day; 2-3: free
ENTRY = 34  # 0-1: when a shopper's first need falls; 2-3: free
MESSAGE_OPEN = 35  # 0-1: a message is opened; 2-3: how soon (need = address of the message)
MESSAGE_RETURN = 36  # 0-1: it ends `away`; 2-3: it makes its reader unsubscribe
MESSAGE_NUDGE = 37  # 0-1: it moves the next need forward; 2-3: by how much
HOLDOUT = 38  # 0-1: held out of a campaign (need = address of the campaign); 2-3: free
READER = 39  # at need 0. 0-1: how readily messages are opened; 2-3: is a sleeping dog
CHECK_IN = 40  # at need 0. 0-1: signs in on the shop's page; 2-3: free
COUPON_WAIT = 41  # 0-1: a need is put off for the next coupon; 2-3: for how long
COUPON_COME = 42  # 0-1: how soon its coupon brings a need that was put off; 2-3: free
REFERRAL = 43  # need = week of the run. 0-1: a code is passed on; 2-3: when in the week its friend visits
FRIEND = 44  # need = ordinal of the friend: words of the friend's number
PASSES_ON = 45  # at need 0. 0-1: how readily codes are passed on; 2-3: free
FORECAST = 46  # at need 0. 0-1: how much use of a paid membership is foreseen; 2-3: free
COUPON_USE = 47  # 0-1: the coupon at hand is used at this need, if an order comes of it; 2-3: free
TRAITS = 64  # 64 to 127: a shopper's traits, two to a block, at need 0

# Kinds of keys: the top bits of a shopper's key say whose numbering the rest follows.
KIND_BASE = 0  # the customer file of day 0, by number
KIND_ADS = 1  # newcomers by channel and arrival number
KIND_REFERRED = 2  # the referred, by a hash of (referrer's key, ordinal)
KIND_LOGGED = 3  # shoppers named by a text id in a real log, by `hash_key`
KIND_RIVAL = 4  # rivals, whose price levels all shoppers share
KIND_PASSER = 5  # prospects before day 0 who bought nothing, by layer and arrival number

_LOW = 0xFFFFFFFF  # mask of one 32-bit word
_HALF_32 = 0.5**33  # half of 2**-32
_STEP_53 = 0.5**53


@njit(cache=True, error_model="numpy")
def philox(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> tuple[int, int, int, int]:
    """Philox 4x32-10: four random words from a counter and a key.

    Args:
        c0, c1, c2, c3: Counter, words in [0, 2**32).
        k0, k1: Key, words in [0, 2**32).
    Returns:
        Four words in [0, 2**32), as int64.
    Source:
        Salmon et al. (2011), section 3.3; multipliers and Weyl steps as in Random123.
    """
    for _ in range(10):
        even = 0xD2511F53 * c0
        odd = 0xCD9E8D57 * c2
        c0 = (odd >> 32 & _LOW) ^ c1 ^ k0
        c1 = odd & _LOW
        c2 = (even >> 32 & _LOW) ^ c3 ^ k1
        c3 = even & _LOW
        k0 = (k0 + 0x9E3779B9) & _LOW
        k1 = (k1 + 0xBB67AE85) & _LOW
    return c0, c1, c2, c3


@njit(cache=True, error_model="numpy")
def words(seed: int, key: int, need: int, purpose: int) -> tuple[int, int, int, int]:
    """The four words at an address.

    Args:
        seed: Of the run, in [0, 2**63).
        key: Of the shopper, in [0, 2**63).
        need: Ordinal of the need (or wave, or day), in [0, 2**32).
        purpose: One of this module's purposes, in [0, 2**32).
    Returns:
        Four words in [0, 2**32), as int64.
    """
    return philox(need, purpose, key & _LOW, key >> 32 & _LOW, seed & _LOW, seed >> 32 & _LOW)


@njit(cache=True, error_model="numpy")
def uniform_pair(seed: int, key: int, need: int, purpose: int) -> tuple[float, float]:
    """Two independent uniforms, from words 0-1 and words 2-3 of the block at an address.

    Args:
        seed, key, need, purpose: As in `words`.
    Returns:
        Two odd multiples of 2**-53, hence in [2**-53, 1 - 2**-53].
    """
    w0, w1, w2, w3 = words(seed, key, need, purpose)
    # Odd multiples of 2**-53: exact in a double, never 0 or 1 (so that every quantile is finite), and
    # symmetric: 1 - u is exact and is itself such a number, so both tails are resolved alike.
    return (
        (w0 << 21 | w1 >> 12 << 1 | 1) * _STEP_53,
        (w2 << 21 | w3 >> 12 << 1 | 1) * _STEP_53,
    )


@njit(cache=True, error_model="numpy")
def uniform_quad(seed: int, key: int, need: int, purpose: int) -> tuple[float, float, float, float]:
    """Four independent uniforms of 32 bits, one per word: enough for small noise.

    Args:
        seed, key, need, purpose: As in `words`.
    Returns:
        Four numbers (word + 0.5) * 2**-32, hence in [2**-33, 1 - 2**-33].
    """
    w0, w1, w2, w3 = words(seed, key, need, purpose)
    return (
        (w0 << 1 | 1) * _HALF_32,
        (w1 << 1 | 1) * _HALF_32,
        (w2 << 1 | 1) * _HALF_32,
        (w3 << 1 | 1) * _HALF_32,
    )


# Written into the loop that calls it, so that the processor's vectors take many addresses at once.
_philox: Any = njit(inline="always", error_model="numpy")(philox.py_func)


@njit(cache=True, error_model="numpy")
def uniform_pairs(seed: int, keys: Any, needs: Any, purpose: int, first: Any, second: Any) -> None:
    """`uniform_pair` for many addresses of one purpose, at a small part of the time, written to `first` and `second`.

    Args:
        seed, purpose: As in `words`.
        keys, needs: Whole numbers as in `words`, shape (n,).
        first, second: Floats, shape (n,) or longer.
    """
    for i in range(len(keys)):
        w0, w1, w2, w3 = _philox(
            needs[i], purpose, keys[i] & _LOW, keys[i] >> 32 & _LOW, seed & _LOW, seed >> 32 & _LOW
        )
        first[i] = (w0 << 21 | w1 >> 12 << 1 | 1) * _STEP_53
        second[i] = (w2 << 21 | w3 >> 12 << 1 | 1) * _STEP_53


@njit(cache=True, error_model="numpy")
def uniform_quads(seed: int, keys: Any, needs: Any, purpose: int, luck: Any) -> None:
    """`uniform_quad` for many addresses of one purpose, written to four rows of `luck`, shape (4, n) or longer."""
    for i in range(len(keys)):
        w0, w1, w2, w3 = _philox(
            needs[i], purpose, keys[i] & _LOW, keys[i] >> 32 & _LOW, seed & _LOW, seed >> 32 & _LOW
        )
        luck[0, i] = (w0 << 1 | 1) * _HALF_32
        luck[1, i] = (w1 << 1 | 1) * _HALF_32
        luck[2, i] = (w2 << 1 | 1) * _HALF_32
        luck[3, i] = (w3 << 1 | 1) * _HALF_32


@njit(cache=True, error_model="numpy")
def uniforms(seed: int, keys: NDArray[np.int64], need: int, purpose: int) -> NDArray[np.float64]:
    """`uniform_pair` for many shoppers at the same need and purpose.

    Args:
        seed, need, purpose: As in `words`.
        keys: Of the shoppers, shape (n,), in [0, 2**63).
    Returns:
        Uniforms strictly inside (0, 1), shape (n, 2).
    """
    pairs = np.empty((len(keys), 2))
    for row in range(len(keys)):
        pairs[row, 0], pairs[row, 1] = uniform_pair(seed, int(keys[row]), need, purpose)
    return pairs


@njit(cache=True, error_model="numpy")
def shopper_key(kind: int, number: int) -> int:
    """Key of a shopper: its kind in the top bits, its number below.

    Args:
        kind: One of this module's kinds, in [0, 8).
        number: Within the kind, in [0, 2**60).
    Returns:
        A key in [0, 2**63).
    """
    return kind << 60 | number


def hash_key(text: str) -> int:
    """Number of a shopper known by a text id: the first 60 bits of its SHA-256.

    Args:
        text: The id as it stands in the log, hashed as UTF-8.
    Returns:
        A number in [0, 2**60); among a million ids two coincide with probability 4e-7.
    """
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") >> 4
