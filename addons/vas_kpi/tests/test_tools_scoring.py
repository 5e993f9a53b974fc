import unittest

from hypothesis import given
from hypothesis import strategies as st

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
