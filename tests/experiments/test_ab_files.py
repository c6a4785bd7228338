"""Files as they come: gaps, one customer in an arm, and what cannot be used at all."""

import json
import os

import duckdb
import numpy as np
import pandas as pd
import pytest

from experiments import ab
from tests.experiments.asked import PLAIN, ROWS, SMALL, TEXT, answer, line, numbers, written


def complete(found):
    """Every null of a line has a reason, and every line all that was promised."""
    for row in [*found["pairs"], *found["tukey"]]:
        shown = [row[key] for key in ("difference", "low", "high", "p_value", "statistic")]
        assert None not in shown or row["reason"]
        assert row["method"] != "cox" or row["p_value"] is None or row["se"] > 0
    for row in found["power"]["reached"]:
        assert None not in row.values() or row["reason"]
    return True


def test_missing_values_and_words_that_are_no_numbers(tmp_path):
    data = PLAIN.astype(object)
    data.loc[3:20, "spend"], data.loc[30, "spend"], data.loc[31, "spend"] = np.nan, "NA", "inf"
    data.loc[40:44, "arm"], data.loc[50:55, "lapsed"], data.loc[60, "days_to_lapse"] = np.nan, np.nan, -1
    data.loc[70, "margin"] = "n.b."
    found = answer(tmp_path, data)
    said = "\n".join(found["said"])
    assert "5 rows name no arm" in said and "1 times below 0 were taken as missing" in said
    assert "7 of 445 customers lack time or event" in said
    assert "spend: 1 of 450 values are no numbers, the first is 'inf' in data row 32: taken as missing" in said
    assert "margin: 1 of 450 values are no numbers, the first is 'n.b.' in data row 71: taken as missing" in said
    assert "spend: 20 of 445 customers have no value" in said
    clean = data.drop(index=range(40, 45))
    spend = pd.to_numeric(clean.spend.where(~clean.spend.isin(["NA", "inf"])))
    for arm, told in found["arms"].items():
        assert told["known"]["spend"] == spend[clean.arm == arm].count()
        assert told["mean"]["spend"] == pytest.approx(spend[clean.arm == arm].mean())
    assert complete(found)


def test_an_arm_of_one_customer(tmp_path):
    one = PLAIN.iloc[[0]].assign(arm="solo", customer_id=999)
    found = answer(tmp_path, pd.concat([PLAIN, one]))
    assert complete(found) and found["arms"]["solo"]["n"] == 1 and found["arms"]["solo"]["sd"]["spend"] is None
    for method in ("welch", "cuped"):
        row = line(found, "solo", "control", method, "spend")
        assert row["p_value"] is None and row["low"] is None and row["reason"]
    assert line(found, "solo", "control", "welch", "spend")["difference"] is not None
    assert line(found, "solo", "control", "tukey", "spend", "tukey")["p_value"] is None
    assert line(found, "coupon", "points", "tukey", "spend", "tukey")["p_value"] == pytest.approx(0.99535, abs=1e-4)
    assert "retained, solo against control: few customers, so that p is rough" in found["said"]
    found = answer(tmp_path, pd.concat([PLAIN, one]), "control=solo", "customer=none")
    assert complete(found)


def test_an_arm_of_one_customer_who_leaves_first_is_called_rough(tmp_path, capsys):
    """One early event among hundreds at risk makes a p of 1e-5 or less, which nobody should believe."""
    one = PLAIN.iloc[[0]].assign(arm="solo", customer_id=999, days_to_lapse=1, lapsed=1)
    file = pd.concat([PLAIN.assign(days_to_lapse=PLAIN.days_to_lapse + 2), one])
    found = answer(tmp_path, file)
    row = line(found, "solo", "control", "logrank")
    assert row["p_value"] < 1e-5 and row["rough"] and row["expected"] < 5
    assert "days_to_lapse, solo against control: few events, so that p is rough" in found["said"]
    assert "rough: too few customers for this p" in " ".join(capsys.readouterr().out.split("Arms")[0].split())
    assert "rough" not in line(found, "coupon", "control", "logrank")


@pytest.mark.parametrize("value", [7.5, 0.1, 1, 0])
def test_a_constant_outcome(tmp_path, value):
    found = answer(tmp_path, PLAIN.assign(spend=value))
    for row in found["pairs"]:
        if row["metric"] == "spend":
            assert row["p_value"] is None and row["reason"] and row["difference"] == 0
    assert complete(found) and found["arms"]["coupon"]["sd"]["spend"] == 0
    assert ("newcombe" in {row["method"] for row in found["pairs"] if row["metric"] == "spend"}) == (value in (0, 1))
    assert line(found, "coupon", "control", "welch", "margin")["p_value"] == pytest.approx(0.4056521702)


def test_constant_everything(tmp_path):
    data = PLAIN.assign(pre_spend=1.0, spend=2.0, margin=3.0, retained=1, days_to_lapse=5, lapsed=0)
    found = answer(tmp_path, data)
    assert (
        complete(found) and not [row for row in found["pairs"] if row["p_value"] is not None] and not found["families"]
    )


