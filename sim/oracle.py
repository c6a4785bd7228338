"""A second, slow engine: one SimPy generator per shopper, over the Python originals of the same formulas and draws.

It shares the formulas and the addresses of chance with the engine, and nothing else: no batches, no columns, its own
queue, its own points ledger. Used by tests, benchmarks and `policies.testing`; never by the world.
"""

import heapq
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from math import floor
from types import SimpleNamespace
from typing import Any

import numpy as np
import simpy

from sim import arrivals as arriving
from sim.calendar import Calendar
from sim.columns import constants, plain
from sim.config import Config
from sim.contract import Receipt, Visit
from sim.draws import CHAT_PATIENCE, ENTRY, GAP_EXIT, KIND_ADS, KIND_BASE, KIND_PASSER, shopper_key, uniform_pair
from sim.house import PRIOR_POINTS, Quiet, desk_constants
from sim.market import WINDOW_DAYS, Rivals
from sim.oracle_post import MIDNIGHT, PROCESSES, SHOPPERS, Door, Mail
from sim.originals import FORMULAS, original, record
from sim.people import steps
from sim.people.luck import PICK, RECALL, visit_luck
from sim.people.person import PERSON, mind_constants
from sim.reach import FAR
from sim.shop import customers as file
from sim.shop import desk as service_desk
from sim.shop import money
from sim.shop.counter import read_settlement
from sim.shop.points import days_to_lapse
from sim.shop.shifts import open_lines
from sim.shop.terms import following
from sim.visits import VISIT
from sim.waiting import HABIT


