"""The tables of a report, as lines of Markdown."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.twins.words import amount, change, interval, label, plural

Figures = Mapping[str, Any]
MAIN = (
    "retention_90", "retention_180", "retention_365", "index_repeat_rate", "lapsed_1_5_cycles", "lapsed_2_cycles",
    "lapsed_one_year", "days_to_lapse", "lifetime_value",
    "contribution", "contribution_run_off", "revenue", "orders", "programme_cost", "newcomers", "refusals",
    "contribution_per_customer", "margin_rate", "repeat_rate", "programme_cost_per_retained",
)  # fmt: skip
GAINS = ("contribution", "margin_rate", "retention_180", "orders", "programme_cost")
KINDS = {
    "individual": "Of customers known at day 0",
    "shop total": "Totals of the shop, newcomers included",
    "ratio of totals": "Ratios of totals",
}


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table, numbers to the right."""
    safe = [[cell.replace("|", "\\|") for cell in row] for row in (head, *rows)]
    return [
        f"| {' | '.join(safe[0])} |",
        f"|---|{'--:|' * (len(head) - 1)}",
        *(f"| {' | '.join(row)} |" for row in safe[1:]),
    ]


def verdicts(found: Figures) -> list[str]:
    """Which arm to take: difference, chance of being best, regret, floor and likeness."""
    options = found["options"]
    outcome = options["outcome"]
    about = found["outcomes"][outcome]
    chances, floors, alike = found["best"].get(outcome), found["margin_floor"] or {}, found["alike"] or {}
    rows = []
    for arm in found["arms"]:
        told = (about["arms"] or {}).get(arm)
        chance = None if chances is None else chances[arm]
        rows.append([
            arm,
            "-" if told is None else amount(told["mean"]["mean"], about["unit"]),
            "-" if told is None else _against(told, about["unit"]),
            "-" if chance is None else f"{100 * chance['chance_of_best']:.1f} %",
            "-" if chance is None else amount(chance["expected_regret"], about["unit"]),
            _answer(floors.get(arm), arm == found["baseline"]),
            _answer(alike.get(arm), arm == found["baseline"]),
        ])  # fmt: skip
    head = ["arm", f"{label(outcome)}, {about['unit']}", f"against {found['baseline']}", "chance of being best", "expected regret",
            _floor(options["margin_floor"]), f"as good as {found['baseline']}, give or take {100 * options['same_within']:g} %"]  # fmt: skip
    note = "No verdicts: the contribution of the baseline is not above 0, so there are no shares of it."
    return [*grid(head, rows), *(["", note] if found["margin_floor"] is None and len(found["seeds"]) > 1 else [])]


def _floor(floor: float) -> str:
    return (
        f"loses at most {-100 * floor:g} % of contribution"
        if floor <= 0
        else f"gains at least {100 * floor:g} % of contribution"
    )


def _answer(verdict: Figures | None, is_baseline: bool) -> str:
    """A verdict in a word; with the seeds that would tell, where it cannot."""
    if verdict is None:
        return "baseline" if is_baseline else "-"
    said = {"pass": "yes", "fail": "no"}.get(verdict["answer"], "cannot tell")
    more = verdict["more_seeds"]
    return f"{said} (about {more:,} more seeds would)" if said == "cannot tell" and more else said


def _against(told: Figures, unit: str) -> str:
    return change(told["difference"], unit) if told.get("difference") else "baseline"


def outcomes(found: Figures) -> list[str]:
    """Means, differences and estimands, one table for each kind."""
    lines = []
    for kind, title in KINDS.items():
        shown = [name for name in MAIN if found["outcomes"][name]["kind"] == kind]
        rows = [_outcome(found, name) for name in shown if found["outcomes"][name]["arms"]]
        if rows:
            lines += [f"### {title}", "", *grid(["outcome", "whose", "when", *found["arms"]], rows), ""]
    missing = [label(name) for name in MAIN if not found["outcomes"][name]["arms"]]
    if missing:
        lines.append(f"No figure of {', '.join(missing)}: the run is too short, or a group is empty in some world.")
    return lines


