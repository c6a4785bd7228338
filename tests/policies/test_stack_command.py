"""The stack on the command line, and in a file of the user's."""

import json

import pytest

from tests.test_command import SMALL, here, typed

assert here  # the fixture, used by name

STACK = ("+policy=stack", "+policy@policy.layers.a=points", "+policy@policy.layers.b=rfm")
CLUB = """
defaults:
  - /policy@layers.card: points
  - /policy@layers.status: rfm
  - _self_
name: club
_target_: policies.stack.Stack
max_concession: 0.2
layers: {card: {earn_rate: 0.02}}
"""


def test_a_stack_of_points_and_tiers_gives_both(here, monkeypatch, capsys):
    """Points are earned, and tiers bring a discount: in one run, and levers of a layer can be set."""
    code, _, err = typed(monkeypatch, capsys, *STACK, "policy.layers.a.earn_rate=0.05", *SMALL, "days=90")
    assert code == 0, err
    (folder,) = here.glob("runs/stack-*")
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["points"]["issued"] > 0 and summary["discounts"] > 0
    assert "earn_rate: 0.05" in (folder / "config.yaml").read_text()


def test_a_stack_in_a_file_of_the_user(here, monkeypatch, capsys):
    """Layers by Hydra's defaults list, and a lever of a layer changed in the file."""
    (here / "conf" / "policy").mkdir(parents=True, exist_ok=True)
    (here / "conf" / "policy" / "club.yaml").write_text(CLUB)
    code, out, err = typed(monkeypatch, capsys, "--config-dir", "conf", "policy=club", "--cfg", "job", "-p", "policy")
    assert code == 0, err
    assert "earn_rate: 0.02" in out and "rfm_weights" in out
    assert typed(monkeypatch, capsys, "--config-dir", "conf", "policy=club", *SMALL)[0] == 0
    assert len(list(here.glob("runs/club-*"))) == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (STACK[:1], "policy: layers: none was given; add some: +policy@policy.layers.a=points"),
        ((*STACK[:2], "+policy@policy.layers.b=points"), "policy: layers a and b both have points"),
        ((*STACK[:2], "+policy@policy.layers.b=ponits"), "there is no policy 'ponits'; did you mean points?"),
        ((*STACK, "policy.layers.a.earn_rat=1"), "policy.layers.a.earn_rat: there is no lever 'earn_rat'"),
        ((*STACK, "policy.layers.a.earn_rate=1"), "policy.layers.a.earn_rate: 1 was given; allowed: a number >= 0"),
        ((*STACK, "policy.layers.b._target_=os.system"), "policy.layers.b._target_: os.system must be a pydantic"),
        ((*STACK, "policy.layers.b._args_=[1]"), "policy.layers.b._args_: no key may start with '_'"),
        ((*STACK, "policy.layers.c=3"), "policy.layers.c: 3 was given; allowed: the name of one file in conf/policy"),
        ((*STACK, "policy.rule=max"), "policy.rule: 'max' was given; allowed: sum, best"),
        ((*STACK, "shards=2", "service=none"), "policy: the cost of a point is estimated from the whole shop's past"),
    ],
)
def test_a_wrong_stack_is_one_line(here, monkeypatch, capsys, words, told):
    code, out, err = typed(monkeypatch, capsys, *words, *SMALL)
    assert code == 1 and out == ""
    assert told in err and len(err.splitlines()) <= 3 and "Traceback" not in err
    assert not list(here.glob("runs/*"))
