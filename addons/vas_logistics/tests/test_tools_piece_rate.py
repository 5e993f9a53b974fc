from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.vas_kpi.tests import hypothesis_profile  # noqa: F401 - loads it

from ..tools import piece_rate, yard

HOURS = st.decimals(min_value=0, max_value=24, places=2).map(float)
FACTORS = st.decimals(min_value=0, max_value=3, places=2).map(float)
MONEY = st.decimals(min_value=0, max_value=100000, places=2).map(float)
MORNING = datetime(2030, 5, 6, 8)


class TestPieceRate(BaseCase):
    def test_sample_month(self):
        """3,000 + 1,250 cartons × 0.40 + 85 pallets × 3.00 + 200 − 50 (SKP-01)."""
        pieces = piece_rate.earned(1250, 0.40) + piece_rate.earned(85, 3)
        self.assertEqual(3000 + pieces + 200 - 50, 3905)

    def test_guaranteed_pay(self):
        pay = piece_rate.earned(412, 0.185)
        self.assertEqual(pay, 76.22)
        self.assertEqual(piece_rate.money(7.5 * 12.21), 91.58)
        self.assertEqual(piece_rate.top_up(pay, 7.5, 12.21), 15.36)
        pay = piece_rate.earned(640, 0.185)
        self.assertEqual((pay, piece_rate.top_up(pay, 7.5, 12.21)), (118.4, 0))

    @given(MONEY, MONEY, st.floats(min_value=0.01, max_value=1))
    def test_a_deduction_has_its_cap(self, amount, pay, cap):
        taken = piece_rate.capped(amount, pay, cap)
        self.assertLessEqual(taken, amount + 0.005)
        self.assertLessEqual(taken, pay * cap + 0.005)
        self.assertGreaterEqual(taken, 0)
        self.assertEqual(piece_rate.capped(amount, pay, 0), piece_rate.money(amount))

    def test_standard_times(self):
        self.assertAlmostEqual(piece_rate.efficiency(504, 450), 1.12)
        self.assertIsNone(piece_rate.efficiency(504, 0))
        self.assertEqual(piece_rate.standard_minutes(480, 20, 3, 10), 150)
        with self.assertRaisesRegex(ValueError, "base quantity"):
            piece_rate.standard_minutes(1, 0, 1, 0)

    def test_team_pool(self):
        shares = piece_rate.split_pool(260, {"a": (8, 1), "b": (6, 1.2), "c": (4, 1)})
        self.assertEqual(shares, {"a": 108.33, "b": 97.5, "c": 54.17})
        with self.assertRaisesRegex(ValueError, "nobody"):
            piece_rate.split_pool(1, {})
        with self.assertRaisesRegex(ValueError, "negative"):
            piece_rate.split_pool(1, {"a": (-1, 1)})

    def test_correction(self):
        self.assertEqual(piece_rate.earned(-3, 0.185), -0.56)

    def test_over_task(self):
        self.assertEqual(piece_rate.over_task(1100, 1000, 0.5, 20), 70)
        self.assertEqual(piece_rate.over_task(1000, 1000, 0.5, 20), 0)

    @given(
        MONEY,
        st.dictionaries(
            st.sampled_from("abcdef"), st.tuples(HOURS, FACTORS), min_size=1
        ),
    )
    def test_shares_add_up(self, pool, members):
        shares = piece_rate.split_pool(pool, members)
        self.assertEqual(round(sum(shares.values()), 2), round(pool, 2))
        self.assertGreaterEqual(min(shares.values()), 0)

    @given(MONEY, HOURS, MONEY)
    def test_top_up_reaches_the_floor_and_no_more(self, pay, hours, floor):
        extra = piece_rate.top_up(pay, hours, floor)
        guaranteed = piece_rate.money(
            piece_rate._decimal(hours) * piece_rate._decimal(floor)
        )
        self.assertAlmostEqual(pay + extra, max(pay, guaranteed), places=2)


class TestYard(BaseCase):
    def test_doors_and_people(self):
        doors = yard.doors_needed(23, 42, 8, 0.85)
        self.assertEqual((round(doors, 2), yard.whole(doors)), (2.37, 3))
        people = yard.people_needed(3200, 85, 7.2)
        self.assertEqual((round(people, 2), yard.whole(people)), (5.23, 6))
        self.assertEqual(yard.whole(yard.people_needed(48000, 1600, 1)), 30)
        with self.assertRaises(ValueError):
            yard.doors_needed(1, 1, 8, 0)
        with self.assertRaises(ValueError):
            yard.people_needed(1, 0, 8)

    def test_floor(self):
        self.assertEqual(yard.block_area(60, 40, 3), 1836)
        self.assertEqual(yard.block_area(5, 40, 3), 0)

    def test_average_of_past_years(self):
        """Months not over, or before the first volume, do not count (LRP-03)."""
        volumes = {(2025, 3): 10, (2025, 11): 100, (2026, 3): 20, (2026, 11): 7}
        averages = yard.monthly_average(volumes, (2026, 11))
        self.assertEqual((averages[3], averages[11], averages[1]), (15, 100, 0))
        self.assertEqual(averages[4], 0)
        # Without an earlier year the month that runs is all there is.
        self.assertEqual(yard.monthly_average({(2026, 11): 7}, (2026, 11))[11], 7)
        self.assertEqual(set(yard.monthly_average({}, (2026, 1)).values()), {0})

    @given(
        st.dictionaries(
            st.tuples(st.integers(2020, 2025), st.integers(1, 12)),
            st.floats(1, 1e6),
            min_size=1,
        )
    )
    def test_average_is_between_the_years(self, volumes):
        for month, average in yard.monthly_average(volumes, (2026, 1)).items():
            known = [v for (_year, m), v in volumes.items() if m == month]
            self.assertLessEqual(average, max(known, default=0) * 1.000001)
            self.assertGreaterEqual(average, 0)

    def test_next_free_door(self):
        busy = [(MORNING, MORNING + timedelta(minutes=45))]
        wanted = MORNING + timedelta(minutes=30)
        free = yard.next_free(busy, wanted, timedelta(minutes=40))
        self.assertEqual(free, MORNING + timedelta(minutes=45))
        self.assertEqual(yard.next_free(busy, free, timedelta(minutes=25)), free)

    @given(
        st.lists(st.tuples(st.integers(0, 600), st.integers(1, 120)), max_size=8),
        st.integers(0, 600),
        st.integers(1, 120),
    )
    def test_next_free_never_overlaps(self, spans, start, minutes):
        def at(minute):
            return MORNING + timedelta(minutes=minute)

        busy = [(at(begin), at(begin + length)) for begin, length in spans]
        duration = timedelta(minutes=minutes)
        free = yard.next_free(busy, at(start), duration)
        self.assertGreaterEqual(free, at(start))
        for begin, end in busy:
            self.assertFalse(begin < free + duration and free < end)
