"""Why customers leave or go elsewhere, twice: as stated, and with each mechanism switched off on the same luck."""

from experiments.evidence.claim import Figures, Places, World
from experiments.evidence.looks import lift
from sim.measure.records import read_summary

# A mechanism is off when nothing it does can change a choice or an exit. Service and quality act through satisfaction.
OFF: dict[str, World] = {
    "forgot": World(("population.recall_floor=1.0",)),
    "satisfaction": World((
        "population.satisfaction_weight=0.0", "population.exit_sensitivity=0.0", "population.shock_exit=0.0",
        "population.abandon_loss=0.0",
    )),
    "price": World(("population.price_coef=0.0",)),
    "variety": World(("population.variety_decay=0.0",)),
}  # fmt: skip
WORLDS = {"none": World()} | {f"without_{name}": world for name, world in OFF.items()}
STATED = ("forgot", "price", "variety", "service", "quality", "refusal", "moved")  # an exit survey's answers


def gains(places: Places) -> dict[str, float]:
    """By mechanism, the relative gain in orders of customers of day 0 when it is off."""
    return {name: lift(places, f"without_{name}", "none", "orders_per_known_customer") for name in OFF}


def stated(places: Places, part: str) -> Figures:
    """By cause, its share of what a survey would say: of `exits` (leavers) or `causes` (needs not met here)."""
    counts = {name: int(read_summary(places["none"])[part].get(name, 0)) for name in STATED}
    total = sum(counts.values())
    return {name: count / total if total else None for name, count in counts.items()}


def both(places: Places) -> Figures:
    """Both tables, flat."""
    found: Figures = {f"orders_gained_without_{name}": value for name, value in gains(places).items()}
    found |= {f"stated_by_leavers_{name}": value for name, value in stated(places, "exits").items()}
    return found | {f"stated_of_misses_{name}": value for name, value in stated(places, "causes").items()}


def forgetting_first(places: Places) -> Figures:
    """Is forgetting, named first, the largest?"""
    found = gains(places)
    rest = max(value for name, value in found.items() if name != "forgot")
    return both(places) | {"figure": found["forgot"] - rest}


def service_stated(places: Places) -> Figures:
    """Share of leavers who name service; `places` needs the world `none` only."""
    shares = stated(places, "exits")
    return {f"stated_by_leavers_{name}": value for name, value in shares.items()} | {"figure": shares["service"]}


def price_minor(places: Places) -> Figures:
    """Counterfactual weight of price over that of the weightiest mechanism."""
    found = gains(places)
    return both(places) | {"figure": found["price"] / max(found.values())}
