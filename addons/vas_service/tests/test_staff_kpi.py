from datetime import date

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged

SEPTEMBER = date(2025, 9, 1), date(2025, 9, 30)


@tagged("post_install", "-at_install")
class TestStaffKpi(TransactionCase):
    """Teams and staff on the same engine: worked examples of the catalogue."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls.env.company
        cls.sales = cls.env["crm.team"].create({"name": "Key accounts"})
        cls.desk = cls.env["helpdesk.ticket.team"].create({"name": "Response centre"})

    def ref(self, name):
        return self.env.ref(f"vas_service.{name}")

    def observe(self, metric, subject, day=SEPTEMBER[0], **values):
        self.env["vas.observation"].create(
            {
                "metric_id": self.ref(metric).id,
                "res_id": subject.id,
                "date": day,
                **values,
            }
        )

    def measure(self, metric, subject, period=SEPTEMBER):
        found = self.ref(metric)._measure(subject, *period, self.company)
        return found[subject.id]

    def test_ahead_of_time(self):
        """TGT-01: 363 of 375, day 273 of 365: 22.0 percentage points ahead."""
        self.observe(
            "metric_target_annual", self.sales, date(2025, 1, 1), value=3750000
        )
        for month in range(1, 10):
            day = date(2025, month, 15)
            self.observe("metric_target_actual", self.sales, day, value=3630000 / 9)
        # Neither last year's figures nor those after the period count.
        self.observe("metric_target_actual", self.sales, date(2024, 12, 31), value=9e6)
        self.observe("metric_target_actual", self.sales, date(2025, 10, 1), value=9e6)
        self.assertAlmostEqual(
            self.measure("metric_target_reached", self.sales).value, 0.968, places=6
        )
        elapsed = self.measure("metric_year_elapsed", self.sales)
        self.assertEqual((elapsed.numerator, elapsed.denominator), (273, 365))
        ahead = self.measure("metric_target_ahead", self.sales)
        self.assertAlmostEqual(ahead.value * 100, 22.0, delta=0.06)

    def test_leap_year_has_one_more_day(self):
        period = date(2024, 2, 1), date(2024, 2, 29)
        elapsed = self.measure("metric_year_elapsed", self.sales, period)
        self.assertEqual((elapsed.numerator, elapsed.denominator), (60, 366))

    def test_facts_of_records_since_the_year_began(self):
        metric = self.env["vas.metric"].create(
            {
                "name": "Leads this year",
                "code": "leads-this-year",
                "kind": "aggregate",
                "subject_model_id": self.env["ir.model"]._get("crm.team").id,
                "source_model_id": self.env["ir.model"]._get("crm.lead").id,
                "subject_path": "team_id",
                "date_field": "date_open",
                "window": "year",
            }
        )
        leads = self.env["crm.lead"].create(
            [
                {"name": str(day), "team_id": self.sales.id, "company_id": False}
                for day in range(3)
            ]
        )
        days = ("2024-12-31 10:00:00", "2025-01-02 10:00:00", "2025-09-30 10:00:00")
        for lead, day in zip(leads, days, strict=True):
            lead.date_open = day
        found = metric._measure(self.sales, *SEPTEMBER, self.company)
        self.assertEqual(found[self.sales.id].value, 2)

    def test_retention(self):
        """TGT-02: 9,929 of 10,000 kept: 99.29 %."""
        self.observe("metric_retention", self.sales, numerator=9929, denominator=10000)
        self.assertAlmostEqual(
            self.measure("metric_retention", self.sales).value, 0.9929
        )

    def test_fault_handling_is_read_from_the_clocks(self):
        metric = self.ref("metric_response_fault")
        self.assertEqual(metric.numerator_id.source_model, "vas.sla.clock")
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Line down", "description": "-", "team_id": self.desk.id}
        )
        clocks = (
            self.env["vas.sla.clock"].sudo().search([("ticket_id", "=", ticket.id)])
        )
        self.assertFalse(clocks.filtered(lambda c: c.outcome == "met"))
        measure = metric._measure(self.desk, *SEPTEMBER, self.company)[self.desk.id]
        self.assertIsNone(measure.value, "nothing solved is no data, not 0 %")

    def test_a_team_gets_a_score_and_a_band(self):
        card = self.ref("scorecard_sales_team")
        if card.state == "draft":
            card.action_activate()
        self.observe(
            "metric_target_annual", self.sales, date(2025, 1, 1), value=3750000
        )
        self.observe("metric_target_actual", self.sales, value=3630000)
        self.observe("metric_retention", self.sales, numerator=9929, denominator=10000)
        result = card._assess(self.sales, *SEPTEMBER)
        # Ahead by more than 10 points earns 100; 99.29 for retention.
        self.assertAlmostEqual(result.score, (100 + 99.29) / 2, places=2)
        self.assertEqual(result.band_id.code, "good")

    def test_all_templates_can_be_put_in_force(self):
        names = (
            "vas_service.scorecard_response_centre",
            "vas_service.scorecard_sales_team",
            "vas_service.scorecard_staff_general",
            "vas_service.scorecard_staff_sales",
            "vas_service.scorecard_staff_service",
            "vas_kpi.scorecard_provider",
            "vas_kpi.scorecard_credit",
        )
        for name in names:
            card = self.env.ref(name)
            self.assertEqual(card._get_activation_problems(), [], name)

    def test_credit_review_counts_questions(self):
        """CRD-03: 75 questions, 60 favourable: 80.0."""
        customer = self.env["res.partner"].create({"name": "Customer"})
        for part, favourable in (("company", 22), ("management", 18), ("staff", 20)):
            self.env["vas.observation"].create(
                {
                    "metric_id": self.env.ref(f"vas_kpi.metric_credit_{part}").id,
                    "res_id": customer.id,
                    "date": SEPTEMBER[0],
                    "numerator": favourable,
                    "denominator": 25,
                }
            )
        card = self.env.ref("vas_kpi.scorecard_credit")
        year = date(2025, 1, 1), date(2025, 12, 31)
        found = card._evaluate(customer, *year)[customer.id]
        self.assertAlmostEqual(found.score.total, 80.0)

    # -------------------------------------------------------------- role library
    def test_the_library_is_complete(self):
        roles = self.env["vas.role.profile"].search([])
        data = self.env["ir.model.data"].search(
            [("model", "=", "vas.role.profile"), ("module", "=", "vas_service")]
        )
        self.assertEqual(len(data), 114)
        self.assertGreaterEqual(len(roles), 114)
        counts = [20, 17, 14, 12, 13, 8, 4, 13, 8, 5]
        shipped = roles.filtered(lambda r: r.id in data.mapped("res_id"))
        by_group = shipped.grouped("category_id")
        self.assertEqual([len(by_group[g]) for g in by_group], counts)

    def test_a_role_becomes_a_scorecard_of_its_own(self):
        role = self.ref("role_sales_sales_representative")
        action = role.action_make_scorecard()
        card = self.env["vas.scorecard"].browse(action["res_id"])
        self.assertEqual((card.state, card.subject_model), ("draft", "hr.employee"))
        self.assertEqual(len(card.criterion_ids), 3)
        again = role.action_make_scorecard()
        self.assertEqual(again["res_id"], card.id, "made once")
        people = self.env["hr.employee"].create(
            [{"name": "Li", "job_id": role.job_id.id}, {"name": "Wang"}]
        )
        subjects = card._get_subjects(*SEPTEMBER, self.company)
        self.assertEqual(subjects & people, people[0])
        for metric, values in (
            ("metric_staff_target", {"numerator": 90, "denominator": 100}),
            ("metric_staff_superior", {"value": 80}),
            ("metric_staff_visits", {"value": 70}),
        ):
            self.observe(metric, people[0], **values)
        card.action_activate()
        result = card._assess(people[0], *SEPTEMBER)
        self.assertAlmostEqual(result.score, 0.6 * 90 + 0.4 * 75)

    def test_only_administrators_change_the_library(self):
        user = new_test_user(
            self.env, "role_user", "base.group_user,vas_kpi.group_vas_kpi_manager"
        )
        role = self.ref("role_it_web_designer").with_user(user)
        self.assertTrue(role.name)
        with self.assertRaises(AccessError):
            role.action_make_scorecard()
        admin = new_test_user(
            self.env, "role_admin", "base.group_user,vas_kpi.group_vas_kpi_admin"
        )
        self.assertTrue(role.with_user(admin).action_make_scorecard()["res_id"])
        with self.assertRaises(AccessError):
            self.env["vas.role.category"].with_user(user).create(
                {"name": "X", "role_ids": [Command.create({"name": "Y"})]}
            )
