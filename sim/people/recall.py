"""Recall: does a shopper in need think of the shop?"""

from numba import njit


@njit(cache=True, error_model="numpy")
def recall(cycles: float, half_life: float, steepness: float, floor: float) -> float:
    """Chance that a shopper thinks of the shop, in [floor, 1].

    Args:
        cycles: Since the last contact, in the shopper's own need cycles, >= 0.
        half_life: Cycles, > 0, at which recall has fallen halfway to its floor.
        steepness: Of the fall, > 0.
        floor: Share that never forgets, in [0, 1].
    Source:
        Sigmoid decay after Aravindakshan & Naik (2011).
    """
    halves = max(cycles, 0.0) / half_life
    fallen = halves * halves if steepness == 2.0 else halves**steepness  # the usual case needs no power
    return floor + (1.0 - floor) / (1.0 + fallen)
