"""Service credits: from broken promises to a negative line, exactly once."""

from datetime import date

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestServiceCredit(AgreementCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.contract.vas_calendar_id = cls.calendar
        cls.rule = cls.env["vas.service.credit.rule"].create(
            {
                "name": "Late solutions",
                "policy_ids": [Command.set(cls.policy.ids)],
                "target_ids": [
                    Command.set(
                        cls.policy.target_ids.filtered(
                            lambda target: target.kind == "resolution"
                        ).ids
                    )
                ],
                "method": "breach",
                "value_in": "percent",
                "value": 5,
                "cap_percent": 12,
                "contract_ids": [Command.set(cls.contract.ids)],
            }
        )

    def close(self, late):
        """A ticket of March: solved within 8 working hours, or a week later."""
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(9 if late else 2, 12):
            ticket.stage_id = self.done
        return ticket

    def compute(self, month=4):
        credits = self.env["vas.service.credit"]
        return credits._compute_credits(self.contract, date(2026, month, 2))

    def test_from_broken_promises_to_the_invoice(self):
        tickets = self.env["helpdesk.ticket"].union(
            *(self.close(late) for late in (True, True, False))
        )
        credit = self.compute()
        late = tickets[:2].vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        self.assertEqual(credit.clock_ids, late, "the proof")
        self.assertEqual(
            (credit.promise_count, credit.broken_count, credit.fee), (3, 2, 1000)
        )
        self.assertEqual((credit.full_amount, credit.amount), (100, 100))
        for word in ("2 of 3", "33.33", "2 × 5 %", "1,000.00"):
            self.assertIn(word, credit.explanation)
        self.assertEqual(self.compute(), credit, "computed again: nothing new")
        self.assertEqual(len(credit.charge_ids), 1)
        invoice = self.contract._recurring_create_invoice(date(2026, 4, 1))
        self.assertEqual(invoice.move_type, "out_invoice")
        self.assertEqual(invoice.amount_untaxed, 900)
        line = invoice.invoice_line_ids.filtered("vas_charge_id")
        self.assertEqual(line.price_unit, -100)
        self.assertIn("2 of 3 promises broken", line.name)
        self.assertEqual(credit.state, "invoiced")
        self.compute()
        following = self.contract._recurring_create_invoice(date(2026, 5, 1))
        self.assertEqual(following.amount_untaxed, 1000, "credited once")

    def test_a_corrected_clock_is_settled_by_difference(self):
        ticket = self.close(True)
        credit = self.compute()
        invoice = self.contract._recurring_create_invoice(date(2026, 4, 1))
        self.assertEqual(invoice.amount_untaxed, 950)
        clock = ticket.vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        clock.deadline = clock.stopped_at
        self.compute()
        self.assertEqual((credit.amount, credit.broken_count), (0, 0))
        self.assertEqual(sum(credit.charge_ids.mapped("amount")), 0)
        following = self.contract._recurring_create_invoice(date(2026, 5, 1))
        self.assertEqual(following.amount_untaxed, 1050, "taken back")

    def test_what_waits_is_corrected_in_place(self):
        tickets = [self.close(True), self.close(True)]
        credit = self.compute()
        clock = tickets[0].vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        clock.deadline = clock.stopped_at
        self.compute()
        self.assertEqual(credit.charge_ids.mapped("amount"), [-50])

    def test_limit_of_a_period(self):
        for _number in range(4):
            self.close(True)
        credit = self.compute()
        self.assertEqual((credit.full_amount, credit.amount), (200, 120))
        self.assertIn("limited to", credit.explanation)

    def test_by_the_share_kept(self):
        self.rule.write(
            {
                "method": "attainment",
                "band_ids": [
                    Command.create({"below": 98, "value": 5}),
                    Command.create({"below": 60, "value": 10}),
                ],
                "minimum": 3,
            }
        )
        self.close(True)
        self.assertFalse(self.compute(), "one promise says nothing")
        self.close(False)
        self.close(False)
        self.assertEqual(self.compute().amount, 50, "two of three are kept")
        self.close(True)
        self.assertEqual(self.compute().amount, 100, "50 % is below 60 %")

    def test_a_manager_releases(self):
        self.rule.needs_release = True
        self.close(True)
        credit = self.compute()
        self.assertEqual((credit.state, len(credit.charge_ids)), ("proposed", 0))
        with self.assertRaises(AccessError):
            credit.with_user(self.agent).action_release()
        credit.with_user(self.manager).action_release()
        self.assertEqual(credit.state, "released")
        self.assertEqual(self.contract.vas_pending_amount, -50)

    def test_more_credit_than_fee_waits_or_becomes_a_credit_note(self):
        self.close(True)
        self.compute()
        self.contract.contract_line_ids.specific_price = 10
        invoice = self.contract._recurring_create_invoice(date(2026, 4, 1))
        self.assertEqual(invoice.amount_untaxed, 10, "never a negative invoice")
        self.assertEqual(self.contract.vas_pending_amount, -50)
        action = self.contract.action_vas_invoice_charges()
        refund = self.env["account.move"].browse(action["res_id"])
        self.assertEqual((refund.move_type, refund.amount_untaxed), ("out_refund", 50))
        with self.assertRaisesRegex(UserError, "nothing waits"):
            self.contract.action_vas_invoice_charges()

    def test_rules_without_sense(self):
        with self.assertRaisesRegex(ValidationError, "value per broken promise"):
            self.rule.value = 0
        with self.assertRaisesRegex(ValidationError, "band"):
            self.rule.method = "attainment"

    def test_nightly_job(self):
        """The last finished periods are computed, older ones are left alone."""
        self.close(True)
        job = self.env.ref("vas_service.ir_cron_service_credit")
        mine = [("contract_id", "=", self.contract.id)]
        for day, number in ((date(2026, 9, 1), 0), (date(2026, 5, 1), 1)):
            with freeze_time(day), self.enter_registry_test_mode():
                job.method_direct_trigger()
            self.assertEqual(self.env["vas.service.credit"].search_count(mine), number)
