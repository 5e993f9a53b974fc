import doctest
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.vas_kpi.tests import hypothesis_profile  # noqa: F401 - loads it

from ..tools import yard

DAWN = datetime(2030, 9, 2)
MINUTES = st.integers(min_value=0, max_value=24 * 60)
SPANS = st.lists(
    st.tuples(MINUTES, st.integers(min_value=1, max_value=180)), max_size=12
)
LENGTHS = st.integers(min_value=5, max_value=120)


def at(minutes: int) -> datetime:
    return DAWN + timedelta(minutes=minutes)


def busy(spans):
    return [(at(begin), at(begin + length)) for begin, length in spans]


def is_free(taken, start, duration):
    return all(stop <= start or begin >= start + duration for begin, stop in taken)


class TestToolsYard(BaseCase):
    def test_examples_in_the_docstrings(self):
        self.assertEqual(doctest.testmod(yard).failed, 0)

    @given(SPANS, MINUTES, LENGTHS)
    def test_next_free_is_free_and_not_before(self, spans, start, length):
        taken, duration = busy(spans), timedelta(minutes=length)
        found = yard.next_free(taken, at(start), duration)
        self.assertGreaterEqual(found, at(start))
        self.assertTrue(is_free(taken, found, duration))
        ends = [stop for _begin, stop in taken if at(start) <= stop < found]
        for sooner in [at(start), *ends]:
            if sooner < found:
                self.assertFalse(is_free(taken, sooner, duration))

    @given(SPANS, MINUTES, MINUTES, LENGTHS)
    def test_last_free_is_free_and_in_time(self, spans, until, earliest, length):
        taken, duration = busy(spans), timedelta(minutes=length)
        found = yard.last_free(taken, at(until), duration, at(earliest))
        later = [at(until) - duration, *(begin - duration for begin, _stop in taken)]
        later = [
            moment
            for moment in later
            if at(earliest) <= moment <= at(until) - duration
            and is_free(taken, moment, duration)
        ]
        self.assertEqual(found, max(later, default=None))

    @given(
        st.integers(min_value=0, max_value=100_000),
        st.integers(min_value=1, max_value=1000),
        st.integers(min_value=1, max_value=50),
    )
    def test_picking_ends_with_the_doors_time(self, pieces, per_hour, people):
        start = yard.picking_start(DAWN, pieces, per_hour, people)
        hours = (DAWN - start).total_seconds() / 3600
        self.assertAlmostEqual(hours * per_hour * people, pieces, delta=0.01)

    def test_bad_figures_are_refused(self):
        with self.assertRaises(ValueError):
            yard.picking_start(DAWN, 1, 0, 1)
        with self.assertRaises(ValueError):
            yard.pallets_needed(1, 1, 0)
