"""The scorecard's list: every fact, in the order of the page."""

from experiments.facts import cards, contacts, prices, programmes
from experiments.facts.fact import Fact
from sim.errors import unknown

FACTS: dict[str, Fact] = {fact.id: fact for part in (prices, cards, programmes, contacts) for fact in part.FACTS}


def chosen(only: tuple[str, ...]) -> dict[str, Fact]:
    """The facts asked for, all if none is named.

    Raises:
        RegularsError: There is no fact of that name.
    """
    for name in only:
        if name not in FACTS:
            raise unknown("only", "fact", name, FACTS)
    return {name: fact for name, fact in FACTS.items() if not only or name in only}