def _outcome(found: Figures, name: str) -> list[str]:
    about = found["outcomes"][name]
    cells = []
    for arm in found["arms"]:
        told = about["arms"][arm]
        minus = told.get("difference")
        cells.append(
            amount(told["mean"]["mean"], about["unit"]) + (f" ({change(minus, about['unit'])})" if minus else "")
        )
    whose = about["group"].partition(" (")[0]
    return [
        f"{label(name)}, {about['unit']}" if about["unit"] not in ("share", name) else label(name),
        whose,
        about["horizon"],
        *cells,
    ]


def bridge(found: Figures) -> list[str]:
    """The money bridge, a column for each arm."""
    bridges = found["bridge"]
    bars = list(next(iter(bridges.values()))["bars"])
    used = [bar for bar in bars if any(abs(told["bars"][bar]["mean"]) >= 0.5 for told in bridges.values())]
    rows = [[bar.replace("_", " "), *(interval(told["bars"][bar]) for told in bridges.values())] for bar in used]
    total = [f"{told['difference_sum_fen'] / 100 / len(found['seeds']):+,.0f}" for told in bridges.values()]
    return grid([f"yuan a run, against {found['baseline']}", *bridges], [*rows, ["all", *total]])


def lift(found: Figures) -> list[str]:
    """The lift split, a row for each arm and group."""
    rows = []
    for arm, told in found["lift"].items():
        rows += [
            [arm, group, *(interval(factor) for factor in factors.values())]
            for group, factors in told["groups"].items()
        ]
        rows.append([arm, "shop costs", *["-"] * 5, interval(told["shop_costs"])])
    factors = list(next(iter(found["lift"].values()))["groups"]["heavy"])
    return grid(["arm", "group", *(f"{name}, yuan" for name in factors)], rows)


def rewards(found: Figures) -> list[str]:
    """What the rewards paid for, a row for each arm and group."""
    rows = []
    for arm, told in found["rewards"].items():
        if told is None:
            rows.append([arm, "no twin of the baseline: other customers", *["-"] * 5])
            continue
        for group, sums in told["orders"].items():
            share = sums["subsidised_share"]
            money = [f"{sums[name]['mean']:,.0f}" for name in ("subsidised", "winning", "incremental", "displaced")]
            rows.append([arm, group, *money, "-" if share is None else _share(share)])
    head = ["arm", "group", "reward on orders that come anyway", "reward on other orders", "incremental spend",
            "displaced spend", "subsidised share of the reward"]  # fmt: skip
    return grid(head, rows)


def _share(told: Figures) -> str:
    if told["low"] is None:
        return f"{100 * told['mean']:.0f} %"
    low, high = max(told["low"], 0.0), min(told["high"], 1.0)  # the t interval of few seeds may leave what can be
    return f"{100 * told['mean']:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def campaigns(found: Figures) -> list[str]:
    """Each campaign with a twin: gross answer, natural answer, the truth and the shop's estimate, shares within 30 days."""
    rows = []
    for arm, by_name in found["campaigns"].items():
        for name, told in by_name.items():
            cell, worth = told["response"]["30"], told["contribution_90"]
            shares = [_points(cell[what]) for what in ("stimulated", "natural", "true", "shop", "shop_less_true")]
            rows.append([arm, name, told["twin"], *shares, _yuan(worth["true"]), _yuan(worth["shop"])])
    head = [
        "arm", "campaign", "twin", "answered, %", "the same in the twin, %", "true effect, points", "shop's estimate, points",
        "estimate less truth, points", "true contribution a customer in 90 days, yuan", "shop's estimate, yuan",
    ]  # fmt: skip
    return grid(head, rows) if rows else []


def _points(told: Figures | None) -> str:
    if told is None:
        return "-"
    ends = "" if told["low"] is None else f" [{100 * told['low']:.2f}, {100 * told['high']:.2f}]"
    return f"{100 * told['mean']:.2f}{ends}"


def _yuan(told: Figures | None) -> str:
    if told is None:
        return "-"
    ends = "" if told["low"] is None else f" [{told['low']:+,.2f}, {told['high']:+,.2f}]"
    return f"{told['mean']:+,.2f}{ends}"


