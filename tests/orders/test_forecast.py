"""Expected orders and P(alive) against the published closed forms."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import hyp2f1

from sim.orders.clock import Clock
from sim.orders.fit import fit
from sim.orders.forecast import alive_probability, expected_orders
from sim.orders.log import histories


def test_bg_nbd_as_published(world):
    """Fader, Hardie & Lee (2005), equation 10: each customer within 0.6 %, the sum within 0.3 %; P(alive) exactly."""
    clock = Clock(r=0.8, alpha=40.0, a=0.9, b=2.5, exit_after_first=False)
    r, alpha, a, b, horizon = clock.r, clock.alpha, clock.a, clock.b, 270.0
    log = world(clock, 2_000, seed=17).log
    population = replace(fit(log, shape=1.0, exit_after_first=False), clock=clock)
    seen = histories(log)
    x, end = seen.repeats, alpha + seen.age
    more = hyp2f1(r + x, b + x, a + b + x - 1.0, horizon / (end + horizon))
    tail = (end / (end + horizon)) ** (r + x) * more
    odds = np.where(x > 0, a / (b + np.maximum(x, 1.0) - 1.0), 0.0)
    gone = odds * (end / (alpha + seen.recency)) ** (r + x)
    published = (a + b + x - 1.0) / (a - 1.0) * (1.0 - tail) / (1.0 + gone)
    ours = expected_orders(population, log, horizon)
    assert ours == pytest.approx(published, rel=0.006)
    assert ours.sum() == pytest.approx(published.sum(), rel=0.003)
    alive = alive_probability(population, log)
    assert alive == pytest.approx(1.0 / (1.0 + gone), rel=1e-9)
