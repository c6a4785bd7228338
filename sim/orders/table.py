"""A file as a table of text: CSV in its many dialects, or Parquet, all columns read as text by DuckDB."""

import csv
import difflib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from sim.orders.log import OrderLogError

_SEPARATORS = ("\t", ";", "|", ",")
_NAMES = {"\t": "tab", ";": "semicolon", "|": "bar", ",": "comma", " ": "white space"}
_SAMPLE_LINES = 50
_NUMBER = re.compile(r"[-+]?[\d.,/: -]*\d[\d.,/: -]*(?:T[\d:.]+Z?)?")


@dataclass(frozen=True)
class Table:
    """A table `raw` in `connection`: `row` (from 1) and text columns c0, c1, ... with `names`; no names, no header row.

    `separator` is that of its text file; empty for Parquet.
    """

    file: str
    connection: duckdb.DuckDBPyConnection
    width: int
    names: tuple[str, ...]
    said: tuple[str, ...]
    separator: str = ""

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Every row of an answer (each `execute` is read to its end)."""
        rows: list[tuple[object, ...]] = self.connection.execute(sql).fetchall()
        return rows

    def sample(self, column: int, texts: int = 20_000) -> list[str]:
        """The first different texts of a column that are not empty."""
        sql = f"SELECT trim(c{column}) FROM raw WHERE trim(c{column}) <> '' GROUP BY 1 ORDER BY min(row) LIMIT {texts}"
        return [str(text) for (text,) in self.query(sql)]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Reads a file into a table of text that lives as long as the block.

    Raises:
        OrderLogError: The file is missing, empty, neither text nor Parquet, or has fewer than three columns.
    """
    magic = _first_bytes(path)
    connection = duckdb.connect(config={"threads": 1})
    try:
        if magic == b"PAR1":
            yield _parquet(path, connection)
        else:
            yield _text(path, connection)
    except duckdb.Error as error:
        raise OrderLogError(f"{path}: cannot be read as a table: {str(error).splitlines()[0][:200]}") from error
    finally:
        connection.close()


def _first_bytes(path: Path) -> bytes:
    """The first four bytes, or why there are none."""
    if not path.exists():
        near = ""
        if path.parent.is_dir():
            alike = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], n=1)
            near = f"; did you mean {path.parent / alike[0]}?" if alike else ""
        raise OrderLogError(f"{path}: no such file{near}")
    if not path.is_file():
        raise OrderLogError(f"{path}: is not a file; give one CSV or Parquet file")
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise OrderLogError(f"{path}: cannot be read: {error.strerror}") from error
    if not magic.strip():
        raise OrderLogError(f"{path}: is empty; one line per order was expected: customer, date, value")
    return magic


def _parquet(path: Path, connection: duckdb.DuckDBPyConnection) -> Table:
    """All columns of a Parquet file, as text."""
    place = re.sub(r"([*?\[])", r"[\1]", str(path))  # a name, no pattern
    shown = connection.execute("DESCRIBE SELECT * FROM read_parquet(?)", [place]).fetchall()
    names = tuple(str(row[0]) for row in shown)
    _wide_enough(path, names)
    zoned = [str(row[1]) == "TIMESTAMP WITH TIME ZONE" for row in shown]
    cells = [f"make_timestamp(epoch_us({_quoted(n)}))" if z else _quoted(n) for n, z in zip(names, zoned, strict=True)]
    columns = ", ".join(f"CAST({cell} AS VARCHAR) AS c{at}" for at, cell in enumerate(cells))
    connection.execute(
        f"CREATE TABLE raw AS SELECT row_number() OVER () AS row, {columns} FROM read_parquet(?)",
        [place],
    ).fetchall()
    said = ("times with a zone are read in UTC",) if any(zoned) else ()
    return Table(str(path), connection, len(names), names, said)


def _text(path: Path, connection: duckdb.DuckDBPyConnection) -> Table:
    """A delimited text file, made uniform (UTF-8, LF, one separator) in a temporary copy."""
    text, said = _decoded(path)
    lines = [line for line in text.split("\n", _SAMPLE_LINES + 1)[:_SAMPLE_LINES] if line.strip()]
    if not lines:
        raise OrderLogError(f"{path}: is empty; one line per order was expected: customer, date, value")
    separator = _separator(path, lines)
    if separator == " ":
        text = "\n".join("\t".join(line.split()) for line in text.split("\n"))
        lines = ["\t".join(line.split()) for line in lines]
    said.append(f"columns are separated by {_NAMES[separator]}")
    separator = "\t" if separator == " " else separator
    first = next(csv.reader(lines[:1], delimiter=separator))
    numbers = sum(_NUMBER.fullmatch(field.strip()) is not None for field in first)
    names = () if 2 * numbers >= len(first) else tuple(field.strip() for field in first)
    said += [] if names else ["no header row"]
    with TemporaryDirectory() as folder:
        copy = Path(folder) / "orders.txt"
        copy.write_text(text.lstrip("\n"), encoding="utf-8", newline="\n")
        _load(connection, copy, separator, len(first), skip=1 if names else 0)
    _no_open_quote(path, connection, len(first), separator)
    return Table(str(path), connection, len(first), names, tuple(said), separator)


