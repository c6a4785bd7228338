"""The true effect of a campaign from twin worlds, against a count of its own over the files."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from policies.none import NoPolicy
from sim.errors import RegularsError
from sim.measure.true_effect import true_effects
from sim.run import run
from tests.campaigns.worlds import LOUD, Everybody
from tests.worlds import small

COUPON = Everybody(every_days=40.0, coupon_share=0.3, holdout=0.3)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A run with a coupon for everybody, and its twins: without it, of another seed, with a message that nobody reads."""
    kinds = {
        "on": ({"it": COUPON}, {}),
        "off": ({}, {}),
        "other": ({}, {"seed": 99}),
        "unread": (
            {"it": COUPON},
            {"messages": LOUD["messages"] | {"sms": {"cost": 0.1, "cost_open": 0, "open": 0.0}}},
        ),
    }
    found = {}
    for name, (campaigns, changes) in kinds.items():
        found[name] = tmp_path_factory.mktemp(name)
        config = small(**(LOUD | {"days": 200} | changes), campaign={n: {"name": n} for n in campaigns})
        run(config, NoPolicy(), False, found[name], campaigns=campaigns)
    return found


def orders_of(folder: Path) -> dict[int, list[tuple[float, int]]]:
    """Time and contribution of each shopper's orders."""
    table = duckdb.from_parquet(str(folder / "orders" / "*.parquet")).fetchnumpy()
    by: dict[int, list[tuple[float, int]]] = {}
    for key, time, fen in zip(table["shopper"], table["time"], table["contribution_fen"], strict=True):
        by.setdefault(int(key), []).append((float(time), int(fen)))
    return by


def test_it_is_what_the_files_of_both_worlds_say(places: dict[str, Path]) -> None:
    """Message by message in plain Python: the whole, a wave, a segment; the shop's estimate is that of the summary."""
    found = true_effects(places["on"], places["off"], "it")
    told = duckdb.from_parquet(str(places["on"] / "touches.parquet")).fetchnumpy()
    known = set(duckdb.from_parquet(str(places["off"] / "shoppers.parquet")).fetchnumpy()["shopper"].tolist())
    here, there = orders_of(places["on"]), orders_of(places["off"])
    rows = [i for i in range(len(told["time"])) if int(told["shopper"][i]) in known]
    seen: set[tuple[Any, ...]] = set()
    first = [i for i in rows if not (told["shopper"][i] in seen or seen.add(told["shopper"][i]))]  # type: ignore[func-returns-value]
    light = [i for i in rows if told["segment"][i] == 1]
    seen = set()
    light = [i for i in light if not (told["shopper"][i] in seen or seen.add(told["shopper"][i]))]  # type: ignore[func-returns-value]
    for chosen, said in ((first, found), (rows, found["waves"]["all"]), (light, found["segments"]["light"])):
        for h in (2, 10, 30, 90):
            kept = [i for i in chosen if not told["holdout"][i] and told["time"][i] + h <= 200]

            def answered(orders: Any, kept: Any = kept, h: int = h) -> float:
                times = [(told["time"][i], orders.get(int(told["shopper"][i]), [])) for i in kept]
                return sum(any(0 <= t - at < h for t, _ in mine) for at, mine in times) / len(kept)

            cell = said["response"][str(h)]
            assert cell["customers"] == len(kept) > 100
            assert cell["stimulated"] == pytest.approx(answered(here), abs=1e-12)
            assert cell["true"] == pytest.approx(answered(here) - answered(there), abs=1e-12)
    kept = [i for i in first if not told["holdout"][i] and told["time"][i] + 90 <= 200]
    fen = sum(v for i in kept for t, v in there.get(int(told["shopper"][i]), []) if 0 <= t - told["time"][i] < 90)
    assert found["contribution_90"]["natural"] == pytest.approx(fen / 100 / len(kept), abs=1e-9)
    summary = json.loads((places["on"] / "summary.json").read_text())["campaigns"]["it"]
    assert found["response"]["30"]["shop"] == summary["response"]["30"]["difference"]
    assert found["response"]["30"]["true"] > 0.02  # coupons of 30 % that are read do something
    assert found["means"]["sms offer"]["response"] == found["response"]


def test_messages_that_nobody_reads_have_no_true_effect(places: dict[str, Path]) -> None:
    """Exactly 0 on the same luck, while the shop's estimate is off by chance: that is what the twin is for."""
    cells = true_effects(places["unread"], places["off"], "it")["response"]
    assert all(cell["true"] == 0 for cell in cells.values())
    assert any(cell["shop"] != 0 for cell in cells.values())


def test_no_twins_are_refused(places: dict[str, Path]) -> None:
    with pytest.raises(RegularsError, match="seed is"):
        true_effects(places["on"], places["other"], "it")
    with pytest.raises(RegularsError, match="must be in the run and not in its twin"):
        true_effects(places["on"], places["on"], "it")
    with pytest.raises(RegularsError, match="must be in the run"):
        true_effects(places["off"], places["on"], "it")
