"""Every campaign of the registry conforms; every check catches the campaign that was broken for it."""

from pathlib import Path

import pytest

from policies.campaigns.winback import Winback
from policies.testing import CHECKS, NotConforming, check_policy, findings
from policies.testing.__main__ import main
from policies.testing.campaigns import CHECKS as CAMPAIGN_CHECKS
from sim.errors import RegularsError
from tests.broken_campaigns import BROKEN, Weekly

HOME = Path(__file__).resolve().parents[1]
CONFIGS = sorted((HOME / "conf" / "campaign").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_conforms(path: Path) -> None:
    """All checks are made and passed for each file of conf/campaign."""
    found = check_policy(path)
    assert [finding.check for finding in found] == list(CHECKS) == list(CAMPAIGN_CHECKS)
    assert [str(finding) for finding in found if finding.verdict != "passed"] == []


def test_a_ranking_by_answers_conforms() -> None:
    """Win-back ranked by lift, with so few answers asked for that the ranking bites within the check's small shop."""
    lift = Winback(ranking="lift", least_answers=1, holdout=0.5, lapse_cycles=0.5, pause_days=14)
    found = check_policy(lift, list(CHECKS)[1:])  # words stand in its file
    assert [str(finding) for finding in found if finding.verdict != "passed"] == []


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_campaign_is_caught(case: str) -> None:
    """Each check fails for its campaign, with words that say what to do."""
    campaign, words = BROKEN[case]
    check = case.partition(",")[0]
    with pytest.raises(NotConforming, match=check) as caught:
        check_policy(campaign, [check])
    assert words in str(caught.value)


def test_every_check_has_a_broken_campaign() -> None:
    assert {case.partition(",")[0] for case in BROKEN} == set(CAMPAIGN_CHECKS)


def test_without_zero_and_budget_the_check_says_how_to_declare_it() -> None:
    (found,) = findings(Weekly, ["zero levers"])
    assert found.verdict == "not checked" and "ZERO: ClassVar" in found.words


def test_a_misspelt_campaign_is_told_as_one() -> None:
    with pytest.raises(RegularsError, match="did you mean Winback"):
        list(findings("policies.campaigns.winback.Winbak"))


def test_the_command_checks_a_campaign_with_levers(capsys) -> None:
    """The YAML file of a campaign and a lever: one line for each check, exit code 0."""
    assert main([str(HOME / "conf" / "campaign" / "winback.yaml"), "ranking=risk", "lapse_cycles=1"]) == 0
    assert [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()] == [["passed", c] for c in CHECKS]
