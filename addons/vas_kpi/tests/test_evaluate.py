from dataclasses import replace

from odoo.tests import tagged

from .common import YEAR, VasKpiCase


@tagged("post_install", "-at_install")
class TestEvaluate(VasKpiCase):
    """Computing without writing: what assessments and simulations stand on."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric, cls.card = cls.make_good_and_poor("evaluated")

    def test_writes_nothing_and_equals_the_assessment(self):
        self.env.flush_all()
        before = self.env["vas.assessment"].search_count([])
        found = self.card._evaluate(self.vendors, *YEAR)
        self.assertEqual(self.env["vas.assessment"].search_count([]), before)
        for assessment in self.card._assess(self.vendors, *YEAR):
            evaluation = found[assessment.res_id]
            self.assertEqual(evaluation.score.total, assessment.score)
            self.assertEqual(evaluation.band, assessment.band_id)
            (values,) = evaluation.lines.values()
            self.assertEqual(values["points"], assessment.line_ids.points)

    def test_other_rules_are_tried_without_writing(self):
        rules = self.card._get_rules()
        lower = tuple(
            replace(rule, bounds={**rule.bounds, "min": 40} if index == 0 else {})
            for index, rule in enumerate(rules.bands)
        )
        found = self.card._evaluate(
            self.vendors, *YEAR, rules=replace(rules, bands=lower)
        )
        self.assertEqual(found[self.vendors[1].id].band.code, "good")
        again = self.card._evaluate(self.vendors, *YEAR)
        self.assertEqual(again[self.vendors[1].id].band.code, "poor")
