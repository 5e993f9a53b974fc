"""Every kind of target, clocks on any model, versions and changes while running.

2 March 2026 is a Monday; the office opens 9–17.
"""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .sla_common import SlaCase


@tagged("post_install", "-at_install")
class TestSlaTargets(SlaCase):
    def _target(self, **values):
        return self.env["vas.sla.target"].create(
            {
                "policy_id": self.policy.id,
                "name": "Extra",
                "amount": 1,
                "unit": "hours",
            }
            | values
        )

    def _clock_of(self, target, record):
        return (
            self.env["vas.sla.clock"]
            .with_context(active_test=False)
            .search([("target_id", "=", target.id), ("res_id", "=", record.id)])
        )

    def _say(self, ticket, author):
        return ticket.with_user(author).message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"
        )

    def test_reaching_a_stage(self):
        target = self._target(
            kind="stage", stage_ids=[Command.set(self.progress.ids)], amount=1
        )
        with self._at(2, 9):
            ticket = self._ticket()
        clock = self._clock_of(target, ticket)
        self.assertEqual(self._local(clock.deadline), (2, 10, 0))
        with self._at(2, 9, 40):
            ticket.stage_id = self.progress
        self.assertEqual((clock.outcome, clock.elapsed_seconds), ("met", 2400))
        with self._at(2, 12):
            ticket.stage_id = self.awaiting
        self.assertEqual(clock.outcome, "met", "a stage that was reached was reached")

    def test_time_to_own(self):
        target = self._target(kind="owner", amount=30, unit="minutes")
        with self._at(2, 9):
            ticket = self._ticket(user_id=False)
        clock = self._clock_of(target, ticket)
        self.assertEqual(clock.outcome, "open")
        with self._at(2, 10):
            ticket.user_id = self.agent
        self.assertEqual(clock.outcome, "late")
        self.assertEqual(clock.user_id, self.agent)

    def test_until_a_date_field(self):
        field = self.env["ir.model.fields"]._get("helpdesk.ticket", "assigned_date")
        target = self._target(kind="date", date_field_id=field.id, amount=2)
        with self._at(2, 9):
            ticket = self._ticket(user_id=False)
        clock = self._clock_of(target, ticket)
        with self._at(2, 12):
            ticket.assigned_date = self._utc(2026, 3, 2, 10, 30)
        self.assertEqual(clock.stopped_at, self._utc(2026, 3, 2, 10, 30))
        self.assertEqual(clock.outcome, "met", "the date counts, not its entry")
        with self._at(2, 13):
            ticket.assigned_date = False
        self.assertEqual(clock.outcome, "open", "no date any more")

    def test_condition_with_its_own_start(self):
        target = self._target(
            kind="condition",
            start_domain="[('kanban_state', '=', 'blocked')]",
            stop_domain="[('kanban_state', '=', 'done')]",
            amount=3,
        )
        with self._at(2, 9):
            ticket = self._ticket()
        self.assertFalse(self._clock_of(target, ticket))
        with self._at(2, 11):
            ticket.kanban_state = "blocked"
        clock = self._clock_of(target, ticket)
        self.assertEqual(self._local(clock.deadline), (2, 14, 0))
        with self._at(2, 12):
            ticket.kanban_state = "done"
        self.assertEqual((clock.outcome, clock.elapsed_seconds), ("met", 3600))
        with self._at(2, 13):
            ticket.kanban_state = "blocked"
        self.assertEqual(clock.outcome, "open", "fulfilment undone: runs on")
        self.assertEqual(clock.solved_seconds, 3600)

    def test_calendar_time_never_closes(self):
        hours = self._target(
            name="24 h", kind="owner", unit="calendar_hours", amount=24
        )
        days = self._target(
            name="2 days",
            kind="stage",
            stage_ids=[Command.set(self.progress.ids)],
            unit="calendar_days",
            amount=2,
        )
        with self._at(6, 16):
            ticket = self._ticket(user_id=False)
        self.assertEqual(
            self._local(self._clock_of(hours, ticket).deadline), (7, 16, 0)
        )
        self.assertEqual(self._local(self._clock_of(days, ticket).deadline), (8, 16, 0))
        with self._at(6, 18):
            ticket.stage_id = self.awaiting
        with self._at(6, 20):
            ticket.user_id = self.agent
        clock = self._clock_of(hours, ticket)
        self.assertEqual((clock.elapsed_seconds, clock.paused_seconds), (7200, 7200))

    def test_next_reply_starts_with_each_question_and_ends_with_each_answer(self):
        target = self._target(name="Next reply", kind="next_reply", amount=2)
        portal = new_test_user(self.env, "sla_asker", groups="base.group_portal")
        with self._at(2, 9):
            ticket = self._ticket(partner_id=portal.partner_id.id)
        with self._at(2, 10):
            self._say(ticket, portal)
        self.assertFalse(self._clock_of(target, ticket), "first the first response")
        with self._at(2, 11):
            self._say(ticket, self.agent)
        with self._at(2, 12):
            self._say(ticket, portal)
        with self._at(2, 12, 30):
            self._say(ticket, portal)
        clock = self._clock_of(target, ticket)
        self.assertEqual(self._local(clock.deadline), (2, 14, 0), "the first question")
        with self._at(2, 13):
            self._say(ticket, self.agent)
        self.assertEqual((clock.outcome, clock.elapsed_seconds), ("met", 3600))
        with self._at(2, 16):
            self._say(ticket, portal)
        second = self._clock_of(target, ticket) - clock
        self.assertEqual((second.cycle, second.outcome), (2, "open"))
        with self._at(2, 17):
            ticket.stage_id = self.done
        self.assertEqual(second.outcome, "met", "solving ends the waiting")

    def test_internal_targets_run_beside_the_customers(self):
        internal = self._policy(
            "Second line", resolution=4, audience="internal", start_rule="attached"
        )
        self.policy.sequence = 50
        with self._at(2, 9):
            ticket = self._ticket()
        self.assertEqual(ticket.vas_policy_id, self.policy, "the customer's promise")
        clocks = ticket.vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        self.assertEqual(
            {(c.audience, self._local(c.deadline)) for c in clocks},
            {("customer", (2, 17, 0)), ("internal", (2, 13, 0))},
        )
        internal.state = "retired"
        with self._at(2, 10):
            ticket.priority = "2"
        inner = clocks.filtered(lambda c: c.audience == "internal")
        self.assertEqual(inner.outcome, "withdrawn")
        internal.state = "active"
        self.policy.state = "retired"
        other = self._policy("Late", resolution=4, start_rule="attached", sequence=0)
        other.domain = "[('name', '=', 'Special')]"
        with self._at(2, 11):
            fresh = self._ticket()
        with self._at(2, 13):
            fresh.name = "Special"
        clock = self._clock(fresh).filtered(lambda c: c.audience == "customer")
        self.assertEqual(self._local(clock.start), (2, 13, 0), "from taking hold on")

    def test_definitions_that_cannot_work_are_refused(self):
        lead = self.env["ir.model"]._get("crm.lead")
        field = self.env["ir.model.fields"]._get("crm.lead", "date_deadline")
        for values in (
            {"kind": "stage"},
            {"kind": "date", "date_field_id": field.id},
            {"kind": "condition"},
            {"kind": "condition", "stop_domain": "[('nothing', '=', 1)]"},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                self._target(**values)
        with self.assertRaisesRegex(ValidationError, "only tickets"):
            self._policy("Deals", resolution=1, model_id=lead.id, team_ids=False)
        with self.assertRaisesRegex(ValidationError, "says when"):
            self.env["vas.sla.pause.rule"].create(
                {"policy_id": self.policy.id, "reason": "Never"}
            )

    # -- where the hours come from ------------------------------------------------

    def test_order_of_working_hours_is_declared(self):
        night = self._calendar("Night", [(20, 24)])
        contract = self.env["contract.contract"].create(
            {
                "name": "Service",
                "partner_id": self.customer.id,
                "vas_calendar_id": night.id,
            }
        )
        with self._at(2, 9):
            ticket = self._ticket()
            covered = self._ticket(vas_contract_id=contract.id)
        self.assertEqual(self._clock(ticket).calendar_id, self.calendar)
        self.assertEqual(self._clock(covered).calendar_id, night)
        team = self.env.ref("vas_service.sla_calendar_source_team")
        team.sequence = 5
        with self._at(2, 9):
            covered = self._ticket(vas_contract_id=contract.id)
        self.assertEqual(self._clock(covered).calendar_id, self.calendar)

    def test_no_hours_anywhere_is_a_clear_error(self):
        self.env["vas.sla.calendar.source"].search([]).active = False
        with self.assertRaisesRegex(UserError, "Standard.*no place"):
            self._ticket()

    def test_agreement_and_device_choose_the_policy(self):
        contract = self.env["contract.contract"].create(
            {"name": "Gold", "partner_id": self.customer.id}
        )
        machine = self.env["fsm.equipment"].create({"name": "ATM 1"})
        part = self.env["fsm.equipment"].create(
            {"name": "Card reader", "parent_id": machine.id}
        )
        gold = self._policy(
            "Gold", resolution=1, sequence=0, contract_ids=[Command.set(contract.ids)]
        )
        device = self._policy(
            "ATM", resolution=2, sequence=0, equipment_ids=[Command.set(machine.ids)]
        )
        with self._at(2, 9):
            self.assertEqual(
                self._ticket(vas_contract_id=contract.id).vas_policy_id, gold
            )
            ticket = self._ticket()
            self.assertEqual(ticket.vas_policy_id, self.policy)
            ticket.vas_equipment_id = part
        self.assertEqual(ticket.vas_policy_id, device, "a part of the device")


@tagged("post_install", "-at_install")
class TestSlaChanges(SlaCase):
    """Policy and calendar edits, carried time, merged tickets, the timeline."""

    def test_calendar_edit_is_previewed_and_applied_on_demand(self):
        with self._at(2, 15):
            ticket, solved = self._ticket(), self._ticket()
            solved.stage_id = self.done
        clock = self._clock(ticket)
        frozen = self._clock(solved)
        before = frozen.deadline, frozen.elapsed_seconds
        with self._at(2, 16):
            self.env["resource.calendar.leaves"].create(
                {
                    "name": "Late holiday",
                    "calendar_id": self.calendar.id,
                    "date_from": self._utc(2026, 3, 3, 0),
                    "date_to": self._utc(2026, 3, 4, 0),
                }
            )
            self.assertEqual(self._deadline(ticket), (3, 15, 0), "nothing by itself")
            self.assertEqual(self.calendar.vas_outdated_clock_count, 2)
            action = self.env["vas.sla.apply"]._open(calendar=self.calendar)
            wizard = self.env["vas.sla.apply"].browse(action["res_id"])
            self.assertEqual((wizard.clock_count, wizard.later_count), (2, 1))
            self.assertEqual(wizard.largest_hours, 24)
            self.assertEqual(self._deadline(ticket), (3, 15, 0), "only a preview")
            wizard.action_apply()
        self.assertEqual(self._deadline(ticket), (4, 15, 0))
        self.assertEqual((frozen.deadline, frozen.elapsed_seconds), before)
        self.assertEqual(
            (clock.calendar_version_id.number, frozen.calendar_version_id.number),
            (2, 1),
        )
        self.assertEqual(clock.event_ids.sorted("id")[-1].kind, "calendar")

    def test_open_clocks_keep_the_hours_they_were_promised_in(self):
        """A pause after an edit still counts in the old version."""
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 10):
            self.calendar.attendance_ids.filtered(lambda a: a.hour_to == 17).write(
                {"hour_to": 12}
            )
            ticket.stage_id = self.awaiting
        with self._at(2, 14):
            ticket.stage_id = self.progress
        clock = self._clock(ticket)
        self.assertEqual(clock.paused_seconds, 4 * 3600)
        self.assertEqual(self._local(clock.deadline), (3, 13, 0))
        with self._at(2, 15):
            self.assertEqual(self._clock(self._ticket()).calendar_version_id.number, 2)

    def test_only_new_is_a_decision_that_is_written_down(self):
        with self._at(2, 9):
            ticket = self._ticket()
        self.policy.target_ids.filtered(lambda t: t.kind == "resolution").amount = 4
        with self._at(2, 10):
            action = self.policy.action_apply_to_open()
            wizard = self.env["vas.sla.apply"].browse(action["res_id"])
            self.assertEqual((wizard.earlier_count, wizard.same_count), (1, 1))
            wizard.action_only_new()
            ticket.priority = "2"
        self.assertEqual(self._deadline(ticket), (2, 17, 0))
        self.assertIn("new clocks only", self.policy.message_ids[0].body)
        self.assertEqual(self.policy.version_ids.mapped("number"), [1])
        with self._at(2, 10):
            self._ticket()
        self.assertEqual(set(self.policy.version_ids.mapped("number")), {1, 2})

    def test_carry_over_to_other_hours_keeps_what_is_consumed(self):
        always = self._calendar("Always", [(0, 24)], range(7))
        self._policy(
            "Urgent",
            resolution=6,
            priority="3",
            sequence=0,
            calendar_id=always.id,
            change_rule="carry",
        )
        with self._at(2, 15):
            ticket = self._ticket()
        with self._at(3, 10):
            ticket.priority = "3"
        clock = self._clock(ticket)
        # 3 h of the office are consumed, 3 h around the clock are left.
        self.assertEqual(self._local(clock.deadline), (3, 13, 0))
        with self._at(3, 12):
            timeline = clock._get_timeline()
            self.assertEqual(timeline["consumed"], 5 * 3600)
            self._assert_adds_up(timeline)

    def test_restart_begins_a_new_round(self):
        self._policy(
            "Urgent", resolution=2, priority="3", sequence=0, change_rule="restart"
        )
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 11):
            ticket.priority = "3"
        clock = self._clock(ticket)
        self.assertEqual((clock.round, self._local(clock.start)), (2, (2, 11, 0)))
        with self._at(2, 12):
            self._assert_adds_up(clock._get_timeline())

    def _assert_adds_up(self, timeline):
        pieces = timeline["segments"]
        whole = fields.Datetime.to_datetime(
            timeline["end"][:19].replace("T", " ")
        ) - fields.Datetime.to_datetime(timeline["start"][:19].replace("T", " "))
        self.assertEqual(sum(p["seconds"] for p in pieces), whole.total_seconds())
        counted = [p for p in pieces if p["kind"] == "counted"]
        self.assertAlmostEqual(
            sum(p["working_seconds"] for p in counted), timeline["consumed"], 3
        )
        for before, after in zip(pieces, pieces[1:], strict=False):
            self.assertEqual(before["end"], after["start"])

    def test_timeline_tells_the_whole_life(self):
        with self._at(2, 10):
            ticket = self._ticket()
        for when, stage in (
            ((2, 12), self.awaiting),
            ((3, 10), self.progress),
            ((3, 11), self.done),
            ((3, 12), self.progress),
        ):
            with self._at(*when):
                ticket.with_user(self.agent).stage_id = stage
        with self._at(3, 15):
            timeline = self._clock(ticket)._get_timeline()
        self._assert_adds_up(timeline)
        kinds = [piece["kind"] for piece in timeline["segments"]]
        self.assertEqual(kinds, ["counted", "paused", "counted", "stopped", "counted"])
        pause = timeline["segments"][1]
        self.assertEqual(pause["reason"], "Waiting for the customer")
        self.assertEqual(pause["actor"], self.agent.name)
        self.assertEqual(pause["working_seconds"], 6 * 3600)
        self.assertIn("deadline", [m["kind"] for m in timeline["markers"]])
        self.assertEqual(
            (timeline["policy_version"], timeline["calendar_version"]), (1, 1)
        )

    def test_closed_clock_is_proved_in_the_hours_of_its_time(self):
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(3, 11):
            ticket.stage_id = self.done
        clock = self._clock(ticket)
        before = clock._get_timeline()
        self.calendar.attendance_ids.filtered(lambda a: a.dayofweek == "0").unlink()
        self.env.invalidate_all()
        self.assertEqual(clock._get_timeline()["segments"], before["segments"])

    def test_new_grade_of_the_customer_changes_the_promise(self):
        grade = self.env["vas.grade"].create({"name": "Test", "code": "T"})
        gold = self._policy(
            "Gold", resolution=2, sequence=0, grade_ids=[Command.set(grade.ids)]
        )
        with self._at(2, 9):
            ticket = self._ticket()
        with self._at(2, 10):
            self.customer.sudo().vas_grade_id = grade
        self.assertEqual(ticket.vas_policy_id, gold)
        self.assertEqual(self._deadline(ticket), (2, 11, 0), "from the start")
        self.env["ir.config_parameter"].set_param("vas_service.sla_grade_rule", "new")
        with self._at(2, 10, 30):
            self.customer.sudo().vas_grade_id = False
        self.assertEqual(ticket.vas_policy_id, gold, "only new tickets")

    # -- merged and copied --------------------------------------------------------

    def test_merged_ticket_counts_from_the_earliest_question(self):
        with self._at(2, 9):
            first = self._ticket()
        with self._at(2, 12):
            second = self._ticket()
            first._vas_sla_merge(second)
        self.assertEqual(
            set(first.with_context(active_test=False).vas_clock_ids.mapped("outcome")),
            {"withdrawn"},
        )
        self.assertEqual(self._deadline(second), (2, 17, 0))
        self.assertEqual(self._clock(second).event_ids.sorted("id")[-1].kind, "merge")
        with self._at(2, 13):
            second.stage_id = self.awaiting
        with self._at(2, 14):
            second.stage_id = self.progress
        self.assertEqual(self._deadline(second), (3, 10, 0))

    def test_merge_may_keep_the_own_clocks(self):
        self.env["ir.config_parameter"].set_param("vas_service.sla_merge_rule", "own")
        with self._at(2, 9):
            first = self._ticket()
        with self._at(2, 12):
            second = self._ticket()
            first._vas_sla_merge(second)
        self.assertEqual(self._deadline(second), (3, 12, 0))

    def test_copy_begins_its_own_clocks(self):
        with self._at(2, 9):
            ticket = self._ticket()
            ticket.vas_first_response_date = fields.Datetime.now()
        with self._at(2, 11):
            copy = ticket.copy()
        self.assertEqual(self._local(self._clock(copy).start), (2, 11, 0))
        self.assertFalse(copy.vas_first_response_date)
        self.assertEqual(len(ticket.vas_clock_ids), 2)


