"""Next-business-day coverage with exceptions for parts (CON-06, AMB-28)."""

from datetime import date, datetime

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestCoverage(AgreementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan = cls.env.ref("vas_service.coverage_plan_nbd")
        cls.battery = cls.env.ref("vas_service.coverage_part_battery")
        cls.main = cls.env.ref("vas_service.coverage_part_main")
        days = cls._calendar("Business days", [(9, 18)], tz="Asia/Shanghai")
        days.company_id = False
        cls.plan.calendar_id = days
        cls.device = cls.env["fsm.equipment"].create({"name": "NBD notebook"})
        cls.coverage = cls.env["vas.coverage"].create(
            {
                "equipment_id": cls.device.id,
                "plan_id": cls.plan.id,
                "delivered_on": date(2024, 3, 1),
            }
        )

    def nbd_ticket(self, **values):
        return self._ticket(
            team_id=False, priority="0", vas_equipment_id=self.device.id, **values
        )

    def onsite(self, ticket):
        return ticket.vas_clock_ids.filtered(lambda c: c.target_id.kind == "date")

    def diagnose(self, ticket, *moment):
        """Confirm the diagnosis at a Shanghai clock time."""
        local = datetime(*moment)
        ticket.vas_diagnosed_at = local.replace(hour=local.hour - 8)

    def test_the_worked_case(self):
        """Diagnosis on Friday 2026-03-06 15:00: on site by Monday 2026-03-09."""
        self.assertEqual(self.coverage.date_to, date(2027, 2, 28))
        with self._at(6, 5):
            ticket = self.nbd_ticket()
            self.assertEqual(ticket.vas_coverage_state, "covered")
            self.assertEqual(
                ticket.vas_policy_id, self.env.ref("vas_service.sla_policy_nbd")
            )
            self.assertFalse(self.onsite(ticket), "counts from the diagnosis")
        with self._at(6, 8):
            self.diagnose(ticket, 2026, 3, 6, 15, 0)
            clock = self.onsite(ticket)
            self.assertEqual(clock.deadline, datetime(2026, 3, 9, 10, 0))
        with self._at(9, 9):
            ticket.vas_onsite_at = datetime(2026, 3, 9, 6, 0)
            self.assertEqual(clock.outcome, "met")

    def test_cut_off_hour(self):
        self.plan.write({"has_cut_off": True, "cut_off": 15.0})
        with self._at(6, 8):
            ticket = self.nbd_ticket()
            self.diagnose(ticket, 2026, 3, 6, 15, 0)
            self.assertEqual(
                self.onsite(ticket).deadline,
                datetime(2026, 3, 10, 10, 0),
                "counts as confirmed on Monday",
            )
        with self._at(6, 8):
            ticket = self.nbd_ticket()
            self.diagnose(ticket, 2026, 3, 6, 14, 59)
            self.assertEqual(self.onsite(ticket).deadline, datetime(2026, 3, 9, 10, 0))

    def test_after_the_term_the_service_is_paid(self):
        found, why = self.coverage._answer(date(2027, 3, 1))
        self.assertFalse(found.covered)
        self.assertIn("2027-02-28", why)
        self.assertIn("paid", why)
        with self._at(6, 8):
            ticket = self.nbd_ticket()
            self.diagnose(ticket, 2027, 3, 1, 9, 0)
            self.assertEqual(ticket.vas_coverage_state, "paid")
            self.assertFalse(ticket.vas_onsite_promised)
            self.assertIn("2027-02-28", ticket.vas_coverage_why)

    def test_parts_with_their_own_term(self):
        """A battery bought with it: defect on 2025-03-02 is paid."""
        for day, covered in ((date(2025, 2, 28), True), (date(2025, 3, 2), False)):
            found, why = self.coverage._answer(day, self.battery)
            self.assertEqual(found.covered, covered)
            self.assertIn("2025-02-28", why)
        self.assertIn("2025-02-28", self.coverage.part_terms)
        with self._at(6, 8):
            ticket = self.nbd_ticket(vas_part_id=self.battery.id)
            self.assertEqual(ticket.vas_coverage_state, "paid")

    def test_parts_bought_separately(self):
        with self._at(6, 8):
            ticket = self.nbd_ticket(vas_part_id=self.main.id)
            self.assertEqual(ticket.vas_coverage_state, "covered")
            ticket.vas_part_separate = True
            self.assertEqual(ticket.vas_coverage_state, "paid")
            self.assertIn("separately", ticket.vas_coverage_why)

    def test_years_of_the_quotation_and_other_starts(self):
        self.coverage.term_years = 1
        self.assertEqual(self.coverage.date_to, date(2025, 2, 28))
        other = self.plan.copy({"name": "From purchase", "start_rule": "purchase"})
        with self.assertRaisesRegex(ValidationError, "day of purchase"):
            self.coverage.plan_id = other
        self.coverage.write(
            {"plan_id": other.id, "purchased_on": date(2024, 2, 1), "term_years": 2}
        )
        self.assertEqual(self.coverage.date_to, date(2026, 1, 31))
        with self.assertRaisesRegex(ValidationError, "at least one month"):
            self.coverage.term_years = 0.01

    def test_device_without_coverage(self):
        device = self.env["fsm.equipment"].create({"name": "Bare device"})
        with self._at(6, 8):
            ticket = self._ticket(vas_equipment_id=device.id)
            self.assertEqual(ticket.vas_coverage_state, "paid")
            self.assertIn("No coverage", device.vas_coverage_text)

    def test_agreement_of_the_device(self):
        owner = self.env["res.partner"].create({"name": "Owner"})
        contract = self.agreement(partner_id=owner.id, name="Of the device")
        self.coverage.contract_id = contract
        with self._at(6, 8):
            ticket = self.nbd_ticket()
            self.assertEqual(ticket.vas_contract_id, contract)
            self.assertEqual(ticket.vas_contract_source, "coverage")
            self.device.vas_contract_id = self.contract
            self.assertEqual(self.nbd_ticket().vas_contract_source, "device")

    def test_agents_see_but_do_not_change_plans(self):
        coverage = self.coverage.with_user(self.agent)
        self.assertEqual(coverage.date_to, date(2027, 2, 28))
        with self.assertRaises(AccessError):
            coverage.term_years = 5
        with self.assertRaises(AccessError):
            self.plan.with_user(self.manager).term_years = 5
