"""The oracle's post, and what policies and campaigns get hold of in it: one shopper at a time."""

from collections.abc import Generator, Mapping
from math import floor
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from sim.columns import constants, plain
from sim.contract import Answers, Audience, Customers, Settlement
from sim.door import in_sale, next_sale
from sim.draws import HOLDOUT, uniform_pair
from sim.lives import LIFE
from sim.mail import MESSAGE, RESPONSE_DAYS
from sim.originals import record
from sim.people import opening, passing_on
from sim.people.passing_on import WEEK
from sim.post import CAP_DAYS, address, wave_record
from sim.shop.counter import read_settlement
from sim.shop.touches import read_campaign, read_touch

if TYPE_CHECKING:
    from sim.oracle import Oracle


MIDNIGHT, PROCESSES, SHOPPERS = 0, 1, 1000  # campaigns lie between


class Door:
    """The shop as a policy's process sees it, customers in no particular order."""

    def __init__(self, oracle: "Oracle") -> None:
        self.oracle = oracle

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return float(floor(self.oracle.env.now))

    def customers(self) -> Customers:
        """The customer file."""
        pages = [self.oracle.columns(shopper.c) for shopper in self.oracle.everybody]
        return Customers(**{name: np.concatenate([page[name] for page in pages]) for name in pages[0]})

    def assign(self, settlement: Settlement) -> None:
        """Tiers for all."""
        columns = read_settlement(settlement, len(self.oracle.everybody))
        for i, shopper in enumerate(self.oracle.everybody):
            self.oracle.settle(shopper, columns, i)