class Oracle:
    """A shop and its people, one process each. `orders` collects the rows as plain records, in order of time."""

    def __init__(
        self, config: Config, policy: Any, calendar: Calendar, history_policy: Any = None,
        campaigns: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.config, self.calendar, self.seed = config, calendar, config.seed
        self.policy, self.later = history_policy or Quiet(), policy
        population = config.population
        self.mind = plain(
            constants(
                mind_constants(
                    population, config.catalogue, config.market, config.service.photo_hype, config.service.return_fee
                )
            )[0]
        )
        self.shop = plain(constants(money.shop_constants(population, config.catalogue, config.service))[0])
        self.desk = plain(constants(desk_constants(config))[0])
        self.clock, self.factor, self.origin = calendar.clock.tolist(), calendar.factor.tolist(), calendar.origin
        self.rivals = Rivals(config.market, self.origin, self.origin + len(self.factor), self.seed)
        self.rate = (population.prospect_rate * calendar.factor[-self.origin :][: config.days]).tolist()
        past = calendar.factor[: -calendar.origin]
        self.passing = arriving.passing_rate(population.prospect_rate, config.shoppers or 1, past).tolist()
        hour = self.origin * config.service.open_hours
        self.lines = tuple(line.tolist() for line in open_lines(config.service, config.shoppers or 1, hour))
        self.env = simpy.Environment(initial_time=float(self.origin))
        self.orders: list[SimpleNamespace] = []
        self.heard: list[Any] = []
        self.callers: dict[int, list[int]] = {}  # by day: chats, contacts, abandoned, silent, seconds of wait
        self.returns: list[Any] = []
        self.everybody: list[Any] = []
        self.conceded: dict[int, list[int]] = {}
        self.programme: Any = None
        self.estimate = 0.0
        self.matured = self.matured_redeemed = 0
        self.mail = Mail(self, campaigns or {})
        self.f = SimpleNamespace(**{name: original(function) for name, function in FORMULAS.items()})

    def run(self) -> list[SimpleNamespace]:
        """From the shop's opening to the last day; returns the order rows."""
        self.env.process(self.midnights())
        self.start_processes(self.policy, 0)
        for number in range(self.config.shoppers or 1):
            shopper = self.newborn(shopper_key(KIND_BASE, number))
            u, _ = uniform_pair(self.seed, shopper.p.key, 0, ENTRY)
            when = self.f.season_after(
                float(self.origin), u * self.clock[-self.origin], self.clock, self.factor, self.origin
            )
            shopper.p.entry = min(when, -1e-6)
            self.f.draw_choice_traits(shopper.p, self.mind, self.seed)
            self.f.draw_life_traits(shopper.p, self.mind, self.seed)
            shopper.process = self.env.process(self.life(shopper, shopper.p.entry))
        for layer in range(arriving.LAYERS):
            if 2.0**layer - 1.0 < max(self.rate, default=0.0):
                self.env.process(self.prospects(layer))
            if 2.0**layer - 1.0 < max(self.passing, default=0.0) and self.config.service.desk:
                self.env.process(self.passers(layer))
        self.env.run()
        return self.orders

    def at(self, time: float, order: int) -> simpy.Event:
        """An event at exactly `time`."""
        event = simpy.Event(self.env)
        event._ok, event._value = True, None
        queue: list[Any] = self.env._queue
        heapq.heappush(queue, (time, order, next(self.env._eid), event))
        return event

    def newborn(self, key: int) -> SimpleNamespace:
        """A shopper nobody has met."""
        shopper = SimpleNamespace(p=record(PERSON), c=record(file.CUSTOMER), lots=[], had=[], sent=[], lives={})
        shopper.habit = record(HABIT)
        shopper.code, shopper.passed, shopper.friends = None, 0, 0
        shopper.next = 0.0
        shopper.process = None
        shopper.p.key = key
        self.f.open_file(shopper.c, key)
        return shopper

    # -- lives ----------------------------------------------------------------------------------------------------

    def life(self, shopper: Any, time: float) -> Generator[simpy.Event, Any, None]:
        """All needs of a shopper, one after the other; a message may move the next one forward."""
        p = shopper.p
        shopper.next = time
        while True:
            try:
                yield self.at(shopper.next, SHOPPERS) if shopper.next < self.config.days else self.env.event()
            except simpy.Interrupt:
                continue
            time = shopper.next
            if self.f.begin(p, time):
                return
            luck = visit_luck(self.seed, p.key, p.need)
            if self.f.meet(p, time, luck[RECALL], self.mind) == steps.CAME:
                v = self.come(shopper, time, False)
                self.f.experience(p, v, self.mind, self.seed)
            elif not p.away:
                self.f.go_elsewhere(p, luck[PICK], self.mind)
            shopper.next = self.finish(p, time)

    def prospects(self, layer: int) -> Generator[simpy.Event, Any, None]:
        """One layer of the stream of candidates; each who is uncovered visits, each who buys begins a life."""
        base, ordinal = shopper_key(KIND_ADS, 0), 0
        time = self.f.candidate(self.seed, base, layer, 0)[0]
        while time < self.config.days:
            yield self.at(time, SHOPPERS)
            if self.f.uncovered(layer, self.f.candidate(self.seed, base, layer, ordinal)[1], self.rate[int(time)]):
                self.stranger(base + (layer << arriving.LAYER_BITS) + ordinal, time)
            ordinal += 1
            time += self.f.candidate(self.seed, base, layer, ordinal)[0]

    def passers(self, layer: int) -> Generator[simpy.Event, Any, None]:
        """Before day 0: prospects who bought nothing, of whom only the chats count."""
        base, ordinal = shopper_key(KIND_PASSER, 0), 0
        time = self.origin + self.f.candidate(self.seed, base, layer, 0)[0]
        while time < 0:
            yield self.at(time, SHOPPERS)
            rate = self.passing[int(time // 1.0) - self.origin]
            contact = record(service_desk.CONTACT)
            key = base + (layer << arriving.LAYER_BITS) + ordinal
            if self.f.uncovered(layer, self.f.candidate(self.seed, base, layer, ordinal)[1], rate):
                luck = uniform_pair.py_func(self.seed, key, 1, CHAT_PATIENCE)
                if self.f.passer(contact, key, time, *luck, self.mind, self.seed):
                    self.f.handle(contact, self.lines[0], self.desk, self.seed)
                    self.count_caller(time, 0, not contact.answered, contact.silent, contact.wait)
            ordinal += 1
            time += self.f.candidate(self.seed, base, layer, ordinal)[0]

    def stranger(self, key: int, time: float, referrer: Any = None, coupon: int = 0) -> None:
        """A prospect's visit, on a friend's code if there is a `referrer`."""
        shopper = self.newborn(key)
        p = shopper.p
        p.coupon = coupon
        p.entry, p.need = time, 1
        self.f.draw_choice_traits(p, self.mind, self.seed)
        v = self.come(shopper, time, True)
        if v.shop == 0:
            if referrer is not None:
                self.mail.bind(shopper, referrer)
            self.f.experience(p, v, self.mind, self.seed)
            shopper.process = self.env.process(self.life(shopper, self.finish(p, time)))

    def finish(self, p: Any, time: float) -> float:
        """The end of a need: perhaps the shopper leaves; the day of the next one."""
        gap, leaving = uniform_pair.py_func(self.seed, p.key, p.need, GAP_EXIT)
        after = self.f.finish(p, time, gap, leaving, self.mind, self.seed, self.clock, self.factor, self.origin)
        return float(after)

    def come(self, shopper: Any, time: float, prospect: bool) -> SimpleNamespace:
        """From the counter to the receipt."""
        p, c, v = shopper.p, shopper.c, record(VISIT)
        day = int(time // 1.0)
        luck, level = visit_luck(self.seed, p.key, p.need), self.rivals.level[day - self.origin].tolist()
        self.f.approach(p, v, time, luck, self.mind, self.seed, level, prospect)
        v.goods_cost = self.f.goods_cost(v, self.shop)
        if v.chatted and self.config.service.desk:
            self.f.chat(v, self.line(c), self.desk, self.seed)
            self.count_caller(v.time, 0, v.abandoned, v.silent, v.wait)
        self.read(self.policy.offer(self.greet(p, c, v)), v, float(self.calendar.sale[day - self.origin]))
        self.mail.present(p, v)
        self.f.decide(p, v, self.mind, self.seed)
        if v.shop == 0:
            self.sell(shopper, v, day)
        return v

    def line(self, c: Any) -> list[float]:
        """The line that serves a customer."""
        return self.lines[1] if c.priority and self.lines[1] else self.lines[0]

    # -- the shop -------------------------------------------------------------------------------------------------

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

    # -- points: a plain list of lots for each customer -------------------------------------------------------------

    def earn(self, shopper: Any, points: int, day: int) -> SimpleNamespace:
        """A lot."""
        start = self.config.start or date(2025, 1, 1)
        wait, life = self.programme.pending_days, days_to_lapse(self.programme, start + timedelta(days=day))
        lot = SimpleNamespace(
            earned=points,
            left=points,
            clawed=0,
            lapsed=0,
            pending=wait > 0,
            release=day + 1 + wait,
            expiry=FAR if life < 0 else day + 1 + life,
        )
        shopper.lots.append(lot)
        self.count(shopper)
        return lot

    def count(self, shopper: Any) -> None:
        """Pending and available points, from the lots."""
        shopper.c.points_pending = sum(lot.left for lot in shopper.lots if lot.pending)
        shopper.c.points_available = sum(lot.left for lot in shopper.lots if not lot.pending)

    def take(self, shopper: Any, points: int, clawed: bool = False) -> int:
        """Up to `points` from available lots, oldest first, for a gift or clawed back."""
        left = points
        for lot in shopper.lots:
            if not lot.pending:
                part = min(lot.left, left)
                lot.left -= part
                lot.clawed += part if clawed else 0
                left -= part
        self.count(shopper)
        return points - left

    def redeem(self, shopper: Any) -> int:
        """One gift."""
        threshold, available = self.programme.threshold, shopper.c.points_available
        if available < max(threshold, 1):
            return 0
        affordable = [gift for gift in (threshold, *self.programme.dearer_gifts) if gift <= available]
        return self.take(shopper, max(affordable) if threshold > 0 else available)

    def claw(self, shopper: Any, lot: Any) -> None:
        """Points of a returned order."""
        part = min(lot.left, lot.earned)
        lot.left -= part
        lot.clawed += part
        self.count(shopper)
        self.take(shopper, lot.earned - part, clawed=True)

    # -- midnight -------------------------------------------------------------------------------------------------

    def midnights(self) -> Generator[simpy.Event, Any, None]:
        """Calendar, market, desk, returns, points, at the beginning of each day."""
        for day in range(self.origin + 1, self.config.days + 1):
            yield self.at(float(day), MIDNIGHT)
            index = day - self.origin
            if index % file.PERIOD_DAYS == 0:
                for shopper in self.everybody:
                    self.f.new_period(shopper.c, index // file.PERIOD_DAYS)
            self.imitate(day)
            for contact, shopper in sorted(self.heard, key=lambda pair: (pair[0].time, pair[0].key)):
                self.f.after_sales(
                    shopper.p, contact.hurt, contact.recovered, contact.wait, contact.answered, self.mind
                )
            self.heard = []
            self.take_returns(day)
            if self.programme is not None:
                self.points_midnight(day, index)
            self.mail.hear(day)
            if day == 0:
                self.day_zero()

    def imitate(self, day: int) -> None:
        """Rivals look at what we conceded a lag ago."""
        if self.config.market.imitation_share > 0:
            stop = day - self.config.market.imitation_lag_days
            past = [self.conceded.get(d, [0, 0]) for d in range(stop - WINDOW_DAYS, stop)]
            self.rivals.imitate(day, sum(p[0] for p in past), sum(p[1] for p in past))

    def take_returns(self, day: int) -> None:
        """Parcels that came back yesterday."""
        for _, shopper, refund, lot in [entry for entry in self.returns if entry[0] < day]:
            self.f.book_return(shopper.c, refund)
            if lot is not None:
                self.claw(shopper, lot)
                self.f.tell_reward(shopper.p, shopper.c, self.programme.threshold)
        self.returns = [entry for entry in self.returns if entry[0] >= day]

    def points_midnight(self, day: int, index: int) -> None:
        """Release, expiry, estimate."""
        for shopper in self.everybody:
            touched = False
            for lot in shopper.lots:
                touched = touched or lot.release == day or lot.expiry == day
                if lot.release == day:
                    lot.pending = False
                if lot.expiry == day:
                    self.matured += lot.earned - lot.clawed
                    self.matured_redeemed += lot.earned - lot.clawed - lot.lapsed - lot.left
                    lot.left = 0
            silent = self.programme.inactivity_days
            if silent is not None and floor(shopper.c.last_order) + 1 + silent <= day:
                for lot in shopper.lots:
                    touched = touched or lot.left > 0
                    lot.lapsed, lot.left = lot.lapsed + lot.left, 0
            if touched:
                self.count(shopper)
                self.f.tell_reward(shopper.p, shopper.c, self.programme.threshold)
                shopper.lots = [lot for lot in shopper.lots if lot.expiry > day]
        if self.programme.until == day:
            self.change_terms()
        if index % file.PERIOD_DAYS == 0:
            self.review()

    def change_terms(self) -> None:
        """The programme ends or is followed by another."""
        self.programme, conversion = following(self.programme)
        for shopper in self.everybody:
            for lot in shopper.lots:
                before, lot.left = lot.left, floor(lot.left * conversion)
                lot.earned += lot.left - before
            self.count(shopper)
            self.f.tell_reward(shopper.p, shopper.c, self.programme.threshold)

    def review(self) -> None:
        """Share of points redeemed, from the shop's own past."""
        prior = self.programme.redemption_estimate
        self.estimate = (prior * PRIOR_POINTS + self.matured_redeemed) / (PRIOR_POINTS + self.matured)

    def day_zero(self) -> None:
        """The policy of the run comes into force; segments are fixed."""
        usual = 365 / self.config.population.category_gap_days
        for shopper in self.everybody:
            year = shopper.c.orders_year
            shopper.c.segment = 1 + int(year > 0.5 * usual) + int(year > 1.5 * usual)
        self.policy = self.later
        programme = getattr(self.policy, "points_programme", None)
        if programme is not None:
            self.programme = programme
            self.review()
        self.start_processes(self.policy, self.config.days)
        self.mail.begin()

    def start_processes(self, policy: Any, until: int) -> None:
        """A policy's own calendar."""
        processes = getattr(policy, "processes", None)
        if processes is not None:
            self.env.process(self.policy_process(processes(Door(self)), until))

    def policy_process(
        self, process: Iterator[float], until: int, order: int = PROCESSES
    ) -> Generator[simpy.Event, Any, None]:
        """Runs it at midnights."""
        due = int(floor(self.env.now))
        for wait in process:
            due += max(int(np.ceil(wait)), 1)
            if due >= until:
                return
            yield self.at(float(due), order)
