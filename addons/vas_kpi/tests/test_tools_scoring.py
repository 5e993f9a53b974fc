import unittest

from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.vas_kpi.tools import scale as scale_tool
from odoo.addons.vas_kpi.tools import scoring as tool
from odoo.addons.vas_kpi.tools.scoring import Criterion

GAPPED = [
    Criterion("x", "a", 10, 8.5),
    Criterion("y", "a", 10, None),
    Criterion("z", "b", 100, 60),
]
HALVES = [("a", 50), ("b", 50)]

criteria = st.lists(
    st.tuples(
        st.sampled_from("ab"),
        st.floats(0.1, 100, allow_nan=False),
        st.one_of(st.none(), st.floats(0, 1, allow_nan=False)),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda rows: [
        Criterion(str(i), section, top, None if part is None else part * top)
        for i, (section, top, part) in enumerate(rows)
    ]
)


class TestScoring(unittest.TestCase):
    def test_missing_rules(self):
        for rule, total in (("reweight", 72.5), ("zero", 51.25), ("full", 76.25)):
            score = tool.score(HALVES, GAPPED, rule)
            self.assertAlmostEqual(score.total, total, 6)
            self.assertAlmostEqual(score.coverage, 0.75, 9)

    def test_whole_section_missing(self):
        rows = [Criterion("x", "a", 10, None), Criterion("z", "b", 100, 60)]
        totals = [tool.score(HALVES, rows, rule).total for rule in tool.MISSING_RULES]
        self.assertEqual(totals, [60, 30, 80])

    def test_nothing_measured_is_no_score(self):
        rows = [Criterion("x", "a", 10, None)]
        for aggregate in tool.AGGREGATES:
            score = tool.score(HALVES, rows, "reweight", aggregate, [5])
            self.assertIsNone(score.total)
        self.assertEqual(tool.score(HALVES, rows, "zero").total, 0)

    def test_weights_are_normalised(self):
        fractions = [("a", 0.5), ("b", 0.5)]
        uneven = [("a", 33.33), ("b", 33.33)]
        for sections in (fractions, uneven):
            self.assertAlmostEqual(tool.score(sections, GAPPED, "zero").total, 51.25, 6)

    def test_criterion_at_its_maximum_is_hundred(self):
        # The peer of anchor D10 gives 10 of 100 here.
        self.assertEqual(
            tool.score([("a", 100)], [Criterion("x", "a", 10, 10)]).total, 100
        )

    def test_composite_of_the_hotline(self):
        rows = [
            Criterion("o", "o", 100, 90),
            Criterion("s", "s", 100, 85),
            Criterion("x", "x", 100, 100),
        ]
        score = tool.score([("o", 30), ("s", 60), ("x", 10)], rows, adjustments=(-2, 1))
        self.assertEqual((score.base, score.total), (88, 87))

    def test_floor_protects_but_never_lifts(self):
        self.assertEqual(tool.adjust(3, -1, 1), 2)
        self.assertEqual(tool.adjust(1, -1, 1), 1)
        self.assertEqual(tool.adjust(0, -1, 1), 0)
        self.assertEqual(tool.adjust(3, -5, None), -2)

    def test_bands_first_match_and_exact_bounds(self):
        bands = [
            {"min": 0, "max": 30, "max_open": True},
            {"min": 30, "max": 80, "max_open": True},
            {"min": 80},
        ]
        found = [tool.find_band(v, bands) for v in (29.9, 30, 80, 100, -1, None)]
        self.assertEqual(found, [0, 1, 2, 2, None, None])
        self.assertEqual(tool.find_band(29.999999999999996, bands), 1)

    def test_band_problems(self):
        def kinds(*bands):
            return [problem for problem, _i, _j in tool.band_problems(bands)]

        self.assertEqual(kinds({"max": 30}, {"min": 40}), ["gap"])
        self.assertEqual(kinds({"max": 50}, {"min": 40}), ["overlap"])
        self.assertEqual(kinds({"max": 40}, {"min": 40}), ["overlap"])
        self.assertEqual(
            kinds({"max": 40, "max_open": True}, {"min": 40, "min_open": True}), ["gap"]
        )
        self.assertEqual(kinds({"min": 40}, {"max": 40, "max_open": True}), [])
        self.assertEqual(kinds({"min": 50, "max": 40}), ["empty"])

    def test_unknown_rules_are_refused(self):
        for args in (
            (HALVES, GAPPED, "ignore"),
            (HALVES, GAPPED, "zero", "median"),
            ([("a", 1)], GAPPED),
            ([("a", -1), ("b", 2)], GAPPED),
        ):
            with self.assertRaises(tool.ScoringError):
                tool.score(*args)

    @given(criteria, st.sampled_from(tool.MISSING_RULES))
    def test_contributions_add_up_and_stay_in_range(self, rows, rule):
        codes = sorted({row.section for row in rows})
        sections = [(code, 10.0 + i) for i, code in enumerate(codes)]
        score = tool.score(sections, rows, rule)
        if score.total is None:
            self.assertTrue(all(row.points is None for row in rows))
            return
        parts = sum(line.contribution for line in score.lines.values())
        self.assertAlmostEqual(parts, score.total, 6)
        self.assertTrue(-1e-6 <= score.total <= 100 + 1e-6)

    @given(criteria)
    def test_zero_never_beats_full(self, rows):
        sections = [("a", 40), ("b", 60)]
        zero = tool.score(sections, rows, "zero").total
        full = tool.score(sections, rows, "full").total
        self.assertLessEqual(zero, full + 1e-9)

    @given(
        criteria, st.randoms(use_true_random=False), st.sampled_from(tool.AGGREGATES)
    )
    def test_total_does_not_depend_on_the_order(self, rows, random, aggregate):
        sections = [("a", 30), ("b", 70)]
        shuffled, turned = rows[:], sections[:]
        random.shuffle(shuffled)
        random.shuffle(turned)
        for rule in tool.MISSING_RULES:
            one = tool.score(sections, rows, rule, aggregate, [1.1, -0.3, 0.7])
            two = tool.score(turned, shuffled, rule, aggregate, [0.7, 1.1, -0.3])
            self.assertEqual(one.total, two.total)
            self.assertEqual(one.coverage, two.coverage)
            self.assertEqual(one.lines, two.lines)


class TestAnchors(unittest.TestCase):
    """Reference rows W, E and S, and defects of peers that are not inherited."""

    weights = [("a", 30), ("b", 25), ("c", 25), ("d", 20)]
    points = {"a": 74, "b": 84, "c": 72, "d": 220 / 3}

    def rows(self, without=()):
        return [
            Criterion(code, code, 100, None if code in without else points)
            for code, points in self.points.items()
        ]

    def test_w1_and_w2(self):
        self.assertEqual(round(tool.score(self.weights, self.rows()).total, 2), 75.87)
        part = tool.score(self.weights, self.rows("c"), "reweight")
        self.assertEqual((round(part.total, 2), part.coverage), (77.16, 0.75))

    def test_w3_too_little_measured_is_no_score(self):
        part = tool.score(self.weights, self.rows("c"), "reweight", min_coverage=0.8)
        self.assertEqual((part.base, part.total, part.coverage), (None, None, 0.75))
        exact = tool.score(self.weights, self.rows("c"), "reweight", min_coverage=0.75)
        self.assertIsNotNone(exact.total)

    def test_w4_and_d9_three_times_a_third(self):
        thirds = [(code, 33.33) for code in "abc"]
        rows = [Criterion(code, code, 100, 80) for code in "abc"]
        self.assertEqual(tool.score(thirds, rows).total, 80)

    def test_e1_to_e3_standing_over_periods(self):
        found = [
            round(tool.standing(scores, 12), 1)
            for scores in ([100, 50], [50, 100], [90, 80, 70], [80] * 12 + [0])
        ]
        self.assertEqual(found, [76.1, 73.9, 80.6, 80.0])
        self.assertIsNone(tool.standing([], 12))

    def test_e4_and_d8_the_top_of_the_standings(self):
        standings = [
            {"min": 0, "max": 30, "max_open": True},
            {"min": 30, "max": 50, "max_open": True},
            {"min": 50, "max": 80, "max_open": True},
            {"min": 80, "max": 100},
        ]
        found = [
            tool.find_band(total, standings) for total in (29.9, 30, 50, 80, 100.0)
        ]
        self.assertEqual(found, [0, 1, 2, 3, 3])

    def test_d15_no_value_matches_two_or_none(self):
        bands = [{"min": 0, "max": 50, "max_open": True}, {"min": 50, "max": 100}]
        self.assertEqual(tool.find_band(50, bands), 1)
        self.assertEqual(tool.find_band(49.995, bands), 0)
        self.assertEqual(tool.band_problems(bands), [])

    def test_s1_weight_keys(self):
        rows = [Criterion("price", "p", 100, 80), Criterion("delivery", "d", 100, 90)]
        self.assertEqual(tool.score([("p", 3), ("d", 1)], rows).total, 82.5)


def knots(*points, below="clamp", above="clamp"):
    """Return a scale of straight lines."""
    return {
        "type": "knots",
        "knots": [list(point) for point in points],
        "below": below,
        "above": above,
    }


#: The line through (90, 60) and (98, 100) drawn on to both sides: "no cap" and
#: "extrapolate" are further knots on the same line.
LONG = knots((70, -40), (110, 160))
STEPS = [(80, 0), (90, 50), (100, 80), (110, 100), (120, 120), (None, 150)]


class TestScaleAnchors(unittest.TestCase):
    """Reference rows L1 to L11 and E6, and the peer's all or nothing (D16)."""

    def check(self, scale, *pairs):
        for value, points in pairs:
            found = scale_tool.points_of(value, scale)
            self.assertAlmostEqual(found, points, 9, (value, scale))

    def test_l1_to_l5_between_baseline_and_challenge(self):
        zero_below = knots((90, 60), (98, 100), below=0)
        self.check(zero_below, (94, 80), (90, 60), (98, 100), (99.5, 100), (89.9, 0))
        self.check(LONG, (99.5, 107.5), (89.9, 59.5))
        floor = knots((82, 20), (78, 0), (98, 100))
        floor["knots"].sort()
        self.check(floor, (70, 0))

    def test_l6_and_d16_lower_is_better(self):
        scale = knots((1, 100), (5, 60), above=0)
        self.check(scale, (2.5, 85), (1, 100), (0.5, 100), (6, 0))
        # The peer gives 0 or 100; a straight line goes on beyond the target.
        self.check(knots((5, 100), (10, 0)), (5, 100), (6, 80), (10, 0))

    def test_l7_and_l8_bonus_and_penalty_lines(self):
        self.check(knots((90, 100), (95, 120)), (92.5, 110))
        self.check(knots((85, -10), (95, 0)), (91, -4))

    def test_l9_baseline_equals_challenge(self):
        self.check(knots((97, 60), (97, 100), below=0), (97, 100), (96.99, 0))

    def test_l10_threshold_target_maximum(self):
        scale = knots((80, 50), (100, 100), (120, 150), below=0)
        self.check(scale, (90, 75), (110, 125), (79.99, 0), (130, 150))

    def test_l11_steps(self):
        bands, low = [], None
        for high, points in STEPS:
            bands.append({"min": low, "max": high, "max_open": True, "points": points})
            low = high
        scale = {"type": "bands", "bands": bands, "default": None}
        self.check(scale, (79.99, 0), (80, 50), (99.99, 80), (100, 100), (119.9, 120))
        self.check(scale, (120, 150))

    def test_e6_a_result_beyond_the_maximum(self):
        self.check(knots((0, 0), (100, 100)), (150, 100), (-20, 0))


class TestStay(unittest.TestCase):
    bands = [
        {"min": 80},
        {"min": 60, "max": 80, "max_open": True},
        {"max": 60, "max_open": True},
    ]

    def stay(self, total, previous, earlier=(), periods=0, margin=0.0):
        computed = tool.find_band(total, self.bands)
        return tool.stay(
            total, computed, previous, earlier, self.bands, periods, margin
        )

    def test_off_first_and_same(self):
        self.assertEqual(self.stay(70, 0)[:2], (1, "off"))
        self.assertEqual(self.stay(70, None, periods=2)[:2], (1, "first"))
        self.assertEqual(self.stay(70, 1, periods=2)[:2], (1, "same"))
        self.assertEqual(self.stay(None, 0, periods=2)[:2], (None, "off"))

    def test_periods_on_one_side_in_a_row(self):
        self.assertEqual(self.stay(70, 0, [], 2), (0, "held", 1, 10))
        self.assertEqual(self.stay(50, 0, [70], 2), (2, "periods", 2, 30))
        # Better in between, or on the other side: the count starts again.
        self.assertEqual(self.stay(70, 0, [85, 70], 2).periods, 1)
        self.assertEqual(self.stay(85, 1, [55, 85], 2)[:2], (1, "held"))

    def test_margin_counts_from_the_limit_of_the_band_held(self):
        self.assertEqual(self.stay(75.1, 0, margin=5)[:2], (0, "held"))
        self.assertEqual(self.stay(75, 0, margin=5)[:2], (1, "margin"))
        self.assertEqual(self.stay(80, 1, margin=5)[:2], (1, "held"))
        self.assertEqual(self.stay(85, 1, margin=5)[:2], (0, "margin"))

    @given(
        st.lists(st.floats(0, 100, allow_nan=False), min_size=1, max_size=12),
        st.integers(0, 4),
        st.sampled_from([0.0, 2.5, 10.0]),
    )
    def test_band_is_the_held_or_the_computed_one(self, totals, periods, margin):
        held, earlier = None, []
        for total in totals:
            computed = tool.find_band(total, self.bands)
            result = self.stay(total, held, earlier, periods, margin)
            self.assertIn(result.index, (held, computed))
            # With a number of periods nobody waits longer than that on one side.
            if periods and result.reason == "held":
                self.assertLess(result.periods, periods)
            if not (periods or margin):
                self.assertEqual(result.index, computed)
            held = result.index
            earlier.insert(0, total)
