"""Policies come from a config node, ours or a user's, and every wrong node is one clear line."""

import sys

import pytest

from sim import keys, loading
from sim.errors import RegularsError
from sim.loading import levers_of, load_policy, make_room

MINE = """
from typing import Annotated
from pydantic import Field
from sim.contract import Offer, policy_class
import {helper}

@policy_class
class Mine:
    cut: Annotated[float, Field(ge=0, le=0.5)] = 0.1
    steps: tuple[int, ...] = (1, 2)

    def offer(self, visit):
        return Offer(discount=self.cut)

class Plain:
    cut = 0.1

    def offer(self, visit):
        return Offer()
"""


@pytest.fixture
def shelf(tmp_path, monkeypatch):
    """A user's folder with a policy of a name that no other test uses, on the path as the command puts it."""
    name = f"mine_{abs(hash(tmp_path))}"
    (tmp_path / f"{name}.py").write_text(MINE.format(helper=f"{name}_helper"))
    (tmp_path / f"{name}_helper.py").write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    make_room()
    yield tmp_path, name
    for module in [module for module in sys.modules if module.startswith(name)]:
        del sys.modules[module]


def refused(node, where="policy"):
    with pytest.raises(RegularsError) as caught:
        load_policy(node, where)
    lines = str(caught.value).splitlines()
    assert len(lines) <= 3
    return lines[0]


def test_none_needs_no_target():
    assert type(load_policy({"name": "none"})).__name__ == "NoPolicy"


def test_a_policy_of_the_user(shelf):
    _, name = shelf
    policy = load_policy({"name": "mine", "_target_": f"{name}.Mine", "cut": 0.2, "steps": [3]})
    assert (policy.cut, policy.steps) == (0.2, (3,))
    assert levers_of(policy) == {"cut": 0.2, "steps": [3]}
    with pytest.raises(AttributeError):
        policy.cut = 0.3


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cut": 0.7}, "policy.cut: 0.7 was given; allowed: a number >= 0 and <= 0.5"),
        ({"cut": "x"}, "policy.cut: 'x' was given; allowed: a number >= 0 and <= 0.5"),
        ({"cit": 0.1}, "policy.cit: there is no lever 'cit'; did you mean cut?"),
        ({"steps": [1, 2.5]}, "policy.steps.1: 2.5 was given; allowed: a whole number"),
        ({"_partial_": True}, "policy._partial_: no key may start with '_'"),
        ({"cut": {"_target_": "os.system"}}, "policy.cut._target_: no key may start with '_'"),
        ({"steps": [{"_args_": []}]}, "policy.steps.0._args_: no key may start with '_'"),
        ({"_target_": "{name}.Mne"}, "there is no class 'Mne'; did you mean Mine?"),
        ({"_target_": "{name}.Plain"}, "must be a pydantic dataclass"),
        ({"_target_": "{name}x.Mine"}, "there is no module '{name}x'; did you mean {name}?"),
        ({"_target_": "policies.pionts.Points"}, "did you mean policies.points?"),
        ({"_target_": "os.system"}, "must be a pydantic dataclass"),
        ({"_target_": "Mine"}, "allowed: a dotted path"),
        ({"_target_": 3}, "policy._target_: 3 was given; allowed: a dotted path"),
        ({"name": "none"}, "policy.name: missing beside _target_"),
        ({"name": "../up"}, "policy.name: '../up' was given"),
        ({"name": None}, "policy.name: null was given"),
    ],
)
def test_a_wrong_node_is_one_line(shelf, change, told):
    _, name = shelf
    node = {"name": "mine", "_target_": f"{name}.Mine"} | change
    node["_target_"] = node["_target_"].format(name=name) if isinstance(node["_target_"], str) else node["_target_"]
    assert told.format(name=name) in refused(node)


def test_a_node_that_is_no_node_and_a_name_without_a_class():
    assert refused(["a", "b"]).startswith("policy: ['a', 'b'] was given")
    assert refused({"name": "mine"}).startswith("policy: 'mine' says no _target_")
    assert refused({"name": "mine"}, "campaign.mine").startswith("campaign.mine: ")


