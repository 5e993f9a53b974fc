"""Arithmetic of agreements, by examples of the catalogue and by properties."""

from datetime import date, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools import calendar_terms as terms
from ..tools import coverage, entitlement, recurrence, service_credit
from ..tools.entitlement import Lot
from ..tools.recurrence import Rhythm, Season, occurrences

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2060, 12, 31))
UNITS = st.integers(0, 2000).map(lambda cents: cents / 100)
#: A busy machine is not a failure of the arithmetic.
CALM = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow]
)


class TestTerms(BaseCase):
    def test_the_catalogue_on_coverage(self):
        """CON-06: three years from 2024-03-01; one year for the battery."""
        start = date(2024, 3, 1)
        self.assertEqual(terms.last_day_of_term(start, 36), date(2027, 2, 28))
        self.assertTrue(coverage.answer(start, 36, date(2026, 3, 6)).covered)
        self.assertFalse(coverage.answer(start, 36, date(2027, 3, 1)).covered)
        self.assertFalse(coverage.answer(start, 36, date(2025, 3, 2), 12).covered)
        separate = coverage.answer(start, 36, date(2025, 1, 1), 0, True, False)
        self.assertEqual(separate.reason, "separate")

    def test_nobody_loses_the_leap_day(self):
        self.assertEqual(
            terms.last_day_of_term(date(2024, 2, 29), 12), date(2025, 2, 28)
        )
        with self.assertRaises(ValueError):
            terms.last_day_of_term(date(2024, 2, 29), 0)

    @CALM
    @given(DAYS, st.integers(1, 12), st.integers(0, 800))
    def test_periods_follow_each_other_without_gap(self, anchor, months, days):
        found = list(
            terms.periods(anchor, months, anchor, anchor + timedelta(days=days))
        )
        self.assertEqual(found[0][0], anchor)
        for (_first, end), (begin, _last) in zip(found, found[1:], strict=False):
            self.assertEqual(begin, end + timedelta(days=1))

    @CALM
    @given(DAYS, st.integers(1, 24))
    def test_months_between_whole_months(self, day, months):
        begin = day.replace(day=1)
        end = terms.add_months(begin, months) - timedelta(days=1)
        self.assertAlmostEqual(terms.months_between(begin, end), months)

    def test_cut_off_hour(self):
        """AMB-28: later than the cut-off counts on the next business day."""

        def opens(day):
            return day.weekday() < 5

        friday = datetime(2026, 3, 6, 15, 0)
        self.assertEqual(coverage.counted_from(friday, None, opens), friday)
        self.assertEqual(coverage.counted_from(friday, 17, opens), friday)
        self.assertEqual(
            coverage.counted_from(friday, 15, opens), datetime(2026, 3, 9, 0, 0)
        )
        with self.assertRaises(ValueError):
            coverage.counted_from(friday, 15, lambda day: day == friday.date())


class TestEntitlementTools(BaseCase):
    @CALM
    @given(st.lists(st.tuples(UNITS, DAYS), max_size=6), UNITS)
    def test_nothing_is_lost_or_made(self, given_lots, quantity):
        lots = [
            Lot(key, rest, expires) for key, (rest, expires) in enumerate(given_lots)
        ]
        taken, uncovered = entitlement.allocate(lots, quantity)
        self.assertAlmostEqual(sum(part for _key, part in taken) + uncovered, quantity)
        by_key = {lot.key: lot for lot in lots}
        for key, part in taken:
            self.assertLessEqual(part, by_key[key].remaining)
        ends = [by_key[key].expires_on for key, _part in taken]
        self.assertEqual(ends, sorted(ends), "the oldest expiring first")
        if uncovered:
            self.assertAlmostEqual(
                sum(part for _key, part in taken), sum(lot.remaining for lot in lots)
            )

    @CALM
    @given(UNITS, UNITS, UNITS)
    def test_what_is_left_goes_over_or_expires(self, rest, limit, before):
        for rule in ("none", "limited", "all"):
            over, expired = entitlement.carry(rest, rule, limit, before)
            self.assertAlmostEqual(over + expired, rest)
        self.assertLessEqual(
            entitlement.carry(rest, "limited", limit, before)[0],
            max(limit - before, 0) + 0.005,
        )
        with self.assertRaises(ValueError):
            entitlement.carry(rest, "some")

    def test_begun_steps_count(self):
        self.assertEqual(entitlement.billed_units(1.1, 0.5), 1.5)
        self.assertEqual(entitlement.billed_units(0.2, 0.5, 1), 1)
        self.assertEqual(entitlement.billed_units(0, 0.5, 1), 0)


