"""All that passes between a policy and the world. One page, and the only part of `sim` a policy may import.

Every column is a fresh, read-only NumPy array of shape (n,), one entry per customer who stands at the counter;
money is in yuan, time in days since the start of the run. Nothing here carries what a shopper thinks or feels.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict
from pydantic.dataclasses import dataclass as pydantic_dataclass

F64 = NDArray[np.float64]
I64 = NDArray[np.int64]
Bool = NDArray[np.bool_]
CHANNELS = ("email", "sms", "call", "insert", "page")  # insert: in a parcel; page: the shop's check-in page
CLASSES = ("traffic", "profit", "marginal", "potential")  # product classes, in the order of every (n, 4) column

# The decorator of every policy: a frozen pydantic dataclass that refuses levers it does not know.
policy_class = pydantic_dataclass(frozen=True, config=ConfigDict(extra="forbid"))


@dataclass(frozen=True)
class Customers:
    """What the customer file says of each customer."""

    customer: I64  # customer number; a prospect has one too
    orders: I64  # placed so far, this one not counted
    spend: F64  # yuan paid so far, returns taken off
    first_order: F64  # day; nan before the first order
    last_order: F64  # day; nan before the first order
    last_paid: F64  # yuan for the goods of the last order; 0 before the first, and once a parcel came back since
    mean_gap: F64  # days between own orders, drawn towards the category's mean
    orders_year: I64  # in the last twelve periods of 30 days
    spend_year: F64  # yuan, same window
    returns: I64  # orders sent back so far
    tier: I64  # 0 = none
    priority: Bool  # served in the priority line of the desk
    points_available: I64
    points_pending: I64  # earned, return window still open
    member_until: F64  # day on which the paid membership ends or ended; nan = never had one


@dataclass(frozen=True)
class Audience(Customers):
    """The customer file as a campaign reads it."""

    messages: I64  # sent to the customer so far, by all campaigns
    opens: I64
    last_message: F64  # day; nan before the first
    unsubscribed: Bool  # wants no more, for good
    held_out: Bool  # of this campaign: recorded, but left untouched
    friends: I64  # who became customers by this customer's code


@dataclass(frozen=True)
class Answers:
    """A campaign's own messages of at least 30 days ago, sent or held out, and what came of them; in order of sending."""

    customer: I64
    wave: Any  # names, shape (n,)
    time: F64  # day of the sending
    held_out: Bool  # recorded, but not sent
    ordered: Bool  # within 30 days
    # what the customer file said then
    orders: I64
    spend: F64  # yuan
    silence: F64  # days since the last order
    mean_gap: F64  # days


@dataclass(frozen=True)
class Visit(Customers):
    """Who stands at the counter, and with what in the basket."""

    time: F64  # days since the start of the run
    basket: F64  # list value, yuan
    basket_class: F64  # list value by product class, yuan, shape (n, 4)
    goods_cost: F64  # what the basket costs the shop, yuan
    post_fee: F64  # postage this basket would be charged, yuan
    post_cost: F64  # what posting it costs the shop, yuan
    ask: F64  # concession asked for, yuan; 0 = asked for nothing
    last_grant: F64  # last concession granted, share of list value
    chatted: Bool  # wrote to the desk before the order
    wait: F64  # seconds waited there
    joins: Bool  # takes a paid membership with this order, if the order is placed; its terms hold already


@dataclass(frozen=True)
class Offer:
    """A policy's answer to a Visit. A field is one number for all, or shape (n,); `discount` also (n, 4) by class."""

    discount: Any = 0.0  # share of list price, in [0, 0.95]
    free_post: Any = False
    gift: Any = 0.0  # cost of the gift to the shop, yuan, in [0, 1,000,000]
    points: Any = 0.0  # face value earned, yuan per yuan paid, in [0, 1]
    bonus_points: Any = 0  # points that come with the order besides, whole, in [0, 1,000,000]


@dataclass(frozen=True)
class Receipt(Customers):
    """An order as the shop booked it; the inherited columns stand as after the order."""

    time: F64  # days since the start of the run
    paid: F64  # yuan for goods and postage
    list_value: F64  # yuan
    concession: F64  # discount, postage forgone and gift, yuan


@dataclass(frozen=True)
class Settlement:
    """What changes in the customer file after an order. None leaves a column as it is."""

    tier: Any = None  # whole number, 0-9
    priority: Any = None
    to_next_tier: Any = np.inf  # yuan still to spend until the next tier; inf = none ahead
    tier_span: Any = np.inf  # yuan between this tier and the next


@dataclass(frozen=True)
class Membership:
    """Terms of a paid membership as the counter states them. A field is one number for all, or shape (n,).

    The fee is paid at once, with the order, and never refunded. Customers join if the cut and the postage, felt on as
    much as they bought in the last year, are worth more to them than the fee. What is promised here is theirs until the
    end: `offer` grants it to whoever `joins` or has a `member_until` to come, and the run-off honours it.
    """

    fee: Any = np.inf  # yuan for `days`, >= 0; inf = none is sold
    discount: Any = 0.0  # share of list price, in [0, 0.95]
    free_post: Any = False
    days: Any = 365  # whole days that it lasts, in [1, 3650]


