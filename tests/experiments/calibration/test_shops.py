"""Two made-up logs of shops unlike CDNOW, end to end: a seasonal gift shop with wholesalers, and a grocery."""

import json
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import yaml

from experiments import calibrate
from experiments.calibration.process import Process, simulate

FIRST = date(2022, 1, 1)


def gift_shop(path: Path) -> Path:
    """Two years and two months, most orders before Christmas; four wholesalers; one row in twenty a return of negative value."""
    chance = np.random.default_rng(1)
    factor = np.array([3.0 if (FIRST + timedelta(days=n)).month in (11, 12) else 0.6 for n in range(800)])
    entry = chance.choice(600, 500, p=factor[:600] / factor[:600].sum())
    made = simulate(Process(0.8, 0.02, exit_mean=0.15), entry, 799, 3, factor)
    rows = [f"{who},{FIRST + timedelta(days=int(day))},{np.exp(chance.normal(3, 0.6)):.2f}"
            for who, day in zip(made.customer, made.day, strict=True)]  # fmt: skip
    rows += [f"W{n % 4},{FIRST + timedelta(days=n * 12)},{chance.uniform(900, 4000):.2f}" for n in range(60)]
    rows += [f"{row.split(',')[0]},{row.split(',')[1]},-{row.split(',')[2]}" for row in rows[::20]]
    path.write_text("CustomerID,InvoiceDate,Amount\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def grocery(path: Path) -> Path:
    """Weekly shoppers over 200 days, several rows a day, with list price, coupon and category."""
    chance = np.random.default_rng(2)
    made = simulate(Process(4.0, 0.35, cycle_regularity_k=2.0, exit_mean=0.02), np.zeros(300, np.int64), 199, 4)
    rows = []
    for who, day in zip(made.customer, made.day, strict=True):
        for _ in range(2):
            paid = float(np.exp(chance.normal(2, 0.7)))
            coupon = "C1" if chance.random() < 0.1 else ""
            rows.append(f"h{who},{FIRST + timedelta(days=int(day))},{paid:.2f},{paid / (0.8 if coupon else 1):.2f},{coupon},"
                        f"{chance.choice(['dairy', 'fruit', 'bread'])}")  # fmt: skip
    path.write_text(
        "household_key,day,sales_value,list_price,coupon,department\n" + "\n".join(rows) + "\n", encoding="utf-8"
    )
    return path


def calibrated(file: Path, folder: Path, *more: str) -> tuple[dict[str, object], dict[str, object]]:
    """What is found, and the keys of the population."""
    places = [f"out={folder / 'population'}", f"results_dir={folder / 'results'}"]
    assert calibrate.main([f"orders={file}", "name=mine", "family=leaving", "draws=20", *places, *more]) == 0
    (made,) = (folder / "results").glob("calibrate-*")
    keys = yaml.safe_load((folder / "population" / "mine.yaml").read_text(encoding="utf-8"))
    return json.loads((made / "calibration.json").read_text(encoding="utf-8")), keys


@pytest.mark.slow
def test_gift_shop(tmp_path: Path) -> None:
    """Wholesalers are told and, if asked, left out; returns are measured; Christmas is a season."""
    found, keys = calibrated(gift_shop(tmp_path / "gifts.csv"), tmp_path, "wholesalers=drop")
    told = " ".join([*found["said"], *found["odd"]])  # type: ignore[misc]
    assert "wholesalers? W" in told and "4 customers who order like wholesalers are left out" in told
    assert "negative value" in told and keys["return_rate"] == pytest.approx(1 / 20, abs=0.005)
    season = keys["season"]
    assert isinstance(season, dict) and season[12] > 2 * season[6]
    assert -0.95 <= float(str(keys["value_rate_correlation"])) <= 0.95


@pytest.mark.slow
def test_grocery(tmp_path: Path) -> None:
    """Rows of a day are merged; the discount is a fifth of a tenth of sales; the total is forecast within a tenth."""
    found, keys = calibrated(grocery(tmp_path / "food.csv"), tmp_path)
    told = " ".join([*found["said"], *found["odd"]])  # type: ignore[misc]
    assert "merged with the first" in told and "3 categories" in told
    extras, errors = found["extras"], found["backtest"]
    assert isinstance(extras, dict) and isinstance(errors, dict)
    assert extras["discount_share"] == pytest.approx(0.1 * 0.25 / 1.025, abs=0.008)
    assert extras["coupon_share"] == pytest.approx(0.1, abs=0.02)
    assert "return_rate" not in keys and abs(errors["holdout total"]) < 0.1
