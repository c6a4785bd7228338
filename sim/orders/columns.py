"""Which column is which: names given are checked, names not given are guessed and said."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sim.orders.log import OrderLogError

# Best first. A name fits exactly, or (second choice) holds the word as a part between separators.
CUSTOMER = (
    (
        "customer_id",
        "customer",
        "customerid",
        "client_id",
        "client",
        "user_id",
        "userid",
        "user",
        "household_id",
    )
    + (
        "household",
        "household_key",
        "member_id",
        "member",
        "buyer_id",
        "buyer",
        "shopper_id",
        "shopper",
        "cust_id",
    )
    + ("cust", "id", "客户", "客户id", "会员", "会员id", "买家", "买家会员名")
)
TIME = (
    (
        "order_date",
        "order_time",
        "date",
        "time",
        "timestamp",
        "datetime",
        "day",
        "order_datetime",
        "purchase_date",
    )
    + (
        "invoice_date",
        "invoicedate",
        "transaction_date",
        "created_at",
        "paid_at",
        "日期",
        "时间",
        "订单付款时间",
    )
    + ("订单创建时间", "付款时间", "下单时间")
)
VALUE = (
    "value",
    "order_value",
    "amount",
    "sales",
    "sales_value",
    "spend",
    "total",
    "price",
    "dollar_value",
    "revenue",
) + (
    "net_sales",
    "paid",
    "sum",
    "monetary_value",
    "金额",
    "实付金额",
    "买家实际支付金额",
    "总金额",
    "单价",
)
QUANTITY = ("quantity", "qty", "units", "item_quantity", "数量")  # fitting exactly
UNIT_PRICES = ("unit_price", "unitprice", "price_per_unit", "item_price", "单价")  # of one piece, whoever names them
KINDS = {"customer": CUSTOMER, "time": TIME, "value": VALUE}
_PART_ONLY_WHOLE = {
    "id",
    "sum",
    "paid",
}  # these words inside a longer name say too little (order_id, paid_by)


@dataclass(frozen=True)
class Columns:
    """Positions of the three columns in a table, from 0, how they were found, and that of what `value` is multiplied by."""

    customer: int
    time: int
    value: int
    said: str
    quantity: int | None = None


def find_columns(file: str, names: Sequence[str], given: dict[str, str | None]) -> Columns:
    """Positions of customer, time and value among `names`.

    Args:
        file: For messages.
        names: Column names as they stand in the file.
        given: Name asked for by kind (`customer`, `time`, `value`, if need be `quantity`), or None to guess.
    Returns:
        With the quantity, if the value is the price of one piece by its name (guessed: also plain "price") and one
        column is named as a quantity is: rows are then lines of an order, worth price times quantity.
    Raises:
        OrderLogError: A name given is not there, or none can be guessed.
    """
    place = {kind: position(file, names, kind, name) for kind, name in given.items() if name is not None}
    for kind, name in given.items():
        if name is None and kind in KINDS:
            taken = {
                at for other, at in place.items() if other in KINDS
            }  # a quantity that is one of them is told below
            place[kind] = _guess(file, names, kind, taken)
    if len(set(place.values())) < len(place):
        raise OrderLogError(f"{file}: one column stands for two of {', '.join(place)}; name different ones")
    quantity = place.pop("quantity", None)
    found = ", ".join(f"{kind} = '{names[at]}'" for kind, at in sorted(place.items()))
    if quantity is None:
        quantity = _quantity(names, place, guessed=given["value"] is None)
    if quantity is not None:
        found += f" (of one piece) times '{names[quantity]}'"
    elif (unused := _quantity(names, place, guessed=True)) is not None:
        found += f"; '{names[unused]}' is not used (if it is a price of one piece: quantity={names[unused]})"
    return Columns(place["customer"], place["time"], place["value"], f"columns: {found}", quantity)


def _quantity(names: Sequence[str], place: dict[str, int], guessed: bool) -> int | None:
    """The column of pieces that goes with a price of one piece."""
    prices = (*UNIT_PRICES, "price") if guessed else UNIT_PRICES
    if plain(names[place["value"]]) not in prices:
        return None
    free = {plain(name): at for at, name in enumerate(names) if at not in place.values()}
    return next((free[word] for word in QUANTITY if word in free), None)


def position(file: str, names: Sequence[str], kind: str, name: str) -> int:
    """Where a column asked for by name stands: to the letter, else as the only one alike but for case and spaces."""
    if name in names:
        return list(names).index(name)
    alike = [at for at, other in enumerate(names) if plain(other) == plain(name)]
    if len(alike) == 1:
        return alike[0]
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise OrderLogError(f"{file}: no column '{name}' for {kind}; {hint}columns are {', '.join(names)}")


def _guess(file: str, names: Sequence[str], kind: str, taken: set[int]) -> int:
    """The free column whose name says best what it is."""
    free = {plain(name): at for at, name in reversed(list(enumerate(names))) if at not in taken}
    for word in KINDS[kind]:
        if word in free:
            return free[word]
    for word in KINDS[kind]:
        for name, at in sorted(free.items(), key=lambda item: item[1]):
            if word not in _PART_ONLY_WHOLE and (word in name.split("_") or _holds(word, name)):
                return at
    raise OrderLogError(f"{file}: no {kind} column among {', '.join(names)}; name it, for example {kind}={names[0]}")


def _holds(word: str, name: str) -> bool:
    """Chinese names have no separators, so any part counts."""
    return not word.isascii() and word in name


def plain(name: str) -> str:
    """A column name without case, spaces and signs: 'Order Date' and 'orderDate' become order_date."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^\w]+", "_", spaced.lower()).strip("_")
