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
QUANTITY = ("quantity", "qty", "units", "数量")  # exactly, or as a part of a name
_NO_QUANTITY = ("return", "refund", "cancel", "stock", "available")
UNIT_PRICES = ("unit_price", "unitprice", "price_per_unit", "price_each", "item_price", "单价")  # of one piece
_OF_ALL = ("total", "net", "order", "line", "sum", "gross", "list")  # a price so called is that of the whole row
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
    if (
        given["value"] is None and plain(names[place["value"]]) == "price"
    ):  # beside a price of one piece that of the row
        free = [at for at in range(len(names)) if at not in place.values()]
        place["value"] = next((at for at in free if _of_one(plain(names[at]))), place["value"])
    found = ", ".join(f"{kind} = '{names[at]}'" for kind, at in sorted(place.items()))
    likely = _quantity(names, place)
    price = plain(names[place["value"]])
    if quantity is None and (_of_one(price) or (given["value"] is None and _is_price(price))):
        quantity = likely
    if quantity is not None:
        found += f" (of one piece) times '{names[quantity]}'"
    elif likely is not None:
        found += f"; '{names[likely]}' is not used (if the value is the price of one piece: quantity={names[likely]})"
    return Columns(
        place["customer"], place["time"], place["value"], f"columns: {found}{_twice(names, place)}", quantity
    )


def _of_one(name: str) -> bool:
    """Whether a column is by its name the price of one piece."""
    return any(word in name for word in UNIT_PRICES)


def _is_price(name: str) -> bool:
    """Whether it is a price that may be that of one piece."""
    return "price" in name.split("_") and not any(word in name.split("_") for word in _OF_ALL)


def _quantity(names: Sequence[str], place: dict[str, int]) -> int | None:
    """The first column that is by its name the number of pieces."""
    for at, name in enumerate(map(plain, names)):
        fits = any(word in name.split("_") or _holds(word, name) for word in QUANTITY)
        if fits and at not in place.values() and not any(word in name for word in _NO_QUANTITY):
            return at
    return None


def _twice(names: Sequence[str], place: dict[str, int]) -> str:
    """What is said where two columns have the name of one that is used."""
    many = [plain(name) for name in names]
    twice = [names[at] for at in place.values() if many.count(many[at]) > 1]
    return f"; of columns alike the first is used: {', '.join(twice)}" if twice else ""


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
