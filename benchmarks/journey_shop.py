"""The Complete Journey's chain as a world: its households' clock and baskets, weekly specials, and booklets of coupons."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from benchmarks.journey_data import START, Campaign, Redeeming
from sim.calendar import make_calendar
from sim.config import Config
from sim.contract import F64, I64, CampaignView, Offer, Receipt, Settlement, Touch, Visit
from sim.house import Quiet
from sim.shop.money import ORDER
from sim.world import World

DAYS = 365
COUPONS = (
    16  # in a booklet: of a broad one each reader gets so many of some 200, by past purchases; a narrow one has so many
)
NARROW = (False, False, False, True)  # classes: the first is good for nothing, all but the first for broad booklets
BROAD = (False, True, True, True)


@dataclass(frozen=True)
class Specials:
    """Weekly specials: in a week each class is at a cut or not; over the year each is as often, and never all alike."""

    share: float  # of the weeks
    depth: float  # of list price
    seed: int = 0

    def offer(self, visit: Visit) -> Offer:
        """The cut of the week, by class."""
        rng = np.random.default_rng(self.seed)
        weeks = DAYS // 7 + 1
        on = np.array([rng.permutation(weeks) < round(self.share * weeks) for _ in range(4)]).T
        return Offer(discount=self.depth * on[np.clip(visit.time // 7, 0, weeks - 1).astype(np.int64)])

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
                order[campaign.sent[place]], f"{'A' if campaign.broad else 'B'}{campaign.number}", "insert", "offer",
                coupon_yuan=self.value, classes=BROAD if campaign.broad else NARROW,
                days_valid=float(campaign.days_valid), uses=COUPONS,
            ))  # fmt: skip


@dataclass(frozen=True)
class Chain:
    """All that is given: the population's keys, real entry days of its households (n,), specials, booklets, and which
    share of baskets holds something that narrow and broad booklets are good for.
    """

    population: dict[str, Any]
    entry: I64
    specials: tuple[float, float]
    campaigns: tuple[Campaign, ...]
    coupon: float
    fitting: tuple[float, float]

    def config(self, mean: float, concentration: float, broad: float, seed: int, days: int) -> Config:
        """Of a run with a law of coupon use."""
        narrow = self.fitting[0]
        law = {"coupon_prob": mean, "coupon_prob_concentration": concentration, "shop_age_days": 1}
        classes = {
            "class_share_sales": (1 - broad, broad - narrow, 0.0, narrow), "class_price_coef": (1.0,) * 4,
            "class_margin": (1.0,) * 4, "attach_rate": (0.0,) * 4, "ship_fee": 0.0, "ship_cost": 0.0,
        }  # fmt: skip
        return Config(
            shoppers=len(self.entry), days=days, seed=seed, run_off_days=0, start=date.fromisoformat(START),
            population=self.population | law, catalogue=classes, service={"desk": False},
        )  # fmt: skip

    def played(
        self, mean: float, concentration: float, broad: float, seed: int, days: int = DAYS, cut: int | None = None
    ) -> Redeeming:
        """What simulated households did, of campaigns that ended by day `cut`."""
        config = self.config(mean, concentration, broad, seed, days)
        start = config.start or date.today()
        rows: list[Any] = []
        world = World(
            config, Quiet(), make_calendar(config.population, config.events, start, -1, days + 1), rows.append
        )
        world.found()
        world.people.rows["entry"] = self.entry + 0.5
        world.next_time.rows[:] = self.entry + 0.5
        world.now = 0.0
        share, depth = self.specials
        world.rivals.level += np.log1p(-share * depth)  # they have specials as well
        world.hand_over(Specials(share, depth, seed))
        world.campaign({"booklets": Booklets(self.campaigns, self.coupon)})
        world.run(days)
        return redeeming(world, np.concatenate(rows) if rows else np.zeros(0, ORDER), self.campaigns, cut or days)


def redeeming(world: World, orders: Any, campaigns: tuple[Campaign, ...], cut: int) -> Redeeming:
    """The yardstick's view of a world after its run."""
    row = np.asarray(orders["row"])
    spend: F64 = np.bincount(row, orders["list_fen"] - orders["discount_fen"], len(world.people.rows)) / 100
    messages = world.post.messages.rows if world.post is not None else np.zeros(0)
    names = [terms.wave for _, terms in world.post.terms] if world.post is not None else []
    by_name = {f"{'A' if one.broad else 'B'}{one.number}": one for one in campaigns}
    ended = np.array([by_name[name].day + by_name[name].days_valid <= max(cut, 1) or cut >= DAYS for name in names])
    broad = np.array([by_name[name].broad for name in names])
    messages = messages[ended[messages["wave"]]]
    off = float((orders["discount_fen"] - orders["coupon_fen"]).sum() / orders["list_fen"].sum())
    return Redeeming(spend, messages["row"], messages["uses"], broad[messages["wave"]], off, len(orders) / len(spend))
