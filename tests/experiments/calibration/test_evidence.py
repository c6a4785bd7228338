"""Past tests as evidence: what is refused, and that the coefficient behind a simulated test is found again."""

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.calibration import evidence
from experiments.calibration.evidence import PRIOR, PRIOR_LOG_SD, Evidence, read_evidence, weighed
from sim.errors import RegularsError

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


def test_sharp_evidence_moves_and_blunt_evidence_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """With lift = 0.1 * coefficient a lift of 0.3 +- 0.02 says 3.0 +- 0.2; one of +- 5 says nothing."""
    monkeypatch.setattr(evidence, "played", lambda test, keys: 0.1 * float(keys["coef"]))
    keys = lambda coef: {"coef": coef}  # noqa: E731
    sharp = weighed([TEST], keys, 2_000, 0)
    assert sharp.coef == pytest.approx(3.0, abs=0.1)
    assert np.log(sharp.draws).std() < 0.2 * PRIOR_LOG_SD
    blunt = weighed([Evidence(**vars(TEST) | {"sd": 5.0})], keys, 2_000, 0)
    assert blunt.coef == pytest.approx(PRIOR, rel=0.05)
    assert np.log(blunt.draws).std() == pytest.approx(PRIOR_LOG_SD, rel=0.1)
    odd = weighed([Evidence(**vars(TEST) | {"lift": -0.8})], keys, 2_000, 0)
    assert any("no value of the prior" in line for line in odd.said)


def test_the_world_responds_more_the_higher_the_coefficient() -> None:
    """Twin worlds share all luck, so 2,500 shoppers tell coefficients 2 and 6 apart; without a cut there is no lift at all."""
    keys: dict[str, Any] = {"price_coef": 2.0, "shop_age_days": 200}
    low, high = evidence.played(TEST, keys), evidence.played(TEST, keys | {"price_coef": 6.0})
    assert 0.02 < low < high - 0.05
    assert evidence.played(Evidence(**vars(TEST) | {"cut": 0.0}), keys) == 0.0
    half = evidence.played(Evidence(**vars(TEST) | {"reach": 0.5}), keys)
    assert half == pytest.approx(low / 2)
