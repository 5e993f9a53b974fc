"""Two agents at the same moment, in two real transactions."""

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestTwoAgents(TransactionCase):
    def setUp(self):
        super().setUp()
        # Committed, so that both transactions see it; taken away in the end.
        with self.registry.cursor() as cr:
            env = api.Environment(
                cr, SUPERUSER_ID, {"tracking_disable": True, "no_reset_password": True}
            )
            agents = env["res.users"].union(
                *(
                    new_test_user(
                        env,
                        f"desk_two_{number}",
                        groups="helpdesk_mgmt.group_helpdesk_user,"
                        "vas_service.group_vas_service_user",
                    )
                    for number in (1, 2)
                )
            )
            team = env["helpdesk.ticket.team"].create(
                {"name": "Two agents", "user_ids": [Command.set(agents.ids)]}
            )
            tickets = env["helpdesk.ticket"].create(
                [
                    {
                        "name": name,
                        "description": "<p>x</p>",
                        "team_id": team.id,
                        "user_id": False,
                        "priority": priority,
                    }
                    for name, priority in (("first", "3"), ("second", "0"))
                ]
            )
            self.agent_ids, self.team_id = agents.ids, team.id
            self.ticket_ids = tickets.ids
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            env["helpdesk.ticket"].browse(self.ticket_ids).unlink()
            env["helpdesk.ticket.team"].browse(self.team_id).unlink()
            users = env["res.users"].browse(self.agent_ids)
            partners = users.partner_id
            users.unlink()
            partners.unlink()

    def test_one_ticket_two_agents(self):
        first_id = self.ticket_ids[0]
        with self.registry.cursor() as one, self.registry.cursor() as two:
            mine, theirs = (
                api.Environment(cr, agent, {"tracking_disable": True})[
                    "helpdesk.ticket"
                ]
                for cr, agent in zip((one, two), self.agent_ids, strict=True)
            )
            mine.browse(first_id).action_vas_take()
            mine.env.flush_all()
            # The other transaction neither waits nor takes it a second time.
            with self.assertRaisesRegex(UserError, "worked on right now"):
                theirs.browse(first_id).action_vas_take()
            two.rollback()
            taken = theirs.action_vas_take_next()
            self.assertNotEqual(taken.get("res_id"), first_id)
            two.rollback()
            one.commit()
            with self.assertRaisesRegex(UserError, "has just taken"):
                theirs.browse(first_id).action_vas_take()
            two.rollback()
