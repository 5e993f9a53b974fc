"""Read the event log of another service desk and replay it through clocks.

A log has a row for every change of an incident. Pure Python, no Odoo: tables in,
histories and located problems out; the clocks are those of :mod:`.sla_clock`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from odoo.addons.vas_kpi.tools.tabular import Row, Table, cell_text, normalize

from .odometer import Pause
from .sla_clock import ClockState, Promise, Step

UTC = timezone.utc


class Fault(NamedTuple):
    """What is wrong at one place of the file; ``code`` says what was expected."""

    row: int
    column: str
    value: str
    code: str


class Change(NamedTuple):
    """One row of an incident."""

    at: datetime
    state: str
    priority: str
    row: int


@dataclass
class Incident:
    """The history of one incident, oldest change first."""

    number: str
    opened: datetime
    changes: list[Change]
    verdict: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """Which column says what, and how dates are written.

    :param columns: headings of ``number``, ``state``, ``updated``, ``opened``,
        ``priority``, and perhaps ``verdict``, ``order`` and details
    :param date_format: as for ``datetime.strptime``
    :param zone: IANA zone of the dates
    :param empty: how the log writes “nothing”
    """

    columns: Mapping[str, str]
    date_format: str
    zone: str
    empty: str = ""


def read_incidents(
    table: Table, layout: Layout, states: set[str], priorities: set[str]
) -> tuple[list[Incident], list[Fault], int]:
    """Return incidents, faults and the number of rows.

    A row that cannot be read is left out and named; the rest of its incident stays. An
    incident without any readable opening begins with its first change.

    :param states: known states, normalized
    :param priorities: known priorities, normalized
    """
    reader = _Reader(table, layout, states, priorities)
    for row in table.rows:
        reader.read_row(row)
    return reader.incidents(), reader.faults, reader.count


class _Reader:
    def __init__(
        self, table: Table, layout: Layout, states: set[str], priorities: set[str]
    ) -> None:
        headings = {normalize(text): n for n, text in enumerate(table.headings)}
        self.index = {
            name: headings[normalize(heading)]
            for name, heading in layout.columns.items()
            if heading and normalize(heading) in headings
        }
        self.layout = layout
        self.zone = ZoneInfo(layout.zone)
        self.states, self.priorities = states, priorities
        self.faults: list[Fault] = []
        self.count = 0
        self.rows: dict[str, list[tuple[float, Change]]] = {}
        self.opened: dict[str, datetime] = {}
        self.last: dict[str, dict[str, str]] = {}

    def fault(self, row: int, name: str, value: str, code: str) -> None:
        self.faults.append(Fault(row, self.layout.columns.get(name, name), value, code))

    def text(self, cells: Sequence[Any], name: str) -> str:
        index = self.index.get(name)
        value = cell_text(cells[index]) if index is not None else ""
        return "" if value == self.layout.empty else value

    def moment(self, row: int, cells: Sequence[Any], name: str) -> datetime | None:
        """Return the instant in a column, None (and a fault) when there is none."""
        value = cells[self.index[name]]
        if not isinstance(value, datetime):
            text = self.text(cells, name)
            try:
                value = datetime.strptime(text, self.layout.date_format)
            except ValueError:
                self.fault(row, name, text, "date")
                return None
        return value.replace(tzinfo=self.zone).astimezone(UTC)

    def read_row(self, row: Row) -> None:
        self.count += 1
        cells = row.cells
        if row.problem:
            self.fault(row.number, row.problem.column, row.problem.value, "row")
            return
        number = self.text(cells, "number")
        if not number:
            self.fault(row.number, "number", "", "number")
            return
        state, priority = self.text(cells, "state"), self.text(cells, "priority")
        good = True
        if normalize(state) not in self.states:
            self.fault(row.number, "state", state, "state")
            good = False
        if normalize(priority) not in self.priorities:
            self.fault(row.number, "priority", priority, "priority")
            good = False
        at = self.moment(row.number, cells, "updated")
        opened = self.moment(row.number, cells, "opened")
        if opened:
            self.opened.setdefault(number, opened)
        if not good or at is None:
            return
        order = self.text(cells, "order")
        change = Change(at, normalize(state), normalize(priority), row.number)
        self.rows.setdefault(number, []).append(
            (float(order) if order.isdigit() else 0.0, change)
        )
        self.last[number] = {
            name: self.text(cells, name)
            for name in self.index
            if name not in ("number", "state", "updated", "opened", "priority")
        }

    def incidents(self) -> list[Incident]:
        result = []
        for number, rows in self.rows.items():
            rows.sort(key=lambda pair: (pair[1].at, pair[0], pair[1].row))
            changes = [change for _order, change in rows]
            opened = self.opened.get(number, changes[0].at)
            # An incident may be written down after it was reported, never before.
            changes = [c._replace(at=max(c.at, opened)) for c in changes]
            details = dict(self.last[number])
            verdict = details.pop("verdict", "")
            result.append(Incident(number, opened, changes, verdict, details))
        return result


class StateRule(NamedTuple):
    """What a state of the log does to a clock."""

    closes: bool
    pauses: bool
    reason: str


class Line(NamedTuple):
    """A ledger line with its reason."""

    step: Step
    reason: str
    policy: object


def replay(
    incident: Incident,
    rules: Mapping[str, StateRule],
    promises: Mapping[str, tuple[object, Promise | None, str]],
) -> tuple[ClockState, object, list[Line]] | None:
    """Let the history of an incident happen to a clock.

    :param rules: per state
    :param promises: per priority (policy, promise, change rule); a priority without
        promise keeps the one before
    :return: the clock, the policy that holds at the end and the ledger; None when no
        priority of the incident promises anything
    """
    clock: ClockState | None = None
    policy: object = None
    lines: list[Line] = []
    spans: list[Pause] = []
    for change in incident.changes:
        held, promise, change_rule = promises[change.priority]
        if promise and clock is None:
            clock = ClockState.begin(promise, incident.opened)
            policy = held
            first = Step("start", incident.opened, None, clock.deadline)
            lines.append(Line(first, "", policy))
        if clock is None:
            continue
        rule = rules[change.state]
        for operation in _operations(clock, rule):
            begun = clock.paused_since or clock.stopped_at
            steps = clock.move(operation, change.at)
            if begun and operation in ("resume", "reopen", "stop"):
                spans.append((begun, change.at))
            lines += [Line(step, rule.reason, policy) for step in steps]
        if promise and held != policy:
            before = clock.deadline
            if clock.retarget(promise, change.at, change_rule, spans):
                policy = held
                step = Step("policy", change.at, before, clock.deadline)
                lines.append(Line(step, "", policy))
    return (clock, policy, lines) if clock else None


def _operations(clock: ClockState, rule: StateRule) -> Sequence[str]:
    """Return what happens to *clock* when its incident enters a state."""
    if rule.closes:
        return () if clock.stopped_at else ("stop",)
    opened = ("reopen",) if clock.stopped_at else ()
    if rule.pauses:
        return (*opened, *(() if clock.paused_since else ("pause",)))
    return (*opened, *(("resume",) if clock.paused_since else ()))
