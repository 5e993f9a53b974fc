"""Read tables that people export: CSV in any usual flavour, and XLSX.

Pure Python, no Odoo. A table is read record by record, so memory does not grow with
the file. Whatever is wrong with the file as a whole raises ``TableError``; whatever is
wrong with one row or cell is handed back as a located ``Problem`` and the reading goes
on (catalogue KPI-01…08: figures arrive as files from telephone systems and vendors).

Rows are numbered as a spreadsheet shows them: the heading is row 1.
"""

import csv
import io
import json
import math
import re
import unicodedata
import zipfile
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

#: A record that is still open after so many lines has lost a quotation mark.
MAX_LINES_PER_RECORD = 200
#: An XLSX is a zip; unpacked it may be so many times as large as allowed for a file.
MAX_UNPACK_RATIO = 20
DELIMITERS = (",", ";", "\t", "|")
#: Tried in this order when the encoding is not given; the first that fits is taken.
AUTOMATIC_ENCODINGS = ("utf-8", "gb18030")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)


class TableError(Exception):
    """The file as a whole cannot be read. ``code`` says why, ``data`` the details."""

    def __init__(self, code: str, **data: Any):
        super().__init__(code)
        self.code = code
        self.data = data


class Problem(NamedTuple):
    """What is wrong at one place: ``code`` and ``data`` say what was expected."""

    row: int
    column: str
    value: str
    code: str
    data: dict[str, Any]


class Row(NamedTuple):
    """One record; ``cells`` are texts, dates (XLSX only) or numbers (XLSX only)."""

    number: int
    cells: list[Any]
    problem: Problem | None


class Table(NamedTuple):
    """Headings as found, the index of each wanted heading, and the rows to iterate."""

    headings: list[str]
    columns: dict[str, int]
    rows: Iterator[Row]


# ------------------------------------------------------------------------------ files
def read_table(
    data: bytes,
    wanted: Sequence[str],
    encoding: str | None = None,
    delimiter: str | None = None,
    max_bytes: int | None = None,
) -> Table:
    """Open a CSV or XLSX file and find the ``wanted`` headings in its first row.

    The order of the columns and any further columns do not matter. Headings are
    compared without regard to case, width and repeated spaces.

    :param encoding: e.g. ``"gb18030"``; None finds out (byte-order mark, UTF-8, GB).
    :param delimiter: None finds out from the heading.
    :param max_bytes: refuse larger files.
    :raises TableError: ``too_large``, ``empty``, ``old_excel``, ``binary``,
        ``encoding``, ``broken_xlsx``, ``missing_columns``, ``repeated_column``.
    """
    if max_bytes is not None and len(data) > max_bytes:
        raise TableError("too_large", size=len(data), limit=max_bytes)
    if not data.strip():
        raise TableError("empty")
    if data[:4] == b"PK\x03\x04":
        records = _xlsx_records(data, max_bytes)
    else:
        records = _csv_records(data, wanted, encoding, delimiter)
    return _as_table(records, wanted)


def _as_table(records: Iterator[Row], wanted: Sequence[str]) -> Table:
    heading = next((row for row in records if not _is_blank(row.cells)), None)
    if heading is None:
        raise TableError("empty")
    headings = [cell_text(cell) for cell in heading.cells]
    columns = find_columns(headings, wanted)
    return Table(headings, columns, _data_rows(records, len(headings)))


def _data_rows(records: Iterable[Row], width: int) -> Iterator[Row]:
    """Skip blank rows, even out the width, point out cells beyond the heading."""
    for row in records:
        cells = row.cells
        if _is_blank(cells) and row.problem is None:
            continue
        problem = row.problem
        if problem is None and not _is_blank(cells[width:]):
            problem = Problem(
                row.number,
                "",
                cell_text(cells[width]),
                "extra_cells",
                {"expected": width, "found": len(cells)},
            )
        if len(cells) < width:
            cells = cells + [""] * (width - len(cells))
        yield Row(row.number, cells, problem)


def find_columns(headings: Sequence[str], wanted: Sequence[str]) -> dict[str, int]:
    """Return the index of every wanted heading.

    :raises TableError: ``missing_columns`` or ``repeated_column``.
    """
    positions: dict[str, list[int]] = {}
    for index, heading in enumerate(headings):
        positions.setdefault(normalize(heading), []).append(index)
    missing = [name for name in wanted if normalize(name) not in positions]
    if missing:
        raise TableError("missing_columns", missing=missing, found=list(headings))
    repeated = [name for name in wanted if len(positions[normalize(name)]) > 1]
    if repeated:
        raise TableError("repeated_column", repeated=repeated)
    return {name: positions[normalize(name)][0] for name in wanted}


