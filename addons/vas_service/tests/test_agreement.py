"""Agreements: the four parts, the queue, the customer card, the way to an invoice."""

from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestAgreement(AgreementCase):
    def test_every_line_states_the_four_parts(self):
        """CON-01: without one of them nobody can sign."""
        for field, value, words in (
            ("vas_content", " ", "service content"),
            ("vas_standard", False, "service standard"),
            ("vas_time_limit", False, "service time limit"),
            ("specific_price", 0, "service fee"),
        ):
            contract = self.agreement(sign=False, name="Draft", line={field: value})
            with self.assertRaises(UserError) as error:
                contract.action_vas_sign()
            message = str(error.exception)
            self.assertIn("Draft", message)
            self.assertIn("Machines", message)
            self.assertIn(words, message)
            self.assertEqual(contract.vas_state, "draft")
        contract.contract_line_ids.vas_free = True
        contract.action_vas_sign()
        self.assertEqual(contract.vas_state, "signed", "a fee of nothing is stated")

    def test_only_what_is_signed_is_invoiced(self):
        contract = self.agreement(sign=False)
        self.assertFalse(contract._recurring_create_invoice(date(2026, 4, 1)))
        due = contract._get_contracts_to_invoice_domain(date(2026, 4, 1))
        self.assertFalse(contract.filtered_domain(due))
        contract.action_vas_sign()
        self.assertTrue(contract.filtered_domain(due))
        invoice = contract._recurring_create_invoice(date(2026, 4, 1))
        self.assertEqual(invoice.amount_untaxed, 1000)

    def test_ticket_finds_its_agreement(self):
        """The own agreement before that of the head office; another one by hand."""
        branch = self.env["res.partner"].create(
            {"name": "Branch", "is_company": True, "parent_id": self.customer.id}
        )
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self._at(2, 10):
            own, by_branch = self._ticket(), self._ticket(partner_id=branch.id)
            none = self._ticket(partner_id=stranger.id)
            self.assertEqual(own.vas_contract_id, self.contract)
            self.assertEqual(own.vas_contract_source, "customer")
            self.assertEqual(by_branch.vas_contract_source, "parent")
            self.assertFalse(none.vas_contract_id)
            other = self.agreement(partner_id=branch.id)
            again = self._ticket(partner_id=branch.id)
            self.assertEqual(again.vas_contract_id, other)
            again.vas_contract_id = self.contract
            self.assertEqual(again.vas_contract_source, "manual")
            chosen = self._ticket(vas_contract_id=other.id)
            self.assertEqual(chosen.vas_contract_source, "manual")
            self.contract.action_vas_end()
            self.assertFalse(self._ticket().vas_contract_id)

    def test_priority_agreement_jumps_the_queue(self):
        """CON-02: a ticket under it is taken before one that is due earlier."""
        guest = self.env["res.partner"].create({"name": "Guest"})
        with self._at(2, 10):
            self.env["helpdesk.ticket"].search(
                [("closed", "=", False)]
            ).user_id = self.env.uid
            earlier = self._ticket(partner_id=guest.id, user_id=False)
        with self._at(2, 11):
            self.contract.vas_kind_id = self.priority_kind
            ticket = self._ticket(user_id=False)
            self.assertEqual(ticket.priority, "2", "the green channel")
            self.assertLess(earlier.vas_next_deadline, ticket.vas_next_deadline)
            self.env.flush_all()
            tickets = self.env["helpdesk.ticket"].with_user(self.agent)
            self.assertEqual(tickets.action_vas_take_next()["res_id"], ticket.id)
            self.assertEqual(tickets.action_vas_take_next()["res_id"], earlier.id)
            self.contract.vas_agent_id = self.manager
            self.assertEqual(self._ticket().user_id, self.manager, "dedicated agent")
            self.contract.action_vas_end()
            self.assertEqual(ticket.vas_queue_rank, 1)

    def test_status_on_the_customer_card(self):
        """CON-08: signed, being signed, not yet signed."""
        partners = self.env["res.partner"].create(
            [{"name": name} for name in ("Signing", "None")]
        )
        with self._at(2, 10):
            contract = self.agreement(sign=False, partner_id=partners[0].id)
            contract.action_vas_start_signing()
            everybody = self.customer | partners
            everybody.invalidate_recordset()
            self.assertEqual(
                everybody.mapped("vas_contract_status"), ["signed", "signing", "none"]
            )
            for partner, word in zip(
                everybody, ("signed", "signing", "none"), strict=True
            ):
                found = everybody.search(
                    [("id", "in", everybody.ids), ("vas_contract_status", "=", word)]
                )
                self.assertEqual(found, partner)

    def test_an_agreement_ends_with_its_last_day(self):
        self.contract.contract_line_ids.date_end = date(2026, 6, 30)
        with self._at(2, 10), self.enter_registry_test_mode():
            self.env.ref("vas_service.ir_cron_agreement_end").method_direct_trigger()
            self.assertEqual(self.contract.vas_state, "signed")
        self.contract.contract_line_ids.write(
            {
                "date_end": date(2026, 3, 1),
                "last_date_invoiced": date(2026, 3, 1),
                "recurring_next_date": False,
            }
        )
        with self._at(2, 11), self.enter_registry_test_mode():
            self.env.ref("vas_service.ir_cron_agreement_end").method_direct_trigger()
            self.assertEqual(self.contract.vas_state, "ended")

    def test_agents_change_no_rules(self):
        contract = self.contract.with_user(self.agent)
        self.assertEqual(contract.read(["name"])[0]["name"], "Maintenance")
        for change in (
            lambda: contract.write({"name": "Mine"}),
            contract.action_vas_end,
            lambda: self.kind.with_user(self.agent).write({"has_priority": True}),
            lambda: self.kind.with_user(self.manager).write({"has_priority": True}),
        ):
            with self.assertRaises(AccessError):
                change()

    def test_an_agreement_costs_the_same_however_many_tickets(self):
        """Against tickets without agreement: a fixed number of queries more."""
        with self._at(2, 9):
            self.entitle(quantity=500)
        guest = self.env["res.partner"].create({"name": "Guest"})

        def queries(partner, number):
            values = {
                "name": "T",
                "description": "x",
                "team_id": self.team.id,
                "partner_id": partner.id,
            }
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["helpdesk.ticket"].create([values] * number)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        with self._at(2, 10):
            for partner in (guest, self.customer):
                queries(partner, 1)
            few = queries(self.customer, 2) - queries(guest, 2)
            many = queries(self.customer, 22) - queries(guest, 22)
        self.assertLessEqual(many, few)
