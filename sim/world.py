"""The world: SimPy owns the calendar; once a tick, all needs that fall due are served as one batch of columns.

The order of a visit, each step a verb:
due -> meet (recall) -> greet -> desk -> offer -> decide -> ring up -> settle -> experience -> next need.
"""

from collections.abc import Callable, Generator, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import simpy

from sim.arrivals import DAYS_AHEAD, Arrivals, passing_rate
from sim.calendar import Calendar
from sim.columns import Records, Table, as_bytes, constants, joined, take
from sim.config import Config
from sim.contract import F64, I64, Customers, Offer, PointsProgramme, Policy, Receipt, Settlement, Visit
from sim.door import CampaignDoor, ShopDoor, clerk
from sim.draws import KIND_ADS, KIND_BASE, KIND_PASSER, shopper_key
from sim.market import WINDOW_DAYS, Rivals
from sim.people import batch
from sim.people.person import PERSON, mind_constants
from sim.post import Post
from sim.reach import tell_rewards, tell_tiers
from sim.shop import register
from sim.shop.cash import cash_terms
from sim.shop.counter import asked, read_offer, read_programme, read_settlement, refuse_points, waits
from sim.shop.customers import CUSTOMER, PERIOD_DAYS, greet, new_period_all, read_file, receipt
from sim.shop.desk import CONTACT, book_callers, due_contacts, serve
from sim.shop.money import BOOKS, COLUMN, ORDER, SIGN, shop_constants
from sim.shop.points import LOT, MATURED, MATURED_REDEEMED, USED, days_to_lapse, lapse_silent, midnight
from sim.shop.shifts import agent_hours, open_lines, shift_constants
from sim.shop.terms import convert_all, following
from sim.visits import CAUSES, VISIT

PRIOR_POINTS = 100_000  # weight of a programme's own redemption estimate against the shop's past, points
TRADING, MIDNIGHT, PROCESSES = 0, 1, 2  # order of events at one instant
_WAGES, _SERVICE, _ACQUISITION = COLUMN["wages_fen"], COLUMN["service_fen"], COLUMN["acquisition_fen"]
_LISTED, _CUT, _FORGONE, _GIFTS = (COLUMN[n] for n in ("list_fen", "discount_fen", "post_forgone_fen", "gift_fen"))


class Quiet:
    """The run-off's policy: nothing new is given; points already owed are honoured."""

    def offer(self, visit: Any) -> Offer:
        """Nothing."""
        return Offer()

    def settle(self, receipt: Any) -> Settlement:
        """Nothing."""
        return Settlement()


def desk_constants(config: Config) -> dict[str, Any]:
    """Constants of the desk."""
    from scipy.special import gammaln

    service = config.service
    return {
        "service_shape": service.service_shape,
        "ln_gamma_shape": float(gammaln(service.service_shape)),
        "service_minutes": service.service_minutes,
        "open_hours": service.open_hours,
        "check_hours": service.silent_check_minutes / 60.0,
        "silent_abandon_share": config.population.silent_abandon_share,
        "recovery_success": service.recovery_success,
    } | shift_constants(service)


def in_order(time: F64, key: I64) -> I64:
    """Order of time and then of key, shape (n,): one sort, and a second key only where two times are equal."""
    order = np.argsort(time)
    sorted_time = time[order]
    if (sorted_time[1:] == sorted_time[:-1]).any():
        return np.lexsort((key, time))
    return order