@dataclass(frozen=True)
class PointsProgramme:
    """The terms of a points club, as written on the card.

    Attributes:
        threshold: Points that buy one gift, >= 0; 0 = any number is redeemed at once.
        pending_days: Whole days until points may be used (the return window), >= 0.
        expiry_days: Whole days from the order until points lapse; None = never.
        cost_ratio: Cost of a gift to the shop per yuan of face value, 0-1.
        redemption_estimate: Share expected to be redeemed until the shop's own past says more, 0-1.
        dearer_gifts: Points of the gifts above the first, ascending; a member takes the dearest that the points buy.
        lapse_on: (month, day) at whose end all points lapse every year; None = no such day.
        inactivity_days: Whole days without an order after which all points lapse, >= 1; None = never.
        cash_from: Points, below the threshold, with which the first gift can be had for all of them plus cash; 0 = not.
        cash_ratio: Yuan in cash for a yuan of face value that is missing, 0-10.
        until: Day of the run, >= 1, at whose beginning these terms end; None = never.
        successor: Terms from then on; None = all points lapse then and none are to be earned.
        conversion: Points of the successor for one of these, 0-100, rounded down lot by lot.
        POINT_FEN: Face value of one point, fen.
    """

    threshold: int = 500
    pending_days: int = 7
    expiry_days: int | None = 365
    cost_ratio: float = 0.6
    redemption_estimate: float = 0.75
    dearer_gifts: tuple[int, ...] = ()
    lapse_on: tuple[int, int] | None = None
    inactivity_days: int | None = None
    cash_from: int = 0
    cash_ratio: float = 1.0
    until: int | None = None
    successor: "PointsProgramme | None" = None
    conversion: float = 1.0
    POINT_FEN: int = field(default=1, init=False)


@dataclass(frozen=True)
class Touch:
    """A message to some customers, with or without a coupon. It is booked at once, in order of customer numbers.

    Attributes:
        customer: Customer numbers, shape (n,), each once.
        wave: Name of the wave; luck and figures go by campaign and wave.
        channel: One of `CHANNELS`.
        kind: "information" (thanks, how-to, news) or "offer".
        coupon_share: Share of price taken off, 0 to 0.95.
        coupon_yuan: Face value, where it is no share, 0 to 100,000.
        minimum: List value that a basket needs for the coupon, yuan, >= 0.
        classes: Product classes on which the coupon counts, in the order of `CLASSES`.
        days_valid: Days from the sending on, 1 to 365.
        code: It brings a code to pass on to friends while it is valid; the coupon, if any, is the friend's.
        uses: Orders that the coupon is good for, 1 to 100, one coupon each: a booklet, or a code that may be used again.
    """

    customer: Any
    wave: str
    channel: str = "email"
    kind: str = "information"
    coupon_share: float = 0.0
    coupon_yuan: float = 0.0
    minimum: float = 0.0
    classes: tuple[bool, bool, bool, bool] = (True, True, True, True)
    days_valid: float = 30.0
    code: bool = False
    uses: int = 1


class CampaignView(Protocol):
    """What a campaign may do at midnight: read the customer file, its answers and the sales calendar, and send."""

    @property
    def day(self) -> float:
        """Days since the start of the run."""

    @property
    def next_sale(self) -> float:
        """Day on which the next shop-wide sale begins; inf = none is known."""

    def in_sale(self, times: Any) -> Any:
        """Whether each of these times, shape (n,), fell into a shop-wide sale; false for nan, and for days still to come."""

    def customers(self) -> Audience:
        """Everybody in the customer file, as fresh read-only columns."""

    def answers(self) -> Answers:
        """What came of this campaign's messages so far, as fresh read-only columns."""

    def send(self, touch: Touch) -> int:
        """Books a message to all who may get it; returns how many did.

        Left out: who has unsubscribed, who has had the most messages in 30 days that the shop allows
        (`messages.contact_cap`), who is held out, and who comes after the campaign's budget is spent.
        """


class Campaign(Protocol):
    """A campaign: a frozen dataclass with its own calendar. `holdout` and `budget` are read if it has them.

    `holdout` is the share of customers left untouched, 0 to 0.9 (0.1 without); `budget` is yuan for messages, None = all.
    """

    def processes(self, shop: CampaignView) -> Iterator[float]:
        """Sends, and yields days to wait."""


class ShopView(Protocol):
    """What a policy's own processes may do between orders: read the customer file, and set tiers at midnight."""

    @property
    def day(self) -> float:
        """Days since the start of the run."""

    def customers(self) -> Customers:
        """Everybody in the customer file, as fresh read-only columns."""

    def assign(self, settlement: Settlement) -> None:
        """Books tiers for all, in the order of `customers()`."""


class Policy(Protocol):
    """A loyalty scheme.

    Also read if present: `points_programme`; `membership(visit)`, which states a `Membership` before `offer` is asked and
    is as pure; and `processes(shop)`, which yields days to wait.
    """

    def offer(self, visit: Visit) -> Offer:
        """Concessions for those at the counter. Pure: the same row gets the same answer in any company."""

    def settle(self, receipt: Receipt) -> Settlement:
        """Tiers after the orders. Pure, row by row."""
