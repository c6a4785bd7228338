"""The file of a mailing test as shops keep it needs no key, in whatever dialect."""

import numpy as np
import pandas as pd
import pytest

from tests.experiments.asked import answer


def mailing(rows=3_000):
    """A two-week e-mail test as shops keep it: what was known, the arm in words, then what came of it."""
    luck = np.random.default_rng(7)
    arm = luck.choice(["Mens E-Mail", "No E-Mail", "Womens E-Mail"], rows)
    visit = luck.random(rows) < np.where(arm == "No E-Mail", 0.1, 0.2)
    bought = visit & (luck.random(rows) < 0.3)
    spend = np.where(bought, np.round(luck.lognormal(4, 0.5, rows), 2), 0.0)
    return pd.DataFrame({
        "recency": luck.integers(1, 13, rows), "history_segment": luck.choice(["1) $0 - $100", "6) $750 - $1,000"], rows),
        "history": np.round(luck.lognormal(5, 1, rows), 2), "mens": luck.integers(0, 2, rows),
        "womens": luck.integers(0, 2, rows), "zip_code": luck.choice(["Urban", "Rural"], rows),
        "newbie": luck.integers(0, 2, rows), "channel": luck.choice(["Web", "Phone"], rows), "segment": arm,
        "visit": visit.astype(int), "conversion": bought.astype(int), "spend": spend,
    })  # fmt: skip


@pytest.mark.parametrize("form", ["plain", "semicolons", "dollars and words"])
def test_a_mailing_needs_no_key(tmp_path, form):
    """Arm and control are told by what stands in the column, outcomes by their place behind it; in any dialect alike."""
    table = mailing()
    if form == "dollars and words":
        table = table.assign(visit=table["visit"].map({1: "Yes", 0: "No"}), history=table["history"].map("${:,.2f}".format),
                             spend=table["spend"].map("${:,.2f}".format))  # fmt: skip
    path = tmp_path / "mailing.csv"
    table.to_csv(path, index=False, sep=";" if form == "semicolons" else ",")
    found = answer(tmp_path, path)
    assert found["control"] == "No E-Mail" and found["columns"]["arm"] == "segment"
    assert found["columns"]["outcomes"] == ["visit", "conversion", "spend"]
    assert found["columns"]["covariate"]["spend"] == "history"
    (pair,) = [one for one in found["pairs"] if (one["treatment"], one["control"], one["metric"], one["method"])
               == ("Mens E-Mail", "No E-Mail", "visit", "newcombe")]  # fmt: skip
    plain = mailing().groupby("segment")["visit"].mean()
    assert pair["difference"] == pytest.approx(plain["Mens E-Mail"] - plain["No E-Mail"])
    assert any("known before the test" in line for line in found["said"])


def test_columns_before_an_arm_are_outcomes_unless_the_file_tells(tmp_path):
    """Without a column such as recency in front, or with no numbers behind the arm, place says nothing."""
    table = mailing()
    table[["visit", "spend", "segment"]].to_csv(tmp_path / "behind.csv", index=False)
    assert answer(tmp_path, tmp_path / "behind.csv")["columns"]["outcomes"] == ["visit", "spend"]
    table[["mens", "segment", "spend"]].to_csv(tmp_path / "around.csv", index=False)
    assert answer(tmp_path, tmp_path / "around.csv")["columns"]["outcomes"] == ["mens", "spend"]
