"""The luck of a block of visits is the luck of each of them, and spares what cannot matter without changing it."""

import numpy as np
import pytest

from sim.people.leaving import hazard, leaves
from sim.people.luck import PLACES, draw_visits, visit_luck


@pytest.mark.parametrize("n", [1, 7, 8, 130])
def test_a_block_is_its_visits_one_by_one(n: int) -> None:
    """To the bit, whatever the length: vectors and what is left over, and nothing is written beyond."""
    rng = np.random.default_rng(3)
    keys, needs = rng.integers(0, 2**63, n), rng.integers(0, 2**32, n + 3)
    luck = np.full((PLACES, n + 1), -1.0)
    draw_visits(11, keys, needs, luck)
    assert luck[:, :n].T.tolist() == [
        visit_luck(11, k, need) for k, need in zip(keys.tolist(), needs.tolist(), strict=False)
    ]
    assert (luck[:, n] == -1.0).all()


def test_leaving_is_decided_by_the_hazard() -> None:
    """On 200,000 points, half of them within a millionth of the hazard itself, but for its own rounding."""
    rng = np.random.default_rng(4)
    p, s, kappa = rng.random(200_000) ** 3, rng.normal(0, 2, 200_000), rng.uniform(0, 1, 200_000)
    chance = np.array([hazard(*row) for row in zip(p, s, kappa, strict=True)])
    w = np.where(rng.random(200_000) < 0.5, rng.random(200_000), chance * (1 + rng.normal(0, 1e-6, 200_000)))
    found = np.array([leaves(*row) for row in zip(w, p, s, kappa, strict=True)])
    clear = np.abs(w - chance) > 1e-12
    assert clear.sum() > 180_000 and (found == (w < chance))[clear].all()
