"""Who is worth a message: the lift that a campaign's own answers promise, by cells of the customer file.

The shop sees who ordered within 30 days of a message and who did without one (held out). In cells of recency, frequency
and basket the difference of the two shares is the lift; a few answers tell little, so each cell is drawn towards the mean
of all, the more the less the cells differ beyond chance.

Source:
    Target the response to the message, not the risk: Ascarza (2018); Lemmens & Gupta (2020). Shrinkage of differences
    between cells: DerSimonian & Laird (1986); shares with one answer of each kind added: Agresti & Caffo (2000).
"""

from typing import Any

import numpy as np

from sim.contract import F64, Answers, Bool

CELLS = 8  # two halves each of recency, frequency and basket


def cells(edges: F64, silence: Any, mean_gap: Any, orders: Any, spend: Any) -> Any:
    """Cell of each customer, 0 to 7, shape (n,): silence in own gaps, orders and mean order above the edges or not."""
    above = (silence / mean_gap > edges[0], orders > edges[1], spend / np.maximum(orders, 1) > edges[2])
    return above[0] * 4 + above[1] * 2 + above[2] * 1


def lift_by_cell(cell: Any, held_out: Bool, ordered: Bool) -> F64:
    """Lift of each cell, share of customers, drawn towards the mean lift; shape (8,).

    Args:
        cell, held_out, ordered: Of each answer, shape (n,); both groups must be there.
    """
    touched, natural = (_share(cell[kept], ordered[kept]) for kept in (~held_out, held_out))
    both = (touched[2] > 0) & (natural[2] > 0)
    found, error = touched[0] - natural[0], touched[1] + natural[1]
    weight = np.where(both, 1.0 / error, 0.0)
    mean = float((weight * found).sum() / weight.sum())
    excess = float((weight * (found - mean) ** 2).sum()) - (np.count_nonzero(both) - 1)
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    spread = max(excess / scale, 0.0) if scale > 0 else 0.0  # variance between cells
    trust = np.where(both, spread / (spread + error), 0.0)
    drawn: F64 = mean + trust * (found - mean)
    return drawn


def _share(cell: Any, ordered: Bool) -> tuple[Any, Any, Any]:
    """Share that ordered, its variance and the number of answers, by cell."""
    n = np.bincount(cell, minlength=CELLS)
    share = (np.bincount(cell[ordered], minlength=CELLS) + 1.0) / (n + 2.0)
    return share, share * (1.0 - share) / (n + 2.0), n


def expected_lift(answers: Answers, least: int, silence: Any, mean_gap: Any, orders: Any, spend: Any) -> Any:
    """Lift expected of each customer, shape (n,); None until `least` answers of each kind, touched and held out, are in."""
    held = int(np.count_nonzero(answers.held_out))
    if min(held, len(answers.held_out) - held) < max(least, 1):
        return None
    past = (answers.silence, answers.mean_gap, answers.orders, answers.spend)
    edges = np.array([np.median(past[0] / past[1]), np.median(past[2]), np.median(past[3] / np.maximum(past[2], 1))])
    found = lift_by_cell(cells(edges, *past), answers.held_out, answers.ordered)
    return found[cells(edges, silence, mean_gap, orders, spend)]


def best(due: Bool, share: float, lift: Any, risk: Any, customer: Any) -> Bool:
    """Of those due, the share with the highest lift; among equals those with the highest risk; shape (n,)."""
    rows = np.flatnonzero(due)
    order = rows[np.lexsort((customer[rows], -risk[rows], -lift[rows]))]
    chosen = np.zeros(len(due), bool)
    chosen[order[: int(np.ceil(share * len(rows)))]] = True
    return chosen
