"""The config: what it takes for granted, and what it refuses."""

from pathlib import Path

import yaml

from sim.config import Messages
from sim.population import Population

CONF = Path(__file__).resolve().parents[1] / "conf"
GENERAL = CONF / "population" / "general.yaml"


def test_defaults_are_the_general_shop() -> None:
    """Benchmarks and tests that build a Config in Python measure the shop that the command runs."""
    general = Population(**yaml.safe_load(GENERAL.read_text(encoding="utf-8")))
    assert general.model_copy(update={"source": ""}) == Population()


def test_defaults_of_messages_are_those_of_the_file() -> None:
    """The same for messages."""
    assert Messages(**yaml.safe_load((CONF / "messages" / "general.yaml").read_text(encoding="utf-8"))) == Messages()
