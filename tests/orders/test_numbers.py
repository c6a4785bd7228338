"""Numbers as people write them: read as they are meant, or not at all."""

import pytest

from sim.orders.log import OrderLogError
from sim.orders.read import read_orders

FORMS = {
    "12.5": 12.5, "$12.50": 12.5, "US$ 12.50": 12.5, "¥12.5": 12.5, "12.50 EUR": 12.5, "kr. 12.50": 12.5, "Rs.12.5": 12.5,
    "12.5元": 12.5, "1,234.50": 1234.5, "1,234,567": 1234567, "1'234.5": 1234.5, "1 234.5": 1234.5, ".5": 0.5, "1.25e1": 12.5,
    "1e-5": 1e-5, "10 each": 10, "0.125": 0.125, "12.3456": 12.3456,
}  # fmt: skip
NONE = ("2 x 6", "1/2", "12 %", "C500012", "12-13", "abc", "1.2.3.4,5x6")
BACK = ("-12.5", "(12.5)", "$ (12.50)", "-$12.5", "\u221212.5", "12.5-", "$-12.50")


def row_of(text):
    """A log of semicolons with one cell in question, whose other values have a decimal point."""
    return "id;date;value\n" + "".join(f"{k};2024-03-{k:02d};4.25\n" for k in range(1, 21)) + f'a;2024-04-01;"{text}"\n'


@pytest.mark.parametrize("text", FORMS)
def test_forms(write, text):
    """Currencies, units and thousands go."""
    assert read_orders(write(row_of(text))).value[-1] == pytest.approx(FORMS[text])


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_number_is_none(write, text):
    """No digit is picked out of it: the row is left out, and said."""
    log = read_orders(write(row_of(text)))
    assert len(log) == 20 and any("1 of 21 rows cannot be read" in line for line in log.said)


@pytest.mark.parametrize("text", BACK)
def test_minus_in_all_its_forms(write, text):
    """A return."""
    assert any("1 rows of negative value" in line for line in read_orders(write(row_of(text))).said)


def test_decimals_are_told_by_all_rows(write):
    """A thousand whole numbers first; one cell of the other kind counts as it is written and turns nothing around."""
    head = "id;date;value\n" + "".join(f"c;2024-{1 + k % 12:02d}-{1 + k % 28:02d};3\n" for k in range(1_200))
    log = read_orders(
        write(
            head + "d;2025-01-01;2,55\nd;2025-01-02;1.234,5\nd;2025-01-03;2,550\nd;2025-01-04;1.234\ne;2025-01-05;4.5\n"
        )
    )
    assert log.value[-5:].tolist() == [2.55, 1234.5, 2.55, 1234.0, 4.5] and "numbers: decimal comma" in log.said


def test_what_one_column_leaves_open_another_tells(write):
    """Six thousand pieces, beside prices with a decimal comma; beside a point it is six."""
    comma = read_orders(write("id;date;quantity;unit_price\n1;2024-03-01;6.000;2,5\n1;2024-03-02;1;3,25\n"))
    assert comma.value.tolist() == [15000.0, 3.25]
    point = read_orders(write("id;date;quantity;unit_price\n1;2024-03-01;6.000;2.5\n"))
    assert point.value.tolist() == [15.0]


def test_what_nothing_tells_is_refused(write):
    """2,550 alone, between semicolons; between commas, in quotes, they are thousands."""
    with pytest.raises(
        OrderLogError, match="column 'value': 2,550 may be a small number with a decimal comma or thousands"
    ):
        read_orders(write("id;date;value\n1;2024-03-01;2,550\n1;2024-03-02;3\n"))
    assert read_orders(write('id,date,value\n1,2024-03-01,"2,550"\n1,2024-03-02,3\n')).value.tolist() == [2550.0, 3.0]
