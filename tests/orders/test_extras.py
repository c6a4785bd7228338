"""Optional columns of an order log: found, measured, and left alone where they are not there."""

from datetime import date
from pathlib import Path

import pytest

from sim.orders.extras import NAMES, Extras, read_extras
from sim.orders.log import OrderLogError

MAIN: dict[str, str | None] = dict.fromkeys(("customer", "time", "value"))


def write(path: Path, header: str, *rows: str) -> Path:
    """Forty rows: each of the given ones in turn."""
    lines = [f"c{n % 15},2024-01-{n % 28 + 1:02d},{rows[n % len(rows)]}" for n in range(40)]
    path.write_text("\n".join([f"customer,date,value{header}", *lines]) + "\n", encoding="utf-8")
    return path


def test_measured_by_hand(tmp_path: Path) -> None:
    """Of two kinds of row, one has a tenth off, a coupon, and came back."""
    file = write(tmp_path / "a.csv", ",list_price,coupon,category,returned,channel_cost",
                 "90,100,SPRING,tea,yes,9", "110,110,,wine,no,1")  # fmt: skip
    found = read_extras(file, MAIN, {})
    assert found.discount_share == pytest.approx(10 / 210)
    assert found.coupon_share == 0.5 and found.return_rate == 0.5
    assert found.categories == 2 and found.category_top == pytest.approx(0.55)
    assert found.channel_cost_share == pytest.approx(0.05)
    assert len(found.said) == 6


def test_lines_of_orders(tmp_path: Path) -> None:
    """Five pieces at 8 each, list price 10 each: a fifth off; a line of pieces below 0 is a return."""
    rows = [f"c{n % 15},2024-01-{n % 28 + 1:02d},{5 if n % 4 else -5},8,10" for n in range(40)]
    file = tmp_path / "lines.csv"
    file.write_text("\n".join(["customer,date,quantity,unit_price,list_price", *rows]) + "\n", encoding="utf-8")
    found = read_extras(file, MAIN, {})
    assert found.discount_share == pytest.approx(0.2) and found.return_rate == pytest.approx(10 / 30)
    assert not any("paid above it" in line for line in found.said)


def test_returns_as_negative_values_and_discounts_as_amounts(tmp_path: Path) -> None:
    """One row of four is a return of another; discounts may be written with either sign."""
    file = write(tmp_path / "a.csv", ",rebate", "80,-20", "80,20", "100,0", "-100,0")
    found = read_extras(file, MAIN, {})
    assert found.return_rate == pytest.approx(1 / 3)
    assert found.discount_share == pytest.approx(40 / 300)


def test_nothing_is_invented(tmp_path: Path) -> None:
    """No such columns, or one that marks nearly every row: None."""
    assert read_extras(write(tmp_path / "a.csv", "", "80"), MAIN, {}) == Extras()
    strange = read_extras(write(tmp_path / "b.csv", ",returned", "80,delivered"), MAIN, {})
    assert strange.return_rate is None and "not believed" in strange.said[-1]
    bad = read_extras(write(tmp_path / "c.csv", ",discount", "80,?", "80,20"), MAIN, {})
    assert bad.discount_share == pytest.approx(0.2) and any("20 rows are no number" in line for line in bad.said)


def test_columns_given_by_name(tmp_path: Path) -> None:
    """A name of the user's counts; one that is not there, or is the value itself, is one line."""
    file = write(tmp_path / "a.csv", ",Off", "80,20")
    assert read_extras(file, MAIN, {"discount": "Off"}).discount_share == pytest.approx(0.2)
    with pytest.raises(OrderLogError, match="did you mean 'Off'"):
        read_extras(file, MAIN, {"discount": "Of"})
    with pytest.raises(OrderLogError, match="that of value already"):
        read_extras(file, MAIN, {"discount": "value"})
    assert set(NAMES) == {"list_price", "discount", "coupon", "category", "returned", "channel_cost"}


def test_list_prices_of_lines_or_of_pieces(tmp_path: Path) -> None:
    """Of a whole row, of one piece, or of one piece beside totals: the last cannot be told."""
    head, found = "customer,date,quantity,{},list_price", []
    for name, cells in (("unit_price", "5,8,50"), ("unit_price", "5,8,10"), ("total", "5,40,10")):
        rows = [f"c{n % 15},2024-01-{n % 28 + 1:02d},{cells}" for n in range(40)]
        file = tmp_path / "lines.csv"
        file.write_text("\n".join([head.format(name), *rows]) + "\n", encoding="utf-8")
        found.append(read_extras(file, MAIN, {}))
    assert [one.discount_share for one in found] == [pytest.approx(0.2), pytest.approx(0.2), None]
    assert any("40 of 40 rows were paid above it; not believed" in line for line in found[2].said)


def test_rates_and_words_for_nothing(tmp_path: Path) -> None:
    """A discount as a rate or in per cent tells nothing; "No coupon" is none."""
    rate = read_extras(write(tmp_path / "a.csv", ",discount,coupon", "80,0.2,No coupon", "80,0.1,N/A"), MAIN, {})
    assert rate.discount_share is None and any("like a rate" in line for line in rate.said) and rate.coupon_share == 0
    cent = read_extras(write(tmp_path / "b.csv", ",discount", "80,20%", "80,10%"), MAIN, {})
    assert cent.discount_share is None and any("40 rows are no number" in line for line in cent.said)


def test_only_rows_that_count_are_measured(tmp_path: Path) -> None:
    """Rows from a day on, and of some customers, are left out: here all returns."""
    rows = [f"c{n % 15},2024-01-{n % 28 + 1:02d},10" for n in range(60)]
    back = ["c1,2024-02-05,-10"] * 20 + ["big,2024-01-05,-10"] * 20
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["customer,date,value", *rows, *back]) + "\n", encoding="utf-8")
    assert read_extras(file, MAIN, {}).return_rate == pytest.approx(40 / 60)
    assert read_extras(file, MAIN, {}, date(2024, 2, 1)).return_rate == pytest.approx(20 / 60)
    assert read_extras(file, MAIN, {}, date(2024, 2, 1), ["big"]).return_rate is None
