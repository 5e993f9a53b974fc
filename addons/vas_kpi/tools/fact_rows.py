"""Turn rows of a table into facts for metrics, by a declared recipe.

Pure Python, no Odoo. A row is taken whole or not at all: when one cell that is needed
cannot be read, all problems of the row are returned and none of its facts.
"""

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from . import tabular
from .tabular import Problem, Row


class FactSpec(NamedTuple):
    """How one metric's fact comes from a row.

    kind: ``number`` (first), ``ratio`` (first ÷ second), ``days`` (from first to
    second, signed), ``days_late`` (the same, early counts 0), ``on_time`` (1 when
    second is on or before first, else 0, of 1).
    """

    metric: Any
    kind: str
    first: str
    second: str = ""
    grace_days: int = 0
    skip_blank: bool = False


class Recipe(NamedTuple):
    """Which columns hold what. ``keys`` together identify a row in its source."""

    keys: Sequence[str]
    subject: str
    date: str
    facts: Sequence[FactSpec]
    date_patterns: Sequence[str]
    decimal_mark: str = "."
    key_prefix: str = ""

    def columns(self) -> list[str]:
        """Return every heading that the file must have, each once."""
        names = [*self.keys, self.subject, self.date]
        for fact in self.facts:
            names += [fact.first, fact.second]
        return list(dict.fromkeys(name for name in names if name))


class Fact(NamedTuple):
    """A figure of one metric: a value, or a numerator of a denominator."""

    metric: Any
    value: float
    numerator: float
    denominator: float


class FactRow(NamedTuple):
    """What a row says; ``problems`` are empty exactly when it may be used."""

    number: int
    key: str
    subject: str
    day: date | None
    facts: list[Fact]
    problems: list[Problem]


def is_number(value: Any) -> bool:
    """Say whether a value from another system is a finite number (True is none)."""
    return type(value) in (int, float) and math.isfinite(value)


KINDS_WITH_SECOND = ("ratio", "days", "days_late", "on_time")


class _Reader:
    """Reads cells of one row and collects the problems, each cell once."""

    def __init__(self, row: Row, columns: dict[str, int], recipe: Recipe):
        self.row, self.columns, self.recipe = row, columns, recipe
        self.problems: dict[str, Problem] = {}

    def complain(self, column: str, code: str, **data: Any) -> None:
        value = tabular.cell_text(self.row.cells[self.columns[column]])
        problem = Problem(self.row.number, column, value, code, data)
        self.problems.setdefault(column, problem)

    def text(self, column: str) -> str:
        text = tabular.cell_text(self.row.cells[self.columns[column]])
        if not text:
            self.complain(column, "blank")
        elif "\ufffd" in text:
            self.complain(column, "unreadable")
        return text

    def is_blank(self, column: str) -> bool:
        return not tabular.cell_text(self.row.cells[self.columns[column]])

    def day(self, column: str) -> date | None:
        if not self.text(column):
            return None
        cell = self.row.cells[self.columns[column]]
        patterns = self.recipe.date_patterns
        day = tabular.parse_date(cell, patterns)
        if day is None:
            self.complain(column, "not_a_date", patterns=list(patterns))
        return day

    def number(self, column: str) -> float | None:
        if not self.text(column):
            return None
        cell = self.row.cells[self.columns[column]]
        number = tabular.parse_number(cell, self.recipe.decimal_mark)
        if number is None:
            self.complain(column, "not_a_number")
        return number


def convert(row: Row, columns: dict[str, int], recipe: Recipe) -> FactRow:
    """Read one row. Never raises for what stands in the cells.

    :param columns: index of each heading of ``recipe.columns()``.
    """
    if row.problem is not None:
        return FactRow(row.number, "", "", None, [], [row.problem])
    reader = _Reader(row, columns, recipe)
    parts = [reader.text(column) for column in recipe.keys]
    key = "/".join([recipe.key_prefix, *parts] if recipe.key_prefix else parts)
    subject = " ".join(reader.text(recipe.subject).split())
    facts = [
        fact
        for spec in recipe.facts
        if (fact := _convert_fact(reader, spec)) is not None
    ]
    day = None
    # A row without any figure (all left blank on purpose) needs no date either.
    if facts or reader.problems or not reader.is_blank(recipe.date):
        day = reader.day(recipe.date)
    problems = list(reader.problems.values())
    return FactRow(row.number, key, subject, day, [] if problems else facts, problems)


def _convert_fact(reader: _Reader, spec: FactSpec) -> Fact | None:
    used = [spec.first]
    if spec.kind in KINDS_WITH_SECOND:
        used.append(spec.second)
    if spec.skip_blank and any(reader.is_blank(column) for column in used):
        return None
    if spec.kind in ("number", "ratio"):
        found = [reader.number(column) for column in used]
        numbers = [number for number in found if number is not None]
        if len(numbers) < len(used):
            return None
        if spec.kind == "number":
            return Fact(spec.metric, numbers[0], 0.0, 0.0)
        if numbers[1] <= 0:
            reader.complain(spec.second, "not_positive")
            return None
        return Fact(spec.metric, numbers[0] / numbers[1], numbers[0], numbers[1])
    first, second = (reader.day(column) for column in used)
    if first is None or second is None:
        return None
    if spec.kind == "on_time":
        late = tabular.day_difference(first, second, True, spec.grace_days)
        on_time = 0.0 if late else 1.0
        return Fact(spec.metric, on_time, on_time, 1.0)
    early_is_zero = spec.kind == "days_late"
    days = tabular.day_difference(first, second, early_is_zero, spec.grace_days)
    return Fact(spec.metric, float(days), 0.0, 0.0)