class World:
    """One population, one shop, its market, from the shop's opening on.

    Args:
        config: Of the run.
        policy: In force until `hand_over` puts another in its place.
        calendar: From the shop's opening to the end of the run-off.
        take_orders: Called with each tick's order records, shape (n,), sorted by time and shopper.
        shard, shards: Serve only the shoppers whose key modulo `shards` is `shard`.
    """

    def __init__(
        self, config: Config, policy: Policy, calendar: Calendar,
        take_orders: Callable[[Records], None] | None = None, shard: int = 0, shards: int = 1,
    ) -> None:  # fmt: skip
        self.config, self.policy, self.calendar = config, policy, calendar
        self.name = f"history_policy={config.history_policy['name']}"  # of the policy, for messages
        self.take_orders = take_orders
        self.shard, self.shards = shard, shards
        self.seed = config.seed
        self.shoppers = config.shoppers or 1
        self.origin = calendar.origin
        days = len(calendar.factor)
        population, service = config.population, config.service
        self.mind = constants(
            mind_constants(population, config.catalogue, config.market, service.photo_hype, service.return_fee)
        )
        self.shop = constants(shop_constants(population, config.catalogue, service))
        self.desk = constants(desk_constants(config))
        self.rivals = Rivals(config.market, self.origin, self.origin + days, config.seed)
        rate = population.prospect_rate * calendar.factor[-self.origin :][: config.days]
        self.arrivals = Arrivals(rate, shopper_key(KIND_ADS, 0), config.seed, shard, shards)
        passing = passing_rate(population.prospect_rate, self.shoppers, calendar.factor[: -self.origin])
        self.passers = Arrivals(passing, shopper_key(KIND_PASSER, 0), config.seed, shard, shards, self.origin)
        self.people, self.customers = Table(PERSON), Table(CUSTOMER)
        self.next_time = Table(np.dtype("f8"))
        self.lots = Table(LOT)
        self.pool: I64 = np.array([0, -1, 0, 0])
        self.books: I64 = np.zeros((days + 2, len(BOOKS)), np.int64)
        self.release: I64 = np.full(days + 2, -1)
        self.expiry: I64 = np.full(days + 2, -1)
        self.retained: I64 = np.zeros(config.days + 92, np.int64)
        self.missed: I64 = np.zeros(len(CAUSES), np.int64)
        self.contacts, self.heard, self.returns = Table(CONTACT), Table(CONTACT), Table(register.RETURN)
        self.lines = open_lines(service, self.shoppers, self.origin * service.open_hours)
        self.programme: PointsProgramme | None = None
        self.points_ended: int | None = None  # day on which the last programme ended, if none followed
        self.estimate = 0.0
        self.read_programme()
        self.post: Post | None = None  # of the campaigns of the run
        self.prospects_come = False
        self.now = float(self.origin)
        self.ticks = round(1 / config.tick)
        self.batch_order: Callable[[I64], I64] | None = None  # tests shuffle batches here
        self._visits: Records = np.zeros(0, VISIT)
        self._raw_visits = as_bytes(self._visits)
        self._rows: I64 = np.zeros(0, np.int64)
        self._sold: list[Records] = []  # orders of this tick
        self._chats: Records = np.zeros(0, CONTACT)  # of passers, drawn and not yet heard
        self._chats_until = -np.inf
        self._campaigns: dict[str, Any] = {}  # that have not begun yet

    # -- the beginning --------------------------------------------------------------------------------------------

    def found(self) -> None:
        """The installed base: every customer of day 0, to place the first order some day of the shop's past."""
        n = len(range(self.shard, self.shoppers, self.shards))
        people, self_next = self.people.extend(n), self.next_time.extend(n)
        c = self.calendar
        batch.found(
            people,
            self_next,
            shopper_key(KIND_BASE, self.shard),
            self.shards,
            self.mind,
            self.seed,
            c.clock,
            c.factor,
            c.origin,
        )
        self.customers.extend(n)
        register.open_pages(self.customers.rows, self.people.rows, 0)

    def read_programme(self) -> None:
        """Terms of the points programme in force; points owed under an earlier one are honoured on its terms."""
        with asked(self.name, self.policy, "points_programme"):
            programme = read_programme(self.policy)
        if programme is not None:
            self.programme, self.points_ended = programme, None
            self.estimate = programme.redemption_estimate
            self.review_estimate()

    def hand_over(self, policy: Policy) -> None:
        """Another policy from this midnight on."""
        self.policy, self.name = policy, f"policy={self.config.policy['name']}"
        self.read_programme()

    def date_of(self, day: int) -> date:
        """Calendar date of a day of the run."""
        return (self.config.start or date(2025, 1, 1)) + timedelta(days=day)

    def campaign(self, campaigns: Mapping[str, Any]) -> None:
        """Campaigns, by name, that begin with the next `run` and take turns until its end."""
        if campaigns:
            self.post, self._campaigns = Post(self, campaigns), dict(campaigns)

    # -- what a policy is handed: copies of observed columns, and nothing else ---------------------------------------

    def greet(self, visits: Records) -> Visit:
        """Who stands at the counter."""
        return greet(self.customers.rows, visits, self.config.catalogue.ship_cost)

    def receipt(self, orders: Records) -> Receipt:
        """The orders just rung up."""
        return receipt(self.customers.rows, orders)

    def file(self) -> Customers:
        """The customer file."""
        return read_file(self.customers.rows)

    # -- the clock ------------------------------------------------------------------------------------------------

    def run(self, until: int, each_day: Callable[[float], None] | None = None) -> None:
        """Runs the calendar from now until midnight `until`; a policy's own processes start with it."""
        env = simpy.Environment(initial_time=self.now)
        env.process(self._trading(env, until, each_day))
        env.process(self._midnights(env, until))
        env.process(self._policy_process(env, until))
        self._begin_campaigns(env, until)
        env.run()
        self.now = float(until)

    def _at(self, env: simpy.Environment, time: float, order: int) -> simpy.Event:
        """An event at `time`; at one instant trading comes before midnight's work, and that before a policy's."""
        event = simpy.Event(env)
        event._ok, event._value = True, None
        env.schedule(event, priority=order, delay=max(time - env.now, 0.0))  # type: ignore[arg-type]
        return event

    def _trading(
        self, env: simpy.Environment, until: int, each_day: Callable[[float], None] | None
    ) -> Generator[simpy.Event, Any, None]:
        """Serves, once a tick, every need that fell due in it."""
        for day in range(int(self.now), until):
            for k in range(1, self.ticks + 1):
                end = day + k / self.ticks
                yield self._at(env, end, TRADING)
                self.trade(end)
            if each_day is not None:
                each_day(day + 1)

    def _midnights(self, env: simpy.Environment, until: int) -> Generator[simpy.Event, Any, None]:
        """Calendar, market, desk and points, in that order, once the past day has traded."""
        for day in range(int(self.now) + 1, until + 1):
            yield self._at(env, day, MIDNIGHT)
            self.now = float(day)
            self.close_day(day)

    def _policy_process(self, env: simpy.Environment, until: int) -> Generator[simpy.Event, Any, None]:
        """A policy's own calendar: it yields days to wait and never holds the environment."""
        due = int(env.now)
        for wait in waits(self.name, self.policy, ShopDoor(clerk(self))):
            due += wait
            if due >= until:
                return
            yield self._at(env, due, PROCESSES)

    def _begin_campaigns(self, env: simpy.Environment, until: int) -> None:
        """One process for each; at one midnight they take their turns in order of name, after the policy."""
        campaigns, self._campaigns = dict(sorted(self._campaigns.items())), {}
        if self.post is not None and campaigns:
            self.post.open(env)
        for place, (name, campaign) in enumerate(campaigns.items()):
            env.process(self._campaign_process(env, until, name, campaign, PROCESSES + 1 + place))

    def _campaign_process(
        self, env: simpy.Environment, until: int, name: str, campaign: Any, order: int
    ) -> Generator[simpy.Event, Any, None]:
        """A campaign's own calendar."""
        due = int(env.now)
        for wait in waits(f"campaign={name}", campaign, CampaignDoor(clerk(self, name))):
            due += wait
            if due >= until:
                return
            yield self._at(env, due, order)

    # -- a tick ---------------------------------------------------------------------------------------------------

    def trade(self, end: float) -> None:
        """Serves all needs due before `end`; who is due twice is served twice, in order."""
        again = True
        prospects = self.arrivals.before(end) if self.prospects_come else None
        if self.post is not None:
            prospects = self.post.strangers(prospects, end)
        first = True
        while again:
            rows = self._due(end)
            again = self.config.population.min_gap_days < self.config.tick and len(rows) > 0
            callers = prospects is not None or len(self.contacts.rows) or end <= 0  # before day 0: those who pass by
            if len(rows) or (first and callers):
                self._serve(rows, prospects if first else None, end)
            first = False
        self._hand_on()

    def _hand_on(self) -> None:
        """The orders of the tick to the records, in order, also those of customers who came twice."""
        sold, self._sold = self._sold, []
        if sold and self.take_orders is not None:
            rows = sold[0] if len(sold) == 1 else np.concatenate(sold)
            self.take_orders(rows if len(sold) == 1 else take(rows, np.lexsort((rows["shopper"], rows["time"]))))

    def _due(self, end: float) -> I64:
        if len(self._rows) < len(self.next_time.rows):
            self._rows = np.empty(len(self.next_time.rows) * 5 // 4 + 16, np.int64)
        rows = self._rows[: batch.due(self.next_time.rows, end, self._rows)]
        return rows if self.batch_order is None else self.batch_order(rows)

    def _serve(self, rows: I64, prospects: tuple[I64, F64] | None, end: float) -> None:
        """One batch, all of one day, from recall to the next need."""
        first_row = len(self.people.rows)
        day = int(np.ceil(end)) - 1
        visits = self._meet(rows, prospects, day)
        contacts = self._contacts_due(end)
        if not len(visits):
            self._help(visits, contacts, day)
            return
        register.price_up(visits, self.shop)
        self._help(visits, contacts, day)
        visit = self.greet(visits)
        with asked(self.name, self.policy, "offer"):
            read_offer(self.policy.offer(visit), visits, float(self.calendar.sale[day - self.origin]))
            if self.programme is None or self.points_ended is not None:
                refuse_points(visits, self.points_ended)
        if self.post is not None:
            self.post.present(self, visits)
        batch.decide_all(self.people.rows, visits, self.mind, self.seed)
        if prospects is not None:
            self._keep(visits, first_row)
        self._ring_up(visits)
        self._experience(visits)

    def _meet(self, rows: I64, prospects: tuple[I64, F64] | None, day: int) -> Records:
        """Visits of those who thought of the shop, and of prospects, in order of time and shopper."""
        c = self.calendar
        book = self.books[day - self.origin]
        came, times, keys = np.empty(len(rows), np.int64), np.empty(len(rows)), np.empty(len(rows), np.int64)
        n, needs = batch.meet_all(
            self.people.rows, self.next_time.rows, rows, came, times, keys, self.mind, self.seed, c.clock, c.factor,
            c.origin, self.missed,
        )  # fmt: skip
        came, times, keys = came[:n], times[:n], keys[:n]
        book[COLUMN["needs"]] += needs
        book[COLUMN["visits"]] += n
        first = len(self.people.rows)
        if prospects is not None and len(prospects[0]):
            self._welcome(*prospects, book)
            came = np.concatenate([came, np.arange(first, len(self.people.rows))])
            times, keys = np.concatenate([times, prospects[1]]), np.concatenate([keys, prospects[0]])
        order = in_order(times, keys)
        if len(self._visits) < len(order):
            self._visits = np.zeros(len(order) * 5 // 4 + 64, VISIT)
            self._raw_visits = as_bytes(self._visits)
        visits, level = self._visits[: len(order)], self.rivals.level[day - self.origin]
        batch.approach_all(
            self.people.rows, came[order], times[order], first, visits, self._raw_visits, self.mind, self.seed, level
        )
        return visits

    def _welcome(self, keys: I64, times: F64, book: I64) -> None:
        """Blank pages for prospects, who cost money whether they buy or not."""
        first = len(self.people.rows)
        self.people.extend(len(keys))
        batch.welcome(self.people.rows, keys, times, first, self.mind, self.seed)
        self.customers.extend(len(keys))
        register.open_pages(self.customers.rows, self.people.rows, first)
        book[COLUMN["needs"]] += len(keys)
        book[COLUMN["prospects"]] += len(keys)
        paid = int(np.count_nonzero(keys >> 60 == KIND_ADS))  # friends of customers come for nothing
        book[_ACQUISITION] += round(self.config.population.visit_cost * 100) * paid
        if self.post is not None:
            self.post.welcome(self, first)

    def _contacts_due(self, end: float) -> Records:
        """After-sales contacts of this tick, in order of time and shopper."""
        waiting = self.contacts.rows
        out: Records = np.zeros(len(waiting), CONTACT)
        n, kept = due_contacts(waiting, len(waiting), end, out)
        self.contacts.truncate(kept)
        out = out[:n]
        if end <= 0 and self.config.service.desk:
            out = joined(out, self._passers(end))
        return take(out, in_order(out["time"], out["key"]))

    def _passers(self, end: float) -> Records:
        """Chats, before day 0, of prospects who bought nothing: the desk is as busy then as after day 0."""
        if end > self._chats_until:
            self._chats_until = end + DAYS_AHEAD
            keys, times = self.passers.before(self._chats_until)
            fresh: Records = np.zeros(len(keys), CONTACT)
            fresh = fresh[: batch.chats_of_passers(keys, times, fresh, self.mind, self.seed)]
            self._chats = joined(self._chats, fresh)
        n = int(np.searchsorted(self._chats["time"], end))
        chats, self._chats = self._chats[:n], self._chats[n:]
        return chats

    def _help(self, visits: Records, contacts: Records, day: int) -> None:
        """The desk: chats and after-sales contacts in one queue; contacts are heard at midnight."""
        if self.config.service.desk:
            serve(visits, contacts, self.customers.rows, *self.lines, self.desk, self.seed)
            book_callers(visits, contacts, self.books[day - self.origin])
        elif len(contacts):
            serve(visits[:0], contacts, self.customers.rows, np.full(1, -1e18), np.zeros(0), self.desk, self.seed)
            contacts["wait"], contacts["answered"] = 0.0, True  # without a desk nobody waits for anybody
        customers = contacts["row"] >= 0
        if customers.any():
            self.heard.reserve(int(customers.sum()))[:] = take(contacts, np.flatnonzero(customers))

    def _keep(self, visits: Records, first_row: int) -> None:
        """Prospects who bought stay, the others are forgotten."""
        used = register.keep_newcomers(self.people.rows, self.customers.rows, visits, first_row)
        self.people.truncate(used)
        self.customers.truncate(used)
        self.next_time.extend(used - first_row)
        if self.post is not None:
            self.post.keep(self, visits)

    def _ring_up(self, visits: Records) -> None:
        """Orders, the ledgers, the customer file, and the policy's settlement."""
        sold = int(np.count_nonzero(visits["shop"] == 0))
        if not sold:
            return
        orders: Records = np.zeros(sold, ORDER)
        programme = self.programme
        threshold, pending, expiry, cost, dearer = -1, 0, -1, 0.0, np.zeros(0, np.int64)
        if programme is not None:
            threshold, pending = programme.threshold, programme.pending_days
            expiry = days_to_lapse(programme, self.date_of(int(visits["time"][0] // 1.0)))
            dearer = np.array(programme.dearer_gifts, np.int64)
            cost = programme.cost_ratio * self.estimate * programme.POINT_FEN
            if int(self.pool[USED]) + sold > len(self.lots.rows):
                self.lots.extend(max(sold, len(self.lots.rows) // 4))
        used = len(self.returns.rows)
        self.returns.reserve(sold)
        _, returned = register.ring_up_all(
            self.customers.rows, visits, orders, self.shop, cost, threshold, dearer, cash_terms(programme), pending, expiry, self.lots.rows,
            self.pool, self.release, self.expiry, self.books, self.origin, self.returns.rows, used, self.retained,
        )  # fmt: skip
        if self.post is not None:
            self.post.answered(visits, orders)
        self.returns.truncate(returned)
        waiting = len(self.contacts.rows)
        self.contacts.reserve(sold)
        self.contacts.truncate(register.add_contacts(visits, self.contacts.rows, waiting, self.people.rows["patience"]))
        if self.programme is not None:
            tell_rewards(self.people.rows, self.customers.rows, orders["row"], sold, threshold)
        done = self.receipt(orders)
        with asked(self.name, self.policy, "settle"):
            self.settle(self.policy.settle(done), orders["row"])
        self._sold.append(orders)

    def settle(self, settlement: Settlement, rows: I64) -> None:
        """Books tiers and lines of `rows`, and lets the customers feel it."""
        columns = read_settlement(settlement, len(rows))
        if "tier" in columns:
            before = self.customers.rows["tier"][rows]
            self.customers.rows["tier"][rows] = columns["tier"]
            batch.tiers_all(self.people.rows, rows, before, columns["tier"], self.mind)
            tell_tiers(self.people.rows, self.customers.rows, rows, columns["to_next_tier"], columns["tier_span"])
        if "priority" in columns:
            self.customers.rows["priority"][rows] = columns["priority"]

    def _experience(self, visits: Records) -> None:
        c = self.calendar
        asked: I64 = np.zeros(2, np.int64)
        batch.experience_all(
            self.people.rows,
            visits,
            self.next_time.rows,
            self.mind,
            self.seed,
            c.clock,
            c.factor,
            c.origin,
            self.missed,
            asked,
        )
        day = int(np.floor(visits["time"][0])) - self.origin
        self.books[day, COLUMN["asks"]] += asked[0]
        self.books[day, COLUMN["refusals"]] += asked[1]

    # -- midnight -------------------------------------------------------------------------------------------------

    def close_day(self, day: int) -> None:
        """Midnight at the beginning of `day`: calendar, market, desk, returns, points."""
        index = day - self.origin
        self._pay_wages(index - 1)
        if index % PERIOD_DAYS == 0:
            new_period_all(self.customers.rows, index // PERIOD_DAYS)
        self._imitate(day)
        if len(self.heard.rows):
            heard = self.heard.rows
            batch.hear_all(self.people.rows, take(heard, in_order(heard["time"], heard["key"])), self.mind)
            self.heard.truncate(0)
        self._returns(day)
        self._points(day)
        if self.post is not None:
            self.post.hear(self, day)

    def _pay_wages(self, index: int) -> None:
        """Agents are paid for the opening hours; what chats took is on the order rows already."""
        service = self.config.service
        if service.desk and self.shard == 0:
            self.books[index, _WAGES] += round(agent_hours(service, self.shoppers) * service.wage_hour * 100)
        self.books[index, _WAGES] -= self.books[index, _SERVICE]

    def _imitate(self, day: int) -> None:
        if self.config.market.imitation_share > 0:
            stop = max(day - self.config.market.imitation_lag_days - self.origin, 0)
            past = self.books[max(stop - WINDOW_DAYS, 0) : stop]
            conceded = past[:, _CUT] + past[:, _FORGONE] + past[:, _GIFTS]
            self.rivals.imitate(day, int(past[:, _LISTED].sum()), int(conceded.sum()))

    def _returns(self, day: int) -> None:
        """Parcels that came back yesterday: refunds in the file, points clawed back."""
        entries = self.returns.rows
        touched: I64 = np.empty(len(entries), np.int64)
        kept, n = register.take_returns(
            self.customers.rows,
            entries,
            len(entries),
            day,
            self.lots.rows,
            self.pool,
            self.books[day - self.origin],
            touched,
        )
        self.returns.truncate(kept)
        if n and self.programme is not None:
            tell_rewards(self.people.rows, self.customers.rows, touched, n, self.programme.threshold)

    def _points(self, day: int) -> None:
        """Release, expiry, and once a month a new estimate of the share that will be redeemed."""
        if self.programme is None:
            return
        index = day - self.origin
        touched: I64 = np.empty(3 * int(self.pool[USED]) + 1, np.int64)
        n = midnight(
            self.customers.rows, index, self.lots.rows, self.pool, self.release, self.expiry, self.books[index], touched
        )
        if self.programme.inactivity_days is not None:
            n = lapse_silent(
                self.customers.rows, day, self.programme.inactivity_days, self.lots.rows, self.pool, self.books[index],
                touched, n,
            )  # fmt: skip
        if n:
            tell_rewards(self.people.rows, self.customers.rows, touched, n, self.programme.threshold)
        if self.programme.until == day:
            self._change_terms(self.programme, index)
        if index % PERIOD_DAYS == 0:
            self.review_estimate()

    def _change_terms(self, programme: PointsProgramme, index: int) -> None:
        """The end of a programme's terms: points lapse or are converted, and everybody hears how far a reward is now."""
        self.points_ended = programme.until if programme.successor is None else None
        self.programme, conversion = following(programme)
        customers = self.customers.rows
        convert_all(customers, conversion, self.lots.rows, self.pool, self.books[index])
        rows = np.flatnonzero(customers["orders"] > 0)
        tell_rewards(self.people.rows, customers, rows, len(rows), self.programme.threshold)

    def review_estimate(self) -> None:
        """Share of points redeemed, from lots whose life is over, starting from the programme's own estimate."""
        if self.programme is not None:
            matured, redeemed = int(self.pool[MATURED]), int(self.pool[MATURED_REDEEMED])
            prior = self.programme.redemption_estimate
            self.estimate = (prior * PRIOR_POINTS + redeemed) / (PRIOR_POINTS + matured)

    # -- what is left ---------------------------------------------------------------------------------------------

    def contribution_fen(self, books: I64) -> int:
        """Contribution of order rows in `books`, fen, before shop costs."""
        total = books.reshape(-1, len(BOOKS)).sum(axis=0)
        first = COLUMN["list_fen"]
        return int(sum(sign * int(total[first + k]) for k, sign in enumerate(SIGN)))
