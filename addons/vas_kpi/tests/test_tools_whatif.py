from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..tools.whatif import (
    WhatIfError,
    best_first,
    migration,
    round_between,
    share_at,
    threshold_for_share,
    thresholds,
)

SCORES = st.lists(
    st.floats(min_value=-50, max_value=150, allow_nan=False).map(lambda x: round(x, 4)),
    min_size=1,
    max_size=40,
)


class TestWhatIf(TestCase):
    def test_the_threshold_is_a_round_number(self):
        found = threshold_for_share([91.25, 86.43, 84.2, 70, 55], 0.4)
        self.assertEqual((found.value, found.share, found.count), (86.0, 0.4, 2))

    def test_equal_scores_cannot_be_split(self):
        found = threshold_for_share([80, 80, 80, 60], 0.5)
        self.assertEqual((found.value, found.share), (80.0, 0.75))

    def test_an_upper_bound_keeps_the_better_band(self):
        found = threshold_for_share([95, 92, 85, 81, 70], 0.2, upper=90)
        self.assertEqual((found.value, found.count), (85.0, 1))

    def test_no_scores_no_threshold(self):
        self.assertIsNone(threshold_for_share([], 0.2))
        self.assertEqual(share_at([], 10), 0.0)

    def test_a_share_is_a_fraction(self):
        with self.assertRaisesRegex(WhatIfError, "between 0 and 1, not 20"):
            threshold_for_share([1, 2], 20)

    def test_a_move_without_place_is_refused(self):
        with self.assertRaisesRegex(WhatIfError, "'X'"):
            migration([("A", "X", 1)], ["A"], ["A", "B"])

    def test_nothing_between(self):
        with self.assertRaises(WhatIfError):
            round_between(5, 5)

    def test_best_first(self):
        self.assertEqual(best_first([(None, 60), (80, None), (60, 80)]), [1, 2, 0])

    @given(
        st.lists(
            st.tuples(
                st.sampled_from("ABC"),
                st.sampled_from("ABCD"),
                st.integers(min_value=0, max_value=99),
            )
        )
    )
    def test_totals_of_the_matrix_agree(self, moves):
        matrix = migration(moves, "ABC", "ABCD")
        total = sum(number for _old, _new, number in moves)
        self.assertEqual(matrix.total, total)
        self.assertEqual(sum(matrix.row_totals), total)
        self.assertEqual(sum(matrix.column_totals), total)

    @given(SCORES)
    def test_each_threshold_gives_the_share_it_says(self, scores):
        found = thresholds(scores)
        self.assertEqual(found[-1].count, len(scores))
        for item in found:
            self.assertEqual(share_at(scores, item.value), item.share)
        counts = [item.count for item in found]
        self.assertEqual(counts, sorted(counts))

    @given(SCORES, st.floats(min_value=0, max_value=1))
    def test_no_other_threshold_is_closer(self, scores, share):
        found = threshold_for_share(scores, share)
        gap = abs(found.share - share)
        for score in scores:
            self.assertLessEqual(gap, abs(share_at(scores, score) - share) + 1e-12)

    @given(
        st.floats(min_value=-1e6, max_value=1e6),
        st.floats(min_value=0.001, max_value=1e4),
    )
    def test_a_round_number_stays_inside(self, low, width):
        value = round_between(low, low + width)
        self.assertTrue(low < value <= low + width)