@tagged("post_install", "-at_install")
class TestSlaAnyModel(SlaCase):
    """Clocks on models that know nothing of them."""

    def _promise(self, model, name, targets, **values):
        policy = self.env["vas.sla.policy"].create(
            {
                "name": name,
                "model_id": self.env["ir.model"]._get_id(model),
                "calendar_id": self.calendar.id,
                "target_ids": [
                    Command.create({"unit": "hours"} | target) for target in targets
                ],
            }
            | values
        )
        policy.action_activate()
        return policy

    def _clocks(self, record):
        return (
            self.env["vas.sla.clock"]
            .with_context(active_test=False)
            .search([("res_model", "=", record._name), ("res_id", "=", record.id)])
        )

    def test_models_without_policies_are_not_touched(self):
        writes = type(self.env["crm.tag"]).write
        self.assertFalse(self.env["vas.sla.engine"]._get_layers_of(writes))

    def test_deal(self):
        self._promise(
            "crm.lead",
            "Offer in time",
            [
                {
                    "name": "Offer",
                    "kind": "condition",
                    "amount": 8,
                    "stop_domain": "[('expected_revenue', '>', 0)]",
                },
                {"name": "Owner", "kind": "owner", "amount": 2},
            ],
            domain="[('type', '=', 'opportunity')]",
            end_domain="[('active', '=', False)]",
            pause_rule_ids=[
                Command.create(
                    {"domain": "[('priority', '=', '0')]", "reason": "Not urgent"}
                )
            ],
        )
        with self._at(2, 9):
            lead = self.env["crm.lead"].create(
                {
                    "name": "New bank",
                    "type": "opportunity",
                    "priority": "1",
                    "user_id": False,
                    "partner_id": self.customer.id,
                }
            )
            other = self.env["crm.lead"].create(
                {"name": "Lead", "type": "lead", "user_id": False}
            )
        self.assertFalse(self._clocks(other))
        clocks = self._clocks(lead)
        self.assertEqual(len(clocks), 2)
        self.assertEqual(clocks.partner_id, self.customer)
        with self._at(2, 10):
            lead.user_id = self.agent
        owner = clocks.filtered(lambda clock: clock.kind == "owner")
        self.assertEqual((owner.outcome, owner.elapsed_seconds), ("met", 3600))
        offer = clocks - owner
        with self._at(2, 11):
            lead.priority = "0"
        self.assertEqual((offer.state, offer.pause_reason), ("paused", "Not urgent"))
        with self._at(2, 13):
            lead.write({"priority": "1", "expected_revenue": 100})
        self.assertEqual((offer.outcome, offer.elapsed_seconds), ("met", 2 * 3600))
        self.assertEqual(offer.display_name, "New bank – Offer")
        with self._at(2, 14):
            other.type = "opportunity"
        self.assertEqual(len(self._clocks(other)), 2, "fits now")
        with self._at(2, 15):
            other.active = False
        self.assertEqual(set(self._clocks(other).mapped("outcome")), {"withdrawn"})
        ids = clocks.ids
        lead.unlink()
        self.assertFalse(self.env["vas.sla.clock"].browse(ids).exists())

    def test_task_by_a_computed_field_and_a_date(self):
        date = self.env["ir.model.fields"]._get("project.task", "date_assign")
        self._promise(
            "project.task",
            "Tasks",
            [
                {
                    "name": "Done",
                    "kind": "condition",
                    "amount": 4,
                    "stop_domain": "[('is_closed', '=', True)]",
                },
                {
                    "name": "Checked",
                    "kind": "condition",
                    "amount": 1,
                    "start_field_id": date.id,
                    "stop_domain": "[('state', '=', '03_approved')]",
                },
            ],
        )
        with self._at(2, 9):
            task = self.env["project.task"].create({"name": "T", "date_assign": False})
        self.assertEqual(self._clocks(task).mapped("target_id.name"), ["Done"])
        with self._at(2, 10):
            task.date_assign = self._utc(2026, 3, 2, 12)
        checked = self._clocks(task).filtered(lambda c: c.target_id.name == "Checked")
        self.assertEqual(self._local(checked.deadline), (2, 13, 0))
        with self._at(2, 11):
            task.date_assign = self._utc(2026, 3, 2, 14)
        self.assertEqual(self._local(checked.deadline), (2, 15, 0), "the date moved")
        with self._at(2, 12):
            task.state = "1_done"
        done = self._clocks(task).filtered(lambda c: c.target_id.name == "Done")
        self.assertEqual((done.outcome, done.elapsed_seconds), ("met", 3 * 3600))

    def test_field_service_order_costs_the_same_for_one_and_for_many(self):
        location = self.env["fsm.location"].create(
            {"name": "Branch", "owner_id": self.customer.id}
        )
        self._promise(
            "fsm.order",
            "On site",
            [
                {
                    "name": "Arrive",
                    "kind": "date",
                    "amount": 4,
                    "date_field_id": self.env["ir.model.fields"]
                    ._get("fsm.order", "date_start")
                    .id,
                }
            ],
        )
        model = self.env["fsm.order"]

        def create(count):
            return model.create([{"location_id": location.id} for _n in range(count)])

        with self._at(2, 9):
            order = create(1)
            orders = create(20)
        self.assertEqual(len(self._clocks(order)), 1)

        def cost(records, **values):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.env["vas.sla.engine"]._sync(records)
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        cost(order)
        self.assertEqual(cost(orders), cost(order))
        with self._at(2, 11):
            order.date_start = fields.Datetime.now() - timedelta(hours=1)
        self.assertEqual(self._clocks(order).outcome, "met")

    def test_automation_rules_keep_the_clocks(self):
        """Rules take all layers off a model when they change; ours comes back."""
        self._promise(
            "crm.lead", "Deals", [{"name": "Owner", "kind": "owner", "amount": 2}]
        )
        rule = self.env["base.automation"].create(
            {
                "name": "Rule",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "trigger": "on_create",
            }
        )
        lead = self.env["crm.lead"].create({"name": "One", "user_id": False})
        self.assertEqual(len(self._clocks(lead)), 1)
        rule.unlink()
        lead = self.env["crm.lead"].create({"name": "Two", "user_id": False})
        self.assertEqual(len(self._clocks(lead)), 1)
        offered = self.env["ir.actions.actions"].get_bindings("crm.lead")["action"]
        name = self.env.ref("vas_service.vas_sla_clock_action_document").name
        self.assertEqual([a["name"] for a in offered].count(name), 1)
        policies = self.env["vas.sla.policy"].search([("model_name", "=", "crm.lead")])
        policies.action_retire()
        offered = self.env["ir.actions.actions"].get_bindings("crm.lead")
        self.assertNotIn(name, [a["name"] for a in offered.get("action", ())])
