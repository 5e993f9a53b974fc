from datetime import date

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from ..tools import periods
from .common import VasKpiCase

BANDS = [{"code": "good", "min": 60}, {"code": "poor", "max": 60, "max_open": True}]


@tagged("post_install", "-at_install")
class TestRanking(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = periods.previous_period("month", date.today())
        cls.before = periods.previous_period("month", cls.now[0])
        cls.metric = cls.make_metric("ranked")
        cls.other = cls.make_metric("other")
        cls.card = cls.make_scorecard(
            [
                ("ranked", "all", cls.metric, cls.identity, 100),
                ("other", "all", cls.other, cls.identity, 100),
            ],
            bands=BANDS,
            period_type="month",
            code="ranking",
        )
        cls.card.action_activate()
        cls.old = cls.fill(cls.before, (80, 70, 60))
        cls.new = cls.fill(cls.now, (50, 90, 60))

    @classmethod
    def fill(cls, period, values):
        for vendor, value in zip(cls.vendors, values, strict=True):
            cls.observe(cls.metric, vendor, value, period[0])
            cls.observe(cls.other, vendor, 100, period[0])
        return cls.card._assess(cls.vendors, *period)

    def by_vendor(self, records):
        return [records.filtered(lambda a, v=v: a.res_id == v.id) for v in self.vendors]

    def test_rank_and_change(self):
        first, second, third = self.by_vendor(self.new)
        self.assertEqual((first.rank, second.rank, third.rank), (3, 1, 2))
        self.assertEqual({a.rank_of for a in self.new}, {3})
        self.assertEqual(
            (first.rank_change, second.rank_change, third.rank_change), (-2, 1, 1)
        )
        self.assertEqual(first.rank_text, "▼ -15.00, rank -2")
        self.assertEqual(second.rank_text, "▲ +10.00, rank +1")
        self.assertEqual(third.rank_text, "＝ +0.00, rank +1")
        self.assertEqual(
            [(item["period"], item["points"]) for item in first.trend],
            [
                (periods.period_code(*self.before), 90),
                (periods.period_code(*self.now), 75),
            ],
        )

    def test_equal_scores_share_a_place(self):
        self.observe(self.metric, self.vendors[0], 10, self.now[0])
        self.new._recompute()
        self.assertEqual([a.rank for a in self.by_vendor(self.new)], [2, 1, 2])

    def test_the_first_period_is_new(self):
        for assessment in self.old:
            self.assertEqual(assessment.trend_direction, "new")
            self.assertEqual(assessment.rank_text, "new")

    def test_weakest_and_chart(self):
        first = self.by_vendor(self.new)[0]
        self.assertEqual(first.weakest_text, "Ranked (50.00 / 100)")
        chart = first.criteria_chart
        self.assertEqual(chart["before"], periods.period_code(*self.before))
        self.assertEqual(
            [(item["share"], item["before"]) for item in chart["items"]],
            [(0.5, 0.8), (1.0, 1.0)],
        )

    def test_queries_do_not_grow_with_the_list(self):
        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            start = self.env.cr.sql_log_count
            records.mapped("rank_text")
            records.mapped("weakest_text")
            return self.env.cr.sql_log_count - start

        many = self.env["res.partner"].create(
            [{"name": f"Ranked {number}"} for number in range(40)]
        )
        for vendor in many:
            self.observe(self.metric, vendor, 50, self.now[0])
            self.observe(self.metric, vendor, 50, self.before[0])
        self.card._assess(many, *self.before)
        results = self.card._assess(many, *self.now)
        count(results[:1])
        self.assertEqual(count(results[:1]), count(results))

    def test_a_revision_replaces_the_result_it_revises(self):
        first = self.by_vendor(self.new)[0]
        revision = first.sudo().copy({"revision": 2})
        revision.write({"score": 99, "has_score": True, "state": "computed"})
        self.env.invalidate_all()
        second = self.by_vendor(self.new)[1]
        self.assertEqual((revision.rank, second.rank, second.rank_of), (1, 2, 3))

    # ------------------------------------------------------------------ heat map
    def test_heat_map_of_periods(self):
        result = self.env["vas.assessment"].get_heat_map("ranking")
        codes = [periods.period_code(*p) for p in (self.before, self.now)]
        self.assertEqual([c["key"] for c in result["columns"]], codes)
        rows = {row["name"]: row for row in result["rows"]}
        self.assertEqual([c[1] for c in rows["Vendor 1"]["cells"]], [90, 75])
        self.assertEqual(rows["Vendor 1"]["mean"], 82.5)
        self.assertEqual(result["columns"][1]["mean"], round((75 + 95 + 80) / 3, 2))
        self.assertEqual(rows["Vendor 1"]["cells"][1][2], "Good")
        names = [row["name"] for row in result["rows"]]
        self.assertEqual(names, ["Vendor 2", "Vendor 1", "Vendor 3"], "best first")

    def test_heat_map_of_criteria(self):
        result = self.env["vas.assessment"].get_heat_map("ranking", axis="criterion")
        self.assertEqual([c["label"] for c in result["columns"]], ["Ranked", "Other"])
        rows = {row["name"]: [c[1] for c in row["cells"]] for row in result["rows"]}
        self.assertEqual(rows["Vendor 1"], [50, 100])
        self.assertEqual(result["period"], periods.period_code(*self.now))

    def test_heat_map_without_results(self):
        company = self.env["res.company"].create({"name": "Empty"})
        model = self.env["vas.assessment"].with_company(company)
        self.assertEqual(model.get_heat_map()["rows"], [])

    # -------------------------------------------------------------------- portal
    def test_a_vendor_sees_only_published_scores_of_its_own(self):
        first = self.by_vendor(self.old)[0]
        current = self.by_vendor(self.new)[0]
        (self.old | current).action_confirm()
        first.action_publish()
        self.assertEqual([i["label"] for i in current._get_portal_trend()], ["90.00"])
        current.action_publish()
        trend = current._get_portal_trend()
        self.assertEqual([i["label"] for i in trend], ["90.00", "75.00"])
        self.assertLess(trend[0]["y"], trend[1]["y"], "higher is drawn higher")
        html = self.env["ir.qweb"]._render(
            "vas_kpi.portal_score_trend", {"assessment": current}
        )
        self.assertIn("90.00", html)
        self.assertNotIn("95.00", html)

    # --------------------------------------------------------------------- tiles
    def test_a_tile_opens_exactly_what_it_counts(self):
        self.new.action_confirm()
        user = self.make_user("tile_user", "user")
        for tile in self.env["vas.kpi.tile"].with_user(user).search([]):
            self.assertNotEqual(tile.status, "failed", tile.target_text)
            action = tile.action_open()
            model = self.env[action["res_model"]].with_user(user)
            self.assertEqual(
                model.search_count(action["domain"]), tile.value, tile.name
            )

    def test_a_tile_with_a_target_says_when_action_is_due(self):
        tile = self.env["vas.kpi.tile"].create(
            {
                "name": "Waiting?",
                "model_id": self.env["ir.model"]._get("vas.assessment").id,
                "domain": str([("scorecard_id", "=", self.card.id)]),
                "has_target": True,
                "target": 5,
            }
        )
        self.assertEqual((tile.value, tile.status), (6, "action"))
        tile.target = 6
        self.env.invalidate_all()
        self.assertEqual(tile.status, "good")
        tile.write({"measure": "avg", "measure_field": "score"})
        self.env.invalidate_all()
        self.assertAlmostEqual(tile.value, (90 + 85 + 80 + 75 + 95 + 80) / 6)
        with self.assertRaisesRegex(ValidationError, "Filter"):
            tile.domain = "[('nothing', '=', 1)]"
        tile.domain = "[]"
        with self.assertRaisesRegex(ValidationError, "usable"):
            tile.measure_field = "nothing"

    # --------------------------------------------------------------------- curve
    def test_the_curve_marks_the_measured_value(self):
        line = self.by_vendor(self.new)[0].line_ids[0]
        self.assertEqual(line.curve["current"]["value"], 50)
        self.assertEqual(line.curve["current"]["points"], 50)
        self.assertEqual(line.action_open_curve()["res_id"], line.id)

    def test_all_kinds_of_scales_are_drawn(self):
        kinds = [
            {"type": "knots", "knots": [[0, 1], [5, 3]], "below": 0, "above": "clamp"},
            {"type": "bands", "bands": [{"min": 1, "points": 2}], "default": None},
            {"type": "per_unit", "points_per_unit": -2, "cap": -10},
            {"type": "per_unit", "points_per_unit": 3, "cap": None},
        ]
        for definition in kinds:
            scale = self.make_scale(definition)
            curve = scale._get_curve(2.0)
            self.assertGreater(len(curve["samples"]), 100, definition)
            for value, points in curve["samples"]:
                self.assertEqual(points, scale._points(value))
            self.assertEqual(curve["current"]["points"], scale._points(2.0))

    def test_overlapping_bands_are_said(self):
        scale = self.make_scale(
            {
                "type": "bands",
                "bands": [{"min": 0, "max": 6, "points": 1}, {"min": 5, "points": 2}],
                "default": 0,
            }
        )
        self.assertEqual(scale.curve["overlaps"], [[5, 6]])
        self.assertIn("overlap", scale.curve["problems"][0])

    def test_trying_a_value(self):
        user = self.make_user("try_user", "user")
        model = self.env["vas.scale"].with_user(user)
        definition = {"type": "knots", "knots": [[0.14, 10], [0.17, 7]]}
        for text in ("15.5", "15.5 %", "15.5％"):
            found = model.try_value(definition, "percent", text)
            self.assertAlmostEqual(found["points"], 8.5)
        self.assertEqual(model.try_value(definition, "number", "0.155")["points"], 8.5)
        with self.assertRaisesRegex(ValidationError, "not a number"):
            model.try_value(definition, "number", "many")
        with self.assertRaises(ValidationError):
            model.try_value({"type": "none"}, "number", "1")