@pytest.mark.parametrize(("gone", "methods"), [("pre_spend", ["cuped"]), ("days_to_lapse", ["logrank", "cox"])])
def test_without_a_covariate_or_a_time_the_rest_stands_and_the_gap_has_a_reason(tmp_path, gone, methods):
    found = answer(tmp_path, PLAIN.drop(columns=gone))
    for row in found["pairs"]:
        assert (row["p_value"] is None) == (row["method"] in methods)
    assert complete(found)


def test_outcomes_only_in_one_arm_and_a_covariate_that_is_empty(tmp_path):
    data = PLAIN.assign(pre_spend=np.nan)
    data.loc[data.arm != "control", "spend"] = np.nan
    found = answer(tmp_path, data)
    assert complete(found) and line(found, "coupon", "control", "welch", "spend")["reason"] == "an arm has no values"


def test_arms_can_be_chosen_and_customers_in_two_rows_are_said(tmp_path, small):
    found = answer(tmp_path, PLAIN, "arms=[control,coupon]")
    assert "150 rows are in arms that were not asked for: left out" in found["said"]
    assert line(found, "coupon", "control", "cuped", "spend") | {"p_holm": 0} == small["pairs"][1] | {"p_holm": 0}
    twice = pd.concat([PLAIN, PLAIN.iloc[:5], PLAIN.iloc[[7]].assign(arm="points")])
    found = answer(tmp_path, twice)
    assert any("6 customers stand in several rows, 1 of them in several arms" in line for line in found["said"])


def test_rows_with_too_many_fields_are_left_out_and_said(tmp_path, small):
    rows = [*ROWS[:10], "451,points,1,234.50,2.0,1.0,1,5,1", *ROWS[10:]]
    found = answer(tmp_path, written(tmp_path, "\n".join(rows).encode()))
    assert "1 of 451 rows have more fields than the header, the first is data row 10: left out" in found["said"]
    assert numbers(found) == small


def test_an_effect_worth_finding_takes_the_place_of_what_was_observed(tmp_path):
    found = answer(tmp_path, SMALL, "effect.spend=-20", "effect.retained=0.1", "power=0.9")
    rows = {(row["treatment"], row["metric"]): row for row in found["power"]["reached"]}
    assert rows["coupon", "spend"]["difference"] == -20 and rows["coupon", "spend"]["difference_from"] == "effect"
    assert 0.75 < rows["coupon", "spend"]["power"] < 0.85 and rows["coupon", "margin"]["difference_from"] == "observed"
    assert rows["points", "retained"]["needed_control"] > 300


def test_the_same_question_is_answered_from_the_store_and_another_path_changes_no_number(tmp_path, monkeypatch, capsys):
    found = answer(tmp_path, SMALL)
    (folder,) = (tmp_path / "results").glob("ab-*")
    first, told = (folder / "ab.json").read_bytes(), capsys.readouterr().out
    monkeypatch.setattr(ab, "_found", lambda _: pytest.fail("computed again"))
    assert ab.main([f"customers={SMALL}", f"results_dir={tmp_path / 'results'}"]) == 0
    assert capsys.readouterr().out == told
    monkeypatch.undo()
    copy = written(tmp_path, SMALL.read_bytes(), "copy.csv")
    answer(tmp_path / "elsewhere", copy)
    (other,) = (tmp_path / "elsewhere" / "results").glob("ab-*")
    assert other.name == folder.name and (other / "ab.json").read_bytes() == first
    assert json.loads((other / "run.json").read_text())["customers"] == str(copy)
    assert str(tmp_path) not in first.decode() and found["data"]["sha256"]
    text = (folder / "report.md").read_text()
    assert "No difference against control" in text and "| coupon - control | spend | welch |" in text


def test_a_difference_that_is_there_is_the_first_thing_said(tmp_path, capsys):
    data = PLAIN.assign(spend=PLAIN.spend + 40.0 * (PLAIN.arm == "points")).drop(
        PLAIN.index[PLAIN.arm == "coupon"][:80]
    )
    answer(tmp_path, data)
    out = capsys.readouterr().out
    assert out.startswith("The arm sizes do not fit the shares that were meant")
    assert "points: spend +42.88 [28.35, 57.42]" in " ".join(out.split())


