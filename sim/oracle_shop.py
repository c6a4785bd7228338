"""The shop of the oracle: what a policy sees of one customer, the register, and the after-sales contact."""

import heapq
from collections.abc import Generator
from dataclasses import replace
from math import floor
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy

from sim.contract import Receipt, Visit
from sim.oracle_points import PointsByHand
from sim.oracle_post import SHOPPERS, Mail
from sim.originals import record
from sim.shop import customers as file
from sim.shop import desk as service_desk
from sim.shop import money
from sim.shop.counter import read_settlement


class ShopByHand(PointsByHand):
    """One customer at a time, at the counter and at the desk."""

    policy: Any
    origin: int
    seed: int
    env: simpy.Environment
    mind: Any
    shop: Any
    desk: Any
    lines: tuple[list[float], ...]
    orders: list[SimpleNamespace]
    heard: list[Any]
    callers: dict[int, list[int]]
    returns: list[Any]
    conceded: dict[int, list[int]]
    mail: Mail

    def at(self, time: float, order: int) -> simpy.Event:
        """An event at exactly `time`."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        queue: list[Any] = self.env._queue
        heapq.heappush(queue, (time, order, next(self.env._eid), event))
        return event

    def line(self, c: Any) -> list[float]:
        """The line that serves a customer."""
        return self.lines[1] if c.priority and self.lines[1] else self.lines[0]

    def columns(self, c: Any) -> dict[str, Any]:
        """One customer's page of the file, as columns of length 1."""
        known = {
            name: getattr(c, name)
            for name in (
                "orders",
                "first_order",
                "last_order",
                "mean_gap",
                "orders_year",
                "returns",
                "member_until",
                "tier",
                "priority",
                "points_available",
                "points_pending",
            )
        }
        known |= {"customer": c.key, "spend": c.spend_fen / 100.0, "spend_year": c.spend_year_fen / 100.0}
        known["last_paid"] = c.last_paid_fen / 100.0
        return {name: np.array([value]) for name, value in known.items()}

    def visit(self, c: Any, v: Any) -> Visit:
        """What the policy sees of one visit."""
        seen = {
            name: getattr(v, name)
            for name in ("time", "basket", "basket_class", "goods_cost", "post_fee", "chatted", "wait", "joins")
        }
        seen |= {"post_cost": self.config.catalogue.ship_cost, "ask": v.asked, "last_grant": c.last_grant}
        return Visit(**self.columns(c), **{name: np.array([value]) for name, value in seen.items()})

    def greet(self, p: Any, c: Any, v: Any) -> Visit:
        """What the policy sees when it is asked for an offer: a membership may be taken before."""
        seen = self.visit(c, v)
        if hasattr(self.policy, "membership"):
            terms = self.policy.membership(seen)
            fee, cut, post, days = (
                np.broadcast_to(x, (1,))[0].item() for x in (terms.fee, terms.discount, terms.free_post, terms.days)
            )
            if self.f.joins(p, c, v, fee, cut, post, self.mind, self.seed):
                v.joins, v.membership_fee, v.member_until = True, fee, v.time + days
                return replace(seen, joins=np.array([True]))
        return seen

    def read(self, offer: Any, v: Any, sale: float) -> None:
        """An offer into the visit."""
        cut = np.broadcast_to(np.asarray(offer.discount, dtype=float), (1, 4))[0].tolist()
        v.discount = [sale + d * (1.0 - sale) for d in cut]
        one = {name: np.broadcast_to(getattr(offer, name), (1,))[0].item() for name in ("free_post", "gift", "points")}
        v.free_post, v.gift, v.points = bool(one["free_post"]), float(one["gift"]), float(one["points"])
        v.bonus = int(np.broadcast_to(offer.bonus_points, (1,))[0])

    def sell(self, shopper: Any, v: Any, day: int) -> None:
        """Rings up, books points, settles."""
        c, o, programme = shopper.c, record(money.ORDER), self.programme
        cost = programme.cost_ratio * self.estimate * programme.POINT_FEN if programme else 0.0
        self.f.ring_up(c, v, o, self.shop, cost)
        granted = o.discount_fen + o.post_forgone_fen + o.gift_fen
        paid = o.list_fen - o.discount_fen
        self.f.book_order(
            c,
            v.time,
            paid,
            granted / max(o.list_fen, 1),
            (day - self.origin) // file.PERIOD_DAYS,
            self.shop.category_gap_days,
        )
        c.points_rate = v.points
        if v.joins:
            c.member_until = v.member_until
        today = self.conceded.setdefault(day, [0, 0])
        today[0] += o.list_fen
        today[1] += granted
        lot = self.earn(shopper, o.points_earned, day) if o.points_earned > 0 else None
        if programme is not None and v.redeems:
            o.points_redeemed = self.redeem(shopper)
            missing = programme.threshold - c.points_available
            if o.points_redeemed == 0 and self.f.wants(
                v, c.points_available, programme.threshold, programme.cash_from, programme.cash_ratio
            ):
                cash, cost = self.f.pay_rest(o, v.main, missing, programme.cash_ratio, programme.cost_ratio)
                o.points_redeemed = self.take(shopper, c.points_available)
                paid, granted = paid + cash, granted + cost
                today[0] += cash
                today[1] += cost
        if o.returned:
            self.returns.append((o.return_day, shopper, o.refund_fen, lot))
        if v.contact_delay > 0.0:
            self.env.process(self.contact(shopper, v))
        self.orders.append(o)
        self.mail.answered(shopper, v, o)
        if programme is not None:
            self.f.tell_reward(shopper.p, c, programme.threshold)
        seen = {
            "time": v.time,
            "paid": (paid + o.shipping_charged_fen) / 100.0,
            "list_value": o.list_fen / 100.0,
            "concession": granted / 100.0,
        }
        receipt = Receipt(**self.columns(c), **{name: np.array([value]) for name, value in seen.items()})
        self.settle(shopper, read_settlement(self.policy.settle(receipt), 1))
        if c.orders == 1:
            self.everybody.append(shopper)

    def settle(self, shopper: Any, columns: dict[str, Any], i: int = 0) -> None:
        """Tier and line of one customer."""
        if "tier" in columns:
            before, after = shopper.c.tier, int(columns["tier"][i])
            shopper.c.tier = after
            if before != after:
                self.f.tier_change(shopper.p, before, after, self.mind)
            self.f.tell_tier(shopper.p, shopper.c, float(columns["to_next_tier"][i]), float(columns["tier_span"][i]))
        if "priority" in columns:
            shopper.c.priority = bool(columns["priority"][i])

    def contact(self, shopper: Any, v: Any) -> Generator[simpy.Event, Any, None]:
        """An after-sales contact, on its day; heard at the midnight after."""
        when = v.time + v.contact_delay
        yield self.at(when, SHOPPERS)
        contact = record(service_desk.CONTACT)
        contact.time, contact.key, contact.need = when, v.key, v.need
        contact.hurt, contact.patience = v.quality_hurt, shopper.p.patience
        busy = self.config.service.desk
        self.f.handle(contact, self.line(shopper.c) if busy else [-1e18], self.desk, self.seed)
        if busy:
            self.count_caller(when, 1, not contact.answered, contact.silent, contact.wait)
        else:
            contact.wait = 0.0
        self.heard.append((contact, shopper))

    def count_caller(self, time: float, kind: int, abandoned: bool, silent: bool, wait: float) -> None:
        """A chat (kind 0) or an after-sales contact (1) in the tally of its day."""
        tally = self.callers.setdefault(int(time // 1.0), [0, 0, 0, 0, 0])
        tally[kind] += 1
        tally[2] += abandoned
        tally[3] += silent
        tally[4] += floor(wait + 0.5)
