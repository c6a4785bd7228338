"""The command `calibrate` as its user meets it, in this process."""

import json
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml

from experiments import calibrate
from experiments.calibration import study
from experiments.calibration.backtest import Log
from experiments.calibration.oddities import odd
from experiments.calibration.season import estimated
from sim.orders.read import read_orders
from sim.population import Population
from tests.experiments.calibration.logs import log_of, write_csv


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a log has been calibrated."""
    folder = tmp_path_factory.mktemp("calibrate")
    write_csv(log_of(customers=600), folder / "orders.csv")
    assert calibrate.main([f"orders={folder / 'orders.csv'}", "name=mine", *_places(folder), "family=leaving"]) == 0
    return folder


def _places(folder: Path) -> list[str]:
    return [f"out={folder / 'mine' / 'population'}", f"results_dir={folder / 'results'}", "draws=40"]


def test_what_is_written(answer: Path) -> None:
    """All files, the posterior with its columns, and a page with every picture in it."""
    (made,) = (answer / "results").glob("calibrate-*")
    names = {path.name for path in made.iterdir()}
    assert {"calibration.json", "posterior.parquet", "report.md", "report.html", "run.json", "tracking.svg"} <= names
    found = json.loads((made / "calibration.json").read_text(encoding="utf-8"))
    assert {one["own_share"] for one in found["own_shares"]} == {0.25, 0.4, 0.7}
    assert {one["known"] for one in found["parameters"]} <= {"pinned down", "in combination", "assumption"}
    pair = [one for one in found["ridges"] if {one["one"], one["other"]} == {"exit_mean", "cycle_regularity_k"}]
    assert len(pair) == 1 and -1 <= pair[0]["correlation"] <= 1
    with duckdb.connect() as db:
        rate, share = (
            db.execute("SELECT rate_alpha_days, own_share FROM read_parquet(?)", [str(made / "posterior.parquet")])
            .fetchnumpy()
            .values()
        )
    assert len(rate) == 40 and (rate > 0).all() and (share == 0.4).all()
    page = (made / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 5
    assert "not validated against real data" in page


def test_the_population_is_usable(answer: Path) -> None:
    """Its keys are a population of the world, which meets the assumed share of the needs thought of."""
    keys = yaml.safe_load((answer / "mine" / "population" / "mine.yaml").read_text(encoding="utf-8"))
    people = Population(**keys)
    assert people.rate == "gamma" and people.own_share == 0.4 and people.prospect_rate == 0


def test_the_same_question_is_answered_from_the_store(answer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the population file is written again if it was deleted."""
    file = answer / "mine" / "population" / "mine.yaml"
    before = file.read_text(encoding="utf-8")
    file.unlink()
    assert calibrate.main([f"orders={answer / 'orders.csv'}", "name=mine", *_places(answer), "family=leaving"]) == 0
    assert file.read_text(encoding="utf-8") == before
    assert len(list((answer / "results").glob("calibrate-*"))) == 1
    assert "population=mine" in capsys.readouterr().out


BAD = {
    "one day": "customer,date,value\n" + "".join(f"c{n},2024-01-01,10\n" for n in range(50)),
    "a single customer": "customer,date,value\n" + "".join(f"c,2024-01-{n:02d},10\n" for n in range(1, 29)),
    "ordered on two days": "customer,date,value\n" + "".join(f"c{n},2024-01-{n:02d},10\n" for n in range(1, 29)),
    "no such column": "a,b\n1,2\n",
}


