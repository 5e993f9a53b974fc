from datetime import date, datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import YEAR, VasKpiCase


@tagged("post_install", "-at_install")
class TestMetric(VasKpiCase):
    def activities(self, **values):
        """A metric on a core model: partners created for a parent company."""
        return self.env["vas.metric"].create(
            {
                "name": "Contacts",
                "code": "contacts",
                "kind": "aggregate",
                "source_model_id": self.partner_model.id,
                "subject_path": "parent_id",
                "aggregate": "count",
                **values,
            }
        )

    def measure(self, metric, subjects=None, company=None, period=YEAR):
        subjects = self.vendors if subjects is None else subjects
        return metric._measure(subjects, *period, company or self.company)

    def test_no_data_differs_from_zero(self):
        self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.vendors[0].id}
        )
        metric = self.activities()
        found = self.measure(metric)
        self.assertEqual(found[self.vendors[0].id].value, 1)
        self.assertIsNone(found[self.vendors[1].id].value)
        metric.empty_is_zero = True
        self.assertEqual(self.measure(metric)[self.vendors[1].id].value, 0)

    def test_dotted_subject_path_and_domain_words(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.vendors[0].id}
        )
        self.env["res.partner"].create({"name": "Sub", "parent_id": contact.id})
        metric = self.activities(subject_path="parent_id.parent_id")
        self.assertEqual(self.measure(metric)[self.vendors[0].id].value, 1)
        metric.domain = "[('create_date', '<', 'period_start')]"
        self.assertIsNone(self.measure(metric)[self.vendors[0].id].value)

    def test_one_query_for_any_number_of_subjects(self):
        many = self.env["res.partner"].create(
            [{"name": f"Many {number}"} for number in range(50)]
        )
        observed = self.make_metric("seen", observation_aggregate="ratio")
        for metric in (self.activities(), observed):
            counts = []
            for subjects in (many[:2], many[:1], many):
                self.env.invalidate_all()
                metric.read()
                start = self.cr.sql_log_count
                self.measure(metric, subjects)
                counts.append(self.cr.sql_log_count - start)
            self.assertEqual(counts[2], counts[1])

    def test_observation_aggregates(self):
        vendor = self.vendors[0]
        cases = {"sum": 12, "avg": 4, "last": 2}
        for aggregate, expected in cases.items():
            metric = self.make_metric(
                f"agg-{aggregate}", observation_aggregate=aggregate
            )
            for month, value in ((1, 6), (2, 4), (3, 2)):
                self.observe(metric, vendor, value, day=date(2025, month, 1))
            self.observe(metric, vendor, 99, day=date(2026, 1, 1))
            self.assertEqual(self.measure(metric)[vendor.id].value, expected)

    def test_ratio_of_sums_not_average_of_ratios(self):
        vendor = self.vendors[0]
        metric = self.make_metric("rate", observation_aggregate="ratio", factor=10000)
        self.observe(metric, vendor, numerator=1, denominator=10)
        self.observe(metric, vendor, numerator=0, denominator=90)
        found = self.measure(metric)[vendor.id]
        self.assertEqual(found[:4], (100, 1, 100, 2))
        other = self.vendors[1]
        self.observe(metric, other, numerator=0, denominator=0)
        self.assertIsNone(self.measure(metric)[other.id].value)

    def test_ratio_metric_and_zero_denominator(self):
        top, bottom = self.make_metric("top"), self.make_metric("bottom")
        rate = self.env["vas.metric"].create(
            {
                "name": "Rate",
                "code": "rate-of-two",
                "kind": "ratio",
                "numerator_id": top.id,
                "denominator_id": bottom.id,
            }
        )
        first, second, third = self.vendors
        self.observe(top, first, 3)
        self.observe(bottom, first, 4)
        self.observe(bottom, second, 5)
        self.observe(bottom, third, 0)
        found = self.measure(rate)
        self.assertEqual(found[first.id].value, 0.75)
        self.assertEqual(found[second.id].value, 0)
        self.assertIsNone(found[third.id].value)
        with self.assertRaisesRegex(
            ValidationError, "calculated from itself: Rate → Rate"
        ):
            rate.numerator_id = rate

    def test_days_begin_in_the_company_zone(self):
        self.company.partner_id.tz = "Asia/Shanghai"
        metric = self.activities(date_field="create_date")
        contact = self.env["res.partner"].create(
            {"name": "New Year", "parent_id": self.vendors[0].id}
        )
        for moment, counted in (
            (datetime(2024, 12, 31, 15, 59, 59), False),
            (datetime(2024, 12, 31, 16, 0, 0), True),
            (datetime(2025, 12, 31, 15, 59, 59), True),
            (datetime(2025, 12, 31, 16, 0, 0), False),
        ):
            self.cr.execute(
                "UPDATE res_partner SET create_date = %s WHERE id = %s",
                [moment, contact.id],
            )
            value = self.measure(metric)[self.vendors[0].id].value
            self.assertEqual(value, 1 if counted else None, moment)

    def test_companies_do_not_mix(self):
        other = self.env["res.company"].create({"name": "Other company"})
        metric = self.make_metric("per-company")
        self.observe(metric, self.vendors[0], 1)
        self.observe(metric, self.vendors[0], 10, company_id=other.id)
        for company, value in ((self.company, 1), (other, 10)):
            found = self.measure(metric, company=company)
            self.assertEqual(found[self.vendors[0].id].value, value)

    def test_field_metric(self):
        metric = self.env["vas.metric"].create(
            {
                "name": "Rank",
                "code": "rank",
                "kind": "field",
                "subject_field": "supplier_rank",
            }
        )
        self.vendors[0].supplier_rank = 3
        found = self.measure(metric)
        self.assertEqual(found[self.vendors[0].id].value, 3)

    def test_bad_definitions_name_the_field(self):
        for values, words in (
            ({"domain": "[('nope', '=', 1)]"}, "Filter"),
            ({"domain": "__import__('os')"}, "not a filter"),
            ({"domain": "[('name', '=', 'period_end -1q')]"}, "Filter"),
            ({"subject_path": "name"}, "Path to the subject"),
            ({"subject_path": "user_id"}, "leads to"),
            ({"date_field": "name"}, "Date"),
            ({"aggregate": "sum", "measure_field": "name"}, "Measured field"),
            ({"source_model_id": False}, "choose the records"),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.activities(code="bad", **values)

    def test_entry_is_reserved_for_a_group(self):
        group = self.env["res.groups"].create({"name": "Business managers"})
        metric = self.make_metric(
            "strategic",
            kind="manual",
            observation_aggregate="last",
            entry_group_id=group.id,
        )
        officer = self.make_user("entry_officer", "officer")
        member = self.make_user("entry_member", "officer")
        member.group_ids += group
        values = {
            "metric_id": metric.id,
            "partner_id": self.vendors[0].id,
            "value": 4,
        }
        model = self.env["vas.observation"]
        with self.assertRaisesRegex(AccessError, "Business managers"):
            model.with_user(officer).create(values)
        entered = model.with_user(member).create(values)
        self.assertEqual(entered.res_id, self.vendors[0].id)
        with self.assertRaisesRegex(AccessError, "Business managers"):
            entered.with_user(officer).value = 1
        with self.assertRaisesRegex(AccessError, "Business managers"):
            model.with_user(officer).create(
                {**values, "metric_id": self.make_metric("free").id}
            ).metric_id = metric
        with self.assertRaisesRegex(ValidationError, "measured from records"):
            model.create({**values, "metric_id": self.activities().id})

    def test_preview_lists_values_and_records(self):
        metric = self.make_metric("previewed")
        self.observe(metric, self.vendors[1], 7)
        preview = self.env["vas.metric.preview"].create(
            {"metric_id": metric.id, "date_from": YEAR[0], "date_to": YEAR[1]}
        )
        preview.action_preview()
        self.assertEqual(preview.line_ids.mapped("name"), ["Vendor 2"])
        action = preview.line_ids.action_open_sources()
        records = self.env[action["res_model"]].search(action["domain"])
        self.assertEqual(len(records), preview.line_ids.fact_count)
