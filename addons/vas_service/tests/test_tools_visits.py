from datetime import date, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import visits

DAYS = st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 12, 31))

#: A busy machine is not a failure of the arithmetic.
CALM = settings(
    deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)


class TestToolsVisits(BaseCase):
    def test_catalogue_examples(self):
        """The visit examples of GRD-09."""
        last = date(2026, 1, 15)
        self.assertEqual(visits.next_visit(last, 3, "months"), date(2026, 4, 15))
        self.assertEqual(visits.next_visit(last, 6, "months"), date(2026, 7, 15))
        self.assertEqual(visits.next_visit(last, 1, "years"), date(2027, 1, 15))

    def test_short_months_are_clamped(self):
        self.assertEqual(
            visits.next_visit(date(2026, 11, 30), 3, "months"), date(2027, 2, 28)
        )
        self.assertEqual(
            visits.next_visit(date(2024, 2, 29), 1, "years"), date(2025, 2, 28)
        )

    def test_refusals(self):
        for number, unit in ((-1, "months"), (1, "fortnights"), (10**6, "years")):
            with self.subTest(unit=unit), self.assertRaises(ValueError):
                visits.next_visit(date(2026, 1, 1), number, unit)

    @CALM
    @given(DAYS, st.sampled_from(visits.UNITS))
    def test_no_duty(self, last, unit):
        self.assertIsNone(visits.next_visit(last, 0, unit))

    @CALM
    @given(DAYS, DAYS, st.integers(1, 60), st.sampled_from(visits.UNITS))
    def test_later_visit_is_never_due_earlier(self, one, other, number, unit):
        first, second = sorted((one, other))
        self.assertLessEqual(
            visits.next_visit(first, number, unit),
            visits.next_visit(second, number, unit),
        )

    @CALM
    @given(DAYS, st.integers(1, 500))
    def test_days_and_weeks_are_exact(self, last, number):
        self.assertEqual(
            visits.next_visit(last, number, "days") - last, timedelta(days=number)
        )
        self.assertEqual(
            visits.next_visit(last, number, "weeks") - last, timedelta(weeks=number)
        )

    @CALM
    @given(DAYS, st.integers(1, 60))
    def test_months_keep_the_day_or_end_the_month(self, last, number):
        due = visits.next_visit(last, number, "months")
        months = (due.year - last.year) * 12 + due.month - last.month
        self.assertEqual(months, number)
        if due.day != last.day:
            self.assertLess(due.day, last.day)
            self.assertEqual((due + timedelta(days=1)).day, 1)
