"""Read Odoo's logs: which records make a test run fail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

NOISE_FILE = Path(__file__).parent / "log_noise.txt"
RECORD = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ "
    r"(?P<level>[A-Z]+) (?P<database>\S+) (?P<logger>[\w.?]+): (?P<text>.*)$"
)
OURS = re.compile(r"\bvas_(?:kpi|service|logistics)\b|\bvas\.[a-z]")
# What the server answers to a user who asked for the impossible is no defect.
ANSWERS = ("odoo.http",)
# Two requests at once: the database refuses the second, Odoo's request layer runs it
# again and says so. Only refusals that were not run again are defects.
REFUSED = {
    "SERIALIZATION_FAILURE": "could not serialize access",
    "DEADLOCK_DETECTED": "deadlock detected",
    "LOCK_NOT_AVAILABLE": "could not obtain lock",
}
RUN_AGAIN = re.compile(rf"^({'|'.join(REFUSED)}), \d+ tries left, try again in ")


@dataclass
class Record:
    """One record of a log with the lines that follow it."""

    level: str
    logger: str
    text: str


def records(lines: Iterable[str]) -> Iterator[Record]:
    """Yield the records of a log; lines without a header belong to the one before."""
    current: Record | None = None
    for line in lines:
        line = line.rstrip("\n")
        if found := RECORD.match(line):
            if current:
                yield current
            current = Record(found["level"], found["logger"], found["text"])
        elif current:
            current.text += "\n" + line
    if current:
        yield current


def noise(path: Path = NOISE_FILE) -> list[re.Pattern[str]]:
    """Return the patterns of known upstream noise (one per line, # comments)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [
        re.compile(line.strip())
        for line in lines
        if line.strip() and not line.startswith("#")
    ]


def offends(record: Record, known: Iterable[re.Pattern[str]]) -> bool:
    """Tell whether a record must fail the run.

    Every error does; a warning does when it comes from or speaks of our addons.
    """
    if record.level in ("ERROR", "CRITICAL"):
        bad = True
    elif record.level == "WARNING":
        text = record.text
        if record.logger == "py.warnings":
            # The first line names the file that warns and what about; the stack below
            # it also names whoever called that file.
            text = text.partition("\n")[0]
        bad = record.logger not in ANSWERS and bool(
            OURS.search(record.logger) or OURS.search(text)
        )
    else:
        bad = False
    line = f"{record.logger}: {record.text}"
    return bad and not any(pattern.search(line) for pattern in known)


def without_retried(found: Iterable[Record]) -> list[Record]:
    """Drop the database's refusals of transactions that were run again.

    Each announcement of another try answers for the oldest open refusal of its kind.
    """
    kept: list[Record] = []
    for record in found:
        again = record.logger == "odoo.service.model" and RUN_AGAIN.match(record.text)
        if again:
            for refusal in kept:
                if (
                    refusal.logger == "odoo.sql_db"
                    and REFUSED[again[1]] in refusal.text
                ):
                    kept.remove(refusal)
                    break
        kept.append(record)
    return kept


def offences(path: Path, known: list[re.Pattern[str]] | None = None) -> list[str]:
    """Return the offending records of a log file, shortened."""
    known = noise() if known is None else known
    if not path.exists():
        return []
    found = []
    with path.open(encoding="utf-8", errors="replace") as handle:
        for record in without_retried(records(handle)):
            if offends(record, known):
                head = record.text if len(record.text) < 1500 else record.text[-1500:]
                found.append(f"{record.level} {record.logger}: {head}")
    return found
