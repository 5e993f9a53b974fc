from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..tools.curve import is_monotone, overlaps
from ..tools.scale import evaluate, in_bounds

BOUND = st.none() | st.integers(min_value=-20, max_value=20)
BANDS = st.lists(
    st.fixed_dictionaries(
        {
            "min": BOUND,
            "max": BOUND,
            "min_open": st.booleans(),
            "max_open": st.booleans(),
        }
    ).filter(
        lambda band: (
            band["min"] is None or band["max"] is None or band["min"] < band["max"]
        )
    ),
    max_size=5,
)


class TestCurve(TestCase):
    def test_touching_bands(self):
        lower = {"min": 0, "max": 10, "max_open": True}
        self.assertEqual(overlaps([lower, {"min": 10, "max": None}]), [])
        both = overlaps([{**lower, "max_open": False}, {"min": 10, "max": None}])
        self.assertEqual([tuple(found) for found in both], [(0, 1, 10, 10)])

    def test_bands_without_end(self):
        found = overlaps([{"min": None, "max": None}, {"min": 5, "max": None}])
        self.assertEqual([tuple(item) for item in found], [(0, 1, 5, None)])

    @given(BANDS, st.floats(min_value=-25, max_value=25).map(lambda x: round(x, 3)))
    def test_a_value_in_two_bands_lies_in_an_overlap(self, bands, value):
        holding = [i for i, band in enumerate(bands) if in_bounds(value, band)]
        pairs = {(found.first, found.second) for found in overlaps(bands)}
        for one, first in enumerate(holding):
            for second in holding[one + 1 :]:
                self.assertIn((first, second), pairs)

    @given(
        st.lists(
            st.tuples(
                st.integers(min_value=-50, max_value=50),
                st.integers(min_value=0, max_value=100),
            ),
            min_size=2,
            max_size=6,
            unique_by=lambda knot: knot[0],
        )
    )
    def test_rising_knots_give_a_rising_curve(self, knots):
        ordered = sorted(knot[0] for knot in knots)
        points = sorted(knot[1] for knot in knots)
        scale = {
            "type": "knots",
            "knots": [list(pair) for pair in zip(ordered, points, strict=True)],
            "below": "clamp",
            "above": "clamp",
        }
        values = [-60 + step * 0.5 for step in range(240)]
        self.assertTrue(is_monotone([evaluate(v, scale).points for v in values]))
