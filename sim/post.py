"""The shop's post: who may be written to, what it costs, and the dated opens that midnights hear.

Everything here falls on midnights, in order of campaign name and customer number, so that caps and budgets that bind
do so in one order, whatever the batches.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy

from sim import mail
from sim.answers import answers_of
from sim.columns import Records, Table, constants
from sim.contract import F64, I64, Answers, Audience, Bool
from sim.draws import HOLDOUT, hash_key, uniforms
from sim.lives import Lives
from sim.people.opening import message_constants
from sim.referral import Referrals
from sim.shop.counter import PolicyError, asked
from sim.shop.customers import columns_of, pages, read_audience
from sim.shop.money import COLUMN
from sim.shop.touches import Terms, read_campaign, read_touch
from sim.waiting import Waiting

if TYPE_CHECKING:
    from sim.house import House

CAP_DAYS = 30
MAIL = (("messages", np.int64), ("opens", np.int64), ("unsubscribed", bool), ("last_message", float))
_MESSAGES = COLUMN["messages_fen"]


def address(campaign: str, wave: str = "") -> int:
    """Where the chance of a campaign, or of one of its waves, lies: 32 bits, in the place of a need's ordinal."""
    return hash_key(f"{campaign}/{wave}") & 0xFFFFFFFF


def units(yuan: float) -> int:
    """Yuan as whole 1/10,000 yuan, in which messages are counted: an e-mail costs less than a fen."""
    return round(yuan * 10_000)


def wave_record(terms: Terms, config: Any) -> Records:
    """What formulas read of a wave, shape (1,)."""
    channel = getattr(config, terms.channel)
    told: Records = np.zeros(1, mail.WAVE)
    told["offer"], told["page"], told["code"] = terms.kind == "offer", terms.channel == "page", terms.code
    told["coupon"] = terms.coupon and not terms.code  # a code's coupon is the friend's
    told["coupon_share"], told["coupon_yuan"], told["minimum"] = terms.coupon_share, terms.coupon_yuan, terms.minimum
    told["uses"] = terms.uses
    told["classes"], told["days_valid"], told["open_chance"] = terms.classes, terms.days_valid, channel.open
    told["unit"], told["open_unit"] = units(channel.cost), units(channel.cost_open)
    return told


