"""TKT-02: the service company hears of the tickets that become its own, once each."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from .device_common import DeviceCase


@tagged("post_install", "-at_install")
class TestProviderTold(DeviceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            provider: cls.users[login].partner_id
            for provider, login in (
                (cls.provider_p, "provider_p"),
                (cls.provider_q, "provider_q"),
            )
        }

    def _ticket(self, user=None, **values):
        user = user or self.agent
        device = self.devices[self.branch, self.provider_p]
        return (
            self.env["helpdesk.ticket"]
            .with_user(user)
            .create(
                {
                    "name": "Dark screen",
                    "description": "<p>x</p>",
                    "team_id": self.team.id,
                    "vas_equipment_id": device.id,
                }
                | values
            )
        )

    def _mails(self, tickets):
        return self.env["mail.mail"].search(
            [
                ("model", "=", "helpdesk.ticket"),
                ("res_id", "in", tickets.ids),
                ("recipient_ids", "in", [p.id for p in self.people.values()]),
            ],
            order="id",
        )

    def test_an_agent_gives_it(self):
        ticket = self._ticket()
        mail = self._mails(ticket)
        self.assertEqual(mail.recipient_ids, self.people[self.provider_p])
        self.assertIn(ticket.number, mail.subject)
        self.assertIn(self.branch.name, mail.body_html)
        self.assertIn(f"/my/ticket/{ticket.id}", mail.body_html)
        self.assertEqual(ticket.sudo().vas_provider_told_id, self.provider_p)
        # Its own work and other changes are no news.
        ticket.write({"priority": "3", "vas_provider_id": self.provider_p.id})
        ticket.action_vas_take()
        self.assertEqual(self._mails(ticket), mail)

    def test_given_to_another_one(self):
        engineer = self.env["res.partner"].create(
            {"name": "Engineer", "parent_id": self.provider_p.id}
        )
        ticket = self._ticket()
        ticket.vas_provider_contact_id = engineer
        ticket.message_subscribe(partner_ids=self.people[self.provider_p].ids)
        ticket.message_subscribe(partner_ids=self.users["bank_x"].partner_id.ids)
        ticket.vas_provider_id = self.provider_q
        self.assertEqual(
            self._mails(ticket).mapped("recipient_ids"),
            self.people[self.provider_p] | self.people[self.provider_q],
        )
        self.assertFalse(ticket.vas_provider_contact_id, "of the former company")
        # AST-04: whoever lost it no longer sees it, not as a follower either.
        self.assertNotIn(self.people[self.provider_p], ticket.message_partner_ids)
        self.assertIn(self.users["bank_x"].partner_id, ticket.message_partner_ids)
        for login, sees in (("provider_p", False), ("provider_q", True)):
            mine = ticket.with_user(self.users[login])
            self.assertEqual(mine.has_access("read"), sees, login)
        # Back again: the first one is told again, because it is news again.
        ticket.vas_provider_id = self.provider_p
        self.assertEqual(len(self._mails(ticket)), 3)

    def test_who_is_not_told(self):
        closed = self._ticket(stage_id=self.done.id)
        # Its own people entered it.
        own = self.devices[self.branch, self.provider_p].with_user(
            self.users["provider_p"]
        )
        entered = (
            own.env["helpdesk.ticket"]
            .sudo()
            .create(own.sudo()._vas_prepare_fault(self.fault, "<p>x</p>"))
        )
        past = (
            self.env["helpdesk.ticket"]
            .with_context(vas_sla_minutes_ago=600)
            .create(
                {
                    "name": "Taken over",
                    "description": "<p>x</p>",
                    "vas_provider_id": self.provider_p.id,
                }
            )
        )
        self.env.company.vas_tells_provider = False
        silent = self._ticket()
        self.assertFalse(self._mails(closed | entered | past | silent))

    def test_nobody_to_tell_is_said(self):
        empty = self.env["res.partner"].create({"name": "Nobody Ltd"})
        ticket = self._ticket(vas_provider_id=empty.id)
        self.assertIn("Nobody Ltd was not told", ticket.message_ids[0].body)

    def test_the_message_is_a_record_of_the_company(self):
        template = self.env.ref("vas_service.provider_template").copy(
            {"subject": "Please look at {{ object.number }}"}
        )
        self.env.company.vas_provider_template_id = template
        ticket = self._ticket()
        self.assertEqual(self._mails(ticket).subject, f"Please look at {ticket.number}")

    def test_many_cost_little_more_than_one(self):
        device = self.devices[self.branch, self.provider_p]
        values = {
            "name": "Dark screen",
            "description": "<p>x</p>",
            "team_id": self.team.id,
            "vas_equipment_id": device.id,
            "vas_provider_id": False,
        }
        tickets = self.env["helpdesk.ticket"].create([values] * 21)
        counts = []
        tickets[0].vas_provider_id = self.provider_q
        for group in (tickets[:1], tickets[1:]):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            group.vas_provider_id = self.provider_p
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(self._mails(tickets)), 22)
        self.assertLess(counts[1], counts[0] * 5, counts)

    def test_about_to_be_late(self):
        """The escalation's role “Service company”: its person, or all its people."""
        role = self.env.ref("vas_service.sla_role_provider")
        ticket = self._ticket().sudo()
        self.assertEqual(role._get_users(ticket), self.users["provider_p"])
        person = new_test_user(self.env, "ma", groups="base.group_portal")
        person.partner_id.parent_id = self.provider_p
        self.assertEqual(role._get_users(ticket), self.users["provider_p"] | person)
        ticket.vas_provider_contact_id = person.partner_id
        self.assertEqual(role._get_users(ticket), person)
        step = self.env.ref("vas_service.sla_escalation_soon")
        self.assertIn(role, step.role_ids)
        clock = ticket.vas_clock_ids[:1]
        step._act_notify(ticket, clock, person, fields.Datetime.now())
        told = self.env["mail.message"].search(
            [("model", "=", ticket._name), ("res_id", "=", ticket.id)], limit=1
        )
        self.assertIn(person.partner_id, told.notified_partner_ids)
