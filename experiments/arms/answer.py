"""One line of a comparison: what was found, or why it could not be."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Answer:
    """A difference, treatment minus control, with its interval and test. What cannot be computed is None with a reason.

    `more` holds what a method adds: degrees of freedom, standard error, counts.
    """

    method: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    statistic: float | None = None
    reason: str | None = None
    more: dict[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        """As JSON values."""
        told = {
            "method": self.method,
            "difference": self.difference,
            "low": self.low,
            "high": self.high,
            "p_value": self.p_value,
            "statistic": self.statistic,
        }
        return told | self.more | ({"reason": self.reason} if self.reason else {})
