"""The house: one population, one shop and its market, and what a policy is handed of them. No time passes here."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from math import log
from typing import Any, ClassVar

import numpy as np

from sim.arrivals import Arrivals, passing_rate
from sim.calendar import Calendar
from sim.columns import Records, Table, constants
from sim.config import Config
from sim.contract import I64, Customers, Offer, PointsProgramme, Policy, Receipt, Settlement, Visit
from sim.draws import KIND_ADS, KIND_BASE, KIND_PASSER, shopper_key
from sim.gamma_table import gamma_table
from sim.market import Rivals
from sim.people import batch
from sim.people.person import PERSON, mind_constants
from sim.post import Post
from sim.reach import tell_tiers
from sim.shop import register
from sim.shop.counter import asked, read_programme, read_settlement
from sim.shop.customers import CUSTOMER, greet, read_file, receipt
from sim.shop.desk import CONTACT
from sim.shop.money import BOOKS, COLUMN, ORDER, SIGN, shop_constants
from sim.shop.points import LOT, MATURED, MATURED_REDEEMED
from sim.shop.shifts import open_lines, shift_constants
from sim.visits import CAUSES, VISIT

PRIOR_POINTS = 100_000  # weight of a programme's own redemption estimate against the shop's past, points


NEWCOMERS = 0.1  # share of prospects for whom there is room from the start; tables grow if more of them buy


def gives_nothing(policy: Any) -> bool:
    """Whether a policy's own class declares GIVES_NOTHING: it is then not asked. A class derived from it is."""
    return "GIVES_NOTHING" in vars(type(policy))


class Quiet:
    """The policy of a past that names none."""

    GIVES_NOTHING: ClassVar = True

    def offer(self, visit: Any) -> Offer:
        """Nothing."""
        return Offer()

    def settle(self, receipt: Any) -> Settlement:
        """Nothing."""
        return Settlement()


def desk_constants(config: Config) -> dict[str, Any]:
    """Constants of the desk."""
    service = config.service
    return {
        "service_shape": service.service_shape,
        "log_service_shape": log(service.service_shape),
        "gamma_table": gamma_table(),
        "service_minutes": service.service_minutes,
        "open_hours": service.open_hours,
        "check_hours": service.silent_check_minutes / 60.0,
        "silent_abandon_share": config.population.silent_abandon_share,
        "recovery_success": service.recovery_success,
    } | shift_constants(service)


class House:
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
        room = int(self.shoppers / shards + NEWCOMERS * rate.sum() + 2 * rate.max(initial=0.0)) + 1000
        self.people, self.customers = Table(PERSON, room=room), Table(CUSTOMER, room=room)
        self.next_time = Table(np.dtype("f8"))
        self.lots = Table(LOT, room=2 * room)
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
        # room for the callers of a tick
        self._came, self._times, self._keys = np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)
        self._visits: Records = np.zeros(0, VISIT)
        self._orders: Records = np.zeros(0, ORDER)
        self._called: Records = np.zeros(0, CONTACT)
        self._rows: I64 = np.zeros(0, np.int64)
        self._sold: list[Records] = []  # orders of this tick
        self._chats: Records = np.zeros(0, CONTACT)  # of passers, drawn and not yet heard
        self._chats_served, self._chats_until = 0, -np.inf
        self._campaigns: dict[str, Any] = {}  # that have not begun yet

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

    def greet(self, visits: Records) -> Visit:
        """Who stands at the counter."""
        return greet(self.customers.rows, visits, self.config.catalogue.ship_cost)

    def receipt(self, orders: Records) -> Receipt:
        """The orders just rung up."""
        return receipt(self.customers.rows, orders)

    def file(self) -> Customers:
        """The customer file."""
        return read_file(self.customers.rows)

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

    def review_estimate(self) -> None:
        """Share of points redeemed, from lots whose life is over, starting from the programme's own estimate."""
        if self.programme is not None:
            matured, redeemed = int(self.pool[MATURED]), int(self.pool[MATURED_REDEEMED])
            prior = self.programme.redemption_estimate
            self.estimate = (prior * PRIOR_POINTS + redeemed) / (PRIOR_POINTS + matured)

    def contribution_fen(self, books: I64) -> int:
        """Contribution of order rows in `books`, fen, before shop costs."""
        total = books.reshape(-1, len(BOOKS)).sum(axis=0)
        first = COLUMN["list_fen"]
        return int(sum(sign * int(total[first + k]) for k, sign in enumerate(SIGN)))