def _decoded(path: Path) -> tuple[str, list[str]]:
    """Text with LF line ends and without byte order mark, and what had to be done for it."""
    data = path.read_bytes()
    said: list[str] = []
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = data.decode("utf-16", errors="replace")
    elif b"\0" in data[:4096]:
        raise OrderLogError(f"{path}: is neither text (CSV) nor Parquet; save the log as one of them")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text, name = _not_unicode(data)
            said.append(f"not UTF-8: read as {name}")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text, said


def _not_unicode(data: bytes) -> tuple[str, str]:
    """Text that is not UTF-8: Chinese (GB 18030), unless that cuts fewer rows alike than Western European (Windows-1252)."""
    western = data.decode("cp1252", errors="replace")
    try:
        chinese = data.decode("gb18030")
    except UnicodeDecodeError:
        return western, "Windows-1252"
    alike = []
    for text in (chinese, western):
        lines = [line for line in text.splitlines() if line.strip()]
        alike.append(max(sum(line.count(sign) == lines[0].count(sign) > 1 for line in lines) for sign in _SEPARATORS))
    return (western, "Windows-1252") if alike[1] > alike[0] else (chinese, "GB 18030")


def _separator(path: Path, lines: list[str]) -> str:
    """The separator that cuts most lines into as many fields (three or more) as the first line."""
    best, share = "", 0.0
    for separator in (*_SEPARATORS, " "):
        widths = [
            len(line.split()) if separator == " " else len(next(csv.reader([line], delimiter=separator), []))
            for line in lines
        ]
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] >= 3 and alike > share:
            best, share = separator, alike
    if not best:
        shown = lines[0][:60].strip()
        raise OrderLogError(
            f"{path}: first line '{shown}' has fewer than three columns; expected customer, date and value, "
            "separated by comma, semicolon, tab or white space"
        )
    return best


def _load(
    connection: duckdb.DuckDBPyConnection,
    copy: Path,
    separator: str,
    width: int,
    skip: int,
) -> None:
    """Fills `raw` from a uniform text file; short lines are padded with NULL, long ones cut."""
    types = "{" + ", ".join(f"'c{at}': 'VARCHAR'" for at in range(width)) + "}"
    connection.execute(
        f"CREATE TABLE raw AS SELECT row_number() OVER () AS row, * FROM read_csv(?, auto_detect=false, header=false, "
        f"skip={skip}, delim=?, quote='\"', escape='\"', new_line='\\n', columns={types}, strict_mode=false, "
        "null_padding=true, ignore_errors=true, parallel=false)",
        [str(copy), separator],
    ).fetchall()


def _no_open_quote(path: Path, connection: duckdb.DuckDBPyConnection, width: int, separator: str) -> None:
    """Refuses a file in which an open quote swallows the lines below it: a field that holds whole rows, or the last ones."""
    swallowed = " OR ".join(f"contains(c{at}, chr(10))" for at in range(width))
    rows = " OR ".join(
        f"len(list_filter(string_split(c{at}, chr(10)), lambda x: len(x) - len(replace(x, ?, '')) >= {width - 1})) > 0"
        for at in range(width)
    )
    found = connection.execute(
        f"SELECT min(row) FROM raw WHERE ({swallowed}) AND (c{width - 1} IS NULL OR {rows})", [separator] * width
    ).fetchall()
    if found[0][0] is not None:
        raise OrderLogError(f'{path}: data row {found[0][0]}: a quote (") is opened and not closed; close or remove it')


def _wide_enough(path: Path, names: tuple[str, ...]) -> None:
    """Three columns are the least: customer, time, value."""
    if len(names) < 3:
        raise OrderLogError(
            f"{path}: has {len(names)} columns ({', '.join(names)}); customer, time and value are needed"
        )


def _quoted(name: str) -> str:
    """A column name as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'
