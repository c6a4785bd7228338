"""The table a run prints: one readable page, then where the records are and what to type next."""

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def print_summary(summary: dict[str, Any], folder: Path) -> None:
    """Prints the summary of a run."""
    console = Console(highlight=False)
    title = f"{summary['policy']}: {summary['shoppers']:,} customers at day 0, {summary['days']} days, seed {summary['seed']}"
    table = Table(title=title, show_header=False, title_justify="left")
    for name, value in rows(summary):
        table.add_row(name, value)
    console.print(table)
    for line in notes(summary):
        console.print(line, soft_wrap=True)
    console.print("One run of one seed: no interval. Believe a difference between policies only over several seeds.")
    console.print(f"Written to {folder}", soft_wrap=True)
    other = "points" if summary["policy"] != "points" else "member_price"
    console.print(f"Next: python -m sim +policy={other} seed={summary['seed']}", soft_wrap=True)


def notes(s: dict[str, Any]) -> list[str]:
    """What a reader would otherwise look for: campaigns that never spoke."""
    silent = [name for name, told in s.get("campaigns", {}).items() if not told["sent"]]
    return [
        f"Campaign {name} sent no message in these {s['days']} days: nothing called for it (first_notice, for instance, "
        "waits for a sale within them; events=double_eleven has two a year, on 11.11 and 12.12)."
        for name in silent
    ]


def rows(s: dict[str, Any]) -> list[tuple[str, str]]:
    """Names and values of the table, in order; money in yuan."""
    kept = ", ".join(f"{h} d {_share(s['retention'][h])}" for h in ("90", "180", "365"))
    points = s["points"]
    fees = [("membership fees, yuan; members at the end", f"{s['membership_fees']:,.0f}; {s['members']:,}")]
    lines = [
        ("customers", f"{s['customers']:,}"),
        ("active customers (last order within 2 cycles)", f"{s['active_customers']:,}"),
        ("retention (order in the 90 days before day h)", kept),
        ("repeat rate (two orders in the run)", _share(s["repeat_rate"])),
        ("orders per customer", f"{s['orders_per_customer'] or 0:.2f}"),
        ("revenue, yuan", f"{s['revenue']:,.0f}"),
        *(fees if s["membership_fees"] or s["members"] else []),
        ("discounts, yuan", f"{s['discounts']:,.0f}"),
        ("perks (post, gifts), yuan", f"{s['perks']:,.0f}"),
        ("points, expected cost, yuan", f"{s['points_cost']:,.0f}"),
        (
            "points issued / redeemed / expired",
            f"{points['issued']:,} / {points['redeemed']:,} / {points['expired']:,}",
        ),
        ("contribution, yuan", f"{s['contribution']:,.0f}"),
        ("contribution with run-off, yuan", f"{s['contribution_run_off']:,.0f}"),
        ("contribution per customer, yuan", f"{s['contribution_per_customer'] or 0:.2f}"),
        ("margin rate", _share(s["margin_rate"])),
        ("asked / refused at the counter", f"{s['asks']:,} / {s['refusals']:,}"),
        *_campaigns(s.get("campaigns", {})),
        ("why customers left", _causes(s["exits"])),
        ("why needs were met elsewhere", _causes(s["causes"])),
    ]
    return lines


def _campaigns(campaigns: dict[str, Any]) -> list[tuple[str, str]]:
    """One row for each campaign: messages, cost, and the response within 90 days above the natural one."""
    lines = []
    for name, told in campaigns.items():
        answer = told["response"]["90"]
        text = f"{told['sent']:,} messages, {told['cost']:,.0f} yuan, {told['coupons_used']:,} coupons used"
        if answer["difference"] is not None:
            low, high = 100 * answer["low"], 100 * answer["high"]
            text += f"; orders within 90 d {100 * answer['difference']:+.1f} points (95 %: {low:+.1f} to {high:+.1f})"
        lines.append((f"campaign {name}", text))
        life = told["second_life"]
        if life["touched"]["returned"] and life["natural"]["returned"]:
            shares = " / ".join(_share(life[kind]["active_180"]["mean"]) for kind in ("touched", "natural"))
            lines.append(("- lapsed who came back, active 180 d later (touched / natural)", shares))
        if "friends" in told:
            friends = told["friends"]
            lines.append(
                (
                    "- friends' visits / customers / referrers",
                    f"{friends['visits']:,} / {friends['customers']:,} / {friends['referrers']:,}",
                )
            )
    return lines


def _share(value: float | None) -> str:
    return "beyond the horizon" if value is None else f"{100 * value:.1f} %"


def _causes(causes: dict[str, int]) -> str:
    total = sum(causes.values())
    if not total:
        return "nobody"
    ranked = sorted(causes.items(), key=lambda item: -item[1])
    return ", ".join(f"{name.replace('_', ' ')} {100 * n / total:.0f} %" for name, n in ranked if n)
