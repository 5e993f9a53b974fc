"""Steps of an escalation, the timeline and the simulation as plain arithmetic."""

import unittest
from datetime import datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from odoo.addons.vas_service.tools.escalation import Step, next_due
from odoo.addons.vas_service.tools.odometer import CalendarSpec, Odometer
from odoo.addons.vas_service.tools.sla_clock import ClockState, Promise
from odoo.addons.vas_service.tools.sla_simulation import Life, judge, needed
from odoo.addons.vas_service.tools.sla_timeline import (
    Interruption,
    Stretch,
    segments,
)

UTC = timezone.utc
OFFICE = CalendarSpec("UTC", [[[(9 * 3600, 17 * 3600)]] * 5 + [[], []]])
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(day, hour, minute=0):
    return MONDAY + timedelta(days=day - 2, hours=hour, minutes=minute)


def state(hours=8, start=None):
    promise = Promise(hours * 3600, "business_time", Odometer(OFFICE))
    return ClockState.begin(promise, start or at(2, 9))


class TestEscalation(unittest.TestCase):
    def _all(self, steps, clock, limit=50):
        done, moments = {}, []
        while (due := next_due(steps, clock, done)) and len(moments) < limit:
            done[due.key] = due.occurrence
            moments.append((due.key, due.at))
        return moments

    def test_before_after_and_percent_in_the_order_of_time(self):
        steps = [
            Step(1, "offset", 3600),
            Step(2, "offset", -2 * 3600),
            Step(3, "percent", 50),
            Step(4, "percent", 150),
        ]
        self.assertEqual(
            self._all(steps, state()),
            [(3, at(2, 13)), (2, at(2, 15)), (1, at(3, 10)), (4, at(3, 13))],
        )

    def test_calendar_time_does_not_wait_for_the_morning(self):
        step = Step(1, "offset", 3600, working=False)
        self.assertEqual(self._all([step], state()), [(1, at(2, 18))])

    def test_repeats_until_the_limit_in_working_time(self):
        step = Step(1, "offset", 0, every=4 * 3600, times=4)
        moments = [moment for _key, moment in self._all([step], state())]
        self.assertEqual(moments, [at(2, 17), at(3, 13), at(3, 17), at(4, 13)])

    def test_paused_and_stopped_clocks_wait(self):
        clock = state()
        clock.pause(at(2, 10))
        step = Step(1, "offset", 0)
        late = Step(2, "stopped_late")
        self.assertIsNone(next_due([step], clock, {}))
        clock.resume(at(2, 12))
        self.assertEqual(next_due([step], clock, {}).at, at(3, 11))
        clock.stop(at(3, 12))
        self.assertEqual(self._all([step, late], clock), [(2, at(3, 12))])
        kept = state()
        kept.stop(at(2, 12))
        self.assertEqual(self._all([step, late], kept), [])

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["offset", "percent"]),
                st.integers(-40, 40),
                st.booleans(),
                st.integers(0, 12),
                st.integers(1, 5),
            ),
            min_size=1,
            max_size=5,
        ),
        st.integers(0, 24 * 14),
        st.integers(1, 60),
    )
    def test_every_occurrence_comes_once_and_in_open_hours(self, raw, start, hours):
        clock = state(hours, MONDAY + timedelta(hours=start))
        steps = [
            Step(
                key,
                basis,
                abs(amount) * 5 + 1 if basis == "percent" else amount * 1800,
                working,
                every * 3600,
                times,
            )
            for key, (basis, amount, working, every, times) in enumerate(raw)
        ]
        moments = self._all(steps, clock)
        expected = sum(step.times if step.every else 1 for step in steps)
        self.assertEqual(len(moments), expected)
        by_key = {step.key: step for step in steps}
        last = {}
        for key, moment in moments:
            self.assertGreaterEqual(moment, clock.start)
            self.assertGreaterEqual(moment, last.get(key, moment))
            last[key] = moment
            if by_key[key].working:
                odometer = clock.promise.odometer
                just = timedelta(seconds=1)
                self.assertTrue(
                    odometer.is_open(moment) or odometer.is_open(moment - just), moment
                )


