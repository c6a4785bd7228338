"""Measures are kept beside the summary, and measured anew when anything they rest on has changed."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim.measure import measures as module
from sim.measure.measures import FILE, measures
from sim.measure.outcomes import outcomes
from tests.measure.handmade import leave, order


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return leave(tmp_path / "run", [{}], [order(0, 20.0)])


def planted(folder: Path) -> None:
    """Puts a mark into what is kept, to tell it from what is measured."""
    kept = json.loads((folder / FILE).read_text(encoding="utf-8"))
    kept["measures"]["outcomes"]["orders"] = "planted"
    (folder / FILE).write_text(json.dumps(kept), encoding="utf-8")


def test_kept_and_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once measured, nothing is asked of the records any more, and the answer is the same."""
    one = measures(folder)
    assert one["outcomes"] == outcomes(folder) and len(one["survival"]) == 401
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []

    def refuse(*_: object) -> Any:
        raise AssertionError

    monkeypatch.setattr(module, "outcomes", refuse)
    assert measures(folder) == one


@pytest.mark.parametrize("change", ["orders", "summary", "rate", "sources", "torn", "list"])
def test_measured_anew(folder: Path, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new part of orders, another summary, rate or source, and a file that is no JSON object."""
    measures(folder)
    planted(folder)
    assert measures(folder)["outcomes"]["orders"] == "planted"  # the test can fail
    rate = 0.2 if change == "rate" else 0.1
    if change == "orders":
        part = folder / "orders" / "part-00000.parquet"
        part.with_name("part-00001.parquet").write_bytes(part.read_bytes())
    elif change == "summary":
        summary = folder / "summary.json"
        summary.write_text(summary.read_text(encoding="utf-8") + " ", encoding="utf-8")
    elif change == "sources":
        monkeypatch.setattr(module, "_sources", lambda: "other")
    elif change in ("torn", "list"):
        (folder / FILE).write_text('{"key": "' if change == "torn" else "[1]", encoding="utf-8")
    assert measures(folder, rate)["outcomes"]["orders"] == 1


def test_a_folder_that_cannot_be_written_to(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.os, "replace", full)
    assert measures(folder)["outcomes"]["orders"] == 1
    assert not (folder / FILE).exists() and not [p for p in folder.iterdir() if p.name.startswith(".")]


def test_plain_json_and_no_group(runs: dict[str, Path], tmp_path: Path) -> None:
    """All values survive JSON unchanged; without an index group there are no curves, and no NaN."""
    one = measures(runs["points"])
    assert json.loads(json.dumps(one, allow_nan=False)) == one == measures(runs["points"])
    empty = measures(leave(tmp_path / "empty", [{"index": False}], []))
    assert empty["survival"] is None and empty["retention"] is None
    json.dumps(empty, allow_nan=False)


def test_the_store_still_finds_the_run(folder: Path) -> None:
    """One more file in the folder does not make it incomplete."""
    from sim.store import _complete

    mark = {"files": {"summary.json": (folder / "summary.json").stat().st_size}}
    measures(folder)
    assert _complete(folder, mark)