@pytest.mark.parametrize(
    ("helper", "told"),
    [
        ("x = (", "_helper.py, line 1: '(' was never closed"),
        ("import no_such_thing", " imports no_such_thing, which cannot be found"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
    ],
)
def test_a_module_that_cannot_be_imported(shelf, helper, told):
    folder, name = shelf
    (folder / f"{name}_helper.py").write_text(helper)
    assert told in refused({"name": "mine", "_target_": f"{name}.Mine"})


def test_folders_of_the_user_never_hide_ours(shelf, monkeypatch):
    folder, _ = shelf
    for ours in loading.OURS:
        (folder / ours).mkdir()
        (folder / ours / "__init__.py").write_text("raise RuntimeError('the wrong one')\n")
    (folder / "policies" / "mine.py").write_text("")
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])  # as `python -m sim` puts it
    make_room([folder / "conf"])
    places = [sys.path.index(str(path)) for path in (loading.HOME, folder / "conf", folder)]
    assert places == sorted(places)
    assert "rename your folder" in refused({"name": "mine", "_target_": "policies.mine.Mine"})


def test_the_key_follows_the_source_of_a_policy_and_what_it_imports_from_its_own_folder(shelf):
    folder, name = shelf
    (folder / f"{name}_other.py").write_text("")
    node = {"name": "mine", "_target_": f"{name}.Mine", "cut": 0.2}

    def key(**change):
        config = {"seed": 0, "orders": None, "record": "orders", "policy": node} | change
        return keys.run_key(config, {"policy": load_policy(config["policy"])})

    def forget():  # as a new process would
        for module in [module for module in sys.modules if module.startswith(name)]:
            del sys.modules[module]

    first = key()
    assert key(record="summary", figures=True, progress=False, runs_dir="/elsewhere") == first
    assert key(policy=node | {"cut": "0.2", "steps": [1, 2]}) == first  # the same levers, said otherwise
    assert key(seed=1) != first and key(policy=node | {"cut": 0.3}) != first
    assert set(keys.sources_of(name)) == {name, f"{name}_helper"}
    (folder / f"{name}_other.py").write_text("y = 2\n")
    forget()
    assert key() == first
    (folder / f"{name}_helper.py").write_text("x = 2\n")
    assert key() == first  # what this process loaded, and runs, is the old text
    forget()
    second = key()
    assert second != first
    (folder / f"{name}.py").write_text(MINE.format(helper=f"{name}_helper") + "\n# edited\n")
    forget()
    assert key() not in (first, second)


def test_the_key_follows_the_content_of_the_order_log_and_not_its_place(tmp_path):
    def key(log):
        return keys.run_key({"orders": str(log), "policy": {"name": "none"}}, {"policy": load_policy({"name": "none"})})

    log, copy = tmp_path / "log.csv", tmp_path / "copy.csv"
    log.write_text("customer,date,value\n")
    copy.write_text(log.read_text())
    first = key(log)
    assert key(copy) == first
    log.write_text("customer,date,value\n1,2025-01-01,3\n")
    assert key(log) != first
    with pytest.raises(RegularsError, match=r"orders: there is no file '.*/lgo.csv'; did you mean .*/log.csv\?"):
        key(tmp_path / "lgo.csv")
    with pytest.raises(RegularsError, match="which is a folder"):
        key(tmp_path)


def test_imports_are_followed_through_packages_and_relative_names(tmp_path, monkeypatch):
    name = f"pack_{abs(hash(tmp_path))}"
    pack = tmp_path / name
    (pack / "deep").mkdir(parents=True)
    (pack / "__init__.py").write_text("")
    (pack / "a.py").write_text("from . import b\nfrom .deep.c import x\nimport json, numpy\n")
    (pack / "b.py").write_text(f"def later():\n    import {name}.d\n")
    (pack / "deep" / "__init__.py").write_text("")
    (pack / "deep" / "c.py").write_text(f"from ..e import y\nfrom policies.points import Points\nx = {name!r}\n")
    for other in "def":
        (pack / f"{other}.py").write_text("y = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = set(keys.sources_of(f"{name}.a"))
    inside = {f"{name}{part}" for part in ("", ".a", ".b", ".d", ".e", ".deep", ".deep.c")}
    assert found == inside | {"policies", "policies.points"}
