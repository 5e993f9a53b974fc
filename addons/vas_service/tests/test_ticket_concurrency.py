"""Two agents press at the same moment, in two transactions of two connections."""

import threading

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

QUIET = {"tracking_disable": True, "no_reset_password": True}


@tagged("post_install", "-at_install", "vas_concurrency")
class TestTwoAgents(BaseCase):
    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, QUIET)
            agents = env["res.users"]
            for name in ("Agent One", "Agent Two"):
                agents |= new_test_user(
                    env,
                    name.lower().replace(" ", "_"),
                    groups="helpdesk_mgmt.group_helpdesk_user,"
                    "vas_service.group_vas_service_user",
                    name=name,
                )
            awaiting = env.ref("helpdesk_mgmt.helpdesk_ticket_stage_awaiting")
            team = env["helpdesk.ticket.team"].create(
                {"name": "At once", "user_ids": [Command.set(agents.ids)]}
            )
            policy = env["vas.sla.policy"].create(
                {
                    "name": "At once",
                    "sequence": 0,
                    "team_ids": [Command.set(team.ids)],
                    "calendar_id": env.ref("vas_service.calendar_always").id,
                    "pause_rule_ids": [
                        Command.create({"stage_id": awaiting.id, "reason": "Waits"})
                    ],
                    "target_ids": [
                        Command.create(
                            {"name": "Solve", "kind": "resolution", "amount": 8}
                        )
                    ],
                }
            )
            policy.action_activate()
            ticket = env["helpdesk.ticket"].create(
                {
                    "name": "Wanted by two",
                    "description": "<p>x</p>",
                    "team_id": team.id,
                    "user_id": False,
                }
            )
            self.agents, self.team, self.policy = agents.ids, team.id, policy.id
            self.ticket, self.awaiting = ticket.id, awaiting.id
        self.addCleanup(self.clean)

    def clean(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, QUIET)
            env["helpdesk.ticket"].browse(self.ticket).unlink()
            policy = env["vas.sla.policy"].browse(self.policy)
            policy.write({"state": "draft"})
            policy.unlink()
            env["helpdesk.ticket.team"].browse(self.team).unlink()
            people = env["res.users"].browse(self.agents)
            partners = people.partner_id
            people.unlink()
            partners.unlink()

    def _both(self, *presses):
        """Let each agent press once; return what each got, in the order of the end."""
        barrier, results = threading.Barrier(2), []

        def press(user_id, action):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, user_id, QUIET)
                seen = []

                def once():
                    ticket = env["helpdesk.ticket"].browse(self.ticket)
                    if not seen:
                        # Both look at the ticket as it was.
                        ticket.read(["user_id", "stage_id"])
                        barrier.wait(timeout=30)
                    seen.append(1)
                    return action(ticket)

                try:
                    results.append((user_id, retrying(once, env)))
                except UserError as error:
                    results.append((user_id, str(error)))

        threads = [
            threading.Thread(target=press, args=pair)
            for pair in zip(self.agents, presses, strict=True)
        ]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(len(results), 2, "somebody waits for ever")
        return results

    def _look(self, read):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return read(env["helpdesk.ticket"].browse(self.ticket))

    def test_both_take(self):
        results = self._both(
            lambda ticket: ticket.action_vas_take(),
            lambda ticket: ticket.action_vas_take(),
        )
        refused = [text for _user, text in results if isinstance(text, str)]
        owner = self._look(lambda ticket: ticket.user_id.name)
        self.assertEqual(len(refused), 1, results)
        self.assertIn(f"{owner} has just taken", refused[0])

    def test_both_take_next(self):
        """One ticket, two presses: nobody gets the same one."""
        results = self._both(
            lambda ticket: ticket.action_vas_take_next().get("res_id"),
            lambda ticket: ticket.action_vas_take_next().get("res_id"),
        )
        self.assertEqual([got for _user, got in results].count(self.ticket), 1, results)

    def test_both_pause(self):
        def pause(ticket):
            ticket._vas_pause(
                ticket.env["helpdesk.ticket.stage"].browse(self.awaiting), "Parts"
            )

        self._look(lambda ticket: ticket.id)
        results = self._both(pause, pause)
        refused = [text for _user, text in results if text]
        self.assertEqual(len(refused), 1, results)
        self.assertRegex(refused[0], "already, by Agent (One|Two)")
        before, pauses = self._look(
            lambda ticket: (
                ticket.vas_resume_stage_id.id,
                len(ticket.vas_event_ids.filtered(lambda e: e.kind == "pause")),
            )
        )
        self.assertNotEqual(before, self.awaiting, "the way back was lost")
        self.assertEqual(pauses, 1)

    def test_both_solve(self):
        results = self._both(
            lambda ticket: ticket.action_vas_solve(),
            lambda ticket: ticket.action_vas_solve(),
        )
        told = [answer for _user, answer in results if answer]
        self.assertEqual(len(told), 1, results)
        self.assertRegex(told[0]["params"]["message"], "by Agent (One|Two)")
        self.assertTrue(self._look(lambda ticket: ticket.closed))

    def test_one_solves_while_the_other_pauses(self):
        def pause(ticket):
            ticket._vas_pause(
                ticket.env["helpdesk.ticket.stage"].browse(self.awaiting), "Parts"
            )

        results = self._both(lambda ticket: ticket.action_vas_solve(), pause)
        closed = self._look(lambda ticket: ticket.closed)
        paused = self._look(
            lambda ticket: any(clock.paused_since for clock in ticket.vas_clock_ids)
        )
        self.assertTrue(closed, results)
        self.assertFalse(paused, "a solved ticket waits for nobody")
