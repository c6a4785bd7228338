"""Order logs by the line: price of one piece times quantity, returns, and rows that name nobody."""

import pytest

from sim.orders.log import OrderLogError
from sim.orders.read import read_orders

PLAIN = "customer,date,value\n01,2024-03-01,10\n01,2024-03-11,20\n02,2024-03-05,7.5\n"
LINES = "Invoice,Quantity,InvoiceDate,{},Customer ID\n1,3,2024-03-01 10:00:00,2.5,9.0\n1,1,2024-03-01 10:00:00,4,9.0\n"
LINES += "C1,-3,2024-03-04 10:00:00,2.5,9.0\n2,2,2024-03-05 10:00:00,5,\n"


@pytest.mark.parametrize("name", ["Price", "UnitPrice", "unit price"])
def test_lines_of_invoices_are_worth_price_times_quantity(write, name):
    """Also what was sent back, at a quantity below 0; rows without a customer are told and left out, however many."""
    path = write(LINES.format(name))
    log = read_orders(path)
    assert log.value.tolist() == [11.5]
    said = "\n".join(log.said)
    assert f"value = '{name}' (of one piece) times 'Quantity'" in said
    assert "1 of 4 rows name no customer and are left out" in said and "1 rows of negative value" in said
    given = {"customer": "Customer ID", "time": "InvoiceDate", "value": name}
    taken = read_orders(path, **given)  # a name is a name, unless it says itself that it is of one piece
    assert taken.value.tolist() == ([6.5, 2.5] if name == "Price" else [11.5])
    assert any("'Quantity' is not used" in line for line in taken.said) == (name == "Price")
    assert read_orders(path, **given, quantity="quantity").value.tolist() == [11.5]


def test_lines_under_chinese_headers_and_a_quantity_that_is_another_column(write):
    """Price of one piece and number are known by name; a quantity that is date or value is one clear line."""
    assert read_orders(write("客户id,下单时间,单价,数量\n1,2024-03-01,2.5,4\n")).value.tolist() == [10.0]
    for name in ("date", "value", "customer"):
        with pytest.raises(OrderLogError, match="one column stands for two of quantity, customer, time, value"):
            read_orders(write(PLAIN), quantity=name)


def test_a_quantity_that_cannot_be_read_is_shown(write):
    """Both factors stand in the message."""
    with pytest.raises(
        OrderLogError, match=r"1 of 1 rows cannot be read, the first is data row 1 \(9, 2024-03-01, 4 x one\)"
    ):
        read_orders(write("quantity,date,price,id\none,2024-03-01,4,9\n"))


@pytest.mark.parametrize("nobody", ["", "nan", "NULL", "<NA>", "N/A", "#N/A", "\\N", "-", "unknown", "Guest", "合计"])
def test_rows_without_a_customer(write, nobody):
    """Told and left out, however they are written; most of them: the column is another. Shares are of the rest."""
    rows = [f"{nobody},2024-03-{1 + k % 28:02d},1\n" for k in range(40)] + [f"c{k},2024-03-05,1\n" for k in range(41)]
    log = read_orders(write("customer,date,value\n" + "".join(rows)))
    assert len(log) == 41 and any("40 of 81 rows name no customer" in line for line in log.said)
    with pytest.raises(OrderLogError, match="40 of 70 rows name no customer; is the customer column right"):
        read_orders(write("customer,date,value\n" + "".join(rows[:70])))
    soon = [f"c{k},soon,1\n" for k in range(7)]
    with pytest.raises(OrderLogError, match="7 of 48 rows cannot be read"):
        read_orders(write("customer,date,value\n" + "".join(rows + soon)))


@pytest.mark.parametrize(
    ("price", "pieces", "multiplied"),
    [
        ("Price", "Units Sold", True), ("Unit Price (GBP)", "Quantity", True), ("Sale Price", "qty", True),
        ("商品单价", "购买数量", True), ("total", "quantity", False), ("Total Price", "quantity", False),
        ("Amount", "Quantity", False), ("Price", "Returned Quantity", False),
    ],
)  # fmt: skip
def test_what_is_multiplied_by_name(write, price, pieces, multiplied):
    """Prices that may be of one piece, not totals; what is left over is told of."""
    log = read_orders(
        write(f"客户id,date,{pieces},{price}\n1,2024-03-01,3,10\n"), value=None if price != "商品单价" else price
    )
    assert log.value.tolist() == [30.0 if multiplied else 10.0]
    told = any(f"'{pieces}' is not used" in line for line in log.said)
    assert told == (not multiplied and "Returned" not in pieces)


def test_a_price_of_one_piece_goes_before_that_of_the_row(write):
    """PriceEach beside Price."""
    log = read_orders(write("id,date,Quantity,PriceEach,Price\n1,2024-03-01,3,2,6\n"))
    assert log.value.tolist() == [6.0] and any(
        "'PriceEach' (of one piece) times 'Quantity'" in line for line in log.said
    )


@pytest.mark.parametrize("row", ["-3,2.5", "3,-2.5", "-3,-2.5"])
def test_either_sign_sends_back(write, row):
    """Also both; their worth is told."""
    log = read_orders(write(f"id,date,quantity,unit_price\n1,2024-03-01,4,5\n1,2024-03-02,{row}\n"))
    assert log.value.tolist() == [20.0]
    assert any("1 rows of negative value (returns), worth 37.5 % of sales," in line for line in log.said)


def test_columns_of_one_name(write):
    """The first counts, and it is said."""
    log = read_orders(write('id,date,quantity,price,"quantity "\n1,2024-03-01,3,2,x\n'))
    assert log.value.tolist() == [6.0]
    twice = read_orders(write("id,date,value,value\n1,2024-03-01,3,2\n"))
    assert twice.value.tolist() == [3.0] and any(
        "of columns alike the first is used: value" in line for line in twice.said
    )


def test_nobody_orders_for_more_than_a_shop_is_worth(write):
    """The customer and the day are named."""
    with pytest.raises(
        OrderLogError, match=r"customer b orders for 8e\+304 yuan on 2024-03-02; expected at most 1e\+09 a day"
    ):
        read_orders(write("id,date,quantity,price\na,2024-03-01,1,2\nb,2024-03-02,80000,1e300\n"))
