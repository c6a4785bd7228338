"""The stack: what adds up, what counts, and what cap and guard leave, worked by hand."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from policies.member_price import MemberPrice
from policies.points import Points
from policies.rfm import Rfm
from policies.stack import Stack
from sim.contract import Offer, Receipt, Settlement, Visit, policy_class
from tests.policies.rows import receipt, visit

# 100 yuan of traffic goods that cost 60, postage 6, posting it 8: contribution 38 without any concession.
COUNTER = {"basket": [100.0], "goods_cost": 60.0, "post_fee": 6.0, "post_cost": 8.0}


@policy_class
class Gives:
    """Gives what it is told."""

    discount: float = 0.0
    free_post: bool = False
    gift: float = 0.0
    points: float = 0.0
    bonus: int = 0

    def offer(self, visit: Visit) -> Offer:
        return Offer(self.discount, self.free_post, self.gift, self.points, self.bonus)

    def settle(self, receipt: Receipt) -> Settlement:
        return Settlement()


def given(stack: Stack) -> tuple[float, bool, float, float, float]:
    """Discount on traffic goods, free post, gift, points, bonus points."""
    offer = stack.offer(visit(**COUNTER))
    one = [np.broadcast_to(getattr(offer, name), 1)[0] for name in ("free_post", "gift", "points", "bonus_points")]
    cut = np.broadcast_to(offer.discount, (1, 4))[0][0]
    return tuple(np.round([cut, *one], 9).tolist())  # type: ignore[return-value]


A, B, C = Gives(discount=0.05, points=0.02), Gives(discount=0.03, gift=4.0), Gives(free_post=True, bonus=150)


@pytest.mark.parametrize(
    ("levers", "expected"),
    [
        ({}, (0.08, 1, 4.0, 0.02, 150)),  # 8 + 6 + 4 + 1.84 + 1.5 yuan are less than 30
        ({"rule": "best"}, (0.0, 1, 0.0, 0.0, 150)),  # 5 + 1.9 and 3 + 4 are less than 6 + 1.5
        ({"max_concession": 0.20}, (0.08, 1, 4.0, round(0.5 / 92, 9), 150)),  # 20 - 8 - 6 - 4 - 1.5 = 0.5 for points
        ({"max_concession": 0.19}, (0.08, 1, 4.0, 0.0, 100)),  # 1 yuan is left: 100 points
        ({"max_concession": 0.16}, (0.08, 1, 2.0, 0.0, 0)),
        ({"max_concession": 0.12}, (0.08, 0, 4.0, 0.0, 0)),  # 4 are too few for postage, enough for the gift
        ({"max_concession": 0.04}, (0.04, 0, 0.0, 0.0, 0)),
        ({"max_concession": 0.0}, (0.0, 0, 0.0, 0.0, 0)),
        ({"margin_floor": 0.30}, (0.08, 0, 0.0, 0.0, 0)),  # 38 - 30 = 8
        ({"margin_floor": 0.33}, (0.05, 0, 0.0, 0.0, 0)),
        ({"margin_floor": 0.40}, (0.0, 0, 0.0, 0.0, 0)),  # below the floor as it is: nothing is given
    ],
)
def test_rule_cap_and_guard(levers: dict[str, Any], expected: tuple[float, ...]) -> None:
    assert given(Stack(layers={"a": A, "b": B, "c": C}, **levers)) == expected


def test_the_best_is_chosen_for_each_customer() -> None:
    """5 % of 100 is less than a gift of 7; 5 % of 200 is more."""
    stack = Stack(layers={"cut": Gives(discount=0.05), "gift": Gives(gift=7.0)}, rule="best")
    offer = stack.offer(visit(basket=[100.0, 200.0]))
    np.testing.assert_allclose(offer.discount[:, 0], [0.0, 0.05])
    assert offer.gift.tolist() == [7.0, 0.0]


def test_tiers_are_those_of_one_layer() -> None:
    """The first that sets any, or the one that is named; its calendar runs, the other's does not."""
    rich = receipt(spend=[5000.0], spend_year=[5000.0], orders=[9])
    prices, reviews, card = MemberPrice(), Rfm(), Points()
    assert Stack(layers={"a": card, "b": prices}).settle(rich).tier.tolist() == [2]
    assert Stack(layers={"a": card, "b": reviews}).settle(rich).tier is None
    assert Stack(layers={"a": prices, "b": reviews}, tiers_from="b").settle(rich).tier is None

    class Shop:
        day = 0.0

        def customers(self) -> Any:
            return rich

        def assign(self, settlement: Settlement) -> None:
            assigned.append(settlement)

    assigned: list[Settlement] = []
    process: Iterator[float] = Stack(layers={"a": prices, "b": reviews}, tiers_from="b").processes(Shop())
    assert next(process) == 30.0 and len(assigned) == 1
    assert list(Stack(layers={"a": prices, "b": reviews}, tiers_from="a").processes(Shop())) == []


def test_the_points_are_those_of_the_layer_that_has_them() -> None:
    card = Points(threshold=300)
    assert Stack(layers={"a": Rfm(), "b": card}).points_programme == card.points_programme
    assert Stack(layers={"a": Rfm(), "b": card}, max_concession=0.0).points_programme is None
    assert Stack(layers={"a": A}).points_programme is None


@pytest.mark.parametrize(
    ("layers", "levers", "told"),
    [
        ({}, {}, r"none was given; add some: \+policy@policy.layers.a=points"),
        ({"a": 3}, {}, "layers.a is no policy"),
        ({"a": Points(), "b": Points()}, {}, "layers a and b both have points"),
        ({"a": MemberPrice(), "b": Rfm()}, {}, "layers a and b both set tiers; say whose count"),
        ({"a": Points()}, {"tiers_from": "b"}, "there is no layer 'b'; allowed: a"),
    ],
)
def test_a_stack_that_cannot_stand(layers: dict[str, Any], levers: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Stack(layers=layers, **levers)


def test_a_stack_within_a_stack() -> None:
    inner = Stack(layers={"a": A, "b": B})
    assert given(Stack(layers={"x": inner, "y": C})) == given(Stack(layers={"a": A, "b": B, "c": C}))
    with pytest.raises(ValidationError, match="both set tiers"):
        Stack(layers={"x": Stack(layers={"a": Rfm()}), "y": MemberPrice()})