class TestTimeline(unittest.TestCase):
    @settings(max_examples=80, deadline=None)
    @given(
        st.integers(0, 200),
        st.lists(st.integers(1, 90), min_size=0, max_size=8),
        st.integers(1, 100),
        st.booleans(),
    )
    def test_segments_add_up(self, start, gaps, rest, lasting):
        begun = MONDAY + timedelta(hours=start)
        moments, moment = [], begun
        for gap in gaps:
            moment += timedelta(minutes=gap * 37)
            moments.append(moment)
        end = moment + timedelta(minutes=rest * 41)
        breaks = [
            Interruption("paused", a, b)
            for a, b in zip(moments[::2], moments[1::2], strict=False)
        ]
        if lasting and len(moments) % 2:
            breaks.append(Interruption("paused", moments[-1], None))
        odometer = Odometer(OFFICE)
        pieces = segments([Stretch(begun, end, odometer)], breaks)
        self.assertEqual(pieces[0].start, begun)
        self.assertEqual(pieces[-1].end, end)
        for before, after in zip(pieces, pieces[1:], strict=False):
            self.assertEqual(before.end, after.start)
        self.assertAlmostEqual(
            sum(piece.seconds for piece in pieces), (end - begun).total_seconds()
        )
        counted = sum(p.working_seconds for p in pieces if p.kind == "counted")
        spans = [(item.start, item.end) for item in breaks]
        self.assertAlmostEqual(counted, odometer.elapsed(begun, end, spans))
        closed = [p for p in pieces if p.kind == "closed_hours"]
        self.assertFalse(any(odometer.worked(p.start, p.end) for p in closed))


class TestSimulation(unittest.TestCase):
    def test_verdict_of_another_promise(self):
        life = Life(1, at(2, 9), at(3, 10), [(at(2, 11), at(2, 13))], True)
        verdict = judge(state(6).promise, life, at(5, 9))
        self.assertEqual((verdict.deadline, verdict.seconds), (at(2, 17), 7 * 3600))
        self.assertFalse(verdict.kept)
        self.assertTrue(judge(state(7).promise, life, at(5, 9)).kept)

    @settings(max_examples=100, deadline=None)
    @given(
        st.lists(st.integers(0, 10_000), min_size=1, max_size=60),
        st.integers(1, 100),
    )
    def test_needed_is_the_smallest_that_is_enough(self, seconds, percent):
        answer = needed(seconds, percent)
        self.assertIn(answer, seconds)
        share = 100 * sum(value <= answer for value in seconds) / len(seconds)
        self.assertGreaterEqual(share + 1e-9, percent)
        smaller = [value for value in seconds if value < answer]
        if smaller:
            share = 100 * len([v for v in seconds if v <= max(smaller)]) / len(seconds)
            self.assertLess(share, percent)

    def test_needed_refuses_nonsense(self):
        self.assertIsNone(needed([], 95))
        for percent in (0, -1, 101):
            with self.assertRaises(ValueError):
                needed([1], percent)


class TestCalendarData(unittest.TestCase):
    def test_rules_survive_being_written_down(self):
        spec = CalendarSpec(
            "Europe/Berlin",
            [[[(0, 3600), (7200, 86_400)]] * 7, [[]] * 7],
            {at(5, 0).date(): [(3600, 7200)]},
            {at(6, 0).date(): [(0, 86_400)]},
            [(at(7, 8), at(8, 20))],
        )
        again = CalendarSpec.from_data(spec.as_data())
        self.assertEqual(again.as_data(), spec.as_data())
        first, second = Odometer(spec), Odometer(again)
        self.assertEqual(
            first.worked(at(2, 0), at(30, 0)), second.worked(at(2, 0), at(30, 0))
        )
