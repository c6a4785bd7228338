"""Past tests as evidence: what is refused, and that the coefficient behind a simulated test is found again."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.calibration.evidence import NUDGE, PRICE, Evidence, read_evidence, weighed
from experiments.calibration.replay import Mailed, played, responding
from sim.errors import RegularsError

MAIL = (
    "- {kind: mailing, start: 2024-03-01, end: 2024-03-14, messages: 2, opened: 0.3, channel: email, unit: per_customer, "
    "lift: 0.2, low: 0.1, high: 0.3}\n"
)
GOOD = "- {kind: price, start: 2024-03-01, end: 2024-03-28, share: 0.5, cut: 0.1, lift: 0.2, low: 0.1, high: 0.3}\n"
TEST = Evidence("price", date(2024, 3, 1), date(2024, 4, 29), 0.5, 0.1, 1.0, 0.3, 0.02)


def test_yaml_and_csv_tell_the_same(tmp_path: Path) -> None:
    """Both forms, with defaults for reach and level: the half width of a 95 % interval is 1.96 standard errors."""
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "a.csv").write_text(
        "kind,start,end,share,cut,lift,low,high\nprice,2024-03-01,2024-03-28,0.5,0.1,0.2,0.1,0.3\n", encoding="utf-8"
    )
    (one,), (other,) = read_evidence(tmp_path / "a.yaml"), read_evidence(tmp_path / "a.csv")
    assert one == other and one.days == 28 and one.reach == 1.0
    assert one.sd == pytest.approx(0.1 / 1.96, rel=1e-3)


@pytest.mark.parametrize(("old", "new", "told"), [
    ("price", "prize", "kind"), ("cut: 0.1", "cut: 1.5", "cut"), ("low: 0.1", "low: 0.4", "lift"),
    ("2024-03-28", "2024-02-28", "days"), ("lift: 0.2", "lft: 0.2", "lft"), ("cut: 0.1, ", "", "cut"),
    ("2024-03-01", "March", "start"), ("share: 0.5", "share: 0", "share"), (GOOD, "", "no test"), (GOOD, "- 3", "3"),
    ("- {", "- {{", "evidence"),
])  # fmt: skip
def test_one_line_for_what_is_wrong(old: str, new: str, told: str, tmp_path: Path) -> None:
    """Where, what was given, what is right."""
    file = tmp_path / "a.yaml"
    file.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(RegularsError, match=told) as error:
        read_evidence(file)
    assert len(str(error.value).splitlines()) == 1
    with pytest.raises(RegularsError, match="no file"):
        read_evidence(tmp_path / "b.yaml")


@pytest.mark.parametrize(("old", "new", "told"), [
    ("lift: 0.2", "lift: 0.2, cut: 0.1", "cut"), ("opened: 0.3", "opened: 3", "opened"), ("email", "post", "channel"),
    ("per_customer", "percent", "unit"), ("messages: 2", "messages: 2.5", "messages"),
])  # fmt: skip
def test_one_line_for_what_is_wrong_with_a_mailing(old: str, new: str, told: str, tmp_path: Path) -> None:
    """A coupon is a campaign; words and whole numbers are checked."""
    (tmp_path / "a.yaml").write_text(MAIL.replace(old, new), encoding="utf-8")
    with pytest.raises(RegularsError, match=f"test 1: '?{told}") as error:
        read_evidence(tmp_path / "a.yaml")
    assert len(str(error.value).splitlines()) == 1


def test_a_mailing_is_read(tmp_path: Path) -> None:
    """All its keys, and what holds where they are not given."""
    (tmp_path / "a.yaml").write_text(MAIL, encoding="utf-8")
    (one,) = read_evidence(tmp_path / "a.yaml")
    assert (one.messages, one.opened, one.channel, one.unit, one.recency, one.cut) == (
        2,
        0.3,
        "email",
        "per_customer",
        365,
        0,
    )
    (tmp_path / "b.csv").write_text("kind,start,end,lift,low,high\nmailing,2024-03-01,2024-03-14,0.2,0.1,0.3\n")
    (other,) = read_evidence(tmp_path / "b.csv")
    assert (other.messages, other.opened, other.unit) == (1, None, "relative")


def test_sharp_evidence_moves_and_blunt_evidence_does_not() -> None:
    """With lift = 0.1 * coefficient a lift of 0.3 +- 0.02 says 3.0 +- 0.2; one of +- 5 says nothing."""
    tenth = lambda coef, test: 0.1 * coef  # noqa: E731
    sharp = weighed([TEST], tenth, 2_000, 0)
    assert sharp.mean == pytest.approx(3.0, abs=0.1)
    assert np.log(sharp.draws).std() < 0.2 * PRICE.log_sd
    blunt = weighed([Evidence(**vars(TEST) | {"sd": 5.0})], tenth, 2_000, 0)
    assert blunt.mean == pytest.approx(PRICE.prior, rel=0.05)
    assert np.log(blunt.draws).std() == pytest.approx(PRICE.log_sd, rel=0.1)
    odd = weighed([Evidence(**vars(TEST) | {"lift": -0.8})], tenth, 2_000, 0)
    assert any("no value of price_coef" in line for line in odd.said)
    mail = weighed([Evidence(**vars(TEST) | {"lift": 0.12, "sd": 0.01})], lambda nudge, test: nudge, 2_000, 0, NUDGE)
    assert mail.mean == pytest.approx(0.12, abs=0.01) and any("messages.nudge" in line for line in mail.said)


def test_the_world_responds_more_the_higher_the_coefficient() -> None:
    """Twin worlds share all luck, so 2,500 shoppers tell coefficients 2 and 6 apart; without a cut there is no lift at all."""
    keys: dict[str, Any] = {"price_coef": 2.0, "shop_age_days": 200}
    low, high = played(TEST, keys), played(TEST, keys | {"price_coef": 6.0})
    assert 0.02 < low < high - 0.05
    assert played(Evidence(**vars(TEST) | {"cut": 0.0}), keys) == 0.0
    half = played(Evidence(**vars(TEST) | {"reach": 0.5}), keys)
    assert half == pytest.approx(low / 2)


def test_a_mailing_moves_more_the_more_it_nudges() -> None:
    """A nudge is a chance on shared luck: more of it never nudges fewer; orders per customer and their ratio agree.

    With a nudge of 0 the mailing still refreshes memories and wins some of the leavers back. The nudge behind a lift is
    found again where the luck is the same: 0.15 within a fifth; a lift of 0 (the planted fault) gives less than half of it.
    """
    test = Evidence("mailing", date(2024, 3, 1), date(2024, 3, 14), 1.0, 0.0, 1.0, 0.1, 0.02, messages=2, opened=0.5)
    world = Mailed(test, {"shop_age_days": 200})
    none, some, much = (world.lift(responding(nudge, [test])) for nudge in (0.0, 0.1, 0.3))
    assert 0.0 < none < some - 0.01 and some < much - 0.02
    assert responding(0.1, [test]).email.open == 0.5 and responding(0.1, []).email.open == 0.17
    orders, people = sum(map(int, world.without)), sum(map(len, world.groups))
    world.test = replace(test, unit="per_customer")
    assert world.lift(responding(0.3, [test])) == pytest.approx(much * orders / people)
    world.test = test
    wanted = replace(test, lift=world.lift(responding(0.15, [test])), sd=0.005)
    shown = lambda nudge, one: world.lift(responding(nudge, [one]))  # noqa: E731
    assert weighed([wanted], shown, 500, 0, NUDGE).mean == pytest.approx(0.15, rel=0.2)
    assert weighed([replace(wanted, lift=0.0)], shown, 500, 0, NUDGE).mean < 0.075
