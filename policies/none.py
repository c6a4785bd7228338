"""No repeat-buyer concession at all (source document 0, remedy 0.10)."""

from typing import ClassVar

from sim.contract import Offer, Receipt, Settlement, Visit, policy_class


@policy_class
class NoPolicy:
    """List prices for everybody; the baseline of every comparison."""

    ZERO: ClassVar[dict[str, object]] = {}  # it is `none` as it stands
    GIVES_NOTHING: ClassVar = True  # so the world need not ask

    def offer(self, visit: Visit) -> Offer:
        """Nothing."""
        return Offer()

    def settle(self, receipt: Receipt) -> Settlement:
        """Nothing."""
        return Settlement()
