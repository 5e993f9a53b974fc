"""The life of a clock cut into segments: what counted, what did not, and why.

The segments follow each other without gap or overlap, so their wall-clock seconds add
up to the whole time, and the working seconds of the counted ones add up to what the
clock consumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from .odometer import Odometer


@dataclass(frozen=True)
class Interruption:
    """A time that was not counted; ``end`` is None while it lasts."""

    kind: str
    start: datetime
    end: datetime | None
    reason: str = ""
    actor: str = ""


@dataclass(frozen=True)
class Stretch:
    """A part of the life that one calendar measured."""

    start: datetime
    end: datetime
    odometer: Odometer


@dataclass(frozen=True)
class Segment:
    """One piece of a timeline.

    ``kind`` is ``counted``, ``closed_hours``, or that of an interruption (``paused``,
    ``stopped``). ``seconds`` is wall-clock time, ``working_seconds`` the working time
    in it.
    """

    kind: str
    start: datetime
    end: datetime
    working_seconds: float
    reason: str = ""
    actor: str = ""

    @property
    def seconds(self) -> float:
        """Wall-clock seconds."""
        return (self.end - self.start).total_seconds()


def segments(
    stretches: Sequence[Stretch], interruptions: Sequence[Interruption]
) -> list[Segment]:
    """Cut *stretches* (in order, without gaps) into segments.

    Of interruptions that overlap the earlier one holds; one without an end lasts to the
    end of the timeline.
    """
    result: list[Segment] = []
    for stretch in stretches:
        at = stretch.start
        for item in sorted(interruptions, key=lambda item: item.start):
            begun = max(item.start, at)
            ended = min(item.end or stretch.end, stretch.end)
            if begun >= ended:
                continue
            result += _running(stretch.odometer, at, begun)
            result.append(
                Segment(
                    item.kind,
                    begun,
                    ended,
                    stretch.odometer.worked(begun, ended),
                    item.reason,
                    item.actor,
                )
            )
            at = ended
        result += _running(stretch.odometer, at, stretch.end)
    return result


def _running(odometer: Odometer, start: datetime, end: datetime) -> list[Segment]:
    """Return the open and the closed hours between two instants."""
    pieces: list[Segment] = []
    at = start
    for opened, closed in odometer.openings(start, end):
        if opened > at:
            pieces.append(Segment("closed_hours", at, opened, 0.0))
        last = pieces[-1] if pieces else None
        if last and last.kind == "counted" and last.end == opened:
            # Hours that touch, such as two days of a calendar that never closes.
            pieces[-1] = Segment(
                "counted",
                last.start,
                closed,
                last.working_seconds + (closed - opened).total_seconds(),
            )
        else:
            pieces.append(
                Segment("counted", opened, closed, (closed - opened).total_seconds())
            )
        at = closed
    if at < end:
        pieces.append(Segment("closed_hours", at, end, 0.0))
    return pieces
