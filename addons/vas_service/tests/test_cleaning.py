"""Cleaning: price ceilings and recurring work (CLN-01, CLN-02)."""

from collections import Counter
from datetime import date, timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestCleaning(AgreementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.level2 = cls.env.ref("vas_service.cleaning_level_2")
        cls.level3 = cls.env.ref("vas_service.cleaning_level_3")
        # Amounts of the catalogue, whatever the company counts in.
        (cls.level2 | cls.level3).currency_id = cls.env.company.currency_id
        partner = cls.env["res.partner"].create({"name": "Building"})
        cls.location = cls.env["fsm.location"].create(
            {"name": "Building", "partner_id": partner.id, "owner_id": partner.id}
        )
        cls.cleaning = cls.agreement(
            name="Cleaning",
            vas_kind_id=cls.env.ref("vas_service.agreement_kind_cleaning").id,
            line={
                "specific_price": 9.90,
                "vas_cleaning_level_id": cls.level2.id,
                "vas_cleaning_area": 90,
                "vas_cleaning_location_id": cls.location.id,
            },
        )
        cls.line = cls.cleaning.contract_line_ids

    def plan(self, first, last):
        return self.env["vas.cleaning.task"]._plan(self.line, first, last)

    def test_ceilings_of_the_catalogue(self):
        for level, area, highest in (
            (self.level2, 90, 9.90),
            (self.level3, 90, 13.50),
            (self.level2, 12500, 1375),
            (self.level3, 12500, 1875),
        ):
            self.assertEqual(level._get_highest_fee(area), highest)

    def test_agreement_above_the_ceiling_is_refused(self):
        self.assertEqual(self.line.vas_cleaning_highest, 9.90)
        with self.assertRaises(ValidationError) as error:
            self.line.specific_price = 9.91
        for word in ("Cleaning", "Machines", "9.91", "9.90", "90 m²", "0.11"):
            self.assertIn(word, str(error.exception))
        self.line.invalidate_recordset()
        self.line.write({"specific_price": 29.70, "recurring_interval": 3})
        with self.assertRaisesRegex(ValidationError, "building area"):
            self.line.vas_cleaning_area = 0

    def test_quotation_above_the_ceiling_is_refused(self):
        product = self.env["product.product"].create(
            {"name": "Cleaning", "type": "service", "taxes_id": False}
        )
        order = self.env["sale.order"].create({"partner_id": self.customer.id})
        values = {
            "order_id": order.id,
            "product_id": product.id,
            "vas_cleaning_level_id": self.level2.id,
            "vas_cleaning_area": 90,
            "price_unit": 9.90,
        }
        line = self.env["sale.order.line"].create(values)
        with self.assertRaisesRegex(ValidationError, "9.91 is above the highest"):
            line.price_unit = 9.91
        by_area = {"product_uom_qty": 90, "price_unit": 0.11}
        self.env["sale.order.line"].create(values | by_area)
        year = {"vas_cleaning_months": 12, "price_unit": 118.80}
        self.env["sale.order.line"].create(values | year)

    def test_the_week_of_the_catalogue(self):
        """Level 2, floor: 7 sweeps, 14 of the lobby, 2 moppings."""
        self.plan(date(2026, 3, 2), date(2026, 3, 8))
        tasks = self.env["vas.cleaning.task"].search(
            [("contract_line_id", "=", self.line.id)]
        )
        floor = tasks.filtered(
            lambda t: t.item_id == self.env.ref("vas_service.cleaning_item_floor")
        )
        self.assertEqual(
            Counter(task.rule_id.name for task in floor),
            {"Sweep": 7, "Sweep the lobby": 14, "Mop": 2},
        )
        self.assertEqual(len(tasks.order_id), 7, "one work order a day")
        self.assertEqual(tasks.order_id.vas_contract_id, self.cleaning)
        self.assertFalse(
            any(tasks.order_id.mapped("vas_entitlement_state")), "paid by its line"
        )
        self.assertFalse(self.plan(date(2026, 3, 2), date(2026, 3, 8)), "once")
        more = self.plan(date(2026, 3, 2), date(2026, 3, 9))
        self.assertEqual(set(more.mapped("date")), {date(2026, 3, 9)})

    def test_spraying_in_summer(self):
        spray = self.env.ref("vas_service.cleaning_rule_2_pests_spray")
        self.level2.task_ids.filtered(lambda rule: rule != spray).unlink()
        tasks = self.plan(date(2026, 1, 1), date(2026, 12, 31))
        self.assertEqual([t.date.month for t in tasks.sorted("date")], [1, 6, 7, 8, 10])
        self.assertIn("June", spray.frequency)

    def test_done_against_planned(self):
        tasks = self.plan(date(2026, 3, 2), date(2026, 3, 3))
        with freeze_time("2026-03-02 10:00"):
            first = tasks.filtered(lambda task: task.date == date(2026, 3, 2))
            first[0].with_user(self.agent).action_done()
            self.assertEqual(first[0].done_by_id, self.agent)
            with self.assertRaisesRegex(UserError, "cannot be done before"):
                (tasks - first)[0].action_done()
        with freeze_time("2026-03-03 10:00"):
            missed = self.env["vas.cleaning.task"].search(
                [("contract_line_id", "=", self.line.id), ("is_missed", "=", True)]
            )
            self.assertEqual(missed, first[1:])
        [(planned, done, share)] = self.env["vas.cleaning.task"]._read_group(
            [("id", "in", first.ids)],
            [],
            ["planned_count:sum", "done_count:sum", "done_percent:avg"],
        )
        self.assertEqual((planned, done), (len(first), 1))
        self.assertAlmostEqual(share, 100 / len(first), 4)

    def test_nightly_job_may_run_again(self):
        job = self.env.ref("vas_service.ir_cron_cleaning_plan")
        self.env["ir.config_parameter"].set_param(
            "vas_service.cleaning_days_ahead", "2"
        )
        counts = []
        with freeze_time("2026-03-02 02:00"), self.enter_registry_test_mode():
            for _run in range(2):
                job.method_direct_trigger()
                counts.append(self.line.vas_cleaning_task_count)
                self.line.invalidate_recordset()
        self.assertTrue(counts[0])
        self.assertEqual(counts[0], counts[1])
        days = set(
            self.env["vas.cleaning.task"]
            .search([("contract_line_id", "=", self.line.id)])
            .mapped("date")
        )
        first = date(2026, 3, 2)
        self.assertEqual(days, {first + timedelta(days=n) for n in range(3)})
