"""The settings of a run: every key with its unit, range and default. Unknown keys are refused.

Sources and confidence of each number stand in the YAML files of `conf/`; defaults here are those of the general shop.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Whole = Annotated[int, Field(ge=0, strict=True)]
Concentration = Annotated[float, Field(gt=0.2, le=1000)]
LogSd = Annotated[float, Field(ge=0, le=2)]
MAX_RIVALS = 6
MAX_SHIFTS = 8


class Section(BaseModel):
    """Frozen, and refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class SubCycle(Section):
    """One kind of need within a category (mother and baby): its share of needs, pace and size."""

    name: str
    share: Share
    cycle_factor: Positive  # gap after such a need, times the shopper's own cycle
    regularity: Annotated[float, Field(ge=0.2, le=20)]  # gamma shape of that gap
    basket_factor: Positive = 1.0


class Population(Section):
    """Shoppers of one category: their clocks, minds and luck. Suffix `_log_sd`: spread between shoppers."""

    name: str = "general"
    source: str = ""
    # clock
    rate: Literal["lognormal", "gamma"] = "lognormal"
    cycle_mean_days: Annotated[float, Field(ge=2, le=1000)] = 34.0  # median over shoppers of the mean gap between needs
    cycle_log_sd: LogSd = 0.8
    rate_shape: Annotated[float, Field(ge=0.05, le=20)] = (
        1.0  # rate=gamma: needs per day ~ gamma(shape, rate alpha days)
    )
    rate_alpha_days: Positive = 34.0
    cycle_regularity_k: Annotated[float, Field(ge=0.2, le=20)] = 2.0  # median gamma shape of own gaps
    regularity_log_sd: LogSd = 0.6
    sub_cycles: tuple[SubCycle, ...] = ()
    season: dict[Annotated[int, Field(ge=1, le=12)], Positive] = {}  # month -> factor, others 1
    min_gap_days: Share = 1.0
    goal_gradient: NotNegative = 0.22  # log-hazard gain at the reward
    goal_gradient_log_sd: LogSd = 0.5
    gradient_horizon_days: Positive = 21.0  # how far ahead a reward or tier is felt
    tier_pressure: NotNegative = 0.15
    # leaving
    exit: Literal["beta", "none"] = "beta"
    exit_beta: tuple[Positive, Positive] = (0.4, 7.0)
    exit_after_first: bool = True
    exit_sensitivity: NotNegative = 0.5  # kappa
    shock_exit: NotNegative = 0.03  # hazard of leaving at once, per util of a bad surprise
    category_exit_rate: NotNegative = 0.10  # per year
    category_exit_age_days: Positive | None = (
        None  # leaves when a clock of this length, begun before the first order, ends
    )
    moving_rate: NotNegative = 0.03  # per year
    # recall
    recall_floor: Share = 0.27
    memory_half_life_cycles: Positive = 2.7
    recall_steepness: Annotated[float, Field(ge=0.5, le=8)] = 2.0
    # price and reference
    price_coef: NotNegative = 3.5  # mean over shoppers
    price_coef_log_sd: LogSd = 0.5
    price_wait_correlation: Annotated[float, Field(ge=-0.95, le=0.95)] = -0.4
    reference_share: Share = 0.5
    loss_aversion: Annotated[float, Field(ge=1, le=4)] = 1.4
    loss_aversion_log_sd: LogSd = 0.3
    ref_carryover: Share = 0.7
    ref_carryover_concentration: Concentration = 10.0
    ref_external_weight: Share = 0.4
    ref_external_concentration: Concentration = 1.2  # below 2: U-shaped, most are purely internal or external
    # concessions
    expectation_gain: Share = 0.5
    expectation_gain_concentration: Concentration = 10.0
    expectation_decay: Share = 0.10
    ask_threshold: Positive = 0.01
    ask_escalation: Positive = 1.3
    ask_escalation_log_sd: LogSd = 0.3
    entitlement: NotNegative = 1.0
    entitlement_log_sd: LogSd = 0.5
    refusal_penalty: NotNegative = 0.3
    ship_fee_weight: NotNegative = 1.5
    ship_fee_weight_log_sd: LogSd = 0.4
    gift_value_ratio: NotNegative = 1.3
    gift_value_ratio_log_sd: LogSd = 0.4
    gift_reference_weight: Share = 0.7
    point_value_ratio: NotNegative = 0.8
    point_value_ratio_log_sd: LogSd = 0.4
    usage_forecast: NotNegative = 1.2  # median use foreseen of a paid membership, last year's = 1
    usage_forecast_log_sd: LogSd = 0.4
    points_mental_account: Share = 0.8
    points_mental_account_concentration: Concentration = 10.0
    redeem_prob: Share = 0.6
    redeem_prob_concentration: Concentration = 5.0
    # choice
    shop_taste_mean: float = 0.0
    shop_taste_sd: NotNegative = 2.2
    satisfaction_weight: NotNegative = 0.6
    satisfaction_weight_log_sd: LogSd = 0.4
    state_dependence: float = 1.1
    state_dependence_sd: NotNegative = 0.5
    variety_decay: Annotated[float, Field(le=0, ge=-2)] = -0.15
    variety_shares: tuple[Share, Share, Share] = (0.35, 0.5, 0.15)  # inertial, hybrid, variety seeking
    outside_util: float = -0.1
    defer: Share = 0.3
    quantity_elasticity: Share = 0.3
    stockpile_shift: Share = 0.25
    # prospects
    prospect_rate: NotNegative = 365.0  # visits per day at season factor 1
    prospect_util: float = 2.77  # their outside option; set so that about 5 % convert
    visit_cost: NotNegative = 3.0  # yuan of advertising per prospect's visit
    # basket and economics of the category
    basket_mean: Positive = 150.0  # yuan list value
    basket_log_sd_between: LogSd = 0.5
    basket_log_sd_within: LogSd = 0.58
    basket_log_skew_between: Annotated[float, Field(ge=-2, le=2)] = 0.0  # above 0: a few shoppers buy far more
    value_rate_correlation: Annotated[float, Field(ge=-0.95, le=0.95)] = (
        0.0  # of a shopper's ln order value and rate of need
    )
    gross_margin: Share = 0.40
    category_gap_days: Positive = 90.0  # the shop's rule of thumb for the gap between a customer's orders
    # service and product
    chat_prob: Share = 0.3
    chat_worth: float = 0.2  # utility of an answered question
    wait_patience: Positive = 120.0  # seconds
    wait_patience_log_sd: LogSd = 0.7
    silent_abandon_share: Share = 0.70
    abandon_loss: Share = 0.5  # an abandoned chat loses the order
    wait_sensitivity: NotNegative = 0.25
    usual_wait_hurt: NotNegative = 0.049  # utils an order loses by waiting, with the general desk; centres satisfaction
    wait_sensitivity_log_sd: LogSd = 0.6
    defect_rate: Share = 0.03
    misfit_rate: Share = 0.07
    late_rate: Share = 0.08
    late_days: Positive = 2.0
    defect_hurt: NotNegative = 1.5  # utils
    misfit_hurt: NotNegative = 1.0
    late_hurt: NotNegative = 0.25  # per day
    return_rate: Share = 0.05
    return_concentration: Concentration = 0.6  # serial returners: a tenth of buyers makes 40 % of returns
    return_if_bad: Share = 0.3
    return_fee_hurt: NotNegative = 1.0  # utils that paying for one's return costs, at a fee felt in full
    after_sales_prob: Share = 0.08
    complain_prob: Share = 0.5
    photo_worth: float = 0.3  # utility of doctored photos at photo_hype 1, before the first order
    sat_update: Share = 0.3
    neg_asymmetry: Annotated[float, Field(ge=1, le=5)] = 2.0
    promotion_gain: NotNegative = 0.2
    demotion_loss: NotNegative = 0.4
    # the shop's past
    shop_age_days: Annotated[int, Field(ge=1, le=36500)] = 1095
    from_orders: bool = False  # population=orders: customers and their past come from an order log
    own_share: Annotated[float, Field(ge=0.05, le=1)] = 0.4  # population=orders: own share of needs (assumed)

    @model_validator(mode="after")
    def _shares(self) -> "Population":
        if abs(sum(self.variety_shares) - 1) > 1e-9:
            raise ValueError("variety_shares must add up to 1")
        if self.sub_cycles and abs(sum(s.share for s in self.sub_cycles) - 1) > 1e-9:
            raise ValueError("the shares of sub_cycles must add up to 1")
        if self.basket_log_sd_between * self.basket_log_skew_between > 1.8:
            raise ValueError(
                f"basket_log_sd_between {self.basket_log_sd_between:g} times basket_log_skew_between "
                f"{self.basket_log_skew_between:g} must be at most 1.8: near 2 the mean order value has no end"
            )
        return self


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
    unsubscribe: Share = 0.015  # per opened message, fresh; grows with fatigue
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
