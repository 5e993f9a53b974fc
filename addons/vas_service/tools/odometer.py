"""Working time as an odometer: deadlines and elapsed time by two binary searches.

For a calendar, ``W(t)`` is the working time counted up to the instant ``t``. It only
grows while the calendar is open, like the odometer of a car only grows while it
moves. Every question of a service promise is then arithmetic on readings:

* elapsed between two instants: ``W(t1) - W(t0)``;
* deadline of a target: ``W⁻¹(W(start) + target + paused)``;
* a warning before or an escalation after it: ``W⁻¹(W(deadline) ± offset)``.

The readings are kept in sorted lists with prefix sums, built year by year when a
question first needs the year. Instants go in and come out as aware datetimes;
amounts are seconds. Inside, everything is whole microseconds, so nothing drifts.

Where the world disagrees (catalogue: AMB-49, acceptance cases of kind ``sla``):

* an opening or closing time that does not exist (spring) moves later by the jump, an
  ambiguous one (autumn) is its first occurrence;
* a target equal to the rest of the day ends at closing time;
* a target of nothing is reached at the next open instant;
* a pause counts only the working time inside it, and a pause that begins when the
  target is already consumed does not move the deadline.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from threading import RLock
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = timezone.utc
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY_SECONDS = 86_400
MICROSECOND = timedelta(microseconds=1)
ONE_DAY = timedelta(days=1)

# Opening times of one day, in seconds after local midnight, 0 … 86 400.
DayIntervals = Sequence[tuple[int, int]]
# Monday … Sunday
Week = Sequence[DayIntervals]
# An interruption: from, to; ``to`` is None while it lasts.
Pause = tuple[datetime, "datetime | None"]

MODES = (
    "business_time",
    "days_keep_clock",
    "end_of_working_day",
    "first_day_counts",
    "biz_days",
    "odoo_plan_days",
)


class NoWorkingTimeError(ValueError):
    """The calendar has too little working time to answer (never an endless loop)."""


@dataclass(frozen=True)
class CalendarSpec:
    """When a calendar is open.

    :param zone: IANA name of the time zone the local times are in
    :param weeks: one week, or two that alternate (the first is used when
        ``floor((ordinal of the day - 1) / 7)`` is even), each Monday to Sunday
    :param days: dates with an opening of their own; an empty one closes the day
    :param breaks: dates with times of the day that are closed
    :param closed: closed periods between two instants (leaves)
    :raises ValueError: for an unknown zone, a week without seven days, or an interval
        outside 0 … 86 400 seconds or that ends before it begins
    """

    zone: str
    weeks: Sequence[Week]
    days: Mapping[date, DayIntervals] = field(default_factory=dict)
    breaks: Mapping[date, DayIntervals] = field(default_factory=dict)
    closed: Sequence[tuple[datetime, datetime]] = ()

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"{self.zone!r} is not the name of a time zone") from error
        if len(self.weeks) not in (1, 2):
            raise ValueError(f"one or two weeks expected, not {len(self.weeks)}")
        for week in self.weeks:
            if len(week) != 7:
                raise ValueError(f"a week has seven days, not {len(week)}")
            for intervals in week:
                _check_intervals(intervals)
        for intervals in (*self.days.values(), *self.breaks.values()):
            _check_intervals(intervals)

    @classmethod
    def always(cls, zone: str = "UTC") -> CalendarSpec:
        """Return a calendar that never closes: calendar time."""
        return cls(zone, [[[(0, DAY_SECONDS)]] * 7])

    def as_data(self) -> dict[str, Any]:
        """Return the rules as plain data, always in the same order (for a version)."""

        def days(rules: Mapping[date, DayIntervals]) -> dict[str, list[list[int]]]:
            return {
                day.isoformat(): sorted(map(list, rules[day])) for day in sorted(rules)
            }

        return {
            "zone": self.zone,
            "weeks": [
                [sorted(map(list, intervals)) for intervals in week]
                for week in self.weeks
            ],
            "days": days(self.days),
            "breaks": days(self.breaks),
            "closed": sorted([_ticks(a), _ticks(b)] for a, b in self.closed),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CalendarSpec:
        """Return the rules that :meth:`as_data` wrote down.

        :raises ValueError, KeyError, TypeError: for anything else
        """

        def days(rules: Mapping[str, Any]) -> dict[date, list[tuple[int, int]]]:
            return {
                date.fromisoformat(day): [(a, b) for a, b in intervals]
                for day, intervals in rules.items()
            }

        return cls(
            data["zone"],
            [[[(a, b) for a, b in day] for day in week] for week in data["weeks"]],
            days(data["days"]),
            days(data["breaks"]),
            [(_moment(a), _moment(b)) for a, b in data["closed"]],
        )

    @property
    def opens_every_week(self) -> bool:
        """Whether an ordinary week has any opening."""
        return any(intervals for week in self.weeks for intervals in week)

    def opening(self, day: date) -> list[tuple[int, int]]:
        """Return the opening of *day* in seconds after midnight, breaks taken out."""
        intervals = self.days.get(day)
        if intervals is None:
            week = self.weeks[(day.toordinal() - 1) // 7 % len(self.weeks)]
            intervals = week[day.weekday()]
        closed = self.breaks.get(day)
        opening = sorted(intervals)
        return list(_subtract(opening, sorted(closed))) if closed else opening


def _check_intervals(intervals: DayIntervals) -> None:
    for start, end in intervals:
        if not 0 <= start <= end <= DAY_SECONDS:
            raise ValueError(
                f"an interval runs from 0 to {DAY_SECONDS} seconds of a day and "
                f"forwards, not from {start} to {end}"
            )


def _subtract(
    opening: Iterable[tuple[int, int]], closed: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int]]:
    """Yield *opening* without *closed*; both sorted by start."""
    for start, end in opening:
        for closed_from, closed_to in closed:
            if closed_to <= start:
                continue
            if closed_from >= end:
                break
            if closed_from > start:
                yield start, closed_from
            start = max(start, closed_to)
        if start < end:
            yield start, end


def _union(intervals: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return *intervals* sorted and disjoint; those that only touch stay apart."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if end <= start:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _ticks(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; aware instants are expected")
    return (moment - EPOCH) // MICROSECOND


def _moment(ticks: int) -> datetime:
    return EPOCH + timedelta(microseconds=ticks)


class Odometer:
    """Readings of one calendar, built when asked for; may be shared by threads.

    :param spec: the calendar
    :param horizon_years: how far from the instant of a question an answer may lie
        before :class:`NoWorkingTimeError` is raised
    """

    def __init__(self, spec: CalendarSpec, horizon_years: int = 100) -> None:
        self.spec = spec
        self.horizon_years = horizon_years
        self.zone = ZoneInfo(spec.zone)
        self._closed = _union((_ticks(a), _ticks(b)) for a, b in spec.closed)
        self._start: list[int] = []
        self._end: list[int] = []
        # reading at each start; strictly increasing
        self._reading: list[int] = []
        self._first_year = self._last_year = None
        self._low = self._high = 0
        self._reading_low = self._reading_high = 0
        # The lists grow while others read them: one at a time.
        self._lock = RLock()

    # -- building ---------------------------------------------------------------

    def _local(self, day: date, seconds: int) -> int:
        """Return the instant of a local clock time (first occurrence, gap moves later).

        ``fold=0`` does both: in a gap the offset before the jump is used.
        """
        moment = datetime.combine(day, time.min) + timedelta(seconds=seconds)
        return _ticks(moment.replace(tzinfo=self.zone))

    def _build(self, year: int) -> list[tuple[int, int]]:
        day = date(year, 1, 1)
        pieces: list[tuple[int, int]] = []
        midnight = self._local(day, 0)
        for _n in range(date(year, 12, 31).timetuple().tm_yday):
            tomorrow = self._local(day, DAY_SECONDS)
            plain = tomorrow - midnight == DAY_SECONDS * SECOND
            for start, end in self.spec.opening(day):
                if plain:
                    pieces.append((midnight + start * SECOND, midnight + end * SECOND))
                else:
                    pieces.append((self._local(day, start), self._local(day, end)))
            midnight, day = tomorrow, day + ONE_DAY
        pieces = _union(pieces)
        if self._closed and pieces:
            last = bisect_left(self._closed, (pieces[-1][1], 0))
            pieces = list(_subtract(pieces, self._closed[:last]))
        return pieces

    def _anchor(self, ticks: int) -> None:
        if self._first_year is None:
            year = _moment(ticks).astimezone(self.zone).year
            self._first_year = self._last_year = year
            self._low = self._high = self._local(date(year, 1, 1), 0)

    def _extend_forward(self) -> None:
        year = self._last_year
        if year >= date.max.year:
            raise NoWorkingTimeError("the calendar ends with the year 9999")
        high = self._high
        for start, end in self._build(year):
            start = max(start, high)
            if start < end:
                self._start.append(start)
                self._end.append(end)
                self._reading.append(self._reading_high)
                self._reading_high += end - start
                high = end
        self._last_year = year + 1
        self._high = max(self._local(date(year + 1, 1, 1), 0), high)

    def _extend_backward(self) -> None:
        year = self._first_year - 1
        if year <= date.min.year:
            raise NoWorkingTimeError("the calendar begins with the year 1")
        pieces = [(a, min(b, self._low)) for a, b in self._build(year)]
        pieces = [(a, b) for a, b in pieces if a < b]
        reading = self._reading_low - sum(b - a for a, b in pieces)
        self._reading_low = reading
        readings = []
        for start, end in pieces:
            readings.append(reading)
            reading += end - start
        self._start[:0] = [start for start, _end in pieces]
        self._end[:0] = [end for _start, end in pieces]
        self._reading[:0] = readings
        self._first_year = year
        self._low = self._local(date(year, 1, 1), 0)

    def _cover(self, ticks: int) -> None:
        self._anchor(ticks)
        while ticks >= self._high:
            self._extend_forward()
        while ticks < self._low:
            self._extend_backward()

    def _refuse(self, year: int, asked: int) -> None:
        """Raise when looking into *year* is pointless for a question about *asked*."""
        days = self.spec.days
        beyond = abs(year - asked) > self.horizon_years
        if not self.spec.opens_every_week:
            years = [day.year for day, intervals in days.items() if intervals]
            later = year >= asked
            beyond = (
                beyond
                or not years
                or (year > max(years) if later else year < min(years))
            )
        if beyond:
            raise NoWorkingTimeError(
                "the calendar has no working time left within "
                f"{self.horizon_years} years of {asked}"
            )

    # -- readings ---------------------------------------------------------------

    def _read(self, ticks: int) -> int:
        """Return W(ticks)."""
        with self._lock:
            self._cover(ticks)
            index = bisect_right(self._start, ticks) - 1
            if index < 0:
                return self._reading_low
            worked = min(ticks, self._end[index]) - self._start[index]
            return self._reading[index] + worked

    def _earliest(self, reading: int, asked: int) -> int:
        """Return the first instant whose reading is *reading* (W⁻¹ from the left)."""
        with self._lock:
            while reading > self._reading_high:
                self._refuse(self._last_year, asked)
                self._extend_forward()
            while reading <= self._reading_low:
                self._refuse(self._first_year - 1, asked)
                self._extend_backward()
            index = bisect_left(self._reading, reading) - 1
            return self._start[index] + reading - self._reading[index]

    def _latest(self, reading: int, asked: int) -> int:
        """Return the last instant with *reading* that is followed by working time."""
        with self._lock:
            while reading >= self._reading_high:
                self._refuse(self._last_year, asked)
                self._extend_forward()
            while reading < self._reading_low:
                self._refuse(self._first_year - 1, asked)
                self._extend_backward()
            index = bisect_right(self._reading, reading) - 1
            return self._start[index] + reading - self._reading[index]

    def worked(self, start: datetime, end: datetime) -> float:
        """Return the working seconds between two instants; 0 when end <= start."""
        return max(self._read(_ticks(end)) - self._read(_ticks(start)), 0) / SECOND

    def elapsed(
        self, start: datetime, end: datetime, pauses: Iterable[Pause] = ()
    ) -> float:
        """Return the working seconds from *start* to *end* outside *pauses*.

        A pause without an end lasts until *end*.
        """
        first, last = _ticks(start), _ticks(end)
        if last <= first:
            return 0.0
        total = self._read(last) - self._read(first)
        for pause_from, pause_to in self._pauses(first, pauses, last):
            pause_to = min(pause_to, last)
            if pause_from < pause_to:
                total -= self._read(pause_to) - self._read(pause_from)
        return total / SECOND

    def _pauses(
        self, start: int, pauses: Iterable[Pause], until: int | None = None
    ) -> list[tuple[int, int]]:
        """Return disjoint pauses from *start* on; one that lasts ends *until*.

        Without *until* a lasting pause is left out: the target is frozen with it.
        """
        spans = []
        for pause_from, pause_to in pauses:
            end = until if pause_to is None else _ticks(pause_to)
            if end is not None:
                spans.append((max(_ticks(pause_from), start), end))
        return _union(spans)

    def is_open(self, moment: datetime) -> bool:
        """Whether the calendar is open at *moment* (closed at its closing time)."""
        ticks = _ticks(moment)
        with self._lock:
            self._cover(ticks)
            index = bisect_right(self._start, ticks) - 1
            return index >= 0 and ticks < self._end[index]

    def next_opening(self, moment: datetime) -> datetime:
        """Return *moment* when open then, else the next opening.

        :raises NoWorkingTimeError: when it never opens again
        """
        ticks = _ticks(moment)
        return _moment(max(self._latest(self._read(ticks), moment.year), ticks))

    def previous_closing(self, moment: datetime) -> datetime:
        """Return *moment* when work ends or goes on there, else the closing before."""
        ticks = _ticks(moment)
        return _moment(min(self._earliest(self._read(ticks), moment.year), ticks))

    def openings(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the open intervals between two instants."""
        for opened, closed in self._pieces(_ticks(start), _ticks(end)):
            yield _moment(opened), _moment(closed)

    def _pieces(self, first: int, last: int) -> list[tuple[int, int]]:
        """Return the open intervals between two instants, cut at both."""
        pieces = []
        with self._lock:
            self._cover(first)
            self._cover(last)
            index = max(bisect_right(self._start, first) - 1, 0)
            while index < len(self._start) and self._start[index] < last:
                start, end = max(self._start[index], first), min(self._end[index], last)
                if start < end:
                    pieces.append((start, end))
                index += 1
        return pieces

    # -- targets ----------------------------------------------------------------

    def shift(self, moment: datetime, seconds: float) -> datetime:
        """Return the instant *seconds* of working time after (or before) *moment*.

        Forwards it is the earliest such instant, backwards the latest.
        :raises NoWorkingTimeError: when there is not that much working time
        """
        amount = round(seconds * SECOND)
        if not amount:
            return self.next_opening(moment)
        ticks = _ticks(moment)
        find = self._earliest if amount > 0 else self._latest
        return _moment(find(self._read(ticks) + amount, moment.year))

    def deadline(
        self, start: datetime, seconds: float, pauses: Iterable[Pause] = ()
    ) -> datetime:
        """Return the instant at which *seconds* of open, unpaused time are consumed.

        A negative target looks back from *start* and knows no pauses. A pause without
        an end is left out: while it lasts the deadline stays where it was.
        :raises NoWorkingTimeError: when there is not that much working time
        """
        amount = round(seconds * SECOND)
        if amount < 0:
            return self.shift(start, seconds)
        first = _ticks(start)
        spans = self._pauses(first, pauses)
        if not amount:
            moment = self.next_opening(start)
            for pause_from, pause_to in spans:
                if pause_from <= _ticks(moment) < pause_to:
                    moment = self.next_opening(_moment(pause_to))
            return moment
        reading = self._read(first) + amount
        for pause_from, pause_to in spans:
            read = self._read(pause_from)
            if reading <= read:
                break
            reading += self._read(pause_to) - read
        return _moment(self._earliest(reading, start.year))

    def target(
        self,
        start: datetime,
        amount: float,
        mode: str = "business_time",
        pauses: Iterable[Pause] = (),
    ) -> datetime:
        """Return the deadline of a target in one of :data:`MODES`.

        :param amount: seconds for ``business_time``, working days for the others
        :param pauses: for targets in days, the working time inside each pause that
            begins before the deadline moves it later
        :raises ValueError: for an unknown mode or a part of a day
        """
        if mode == "business_time":
            return self.deadline(start, amount, pauses)
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is not one of {', '.join(MODES)}")
        days = int(amount)
        if days != amount:
            raise ValueError(f"working days are a whole number, not {amount}")
        moment = getattr(self, mode)(start, days)
        for pause_from, pause_to in self._pauses(_ticks(start), pauses):
            if _ticks(moment) <= pause_from:
                break
            paused = self._read(pause_to) - self._read(pause_from)
            if paused:
                moment = self.shift(moment, paused / SECOND)
        return moment

    # -- working days -----------------------------------------------------------

    def day_opening(self, day: date) -> list[tuple[int, int]]:
        """Return what is open of local *day*, leaves taken out, in ticks."""
        return self._pieces(self._local(day, 0), self._local(day, DAY_SECONDS))

    def working_day(self, day: date, number: int) -> date:
        """Return the *number*-th working day after (before, if negative) *day*.

        A working day has some working time left after holidays and leaves; *day*
        itself is not counted. 0 is *day*, or the next working day.
        """
        step = ONE_DAY if number >= 0 else -ONE_DAY
        asked, left = day.year, abs(number)
        if not left and not self.day_opening(day):
            left = 1
        while left:
            day += step
            if self.day_opening(day):
                left -= 1
            elif day.day == 1:
                self._refuse(day.year, asked)
        return day

    def days_keep_clock(self, start: datetime, days: int) -> datetime:
        """Return the same clock time *days* working days later."""
        local = start.astimezone(self.zone)
        day = self.working_day(local.date(), days)
        return datetime.combine(day, local.time(), self.zone).astimezone(UTC)

    def end_of_working_day(self, start: datetime, days: int) -> datetime:
        """Return the closing time of the *days*-th working day after that of start."""
        day = self.working_day(start.astimezone(self.zone).date(), days)
        return _moment(self.day_opening(day)[-1][1])

    def first_day_counts(self, start: datetime, days: int) -> datetime:
        """Return the closing time of the *days*-th working day, that of start included.

        A start after closing time is that of the next working day (TEL-05, AMB-30).
        """
        day = start.astimezone(self.zone).date()
        pieces = self.day_opening(day)
        day = self.working_day(
            day, int(bool(pieces) and pieces[-1][1] <= _ticks(start))
        )
        day = self.working_day(day, days - 1)
        return _moment(self.day_opening(day)[-1][1])

    def biz_days(self, start: datetime, days: int) -> datetime:
        """Return the same clock time *days* working days later, moved into hours.

        Forwards to the next opening, backwards to the closing before.
        """
        if not days:
            return self.next_opening(start)
        moment = self.days_keep_clock(start, days)
        return self.next_opening(moment) if days > 0 else self.previous_closing(moment)

    def odoo_plan_days(self, start: datetime, days: int) -> datetime:
        """Return what ``resource.calendar.plan_days`` answers.

        It walks pieces of 14 days from the clock time of *start* and takes the end of
        the first open interval of the n-th date it sees (backwards the begin).
        """
        if not days:
            return start
        local = start.astimezone(self.zone)
        seen: set[date] = set()
        piece = timedelta(days=14 if days > 0 else -14)
        while True:
            bounds = sorted((local, local + piece))
            openings = list(self.openings(*bounds))
            for opened, closed in openings if days > 0 else reversed(openings):
                seen.add(opened.astimezone(self.zone).date())
                if len(seen) == abs(days):
                    return closed if days > 0 else opened
            local += piece
            self._refuse(local.year, start.year)
