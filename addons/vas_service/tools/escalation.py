"""When the steps of an escalation are due, without a database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .odometer import Odometer
from .sla_clock import ClockState


@dataclass(frozen=True)
class Step:
    """One step of an escalation.

    :param key: what tells the step apart (a record id)
    :param basis: ``offset``: *amount* seconds after (before, if negative) the deadline;
        ``percent``: when *amount* percent of the promise are consumed, more than 100
        after the deadline; ``stopped_late``: when the promise is fulfilled late
    :param working: count offsets and repetitions in working time, and wait for the next
        opening with what falls on closed hours
    :param every: seconds between repetitions, 0 for none
    :param times: how often it happens at most, repetitions included
    """

    key: int
    basis: str
    amount: float = 0.0
    working: bool = True
    every: float = 0.0
    times: int = 1


@dataclass(frozen=True)
class Due:
    """An occurrence (1, 2 …) of a step and its moment."""

    at: datetime
    key: int
    occurrence: int


def _shift(
    odometer: Odometer, moment: datetime, seconds: float, working: bool
) -> datetime:
    """Move an instant in working or in calendar time."""
    if not working:
        return moment + timedelta(seconds=seconds)
    return odometer.shift(moment, seconds) if seconds else moment


def first_moment(step: Step, state: ClockState) -> datetime | None:
    """Return when *step* is due the first time, None if it never is.

    :raises NoWorkingTimeError: when the calendar has too little working time
    """
    odometer = state.promise.odometer
    if step.basis == "stopped_late":
        late = state.stopped_at and state.stopped_at > state.deadline
        return state.stopped_at if late else None
    if state.stopped_at or state.paused_since:
        return None
    if step.basis == "percent":
        seconds = state.target_seconds * (step.amount - 100.0) / 100.0
        moment = _shift(odometer, state.deadline, seconds, True)
    else:
        moment = _shift(odometer, state.deadline, step.amount, step.working)
    moment = max(moment, state.start)
    return _in_hours(odometer, moment) if step.working else moment


def _in_hours(odometer: Odometer, moment: datetime) -> datetime:
    """Wait for the next opening; the closing instant itself is still in time."""
    closing = odometer.previous_closing(moment)
    return moment if closing == moment else odometer.next_opening(moment)


def next_due(
    steps: Iterable[Step], state: ClockState, done: Mapping[int, int]
) -> Due | None:
    """Return the next occurrence that did not happen yet, the earliest first.

    :param done: {key of a step: how many occurrences happened}
    """
    best: Due | None = None
    for step in steps:
        count = done.get(step.key, 0)
        if count >= max(step.times, 1) or (count and not step.every):
            continue
        moment = first_moment(step, state)
        if moment is None:
            continue
        if count:
            seconds = step.every * count
            moment = _shift(state.promise.odometer, moment, seconds, step.working)
            if step.working:
                moment = _in_hours(state.promise.odometer, moment)
        due = Due(moment, step.key, count + 1)
        if best is None or (due.at, due.key) < (best.at, best.key):
            best = due
    return best
