"""Whole fen out of exact fractions, so that the parts of a difference add up to it."""

from collections.abc import Mapping
from fractions import Fraction
from math import floor


def largest_remainder(parts: Mapping[str, Fraction], total: int) -> dict[str, int]:
    """Parts in whole fen that add up to `total`: each rounded down, the fen left over go to the largest remainders.

    Args:
        parts: Exact, any sign, adding up to `total`; of equal remainders the earlier part comes first.
        total: Fen.
    Raises:
        ValueError: The parts do not add up to `total`.
    Source:
        Hamilton's method of apportionment (1792).
    """
    if sum(parts.values()) != total:
        raise ValueError(f"the parts add up to {float(sum(parts.values()))} fen, not to {total}")
    whole = {name: floor(part) for name, part in parts.items()}
    by_remainder = sorted(parts, key=lambda name: whole[name] - parts[name])  # stable
    for name in by_remainder[: total - sum(whole.values())]:
        whole[name] += 1
    return whole
