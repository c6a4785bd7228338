"""Order logs as they come: dialects, dates, ids, returns, and one line of help where nothing can be done."""

import time
from datetime import date

import duckdb
import numpy as np
import pytest

from sim.orders.log import OrderLogError, histories
from sim.orders.read import read_orders

PLAIN = "customer,date,value\n01,2024-03-01,10\n01,2024-03-11,20\n02,2024-03-05,7.5\n"


def assert_plain(log):
    """The log of `PLAIN`."""
    assert log.customers.tolist() == ["01", "02"]
    assert log.customer.tolist() == [0, 0, 1]
    assert log.day.tolist() == [-11.0, -1.0, -7.0]
    assert log.value.tolist() == [10.0, 20.0, 7.5]
    assert log.start == date(2024, 3, 12)


DIALECTS = {
    "plain": PLAIN,
    "carriage returns": PLAIN.replace("\n", "\r\n"),
    "mixed line ends": PLAIN.replace("\n", "\r\n", 2),
    "old line ends": PLAIN.replace("\n", "\r"),
    "no last line end": PLAIN.rstrip("\n"),
    "blank lines": "\n" + PLAIN.replace("\n", "\n\n"),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "utf-16": PLAIN.encode("utf-16"),
    "semicolon": PLAIN.replace(",", ";"),
    "tab": PLAIN.replace(",", "\t"),
    "white space": PLAIN.replace(",", "   ").replace("\n0", "\n 0"),
    "quoted": 'customer,date,value\n"01","2024-03-01","10"\n01,2024-03-11,20\n02,2024-03-05,"7.5"\n',
    "decimal comma": PLAIN.replace(",", ";").replace("7.5", "7,5"),
    "thousands and signs": PLAIN.replace(",10\n", ",¥10.00\n").replace(",20\n", ',"$20.00"\n'),
    "unsorted": "customer,date,value\n02,2024-03-05,7.5\n01,2024-03-11,20\n01,2024-03-01,10\n",
    "other columns": 'note,value,extra,customer,shop,date\n"a\nb",10,,01,x,2024-03-01\nc,20,,01,x,2024-03-11\nd,7.5,5,02,,2024-03-05\n',
    "spaces": PLAIN.replace(",", " , "),
    "no header": "01 20240301 2 10\n01 20240311 1 20\n02 20240305 1 7.5\n",
    "no header, own numbers": " 01 0001 20240301 2 10\n 01 0001 20240311 1 20\n 02 0002 20240305 1 7.5\n",
    "no header, comma": "01,2024-03-01,10\n01,2024-03-11,20\n02,2024-03-05,7.5\n",
    "chinese": "买家会员名,订单付款时间,买家实际支付金额\n01,2024-03-01 10:00:00,10\n01,2024-03-11 09:00:00,20\n02,2024-03-05 23:59:59,7.5\n",
    "gb 18030": "客户,日期,金额\n01,2024-03-01,10\n01,2024-03-11,20\n02,2024-03-05,7.5\n".encode("gb18030"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_dialects(write, dialect):
    """The same three orders, however they are written."""
    assert_plain(read_orders(write(DIALECTS[dialect])))


FORMS = {
    "YYYYMMDD": lambda d: f"{d:%Y%m%d}",
    "YYYY/MM/DD": lambda d: f"{d.year}/{d.month}/{d.day}",
    "DD.MM.YYYY": lambda d: f"{d:%d.%m.%Y}",
    "ISO date and time": lambda d: f"{d:%Y-%m-%d}T23:30:00+08:00",
    "date and time": lambda d: f"{d:%Y-%m-%d} 00:00:01.25",
    "unix seconds": lambda d: str((d - date(1970, 1, 1)).days * 86_400 + 3_600),
    "unix milliseconds": lambda d: str((d - date(1970, 1, 1)).days * 86_400_000),
}


@pytest.mark.parametrize("form", FORMS)
def test_dates(write, form):
    """Every form of a date; the day as written counts."""
    first, second, third = (FORMS[form](date(2024, 3, day)) for day in (1, 11, 5))
    assert_plain(read_orders(write(f"customer;date;value\n01;{first};10\n01;{second};20\n02;{third};7.5\n")))


def test_slashed_dates_are_told_apart_or_refused(write):
    """A number above 12 tells day from month; without one nothing does."""
    text = "customer,date,value\n01,{},10\n01,{},20\n02,{},7.5\n"
    months = read_orders(write(text.format("03/01/2024", "03/11/2024", "02/29/2024")))
    assert months.start == date(2024, 3, 12)
    days = read_orders(write(text.format("01/03/2024", "11/03/2024", "29/02/2024")))
    assert days.start == date(2024, 3, 12)
    with pytest.raises(OrderLogError, match="told apart"):
        read_orders(write(text.format("03/01/2024", "03/11/2024", "02/09/2024")))


def test_parquet(tmp_path):
    """Typed columns: text ids, timestamps, decimals."""
    path = tmp_path / "orders.parquet"
    duckdb.sql(
        "SELECT * FROM (VALUES ('01', TIMESTAMP '2024-03-01 12:00', 10.0::DECIMAL(9, 2), 1), ('01', TIMESTAMP "
        "'2024-03-11 23:00', 20, 2), ('02', TIMESTAMP '2024-03-05', 7.5, 3)) AS t(user_id, created_at, amount, n)"
    ).write_parquet(str(path))
    assert_plain(read_orders(path))


def test_guesses_are_said_and_names_given_are_taken(write):
    """The nearest columns win, and can be overruled, also but for case."""
    path = write(
        "Household_Key,day_of_week,Order Date,unit_price,Sales Value\n7,1,2024-03-01,3,10\n7,2,2024-03-02,4,30\n"
    )
    log = read_orders(path)
    assert "columns: customer = 'Household_Key', time = 'Order Date', value = 'Sales Value'" in log.said
    assert log.value.tolist() == [10.0, 30.0]
    assert read_orders(path, value="Unit_Price").value.tolist() == [3.0, 4.0]


def test_orders_of_one_day_merge_returns_go_and_free_orders_stay(write):
    """Each is said."""
    log = read_orders(
        write(
            "customer,date,value\na,2024-03-01 09:00,10\na,2024-03-01 17:00,5\na,2024-03-02,-10\nb,2024-03-03,0\n"
            "c,2024-03-04,nan\n"
        )
    )
    assert log.customers.tolist() == ["a", "b"] and log.value.tolist() == [15.0, 0.0]
    said = "\n".join(log.said)
    for words in (
        "1 further rows",
        "1 rows of negative value",
        "1 orders of value 0",
        "1 of 5 rows",
        "data row 5",
    ):
        assert words in said
    assert all("\n" not in line for line in log.said)


def test_currency_and_cutoff(write):
    """Values in yuan; orders on or after the cut-off are left out, customers without an order too."""
    log = read_orders(write(PLAIN), currency_rate=7.0, cutoff="2024-03-05")
    assert log.customers.tolist() == ["01"] and log.value.tolist() == [70.0]
    assert log.day.tolist() == [-4.0] and log.start == date(2024, 3, 5)
    assert any("2 orders on or after" in line for line in log.said)
    later = read_orders(write(PLAIN), cutoff=date(2024, 4, 1))
    assert later.day.max() == -21.0


def test_histories_by_hand(write):
    """Frequency, recency, age and gaps of two customers."""
    seen = histories(read_orders(write(PLAIN)))
    assert seen.repeats.tolist() == [1.0, 0.0] and seen.recency.tolist() == [10.0, 0.0]
    assert seen.age.tolist() == [11.0, 7.0] and seen.silence.tolist() == [1.0, 7.0]
    assert seen.log_gaps == pytest.approx([np.log(10.0), 0.0])


def test_a_few_bad_rows_in_many_are_left_out_and_many_refused(write):
    """Up to a tenth (or three) are said; beyond that the file is not what it seems."""
    good = "".join(f"{i},2024-03-{1 + i % 28:02d},5\n" for i in range(100))
    bad = "".join(f"{i},soon,5\n" for i in range(10))
    assert len(read_orders(write("customer,date,value\n" + good + bad)).value) == 100
    with pytest.raises(OrderLogError, match="20 of 120 rows"):
        read_orders(write("customer,date,value\n" + good + bad + bad))


REFUSED = {
    "empty": ("", {}, "is empty"),
    "only blanks": (" \n\n", {}, "is empty"),
    "only a header": ("customer,date,value\n", {}, "no orders below"),
    "unknown name": (
        PLAIN,
        {"value": "valeu"},
        "no column 'valeu' for value; did you mean 'value'",
    ),
    "no such kind": (
        "customer,date,quantity\n1,2024-01-01,1\n",
        {},
        "no value column among customer, date, quantity",
    ),
    "one column twice": (
        PLAIN,
        {"customer": "date", "time": "date"},
        "two of customer, time, value; name different ones",
    ),
    "two columns": ("customer,date\n1,2024-01-01\n", {}, "fewer than three columns"),
    "no dates": (
        "customer,date,value\n1,soon,3\n2,later,4\n",
        {},
        "'soon' is not a date; expected YYYY-MM-DD",
    ),
    "no values": (
        "customer,date,value\n1,2024-01-01,x\n2,2024-01-02,y\n",
        {},
        "2 of 2 rows cannot be read",
    ),
    "only returns": (
        "customer,date,value\n1,2024-01-01,-1\n",
        {},
        "no order of value 0 or more",
    ),
    "open quote": (
        'customer,date,value\n1,2024-01-01,5\n2,"2024-01-02,5\n3,2024-01-03,5\n',
        {},
        "opened and not closed",
    ),
    "no header, two dates": (
        "1,2024-01-01,2024-01-02,3\n",
        {},
        "no header row and 2 columns of dates",
    ),
    "no header, a name": (
        "1,2024-01-01,3\n",
        {"value": "paid"},
        "has no header row, so no column 'paid'",
    ),
    "binary": (b"PK\x03\x04\0\0\0\0rubbish\0", {}, "neither text (CSV) nor Parquet"),
    "broken parquet": (b"PAR1rubbish", {}, "cannot be read as a table"),
    "early cutoff": (
        PLAIN,
        {"cutoff": "2020-01-01"},
        "no order before cutoff 2020-01-01; the first is on 2024-03-01",
    ),
    "no cutoff": (PLAIN, {"cutoff": "last week"}, "'last week' is not a date"),
    "no rate": (PLAIN, {"currency_rate": 0.0}, "currency_rate: 0.0"),
    "no rate either": (PLAIN, {"currency_rate": float("nan")}, "currency_rate: nan"),
    "no ids": (
        "customer,date,value\n,2024-01-01,5\n,2024-01-02,5\n",
        {},
        "2 of 2 rows",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals_are_one_line_that_helps(write, case):
    """File, place, what was given, what would be right."""
    content, options, words = REFUSED[case]
    path = write(content)
    with pytest.raises(OrderLogError) as caught:
        read_orders(path, **options)
    message = str(caught.value)
    assert words in message and "\n" not in message
    assert len(message) < 500
    assert "cutoff" in message or "currency" in message or str(path) in message


def test_missing_files_and_folders(write, tmp_path):
    """The nearest name is offered."""
    write(PLAIN)
    with pytest.raises(OrderLogError, match=r"no such file; did you mean .*orders.csv"):
        read_orders(tmp_path / "order.csv")
    with pytest.raises(OrderLogError, match="is not a file"):
        read_orders(tmp_path)
    with pytest.raises(OrderLogError, match="no such file"):
        read_orders(tmp_path / "nowhere" / "x.csv")


def test_dates_are_told_by_all_rows(write):
    """A thousand orders of the third of April, then one of the 20th; short years; months by name."""
    head = "id,date,value\n" + "".join(f"{k},4/3/2023 8:{k % 60:02d},1\n" for k in range(1_500))
    assert "dates: MM/DD/YYYY" in read_orders(write(head + "9,4/20/2023 8:00,1\n")).said
    assert "dates: DD/MM/YY" in read_orders(write("id,date,value\n1,20/04/23,1\n2,03/04/23,1\n")).said
    named = read_orders(write("id,date,value\n1,20-Apr-2023,1\n2,3 Mar 2023,1\n"))
    assert named.start == date(2023, 4, 21) and named.day.min() == -49.0


@pytest.mark.parametrize("second", ['"MUG', 'MUG"', '5" MUG'])
def test_an_open_quote_is_refused_also_if_another_one_follows(write, second):
    """No row is swallowed without a word."""
    rows = [f"c{k % 9},2024-03-{1 + k % 28:02d},MUG,{k}" for k in range(200)]
    rows[9], rows[150] = rows[9].replace("MUG", '"MUG'), rows[150].replace("MUG", second)
    with pytest.raises(OrderLogError, match=r"data row 10: a quote \("):
        read_orders(write("customer,date,text,value\n" + "\n".join(rows) + "\n"))


@pytest.mark.parametrize("separator", [",", ";", "|", "\t"])
def test_western_text_that_is_not_utf_8(write, separator):
    """No separator is taken for half of a Chinese character."""
    rows = [f"Andr\u00e9,2024-03-{day:02d},\u00e9t\u00c9,7" for day in range(1, 21)]
    text = "\n".join(["customer,date,text,value", *rows]).replace(",", separator)
    log = read_orders(write(text.encode("cp1252")))
    assert log.customers.tolist() == ["Andr\u00e9"] and len(log.value) == 20
    assert "not UTF-8: read as Windows-1252" in log.said


def test_parquet_times_with_a_zone_and_names_that_look_like_patterns(tmp_path, monkeypatch):
    """The same days on every machine; one file is one file."""
    sql = "SELECT * FROM (VALUES (1, make_timestamp(1709330400000000)::TIMESTAMPTZ, {})) AS t(id, time, value)"
    for name, value in (("a*.parquet", 10.0), ("ab.parquet", 20.0)):
        duckdb.sql(sql.format(value)).write_parquet(str(tmp_path / name))
    for zone in ("Asia/Shanghai", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        log = read_orders(tmp_path / "a*.parquet")
        assert log.value.tolist() == [10.0] and log.start == date(2024, 3, 2)
        assert "times with a zone are read in UTC" in log.said
    monkeypatch.undo()
    time.tzset()


def test_a_column_named_by_a_number_is_still_a_header(write):
    """Most names would have to be numbers."""
    assert read_orders(write("id,date,value,2010\n1,2024-03-01,5,x\n")).value.tolist() == [5.0]
