"""The same customers under other names and in other forms give the same numbers."""

import json

import duckdb
import numpy as np
import pytest

from tests.experiments.asked import PLAIN, ROWS, SMALL, TEXT, answer, numbers, written

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
