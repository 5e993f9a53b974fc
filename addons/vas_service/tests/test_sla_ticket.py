"""Tickets and their clocks. 2 March 2026 is a Monday; the office opens 9–17."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .sla_common import SlaCase


@tagged("post_install", "-at_install")
class TestSlaTicket(SlaCase):
    def test_new_ticket_gets_the_clocks_of_its_policy(self):
        with self._at(2, 15):
            ticket = self._ticket()
        self.assertEqual(ticket.vas_policy_id, self.policy)
        self.assertEqual(self._deadline(ticket, "first_response"), (2, 17, 0))
        self.assertEqual(self._deadline(ticket), (3, 15, 0))
        self.assertEqual(
            self._local(ticket.vas_next_deadline), (2, 17, 0), "the earliest one"
        )
        self.assertEqual(self._clock(ticket).event_ids.mapped("kind"), ["start"])

    def test_states_follow_the_time_without_being_stored(self):
        with self._at(2, 9):
            ticket = self._ticket()
        for when, state in (
            ((2, 10), "running"),
            ((2, 15, 1), "at_risk"),
            ((2, 17), "at_risk"),
            ((3, 9, 1), "breached"),
        ):
            with self.subTest(when=when), self._at(*when):
                self.assertEqual(self._state(ticket), state)
                clocks = self.env["vas.sla.clock"].search(
                    [("state", "=", state), ("kind", "=", "resolution")]
                )
                self.assertIn(self._clock(ticket), clocks)
                others = self.env["vas.sla.clock"].search(
                    [("state", "!=", state), ("ticket_id", "=", ticket.id)]
                )
                self.assertNotIn(self._clock(ticket), others)

    def test_pause_moves_the_deadline_by_the_working_time_in_it(self):
        with self._at(2, 10):
            ticket = self._ticket()
        with self._at(2, 12):
            ticket.stage_id = self.awaiting
        self.assertEqual(self._state(ticket), "paused")
        self.assertEqual(self._clock(ticket).pause_reason, "Waiting for the customer")
        self.assertFalse(ticket.vas_next_deadline, "a paused ticket is not next")
        with self._at(4, 10):
            ticket.stage_id = self.progress
        # Paused: 5 h on Monday, 8 h on Tuesday, 1 h on Wednesday.
        self.assertEqual(self._clock(ticket).paused_seconds, 14 * 3600)
        self.assertEqual(self._deadline(ticket), (4, 16, 0))

    def test_pause_outside_hours_counts_nothing(self):
        with self._at(2, 10):
            ticket = self._ticket()
        with self._at(2, 20):
            ticket.stage_id = self.awaiting
        with self._at(3, 8):
            ticket.stage_id = self.progress
        self.assertEqual(self._deadline(ticket), (3, 10, 0))
        self.assertEqual(self._clock(ticket).paused_seconds, 0)

    def test_ticket_created_in_a_pausing_stage_is_paused(self):
        with self._at(2, 10):
            ticket = self._ticket(stage_id=self.awaiting.id)
        with self._at(2, 12):
            ticket.stage_id = self.progress
        self.assertEqual(self._deadline(ticket), (3, 12, 0))

    def test_pause_straight_to_solved(self):
        with self._at(2, 10):
            ticket = self._ticket()
        with self._at(2, 12):
            ticket.stage_id = self.awaiting
        with self._at(3, 12):
            ticket.stage_id = self.done
        clock = self._clock(ticket)
        self.assertEqual(clock.outcome, "met")
        self.assertEqual(clock.elapsed_seconds, 2 * 3600)
        self.assertEqual(
            clock.event_ids.sorted("id").mapped("kind"),
            ["start", "pause", "resume", "stop"],
        )

    def test_solved_at_the_deadline_is_met_one_second_later_is_late(self):
        with self._at(2, 9):
            tickets = self._ticket() | self._ticket()
        with self._at(2, 17):
            tickets[0].stage_id = self.done
        with self._at(3, 9, 0, 1):
            tickets[1].stage_id = self.done
        self.assertEqual(
            [self._clock(ticket).outcome for ticket in tickets], ["met", "late"]
        )
        self.assertEqual(self._clock(tickets[1]).success_rate, 0)

    def test_reopening_does_not_consume_solved_time(self):
        with self._at(2, 10):
            ticket = self._ticket()
        with self._at(2, 12):
            ticket.stage_id = self.done
        with self._at(3, 12):
            ticket.stage_id = self.progress
        clock = self._clock(ticket)
        self.assertEqual((clock.outcome, clock.stopped_at), ("open", False))
        self.assertEqual(clock.solved_seconds, 8 * 3600)
        self.assertEqual(self._deadline(ticket), (4, 10, 0))

    def test_several_reopenings(self):
        with self._at(2, 9):
            ticket = self._ticket()
        for hour in (10, 12, 14):
            with self._at(2, hour):
                ticket.stage_id = self.done
            with self._at(2, hour + 1):
                ticket.stage_id = self.progress
        self.assertEqual(self._deadline(ticket), (3, 12, 0))

    def test_broken_promise_stays_broken(self):
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(3, 10):
            ticket.stage_id = self.awaiting
            self.assertEqual(self._state(ticket), "breached")
            self.assertIn(
                self._clock(ticket),
                self.env["vas.sla.clock"].search([("state", "=", "breached")]),
            )
        with self._at(4, 10):
            ticket.stage_id = self.progress
        self.assertEqual(self._deadline(ticket), (2, 17, 0))
        with self._at(4, 11):
            ticket.stage_id = self.done
        self.assertEqual(self._clock(ticket).outcome, "late")

    def test_cancelled_ticket_counts_neither_way(self):
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(5, 9):
            ticket.stage_id = self.cancelled
        self.assertEqual(self._clock(ticket).outcome, "withdrawn")
        with self._at(6, 9):
            ticket.stage_id = self.progress
        self.assertEqual(self._clock(ticket).outcome, "open")

    # -- first response ---------------------------------------------------------

    def _say(self, ticket, author, **values):
        return ticket.with_user(author).message_post(
            body="Hello",
            **{"message_type": "comment", "subtype_xmlid": "mail.mt_comment"} | values,
        )

    def test_first_message_to_the_customer_answers(self):
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 9, 30):
            self._say(ticket, self.agent, subtype_xmlid="mail.mt_note")
        self.assertFalse(ticket.vas_first_response_date, "an internal note")
        with self._at(2, 10):
            portal = new_test_user(self.env, "sla_portal", groups="base.group_portal")
            portal.partner_id.parent_id = self.customer
            ticket.message_subscribe(portal.partner_id.ids)
            self._say(ticket, portal)
        self.assertFalse(ticket.vas_first_response_date, "the customer's own message")
        with self._at(2, 10, 30) as answered:
            self._say(ticket, self.agent)
        clock = self._clock(ticket, "first_response")
        self.assertEqual(ticket.vas_first_response_date, answered)
        self.assertEqual((clock.outcome, clock.elapsed_seconds), ("met", 5400))
        self.assertEqual(self._clock(ticket).outcome, "open")
        with self._at(2, 12):
            self._say(ticket, self.agent)
        self.assertEqual(clock.stopped_at, answered)

    def test_solution_without_answer_answers_too(self):
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 10):
            ticket.stage_id = self.done
        self.assertEqual(self._clock(ticket, "first_response").outcome, "met")

    # -- matching ---------------------------------------------------------------

    def test_first_policy_that_fits_holds(self):
        urgent = self._policy("Urgent", resolution=1, priority="3", sequence=0)
        with self._at(2, 9):
            self.assertEqual(self._ticket(priority="3").vas_policy_id, urgent)
            self.assertEqual(self._ticket(priority="1").vas_policy_id, self.policy)
        urgent.sequence = 2
        with self._at(2, 9):
            self.assertEqual(self._ticket(priority="3").vas_policy_id, self.policy)

    def test_grade_class_and_further_conditions_choose(self):
        grade = self.env["vas.grade"].create({"name": "Test", "code": "T"})
        kind = self.env["vas.customer.class"].create({"name": "Test", "code": "t"})
        self._policy(
            "Graded",
            resolution=1,
            sequence=0,
            grade_ids=[Command.set(grade.ids)],
            customer_class_ids=[Command.set(kind.ids)],
            domain="[('name', 'ilike', 'fire')]",
        )
        self._set_grade(self.customer, grade)
        with self._at(2, 9):
            self.assertEqual(self._ticket().vas_policy_id, self.policy)
        self.customer.sudo().vas_customer_class_id = kind
        with self._at(2, 9):
            ticket = self._ticket()
            self.assertEqual(ticket.vas_policy_id.name, "Graded")
            self.assertEqual(self._clock(ticket).grade_id, grade)
            other = self._ticket(name="Paper jam")
            self.assertEqual(other.vas_policy_id, self.policy)
            other.name = "Paper on fire"
        self.assertEqual(other.vas_policy_id.name, "Graded", "a field of the condition")

    def _set_grade(self, partner, grade):
        partner.sudo().vas_grade_id = grade

    def test_change_of_priority_keeps_the_pauses(self):
        """anchors §1.4, first defect: a swap of policies must not lose the pause."""
        self._policy("Urgent", resolution=6, priority="3", sequence=0)
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 10):
            ticket.stage_id = self.awaiting
        with self._at(4, 10):
            ticket.stage_id = self.progress
        with self._at(4, 11):
            ticket.priority = "3"
        self.assertEqual(ticket.vas_policy_id.name, "Urgent")
        self.assertEqual(self._deadline(ticket), (4, 15, 0))
        event = self._clock(ticket).event_ids.sorted("id")[-1]
        self.assertEqual((event.kind, event.reason), ("policy", "Urgent"))
        self.assertEqual(
            self._clock(ticket, "first_response").outcome,
            "withdrawn",
            "Urgent promises no answer",
        )
        with self._at(4, 12):
            ticket.priority = "1"
        self.assertEqual(self._deadline(ticket), (4, 17, 0))
        self.assertEqual(self._clock(ticket, "first_response").outcome, "open")

    def test_change_rules(self):
        for rule, deadline in (
            ("retroactive", (2, 13, 0)),
            ("carry", (2, 13, 0)),
            ("restart", (2, 15, 0)),
        ):
            policy = self._policy(
                rule, resolution=4, priority="3", sequence=0, change_rule=rule
            )
            with self.subTest(rule=rule):
                with self._at(2, 9):
                    ticket = self._ticket()
                with self._at(2, 11):
                    ticket.priority = "3"
                self.assertEqual(self._deadline(ticket), deadline)
            policy.state = "retired"

    def test_move_to_a_team_with_other_hours(self):
        always = self._calendar("Always", [(0, 24)], range(7))
        other = self.team.copy({"name": "Night", "vas_calendar_id": always.id})
        self.policy.team_ids |= other
        with self._at(2, 15):
            ticket = self._ticket()
        with self._at(2, 16):
            ticket.team_id = other
        self.assertEqual(self._clock(ticket).calendar_id, always)
        self.assertEqual(self._deadline(ticket), (2, 23, 0))

    def test_ticket_without_policy_says_why(self):
        self.env["vas.sla.policy"].search([]).state = "retired"
        ticket = self._ticket()
        self.assertFalse(ticket.vas_clock_ids)
        self.assertEqual(
            ticket.vas_sla["why"], "No policy is in force for this company."
        )
        self._policy("Other", resolution=1, priority="3")
        ticket.invalidate_recordset()
        self.assertIn("None of the 1 policies in force fits", ticket.vas_sla["why"])
        self.assertFalse(ticket.vas_sla_state)

    # -- policies ---------------------------------------------------------------

    def test_edit_reaches_open_tickets_when_told_to(self):
        with self._at(2, 9):
            ticket, solved = self._ticket(), self._ticket()
        with self._at(2, 10):
            solved.stage_id = self.done
        closed_deadline = self._clock(solved).deadline
        target = self.policy.target_ids.filtered(lambda t: t.kind == "resolution")
        target.amount = 4
        self.assertEqual(self.policy.version, 2)
        self.assertEqual(self._deadline(ticket), (2, 17, 0), "goes on unchanged")
        self.assertEqual(self.policy.outdated_clock_count, 2)
        with self._at(2, 11):
            self._apply(policy=self.policy)
        self.assertEqual(self._deadline(ticket), (2, 13, 0))
        self.assertEqual(self._clock(solved).deadline, closed_deadline, "is frozen")
        self.assertEqual(self._clock(ticket).policy_version, 2)
        self.policy.invalidate_recordset()
        self.assertEqual(self.policy.outdated_clock_count, 0)

    def test_wrong_conditions_are_refused(self):
        for domain in ("[('no_such_field', '=', 1)]", "name = 1", "[(", "{}"):
            with (
                self.subTest(domain=domain),
                self.assertRaisesRegex(ValidationError, "Standard.*Further conditions"),
            ):
                self.policy.domain = domain

    def test_wrong_targets_are_refused(self):
        target = self.policy.target_ids[0]
        with self.assertRaisesRegex(ValidationError, "whole number"):
            target.write({"unit": "days", "amount": 1.5})
        with self.assertRaisesRegex(ValidationError, "promises nothing"):
            self.env["vas.sla.policy"].create({"name": "Empty"}).action_activate()

    def test_calendar_without_hours_is_a_clear_error(self):
        nobody = self.env["resource.calendar"].create({"name": "Nobody"})
        nobody.attendance_ids = [Command.clear()]
        self.policy.calendar_id = nobody
        with self.assertRaisesRegex(UserError, "Nobody.*too little open time"):
            self._ticket()

    def test_matching_count_leaves_out_what_others_get(self):
        self.env["vas.sla.policy"].search(
            [("id", "!=", self.policy.id)]
        ).state = "retired"
        urgent = self._policy("Urgent", resolution=1, priority="3", sequence=0)
        self._ticket()
        self._ticket(priority="3")
        self.assertEqual((self.policy.matching_count, urgent.matching_count), (1, 1))
        action = self.policy.action_view_matching()
        self.assertEqual(self.env["helpdesk.ticket"].search_count(action["domain"]), 1)

    def test_used_targets_stay(self):
        self._ticket()
        with self.assertRaisesRegex(ValidationError, "Archive it instead"):
            self.policy.target_ids.unlink()

    # -- ledger -----------------------------------------------------------------

    def test_ledger_is_only_added_to(self):
        event = self._clock(self._ticket()).event_ids
        with self.assertRaisesRegex(UserError, "cannot be changed"):
            event.reason = "It was not me"
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            event.unlink()

    def test_effects_in_words(self):
        with self._at(2, 10):
            ticket = self._ticket()
        with self._at(2, 12):
            ticket.stage_id = self.awaiting
        with self._at(2, 13, 30):
            ticket.stage_id = self.progress
        event = self._clock(ticket).event_ids.filtered(lambda e: e.kind == "resume")
        event = event.with_context(tz="Europe/Berlin", lang="en_US")
        self.assertEqual(
            event.effect,
            "1 h 30 min of working time not counted; "
            "Due 2026-03-03 11:30 instead of 2026-03-03 10:00",
        )

    def test_deleting_a_ticket_deletes_its_clocks(self):
        ticket = self._ticket()
        clocks = ticket.vas_clock_ids
        ticket.unlink()
        self.assertFalse(clocks.exists())

    def test_copied_ticket_gets_clocks_of_its_own(self):
        ticket = self._ticket()
        copy = ticket.copy()
        self.assertEqual(len(copy.vas_clock_ids), 2)
        self.assertFalse(copy.vas_clock_ids & ticket.vas_clock_ids)

    # -- one engine -------------------------------------------------------------

    def test_live_and_recomputed_deadlines_agree(self):
        with self._at(2, 9):
            ticket = self._ticket()
        steps = (
            ((2, 11), self.awaiting),
            ((3, 10), self.progress),
            ((3, 11), self.done),
            ((4, 9), self.awaiting),
            ((4, 14), self.progress),
        )
        for when, stage in steps:
            with self._at(*when):
                ticket.stage_id = stage
        live = self._clock(ticket).deadline
        self.policy._bump_version()
        with self._at(4, 15):
            self._apply(policy=self.policy)
        self.assertEqual(self._clock(ticket).policy_version, self.policy.version)
        self.assertEqual(self._clock(ticket).deadline, live)

    # -- batches ----------------------------------------------------------------

    def _count(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_queries_do_not_grow_with_the_batch(self):
        """What the clocks add to a batch costs the same for 1 and for 50 tickets."""
        values = {
            "name": "T",
            "description": "<p>x</p>",
            "team_id": self.team.id,
            "partner_id": self.customer.id,
        }
        model = self.env["helpdesk.ticket"]
        numbers = iter(range(1000))

        def create(count):
            return model.sudo().create(
                [dict(values, number=f"SLA{next(numbers)}") for _n in range(count)]
            )

        def added(count):
            bare = self._count(lambda: create_bare(count))
            return self._count(lambda: create(count)) - bare

        def create_bare(count):
            model.sudo().with_context(vas_sla_replay=True).create(
                [dict(values, number=f"SLA{next(numbers)}") for _n in range(count)]
            )

        added(2)
        one, fifty = added(1), added(50)
        self.assertLessEqual(fifty, one)
        tickets = create(51)

        def move(some, stage, **context):
            return self._count(
                lambda: (
                    some.sudo().with_context(**context).write({"stage_id": stage.id})
                )
            )

        def added_by_move(some):
            bare = move(some, self.progress, vas_sla_replay=True)
            paused = move(some, self.awaiting) - bare
            resumed = move(some, self.progress) - bare
            return paused, resumed

        one, fifty = added_by_move(tickets[0]), added_by_move(tickets[1:])
        self.assertLessEqual(fifty[0], one[0])
        self.assertLessEqual(fifty[1], one[1])

    def test_a_list_without_promises_costs_the_same_however_long(self):
        """Why nothing is promised is said from one count of the policies in force."""
        self.env["vas.sla.policy"].search([("state", "=", "active")]).action_retire()
        tickets = self.env["helpdesk.ticket"].create(
            [
                {"name": "T", "description": "<p>x</p>", "team_id": self.team.id}
                for _n in range(21)
            ]
        )
        self.assertIn("No policy is in force", tickets[0].vas_sla["why"])

        def read(some):
            return self._count(lambda: some.mapped("vas_sla"))

        read(tickets)
        self.assertEqual(read(tickets[1:]), read(tickets[:1]))

    # -- who may what -----------------------------------------------------------

    def test_agent_works_and_reads_but_changes_no_rule(self):
        ticket = self._ticket().with_user(self.agent)
        ticket.stage_id = self.awaiting
        self.assertEqual(ticket.vas_sla_state, "paused")
        self.assertEqual(len(ticket.vas_event_ids), 4)
        self.assertTrue(ticket.vas_clock_ids.mapped("policy_id.name"))
        with self.assertRaises(AccessError):
            ticket.vas_policy_id.sudo(False).write({"sequence": 5})
        with self.assertRaises(AccessError):
            ticket.vas_clock_ids.write({"deadline": "2030-01-01"})
        with self.assertRaises(AccessError):
            self.policy.with_user(self.agent).action_apply_to_open()

    def test_user_cannot_rewrite_the_past(self):
        forged = self.env["helpdesk.ticket"].with_user(self.agent)
        with self._at(4, 9) as now:
            ticket = forged.with_context(vas_sla_at="2026-01-01 08:00:00").create(
                {
                    "name": "Old",
                    "description": "<p>x</p>",
                    "team_id": self.team.id,
                }
            )
            self.assertEqual(ticket.vas_clock_ids.mapped("start"), [now, now])
            ticket.with_context(vas_sla_replay=True).stage_id = self.done
        self.assertEqual(set(ticket.sudo().vas_clock_ids.mapped("outcome")), {"met"})

    def test_plain_employee_sees_the_promise_of_a_followed_ticket(self):
        employee = new_test_user(self.env, "sla_employee")
        ticket = self._ticket()
        ticket.message_subscribe(employee.partner_id.ids)
        mine = ticket.with_user(employee)
        self.assertEqual(mine.vas_sla_state, "running")
        self.assertEqual(len(mine.vas_sla["clocks"]), 2)
        with self.assertRaises(AccessError):
            mine.vas_clock_ids.mapped("deadline")

    def test_portal_customer_sees_the_state_and_no_internals(self):
        portal = new_test_user(self.env, "sla_portal", groups="base.group_portal")
        ticket = self._ticket(partner_id=portal.partner_id.id)
        foreign = self._ticket()
        mine = ticket.with_user(portal)
        self.assertEqual(mine.vas_sla_state, "running")
        self.assertEqual(
            self.env["helpdesk.ticket"]
            .with_user(portal)
            .search([("vas_sla_state", "=", "running")]),
            mine,
        )
        for field in ("vas_sla", "vas_policy_id", "vas_clock_ids", "vas_event_ids"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                mine.read([field])
        for model in ("vas.sla.policy", "vas.sla.clock", "vas.sla.event"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(portal).search([])
        with self.assertRaises(AccessError):
            foreign.with_user(portal).read(["vas_sla_state"])

    def test_salesperson_cannot_edit_policies(self):
        sales = new_test_user(
            self.env, "sla_sales", groups="sales_team.group_sale_salesman"
        )
        with self.assertRaises(AccessError):
            self.policy.with_user(sales).read(["name"])
        manager = new_test_user(
            self.env, "sla_manager", groups="vas_service.group_vas_service_manager"
        )
        self.assertEqual(self.policy.with_user(manager).name, "Standard")
        with self.assertRaises(AccessError):
            self.policy.with_user(manager).name = "Mine"
        admin = new_test_user(
            self.env, "sla_admin", groups="vas_service.group_vas_service_admin"
        )
        self.policy.with_user(admin).name = "Ours"

    def test_second_company_sees_and_gets_only_its_own(self):
        other = self.env["res.company"].create({"name": "Second"})
        self.policy.company_id = self.env.company
        stranger = new_test_user(
            self.env,
            "sla_stranger",
            groups="vas_service.group_vas_service_user",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        ticket = self._ticket()
        self.assertFalse(
            self.env["vas.sla.clock"]
            .with_user(stranger)
            .search([("ticket_id", "=", ticket.id)])
        )
        with self.assertRaises(AccessError):
            self.policy.with_user(stranger).read(["name"])
        self.team.company_id = False
        theirs = self.env["helpdesk.ticket"].create(
            {
                "name": "T",
                "description": "<p>x</p>",
                "company_id": other.id,
                "team_id": self.team.id,
            }
        )
        self.assertNotEqual(theirs.vas_policy_id, self.policy)
