"""The odometer against a naive walk over minutes, and against its own laws."""

from datetime import date, datetime, timedelta, timezone
from unittest import TestCase
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from ..tools.odometer import CalendarSpec, NoWorkingTimeError, Odometer

UTC = timezone.utc
MINUTE = 60
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Asia/Kathmandu"]
# Both clock changes of Berlin and New York lie in this window.
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
WINDOW_MINUTES = 40 * 24 * 60


def _week(*opening):
    """Monday to Friday with the given hours."""
    day = tuple((int(a * 3600), int(b * 3600)) for a, b in opening)
    return (day,) * 5 + ((), ())


OFFICE = CalendarSpec("Europe/Berlin", (_week((9, 17)),))
SPLIT = CalendarSpec("Europe/Berlin", (_week((9, 12), (13, 18)),))
ALWAYS = CalendarSpec("Europe/Berlin", ((((0, 86400),),) * 7,))


@st.composite
def intervals(draw):
    cuts = sorted(
        set(draw(st.lists(st.integers(0, 48), min_size=2, max_size=6, unique=True)))
    )
    return tuple(
        (a * 1800, b * 1800) for a, b in zip(cuts[::2], cuts[1::2], strict=False)
    )


@st.composite
def specs(draw):
    weeks = draw(
        st.lists(
            st.lists(st.one_of(st.just(()), intervals()), min_size=7, max_size=7),
            min_size=1,
            max_size=2,
        ).filter(lambda weeks: any(day for week in weeks for day in week))
    )
    dates = st.dates(date(2026, 3, 1), date(2026, 4, 10))
    closed = [
        (start, start + timedelta(minutes=length))
        for start, length in draw(
            st.lists(st.tuples(moments, st.integers(1, 3000)), max_size=2)
        )
    ]
    return CalendarSpec(
        draw(st.sampled_from(ZONES)),
        tuple(tuple(week) for week in weeks),
        draw(st.dictionaries(dates, intervals(), max_size=3)),
        draw(st.dictionaries(dates, intervals(), max_size=3)),
        closed,
    )


moments = st.integers(0, WINDOW_MINUTES).map(lambda n: FIRST + timedelta(minutes=n))


