from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .sla_common import SlaCase


@tagged("post_install", "-at_install")
class TestSlaReferred(SlaCase):
    """Clocks follow what their conditions read on other records."""

    def _local_policy(self, model, **values):
        policy = self.env["vas.sla.policy"].create(
            {
                "name": "Locals",
                "sequence": 0,
                "model_id": self.env["ir.model"]._get_id(model),
                "calendar_id": self.calendar.id,
                "domain": "[('partner_id.city', '=', 'Berlin')]",
                "target_ids": [
                    Command.create({"name": "Owner", "kind": "owner", "amount": 2})
                ],
            }
            | values
        )
        policy.action_activate()
        return policy

    def _leads(self, count):
        return self.env["crm.lead"].create(
            [
                {"name": f"D{n}", "partner_id": self.customer.id, "user_id": False}
                for n in range(count)
            ]
        )

    def _open_clocks(self, records):
        return self.env["vas.sla.clock"].search(
            [
                ("res_model", "=", records._name),
                ("res_id", "in", records.ids),
                ("policy_id.name", "=", "Locals"),
            ]
        )

    def test_a_deal_follows_its_customer(self):
        self._local_policy("crm.lead")
        with self._at(2, 9):
            lead = self._leads(1)
        self.assertFalse(self._open_clocks(lead))
        with self._at(2, 10):
            self.customer.city = "Berlin"
        self.assertEqual(len(self._open_clocks(lead)), 1)
        with self._at(2, 11):
            self.customer.city = "Hamburg"
        self.assertFalse(self._open_clocks(lead), "withdrawn")

    def test_a_ticket_follows_its_customer_and_a_closed_one_does_not(self):
        local = self._local_policy("helpdesk.ticket")
        with self._at(2, 9):
            tickets = self._ticket() | self._ticket()
            tickets[1].stage_id = self.done
        with self._at(2, 10):
            self.customer.city = "Berlin"
        self.assertEqual(tickets.mapped("vas_policy_id"), local | self.policy)
        self.assertEqual(tickets[0].vas_policy_id, local)

    def test_pauses_inside_any(self):
        """A condition with “any” is followed as well; other fields cost nothing."""
        self._local_policy(
            "crm.lead",
            domain="[]",
            pause_rule_ids=[
                Command.create(
                    {
                        "domain": "[('partner_id', 'any', [('city', '=', 'Berlin')])]",
                        "reason": "Moving",
                    }
                )
            ],
        )
        with self._at(2, 9):
            lead = self._leads(1)
        with self._at(2, 10):
            self.customer.city = "Berlin"
        clock = self._open_clocks(lead)
        self.assertEqual(clock.pause_reason, "Moving")
        read = self.env["vas.sla.engine"]._get_referred()["res.partner"]
        self.assertIn("city", read)
        self.assertNotIn("phone", read)
        with self._at(2, 11):
            self.customer.city = "Hamburg"
        self.assertEqual(clock.paused_seconds, 3600)

    def test_many_documents_follow_in_jobs(self):
        self.env["ir.config_parameter"].set_param("vas_service.sla_sync_at_once", "2")
        self._local_policy("crm.lead")
        with self._at(2, 9):
            leads = self._leads(5)
        jobs = self.env["queue.job"].search([])
        with self._at(2, 10):
            self.customer.city = "Berlin"
            self.assertEqual(len(self._open_clocks(leads)), 2)
            jobs = self.env["queue.job"].search([("id", "not in", jobs.ids)])
            self.assertEqual(len(jobs), 2)
            for job in jobs:
                policies = self.env["vas.sla.policy"]
                for _twice in range(2):
                    policies._sync_later(*job.args)
        self.assertEqual(len(self._open_clocks(leads)), 5)

    def test_a_changed_policy_reaches_many_clocks_in_jobs(self):
        self.env["ir.config_parameter"].set_param("vas_service.sla_sync_at_once", "2")
        with self._at(2, 9):
            for number in range(5):
                self._ticket(number=f"MANY{number}")
        resolution = self.policy.target_ids.filtered(lambda t: t.kind == "resolution")
        admin = new_test_user(
            self.env, "sla_admin", groups="vas_service.group_vas_service_admin"
        )
        before = self.env["queue.job"].search([])
        with self._at(2, 10):
            resolution.amount = 4
            wizards = self.env["vas.sla.apply"].with_user(admin)
            action = wizards._open(policy=self.policy.with_user(admin))
            wizard = wizards.browse(action["res_id"])
            self.assertEqual(wizard.clock_count, 10)
            self.assertEqual(wizard.action_apply()["tag"], "display_notification")
            self.assertEqual(self.policy.outdated_clock_count, 8)
            jobs = self.env["queue.job"].search([("id", "not in", before.ids)])
            self.assertEqual(len(jobs), 4)
            for job in jobs | jobs:
                for _twice in range(2):
                    self.policy.with_user(admin)._apply_later(*job.args)
        self.policy.invalidate_recordset()
        self.assertEqual(self.policy.outdated_clock_count, 0)
        clocks = self.env["vas.sla.clock"].search([("target_id", "=", resolution.id)])
        self.assertEqual(set(clocks.mapped("deadline")), {self._utc(2026, 3, 2, 13)})
        changes = clocks.event_ids.filtered(lambda e: e.kind == "policy")
        self.assertEqual(len(changes), 5, "one line each")
        with self.assertRaises(UserError):
            self.policy.with_user(self.agent)._apply_later(False, False, clocks.ids)

    def test_the_layer_goes_with_the_policy(self):
        policy = self._local_policy("crm.lead")
        engine, partners = self.env["vas.sla.engine"], self.env.registry["res.partner"]
        self.assertIn("referred", engine._get_layers_of(partners.write))
        policy.action_retire()
        left = {place for place, *_rest in engine._get_referred().items()}
        self.assertEqual(
            "referred" in engine._get_layers_of(partners.write), "res.partner" in left
        )

    def test_what_changed_while_solved_counts_when_open_again(self):
        urgent = self._policy("Urgent", resolution=4, sequence=0, priority="3")
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 10):
            ticket.stage_id = self.done
        with self._at(2, 11):
            ticket.priority = "3"
        self.assertEqual(self._clock(ticket).policy_id, self.policy, "frozen")
        with self._at(2, 12):
            ticket.stage_id = self.progress
        clock = self._clock(ticket)
        self.assertEqual(clock.policy_id, urgent)
        self.assertEqual(clock.deadline, self._utc(2026, 3, 2, 15))
