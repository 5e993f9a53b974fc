"""What a promise would have come to on lives that are over. No database, no writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from .odometer import Pause
from .sla_clock import ClockState, Promise


@dataclass(frozen=True)
class Life:
    """The facts of one clock: when it started, stood still and ended.

    ``end`` is None while it runs. ``kept`` is what came of the promise it really had,
    None when it had none.
    """

    key: int
    start: datetime
    end: datetime | None
    breaks: Sequence[Pause] = ()
    kept: bool | None = None


@dataclass(frozen=True)
class Verdict:
    """What another promise would have come to."""

    deadline: datetime
    kept: bool
    seconds: float


def judge(promise: Promise, life: Life, now: datetime) -> Verdict:
    """Return the verdict of *promise* on *life*; one that runs is judged at *now*.

    :raises NoWorkingTimeError: when the calendar cannot hold the promise
    """
    end = life.end or now
    deadline = ClockState.begin(promise, life.start, life.breaks).deadline
    seconds = promise.odometer.elapsed(life.start, end, life.breaks)
    return Verdict(deadline, end <= deadline, seconds)


def needed(seconds: Iterable[float], percent: float) -> float | None:
    """Return the smallest promise, in working seconds, that *percent* of the lives
    would have kept (nearest rank); None without any.

    :raises ValueError: for a share outside 0 … 100
    """
    if not 0 < percent <= 100:
        raise ValueError(f"a share is over 0 and at most 100 %, not {percent}")
    ordered = sorted(seconds)
    if not ordered:
        return None
    rank = ceil(len(ordered) * percent / 100 - 1e-9)
    return ordered[max(rank, 1) - 1]
