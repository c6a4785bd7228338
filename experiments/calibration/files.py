"""What a calibration leaves behind: the population as a config, and the posterior draws as Parquet."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.calibration.process import Process
from sim.config import Config
from sim.errors import RegularsError
from sim.population import Population

MADE = "# made by python -m experiments.calibrate"
# Orders cannot tell these apart from taste and leaving: as in conf/population/orders.yaml.
_ASSUMED = {
    "rate": "gamma", "regularity_log_sd": 0.0, "shop_taste_sd": 0.0, "state_dependence": 0.0, "state_dependence_sd": 0.0,
    "variety_decay": 0.0, "moving_rate": 0.0, "category_exit_rate": 0.0, "shock_exit": 0.0, "prospect_rate": 0.0,
    "usual_wait_hurt": 0.0,
}  # fmt: skip


def place_for(out: str, name: str) -> Path:
    """Where the population will be written.

    Raises:
        RegularsError: The name is no name, or is taken by a file that no calibration made.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise RegularsError(f"name: '{name}' was given; allowed: small letters, digits and _, beginning with a letter")
    place, shipped = Path(out) / f"{name}.yaml", Path(__file__).parents[2] / "conf" / "population" / f"{name}.yaml"
    messages = messages_place(place)
    for what, file in (("a population", place), ("a population", shipped), ("messages", messages)):
        if file.exists() and not file.read_text(encoding="utf-8").startswith(MADE):
            raise RegularsError(f"name: '{name}' is {what} already ({file.name}); choose another name")
    return place


def messages_place(population: Path) -> Path:
    """Where the messages of a shop lie, from where its population lies: beside its folder."""
    return population.parent.resolve().parent / "messages" / population.name


def population(name: str, process: Process, basket: dict[str, float], gap_days: float, months: dict[int, float],
               source: str, price_coef: float = 3.65) -> dict[str, Any]:  # fmt: skip
    """The keys of a population, checked; the taste is solved so that the shop meets `own_share` of remembered needs."""
    from sim.logged import solved_taste

    k = round(process.cycle_regularity_k, 4)
    keys: dict[str, Any] = {"name": name, "source": source} | _ASSUMED | {
        "price_coef": round(price_coef, 4),
        "rate_shape": round(process.rate_shape, 4),
        "rate_alpha_days": round(process.rate_shape / process.needs_per_day, 3),
        "cycle_regularity_k": k,
        "exit_beta": [round(process.exit_mean * process.exit_size, 4), round((1 - process.exit_mean) * process.exit_size, 4)],
        "exit_after_first": process.exit_after_first,
        "recall_floor": round(process.recall_floor, 4),
        "memory_half_life_cycles": round(process.memory_half_life_cycles, 4),
        "own_share": process.own_share,
        "category_gap_days": round(float(np.clip(gap_days, 1.0, 3650.0)), 1),
    } | {key: round(value, 4) for key, value in basket.items()}  # fmt: skip
    if process.pause_share > 0:
        share = round(process.pause_share, 4)
        keys["sub_cycles"] = [
            {"name": "usual", "share": round(1 - share, 4), "cycle_factor": 1.0, "regularity": k},
            {"name": "pause", "share": share, "cycle_factor": round(process.pause_factor, 3), "regularity": k},
        ]
    if months:
        keys["season"] = months
    config = Config(population=Population(**keys))
    keys["shop_taste_mean"] = round(solved_taste(process.own_share, config), 4)
    Population(**keys)
    return keys


def write_population(place: Path, keys: dict[str, Any], remarks: Sequence[str]) -> None:
    """Write it whole or not at all."""
    _write(place, keys, [MADE, *(f"# {line}" for line in remarks)])


def write_messages(place: Path, keys: dict[str, Any]) -> None:
    """Write a config of messages whole or not at all."""
    _write(place, keys, [MADE, "# nudge fitted to past mailings; the rest is assumed, as in the general shop"])


def _write(place: Path, keys: dict[str, Any], head: Sequence[str]) -> None:
    import yaml

    text = "\n".join(head) + "\n" + yaml.safe_dump(keys, sort_keys=False, allow_unicode=True, width=110)
    place.parent.mkdir(parents=True, exist_ok=True)
    half = place.with_name(f".{place.name}.{os.getpid()}")
    half.write_text(text, encoding="utf-8")
    os.replace(half, place)


def write_draws(
    path: Path, draws: Sequence[Process], basket: dict[str, float], responses: Mapping[str, Sequence[float]]
) -> None:
    """One row per draw; columns are keys of a population, `exit_a`, `exit_b` those of `exit_beta`; `responses` by evidence."""
    import duckdb
    import pandas as pd

    frame = pd.DataFrame([
        {
            "draw": at, "own_share": one.own_share, "rate_shape": one.rate_shape,
            "rate_alpha_days": one.rate_shape / one.needs_per_day, "cycle_regularity_k": one.cycle_regularity_k,
            "exit_a": one.exit_mean * one.exit_size, "exit_b": (1 - one.exit_mean) * one.exit_size,
            "exit_after_first": one.exit_after_first, "recall_floor": one.recall_floor,
            "memory_half_life_cycles": one.memory_half_life_cycles, "pause_share": one.pause_share,
            "pause_factor": one.pause_factor,
        } | basket | {name: float(values[at]) for name, values in responses.items()}
        for at, one in enumerate(draws)
    ])  # fmt: skip
    with duckdb.connect() as db:
        db.register("draws", frame)
        db.execute(
            "COPY (SELECT * FROM draws ORDER BY draw) TO '" + str(path).replace("'", "''") + "' (FORMAT parquet)"
        )
