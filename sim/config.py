"""The settings of a run: every key with its unit, range and default. Unknown keys are refused.

Sources and confidence of each number stand in the YAML files of `conf/`; defaults here are those of the general shop.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from sim.population import Population
from sim.section import NotNegative, Positive, Section, Share, Whole

MAX_RIVALS = 6
MAX_SHIFTS = 8


class Catalogue(Section):
    """Product classes (traffic, profit, marginal, potential), postage, resale."""

    name: str = "general"
    class_share_sales: tuple[Share, Share, Share, Share] = (0.35, 0.45, 0.08, 0.12)
    class_margin: tuple[NotNegative, NotNegative, NotNegative, NotNegative] = (0.4, 1.2, 0.5, 1.0)
    class_price_coef: tuple[NotNegative, NotNegative, NotNegative, NotNegative] = (1.6, 0.7, 1.2, 1.0)
    attach_rate: tuple[Share, Share, Share, Share] = (0.25, 0.0, 0.05, 0.15)  # a profit good joins the basket
    attach_value: NotNegative = 0.4  # of the main good's value
    ship_cost: NotNegative = 8.0
    ship_fee: NotNegative = 6.0
    ship_free_from: NotNegative = 99.0
    resale_share: Share = 0.9  # of goods sent back
    return_window_days: Whole = 7

    @model_validator(mode="after")
    def _shares(self) -> "Catalogue":
        if abs(sum(self.class_share_sales) - 1) > 1e-9:
            raise ValueError("class_share_sales must add up to 1")
        return self


class PriceWar(Section):
    """Rivals cut prices together for a while."""

    start: int  # day of the run
    days: Annotated[int, Field(ge=1)]
    depth: Annotated[float, Field(gt=0, lt=0.9)]  # share of list price


class Market(Section):
    """Rivals: price noise, price wars, imitation."""

    name: str = "general"
    rival_count: Annotated[int, Field(ge=0, le=MAX_RIVALS)] = 3
    rival_price_sd: NotNegative = 0.06  # of daily log prices, shared by all shoppers
    rival_shopper_sd: NotNegative = 0.03  # further noise of one need
    rival_programme: float = 0.0  # utility of the rivals' own loyalty schemes
    rival_ratings: tuple[Annotated[float, Field(ge=1, le=5)], ...] = (4.8, 4.7, 4.6)
    rating_floor: Annotated[float, Field(ge=1, le=5)] = 4.5
    suspicious_below: Share = 0.7  # of list price: dropped as too cheap
    price_wars: tuple[PriceWar, ...] = ()
    imitation_share: Share = 0.0
    imitation_lag_days: Annotated[int, Field(ge=1, le=3650)] = 60

    @model_validator(mode="after")
    def _ratings(self) -> "Market":
        if self.rival_count and not self.rival_ratings:
            raise ValueError("rival_ratings must name at least one rating")
        return self


class Agents(Section):
    """Agents on duty per 10,000 customers at day 0, by line; at least one each."""

    ordinary: NotNegative = 2.0
    priority: NotNegative = 1.0


class Shift(Section):
    """Part of the desk's day with agents of its own."""

    from_hour: Annotated[float, Field(ge=0, le=24)]  # since the desk opened
    to_hour: Annotated[float, Field(gt=0, le=24)]
    agents: Agents = Agents()


class Service(Section):
    """Desk and after-sales care."""

    name: str = "general"
    desk: bool = True  # false: nobody waits and nobody is paid
    agents: Agents = Agents()  # all day, where there are no shifts
    shifts: Annotated[tuple[Shift, ...], Field(max_length=MAX_SHIFTS)] = ()  # in place of agents
    open_hours: Annotated[float, Field(gt=0, le=24)] = 10.0  # per day; shoppers write in these hours
    service_minutes: Positive = 6.0
    service_shape: Annotated[float, Field(ge=0.2, le=20)] = 2.0
    silent_check_minutes: NotNegative = 1.0  # lost on a customer who left without a sign
    wage_hour: NotNegative = 30.0
    recovery_success: Share = 0.5
    # Returns policy: yuan kept of each refund but for defects. Those who pay it blame the shop (Bower & Maxham 2012);
    # that it keeps some from sending back is left out.
    return_fee: Annotated[float, Field(ge=0, le=1000)] = 0.0
    photo_hype: NotNegative = 0.0  # doctored photos: raises conversion, and misfit at every order

    @field_validator("shifts", mode="before")
    @classmethod
    def _list_of_shifts(cls, given: Any) -> Any:
        if not isinstance(given, (list, tuple)):
            raise ValueError("allowed: a list, such as [{from_hour: 0, to_hour: 10, agents: {ordinary: 2}}]")
        return given

    @model_validator(mode="after")
    def _whole_day(self) -> "Service":
        hour = 0.0
        for shift in self.shifts:
            if shift.from_hour != hour or shift.to_hour <= hour:
                raise ValueError(
                    f"shifts must follow one another; one begins at hour {shift.from_hour:g} and ends at "
                    f"{shift.to_hour:g}, needed: from {hour:g} to a later hour"
                )
            hour = shift.to_hour
        if self.shifts and hour != self.open_hours:
            raise ValueError(f"shifts end at hour {hour:g}; needed: open_hours, {self.open_hours:g}")
        if len({shift.agents.priority > 0 for shift in self.shifts}) > 1:
            raise ValueError("shifts must have priority agents all day (above 0 in each shift) or not at all")
        return self


