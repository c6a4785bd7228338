"""Whether the shopper whose life is asked for can be in a world, told before any of its runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.twins.arms import Arm
from sim.errors import RegularsError

IN_RUNS = "a number of the column shopper in the shoppers.parquet of a run"


def refuse_stranger(shopper: int, arms: Sequence[Arm], seed: int | None = None) -> None:
    """Raises a RegularsError if no arm's world can hold this shopper.

    Customers of day 0 are known from the config or the order log; who will be won later only a run knows.

    Args:
        shopper: Key, >= 0.
        arms: At least one.
        seed: Of the runs that are there, if the arms have some: then these are asked.
    """
    if seed is not None:
        if not any(_in_run(arm.folders[seed], shopper) for arm in arms):
            raise RegularsError(f"shopper: {shopper} was given, who is in no run of seed {seed}; allowed: {IN_RUNS}")
    elif not any(_can_be_in(arm.config, shopper) for arm in arms):
        raise RegularsError(f"shopper: {shopper} was given, who is in no world; allowed: {_allowed(arms[0].config)}")


def _in_run(folder: str, shopper: int) -> bool:
    import duckdb

    pages = Path(folder) / "shoppers.parquet"
    if not pages.is_file():
        return True  # what is missing in a run is told when it is measured
    asked = "SELECT count(*) FROM read_parquet(?) WHERE shopper = ?"
    with duckdb.connect(config={"threads": 1}) as db:
        return db.execute(asked, [str(pages), shopper]).fetchall() != [(0,)]


def _can_be_in(config: Mapping[str, Any], shopper: int) -> bool:
    from sim.draws import KIND_ADS, KIND_BASE, KIND_LOGGED, KIND_REFERRED, shopper_key

    kind = next((kind for kind in (KIND_BASE, KIND_ADS, KIND_REFERRED, KIND_LOGGED) if shopper >> 60 == kind), None)
    if kind in (KIND_ADS, KIND_REFERRED):
        return True
    if config["population"]["from_orders"]:
        return kind == KIND_LOGGED and shopper in _logged(config)
    return kind == KIND_BASE and shopper < shopper_key(KIND_BASE, int(config["shoppers"]))


def _logged(config: Mapping[str, Any]) -> list[int]:
    """Keys of the log's customers that a run takes: all, or the `shoppers` lowest."""
    from sim.draws import KIND_LOGGED, hash_key, shopper_key
    from sim.orders.log import OrderLogError
    from sim.orders.read import read_orders

    customer, time, value, quantity = (config[f"orders_{name}"] for name in ("customer", "time", "value", "quantity"))
    try:
        log = read_orders(config["orders"], customer, time, value, cutoff=config["cutoff"], quantity=quantity)
    except OrderLogError as error:
        raise RegularsError(str(error)) from None
    return sorted(shopper_key(KIND_LOGGED, hash_key(str(name))) for name in log.customers)[: config["shoppers"]]


def _allowed(config: Mapping[str, Any]) -> str:
    if config["population"]["from_orders"]:
        return IN_RUNS
    return f"0 to {int(config['shoppers']) - 1} (customers of day 0), or {IN_RUNS}"
