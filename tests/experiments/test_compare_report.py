"""What a comparison shows: a page that stands alone, a table of 80 columns, words that are true."""

import re
from html.parser import HTMLParser

from tests.experiments.conftest import found, latest

LONGER = ["shoppers=80", "days=130"]


VOID = {"meta", "br", "hr", "img", "link"}  # elements that HTML never closes


class Page(HTMLParser):
    """Checks that tags are balanced; collects ids, links and words."""

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.links, self.used, self.words = [], [], [], [], []

    def handle_starttag(self, tag, attrs, closed=False):
        if tag not in VOID and not closed:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name.endswith("href") or name == "src":
                self.used.append(value)
            if value and "http" in value and not name.startswith("xmlns"):
                self.links.append((tag, name, value))
            self.used += re.findall(r"url\((#[^)]+)\)", value or "")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs, closed=True)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_stands_alone(told):
    """Balanced tags, ids that are unique and found, nothing from the network, every picture in it."""
    told("policies=[none,points,escalating]", "seeds=4", "figures=true", "shopper=3", "days=190")
    folder = latest()
    text = (folder / "report.html").read_text(encoding="utf-8")
    page = Page()
    page.feed(text)
    assert page.open == [] and page.links == []
    assert len(page.ids) == len(set(page.ids)) > 100
    assert page.used and all(place[0] == "#" and place[1:] in set(page.ids) for place in page.used)
    drawn = sorted(path.stem for path in (folder / "figures").glob("*.svg"))
    assert drawn == [
        "bridge_arm_1",
        "bridge_arm_2",
        "contribution",
        "order_ladder",
        "retention",
        "retention_margin",
        "shopper",
        "survival",
    ]
    assert drawn == sorted(path.stem for path in (folder / "figures").glob("*.png"))
    assert text.count("<svg") == len(drawn) and "<img" not in text
    report = (folder / "report.md").read_text(encoding="utf-8")
    assert all(f"(figures/{name}.svg)" in report for name in drawn)
    assert report.splitlines()[0] in "".join(page.words)


def test_the_terminal_keeps_to_80_columns(told, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    _, out, _ = told("policies=[none,points,member_price,escalating,rfm,hard_line,spend_tiers]", "seeds=2")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert "…" not in out
    assert all(arm in out for arm in ("member_price", "spend_tiers"))


def test_the_first_sentence_says_what_how_sure_and_under_which_assumptions(told):
    told("policies=[none,points,escalating]", "seeds=4", *LONGER)
    first = (latest() / "report.md").read_text(encoding="utf-8").splitlines()[0]
    assert re.match(r"(\w+ is the best of 3|No policy is surely the best) in contribution \(.*chance", first)
    assert "4 seeds; synthetic shoppers, 80 customers at day 0, 130 days" in first
    assert first.endswith("budgets as they are.")


def test_one_seed_says_that_nothing_is_sure(told):
    code, out, err = told("policies=[none,points]", "seeds=1", "shopper=3", "figures=true")
    assert (code, err) == (0, "") and out.startswith("One seed makes nothing sure: ")
    answer = found()
    minus = answer["outcomes"]["contribution"]["arms"]["points"]["difference"]
    assert minus["low"] is None is minus["high"] and answer["best"]["contribution"] is None is answer["margin_floor"]
    assert "chance" not in out


def test_a_short_run_lacks_figures_with_a_reason(told):
    code, _, err = told("policies=[none,points]", "seeds=2", "days=60")
    assert (code, err) == (0, "")
    answer = found()
    for name in ("retention_90", "retention_180", "retention_365", "lapsed_one_year"):
        about = answer["outcomes"][name]
        assert about["arms"] is None and "too short" in about["reason"]
    assert answer["curves"]["retention"] is None and answer["curves"]["survival"] is not None
    assert "No figure of retention at 90 days" in (latest() / "report.md").read_text()
    code, out, _ = told("policies=[none,points]", "seeds=2", "days=60", "outcome=retention_180")
    assert code == 0 and out.startswith("No retention at 180 days can be compared")


def test_one_shopper_in_several_worlds(told):
    told("policies=[none,escalating]", "seeds=1", "shopper=3", *LONGER)
    lives = found()["shopper"]["lives"]
    assert set(lives) == {"none", "escalating"} and lives["none"]["shopper"] == 3
    assert "## Shopper 3, seed 0" in (latest() / "report.md").read_text()
