"""The config: what it takes for granted, and what it refuses."""

from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from sim.config import Config, Population

GENERAL = Path(__file__).resolve().parents[1] / "conf" / "population" / "general.yaml"


def test_defaults_are_the_general_shop() -> None:
    """Benchmarks and tests that build a Config in Python measure the shop that the command runs."""
    general = Population(**yaml.safe_load(GENERAL.read_text(encoding="utf-8")))
    assert general.model_copy(update={"source": ""}) == Population()


def test_campaigns_are_refused_not_left_out() -> None:
    """Nothing is accepted and then ignored."""
    with pytest.raises(ValidationError, match="not built yet"):
        Config(campaign={"winback": {"name": "winback"}})
