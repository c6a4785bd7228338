"""What past tests leave of a shop's responses: the price coefficient of its population, and the nudge of its messages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from experiments.calibration.evidence import NUDGE, PRICE, Evidence, weighed

ASSUMED = "how messages are opened, warm, tire and make customers leave is not fitted to evidence: it stays assumed"


@dataclass(frozen=True)
class Responses:
    """After the tests.

    Attributes:
        keys: Of the population.
        messages: Of a config of messages, or None if no mailing was among the tests.
        draws: By key, one value per parameter draw.
        said: Lines for the page.
    """

    keys: dict[str, Any]
    messages: dict[str, Any] | None
    draws: dict[str, list[float]]
    said: tuple[str, ...]


def responses(tests: list[Evidence], keys_at: Callable[..., dict[str, Any]], asked: Any) -> Responses:
    """Price tests and coupons first, then mailings among customers who respond to prices as these tell.

    Args:
        tests: Perhaps none.
        keys_at: Keys of the population, by `price_coef`.
        asked: Options of the command.
    """
    mailings = [test for test in tests if test.kind == "mailing"]
    cuts = [test for test in tests if test.kind != "mailing"]
    said: list[str] = []
    draws: dict[str, list[float]] = {}
    messages: dict[str, Any] | None = None
    keys = keys_at()
    if cuts:
        from experiments.calibration.replay import played

        price = weighed(cuts, lambda coef, test: played(test, keys_at(price_coef=coef)), asked.draws, asked.seed, PRICE)
        keys, draws[PRICE.name] = keys_at(price_coef=price.mean), price.draws.tolist()
        said += price.said
    if mailings:
        from experiments.calibration.replay import Mailed, responding

        worlds = {test: Mailed(test, keys) for test in mailings}
        nudge = weighed(
            mailings, lambda value, test: worlds[test].lift(responding(value, mailings)), asked.draws, asked.seed, NUDGE
        )  # fmt: skip
        messages, draws[NUDGE.name] = responding(nudge.mean, mailings, asked.name).model_dump(), nudge.draws.tolist()
        said += [*nudge.said, *_opened(mailings)]
    if tests:
        said.append(ASSUMED)
    return Responses(keys, messages, draws, tuple(said))


def _opened(mailings: list[Evidence]) -> list[str]:
    """Where the share opened comes from: of a lift only its product with the nudge is seen."""
    told = sorted({test.channel for test in mailings if test.opened is not None})
    guessed = sorted({test.channel for test in mailings} - set(told))
    lines = [f"share of {channel} messages opened: as the tests tell" for channel in told]
    return lines + [f"share of {channel} messages opened: assumed (opened=); a lift shows only its product with the nudge"
                    for channel in guessed]  # fmt: skip