def winners(found: Figures) -> list[str]:
    """Who is worth more and who less: shares of customers, and the change by tenths."""
    rows = []
    for arm, told in found["rewards"].items():
        if told is None:
            continue
        for group, of in told["customers"].items():
            people = of["people"]["mean"]
            shares = [
                f"{100 * of[f'{word}_value']['mean'] / people:.1f} %" if people else "-"
                for word in ("more", "equal", "less")
            ]
            rows.append([arm, group, *shares, interval(of["value"]), interval(of["spend"])])
    head = [
        "arm",
        "group",
        "worth more",
        "as much",
        "less",
        "change of their contribution, yuan a run",
        "change of their spend",
    ]
    return grid(head, rows)


def tenths(found: Figures) -> list[str]:
    """Change in contribution of a customer of day 0, by tenths of customers ranked by it."""
    rows = []
    for arm, told in found["rewards"].items():
        for_each = [] if told is None else told["deciles"]
        cells = [one["value"]["mean"] / one["people"]["mean"] if one["people"]["mean"] else 0.0 for one in for_each]
        rows.append([arm, *(f"{value:+,.1f}" for value in cells), *["-"] * (10 - len(cells))])
    return grid(["arm", *(f"tenth {k}" for k in range(1, 11))], rows)


def gains(found: Figures) -> list[str]:
    """What sharing the luck has saved."""
    rows, seeds = [], len(found["seeds"])
    for name in GAINS:
        for arm, told in (found["outcomes"][name]["arms"] or {}).items():
            minus = told.get("difference")
            if minus is not None and minus["variance_ratio"] is not None:
                more = max(minus["independent_seeds"] - seeds, 0)
                rows.append(
                    [
                        label(name),
                        arm,
                        f"{minus['variance_ratio']:,.1f}",
                        plural(minus["independent_seeds"], "seed"),
                        f"{more:,}",
                    ]
                )
    head = [
        "outcome",
        "arm",
        "variance of a difference, worlds apart over twins",
        "worlds apart would have needed",
        "more than here",
    ]
    return grid(head, rows) if rows else []


def factors(found: Figures) -> list[str]:
    """Effects of swept factors, the others held fixed."""
    sweep = found["sweep"]
    rows = [[e["factor"], e["step"], f"{e['mean']:+,.2f} ± {e['half_width']:,.2f}", f"± {e['simultaneous']:,.2f}"]
            for e in sweep["effects"]]  # fmt: skip
    said = f"By themselves they account for {100 * sweep['explained']:.1f} % of what varies within seeds; the rest is how they work together, and luck."
    return [said, "", *grid(["factor", "step", f"effect on {label(sweep['outcome'])}", "all at once"], rows)]


def disjoint(found: Figures) -> list[str]:
    """Log-rank and Cox on seeds of their own."""
    rows = [
        [arm, f"{told['cox']['difference']:+.3f} [{told['cox']['low']:+.3f}, {told['cox']['high']:+.3f}]",
         f"{told['logrank']['statistic']:.2f}", f"{told['logrank']['p_value']:.3g}"]
        for arm, told in found["disjoint_seeds"].items()
    ]  # fmt: skip
    return grid(["arm", "Cox: log hazard ratio of lapsing", "log-rank chi2", "p"], rows)


def lives(found: Figures) -> list[str]:
    """One customer in every world, a line each."""
    lines = []
    for arm, life in found["shopper"]["lives"].items():
        if life is None:
            lines.append(f"- {arm}: never a customer")
            continue
        given = sum(o["discount_fen"] + o["post_forgone_fen"] + o["gift_fen"] for o in life["orders"]) / 100
        left = (
            "still there"
            if life["exit_day"] is None
            else f"left on day {life['exit_day']:.0f} ({life['exit_cause'].replace('_', ' ')})"
        )
        lines.append(f"- {arm}: {plural(len(life['orders']), 'order')}, concessions {given:,.2f} yuan, points at the end "
                     f"{life['at_end']['points_available']:,}, satisfaction at the end {life['at_end']['satisfaction']:+.2f}, {left}")  # fmt: skip
    if found["shopper"].get("others"):
        lines.append(f"- nothing bought here; those who bought most: {', '.join(map(str, found['shopper']['others']))}")
    return lines
