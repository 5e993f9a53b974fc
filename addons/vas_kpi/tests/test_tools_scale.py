import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.vas_kpi.tools import scale as tool

VALUES = st.floats(-1e6, 1e6, allow_nan=False)
POINTS = st.floats(-1000, 1000, allow_nan=False)
REPEAT = {
    "type": "knots",
    "knots": [[0.14, 10], [0.17, 7]],
    "below": "clamp",
    "above": 0,
}


class TestScale(unittest.TestCase):
    def test_worked_examples_of_the_catalogue(self):
        for value, points in (
            (0.17, 7),
            (0.14, 10),
            (0.155, 8.5),
            (0.16, 8),
            (0.162, 7.8),
            (0.13, 10),
            (0.18, 0),
        ):
            self.assertAlmostEqual(tool.points_of(value, REPEAT), points, 9)

    def test_boundaries_of_binary_floats(self):
        bands = {
            "type": "bands",
            "bands": [{"min": 0.3, "points": 1}],
            "default": 0,
        }
        self.assertEqual(tool.points_of(0.1 + 0.2, bands), 1)
        self.assertEqual(tool.points_of(0.7 - 0.4, bands), 1)
        self.assertEqual(tool.points_of(0.3 - 1e-6, bands), 0)

    def test_step_has_no_division_by_zero(self):
        step = {
            "type": "knots",
            "knots": [[97, 60], [97, 100]],
            "below": 0,
            "above": "clamp",
        }
        self.assertEqual(tool.points_of(97, step), 100)
        self.assertEqual(tool.points_of(96.99, step), 0)
        self.assertEqual(tool.points_of(98, step), 100)

    def test_cap_limits_in_the_direction_of_the_points(self):
        fine = {"type": "per_unit", "points_per_unit": -0.5, "cap": -5}
        bonus = {"type": "per_unit", "points_per_unit": 2, "cap": 5}
        self.assertEqual([tool.points_of(n, fine) for n in (3, 20)], [-1.5, -5])
        self.assertEqual([tool.points_of(n, bonus) for n in (1, 20)], [2, 5])

    def test_missing_is_not_zero(self):
        self.assertIsNone(tool.points_of(None, REPEAT))
        self.assertEqual(tool.evaluate(None, REPEAT).rule, "missing")

    def test_unusable_scales_say_what_was_expected(self):
        for scale, words in (
            (None, "dictionary"),
            ({"type": "curve"}, "knots, bands or per_unit"),
            ({"type": "knots", "knots": []}, "at least one"),
            ({"type": "knots", "knots": [[1]]}, r"\[value, points\]"),
            ({"type": "knots", "knots": [[1, 2]], "below": "zero"}, "clamp"),
            ({"type": "knots", "knots": [[float("nan"), 2]]}, "value, points"),
            ({"type": "bands", "bands": [{"min": 1}]}, "points"),
            (
                {"type": "bands", "bands": [{"min": 2, "max": 1, "points": 1}]},
                "between",
            ),
            (
                {
                    "type": "bands",
                    "bands": [{"min": 1, "max": 1, "max_open": True, "points": 1}],
                },
                "between",
            ),
            ({"type": "per_unit"}, "points_per_unit"),
        ):
            with self.assertRaisesRegex(tool.ScaleError, words):
                tool.validate(scale)

    @given(
        st.lists(st.tuples(VALUES, POINTS), min_size=1, max_size=6),
        VALUES,
    )
    def test_points_stay_between_the_knots(self, knots, value):
        scale = {"type": "knots", "knots": [list(k) for k in knots]}
        points = tool.points_of(value, scale)
        ends = [p for _x, p in knots]
        self.assertGreaterEqual(points, min(ends) - 1e-6)
        self.assertLessEqual(points, max(ends) + 1e-6)

    @given(st.lists(VALUES, min_size=2, max_size=5, unique=True), VALUES, VALUES)
    def test_rising_knots_never_fall(self, xs, one, other):
        xs = sorted({round(x, 3) for x in xs})
        scale = {"type": "knots", "knots": [[x, i] for i, x in enumerate(xs)]}
        low, high = sorted((one, other))
        self.assertLessEqual(
            tool.points_of(low, scale), tool.points_of(high, scale) + 1e-6
        )

    @given(VALUES, st.booleans())
    def test_open_bound_excludes_exactly_the_bound(self, bound, is_open):
        band = {"min": bound, "min_open": is_open}
        self.assertEqual(tool.in_bounds(bound, band), not is_open)
        self.assertTrue(tool.in_bounds(bound + 1, band))
        self.assertFalse(tool.in_bounds(bound - 1, band))
