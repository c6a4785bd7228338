"""What a shopper asks for and remembers, what the file remembers, and how far waiting can hurt."""

from types import SimpleNamespace

import numpy as np
import pytest

from sim.columns import plain
from sim.people.reference import asks, learn
from sim.people.satisfaction import bad_wait
from sim.shop.customers import CUSTOMER, book_order

MIND = SimpleNamespace(ask_threshold=0.01, sat_update=0.3, neg_asymmetry=2.0)


def regular(**traits: float) -> SimpleNamespace:
    known = {"expectation": 0.0, "last_grant": 0.0, "entitlement": 1.0, "ask_escalation": 1.3, "satisfaction": 0.0}
    return SimpleNamespace(**known | {"ref_carryover": 0.7, "expectation_gain": 0.5, "service_grievance": 0.0} | traits)


def ask(p: SimpleNamespace, basket: float, u: float = 0.0) -> float:
    return asks.py_func(p, basket, u, MIND)


def test_an_ask_is_yuan_of_the_last_grant_whatever_the_basket() -> None:
    """10 yuan granted on a basket of 100 make 13 yuan asked for on one of 50, at most 80 % of the basket."""
    p = regular()
    learn.py_func(p, 0.1, 10.0)
    assert ask(p, 50.0) == ask(p, 500.0) == pytest.approx(13.0)
    assert ask(p, 10.0) == pytest.approx(8.0)
    assert ask(p, 50.0, u=0.9999) == 0.0


def test_nobody_asks_who_was_never_given_or_expects_nothing() -> None:
    assert ask(regular(last_grant=10.0), 100.0) == 0.0
    assert ask(regular(expectation=0.1), 100.0) == 0.0


def test_the_file_keeps_the_last_grant_through_a_refusal() -> None:
    """An order without a concession does not wipe out what was granted before; a smaller grant replaces it."""
    c = plain(np.zeros(1, CUSTOMER)[0])
    for day, granted, kept in ((1.0, 0.1, 0.1), (2.0, 0.0, 0.1), (3.0, 0.04, 0.04)):
        book_order.py_func(c, day, 10_000, granted, 0, 90.0)
        assert c.last_grant == kept


def test_waits_do_not_pile_up() -> None:
    """A hundred waits of 0.3 utils leave a shopper at what one such wait is worth, twice 0.3 below 0; never lower."""
    p = regular()
    course = []
    for _ in range(100):
        bad_wait.py_func(p, 0.3, MIND)
        course.append(p.satisfaction)
    assert np.all(np.diff(course) <= 0)
    assert course[0] == pytest.approx(-0.18) and course[-1] == pytest.approx(-0.6)
    low = regular(satisfaction=-2.0)
    bad_wait.py_func(low, 0.3, MIND)
    assert low.satisfaction == -2.0 and low.service_grievance == 0.3
