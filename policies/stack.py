"""Several policies together, with a rule for what adds up, a cap and a margin guard.

`python -m sim +policy=stack +policy@policy.layers.a=points +policy@policy.layers.b=rfm`
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from sim.contract import Membership, Offer, PointsProgramme, Receipt, Settlement, ShopView, Visit, policy_class

COLUMNS = ("customer", "orders", "orders_year", "returns", "tier", "priority", "points_available", "points_pending")


@policy_class
class Stack:
    """Each layer is asked; what they give is added up, or the best of them counts; then it is cut to cap and guard.

    One layer at most has points, one sells memberships, and one sets tiers; every layer sees the customer file's tiers.
    """

    ZERO: ClassVar = {"max_concession": 0.0}  # levers at which it is `none`
    layers: dict[str, Any]  # policies by a name of your choice
    rule: Literal["sum", "best"] = "sum"  # best: of the layers' offers, each customer gets the one worth most in yuan
    # all of an order's concessions at face value, points included, share of list value; 0 = nothing, no tiers either
    max_concession: Annotated[float, Field(ge=0, le=0.95)] = 0.3
    margin_floor: Annotated[
        float, Field(ge=-10, le=1)
    ] = -10.0  # least contribution, share of list value, points at face
    tiers_from: str | None = Field(None, pattern=r"^\w+$")  # layer whose tiers count, where several set tiers

    def __post_init__(self) -> None:
        if not self.layers:
            raise ValueError("layers: none was given; add some: +policy@policy.layers.a=points")
        if wrong := [name for name, layer in self.layers.items() if not callable(getattr(layer, "offer", None))]:
            raise ValueError(f"layers.{wrong[0]} is no policy")
        if self.tiers_from is not None and self.tiers_from not in self.layers:
            raise ValueError(f"tiers_from: there is no layer '{self.tiers_from}'; allowed: {', '.join(self.layers)}")
        clubs = [name for name, layer in self.layers.items() if getattr(layer, "points_programme", None) is not None]
        if len(clubs) > 1:
            raise ValueError(f"layers {' and '.join(clubs)} both have points; allowed: one of them")
        sellers = [name for name, layer in self.layers.items() if sells(layer)]
        if len(sellers) > 1:
            raise ValueError(f"layers {' and '.join(sellers)} both sell memberships; allowed: one of them")
        keepers = [name for name, layer in self.layers.items() if sets_tiers(layer)]
        if len(keepers) > 1 and self.tiers_from is None:
            raise ValueError(f"layers {' and '.join(keepers)} both set tiers; say whose count: policy.tiers_from")

    @property
    def keeper(self) -> Any:
        """The layer whose tiers count; None if none sets any."""
        if self.max_concession == 0:
            return None
        if self.tiers_from is not None:
            return self.layers[self.tiers_from]
        return next((layer for layer in self.layers.values() if sets_tiers(layer)), None)

    @property
    def points_programme(self) -> PointsProgramme | None:
        """That of the layer that has one."""
        if self.max_concession == 0:
            return None
        found = (getattr(layer, "points_programme", None) for layer in self.layers.values())
        return next((programme for programme in found if programme is not None), None)

    def membership(self, visit: Visit) -> Membership:
        """That of the layer that sells one; cap and guard may later leave less of it."""
        if self.max_concession == 0:
            return Membership()
        return next((layer.membership(visit) for layer in self.layers.values() if sells(layer)), Membership())

    def offer(self, visit: Visit) -> Offer:
        """What the layers give together, within cap and guard."""
        given = [columns(layer.offer(visit), visit) for layer in self.layers.values()]
        total = best(given, visit) if self.rule == "best" else added(given)
        return self.within(total, visit)

    def within(self, given: dict[str, Any], visit: Visit) -> Offer:
        """Grants the cut first, then free post, then the gift, then points, as far as cap and guard leave room."""
        margin = visit.basket + visit.post_fee - visit.goods_cost - visit.post_cost - self.margin_floor * visit.basket
        room = np.maximum(np.minimum(self.max_concession * visit.basket, margin), 0.0)
        cut = yuan(given["discount"], visit)
        scale = np.minimum(room / np.maximum(cut, 1e-9), 1.0)
        room = np.maximum(room - cut * scale, 0.0)
        post = given["free_post"] & (visit.post_fee <= room)
        room = np.maximum(room - visit.post_fee * post, 0.0)
        gift = np.minimum(given["gift"], room)
        room = room - gift
        bonus = np.floor(np.minimum(given["bonus_points"], room * 100.0))  # a point is a fen
        room = np.maximum(room - bonus / 100.0, 0.0)
        rate = np.minimum(given["points"], room / np.maximum(visit.basket - cut * scale, 0.01))
        return Offer(given["discount"] * scale[:, None], post, gift, rate, bonus)

    def settle(self, receipt: Receipt) -> Settlement:
        """Tiers of the layer whose tiers count."""
        keeper = self.keeper
        return Settlement() if keeper is None else keeper.settle(receipt)

    def processes(self, shop: ShopView) -> Iterator[float]:
        """The calendar of the layer whose tiers count."""
        if hasattr(self.keeper, "processes"):
            yield from self.keeper.processes(shop)


def columns(offer: Offer, visit: Visit) -> dict[str, Any]:
    """An offer as columns: discount of shape (n, 4), all else (n,)."""
    n = len(visit.orders)
    cut = np.asarray(offer.discount, dtype=float)
    cut = cut[:, None] if cut.ndim == 1 else cut
    one = {
        name: np.broadcast_to(getattr(offer, name), (n,)) for name in ("free_post", "gift", "points", "bonus_points")
    }
    return {"discount": np.broadcast_to(cut, (n, 4))} | one | {"free_post": one["free_post"] > 0}


def added(given: list[dict[str, Any]]) -> dict[str, Any]:
    """Everything, added up; no more than 95 % off and a face value of one yuan per yuan."""
    total = {name: sum((one[name] for one in given[1:]), given[0][name] * 1) for name in given[0]}
    total["discount"], total["points"] = np.minimum(total["discount"], 0.95), np.minimum(total["points"], 1.0)
    total["gift"], total["bonus_points"] = np.minimum(total["gift"], 1e6), np.minimum(total["bonus_points"], 1e6)
    return total | {"free_post": total["free_post"] > 0}


def best(given: list[dict[str, Any]], visit: Visit) -> dict[str, Any]:
    """For each customer the offer worth most in yuan at face value, the first of equals."""
    best_one, most = dict(given[0]), worth(given[0], visit)
    for one in given[1:]:
        value = worth(one, visit)
        better = value > most
        most = np.where(better, value, most)
        best_one = {
            name: np.where(better[:, None] if column.ndim == 2 else better, one[name], column)
            for name, column in best_one.items()
        }
    return best_one


def worth(given: dict[str, Any], visit: Visit) -> Any:
    """Yuan that an offer gives at face value, shape (n,)."""
    cut = yuan(given["discount"], visit)
    points = given["points"] * (visit.basket - cut) + given["bonus_points"] / 100.0
    return cut + visit.post_fee * given["free_post"] + given["gift"] + points


def yuan(discount: Any, visit: Visit) -> Any:
    """A cut by class in yuan, shape (n,); class by class, so that company changes no bit."""
    total = discount[:, 0] * visit.basket_class[:, 0]
    for k in (1, 2, 3):
        total = total + discount[:, k] * visit.basket_class[:, k]
    return total


def sets_tiers(layer: Any) -> bool:
    """Whether a policy has reviews of its own, or answers a made-up order of a good customer with a tier or a line."""
    if hasattr(layer, "keeper"):  # a stack within the stack
        return layer.keeper is not None
    if hasattr(layer, "processes"):
        return True
    one = {name: np.ones(1) for name in Receipt.__dataclass_fields__}
    one |= {name: np.ones(1, np.int64) for name in COLUMNS}
    known = one | {"spend": np.full(1, 1e6), "spend_year": np.full(1, 1e6), "priority": np.zeros(1, bool)}
    done = layer.settle(Receipt(**known))
    return done.tier is not None or done.priority is not None


def sells(layer: Any) -> bool:
    """Whether a policy sells memberships; of those that are made of others, whether one of these does."""
    inner = [
        *getattr(layer, "layers", {}).values(),
        *(getattr(layer, name, None) for name in ("before", "after", "scheme")),
    ]
    known = [one for one in inner if one is not None]
    return any(sells(one) for one in known) if known else hasattr(layer, "membership")
