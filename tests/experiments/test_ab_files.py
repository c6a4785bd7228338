"""Files as they come: other names, other forms, gaps, one customer in an arm, and what cannot be used at all."""

import json
import os

import duckdb
import numpy as np
import pandas as pd
import pytest

from experiments import ab
from tests.experiments.asked import SMALL, answer, line

ROWS = SMALL.read_text().splitlines()
PLAIN = pd.read_csv(SMALL)
NUMBERS = ("arms", "control", "pairs", "families", "tukey", "srm", "power")


def numbers(found):
    return {key: found[key] for key in NUMBERS}


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return numbers(answer(tmp_path_factory.mktemp("ab"), SMALL))


def written(folder, data, name="customers.csv"):
    path = folder / name
    path.write_bytes(data)
    return path


TEXT = "\n".join(ROWS)
HEADER, *BODY = (row.split(",") for row in ROWS)


@pytest.mark.parametrize(
    "data",
    [
        "\r\n".join(ROWS).encode("utf-8-sig"),
        "\r".join(ROWS).encode(),
        (TEXT + "\n\n").encode("utf-16"),
        ("\n" + TEXT.replace(",", ";").replace(".", ",")).encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace(",points,", ', "points" ,').replace(",coupon,", ",  coupon\t,").encode(),
        "\n".join([ROWS[0], *(row + "," for row in ROWS[1:])]).encode(),
        "\n".join([ROWS[0] + ",comment", *(row + ',"two\nlines, ""here"""' for row in ROWS[1:])]).encode(),
        "\n".join([ROWS[0], *(f"{row[:-1]}{'yes' if row[-1] == '1' else 'No'}" for row in ROWS[1:])]).encode(),
        TEXT.replace(",points,", ",Points,", 3).encode(),
    ],
    ids=[
        "crlf and bom",
        "old mac",
        "utf-16",
        "semicolon and decimal comma",
        "tab",
        "blanks",
        "comma at the end",
        "quoted lines",
    ]
    + ["yes and no", "case of an arm"],
)
def test_the_same_customers_in_another_dialect_give_the_same_numbers(tmp_path, small, data):
    found = answer(tmp_path, written(tmp_path, data))
    if b",Points," in data:
        assert "arm: 'Points' was taken for 'points'" in found["said"]
    assert numbers(found) == small


def test_parquet_gives_the_same_numbers(tmp_path, small):
    path = tmp_path / "test.parquet"
    duckdb.sql(
        f"COPY (SELECT * REPLACE (lapsed::BOOLEAN AS lapsed, spend::DECIMAL(9,2) AS spend) FROM '{SMALL}') TO '{path}'"
    )
    assert numbers(answer(tmp_path, path)) == small
    path = tmp_path / "text.parquet"
    duckdb.sql(f"COPY (SELECT * FROM read_csv('{SMALL}', all_varchar=true)) TO '{path}'")
    assert numbers(answer(tmp_path, path)) == small


def test_money_with_signs_and_thousands(tmp_path):
    rows = ["arm,spend"] + [f'{"ab"[i % 2]},"¥{1000 + i * i:,}.50"' for i in range(60)]
    found = answer(tmp_path, written(tmp_path, "\n".join(rows).encode()))
    assert found["arms"]["a"]["mean"]["spend"] == np.mean([1000.5 + i * i for i in range(0, 60, 2)])
    assert "spend: read without thousands commas and currency signs" in found["said"]


def test_other_names_are_taken_as_given(tmp_path, small):
    data = PLAIN.rename(
        columns={"arm": "Zelle", "pre_spend": "zuvor", "spend": "umsatz", "days_to_lapse": "dauer", "lapsed": "weg"}
    )
    named = [
        "arm=Zelle",
        "outcomes=umsatz,margin,retained",
        "covariate=zuvor",
        "time=dauer",
        "event=weg",
        "customer=customer_id",
    ]
    found = answer(tmp_path, data, *named, "control=control")
    assert not any("guessed" in line for line in found["said"])
    text = json.dumps(numbers(found))
    for ours, theirs in (("umsatz", "spend"), ("zuvor", "pre_spend"), ("dauer", "days_to_lapse"), ("weg", "lapsed")):
        text = text.replace(f'"{ours}"', f'"{theirs}"')
    assert json.loads(text) == small


def test_other_names_are_guessed_and_said(tmp_path):
    data = PLAIN.rename(
        columns={
            "customer_id": "User ID",
            "arm": "Variant",
            "pre_spend": "spend_before",
            "spend": "Revenue 2024",
            "days_to_lapse": "tenureDays",
            "lapsed": "churned",
        }
    ).replace({"Variant": {"control": "A", "coupon": "B", "points": "C"}})
    data["signup"], data["city"] = "2024-03-01", "Wuhan"
    found = answer(tmp_path, data)
    assert found["columns"] == {
        "arm": "Variant",
        "customer": "User ID",
        "outcomes": ["Revenue 2024", "margin", "retained"],
        "covariate": dict.fromkeys(["Revenue 2024", "margin", "retained"], "spend_before"),
        "time": "tenureDays",
        "event": "churned",
    }
    for told in (
        "arm: guessed as Variant",
        "customer: guessed as User ID",
        "outcomes: guessed as Revenue 2024, margin, retained",
        "covariate: guessed as spend_before",
        "time: guessed as tenureDays",
        "event: guessed as churned",
        "control: guessed as A, by its name",
        "left out, no outcome: signup, city",
    ):
        assert told in found["said"]


@pytest.mark.parametrize(
    ("arms", "options", "control", "said"),
    [
        (("north", "south", "west"), [], "north", "no arm is called control"),
        (("old shop", "Holdout 10%", "new"), [], "Holdout 10%", "by its name"),
        (("1", "0", "2"), [], "0", "by its name"),
        (("对照组", "积分", "优惠券"), [], "对照组", "by its name"),
        (("off", "on", "null island"), [], "off", "by its name"),
        (("C", "T1", "T"), [], "C", "by its name"),
        (("north", "south", "west"), ["control=SOUTH"], "south", None),
        (("none", "points", "a: b [c]"), ["control=a: b [c]"], "a: b [c]", None),
    ],
)
def test_arms_may_have_any_name(tmp_path, arms, options, control, said):
    data = PLAIN.replace({"arm": dict(zip(("control", "coupon", "points"), arms, strict=True))})
    found = answer(tmp_path, data, *options)
    assert found["control"] == control and set(found["arms"]) == set(arms)
    assert all(row["control"] == control for row in found["pairs"][:14]) and len(found["pairs"]) == 21
    assert any("control:" in line and said in line for line in found["said"]) if said else True


def test_each_covariate_finds_its_outcome(tmp_path):
    data = PLAIN.assign(pre_margin=PLAIN.pre_spend * 0.3)
    found = answer(tmp_path, data)
    assert found["columns"]["covariate"] == {"spend": "pre_spend", "margin": "pre_margin", "retained": "pre_spend"}
    found = answer(tmp_path, data, "covariate=none")
    assert found["columns"]["covariate"] == {} and "pre_margin" in found["columns"]["outcomes"]


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
