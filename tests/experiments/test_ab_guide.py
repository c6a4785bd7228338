"""The guide shows what the command prints, to the letter."""

import re
from pathlib import Path

from experiments import ab

HOME = Path(__file__).resolve().parents[2]


def test_the_example_of_the_guide(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(HOME)
    monkeypatch.setenv("COLUMNS", "110")
    text = (HOME / "docs" / "ab.md").read_text(encoding="utf-8")
    ((line, shown),) = re.findall(r"^```\n\$ python -m experiments\.ab (.*)\n([^`]*)^```", text, re.MULTILINE)
    assert ab.main([*line.split(), f"results_dir={tmp_path}"]) == 0
    printed = re.sub(r"Written to .*", "Written to results/ab-<key>", capsys.readouterr().out)
    assert [row.rstrip() for row in printed.splitlines()] == [row.rstrip() for row in shown.splitlines()]
