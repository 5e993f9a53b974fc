"""The state machine of one service promise, without a database.

A clock starts, pauses, resumes, stops and may be opened again; its promise may be
replaced while it runs. Live records and the replay of a history go through this one
class, so both arrive at the same deadline.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .odometer import Odometer, Pause

RULES = ("retroactive", "carry", "restart")


@dataclass(frozen=True)
class Promise:
    """What is promised and in which time.

    :param amount: seconds of working time, or working days
    :param mode: one of :data:`.odometer.MODES`
    :param odometer: the calendar that counts
    """

    amount: float
    mode: str
    odometer: Odometer


@dataclass(frozen=True)
class Step:
    """One line of a clock's ledger: what moved it, when, and what came of it."""

    kind: str
    at: datetime
    deadline_before: datetime | None
    deadline_after: datetime
    seconds: float = 0.0


def _whole_second(moment: datetime) -> datetime:
    """Round up to the second: a promise is never cut short by a fraction."""
    if moment.microsecond:
        moment = moment.replace(microsecond=0) + timedelta(seconds=1)
    return moment


@dataclass
class ClockState:
    """Where a clock stands. All instants are aware, all amounts are seconds.

    ``target_seconds`` is the working time between start and the deadline without
    interruptions; ``paused_seconds`` and ``solved_seconds`` are the working time that
    was excluded since the start. ``counted_from`` is set when consumed time was carried
    over from another promise: what came before is ``carried_seconds``, the consumed and
    excluded working time until then, measured in the calendar of that time.
    """

    promise: Promise
    start: datetime
    deadline: datetime
    target_seconds: float
    paused_since: datetime | None = None
    paused_late: bool = False
    stopped_at: datetime | None = None
    paused_seconds: float = 0.0
    solved_seconds: float = 0.0
    counted_from: datetime | None = None
    carried_seconds: float = 0.0

    @classmethod
    def begin(
        cls, promise: Promise, start: datetime, spans: Iterable[Pause] = ()
    ) -> ClockState:
        """Start a clock, with the closed interruptions *spans* already behind it.

        :raises NoWorkingTimeError: when the calendar cannot hold the promise
        """
        odometer = promise.odometer
        plain = odometer.target(start, promise.amount, promise.mode)
        deadline = odometer.target(start, promise.amount, promise.mode, spans)
        return cls(
            promise,
            start,
            _whole_second(deadline),
            odometer.worked(start, plain),
        )

    def _exclude(self, since: datetime, until: datetime) -> float:
        """Leave out *since*…*until*; return the working seconds in it."""
        odometer = self.promise.odometer
        seconds = odometer.worked(since, until)
        if seconds and since < self.deadline:
            self.deadline = _whole_second(odometer.shift(self.deadline, seconds))
        return seconds

    def pause(self, at: datetime) -> bool:
        """Pause; False when it does not run. Broken before: stays broken."""
        if self.paused_since or self.stopped_at:
            return False
        self.paused_since = max(at, self.start)
        self.paused_late = self.paused_since > self.deadline
        return True

    def resume(self, at: datetime) -> bool:
        """Go on after a pause; False when it was not paused."""
        if not self.paused_since or self.stopped_at:
            return False
        self.paused_seconds += self._exclude(self.paused_since, at)
        self.paused_since, self.paused_late = None, False
        return True

    def stop(self, at: datetime) -> bool:
        """Fulfil the promise; a pause ends with it. False when already stopped."""
        if self.stopped_at:
            return False
        self.resume(at)
        self.stopped_at = max(at, self.start)
        return True

    def reopen(self, at: datetime) -> bool:
        """Open again; the time it counted as fulfilled is not consumed."""
        if not self.stopped_at:
            return False
        self.solved_seconds += self._exclude(self.stopped_at, at)
        self.stopped_at = None
        return True

    @property
    def excluded_seconds(self) -> float:
        """Working time since the start that is not consumed."""
        return self.paused_seconds + self.solved_seconds

    def move(self, operation: str, at: datetime) -> list[Step]:
        """Pause, resume, stop or reopen; return the lines of the ledger, none if
        nothing changed. A pause that ends in the solution is closed first."""
        before, excluded = self.deadline, self.excluded_seconds
        paused = operation == "stop" and self.paused_since is not None
        if not getattr(self, operation)(at):
            return []
        seconds = self.excluded_seconds - excluded
        step = Step(operation, at, before, self.deadline, seconds)
        if not paused:
            return [step]
        return [
            replace(step, kind="resume"),
            replace(step, deadline_before=self.deadline, seconds=0.0),
        ]

    def retarget(
        self,
        promise: Promise,
        at: datetime,
        rule: str = "retroactive",
        spans: Iterable[Pause] = (),
    ) -> bool:
        """Replace the promise of a clock that is not stopped.

        :param spans: all closed interruptions since the start
        :param rule: ``retroactive`` counts from the start, interruptions kept;
            ``carry`` keeps what is consumed and counts the rest from *at*;
            ``restart`` counts all from *at*. A promise in working days has no
            consumed part: ``carry`` is then ``retroactive``.
        :raises ValueError: for another rule
        """
        if rule not in RULES:
            raise ValueError(f"rule {rule!r} is not one of {', '.join(RULES)}")
        if self.stopped_at:
            return False
        spans = list(spans)
        days = promise.mode != "business_time"
        origin, carried = None, 0.0
        if rule == "restart":
            fresh = ClockState.begin(promise, at)
            self.start = at
            self.paused_seconds = self.solved_seconds = 0.0
            if self.paused_since:
                self.paused_since = at
        elif rule == "carry" and not days and self.promise.mode == "business_time":
            now = min(at, self.paused_since) if self.paused_since else at
            consumed = self.consumed(now)
            left = promise.amount - consumed
            origin, carried = now, consumed + self.excluded_seconds
            fresh = ClockState.begin(promise, self.start)
            fresh.deadline = (
                _whole_second(promise.odometer.shift(now, left)) if left > 0 else now
            )
        else:
            fresh = ClockState.begin(promise, self.start, spans)
            self.paused_seconds, self.solved_seconds = self._recount(promise, spans)
        self.promise = promise
        self.counted_from, self.carried_seconds = origin, carried
        self.deadline = fresh.deadline
        self.target_seconds = fresh.target_seconds
        self.paused_late = bool(self.paused_since and self.paused_since > self.deadline)
        return True

    def _recount(self, promise: Promise, spans: list[Pause]) -> tuple[float, float]:
        """Split the excluded working time anew in the calendar of *promise*.

        The spans do not say which of them were pauses, so the shares stay as they
        were; with the same calendar nothing changes.
        """
        if promise.odometer is self.promise.odometer:
            return self.paused_seconds, self.solved_seconds
        total = sum(promise.odometer.worked(a, b) for a, b in spans if b)
        before = self.paused_seconds + self.solved_seconds
        share = self.paused_seconds / before if before else 1.0
        return total * share, total * (1.0 - share)

    def consumed(self, at: datetime) -> float:
        """Return the working seconds consumed up to *at* (frozen while paused)."""
        until = at
        for frozen in (self.paused_since, self.stopped_at):
            if frozen:
                until = min(until, frozen)
        since = self.counted_from or self.start
        spent = self.carried_seconds + self.promise.odometer.worked(since, until)
        return max(spent - self.paused_seconds - self.solved_seconds, 0.0)

    def risk_from(self, percent: float) -> datetime:
        """Return from when on *percent* of the promise is consumed.

        Exact from the last resume on, which is all that is ever asked.
        """
        left = self.target_seconds * (100.0 - percent) / 100.0
        if left <= 0:
            return self.deadline
        return self.promise.odometer.shift(self.deadline, -left).replace(microsecond=0)

    def left(self, now: datetime) -> float:
        """Return the working seconds left at *now*, negative when overdue."""
        until = self.stopped_at or self.paused_since or now
        odometer = self.promise.odometer
        if until <= self.deadline:
            return odometer.worked(until, self.deadline)
        return -odometer.worked(self.deadline, until)
