"""Every policy of the registry conforms; every check catches the policy that was broken for it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from policies.member_price import MemberPrice
from policies.testing import CHECKS, NotConforming, check_policy, findings
from policies.testing.__main__ import main
from sim.errors import RegularsError
from tests.broken_policies import BROKEN, Remembers, Unbounded

HOME = Path(__file__).resolve().parents[1]
CONFIGS = sorted((HOME / "conf" / "policy").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_config_conforms(path: Path) -> None:
    """All checks are made and passed for each file of conf/policy."""
    found = check_policy(composed(path) if path.stem in ("stack", "migration", "closing") else path)
    assert [finding.check for finding in found] == list(CHECKS)
    assert [str(finding) for finding in found if finding.verdict != "passed"] == []


def composed(path: Path) -> dict[str, object]:
    """Policies made of policies have none of their own: two are put into each; what has a date has it in the small run."""
    node, a, b = (yaml.safe_load((path.parent / f"{name}.yaml").read_text()) for name in (path.stem, "points", "rfm"))
    parts = {"stack": {"layers": {"a": a, "b": b}}, "migration": {"before": a, "after": b, "day": 60}}
    return node | parts.get(path.stem, {"scheme": a, "announce_day": 60, "notice_days": 40})


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_policy_is_caught(case: str) -> None:
    """Each check fails for its policy, with words that say what to do."""
    policy, words = BROKEN[case]
    check = case.partition(",")[0]
    with pytest.raises(NotConforming, match=check) as caught:
        check_policy(policy, [check])
    assert words in str(caught.value)


def test_every_check_has_a_broken_policy() -> None:
    assert {case.partition(",")[0] for case in BROKEN} == set(CHECKS)


def test_without_zero_the_check_says_how_to_declare_it() -> None:
    found = {finding.check: finding for finding in findings(Unbounded, ["zero levers"])}
    assert found["zero levers"].verdict == "not checked"
    assert "ZERO: ClassVar" in found["zero levers"].words


def test_a_policy_that_fails_in_its_run_is_told_once() -> None:
    found = list(findings(BROKEN["bounds"][0]))
    assert [finding.check for finding in found if finding.verdict == "failed"] == ["imports", "bounds"]
    assert all("see bounds" in finding.words for finding in found if finding.verdict == "not checked")


@pytest.mark.parametrize("given", [MemberPrice, MemberPrice(), "policies.member_price.MemberPrice"])
def test_a_policy_may_be_given_in_many_forms(given: object) -> None:
    assert {finding.verdict for finding in check_policy(given)} == {"passed"}


def test_what_is_no_policy_is_refused() -> None:
    with pytest.raises(RegularsError, match="allowed: a policy, its class"):
        list(findings(3))
    with pytest.raises(RegularsError, match="there is no module"):
        list(findings("no_such_file.Mine"))


def test_the_command_checks_the_policy_of_the_guide(tmp_path: Path) -> None:
    """From the user's own folder, with a lever: one line for each check, exit code 0."""
    guide = (HOME / "docs" / "writing-a-policy.md").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(re.findall(r"```python\n(.*?)```", guide, re.DOTALL)[0])
    line = [sys.executable, "-m", "policies.testing", "mine.Mine", "days=30"]
    done = subprocess.run(
        line, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(HOME)}, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert [line.split(maxsplit=1) for line in done.stdout.splitlines()] == [["passed", check] for check in CHECKS]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--help"], 0, "Usage"),
        ([], 1, "Usage"),
        (["policies.member_price.MembrPrice"], 1, "did you mean MemberPrice?"),
        (
            ["policies.member_price.MemberPrice", "cuts=3"],
            1,
            "policy.cuts: there is no lever 'cuts'; did you mean cut?",
        ),
        (["policies.member_price.MemberPrice", "cut"], 1, "'cut' was given; allowed: lever=value"),
        (["conf/policy/no_such.yaml"], 1, "no_such.yaml: No such file"),
    ],
)
def test_the_command_answers_in_a_line(words, code, told, capsys) -> None:
    assert main(words) == code
    said = capsys.readouterr()
    assert told in said.out + said.err
    assert "Traceback" not in said.err


def test_policies_made_of_others_are_given_by_name(capsys) -> None:
    """Names of conf/policy or files; a wrong one is told with those that there are."""
    conf = Path(__file__).resolve().parents[1] / "conf" / "policy"
    assert main([str(conf / "stack.yaml"), "layers.a=member_price", f"layers.b={conf / 'cashback.yaml'}"]) == 0
    assert "failed" not in capsys.readouterr().out
    assert main([str(conf / "closing.yaml"), "scheme=pionts"]) == 1
    assert capsys.readouterr().err.startswith("scheme: there is no policy 'pionts'; did you mean points?")


def test_the_command_fails_with_the_policy(capsys) -> None:
    assert main([f"{Remembers.__module__}.Remembers"]) == 1
    assert "failed       resumable: when a copy, made from the same levers" in capsys.readouterr().out
