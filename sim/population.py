"""The settings of a population: every number of its shoppers, with unit, range and default.

Sources and confidence of each stand in the YAML files of `conf/population/`; defaults here are those of the general shop.
"""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.section import Concentration, LogSd, NotNegative, Positive, Section, Share


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
    coupon_prob: Share = 1.0  # mean chance to use a coupon at hand at an order of basket_mean; 1: the page applies it
    coupon_prob_concentration: Concentration = 1.0  # low: some clip coupons, most never do
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