@pytest.mark.parametrize(
    ("data", "options", "told"),
    [
        (b"", "", "customers.csv' is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "", "customers.csv' is empty"),
        (b"arm,spend\n", "", "has a header row and no customers below it"),
        (b"arm\na\nb\n", "", "has one column only"),
        (b"1,a,3\n2,b,4\n", "", "has no header row"),
        (b"arm,spend,spend\na,1,2\nb,2,3\n", "", "two columns called 'spend'"),
        (b"PK\x03\x04\x00\x00\x00", "", "neither text (CSV) nor Parquet"),
        (b"PAR1 is no parquet", "", "cannot be read as a table"),
        (b"arm,spend\na,1\na,2\n", "", "names one arm only, 'a'"),
        (b"arm,spend\n,1\n,2\n", "", "arm: "),
        (b"arm,word\na,x\nb,y\n", "", "outcomes: no column of numbers is left"),
        (b"where,spend\n1,1\n2,2\n", "", "arm: no column says which arm a customer was in"),
        (TEXT.encode(), "arm=spnd", "arm: there is no column 'spnd'; did you mean spend?"),
        (TEXT.encode(), "outcomes=[spend,profit]", "outcomes: there is no column 'profit'"),
        (TEXT.encode(), "outcomes=arm", "outcomes: column 'arm' holds 'control', 'coupon', 'points'; needed: numbers"),
        (TEXT.encode(), "outcomes=spend covariate=spend", "outcomes: column 'spend' was given for two keys"),
        (TEXT.encode(), "control=coupn", "control: there is no arm 'coupn'; did you mean coupon?"),
        (TEXT.encode(), "arms=[control,cupon]", "arms: there is no arm 'cupon'; did you mean coupon?"),
        (TEXT.encode(), "event=spend", "event: 329 of 450 values of column 'spend' are not 0 or 1, such as "),
        (TEXT.encode(), "time=nothing", "time: there is no column 'nothing'"),
        (TEXT.encode(), "arm=customer_id", "arm: the column has"),
        (TEXT.encode(), "shares.control=1", "shares: no share is given for coupon, points"),
        (TEXT.encode(), "shares.coupom=1", "shares: there is no arm 'coupom'; did you mean coupon?"),
        (TEXT.encode(), "effect.spnd=1", "effect: there is no outcome 'spnd'; did you mean spend?"),
        (TEXT.replace(",points,", ",points,1,").encode(), "", "rows have more fields than the header"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_leaves_nothing(tmp_path, capsys, data, options, told):
    path = written(tmp_path, data)
    results = tmp_path / "results"
    assert ab.main([f"customers={path}", f"results_dir={results}", *options.split()]) == 1
    out, err = capsys.readouterr()
    assert out == "" and told in err and len(err.splitlines()) <= 2, err
    assert not results.exists()


def test_a_text_where_most_are_numbers_is_refused_if_named_and_left_out_if_guessed(tmp_path, capsys):
    data = PLAIN.astype({"margin": object})
    data = pd.concat([data] * 30, ignore_index=True)
    data.loc[11000:, "margin"] = "unclear"
    found = answer(tmp_path, data)
    assert found["columns"]["outcomes"] == ["spend", "retained"]
    assert any("margin" in line and "the column was left out" in line for line in found["said"])
    path = tmp_path / "customers.csv"
    capsys.readouterr()
    assert ab.main([f"customers={path}", "outcomes=margin", f"results_dir={tmp_path}"]) == 1
    assert (
        "2500 of 13500 values are no numbers, the first is 'unclear' in data row 11001; needed: numbers"
        in capsys.readouterr().err
    )


def test_stopped_while_the_database_works_nothing_is_left(tmp_path, monkeypatch, capsys):
    def interrupted(source, sql):
        raise RuntimeError("Query interrupted")  # what DuckDB makes of Ctrl-C

    monkeypatch.setattr("experiments.arms.source.Source.query", interrupted)
    assert ab.main([f"customers={SMALL}", f"results_dir={tmp_path / 'results'}"]) == 130
    assert len(capsys.readouterr().err.split("\n")) == 3 and not (tmp_path / "results").exists()


@pytest.mark.slow
def test_ten_million_customers_fit_into_two_gigabytes(tmp_path):
    """The means of 10 million rows are those of arithmetic, and memory does not hold the rows."""
    import subprocess
    import sys

    path = tmp_path / "big.csv"
    duckdb.sql(
        "COPY (SELECT i AS customer_id, ['a', 'b'][1 + i % 2] AS arm, i % 1000 AS pre_spend, i % 1000 + 3 * (i % 2) AS spend, "
        "(i % 10 < 6)::INT AS retained, 1 + i % 97 AS days_to_lapse, (i % 3 > 0)::INT AS lapsed FROM range(10000000) t(i)) "
        f"TO '{path}'"
    )
    code = "import resource, sys; from experiments.ab import main; code = main(sys.argv[1:]); "
    code += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024); sys.exit(code)"
    arguments = [sys.executable, "-c", code, f"customers={path}", f"results_dir={tmp_path / 'results'}"]
    home = str(SMALL.parents[3])
    done = subprocess.run(arguments, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": home}, check=True)
    assert int(done.stdout.split()[-1]) < 2000
    (made,) = (tmp_path / "results").glob("ab-*/ab.json")
    found = json.loads(made.read_text())
    assert found["arms"]["a"]["mean"]["spend"] == pytest.approx(499, abs=1e-9)
    assert found["arms"]["b"]["mean"]["spend"] == pytest.approx(503, abs=1e-9)
    assert line(found, "b", "a", "welch", "spend")["difference"] == pytest.approx(4, abs=1e-9)
    assert abs(line(found, "b", "a", "cuped", "spend")["theta"] - 1) < 1e-4
