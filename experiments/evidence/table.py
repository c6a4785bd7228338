"""The list of claims: every row of all four documents."""

from experiments.evidence import document0, document1, document2, document3
from experiments.evidence.claim import Claim

CLAIMS: dict[str, Claim] = {
    claim.id: claim for document in (document0, document1, document2, document3) for claim in document.CLAIMS
}
