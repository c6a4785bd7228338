"""Small real runs of one seed under three policies, and one more of `none`, shared by the tests of the measures."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from policies.escalating import Escalating
from policies.none import NoPolicy
from policies.points import Points
from sim.plots import read
from sim.run import run
from tests.worlds import small

POLICIES: dict[str, Any] = {
    "none": NoPolicy(),
    "again": NoPolicy(),
    "escalating": Escalating(),
    "points": Points(threshold=100, expiry_days=60),
}
BUSY = {"agents": {"ordinary": 30.0, "priority": 30.0}, "service_minutes": 40.0}


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """400 customers, 400 days, returns, rewards, a busy desk."""
    folders = {}
    for name, policy in POLICIES.items():
        folders[name] = tmp_path_factory.mktemp(name)
        run(
            small(shoppers=400, days=400, service=BUSY, population={"shop_age_days": 500}), policy, False, folders[name]
        )
    return folders


@pytest.fixture
def rows(runs: dict[str, Path]) -> Iterator[Any]:
    """All order rows and all customers of a run by its name, read as a whole."""
    yield lambda name: (
        read(sorted((runs[name] / "orders").glob("*.parquet"))),
        read([runs[name] / "shoppers.parquet"]),
    )
