"""What a comparison leaves: JSON, a CSV table, pictures, the report as Markdown and as one page."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.twins import tables
from experiments.twins.words import headline, plural

Figures = Mapping[str, Any]
COLUMNS = (
    "outcome", "unit", "group", "horizon", "kind", "arm", "seeds", "mean", "mean_low", "mean_high", "difference", "low",
    "high", "relative", "relative_low", "relative_high", "all_at_once_low", "all_at_once_high",
)  # fmt: skip
TITLES = {
    "retention_margin": "Retention and margin against the baseline",
    "retention": "Retention by day",
    "survival": "Not yet lapsed, by day",
    "contribution": "Contribution over time",
    "order_ladder": "Cost and contribution by order number",
    "shopper": "One shopper in several worlds",
}


def write_report(folder: Path, found: Figures) -> None:
    """Files of the answer into `folder`, in whose `figures/` the pictures lie already, if there are any."""
    from experiments.twins.page import page

    text = json.dumps(found, indent=1, sort_keys=True, allow_nan=False, default=_plain)
    (folder / "comparison.json").write_text(text + "\n", encoding="utf-8")
    _table(folder / "table.csv", found)
    report = markdown(found, sorted(path.stem for path in (folder / "figures").glob("*.svg")))
    (folder / "report.md").write_text(report, encoding="utf-8")
    (folder / "report.html").write_text(page(report, found["arms"], folder), encoding="utf-8")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value))


def _table(path: Path, found: Figures) -> None:
    """One row for each outcome and arm: mean and paired difference with intervals."""
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        for name, about in found["outcomes"].items():
            for arm, told in (about["arms"] or {}).items():
                head = [name, about["unit"], about["group"], about["horizon"], about["kind"], arm, about["seeds"]]
                out.writerow([*head, *_ends(told["mean"]), *_difference(told.get("difference"))])


def _difference(minus: Figures | None) -> list[Any]:
    if minus is None:
        return [None] * 8
    joint = minus["all_at_once"] or {"low": None, "high": None}
    return [*_ends(minus), *_ends(minus["relative"] or {}), joint["low"], joint["high"]]


def _ends(told: Figures) -> list[Any]:
    return [told.get("mean"), told.get("low"), told.get("high")]


def markdown(found: Figures, drawn: Sequence[str]) -> str:
    """The report as Markdown; `drawn` are the names of the pictures in `figures/`."""
    sections = [*_first(found), *_effects(found), *_money(found), *_people(found), *_rest(found)]
    lines = [headline(found), ""]
    for title, body, pictures in sections:
        shown = [name for one in pictures for name in drawn if name == one or name.startswith(f"{one}_arm")]
        if body or shown:
            lines += [f"## {title}", "", *body, ""]
            lines += [line for name in shown for line in (f"![{TITLES.get(name, title)}](figures/{name}.svg)", "")]
    return "\n".join(lines).rstrip("\n") + "\n"


Section = tuple[str, list[str], Sequence[str]]


def _first(found: Figures) -> list[Section]:
    """The answer, and what it rests on."""
    notes = [f"- {said}" for said in [*found["assumptions"], f"intervals: {found['interval']}"]]
    if why := found["how_many_seeds"].get("why"):
        notes.append(f"- seeds: {why}")
    sentences = [f"- {line}." for lines in found["sentences"].values() for line in lines.values()]
    return [
        ("Which to take", tables.verdicts(found), ["retention_margin"]),
        ("What this rests on", notes, []),
        (f"Against {found['baseline']}", sentences, []),
    ]


def _effects(found: Figures) -> list[Section]:
    return [("Outcomes", tables.outcomes(found), ["retention", "survival", "contribution"])]


def _money(found: Figures) -> list[Section]:
    bridge = ["Mean over seeds; at every seed the bars add up to the difference to the fen.", "", *tables.bridge(found)]
    lift = [
        "Contribution of the order rows within fixed groups, by factor: people, alive days, needs per alive day "
        "(frequency), visits per need (recall), orders per visit (choice against rivals), contribution per order (value).",
        "", *tables.lift(found),
    ]  # fmt: skip
    return [("Where the money comes from", bridge, ["bridge"]), ("Whose behaviour changed", lift, [])]


def _people(found: Figures) -> list[Section]:
    paid = [
        f"Yuan a run. An order is told from its twin under {found['baseline']} by customer and number of the need; whole "
        "paths are compared, not single decisions. By segment: newcomers, index (of day 0, with an order in the year before), dormant "
        "(without one); by how much they bought in that year: light, medium, heavy.", "", *tables.rewards(found),
    ]  # fmt: skip
    who = ["Customers known at day 0, by their contribution before shop costs.", "", *tables.winners(found), "",
           "Change per customer, yuan, the heaviest losses first:", "", *tables.tenths(found)]  # fmt: skip
    rows = tables.campaigns(found)
    did = [
        "Per customer's first message, 30 days after it, means over seeds. The shop's estimate compares those written to with those "
        "held out; the truth compares them with themselves in the twin without the campaign. Waves, segments, means, and 2, 10 and 90 "
        "days: `comparison.json`, campaigns.", "", *rows,
    ]  # fmt: skip
    return [
        ("What the rewards paid for", paid, ["order_ladder"]),
        ("What campaigns did: the shop's estimate and the truth", did if rows else [], []),
        ("Who wins and who loses", who, []),
    ]


def _rest(found: Figures) -> list[Section]:
    sections: list[Section] = []
    if found["sweep"]:
        sections.append(("Factors, the others held fixed", tables.factors(found), []))
    if found["disjoint_seeds"]:
        said = found["disjoint_seeds"].get("reason")
        sections.append(("Time to lapse on disjoint seeds", [said] if said else tables.disjoint(found), []))
    if found["shopper"]:
        told = found["shopper"]
        sections.append((f"Shopper {told['shopper']}, seed {told['seed']}", tables.lives(found), ["shopper"]))
    defined = [
        f"- {name}: {o['text']}; {o['group']}; {o['horizon']}; {o['kind']}." for name, o in found["outcomes"].items()
    ]
    defined += [f"- {name}: {text}." for name, text in found["definitions"].items()]
    runs = [
        f"- {arm}: {', '.join(f'seed {seed} {key[:16]}' for seed, key in by_seed.items())}"
        for arm, by_seed in found["runs"].items()
    ]
    gains = tables.gains(found)
    return [
        *sections,
        ("What sharing the luck has saved", gains, []),
        ("Definitions", defined, []),
        (f"The runs behind it ({plural(sum(map(len, found['runs'].values())), 'run')}, by key)", runs, []),
    ]