class Event(Section):
    """A shop-wide sale, alike under every policy."""

    name: str
    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)]
    days: Annotated[int, Field(ge=1, le=60)] = 1
    discount: Annotated[float, Field(ge=0, lt=0.9)] = 0.1


class Events(Section):
    """The shop's sales calendar."""

    name: str = "none"
    sales: tuple[Event, ...] = ()


class Channel(Section):
    """One way to reach customers."""

    cost: NotNegative = 0.0  # yuan per message
    cost_open: NotNegative = 0.0  # yuan per message opened (the reward of a check-in)
    open: Share = 0.17  # mean chance that a message is opened, nobody being tired of them


class Messages(Section):
    """Messages: what they cost, how often a customer may be written to, and what an opened one does."""

    name: str = "general"
    email: Channel = Channel(cost=0.005, open=0.17)
    sms: Channel = Channel(cost=0.05, open=0.6)
    call: Channel = Channel(cost=3.0, open=0.5)
    insert: Channel = Channel(cost=0.3, open=0.8)
    page: Channel = Channel(cost_open=0.05, open=0.9)  # of those who sign in at all
    contact_cap: Annotated[int, Field(ge=1, le=16, strict=True)] = 8  # messages per customer in 30 days
    checkin_adopt: Share = 0.10  # customers who sign in on the page
    open_delay_days: Positive = 0.7  # mean, exponential
    fatigue_days: Positive = 30.0  # in which a message's share in fatigue falls by a factor e
    fatigue_half: Positive = 8.0  # messages lately that halve the chance to open
    unsubscribe: Share = 0.015  # per opened message, fresh; times (1 + fatigue / fatigue_half) squared
    sleeping_dog: Share = 0.03  # customers by habit whom an opened offer makes leave
    return_prob: Annotated[float, Field(ge=0, le=0.9)] = 0.08  # an opened message ends `away`, reason factor 1
    reason_factor: tuple[NotNegative, NotNegative, NotNegative, NotNegative] = (
        1.0, 1.0, 0.5, 0.6,  # on the odds, by reason: price, variety, service, quality; refusal as service
    )  # fmt: skip
    offer_pull: NotNegative = 5.0  # odds times 1 + this * the coupon's share of a basket, for price and variety leavers
    apology_pull: NotNegative = 0.5  # odds times 1 + this, for information to service and quality leavers
    nudge: Share = 0.06  # an opened message moves the next need forward
    warmth: Share = 0.02  # of the way to `warmth_level` that information moves satisfaction
    warmth_level: NotNegative = 0.3  # utils; who is above it is not moved
    referral_rate: NotNegative = 0.05  # friends who buy, per year of a satisfied customer with a code
    referral_satisfaction: float = 0.0  # utils from which a customer is satisfied enough to pass a code on
    referral_loyalty: Share = 0.2  # by how much less the referred leave while their referrer stays
    coupon_wait: NotNegative = 4.0  # a need without a coupon is put off: 1 - exp(-this * expected coupon, ln units)
    coupon_wait_days: NotNegative = 14.0  # by how much at most, uniform


class Config(Section):
    """A run, whole."""

    shoppers: Annotated[int, Field(ge=1, strict=True)] | None = (
        20_000  # customers at day 0; null with orders: the log's
    )
    days: Annotated[int, Field(ge=1, le=36500, strict=True)] = 730
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 0
    start: date | None = date(2025, 1, 1)
    record: Literal["summary", "shoppers", "orders"] = "orders"
    figures: bool | None = None
    progress: bool | None = None
    tick: Annotated[float, Field(gt=0, le=1)] = 1.0  # days; must divide a day
    run_off_days: Whole = 365
    shards: Annotated[int, Field(ge=1, le=4096, strict=True)] = 1  # parts of the population that trade apart
    workers: Annotated[int, Field(ge=1, le=1024, strict=True)] = 1  # processes for them
    runs_dir: str = "runs"
    orders: str | None = None
    orders_customer: str | None = None
    orders_time: str | None = None
    orders_value: str | None = None
    orders_quantity: str | None = None  # by which the value is multiplied: rows are lines of orders
    orders_currency_rate: Positive = 1.0
    cutoff: date | None = None
    history_policy: dict[str, Any] = {"name": "none"}
    population: Population = Population()
    catalogue: Catalogue = Catalogue()
    market: Market = Market()
    service: Service = Service()
    events: Events = Events()
    messages: Messages = Messages()
    policy: dict[str, Any] = {"name": "none"}
    campaign: dict[str, Any] = {}

    @model_validator(mode="after")
    def _whole(self) -> "Config":
        if abs(round(1 / self.tick) * self.tick - 1) > 1e-12:
            raise ValueError(f"tick must divide one day (1, 0.5, 0.25, ...), given {self.tick}")
        return self
