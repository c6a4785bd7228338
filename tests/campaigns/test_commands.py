"""Campaigns as their users meet them: the command line, a folder of one's own, and what is refused."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from policies.none import NoPolicy
from sim.contract import Audience, Touch
from sim.door import CampaignDoor, clerk
from sim.errors import RegularsError
from sim.shop.counter import PolicyError
from sim.shop.touches import read_campaign, read_touch
from tests.campaigns.worlds import CAMPAIGNS, Everybody
from tests.test_command import SMALL, here, typed
from tests.walk import leaks
from tests.worlds import small, trade

assert here  # the fixture, used by name
GUIDE = Path(__file__).resolve().parents[2] / "docs" / "writing-a-campaign.md"
HOME = Path(__file__).resolve().parents[2]


def test_campaigns_of_the_registry_run_together(here: Path, monkeypatch: Any, capsys: Any) -> None:
    """Each file has a place of its own: none is lost; the table and the files tell of all."""
    names = sorted(path.stem for path in (HOME / "conf" / "campaign").glob("*.yaml"))
    assert names == sorted(CAMPAIGNS)
    code, out, _ = typed(
        monkeypatch, capsys, "+policy=points", f"+campaign=[{','.join(names)}]", "events=double_eleven",
        "start=2025-11-01", "campaign.winback.lapse_cycles=0.5", "figures=false", *SMALL,
    )  # fmt: skip
    assert code == 0 and all(f"campaign {name}" in out for name in names)
    summary = json.loads(next(here.glob("runs/points-*/summary.json")).read_text())
    assert set(summary["campaigns"]) == set(names)
    assert next(here.glob("runs/points-*/touches.parquet")).stat().st_size > 0


def test_the_guide_works_to_the_letter(here: Path, monkeypatch: Any, capsys: Any) -> None:
    """Its campaign, its YAML and its command."""
    blocks = dict(re.findall(r"`my_shop/([\w/.]+)`\n```\w+\n(.*?)```", GUIDE.read_text(), re.DOTALL))
    for name, text in blocks.items():
        path = here / "my_shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    command = re.search(r"python -m sim (--config-dir my_shop .*)", GUIDE.read_text())
    assert command is not None and len(blocks) == 2
    typed_in = command[1].replace('"', "").split()
    code, _, told = typed(monkeypatch, capsys, *typed_in, "figures=false", *SMALL, "shoppers=100", "days=400")
    sys.modules.pop("birthday", None)
    assert code == 0, told
    summary = json.loads(next(here.glob("runs/points-*/summary.json")).read_text())
    assert summary["campaigns"]["birthday"]["sent"] > 0


@pytest.mark.parametrize(
    ("typed_in", "said"),
    [
        (["+campaign=[winbak]"], "there is no campaign 'winbak'; did you mean winback?"),
        (["campaign.winback.holdout=0.2"], "the campaign is not on; write +campaign=winback too"),
        (["+campaign=[winback]", "campaign.winback.lapse=3"], "campaign.winback"),
        (["+campaign=[winback]", "campaign.winback.holdout=2"], "campaign.winback.holdout"),
        (["+campaign=[winback]", "campaign.winback.channel=pigeon"], "Touch.channel is 'pigeon'; allowed: email, sms"),
        (["+campaign=[care]", "messages.contact_cap=99"], "messages.contact_cap"),
        (["+campaign=[care]", "service=none", "shards=2"], "shards: 2 was given; allowed: 1"),
    ],
)
def test_what_is_wrong_is_one_line(typed_in: Any, said: str, here: Path, monkeypatch: Any, capsys: Any) -> None:
    """Where, what was given, what is right; nothing half-written."""
    code, _, told = typed(monkeypatch, capsys, "+policy=none", *typed_in, *SMALL)
    assert code == 1 and said in told and "Traceback" not in told
    assert not list(here.glob("runs/*/summary.json"))


GOOD: dict[str, Any] = {"customer": np.array([3, 1]), "wave": "first", "kind": "offer"}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"customer": [1, 1]}, "names 1 customers twice"),
    ({"customer": np.array([1.5])}, "whole numbers"),
    ({"customer": 3}, "shape (n,)"),
    ({"wave": ""}, "a text of 1 to 60 characters"),
    ({"kind": "gift"}, "allowed: information, offer"),
    ({"coupon_share": 1.0}, "a number, 0 to 0.95"),
    ({"coupon_share": 0.1, "coupon_yuan": 5.0}, "allowed: one of them"),
    ({"coupon_share": 0.1, "kind": "information"}, "allowed: kind='offer'"),
    ({"coupon_yuan": float("nan")}, "Touch.coupon_yuan is nan"),
    ({"minimum": -1.0}, "Touch.minimum is -1.0"),
    ({"classes": (False,) * 4}, "at least one true"),
    ({"days_valid": 0}, "a number, 1 to 365"),
]


@pytest.mark.parametrize(("change", "said"), BAD, ids=lambda case: case if isinstance(case, str) else "")
def test_touches_that_no_shop_could_send(change: dict[str, Any], said: str) -> None:
    """Refused with what is allowed; the touch without the fault is taken."""
    assert read_touch(Touch(**GOOD))[0].tolist() == [1, 3]
    with pytest.raises(PolicyError, match=re.escape(said)):
        read_touch(Touch(**GOOD | change))
    with pytest.raises(PolicyError, match="holdout"):
        read_campaign(Everybody(holdout=0.95))


def test_an_unknown_customer_is_refused_with_the_campaign_and_its_line() -> None:
    """A campaign writes to customers of the file only."""

    class Stranger(Everybody):
        def processes(self, shop: Any) -> Any:
            shop.send(Touch(np.array([987654]), "all"))
            yield 1

    with pytest.raises(
        RegularsError, match=r"campaign=it: Stranger.processes \(.*test_commands.py, line \d+\): Touch.cust"
    ):
        trade(small(days=10), NoPolicy(), campaigns={"it": Stranger()})


def test_a_campaign_sees_what_the_shop_knows_and_nothing_else() -> None:
    """No path of attributes leads from its door or its file to a latent column; columns are read-only."""
    found: dict[str, Any] = {}

    class Looking(Everybody):
        def processes(self, shop: Any) -> Any:
            yield 50
            found["door"], found["file"] = shop, shop.customers()
            found["again"] = shop.customers()
            yield 1

    world, _ = trade(small(days=60), NoPolicy(), campaigns={"it": Looking(), "other": Everybody()})
    assert isinstance(found["door"], CampaignDoor) and isinstance(found["file"], Audience)
    assert leaks(found["door"], world) == [] and leaks(found["file"], world) == []
    assert list(vars(found["file"])) and set(vars(found["file"])) == set(Audience.__dataclass_fields__)
    for name, column in vars(found["file"]).items():
        assert not column.flags.writeable and not np.shares_memory(column, getattr(found["again"], name)), name
    assert found["file"].messages.any() and np.isfinite(found["file"].last_message).any()
    assert leaks(lambda: clerk(world), world)  # the planted fault: a closure over the world
