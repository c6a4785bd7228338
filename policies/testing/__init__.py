"""The conformance suite: what every policy and every campaign must meet, whoever wrote it (in the manner of scikit-learn's estimator checks).

`check_policy(Mine())` in a test of your own, or `python -m policies.testing my_policy.Mine` on the command line. What
has `offer` is checked as a policy, what has `processes` alone as a campaign.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from policies.testing import answers, boundary, campaigns, levers, shown, whole
from policies.testing.loading import subject_of
from policies.testing.subject import Failed, NotChecked, Subject
from sim.errors import RegularsError, one_line, unknown

CHECKS: dict[str, Callable[[Subject], None]] = {
    "documented levers": levers.documented,
    "imports": boundary.imports,
    "bounds": answers.bounds,
    "determinism": answers.determinism,
    "batch independence": answers.batch_independence,
    "latent columns": boundary.latent,
    "ledgers": whole.ledgers,
    "zero levers": whole.zero_levers,
    "oracle": whole.oracle,
    "resumable": whole.resumable,
}
WITHOUT_RUN = ("documented levers", "imports")


@dataclass(frozen=True)
class Finding:
    """What one check found: `words` is "" if it was passed, else what was seen and what to do."""

    check: str
    verdict: Literal["passed", "failed", "not checked"]
    words: str = ""

    def __str__(self) -> str:
        return f"{self.verdict:11}  {self.check}" + (f": {self.words}" if self.words else "")


class NotConforming(AssertionError):
    """A policy or campaign failed a check; the text lists all that failed, one a line."""


def check_policy(policy_or_config: Any, only: Collection[str] = tuple(CHECKS)) -> list[Finding]:
    """Checks a policy or a campaign and returns what was found, all passed or not checked.

    Args:
        policy_or_config: A policy or campaign, its class, `"file.Class"`, a config node (a mapping with `name`,
            `_target_` and levers) or the `pathlib.Path` of its YAML file.
        only: Names of the checks to make, of `CHECKS`.
    Raises:
        NotConforming: A check failed.
        RegularsError: The policy cannot be loaded.
    """
    found = list(findings(policy_or_config, only))
    if failed := [str(finding) for finding in found if finding.verdict == "failed"]:
        raise NotConforming("\n".join(failed))
    return found


def findings(policy_or_config: Any, only: Collection[str] = tuple(CHECKS)) -> Iterator[Finding]:
    """One finding for each check in `only`, in the order of `CHECKS`; a check that fails does not end the others."""
    for name in only:
        if name not in CHECKS:
            raise unknown("only", "check", name, CHECKS)
    subject = subject_of(policy_or_config)
    broken = False
    checks = campaigns.CHECKS if isinstance(subject, shown.CampaignSubject) else CHECKS
    for name, check in ((name, check) for name, check in checks.items() if name in only):
        if broken and name not in WITHOUT_RUN:
            yield Finding(name, "not checked", "it failed in its run, see bounds")
            continue
        finding = _made(name, check, subject)
        broken = broken or (name == "bounds" and finding.verdict == "failed")
        yield finding


def _made(name: str, check: Callable[[Subject], None], subject: Subject) -> Finding:
    try:
        check(subject)
    except Failed as failure:
        return Finding(name, "failed", str(failure))
    except NotChecked as reason:
        return Finding(name, "not checked", str(reason))
    except RegularsError as error:  # the counter refused an answer, or the policy raised
        return Finding(name, "failed", one_line(error))
    return Finding(name, "passed")
