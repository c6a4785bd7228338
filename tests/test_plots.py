"""The pictures of a run: all there, the same bytes every time, and the curve is the summary's."""

import json
import shutil
from pathlib import Path

import pytest

from policies.escalating import Escalating
from sim.config import Config
from sim.plots import draw, read, retention_curve
from sim.run import run

EVERY = {"retention", "contribution", "waterfall", "by_order_number"}
SMALL = {"shoppers": 200, "days": 200, "run_off_days": 0}
POPULATION = {"prospect_rate": 4.0, "shop_age_days": 200}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("run")
    run(Config(**SMALL, population=POPULATION), Escalating(), False, made)
    return made


def drawn(folder: Path, out: Path) -> dict[str, bytes]:
    out.mkdir()
    draw(folder, out)
    return {path.name: path.read_bytes() for path in out.iterdir()}


def test_four_pictures_with_the_same_bytes_twice(folder: Path, tmp_path: Path) -> None:
    one = drawn(folder, tmp_path / "one")
    assert set(one) == {f"{name}.{kind}" for name in EVERY for kind in ("svg", "png")}
    assert all(data.startswith(b"\x89PNG" if name.endswith("png") else b"<?xml") for name, data in one.items())
    assert drawn(folder, tmp_path / "two") == one


def test_curve_passes_through_the_points_of_the_summary(folder: Path) -> None:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    shoppers = read([folder / "shoppers.parquet"], ("shopper", "index"))
    orders = read(sorted((folder / "orders").glob("*.parquet")), ("shopper", "time"))
    curve = retention_curve(orders, shoppers["shopper"][shoppers["index"].astype(bool)], summary["days"])
    assert 0 < curve[180] < 1
    assert [curve[90], curve[180]] == pytest.approx([summary["retention"]["90"], summary["retention"]["180"]])


def test_without_orders_the_ladder_is_missing(folder: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for name in ("summary.json", "daily.parquet"):
        shutil.copy(folder / name, bare / name)
    names = {name.split(".")[0] for name in drawn(bare, tmp_path / "out")}
    assert names == EVERY - {"by_order_number"}