def _is_blank(cells: Iterable[Any]) -> bool:
    return not any(cell_text(cell) for cell in cells)


# -------------------------------------------------------------------------------- CSV
def _csv_records(
    data: bytes,
    wanted: Sequence[str],
    encoding: str | None,
    delimiter: str | None,
) -> Iterator[Row]:
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise TableError("old_excel")
    encoding = find_encoding(data, encoding)
    if delimiter is None:
        delimiter = _find_delimiter(data, encoding, wanted)
    return _read_records(_lines(data, encoding), delimiter)


def _lines(data: bytes, encoding: str) -> Iterator[str]:
    return io.TextIOWrapper(io.BytesIO(data), encoding=encoding, newline="")


def find_encoding(data: bytes, encoding: str | None = None) -> str:
    """Return an encoding that can read all of ``data``.

    :raises TableError: ``binary`` when this is no text, ``encoding`` when the given
        (or no known) encoding fits.
    """
    if data.startswith(b"\xef\xbb\xbf"):
        candidates = ["utf-8-sig"]
    elif data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ["utf-16"]
    elif b"\x00" in data[:65536]:
        raise TableError("binary")
    else:
        candidates = [encoding] if encoding else list(AUTOMATIC_ENCODINGS)
    for candidate in candidates:
        try:
            # Decoded piece by piece and thrown away: the text need not fit in memory.
            for _line in _lines(data, candidate):
                pass
        except UnicodeError:
            continue
        return candidate
    raise TableError("encoding", tried=candidates)


def _find_delimiter(data: bytes, encoding: str, wanted: Sequence[str]) -> str:
    """Return the delimiter under which the heading shows most of what is wanted."""
    names = {normalize(name) for name in wanted}
    best, best_score = DELIMITERS[0], (-1, -1)
    for delimiter in DELIMITERS:
        records = _read_records(_lines(data, encoding), delimiter)
        for row in records:
            if not _is_blank(row.cells):
                found = names & {normalize(cell) for cell in row.cells}
                if (len(found), len(row.cells)) > best_score:
                    best, best_score = delimiter, (len(found), len(row.cells))
                break
    return best


def _read_records(lines: Iterator[str], delimiter: str) -> Iterator[Row]:
    """Split lines into records, surviving a lost quotation mark.

    A quoted cell may run over several lines. When such a record does not end, or ends
    with another number of cells than the heading, its first line is handed back as the
    bad row and reading goes on with the line after it; otherwise one lost quotation
    mark would swallow the rest of the file.
    """
    waiting: deque[str] = deque()
    width, number = None, 0
    while True:
        used: list[str] = []
        number += 1
        cells, broken = _parse_record(_take(waiting, lines, used), used, delimiter)
        if not used:
            return
        if len(used) > 1 and width is not None and len(cells) != width:
            broken = True
        if broken:
            waiting.extendleft(reversed(used[1:]))
            text = used[0].rstrip("\r\n")
            problem = Problem(number, "", text, "broken_quote", {})
            yield Row(number, text.replace('"', "").split(delimiter), problem)
            continue
        if width is None and cells:
            width = len(cells)
        yield Row(number, cells, None)


def _parse_record(
    lines: Iterator[str], used: list[str], delimiter: str
) -> tuple[list[str], bool]:
    """Return the cells of the next record and whether its quotation is broken."""
    try:
        # Strict: tells a cell that never ends from one that ends with the file.
        return next(csv.reader(lines, delimiter=delimiter, strict=True), []), False
    except csv.Error:
        if len(used) > 1:
            return [], True
    try:
        # One line with odd quotation marks, such as 5" tubes, still has its cells.
        return next(csv.reader(used, delimiter=delimiter), []), False
    except csv.Error:
        return [], True


def _take(waiting: deque[str], lines: Iterator[str], used: list[str]) -> Iterator[str]:
    """Yield lines, put-back ones first, keeping what was taken in ``used``."""
    while len(used) < MAX_LINES_PER_RECORD:
        line = waiting.popleft() if waiting else next(lines, None)
        if line is None:
            return
        used.append(line)
        yield line


