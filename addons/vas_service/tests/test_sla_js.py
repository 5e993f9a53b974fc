"""Journeys of an agent and a manager."""

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestSlaJourneys(HttpCase):
    def _user(self, login, groups):
        # The journeys look for English words, whatever the database was made in.
        self.env["res.lang"]._activate_lang("en_US")
        return new_test_user(
            self.env,
            login,
            groups=groups,
            context={"no_reset_password": True},
            lang="en_US",
        )

    def test_agent_journey(self):
        agent = self._user(
            "sla_tour",
            "helpdesk_mgmt.group_helpdesk_user,vas_service.group_vas_service_user",
        )
        team = self.env["helpdesk.ticket.team"].create(
            {"name": "Tour", "user_ids": [Command.link(agent.id)]}
        )
        awaiting = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        done.mail_template_id = False
        self.env["vas.sla.policy"].create(
            {
                "name": "Tour",
                "sequence": 0,
                "state": "active",
                "team_ids": [Command.set(team.ids)],
                "calendar_id": self.env.ref("vas_service.calendar_always").id,
                "target_ids": [
                    Command.create({"name": kind, "kind": kind, "amount": 8})
                    for kind in ("first_response", "resolution")
                ],
                "pause_rule_ids": [
                    Command.create(
                        {
                            "stage_id": awaiting.id,
                            "reason": "Waiting for the customer",
                        }
                    )
                ],
            }
        )
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Printer on fire",
                "description": "<p>Smoke</p>",
                "team_id": team.id,
                "user_id": agent.id,
            }
        )
        self.start_tour(
            "/odoo/action-vas_service.helpdesk_ticket_action_vas_my",
            "vas_sla_ticket",
            login="sla_tour",
        )
        self.assertEqual(ticket.stage_id, done)
        clock = ticket.vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        self.assertEqual(clock.outcome, "met")
        self.assertEqual(
            clock.event_ids.sorted("id").mapped("kind"),
            ["start", "pause", "resume", "stop"],
        )
        self.assertEqual(clock.event_ids[0].user_id, agent)

    def test_manager_imports_a_log(self):
        self._user(
            "sla_tour_manager",
            "helpdesk_mgmt.group_helpdesk_manager,"
            "vas_service.group_vas_service_manager",
        )
        self.start_tour(
            "/odoo/action-vas_service.vas_incident_import_action",
            "vas_sla_incident",
            login="sla_tour_manager",
        )
        ticket = self.env["helpdesk.ticket"].search([("number", "=", "TOUR1")])
        self.assertEqual(ticket.vas_clock_ids.outcome, "met")
