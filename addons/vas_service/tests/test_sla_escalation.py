"""Escalation with real clocks and the cron; simulation; health."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .sla_common import SlaCase


class EscalationCase(SlaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env, "sla_boss", groups="helpdesk_mgmt.group_helpdesk_user"
        )
        cls.director = new_test_user(
            cls.env, "sla_director", groups="vas_service.group_vas_service_admin"
        )
        cls.team.user_id = cls.boss
        cls.env.ref("vas_service.sla_role_general_manager").write(
            {"kind": "users", "user_ids": [Command.set(cls.director.ids)]}
        )
        cls.plan = cls.env.ref("vas_service.sla_escalation_plan_supervision")
        cls.policy.escalation_plan_id = cls.plan

    def _tick(self, *when):
        with self._at(*when) as now:
            self.env["vas.sla.clock"].search(
                [
                    ("next_action_at", "<=", now),
                    ("ticket_id.team_id", "=", self.team.id),
                ]
            )._escalate(now)

    def _told(self, ticket):
        """What was said to whom."""
        notes = self.env["vas.sla.escalation.log"].search(
            [("clock_id.ticket_id", "=", ticket.id), ("result", "=", "done")],
            order="date, id",
        )
        return [(note.note, set(note.user_ids.mapped("login"))) for note in notes]


@tagged("post_install", "-at_install")
class TestSlaEscalation(EscalationCase):
    def test_supervision_by_message(self):
        """TKT-04: two hours before, four after, and done late."""
        always = self._calendar("Always", [(0, 24)], range(7))
        self.policy.calendar_id = always
        with self._at(2, 6):
            ticket = self._ticket(user_id=self.agent.id)
        clock = self._clock(ticket)
        self.assertEqual(self._local(clock.deadline), (2, 14, 0))
        self.assertEqual(self._local(clock.next_action_at), (2, 12, 0))
        self._tick(2, 11, 59)
        self.assertEqual(self._told(ticket), [])
        self._tick(2, 12)
        self._tick(2, 12, 1)
        both = {"sla_agent", "sla_boss"}
        name = ticket.display_name
        expected = [(f"{name}: due in 2 hours", both)]
        self.assertEqual(self._told(ticket), expected)
        messages = self.env["mail.message"].search(
            [("model", "=", "helpdesk.ticket"), ("res_id", "=", ticket.id)]
        )
        self.assertIn("due in 2 hours", str(messages.mapped("subject")))
        self._tick(2, 18)
        expected.append(
            (
                f"{name}: 4 hours overdue and not done, please follow up",
                {"sla_director"},
            )
        )
        self.assertEqual(self._told(ticket), expected)
        with self._at(2, 18, 30):
            ticket.stage_id = self.done
        self._tick(2, 18, 31)
        expected.append((f"{name}: done 4.5 hours late", both))
        self.assertEqual(self._told(ticket), expected)
        self.assertFalse(clock.next_action_at)
        self.assertEqual(clock.event_ids.mapped("kind").count("escalate"), 3)

    def test_supervision_by_sms(self):
        """TKT-04 as the source has it: three texts to three roles."""
        people = (self.agent, self.boss, self.director)
        for number, user in enumerate(people):
            user.partner_id.phone = f"+861380013800{number}"
        self.policy.escalation_plan_id = self.env.ref(
            "vas_service.sla_escalation_plan_sms"
        )
        self.policy.calendar_id = self._calendar("Always", [(0, 24)], range(7))
        with self._at(2, 6):
            ticket = self._ticket(user_id=self.agent.id)
        self._tick(2, 12)
        self._tick(2, 18)
        with self._at(2, 18, 30):
            ticket.stage_id = self.done
        self._tick(2, 18, 31)
        agent, boss, director = (
            self.env["sms.sms"]
            .search([("partner_id", "=", user.partner_id.id)], order="id")
            .mapped("body")
            for user in people
        )
        name = ticket.display_name
        self.assertEqual(
            agent, [f"{name}: due in 2 hours", f"{name}: done 4.5 hours late"]
        )
        self.assertEqual(boss, agent)
        self.assertEqual(
            director, [f"{name}: 4 hours overdue and not done, please follow up"]
        )

    def test_done_in_time_disturbs_nobody(self):
        with self._at(2, 9):
            ticket = self._ticket(user_id=self.agent.id)
        with self._at(2, 10):
            ticket.stage_id = self.done
        self.assertFalse(self._clock(ticket).next_action_at)

    def test_pause_moves_the_steps_with_the_deadline(self):
        with self._at(2, 9):
            ticket = self._ticket(user_id=self.agent.id)
        clock = self._clock(ticket)
        with self._at(2, 10):
            ticket.stage_id = self.awaiting
        self.assertFalse(clock.next_action_at)
        with self._at(2, 12):
            ticket.stage_id = self.progress
        self.assertEqual(self._local(clock.next_action_at), (3, 9, 0))

    def test_warning_that_was_missed_is_not_given_late(self):
        with self._at(2, 9):
            ticket = self._ticket(user_id=self.agent.id)
        self._tick(4, 9)
        logs = self._clock(ticket).escalation_ids
        self.assertEqual(sorted(logs.mapped("result")), ["done", "missed"])
        self.assertEqual([who for _text, who in self._told(ticket)], [{"sla_director"}])

    def _step(self, **values):
        return self.env["vas.sla.escalation"].create(
            {
                "plan_id": self.plan.id,
                "name": "Extra",
                "target_kind": "resolution",
                "basis": "after",
                "amount": 0,
                "role_ids": [
                    Command.set(self.env.ref("vas_service.sla_role_supervisor").ids)
                ],
            }
            | values
        )

    def test_every_kind_of_action(self):
        self.plan.step_ids.active = False
        action = self.env["ir.actions.server"].create(
            {
                "name": "Block",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "state": "object_write",
                "update_path": "kanban_state",
                "selection_value": self.env["ir.model.fields.selection"]
                .search(
                    [
                        ("field_id.name", "=", "kanban_state"),
                        ("field_id.model", "=", "helpdesk.ticket"),
                        ("value", "=", "blocked"),
                    ]
                )
                .id,
            }
        )
        self.boss.partner_id.phone = "+8613800138000"
        self._step(action="reassign")
        self._step(action="priority", basis="percent", percent=110)
        self._step(action="activity", message="{promise} of {customer}")
        self._step(action="server_action", server_action_id=action.id)
        self._step(action="sms", message="{document}")
        with self._at(2, 9):
            ticket = self._ticket(user_id=self.agent.id)
        self._tick(3, 10)
        results = self._clock(ticket).escalation_ids.mapped("result")
        self.assertEqual(results, ["done"] * 5)
        self.assertEqual(ticket.user_id, self.boss)
        self.assertEqual(ticket.priority, "2")
        self.assertEqual(ticket.kanban_state, "blocked")
        self.assertEqual(ticket.activity_ids.user_id, self.boss)
        self.assertEqual(ticket.activity_ids.summary, "resolution of Customer")
        sms = self.env["sms.sms"].search([("number", "=", "+8613800138000")])
        self.assertIn(ticket.display_name, str(sms.mapped("body")))

    @mute_logger("odoo.addons.vas_service.models.vas_sla_escalation")
    def test_a_step_that_fails_is_written_down_and_stops_nothing(self):
        self.plan.step_ids.active = False
        role = self.env["vas.sla.role"].create({"name": "Nobody", "kind": "users"})
        self._step(role_ids=[Command.set(role.ids)])
        self._step(action="priority")
        with self._at(2, 9):
            ticket = self._ticket()
        self._tick(3, 9)
        logs = self._clock(ticket).escalation_ids
        self.assertEqual(sorted(logs.mapped("result")), ["done", "failed"])
        failed = logs.filtered(lambda log: log.result == "failed")
        self.assertIn("Nobody has the role", failed.note)
        self.assertEqual(ticket.priority, "2")

    def test_nobody_on_the_ticket_reaches_the_next_in_line(self):
        """Without assignee, team leader or superior the general manager is told."""
        self.team.user_id = False
        with self._at(2, 9):
            ticket = self._ticket()
        self._tick(2, 16, 1)
        self.assertEqual([who for _text, who in self._told(ticket)], [{"sla_director"}])

    def test_roles_that_stand_in_for_each_other_are_refused(self):
        supervisor = self.env.ref("vas_service.sla_role_supervisor")
        with self.assertRaisesRegex(ValidationError, "leads back to itself"):
            supervisor.fallback_id.fallback_id = supervisor

    def test_repeats_at_most_so_often(self):
        self.plan.step_ids.active = False
        self._step(every=2, times=3)
        with self._at(2, 9):
            ticket = self._ticket()
        for hour in range(9, 17):
            self._tick(3, hour)
        logs = self._clock(ticket).escalation_ids.sorted("occurrence")
        self.assertEqual(logs.mapped("occurrence"), [1, 2, 3])
        self.assertEqual(
            [self._local(log.planned_at) for log in logs],
            [(2, 17, 0), (3, 11, 0), (3, 13, 0)],
        )

    def test_changed_plan_reaches_open_clocks(self):
        with self._at(2, 9):
            ticket = self._ticket(user_id=self.agent.id)
        with self._at(2, 10):
            self._step(basis="before", amount=5)
            self.env.invalidate_all()
            self.assertTrue(self._clock(ticket).next_action_at)
        self._tick(2, 10, 1)
        self.assertEqual(self._local(self._clock(ticket).next_action_at), (2, 12, 0))
        self.assertEqual(self._told(ticket), [], "nothing was due yet")

    def test_steps_that_cannot_work_are_refused(self):
        for values in (
            {"role_ids": False},
            {"action": "server_action"},
            {"basis": "before", "amount": 0},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._step(**values)

    def test_the_ladder_is_in_the_order_of_time(self):
        """However they were entered; shares among hours, for the shortest promise."""
        plan = self.env["vas.sla.escalation.plan"].create({"name": "Ladder"})
        self.policy.escalation_plan_id = plan
        for name, values in (
            ("late", {"basis": "stopped_late"}),
            ("after", {"amount": 90, "unit": "minutes"}),
            ("deadline", {"amount": 0}),
            ("half", {"basis": "percent", "percent": 50}),
            ("more", {"basis": "percent", "percent": 150}),
            ("hour", {"basis": "before", "amount": 1}),
        ):
            self._step(name=name, plan_id=plan.id, action="priority", **values)
        self.assertEqual(plan.example_hours, 8)
        plan.invalidate_recordset()
        self.assertEqual(
            plan.step_ids.mapped("name"),
            ["half", "hour", "deadline", "after", "more", "late"],
        )
        # Half of an hour and a half is less than an hour before the deadline.
        self.policy.target_ids.filtered(lambda t: t.kind == "resolution").amount = 1.5
        self.env.flush_all()
        plan.invalidate_recordset()
        self.assertEqual(
            plan.step_ids.mapped("name"),
            ["hour", "half", "deadline", "more", "after", "late"],
        )

    def test_what_will_not_happen_is_said_on_the_row(self):
        def said(**values):
            step = self._step(**values)
            warning = step.warning or ""
            step.unlink()
            return warning

        self.assertFalse(any(self.plan.step_ids.mapped("warning")))
        self.assertFalse(said())
        self.assertIn("starts", said(basis="before", amount=8))
        self.assertIn("“Next reply”", said(target_kind="next_reply"))
        self.assertIn("only once", said(every=1))
        self.assertIn("only once", said(times=3))
        self.assertFalse(said(every=1, times=3))
        self.assertIn(
            "at most 3 times", said(basis="before", amount=5, every=2, times=9)
        )
        self.assertIn("{dokument}", said(message="{dokument} of {customer}"))
        twin = self.env.ref("vas_service.sla_escalation_overdue")
        self.assertIn(
            twin.name,
            said(amount=240, unit="minutes", role_ids=[Command.set(twin.role_ids.ids)]),
        )
        self.assertFalse(said(basis="stopped_late", every=1, times=2))
        deals = self.env["vas.sla.policy"].create(
            {
                "name": "Deals",
                "model_id": self.env["ir.model"]._get_id("vas.satisfaction.request"),
                "state": "active",
                "calendar_id": self.calendar.id,
                "escalation_plan_id": self.plan.id,
                "target_ids": [
                    Command.create(
                        {
                            "name": "Answer",
                            "kind": "condition",
                            "amount": 4,
                            "stop_domain": "[('state', '=', 'answered')]",
                        }
                    )
                ],
            }
        )
        self.assertIn("has no priority", said(target_kind=False, action="priority"))
        deals.state = "retired"
        self.assertFalse(said(target_kind=False, action="priority"))

    def test_nothing_comes_after_the_end(self):
        """A step for what was fulfilled late is taken once, whatever it says."""
        self.plan.step_ids.active = False
        self._step(basis="stopped_late", every=1, times=5)
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(3, 9):
            ticket.stage_id = self.done
        for hour in range(9, 17):
            self._tick(3, hour, 1)
        self.assertEqual(len(self._clock(ticket).escalation_ids), 1)

    def test_reasons_of_pauses_are_read_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        rule = self.policy.pause_rule_ids
        rule.with_context(lang="zh_CN").reason = "等待客户"
        with self._at(2, 9):
            ticket = self._ticket(user_id=self.agent.id)
        with self._at(2, 10):
            ticket.stage_id = self.awaiting
        with self._at(2, 11):
            ticket.stage_id = self.progress
        clock = self._clock(ticket)
        with self._at(2, 12) as now:
            clock._move("pause", now, {clock: "In our own words"})
        for lang, word in (("en_US", rule.reason), ("zh_CN", "等待客户")):
            self.env.invalidate_all()
            audit = self.env["vas.sla.pause.audit"].with_context(lang=lang)
            found = audit.search([("clock_id", "=", clock.id)], order="paused_at")
            self.assertEqual(found.mapped("reason"), [word, "In our own words"])
            timeline = clock.with_context(lang=lang)._get_timeline(now)
            reasons = [part["reason"] for part in timeline["segments"]]
            self.assertIn(word, reasons)
            self.assertEqual(found[0].action_open_ticket()["res_id"], ticket.id)

    def test_a_step_that_was_taken_stays(self):
        with self._at(2, 9):
            self._ticket(user_id=self.agent.id)
        self._tick(4, 9)
        with self.assertRaisesRegex(UserError, "Archive"):
            self.env.ref("vas_service.sla_escalation_overdue").unlink()

    def test_agents_read_and_change_nothing(self):
        with self.assertRaises(AccessError):
            self.plan.with_user(self.agent).name = "Mine"
        with self.assertRaises(AccessError):
            self.env["vas.sla.escalation.log"].with_user(self.director).create(
                {"clock_id": 1, "step_id": 1}
            )

    def test_a_tick_asks_no_more_for_many_open_clocks(self):
        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self._at(2, 9, 1) as now:
                self.env["vas.sla.clock"].search(
                    [("next_action_at", "<=", now)], order="next_action_at, id", limit=5
                )._escalate(now)
            return self.env.cr.sql_log_count - before

        with self._at(2, 9):
            self._ticket()
            few = cost()
            self.env["helpdesk.ticket"].create(
                [
                    {
                        "name": "T",
                        "description": "<p>x</p>",
                        "team_id": self.team.id,
                        "number": f"ESC{number}",
                    }
                    for number in range(30)
                ]
            )
        self.assertEqual(cost(), few)


@tagged("post_install", "-at_install")
class TestSlaSimulation(SlaCase):
    def _history(self):
        """Ten tickets solved after 1 … 10 working hours, with a pause of an hour."""
        tickets = self.env["helpdesk.ticket"]
        for hours in range(1, 11):
            with self._at(2, 9):
                ticket = self._ticket()
            with self._at(2, 9, 15):
                ticket.stage_id = self.awaiting
            with self._at(2, 10, 15):
                ticket.stage_id = self.progress
            day, rest = divmod(hours + 1, 8)
            with self._at(2 + day, 9 + rest):
                ticket.stage_id = self.done
            tickets |= ticket
        return tickets

    def _simulate(self, **values):
        simulation = self.env["vas.sla.simulation"].create(
            {
                "date_from": "2026-03-01",
                "date_to": "2026-03-31",
                "percent": 80,
            }
            | values
        )
        simulation.action_run()
        return simulation

    def test_draft_policy_on_the_past(self):
        tickets = self._history()
        before = [
            (clock.deadline, clock.outcome, clock.policy_id, clock.write_date)
            for clock in tickets.vas_clock_ids
        ]
        draft = self.policy.copy(
            {"name": "Tighter", "team_ids": self.policy.team_ids.ids}
        )
        self.assertEqual(draft.state, "draft")
        draft.target_ids.filtered(lambda t: t.kind == "resolution").amount = 4
        draft.target_ids.filtered(lambda t: t.kind == "first_response").unlink()
        with self._at(20, 9):
            simulation = self._simulate(policy_id=draft.id)
        self.assertEqual(simulation.judged_count, 10)
        self.assertEqual((simulation.broken_before, simulation.broken_after), (2, 6))
        self.assertEqual((simulation.better_count, simulation.worse_count), (0, 4))
        self.assertEqual(simulation.target_ids.needed_hours, 8, "80 % in 8 hours")
        self.assertEqual(sum(simulation.group_ids.mapped("broken_after")), 6)
        self.assertEqual(set(simulation.flip_ids.mapped("effect")), {"worse"})
        self.env.invalidate_all()
        after = [
            (clock.deadline, clock.outcome, clock.policy_id, clock.write_date)
            for clock in tickets.vas_clock_ids
        ]
        self.assertEqual(after, before)
        target = draft.target_ids
        target.amount = 8
        with self._at(20, 9):
            self.assertEqual(self._simulate(policy_id=draft.id).flip_ids.ids, [])

    def test_draft_hours_on_the_past(self):
        self._history()
        always = self._calendar("Always", [(0, 24)], range(7))
        with self._at(20, 9):
            simulation = self._simulate(
                calendar_id=always.id, replaced_calendar_id=self.calendar.id
            )
        self.assertEqual(simulation.judged_count, 20)
        self.assertGreater(simulation.worse_count, 0)

    def test_queries_do_not_grow_with_the_history(self):
        def cost(simulation):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            simulation._judge(fields.Datetime.now())
            return self.env.cr.sql_log_count - before

        self._history()
        with self._at(20, 9):
            simulation = self._simulate(policy_id=self.policy.id)
            few = cost(simulation)
            with self._at(3, 9):
                for number in range(3):
                    self._ticket(number=f"SIM{number}")
            self.assertEqual(cost(simulation), few)

    def _deals(self):
        """Ten deals with an offer after 1 … 10 working hours; one stood still."""
        deals = self.env["crm.lead"].create(
            [{"name": f"Deal {n}", "priority": "1"} for n in range(10)]
        )
        for hours, deal in enumerate(deals, 1):
            day, rest = divmod(hours, 8)
            with self._at(2 + day, 9 + rest):
                deal.expected_revenue = 100
        return deals

    def _deal_policy(self, **values):
        offer = {
            "name": "Offer",
            "kind": "condition",
            "amount": 8,
            "stop_domain": "[('expected_revenue', '>', 0)]",
        }
        return self.env["vas.sla.policy"].create(
            {
                "name": "Offers",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "calendar_id": self.calendar.id,
                "domain": "[('name', 'like', 'Deal ')]",
                "target_ids": [Command.create(offer)],
            }
            | values
        )

    def test_documents_of_any_kind_on_the_past(self):
        """Deals are judged by the ledger of their clocks, like tickets."""
        policy = self._deal_policy()
        policy.action_activate()
        with self._at(2, 9):
            deals = self._deals()
        draft = policy.copy({"name": "Tighter"})
        draft.target_ids.amount = 5
        with self._at(20, 9):
            simulation = self._simulate(policy_id=draft.id, percent=90)
        self.assertEqual(simulation.judged_count, 10)
        self.assertEqual((simulation.broken_before, simulation.broken_after), (3, 5))
        self.assertEqual(simulation.worse_count, 2)
        self.assertEqual(simulation.target_ids.needed_hours, 9, "90 % in 9 hours")
        flips = simulation.flip_ids
        self.assertEqual(set(flips.mapped("document")), {"Deal 5", "Deal 6"})
        action = flips[0].action_open_record()
        self.assertEqual(action["res_model"], "crm.lead")
        self.assertIn(action["res_id"], deals.ids)
        with self._at(20, 9):
            hours = self._calendar("Mornings", [(9, 12)])
            simulation = self._simulate(
                calendar_id=hours.id, replaced_calendar_id=self.calendar.id
            )
        self.assertEqual(simulation.judged_count, 10, "without a policy: all clocks")

    def test_what_the_past_does_not_tell_is_counted_apart(self):
        """No clock ran: a condition leaves no trace, a filled-in date does."""
        date = self.env["ir.model.fields"]._get("crm.lead", "date_closed")
        with self._at(2, 9):
            deals = self._deals()
        deals[0].date_closed = self._utc(2026, 3, 2, 11)
        deals[1].date_closed = self._utc(2026, 3, 4, 11)
        closed = {"name": "Closed", "kind": "date", "amount": 8}
        draft = self._deal_policy()
        draft.target_ids = [Command.create(closed | {"date_field_id": date.id})]
        with self._at(20, 9):
            simulation = self._simulate(policy_id=draft.id)
        self.assertEqual(simulation.unknown_count, 10, "the offers")
        self.assertEqual(simulation.judged_count, 10)
        self.assertEqual(simulation.new_count, 10)
        self.assertEqual(simulation.broken_after, 9)

    def test_nothing_to_try_is_said(self):
        with self.assertRaisesRegex(UserError, "nothing to try"):
            self._simulate()

    def test_only_managers_simulate(self):
        with self.assertRaises(AccessError):
            self.env["vas.sla.simulation"].with_user(self.agent).create({})


@tagged("post_install", "-at_install")
class TestSlaHealth(SlaCase):
    def _findings(self):
        action = self.env["vas.sla.health"].action_check()
        health = self.env["vas.sla.health"].browse(action["res_id"])
        return {
            (line.check_name, line.res_model, line.res_id): line
            for line in health.line_ids
        }

    def test_what_cannot_work_is_found(self):
        empty = self._calendar("Never open", [])
        unreachable = self._policy(
            "Nowhere", resolution=1, sequence=0, calendar_id=empty.id
        )
        unused = self._policy(
            "Unused", resolution=1, domain="[('name', '=', 'never was')]"
        )
        shadow = self._policy("Shadow", resolution=2, sequence=2)
        self.env["vas.calendar.exception"].create(
            {
                "calendar_id": self.calendar.id,
                "name": "Holiday",
                "date": fields.Date.today() + timedelta(days=3),
                "kind": "closed",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        self.policy.calendar_id = self.calendar
        unreachable.state = "draft"
        self._ticket()
        unreachable.state = "active"
        unreachable.domain = "[('name', '=', 'never was')]"
        found = self._findings()
        self.assertIn(("unreachable", "resource.calendar", empty.id), found)
        self.assertIn(("unused", "vas.sla.policy", unused.id), found)
        self.assertIn(("overlap", "vas.sla.policy", shadow.id), found)
        self.assertIn(("holidays", "resource.calendar", self.calendar.id), found)
        self.assertNotIn(("unused", "vas.sla.policy", self.policy.id), found)
        line = found["overlap", "vas.sla.policy", shadow.id]
        self.assertIn("Standard", line.text)
        self.assertEqual(line.action_fix()["res_id"], shadow.id)

    def test_zone_that_does_not_exist(self):
        calendar = self._calendar("Old", [(9, 17)])
        self.policy.calendar_id = calendar
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE resource_calendar SET tz = 'Mars/Base' WHERE id = %s", [calendar.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertIn(("zone", "resource.calendar", calendar.id), self._findings())
