import unittest
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.vas_kpi.tools import domain_words, periods

START, END = date(2024, 1, 1), date(2024, 12, 31)
DAYS = st.dates(date(1990, 1, 1), date(2090, 12, 31))
TYPES = st.sampled_from(["week", *periods.PERIOD_MONTHS])


class TestPeriods(unittest.TestCase):
    def test_codes(self):
        for bounds, code in (
            ((date(2025, 1, 1), date(2025, 12, 31)), "2025"),
            ((date(2025, 7, 1), date(2025, 12, 31)), "2025-H2"),
            ((date(2025, 4, 1), date(2025, 6, 30)), "2025-Q2"),
            ((date(2024, 2, 1), date(2024, 2, 29)), "2024-02"),
            ((date(2025, 2, 1), date(2025, 4, 30)), "2025-02-01 – 2025-04-30"),
        ):
            self.assertEqual(periods.period_code(*bounds), code)

    def test_unknown_type(self):
        with self.assertRaises(ValueError):
            periods.period_bounds("decade", START)

    @given(DAYS, TYPES)
    def test_periods_tile_the_calendar(self, day, kind):
        start, end = periods.period_bounds(kind, day)
        self.assertTrue(start <= day <= end)
        self.assertEqual(periods.period_bounds(kind, start), (start, end))
        self.assertEqual(periods.period_bounds(kind, end), (start, end))
        _before, last = periods.previous_period(kind, day)
        self.assertEqual(last + timedelta(days=1), start)


class TestDomainWords(unittest.TestCase):
    def test_words_and_offsets(self):
        for word, day in (
            ("period_start", START),
            ("period_end", END),
            ("period_end -1y", date(2023, 12, 31)),
            ("period_start +1m", date(2024, 2, 1)),
            ("period_end-2w", date(2024, 12, 17)),
            ("period_start - 10d", date(2023, 12, 22)),
        ):
            self.assertEqual(domain_words.resolve_word(word, START, END), day)

    def test_other_text_stays(self):
        domain = [
            "|",
            ("name", "=", "period of grace"),
            ("period_start", "<=", "period_end"),
            ["line_ids", "any", [("date", ">", "period_end -1y")]],
        ]
        self.assertEqual(
            domain_words.resolve(domain, START, END),
            [
                "|",
                ("name", "=", "period of grace"),
                ("period_start", "<=", "2024-12-31"),
                ["line_ids", "any", [("date", ">", "2023-12-31")]],
            ],
        )

    def test_unreadable_offset_is_refused(self):
        for word in ("period_end -1q", "period_start + year", "period_end 5"):
            with self.assertRaisesRegex(domain_words.PeriodWordError, "offset"):
                domain_words.resolve_word(word, START, END)

    @given(st.text(max_size=12))
    def test_never_touches_foreign_words(self, text):
        if text.strip().startswith("period_"):
            return
        self.assertIsNone(domain_words.resolve_word(text, START, END))
