"""Gate files: ours are sound, and what is wrong with one is said in a line that names file and key."""

import re
from pathlib import Path

import pytest

from experiments.gate.rules import find_gate, read_gate
from sim.errors import RegularsError
from sim.loading import HOME
from sim.measure.definitions import DEFINITIONS

GOOD = "thresholds:\n  margin: {measure: contribution, kind: relative, least: -0.02}\n"


@pytest.mark.parametrize("name", sorted(path.stem for path in (HOME / "conf" / "gate").glob("*.yaml")))
def test_the_gates_of_the_project_are_sound_and_guard_the_same(name: str) -> None:
    gate = read_gate(find_gate(name, []))
    needed = {"margin", "retention", "worst_segment", "points_liability", "desk_wait", "refusals"}
    assert needed <= set(gate.thresholds)
    assert all(threshold.about for threshold in gate.thresholds.values())


def test_strict_allows_nothing_that_default_forbids() -> None:
    default, strict = (read_gate(find_gate(name, [])).thresholds for name in ("default", "strict"))
    for name, usual in default.items():
        hard = strict[name]
        assert hard.kind == usual.kind and set(usual.measure) <= set(hard.measure), name
        assert usual.least is None or (hard.least is not None and hard.least > usual.least), name
        assert usual.most is None or (hard.most is not None and hard.most < usual.most), name


def test_ones_own_gate_comes_first(tmp_path: Path) -> None:
    (tmp_path / "gate").mkdir()
    (tmp_path / "gate" / "default.yaml").write_text(GOOD)
    assert find_gate("default", [tmp_path]) == tmp_path / "gate" / "default.yaml"
    assert find_gate("strict", [tmp_path]).parent == HOME / "conf" / "gate"
    with pytest.raises(RegularsError, match=r"gate: there is no gate 'defalt'; did you mean default\?"):
        find_gate("defalt", [tmp_path])


def test_a_good_file(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("about: ours\nlevel: 0.9\n" + GOOD)
    gate = read_gate(tmp_path / "mine.yaml")
    assert gate.level == 0.9
    assert gate.thresholds["margin"].measure == ("contribution",)
    assert gate.thresholds["margin"].least == -0.02


def test_the_guide_shows_a_sound_gate_and_names_outcomes_that_exist(tmp_path: Path) -> None:
    """`docs/gate.md`: its example can be read as it stands, and no outcome in its lists is made up."""
    guide = (HOME / "docs" / "gate.md").read_text(encoding="utf-8")
    (tmp_path / "mine.yaml").write_text(guide.split("```yaml\n")[1].split("```")[0])
    assert set(read_gate(tmp_path / "mine.yaml").thresholds) == {"margin", "loyal", "cost"}
    named = set(re.findall(r"`(\w+)`", guide.split("## Outcomes")[1]))
    assert named <= set(DEFINITIONS) and len(named) > 70


LINE = "thresholds:\n  margin: {{measure: contribution, kind: relative, {}}}\n"
WRONG = {
    "a key that is not there": (GOOD + "levl: 0.9\n", r"levl: there is no key 'levl'; did you mean level\?"),
    "a key of a threshold": (LINE.format("lest: 0"), r"thresholds\.margin\.lest: there is no key 'lest'; did you mean least"),
    "a kind": (
        GOOD.replace("relative", "relativ"),
        r"thresholds\.margin\.kind: 'relativ' was given; allowed: relative, absolute, value; did you mean relative\?",
    ),
    "no number": (LINE.format("least: a lot"), r"thresholds\.margin\.least: 'a lot' was given; allowed: a number"),
    "a number as text": (LINE.format("least: '-0.02'"), r"thresholds\.margin\.least: '-0\.02' was given; allowed: a number"),
    "infinite": (LINE.format("least: .inf"), r"thresholds\.margin\.least: inf was given"),
    "no bound": (LINE.format("about: x"), r"thresholds\.margin: neither least nor most"),
    "nothing between": (LINE.format("least: 0.2, most: 0.1"), r"thresholds\.margin: least \(0\.2\) is above most \(0\.1\)"),
    "all may be lost": (LINE.format("least: -1.5"), r"thresholds\.margin: a relative bound is a share above -1"),
    "an outcome": (
        GOOD.replace("contribution", "contributon"),
        r"thresholds\.margin\.measure: there is no outcome 'contributon'; did you mean contribution\?",
    ),
    "an outcome twice": (
        GOOD.replace("contribution", "[orders, orders]"), r"thresholds\.margin: measure names an outcome twice",
    ),
    "no outcome": (GOOD.replace("contribution", "[]"), r"thresholds\.margin\.measure: \[\] was given; allowed: a list"),
    "no thresholds": ("about: nothing\n", r"thresholds: missing; needed: a group of keys"),
    "an empty file": ("", r"thresholds: missing"),
    "empty thresholds": ("thresholds: {}\n", r"thresholds: \{\} was given; allowed: a group of keys"),
    "a level": (GOOD + "level: 1.5\n", r"level: 1\.5 was given; allowed: a number > 0\.5 and < 1"),
    "a key twice": (GOOD + GOOD, r"line 3: not valid YAML: found duplicate key"),
    "no YAML": ("thresholds: [\n", r"not valid YAML"),
    "a list": ("- a\n- b\n", r"holds a list"),
    "a word": ("hello\n", r"thresholds: missing"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_file_is_one_line_with_file_and_key(what: str, tmp_path: Path) -> None:
    text, told = WRONG[what]
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(RegularsError, match=told) as error:
        read_gate(path)
    lines = str(error.value).split("\n")
    assert lines[0].startswith(str(path))
    assert len(lines) == 1 or (len(lines) == 2 and lines[1].startswith("  allowed: "))
