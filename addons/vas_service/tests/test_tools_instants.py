from datetime import datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from ..tools.instants import UTC, aware, iso, naive

MOMENTS = st.datetimes(min_value=datetime(1990, 1, 1), max_value=datetime(2100, 1, 1))
ZONES = st.integers(min_value=-12 * 60, max_value=14 * 60).map(
    lambda minutes: timezone(timedelta(minutes=minutes))
)


class TestInstants(BaseCase):
    @given(MOMENTS)
    def test_what_the_database_keeps_comes_back(self, moment):
        self.assertEqual(aware(moment).tzinfo, UTC)
        self.assertEqual(naive(aware(moment)), moment)

    @given(MOMENTS, ZONES)
    def test_the_zone_it_was_said_in_does_not_matter(self, moment, zone):
        there = aware(moment).astimezone(zone)
        self.assertEqual(naive(there), moment)
        self.assertEqual(iso(there), iso(aware(moment)))

    @given(MOMENTS)
    def test_text_is_the_instant_in_whole_seconds(self, moment):
        read = datetime.fromisoformat(iso(aware(moment)).replace("Z", "+00:00"))
        self.assertEqual(read, aware(moment).replace(microsecond=0))

    def test_nothing_stays_nothing(self):
        self.assertIsNone(aware(False))
        self.assertIsNone(aware(None))
        self.assertIs(naive(None), False)
        self.assertIs(naive(False), False)