class TestCreditTools(BaseCase):
    def test_bands_and_limits(self):
        bands = [service_credit.Band(98, 5), service_credit.Band(90, 10)]
        self.assertEqual(service_credit.band_value(98, bands), 0)
        self.assertEqual(service_credit.band_value(97.99, bands), 5)
        self.assertEqual(service_credit.band_value(85, bands), 10)
        self.assertEqual(service_credit.band_value(None, bands), 0)
        self.assertEqual(service_credit.credit(1000, 5, True, 3), (150, 150))
        self.assertEqual(service_credit.credit(1000, 5, True, 3, 10), (150, 100))
        self.assertEqual(service_credit.credit(1000, 80, False, 3, 0, 200), (240, 200))

    @CALM
    @given(UNITS, UNITS, st.booleans(), st.integers(0, 50), UNITS, UNITS)
    def test_never_more_than_the_fee(self, fee, value, percent, count, cap, amount):
        full, credit = service_credit.credit(fee, value, percent, count, cap, amount)
        self.assertLessEqual(0, credit)
        self.assertLessEqual(credit, full)
        self.assertLessEqual(credit, fee)


class TestRecurrence(BaseCase):
    START = date(2026, 1, 1)
    WEEK = (date(2026, 3, 2), date(2026, 3, 8))

    def count(self, rhythm, first, last, start=None):
        found = occurrences(rhythm, start or self.START, first, last)
        return sum(times for _day, times in found)

    def test_the_catalogue_on_cleaning(self):
        """CLN-02, level 2: 7 sweeps, 14 of the lobby and 2 moppings in a week."""
        self.assertEqual(self.count(Rhythm(1, 1, "day"), *self.WEEK), 7)
        self.assertEqual(self.count(Rhythm(2, 1, "day"), *self.WEEK), 14)
        self.assertEqual(self.count(Rhythm(2, 1, "week"), *self.WEEK), 2)
        spray = Rhythm(1, 3, "month", Season(frozenset({6, 7, 8}), 1, 1, "month"))
        days = occurrences(spray, self.START, self.START, date(2026, 12, 31))
        self.assertEqual([day.month for day, _times in days], [1, 6, 7, 8, 10])

    def test_an_agreement_that_begins_in_between(self):
        half_year = Rhythm(1, 6, "month")
        begin, end = date(2026, 2, 10), date(2026, 12, 31)
        self.assertEqual(
            occurrences(half_year, begin, begin, end),
            [(begin, 1), (date(2026, 7, 1), 1)],
        )

    def test_frequencies_without_sense(self):
        for times, every, unit in ((0, 1, "day"), (1, 0, "week"), (1, 1, "year")):
            with self.assertRaises(ValueError):
                Rhythm(times, every, unit)

    @CALM
    @given(
        DAYS,
        st.integers(0, 60),
        st.integers(1, 60),
        st.builds(
            Rhythm,
            st.integers(1, 3),
            st.integers(1, 6),
            st.sampled_from(recurrence.UNITS),
            st.none()
            | st.builds(
                Season,
                st.frozensets(st.integers(1, 12), min_size=1, max_size=4),
                st.integers(1, 3),
                st.integers(1, 2),
                st.sampled_from(recurrence.UNITS),
            ),
        ),
    )
    def test_asked_in_parts_gives_the_same_days(self, start, first, length, rhythm):
        """A job that was stopped and goes on plans neither more nor less."""
        begin = start + timedelta(days=first)
        end = begin + timedelta(days=length)
        middle = begin + timedelta(days=length // 2)
        whole = occurrences(rhythm, start, begin, end)
        parts = occurrences(rhythm, start, begin, middle) + occurrences(
            rhythm, start, middle + timedelta(days=1), end
        )
        self.assertEqual(whole, parts)
        self.assertTrue(all(day >= start for day, _times in whole))
