"""The scorecard's list: every fact, in the order of the page."""

from experiments.facts import cards, contacts, prices, programmes
from experiments.facts.fact import Fact

FACTS: dict[str, Fact] = {fact.id: fact for part in (prices, cards, programmes, contacts) for fact in part.FACTS}