@pytest.mark.parametrize("what", BAD)
def test_one_line_for_a_log_that_says_nothing(what: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, one line, nothing written."""
    file = tmp_path / "orders.csv"
    file.write_text(BAD[what], encoding="utf-8")
    assert calibrate.main([f"orders={file}", "name=mine", *_places(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert len(told.strip().splitlines()) == 1
    assert what == "no such column" or what in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["orders.csv"]


@pytest.mark.parametrize("name", ["general", "Mine", "a b"])
def test_names_that_are_taken_or_no_names(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A preset is never overwritten."""
    file = write_csv(log_of(customers=50), tmp_path / "orders.csv")
    assert calibrate.main([f"orders={file}", f"name={name}", *_places(tmp_path)]) == 1
    assert capsys.readouterr().err.startswith("name:")


def test_oddities_are_told(tmp_path: Path) -> None:
    """A hole, a wholesaler, dates to come and free orders; and an even log has none of them."""
    log = log_of(customers=400)
    plain = write_csv(log, tmp_path / "plain.csv")
    assert odd(read_orders(plain), date(2025, 6, 1)) == []
    kept = (log.day < 200) | (log.day > 260)
    hole = write_csv(
        Log(np.unique(log.customer[kept], return_inverse=True)[1], log.day[kept], log.end), tmp_path / "hole.csv"
    )
    with hole.open("a", encoding="utf-8") as file:
        file.writelines(f"big,2024-03-{n:02d},90000\n" for n in range(1, 9))
        file.writelines(f"c{n:05d},2024-03-30,0\n" for n in range(100))
    told = "\n".join(odd(read_orders(hole), date(2024, 5, 1)))
    for word in ("no order at all for 6", "wholesalers? big", "after today", "of value 0"):
        assert word in told


def test_season_is_estimated_only_where_it_can_be() -> None:
    """Three years with a double December: found within 10 %; one year: assumed and said."""
    start, end = date(2021, 1, 1), 3 * 365 - 1
    chance = np.random.default_rng(1)
    day = chance.integers(0, end + 1, 60_000)
    december = (np.datetime64(start) + day).astype("datetime64[M]").astype(int) % 12 == 11
    day = np.r_[day, day[december]]
    found = estimated(start, day, day[::4], end)
    assert found.months[12] / np.mean([found.months[m] for m in range(1, 12)]) == pytest.approx(2.0, rel=0.1)
    factor = found.by_day(start, end + 1)
    assert factor is not None and factor[340] > 1.5 > factor[100]
    assert estimated(start, day[day < 365], day[:100], 364).months == {}
    assert "assumed" in estimated(start, day[day < 365], day[:100], 364).said


def test_growth_is_that_of_first_orders() -> None:
    """First orders that double in a year, over three years: found within a fifth, with an interval; none at the end: assumed."""
    start, end = date(2021, 1, 1), 3 * 365 - 1
    chance = np.random.default_rng(2)
    first = np.log2(1 + 7 * chance.random(20_000)) / 3 * (end + 1)  # density grows as 2^years
    found = estimated(
        start, np.r_[first, chance.integers(0, end + 1, 40_000)].astype(np.int64), first.astype(np.int64), end
    )
    assert found.growth == pytest.approx(1.0, abs=0.2) and "first orders grow by +" in found.said
    early = first[first < 400].astype(np.int64)
    none = estimated(start, chance.integers(0, end + 1, 40_000), early, end)
    assert none.growth is None and "no growth is assumed" in none.said


def test_a_log_of_many_orders_is_fitted_on_a_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One customer in so many, and said."""
    write_csv(log_of(customers=300), tmp_path / "orders.csv")
    orders = len(read_orders(tmp_path / "orders.csv").customer)
    monkeypatch.setattr(study, "MOST_ORDERS", orders // 3)
    log, said, _, _ = study._read(
        calibrate.Calibrate(orders=str(tmp_path / "orders.csv"), name="mine"), date(2030, 1, 1)
    )
    assert any(line.startswith("fitted on one customer in ") for line in said)
    assert 60 < len(log) <= 100 and len(log.customers) == log.customer.max() + 1


def test_orders_of_days_to_come(tmp_path: Path) -> None:
    """A few are left out and said; a log that lies wholly ahead of us is kept, and called odd."""
    log = log_of(customers=300)
    write_csv(log, tmp_path / "orders.csv")
    text = (tmp_path / "orders.csv").read_text(encoding="utf-8")
    last = read_orders(tmp_path / "orders.csv").start
    (tmp_path / "typo.csv").write_text(text + text.splitlines()[1].split(",")[0] + ",2123-01-05,10\n", encoding="utf-8")
    asked = calibrate.Calibrate(orders=str(tmp_path / "typo.csv"), name="mine")
    found, said, looks, _ = study._read(asked, last)
    assert found.day.max() > -30 and any("1 orders on or after" in line for line in said)
    assert any("the last order is of 2123-01-05, after today" in line for line in looks)
    ahead, _, looks, _ = study._read(
        calibrate.Calibrate(orders=str(tmp_path / "orders.csv"), name="mine"), date(1999, 1, 1)
    )
    assert len(ahead) == 300 and any("after today" in line for line in looks)


@pytest.mark.parametrize(
    ("rows", "key", "line"),
    [
        ("c{k},2024-{m:02d}-01,0", "draws=20", "orders: all orders are of value 0; the value column should hold what was paid"),
        ("c{k},2024-{m:02d}-01,0.00001", "draws=20", "orders: the mean order is 3.33e-05 yuan; expected 0.01 or more (is currency_rate right?)"),
        ("c{k},2024-{m:02d}-01,5", "cutoff=2024-13-01", "cutoff: '2024-13-01' was given; allowed: "),
    ],
)  # fmt: skip
def test_what_cannot_be_fitted_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rows: str, key: str, line: str
) -> None:
    """No traceback, nothing written."""
    text = "\n".join(rows.format(k=k % 40, m=1 + k % 12) for k in range(400))
    (tmp_path / "orders.csv").write_text(f"customer,date,value\n{text}\n", encoding="utf-8")
    assert calibrate.main([f"orders={tmp_path / 'orders.csv'}", "name=mine", *_places(tmp_path)[:2], key]) != 0
    told = capsys.readouterr().err
    assert told.startswith(line) and told.count("\n") == 1
    assert not (tmp_path / "mine").exists() and not (tmp_path / "results").exists()


def test_one_customer_who_is_many_looks_odd(tmp_path: Path) -> None:
    """A tenth of all order days and more."""
    rows = [f"c{k % 100},2024-{1 + k % 12:02d}-{1 + k % 28:02d},5" for k in range(400)]
    rows += [f"0,2024-{m:02d}-{d:02d},5" for m in range(1, 13) for d in range(1, 29)]
    (tmp_path / "orders.csv").write_text("customer,date,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    told = "\n".join(odd(read_orders(tmp_path / "orders.csv"), date(2025, 6, 1)))
    assert "customer '0' has 46 % of all order days" in told