class Mail:
    """Messages, one at a time, in order of campaign name and customer number."""

    def __init__(self, oracle: "Oracle", campaigns: Mapping[str, Any]) -> None:
        self.oracle, self.campaigns = oracle, dict(sorted(campaigns.items()))
        self.messages: list[SimpleNamespace] = []
        self.waves: list[tuple[str, Any, SimpleNamespace]] = []
        self.constants = plain(constants(opening.message_constants(oracle.config.messages))[0])
        self.lives: list[SimpleNamespace] = []
        self.bonds: list[tuple[Any, Any, float]] = []  # friend, referrer, own exit probability
        self.referral = plain(constants(passing_on.referral_constants(oracle.config))[0])
        self.left: dict[str, float] = {}
        self.heard = 0

    def begin(self) -> None:
        """Each campaign's own calendar, from day 0 on."""
        oracle = self.oracle
        for place, (name, campaign) in enumerate(self.campaigns.items()):
            self.left[name] = read_campaign(campaign)[1] * 10_000
            process = campaign.processes(CampaignDoor(oracle, name))
            oracle.env.process(oracle.policy_process(process, oracle.config.days, PROCESSES + 1 + place))

    def held_out(self, campaign: str, key: int) -> bool:
        """Left untouched?"""
        share = read_campaign(self.campaigns[campaign])[0]
        return bool(uniform_pair(self.oracle.seed, key, address(campaign), HOLDOUT)[0] < share)

    def send(self, campaign: str, touch: Any) -> int:
        """Books a touch."""
        numbers, terms = read_touch(touch)
        if not len(numbers):
            return 0
        known = {shopper.c.key: shopper for shopper in self.oracle.everybody}
        place = self.wave(campaign, terms)
        sent = 0
        for number in numbers.tolist():
            shopper, unit = known[number], self.waves[place][2].unit
            if terms.channel != "page" and (shopper.c.unsubscribed or self.full(shopper)):
                continue
            held = self.held_out(campaign, number)
            if not held:
                if unit > self.left[campaign]:
                    break
                self.left[campaign] -= unit
                sent += 1
            self.post(shopper, campaign, place, held)
        return sent

    def full(self, shopper: Any) -> bool:
        """Has had the most messages that 30 days allow."""
        day = self.oracle.env.now
        return sum(day - sent < CAP_DAYS for sent in shopper.sent) >= self.oracle.config.messages.contact_cap

    def wave(self, campaign: str, terms: Any) -> int:
        """Its place among the waves."""
        for place, (name, known, _) in enumerate(self.waves):
            if (name, known) == (campaign, terms):
                return place
        self.waves.append((campaign, terms, plain(wave_record(terms, self.oracle.config.messages)[0])))
        return len(self.waves) - 1

    def post(self, shopper: Any, campaign: str, place: int, held: bool) -> None:
        """One message."""
        t, name = record(MESSAGE), self.waves[place][1].wave
        before = sum(old.name == (campaign, name) for old in shopper.had)
        t.id, t.key, t.wave, t.holdout = len(self.messages) + 1, shopper.p.key, place, held
        self.oracle.f.copy_file(t, shopper.c)
        t.time = self.oracle.env.now
        t.number = (address(campaign, name) + before) & 0xFFFFFFFF
        t.open_time = t.next_order = np.nan
        t.shopper, t.name = shopper, (campaign, name)
        if not held:
            if self.waves[place][1].channel != "page":
                shopper.c.messages += 1
                shopper.sent.append(t.time)
            self.oracle.f.deliver(shopper.p, t, self.waves[place][2], self.constants, self.oracle.seed)
        shopper.had.append(t)
        self.messages.append(t)
        self.begin_life(shopper, campaign, t)

    def hear(self, day: int) -> None:
        """What was opened on the day before."""
        opened = [t for t in self.messages if day - 1 <= t.open_time < day]
        oracle = self.oracle
        for t in sorted(opened, key=lambda t: (t.open_time, t.key, t.id)):
            shopper = t.shopper
            after = oracle.f.hear(
                shopper.p, t, self.waves[t.wave][2], shopper.next, float(day), self.constants, oracle.mind, oracle.seed,
                oracle.clock, oracle.factor, oracle.origin,
            )  # fmt: skip
            shopper.c.opens += 1
            shopper.c.unsubscribed = shopper.c.unsubscribed or t.unsubscribed
            self.due_at(shopper, after)
        for t in sorted(opened, key=lambda t: (t.open_time, t.key, t.id)):
            if self.waves[t.wave][2].coupon:
                self.learn(t.shopper, self.waves[t.wave][2], float(day))
        for t in sorted(opened, key=lambda t: (t.open_time, t.key, t.id)):
            if self.waves[t.wave][2].code:
                t.shopper.code = t
        for shopper in oracle.everybody:
            if shopper.habit.expected > 0.0 and shopper.next < day + 1.0:
                self.put_off(shopper)
        for friend, referrer, own in self.bonds:
            friend.p.exit_probability = oracle.f.bound(own, oracle.f.stays(referrer.p), self.referral)
        if day >= 0 and day % WEEK == 0:
            for shopper in oracle.everybody:
                if shopper.code is not None and day < shopper.code.time + self.waves[shopper.code.wave][2].days_valid:
                    self.pass_on(shopper, day)

    def pass_on(self, shopper: Any, day: int) -> None:
        """A friend may visit this week."""
        oracle = self.oracle
        part = oracle.f.passes_on(shopper.p, day // WEEK, self.referral, oracle.seed)
        if part >= 0.0:
            key = oracle.f.friend_key(shopper.p.key, shopper.passed)
            shopper.passed += 1
            oracle.env.process(self.friend(key, day + WEEK * part, shopper, shopper.code))

    def friend(self, key: int, time: float, referrer: Any, code: Any) -> Generator[simpy.Event, Any, None]:
        """A friend's visit."""
        if time < self.oracle.config.days:
            yield self.oracle.at(time, SHOPPERS)
            gives = self.waves[code.wave][1].coupon
            self.oracle.stranger(key, time, referrer, code.id if gives else 0)

    def bind(self, friend: Any, referrer: Any) -> None:
        """A friend has bought."""
        f, p = self.oracle.f, friend.p
        self.bonds.append((friend, referrer, p.exit_probability))
        referrer.friends += 1
        p.exit_probability = f.bound(p.exit_probability, f.stays(referrer.p), self.referral)

    def due_at(self, shopper: Any, when: float) -> None:
        """Moves the next need."""
        if when != shopper.next:
            shopper.next = when
            shopper.process.interrupt()

    def learn(self, shopper: Any, wave: Any, now: float) -> None:
        """A coupon read is expected again; who waited for it comes."""
        oracle, p = self.oracle, shopper.p
        oracle.f.expect_coupon(shopper.habit, p, oracle.f.coupon_size(p, wave, oracle.mind, oracle.seed), oracle.mind)
        when = oracle.f.come_for_it(
            shopper.habit, p, shopper.next, now, oracle.mind, oracle.seed, oracle.clock, oracle.factor, oracle.origin
        )
        self.due_at(shopper, when)

    def put_off(self, shopper: Any) -> None:
        """A need of the day that begins is put off until the next coupon, or not."""
        oracle, p = self.oracle, shopper.p
        t = self.messages[p.coupon - 1] if p.coupon > 0 else None
        if p.away or p.gone or (t is not None and shopper.next < t.time + self.waves[t.wave][2].days_valid):
            return
        when = oracle.f.put_off(
            shopper.habit, p, shopper.next, self.constants, oracle.mind, oracle.seed, oracle.clock, oracle.factor,
            oracle.origin,
        )  # fmt: skip
        self.due_at(shopper, when)

    def begin_life(self, shopper: Any, campaign: str, t: Any) -> None:
        """A second life may begin with a campaign's first message to a lapsed customer."""
        if campaign in shopper.lives:
            return
        shopper.lives[campaign] = None
        if self.oracle.f.is_lapsed(t.time, t.last_order, t.mean_gap):
            life = shopper.lives[campaign] = record(LIFE)
            self.oracle.f.begin_life(life, t, list(self.campaigns).index(campaign))
            self.lives.append(life)

    def present(self, p: Any, v: Any) -> None:
        """The coupon at hand."""
        if p.coupon > 0:
            t = self.messages[p.coupon - 1]
            self.oracle.f.present(p, v, t, self.waves[t.wave][2], self.oracle.mind, self.oracle.seed)

    def answered(self, shopper: Any, v: Any, o: Any) -> None:
        """An order."""
        if v.coupon > 0:
            self.messages[v.coupon - 1].used = True
            self.messages[v.coupon - 1].times_used += 1
        for t in shopper.had:
            self.oracle.f.answer(t, o.time, o.contribution_fen)
        for life in shopper.lives.values():
            if life is not None:
                self.oracle.f.live(life, o.time, o.contribution_fen)


class CampaignDoor:
    """The shop as a campaign sees it."""

    def __init__(self, oracle: "Oracle", campaign: str) -> None:
        self.oracle, self.campaign = oracle, campaign

    @property
    def day(self) -> float:
        """Days since the start of the run."""
        return float(floor(self.oracle.env.now))

    @property
    def next_sale(self) -> float:
        """Day on which the next shop-wide sale begins."""
        return next_sale(self.oracle.calendar, int(self.day))

    def in_sale(self, times: Any) -> Any:
        """Whether each of these times fell into a shop-wide sale."""
        return in_sale(self.oracle.calendar, int(self.day), times)

    def customers(self) -> Audience:
        """The customer file."""
        everybody = self.oracle.everybody
        known = vars(Door(self.oracle).customers())
        mail = {n: np.array([getattr(s.c, n) for s in everybody]) for n in ("messages", "opens", "unsubscribed")}
        mail["last_message"] = np.array([s.sent[-1] if s.sent else np.nan for s in everybody])
        mail["held_out"] = np.array([self.oracle.mail.held_out(self.campaign, s.c.key) for s in everybody])
        mail["friends"] = np.array([s.friends for s in everybody])
        return Audience(**known, **mail)

    def answers(self) -> Answers:
        """What came of this campaign's messages so far."""
        told = [
            t for t in self.oracle.mail.messages if t.name[0] == self.campaign and t.time + RESPONSE_DAYS[2] <= self.day
        ]
        columns = {n: np.array([getattr(t, n) for t in told]) for n in ("time", "orders", "mean_gap")}
        columns["customer"] = np.array([t.key for t in told])
        columns["wave"] = np.array([t.name[1] for t in told])
        columns["held_out"] = np.array([t.holdout for t in told], dtype=bool)
        columns["ordered"] = np.array([t.next_order < t.time + RESPONSE_DAYS[2] for t in told], dtype=bool)
        columns["spend"] = np.array([t.spend_fen / 100.0 for t in told])
        columns["silence"] = np.array([t.time - t.last_order for t in told])
        return Answers(**columns)

    def send(self, touch: Any) -> int:
        """Books a touch."""
        return self.oracle.mail.send(self.campaign, touch)
