"""The list of claims: every row of all four documents."""

from experiments.evidence import document0, document1, document2, document3
from experiments.evidence.claim import Claim
from sim.errors import unknown

CLAIMS: dict[str, Claim] = {
    claim.id: claim for document in (document0, document1, document2, document3) for claim in document.CLAIMS
}


def chosen(only: tuple[str, ...]) -> dict[str, Claim]:
    """The claims asked for, all if none is named.

    Raises:
        RegularsError: There is no claim of that number.
    """
    for name in only:
        if name not in CLAIMS:
            raise unknown("only", "claim", name, CLAIMS)
    return {name: claim for name, claim in CLAIMS.items() if not only or name in only}
