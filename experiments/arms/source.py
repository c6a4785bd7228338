"""A customer file as columns that DuckDB can scan: CSV in its dialects, or Parquet. No row enters Python's memory."""

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from sim.errors import RegularsError, one_line

BLOCK = 2**23  # bytes read at a time
IN_MEMORY = 2**26  # bytes of a file up to which the table needs no disk
MEMORY = "1GB"  # that DuckDB may fill before it uses the disk
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
NUMBER = re.compile(r"[-+]?\d[\d.,]*")
BLANK = "' ' || chr(9) || chr(13) || chr(160)"  # what is cut off both ends of a text: space, tab, return, hard space


@dataclass(frozen=True)
class Source:
    """A file that is open for scanning.

    `scan` is SQL that yields columns c0, c1, ... and `surplus` (true where a row has more fields than the header);
    `types` are those of DuckDB, all VARCHAR in a CSV file.
    """

    connection: duckdb.DuckDBPyConnection
    scan: str
    names: tuple[str, ...]
    types: tuple[str, ...]
    separator: str
    said: tuple[str, ...]

    def query(self, sql: str) -> list[tuple[object, ...]]:
        """Every row of an answer (each `execute` is read to its end)."""
        rows: list[tuple[object, ...]] = self.connection.execute(sql).fetchall()
        return rows

    def raw(self, column: int) -> str:
        """SQL of a column as text, as it stands."""
        return f"c{column}" if self.types[column] == "VARCHAR" else f"CAST(c{column} AS VARCHAR)"

    def text(self, column: int) -> str:
        """SQL of a column as trimmed text, NULL where empty."""
        return self.trimmed(self.raw(column))

    @staticmethod
    def trimmed(text: str) -> str:
        """SQL of a text without blanks at its ends, NULL where nothing is left."""
        return f"nullif(trim({text}, {BLANK}), '')"


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file for as long as the block lasts.

    Raises:
        RegularsError: The file is empty, neither text nor Parquet, has no header row or fewer than two columns.
    """
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise RegularsError(f"customers: '{path}' is empty; needed: a header row and one line per customer")
    with TemporaryDirectory(prefix="regulars-") as folder:
        place = ":memory:" if path.stat().st_size < IN_MEMORY else str(Path(folder) / "table.duckdb")
        connection = duckdb.connect(place, config={"temp_directory": folder, "threads": 1, "memory_limit": MEMORY})
        try:
            parquet = head.startswith(b"PAR1")
            yield _parquet(path, connection) if parquet else _csv(path, head, connection, Path(folder))
        except (duckdb.InterruptException, RuntimeError) as error:
            if not isinstance(error, duckdb.InterruptException) and str(error) != "Query interrupted":
                raise
            raise KeyboardInterrupt from None  # DuckDB's words for Ctrl-C
        except duckdb.Error as error:
            told = one_line(error)[:300].replace(folder, "(temporary folder)")
            raise RegularsError(f"customers: '{path}' cannot be read as a table: {told}") from error
        finally:
            connection.close()


def quoted(text: str | Path) -> str:
    """A text as SQL wants it."""
    return "'" + str(text).replace("'", "''") + "'"


def _parquet(path: Path, connection: duckdb.DuckDBPyConnection) -> Source:
    shown = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(path)})").fetchall()
    names = tuple(str(row[0]) for row in shown)
    _refuse_headers(path, names)
    quoted_names = ['"' + name.replace('"', '""') + '"' for name in names]
    columns = ", ".join(f"{name} AS c{at}" for at, name in enumerate(quoted_names))
    scan = f"SELECT {columns}, false AS surplus FROM read_parquet({quoted(path)})"
    types = tuple("VARCHAR" if str(row[1]).startswith("ENUM") else str(row[1]) for row in shown)
    return Source(connection, scan, names, types, "", ())


def _csv(path: Path, head: bytes, connection: duckdb.DuckDBPyConnection, folder: Path) -> Source:
    encoding, lone_returns = _looked_through(path, head)
    said = [] if encoding.startswith("utf") else [f"the file is not UTF-8; it was read as {encoding}"]
    if lone_returns or encoding != "utf-8-sig":
        copy = folder / "customers.csv"
        with path.open(encoding=encoding, errors="replace") as source, copy.open("w", encoding="utf-8") as target:
            while block := source.read(BLOCK):  # open() in text mode turns every line end into \n
                target.write(block)
        path, original = copy, path
    else:
        original = path
    with path.open(encoding="utf-8-sig", errors="replace") as stream:
        lines = stream.read(2**18).split("\n")[:60]
    skip = next((at for at, line in enumerate(lines) if line.strip()), 0)
    separator = _separator(original, [line for line in lines[skip:] if line.strip()])
    names = tuple(name.strip() for name in next(csv.reader([lines[skip]], delimiter=separator)))
    _refuse_headers(original, names)
    while names and not names[-1]:  # a separator at the end of the header
        names = names[:-1]
    types = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(names) + 1))
    scan = (
        f"SELECT *, coalesce(trim(c{len(names)}, {BLANK}), '') <> '' AS surplus FROM read_csv({quoted(path)}, "
        f"auto_detect=false, header=false, skip={skip + 1}, delim={quoted(separator)}, quote='\"', escape='\"', "
        f"columns={{{types}}}, new_line='\\n', strict_mode=false, null_padding=true, ignore_errors=true, "
        "parallel=false)"
    )
    return Source(connection, scan, names, ("VARCHAR",) * len(names), separator, tuple(said))


def _looked_through(path: Path, head: bytes) -> tuple[str, bool]:
    """Encoding of a text file, and whether a line ends with a return alone."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16", True
    if b"\0" in head:
        raise RegularsError(f"customers: '{path}' is neither text (CSV) nor Parquet")
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8-sig", "gb18030")}
    lone_returns = after_return = False
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            returns, pairs = block.count(b"\r"), block.count(b"\r\n") + (after_return and block[:1] == b"\n")
            after = block.endswith(b"\r")
            lone_returns = lone_returns or returns + after_return - after > pairs
            after_return = after
            _feed(decoders, block, not block)
    return next(iter(decoders), "cp1252"), lone_returns or after_return


