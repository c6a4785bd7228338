"""The Complete Journey's chain as a world: its households' clock and baskets, weekly specials, and booklets of coupons."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from benchmarks.journey_data import END, START, Campaign, Redeeming
from sim.calendar import make_calendar
from sim.config import Config
from sim.contract import F64, I64, Bool, CampaignView, Offer, Receipt, Settlement, Touch, Visit
from sim.house import Quiet
from sim.shop.money import ORDER
from sim.world import World

DAYS, WEEKS = END + 1, END // 7 + 1
# Each reader of a broad booklet gets so many of its some 200 coupons, chosen by past purchases; a narrow one has about so many.
COUPONS = 16
NARROW = (False, False, False, True)  # classes: the first is good for nothing, all but the first for broad booklets
BROAD = (False, True, True, True)
# Paper in the letter box: nobody unsubscribes, tires or turns away; a quarter never looks into it (sim.people.opening).
LETTER_BOX = {"insert": {"open": 1.0, "cost": 0.3}, "unsubscribe": 0.0, "fatigue_half": 1e9, "sleeping_dog": 0.0}


@dataclass(frozen=True)
class Specials:
    """Weekly specials: in a week a class of goods is at a cut or not; over the year each class is as often, on its own."""

    share: float  # of the weeks
    depth: float  # of list price
    seed: int = 0
    on: Bool = field(init=False)  # by week and class

    def __post_init__(self) -> None:
        """Draws the year's plan."""
        chance = np.random.default_rng(self.seed)
        plan = [chance.permutation(WEEKS) < round(self.share * WEEKS) for _ in range(4)]
        object.__setattr__(self, "on", np.array(plan).T)

    def offer(self, visit: Visit) -> Offer:
        """The cut of the week, by class."""
        return Offer(discount=self.depth * self.on[np.clip(visit.time // 7, 0, WEEKS - 1).astype(np.int64)])

    def settle(self, receipt: Receipt) -> Settlement:
        """No tiers."""
        return Settlement()


@dataclass(frozen=True)
class Booklets:
    """The chain's campaigns, each sent to the customers who stand where its real readers stood in the list of spend."""

    sent: tuple[Campaign, ...]
    value: float  # of a coupon, in the currency of the baskets
    holdout: float = 0.0

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """Each on its first day."""
        order, listed = np.zeros(0, np.int64), -1
        for campaign in self.sent:
            if campaign.day > shop.day:
                yield campaign.day - shop.day
            if campaign.listed != listed:
                known, listed = shop.customers(), campaign.listed
                order = known.customer[np.lexsort((known.customer, -known.spend))]
            place = np.arange(len(order)) * len(campaign.sent) // max(len(order), 1)
            shop.send(Touch(
                order[campaign.sent[place]], campaign.name, "insert", "offer", coupon_yuan=self.value,
                classes=BROAD if campaign.broad else NARROW, days_valid=float(campaign.last - campaign.day + 1), uses=COUPONS,
            ))  # fmt: skip


@dataclass(frozen=True)
class Chain:
    """All that is given.

    Attributes:
        population: Keys of the population.
        entry: Day of each customer's first order, shape (n,).
        specials: Share of weeks and depth.
        campaigns: In order of their first day.
        coupon: What a coupon takes off.
        fitting: Share of baskets with something that narrow booklets are good for, and broad ones with all their coupons.
    """

    population: dict[str, Any]
    entry: I64
    specials: tuple[float, float]
    campaigns: tuple[Campaign, ...]
    coupon: float
    fitting: tuple[float, float]

    def config(self, mean: float, concentration: float, broad: float, seed: int, days: int) -> Config:
        """Of a run with a law of coupon use, where broad booklets are good for something in a share of baskets."""
        narrow = self.fitting[0]
        law = {"coupon_prob": mean, "coupon_prob_concentration": concentration, "shop_age_days": 1}
        classes = {
            "class_share_sales": (1 - broad, broad - narrow, 0.0, narrow), "class_price_coef": (1.0,) * 4,
            "class_margin": (1.0,) * 4, "attach_rate": (0.0,) * 4, "ship_fee": 0.0, "ship_cost": 0.0,
        }  # fmt: skip
        return Config(
            shoppers=len(self.entry), days=days, seed=seed, run_off_days=0, start=date.fromisoformat(START), catalogue=classes,
            population=self.population | law, service={"desk": False}, messages=LETTER_BOX,
        )  # fmt: skip

    def played(self, mean: float, concentration: float, broad: float, seed: int, days: int = DAYS) -> "Played":
        """Simulated households, each from the day of its first order on."""
        config = self.config(mean, concentration, broad, seed, days)
        rows: list[Any] = []
        calendar = make_calendar(config.population, config.events, date.fromisoformat(START), -1, days + 1)
        world = World(config, Quiet(), calendar, rows.append)
        world.found()
        world.people.rows["entry"] = self.entry + 0.5
        world.next_time.rows[:] = self.entry + 0.5
        world.now = 0.0
        share, depth = self.specials
        world.rivals.level += np.log1p(-share * depth)  # they have specials as well
        world.hand_over(Specials(share, depth, seed))
        world.campaign({"booklets": Booklets(self.campaigns, self.coupon)})
        world.run(days)
        return Played(world, np.concatenate(rows) if rows else np.zeros(0, ORDER), self.campaigns)


@dataclass(frozen=True)
class Played:
    """A world of the chain after its days, and its order rows."""

    world: World
    orders: Any
    campaigns: tuple[Campaign, ...]

    def redeeming(self, first: int = 0, last: int | None = None) -> Redeeming:
        """The yardstick's view, of campaigns as in `journey_data.real`."""
        world, orders = self.world, self.orders
        assert world.post is not None
        row = np.asarray(orders["row"])
        spend: F64 = np.bincount(row, orders["list_fen"] - orders["discount_fen"], len(world.people.rows)) / 100
        by_name = {one.name: one for one in self.campaigns}
        of_wave = [by_name[terms.wave] for _, terms in world.post.terms]
        kept = np.array([one.day >= first and (last is None or one.last <= last) for one in of_wave])
        messages = world.post.messages.rows
        messages = messages[kept[messages["wave"]]]
        broad = np.array([one.broad for one in of_wave])[messages["wave"]]
        off = float((orders["discount_fen"] - orders["coupon_fen"]).sum() / orders["list_fen"].sum())
        return Redeeming(spend, messages["row"], messages["times_used"], broad, off, len(orders) / len(spend))