# ------------------------------------------------------------------------------- XLSX
def _xlsx_records(data: bytes, max_bytes: int | None) -> Iterator[Row]:
    """Yield the rows of the first sheet, formulas as their last computed values."""
    # Imported here: reading a CSV needs none of it.
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if max_bytes is not None and size > max_bytes * MAX_UNPACK_RATIO:
            raise TableError("too_large", size=size, limit=max_bytes)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        # Some programs write a wrong size of the sheet.
        sheet.reset_dimensions()
    except (
        zipfile.BadZipFile,
        InvalidFileException,
        KeyError,
        IndexError,
        ValueError,
        OSError,
    ) as error:
        raise TableError("broken_xlsx", error=str(error)) from error
    return (
        Row(number, ["" if cell is None else cell for cell in cells], None)
        for number, cells in enumerate(sheet.iter_rows(values_only=True), 1)
    )


# ------------------------------------------------------------------------------ cells
def normalize(text: Any) -> str:
    """Return ``text`` for comparing: width, case and repeated spaces do not count."""
    folded = unicodedata.normalize("NFKC", cell_text(text))
    return " ".join(folded.split()).casefold()


def cell_text(cell: Any) -> str:
    """Return a cell as a person reads it: 1.0 is “1”, a date is ISO."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        midnight = (cell.hour, cell.minute, cell.second) == (0, 0, 0)
        return cell.date().isoformat() if midnight else cell.isoformat(" ")
    return str(cell).replace("\ufeff", "").strip()


_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")


def parse_number(cell: Any, decimal_mark: str = ".") -> float | None:
    """Return the number in a cell, None when there is none.

    Thousands may be separated by the other mark, spaces or apostrophes, in groups of
    three; “85 %” is 0.85.

    :param decimal_mark: ``"."`` or ``","``.
    """
    if isinstance(cell, bool):
        return None
    if isinstance(cell, (int, float)):
        number = float(cell)
        return number if math.isfinite(number) else None
    text = unicodedata.normalize("NFKC", cell_text(cell)).replace("−", "-")
    percent = text.endswith("%")
    text = text.rstrip("%").strip()
    other = "," if decimal_mark == "." else "."
    whole, mark, fraction = text.partition(decimal_mark)
    for separator in (other, " ", "'", "’"):
        if separator in whole:
            groups = rf"[+-]?\d{{1,3}}({re.escape(separator)}\d{{3}})+"
            if not re.fullmatch(groups, whole):
                return None
            whole = whole.replace(separator, "")
    text = whole + ("." + fraction if mark else "")
    # Digits of other scripts are legal for float() but not what is expected here.
    if not text.isascii() or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    if not math.isfinite(number):
        return None
    return number / 100 if percent else number


_DATE_TOKENS = {
    "YYYY": r"(?P<year>\d{4})",
    "YY": r"(?P<short>\d{2})",
    "MMMM": r"(?P<name>[A-Za-z]+)",
    "MMM": r"(?P<name>[A-Za-z]{3,4})\.?",
    "MM": r"(?P<month>\d{1,2})",
    "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})",
    "D": r"(?P<day>\d{1,2})",
    "hh": r"\d{1,2}",
    "mm": r"\d{1,2}",
    "ss": r"\d{1,2}(\.\d+)?",
}
_TOKEN = re.compile("|".join(_DATE_TOKENS))


@lru_cache(maxsize=256)
def compile_date_format(pattern: str) -> re.Pattern[str]:
    """Translate a pattern such as ``D-MMM-YY`` or ``YYYY年M月D日`` for reading.

    YYYY or YY, M (number), MMM or MMMM (English name), D; hh, mm, ss are read over.

    :raises ValueError: when day, month and year are not each there once.
    """
    parts, position = [], 0
    for match in _TOKEN.finditer(pattern):
        parts.append(re.escape(pattern[position : match.start()]))
        parts.append(_DATE_TOKENS[match.group()])
        position = match.end()
    parts.append(re.escape(pattern[position:]))
    try:
        compiled = re.compile("".join(parts))
    except re.error as error:
        raise ValueError(pattern) from error
    names = set(compiled.groupindex)
    if len(names) != 3 or "day" not in names or not names & {"year", "short"}:
        raise ValueError(pattern)
    return compiled


def parse_date(cell: Any, patterns: Sequence[str]) -> date | None:
    """Return the day in a cell by the first pattern that fits, None when none does.

    Two-digit years are 1969–2068. Cells that are dates already (XLSX) need no pattern.
    """
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    text = unicodedata.normalize("NFKC", cell_text(cell))
    for pattern in patterns:
        match = compile_date_format(unicodedata.normalize("NFKC", pattern)).fullmatch(
            text
        )
        found = match and _day_of(match.groupdict())
        if found:
            return found
    return None


def _day_of(groups: dict[str, str]) -> date | None:
    if "name" in groups:
        name = groups["name"].lower()
        # “Sept” is usual; every other short name has three letters.
        name = "sep" if name == "sept" else name
        month = next(
            (index for index, full in enumerate(MONTHS, 1) if name in (full, full[:3])),
            0,
        )
    else:
        month = int(groups["month"])
    if "short" in groups:
        short = int(groups["short"])
        year = short + (1900 if short >= 69 else 2000)
    else:
        year = int(groups["year"])
    try:
        return date(year, month, int(groups["day"]))
    except ValueError:
        return None


def format_date(day: date, pattern: str) -> str:
    """Write ``day`` in a pattern of ``compile_date_format`` (time tokens as zero)."""
    name = MONTHS[day.month - 1].capitalize()
    texts = {
        "YYYY": f"{day.year:04d}",
        "YY": f"{day.year % 100:02d}",
        "MMMM": name,
        "MMM": name[:3],
        "MM": f"{day.month:02d}",
        "M": str(day.month),
        "DD": f"{day.day:02d}",
        "D": str(day.day),
        "hh": "00",
        "mm": "00",
        "ss": "00",
    }
    return _TOKEN.sub(lambda match: texts[match.group()], pattern)


def day_difference(
    start: date, end: date, early_is_zero: bool = False, grace_days: float = 0
) -> int:
    """Return the days from ``start`` to ``end``; negative when ``end`` is earlier.

    :param early_is_zero: count being early as 0 instead of a negative number.
    :param grace_days: lateness up to this many days counts as 0 days.
    """
    days = (end - start).days
    if 0 < days <= grace_days:
        return 0
    return max(days, 0) if early_is_zero else days


def pack_rows(rows: Sequence[Row]) -> bytes:
    """Return rows as compressed JSON, to be read again by ``unpack_rows``."""
    packed = []
    for row in rows:
        cells = [_pack_cell(cell) for cell in row.cells]
        problem = row.problem and list(row.problem)
        packed.append([row.number, cells, problem])
    return zlib.compress(json.dumps(packed, ensure_ascii=False).encode(), 1)


def _pack_cell(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return {"datetime": cell.isoformat()}
    if isinstance(cell, date):
        return {"date": cell.isoformat()}
    if cell is None or isinstance(cell, (str, int, float)):
        return cell
    # Times and durations of a spreadsheet are only ever shown.
    return str(cell)


def unpack_rows(data: bytes) -> list[Row]:
    """Return the rows that ``pack_rows`` packed."""
    return [
        Row(
            number,
            [_unpack_cell(cell) for cell in cells],
            Problem(*problem) if problem else None,
        )
        for number, cells, problem in json.loads(zlib.decompress(data))
    ]


def _unpack_cell(cell: Any) -> Any:
    if isinstance(cell, dict):
        if "date" in cell:
            return date.fromisoformat(cell["date"])
        return datetime.fromisoformat(cell["datetime"])
    return cell


def write_xlsx(rows: Iterable[Sequence[Any]], title: str = "Sheet1") -> bytes:
    """Return rows as a spreadsheet: bold headings that stay in view, wide columns.

    Texts stay texts: a leading “=” is not a formula, a leading 0 is not lost.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    rows = [list(row) for row in rows]
    for index in range(max(map(len, rows), default=0)):
        width = max(len(cell_text(row[index])) for row in rows if index < len(row))
        letter = get_column_letter(index + 1)
        sheet.column_dimensions[letter].width = min(max(width + 4, 12), 60)
    for number, row in enumerate(rows):
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value=value)
            if isinstance(value, str):
                cell.data_type = "s"
            if number == 0:
                cell.font = Font(bold=True)
            cells.append(cell)
        sheet.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def write_csv(rows: Iterable[Sequence[Any]]) -> bytes:
    """Return rows as CSV that spreadsheets open rightly (UTF-8 with BOM)."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows(rows)
    return buffer.getvalue().encode("utf-8-sig")