class Post:
    """Messages of all campaigns of a run.

    Args:
        world: Whose customers are written to.
        campaigns: By name; they take their turns at a midnight in order of name.
    """

    def __init__(self, world: "House", campaigns: Mapping[str, Any]) -> None:
        self.campaigns = dict(sorted(campaigns.items()))
        self.messages, self.waves, self.boxes = Table(mail.MESSAGE), Table(mail.WAVE), Table(mail.MAILBOX)
        self.terms: list[tuple[str, Terms]] = []  # of each wave, with its campaign
        self.waiting, self.lives, self.referrals = Waiting(), Lives(), Referrals(world.config, world.seed)
        self.constants = constants(message_constants(world.config.messages))
        self.config, self.seed = world.config.messages, world.seed
        self.due: dict[int, list[I64]] = {}  # messages by the midnight at which their opening is heard
        self.spent = 0  # on all messages, 1/10,000 yuan
        self.booked = 0  # of that, fen
        self.sent_before: dict[tuple[str, str], Table] = {}  # how often a customer had a wave, by row
        self.holdout: dict[str, float] = {}
        self.budget: dict[str, simpy.Container | None] = {}
        self._held: dict[str, Bool] = {}  # held out, by row
        self._read_on = -np.inf
        self._rows_read: I64 = np.zeros(0, np.int64)  # in the file, as read on that day
        self._told: dict[str, Any] = {}  # of them, by column
        self._order: I64 = np.zeros(0, np.int64)  # rows by customer number
        self._numbers: I64 = np.zeros(0, np.int64)

    def open(self, env: simpy.Environment) -> None:
        """Reads holdouts and budgets, at the beginning of the run."""
        for name, campaign in self.campaigns.items():
            with asked(f"campaign={name}", campaign, "budget"):
                self.holdout[name], yuan = read_campaign(campaign)
            full = units(yuan) if np.isfinite(yuan) else 0
            if not np.isfinite(yuan):
                self.budget[name] = None
            else:  # a container of nothing is refused by SimPy
                self.budget[name] = simpy.Container(env, capacity=max(full, 1), init=full)

    # -- what a campaign asks for -----------------------------------------------------------------------------------

    def audience(self, world: "House", campaign: str) -> Audience:
        """The customer file as `campaign` sees it."""
        self._grow(world)
        if self._read_on != world.now:  # nobody orders at midnight: the file is read once for all campaigns
            self._read(world)
        columns = {name: column.copy() for name, column in self._told.items()}
        return read_audience(columns, self._held_out(world, campaign)[self._rows_read])

    def _read(self, world: "House") -> None:
        """Reads the customer file: whoever has ordered, and what is told of them to every campaign."""
        customers = world.customers.rows
        rows = np.flatnonzero(customers["orders"] > 0)
        told = columns_of(*pages(customers, rows))
        told |= {name: np.empty(len(rows), kind) for name, kind in MAIL}
        mail.copy_mail(customers, self.boxes.rows, rows, *(told[name] for name, _ in MAIL))
        self.referrals.codes.extend(len(self.boxes.rows) - len(self.referrals.codes.rows))
        told["friends"] = self.referrals.codes.rows["friends"][rows]
        self._read_on, self._rows_read, self._told = world.now, rows, told

    def _tell(self, world: "House", rows: I64) -> None:
        """Messages just sent to `rows` stand in the file that the next campaign of this midnight reads."""
        if self._read_on != world.now or not len(rows):
            return
        everybody = len(self._rows_read) == len(world.customers.rows)
        place = rows if everybody else np.searchsorted(self._rows_read, rows)
        self._told["messages"][place] = world.customers.rows["messages"][rows]
        self._told["last_message"][place] = world.now

    def answers(self, world: "House", campaign: str) -> Answers:
        """What came of a campaign's messages so far."""
        mine = [(k, terms.wave) for k, (name, terms) in enumerate(self.terms) if name == campaign]
        return answers_of(self.messages.rows, [k for k, _ in mine], [name for _, name in mine], world.now)

    def _held_out(self, world: "House", campaign: str) -> Bool:
        """Who is left untouched by a campaign, by row: a matter of campaign and customer alone."""
        known = self._held.get(campaign, np.zeros(0, bool))
        keys = world.customers.rows["key"][len(known) :]
        if len(keys):
            fresh = uniforms(self.seed, keys, address(campaign), HOLDOUT)[:, 0] < self.holdout[campaign]
            known = self._held[campaign] = np.concatenate([known, fresh])
        return known

    def send(self, world: "House", campaign: str, touch: Any) -> int:
        """Books a touch; returns how many messages were sent."""
        numbers, terms = read_touch(touch)
        if not len(numbers):
            return 0
        self._grow(world)
        rows = self._rows(world, numbers)
        if terms.channel != "page":  # which nobody is sent: who signs in comes of their own accord
            rows = self._reachable(world, rows)
        held = self._held_out(world, campaign)[rows]
        wave = self._wave(campaign, terms)
        rows, held = self._paid(campaign, rows, held, int(self.waves.rows["unit"][wave]))
        first = len(self.messages.rows)
        self.messages.extend(len(rows))
        before = self._before(campaign, terms.wave, rows)
        mail.post_all(
            world.people.rows, world.customers.rows, self.boxes.rows, self.messages.rows, self.waves.rows, first, rows,
            held, (address(campaign, terms.wave) + before) & 0xFFFFFFFF, wave, world.now, self.constants, self.seed,
        )  # fmt: skip
        if terms.channel != "page":
            self._tell(world, rows[~held])
        self._remember(first)
        self.lives.sent(self.messages.rows, first, list(self.campaigns).index(campaign), len(self.boxes.rows))
        sent = int(np.count_nonzero(~held))
        self._spend(world, sent * int(self.waves.rows["unit"][wave]), int(world.now))
        return sent

    def _grow(self, world: "House") -> None:
        missing = len(world.customers.rows) - len(self.boxes.rows)
        if missing > 0:
            self.boxes.extend(missing)

    def _rows(self, world: "House", numbers: I64) -> I64:
        """Rows of customers by number, in order of number."""
        customers = world.customers.rows
        if len(self._order) != len(customers):
            self._order = np.argsort(customers["key"], kind="stable")
            self._numbers = customers["key"][self._order]
        place = np.minimum(np.searchsorted(self._numbers, numbers), len(self._numbers) - 1)
        strange = self._numbers[place] != numbers
        if strange.any():
            raise PolicyError(f"Touch.customer is {numbers[strange][0]}; allowed: numbers of the customer file")
        rows: I64 = self._order[place]
        return rows

    def _reachable(self, world: "House", rows: I64) -> I64:
        """Those who still want messages and have not had the most of them that a customer may get."""
        customers, cap = world.customers.rows, self.config.contact_cap
        sent = customers["messages"][rows]
        oldest = self.boxes.rows["days"][rows, (sent - cap) % mail.MEMORY]
        full = (sent >= cap) & (world.now - oldest < CAP_DAYS)
        return rows[~(full | customers["unsubscribed"][rows])]

    def _paid(self, campaign: str, rows: I64, held: Bool, unit: int) -> tuple[I64, Bool]:
        """The first of `rows`, as far as the budget goes; who is held out costs nothing."""
        purse = self.budget[campaign]
        if purse is None or unit == 0:
            return rows, held
        bought = np.cumsum(~held)
        last = int(np.searchsorted(bought, purse.level // unit, side="right"))  # the first that cannot be paid
        rows, held = rows[:last], held[:last]
        cost = int(np.count_nonzero(~held)) * unit
        if cost:
            purse.get(cost)
        return rows, held

    def _wave(self, campaign: str, terms: Terms) -> int:
        key = (campaign, terms)
        if key not in self.terms:
            self.terms.append(key)
            self.waves.extend(1)[:] = wave_record(terms, self.config)
        return self.terms.index(key)

    def _before(self, campaign: str, wave: str, rows: I64) -> I64:
        """How often each of `rows` had this wave before; this time is counted."""
        counts = self.sent_before.setdefault((campaign, wave), Table(np.dtype("i8")))
        counts.extend(len(self.boxes.rows) - len(counts.rows))
        before: I64 = counts.rows[rows].view(np.int64)
        counts.rows[rows] = before + 1
        return before

    def _remember(self, first: int) -> None:
        """Puts the opens to come into the calendar."""
        fresh = self.messages.rows[first:]
        read = np.isfinite(fresh["open_time"])
        ids, days = fresh["id"][read], np.floor(fresh["open_time"][read]).astype(np.int64) + 1
        order = np.argsort(days, kind="stable")
        days, ids = days[order], ids[order]
        starts = np.flatnonzero(np.diff(days, prepend=-1))
        for some, day in zip(np.split(ids, starts[1:]), days[starts].tolist(), strict=False):
            self.due.setdefault(day, []).append(some)

    def _spend(self, world: "House", cost: int, day: int) -> None:
        """Books what messages cost, in whole fen of the sum of all so far, so that no rounding piles up."""
        self.spent += cost
        fen = (self.spent + 50) // 100
        world.books[day - world.origin, _MESSAGES] += fen - self.booked
        self.booked = fen

    # -- what the world tells it --------------------------------------------------------------------------------------

    def hear(self, world: "House", day: int) -> None:
        """Midnight: what was opened since the last one takes its effect, in order of time and customer."""
        ids = self.due.pop(day, None)
        opened: I64 = np.zeros(0, np.int64) if ids is None else self._hear(world, day, np.concatenate(ids))
        self.waiting.midnight(world, self, opened, day)
        self.referrals.midnight(world, self, opened, day)

    def _hear(self, world: "House", day: int, opened: I64) -> I64:
        """What was opened takes its effect; returns the messages in that order."""
        told = self.messages.rows[opened - 1]
        opened = opened[np.lexsort((told["id"], told["key"], told["open_time"]))]
        c = world.calendar
        cost = mail.hear_all(
            world.people.rows, world.customers.rows, world.next_time.rows, self.messages.rows, self.waves.rows, opened,
            float(day), self.constants, world.mind, self.seed, c.clock, c.factor, c.origin,
        )  # fmt: skip
        self._spend(world, cost, day - 1)
        return opened

    def strangers(self, prospects: tuple[I64, F64], end: float) -> tuple[I64, F64]:
        """The prospects of a tick, friends with a code among them."""
        return self.referrals.join(prospects, end)

    def welcome(self, world: "House", first: int) -> None:
        """Strangers are in, from row `first` on."""
        self.referrals.welcome(world.people.rows[first:], self.messages.rows, self.waves.rows)

    def keep(self, world: "House", visits: Records) -> None:
        """Strangers who bought stay."""
        self.referrals.keep(world.people.rows, visits)

    def present(self, world: "House", visits: Records) -> None:
        """Coupons are laid on the counter, on top of what the policy offers."""
        if len(self.messages.rows):
            mail.present_all(world.people.rows, visits, self.messages.rows, self.waves.rows, world.mind, self.seed)

    def answered(self, visits: Records, orders: Records) -> None:
        """Orders just rung up are answers to messages of the last 90 days."""
        if len(self.messages.rows):
            mail.answer_all(visits, orders, self.boxes.rows, self.messages.rows)
            self.lives.ordered(visits, orders)