def _open_minute(spec, moment):
    """Whether the calendar is open in the minute that begins at *moment*, naively.

    Every opening of the local day (and of the day before, for a clock jump that moves
    an opening past midnight) is turned into instants one by one.
    """
    zone = ZoneInfo(spec.zone)
    if any(start <= moment < end for start, end in spec.closed):
        return False
    local_day = moment.astimezone(zone).date()
    for day in (local_day, local_day - timedelta(days=1)):
        midnight = datetime(day.year, day.month, day.day)
        opening = spec.days.get(day)
        if opening is None:
            week = spec.weeks[(day.toordinal() - 1) // 7 % len(spec.weeks)]
            opening = week[day.weekday()]
        closed = {
            second
            for a, b in spec.breaks.get(day, ())
            for second in range(a, b, MINUTE)
        }
        for start, end in opening:
            # Take the day's break out minute by minute of the clock.
            run = None
            for second in range(start, end + MINUTE, MINUTE):
                if second < end and second not in closed:
                    run = second if run is None else run
                    continue
                if run is not None:
                    first, last = (
                        (midnight + timedelta(seconds=s))
                        .replace(tzinfo=zone)
                        .astimezone(UTC)
                        for s in (run, second)
                    )
                    if first <= moment < last:
                        return True
                    run = None
    return False


class TestOdometerLaws(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(specs(), moments, st.integers(0, 3 * 24 * 60))
    def test_worked_equals_a_walk_over_minutes(self, spec, start, minutes):
        naive = sum(
            _open_minute(spec, start + timedelta(minutes=n)) for n in range(minutes)
        )
        end = start + timedelta(minutes=minutes)
        self.assertEqual(Odometer(spec).worked(start, end), naive * MINUTE)

    @settings(max_examples=200, deadline=None)
    @given(specs(), moments, moments, moments)
    def test_worked_adds_up_and_never_shrinks(self, spec, a, b, c):
        a, b, c = sorted((a, b, c))
        odometer = Odometer(spec)
        self.assertEqual(
            odometer.worked(a, c), odometer.worked(a, b) + odometer.worked(b, c)
        )
        self.assertGreaterEqual(odometer.worked(a, c), odometer.worked(b, c))
        self.assertLessEqual(odometer.worked(a, c), (c - a).total_seconds())

    @settings(max_examples=200, deadline=None)
    @given(specs(), moments, st.integers(1, 400_000))
    def test_deadline_is_the_first_instant_that_consumes_the_target(
        self, spec, start, seconds
    ):
        odometer = Odometer(spec)
        deadline = odometer.deadline(start, seconds)
        self.assertEqual(odometer.worked(start, deadline), seconds)
        just_before = deadline - timedelta(microseconds=1)
        self.assertLess(odometer.worked(start, just_before), seconds)

    @settings(max_examples=200, deadline=None)
    @given(specs(), moments, st.integers(1, 400_000))
    def test_shift_back_undoes_the_amount(self, spec, start, seconds):
        odometer = Odometer(spec)
        before = odometer.shift(start, -seconds)
        self.assertEqual(odometer.worked(before, start), seconds)
        just_after = before + timedelta(microseconds=1)
        self.assertLess(odometer.worked(just_after, start), seconds)

    @settings(max_examples=200, deadline=None)
    @given(specs(), moments, st.integers(1, 200_000), st.data())
    def test_pauses_are_not_consumed(self, spec, start, seconds, data):
        odometer = Odometer(spec)
        cuts = sorted(
            start + timedelta(minutes=n)
            for n in data.draw(st.lists(st.integers(0, 20_000), max_size=6))
        )
        pauses = list(zip(cuts[::2], cuts[1::2], strict=False))
        deadline = odometer.deadline(start, seconds, pauses)
        self.assertEqual(odometer.elapsed(start, deadline, pauses), seconds)
        self.assertGreaterEqual(deadline, odometer.deadline(start, seconds))

    @settings(max_examples=100, deadline=None)
    @given(specs(), moments, st.integers(-20, 20))
    def test_order_of_questions_does_not_matter(self, spec, start, years):
        """Lists that grew backwards first give the same answers."""
        asked = Odometer(spec)
        asked.worked(start + timedelta(days=366 * years), start)
        self.assertEqual(
            asked.deadline(start, 100_000), Odometer(spec).deadline(start, 100_000)
        )


class TestOdometerDecisions(TestCase):
    """The cases in which the world disagrees, one by one."""

    def _berlin(self, *args):
        return datetime(*args, tzinfo=ZoneInfo("Europe/Berlin"))

    def test_target_equal_to_the_rest_of_the_day_ends_at_closing(self):
        deadline = Odometer(OFFICE).deadline(self._berlin(2026, 3, 25, 9), 8 * 3600)
        self.assertEqual(deadline, self._berlin(2026, 3, 25, 17))

    def test_nothing_to_do_is_due_at_the_next_open_instant(self):
        odometer = Odometer(OFFICE)
        inside, saturday = self._berlin(2026, 3, 25, 10), self._berlin(2026, 3, 28, 10)
        self.assertEqual(odometer.deadline(inside, 0), inside)
        self.assertEqual(odometer.deadline(saturday, 0), self._berlin(2026, 3, 30, 9))

    def test_opening_in_the_spring_gap_moves_one_hour_later(self):
        week = ((),) * 6 + (((2 * 3600 + 1800, 6 * 3600),),)
        odometer = Odometer(CalendarSpec("Europe/Berlin", (week,)))
        worked = odometer.worked(
            self._berlin(2026, 3, 29, 0), self._berlin(2026, 3, 30, 0)
        )
        self.assertEqual(worked, 2.5 * 3600)

    def test_ambiguous_opening_in_autumn_is_its_first_occurrence(self):
        week = ((),) * 6 + (((2 * 3600 + 1800, 6 * 3600),),)
        odometer = Odometer(CalendarSpec("Europe/Berlin", (week,)))
        worked = odometer.worked(
            self._berlin(2026, 10, 25, 0), self._berlin(2026, 10, 26, 0)
        )
        self.assertEqual(worked, 4.5 * 3600)

    def test_round_the_clock_counts_the_days_of_23_and_25_hours(self):
        odometer = Odometer(ALWAYS)
        spring = odometer.worked(
            self._berlin(2026, 3, 29, 0), self._berlin(2026, 3, 30, 0)
        )
        autumn = odometer.worked(
            self._berlin(2026, 10, 25, 0), self._berlin(2026, 10, 26, 0)
        )
        self.assertEqual((spring, autumn), (23 * 3600, 25 * 3600))

    def test_pause_outside_opening_hours_counts_nothing(self):
        start = self._berlin(2026, 3, 25, 15)
        night = [(self._berlin(2026, 3, 25, 20), self._berlin(2026, 3, 26, 8))]
        odometer = Odometer(OFFICE)
        self.assertEqual(
            odometer.deadline(start, 4 * 3600, night),
            odometer.deadline(start, 4 * 3600),
        )

    def test_pause_after_the_deadline_does_not_rescue_it(self):
        start = self._berlin(2026, 3, 25, 9)
        later = [(self._berlin(2026, 3, 25, 12), self._berlin(2026, 3, 25, 14))]
        self.assertEqual(
            Odometer(OFFICE).deadline(start, 3600, later),
            self._berlin(2026, 3, 25, 10),
        )

    def test_pause_that_lasts_freezes_the_deadline(self):
        start = self._berlin(2026, 3, 25, 9)
        odometer = Odometer(OFFICE)
        lasting = [(self._berlin(2026, 3, 25, 10), None)]
        self.assertEqual(
            odometer.deadline(start, 7200, lasting), odometer.deadline(start, 7200)
        )
        now = self._berlin(2026, 3, 25, 16)
        self.assertEqual(odometer.elapsed(start, now, lasting), 3600)

    def test_working_days_skip_holidays_and_full_leaves(self):
        thursday = self._berlin(2026, 4, 2, 10)
        leave = (self._berlin(2026, 4, 7, 0), self._berlin(2026, 4, 8, 0))
        holidays = {date(2026, 4, 3): (), date(2026, 4, 6): ()}
        odometer = Odometer(
            CalendarSpec("Europe/Berlin", SPLIT.weeks, holidays, closed=[leave])
        )
        self.assertEqual(
            odometer.target(thursday, 2, "days_keep_clock"),
            self._berlin(2026, 4, 9, 10),
        )
        self.assertEqual(
            odometer.target(thursday, 2, "end_of_working_day"),
            self._berlin(2026, 4, 9, 18),
        )

    def test_days_backwards(self):
        monday = self._berlin(2026, 3, 30, 10)
        odometer = Odometer(OFFICE)
        self.assertEqual(
            odometer.days_keep_clock(monday, -2), self._berlin(2026, 3, 26, 10)
        )
        self.assertEqual(
            odometer.biz_days(self._berlin(2026, 3, 30, 20), -1),
            self._berlin(2026, 3, 27, 17),
        )

    def test_alternating_weeks(self):
        one, two = _week((8, 16)), _week((10, 12))
        odometer = Odometer(CalendarSpec("UTC", (one, two)))
        week = timedelta(days=7)
        monday = datetime(2018, 4, 2, tzinfo=UTC)
        hours = [
            odometer.worked(monday + n * week, monday + (n + 1) * week) / 3600
            for n in range(4)
        ]
        self.assertEqual(sorted(hours), [10, 10, 40, 40])
        self.assertNotEqual(hours[0], hours[1])


class TestOdometerRefusals(TestCase):
    def test_calendar_without_opening_is_refused_at_once(self):
        empty = Odometer(CalendarSpec("UTC", (((),) * 7,)))
        with self.assertRaises(NoWorkingTimeError):
            empty.deadline(FIRST, 60)
        with self.assertRaises(NoWorkingTimeError):
            empty.days_keep_clock(FIRST, 1)
        self.assertEqual(empty.worked(FIRST, FIRST + timedelta(days=9)), 0)

    def test_calendar_closed_for_ever_ends_at_the_horizon(self):
        closed = [(FIRST, datetime(9000, 1, 1, tzinfo=UTC))]
        spec = CalendarSpec("UTC", OFFICE.weeks, closed=closed)
        with self.assertRaisesRegex(NoWorkingTimeError, "5 years of 2026"):
            Odometer(spec, horizon_years=5).deadline(FIRST, 60)

    def test_single_open_days_are_used_up(self):
        spec = CalendarSpec("UTC", (((),) * 7,), {date(2031, 1, 4): ((0, 3600),)})
        odometer = Odometer(spec)
        self.assertEqual(
            odometer.deadline(FIRST, 3600), datetime(2031, 1, 4, 1, tzinfo=UTC)
        )
        with self.assertRaises(NoWorkingTimeError):
            odometer.deadline(FIRST, 3601)

    def test_target_of_many_years_is_answered(self):
        deadline = Odometer(OFFICE).deadline(FIRST, 24_000 * 3600)
        self.assertEqual(deadline.year, 2037)

    def test_wrong_calendars_are_refused(self):
        for zone, weeks in (
            ("Mars/Olympus", OFFICE.weeks),
            ("UTC", ()),
            ("UTC", (((),) * 6,)),
            ("UTC", (((((0, 90_000)),),) * 7,)),
            ("UTC", (((((7200, 3600)),),) * 7,)),
        ):
            with self.subTest(zone=zone), self.assertRaises(ValueError):
                CalendarSpec(zone, weeks)

    def test_naive_instants_and_parts_of_days_are_refused(self):
        odometer = Odometer(OFFICE)
        with self.assertRaisesRegex(ValueError, "time zone"):
            odometer.deadline(datetime(2026, 3, 2), 60)
        with self.assertRaisesRegex(ValueError, "whole number"):
            odometer.target(FIRST, 1.5, "biz_days")
        with self.assertRaisesRegex(ValueError, "mode"):
            odometer.target(FIRST, 1, "moon_phase")