def _feed(decoders: dict[str, codecs.IncrementalDecoder], block: bytes, final: bool) -> None:
    """Drop the decoders that cannot read a block; only the first that is left is asked, unless it fails."""
    if next(iter(decoders), "") == "utf-8-sig" and block.isascii():
        return
    for name in list(decoders):
        try:
            decoders[name].decode(block, final)
        except UnicodeDecodeError:
            del decoders[name]


def _separator(path: Path, lines: list[str]) -> str:
    """The separator that cuts most of the first lines into as many fields, two or more, as the header."""
    best, score = "", 0.0
    for separator in SEPARATORS:
        widths = [len(next(csv.reader([line], delimiter=separator), [])) for line in lines]
        alike = sum(width == widths[0] for width in widths) / len(widths)
        if widths[0] >= 2 and alike > score:
            best, score = separator, alike
    if not best:
        raise RegularsError(
            f"customers: the first line of '{path}', '{lines[0].strip()[:60]}', has one column only; needed: two or "
            f"more, separated by {', '.join(SEPARATORS.values())}"
        )
    return best


def _refuse_headers(path: Path, names: tuple[str, ...]) -> None:
    """A file without names, or with one name twice, cannot be asked for its columns."""
    if any(NUMBER.fullmatch(name) for name in names):
        told = f"its first line has '{next(name for name in names if NUMBER.fullmatch(name))}'"
        raise RegularsError(f"customers: '{path}' has no header row: {told}; needed: a first line with names")
    named = [name for name in names if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise RegularsError(f"customers: '{path}' has two columns called '{twice[0]}'; needed: different names")
    if len(names) < 2:
        raise RegularsError(f"customers: '{path}' has {len(names)} column only; needed: an arm and an outcome at least")
