"""The service desk: calls, knowledge, take, pause, merge, dashboard, pause audit."""

import re
from datetime import datetime

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .sla_common import SlaCase


class DeskCase(SlaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.country_id = cls.env.ref("base.cn")
        cls.customer.write(
            {"phone": "+86 139 1234 5678", "country_id": cls.env.ref("base.cn").id}
        )
        cls.second = new_test_user(
            cls.env,
            "desk_second",
            groups="helpdesk_mgmt.group_helpdesk_user,"
            "vas_service.group_vas_service_user",
        )
        cls.team.user_ids = [Command.link(cls.second.id)]
        cls.category = cls.env["helpdesk.ticket.category"].create({"name": "Devices"})
        cls.option = cls.env["vas.knowledge"].create(
            {
                "name": "ATM out of order",
                "keywords": "dispenser",
                "answer": "<p>Ask for the serial number.</p>",
                "team_id": cls.team.id,
                "category_id": cls.category.id,
                "priority": "2",
                "ticket_description": "<p>Serial number:</p>",
            }
        )

    def _ticket(self, name="Printer", **values):
        return self.env["helpdesk.ticket"].create(
            {
                "name": name,
                "description": "<p>x</p>",
                "team_id": self.team.id,
                "partner_id": self.customer.id,
                "user_id": False,
            }
            | values
        )

    def _call(self, **values):
        return (
            self.env["vas.call"]
            .with_user(self.agent)
            .create({"number": "13912345678"} | values)
        )


@tagged("post_install", "-at_install")
class TestCalls(DeskCase):
    def test_screen_pop_finds_the_caller_and_their_tickets(self):
        """CUS-15: who calls, with what is open."""
        first = self._ticket()
        closed = self._ticket(stage_id=self.done.id)
        for number in ("+8613912345678", "13912345678", "tel:+86-139-1234-5678"):
            pop = self.env["vas.call"].with_user(self.agent).action_pop(number)
            call = (
                self.env["vas.call"]
                .with_user(self.agent)
                .new({"number": pop["context"]["default_number"]})
            )
            self.assertEqual(call.partner_id, self.customer, number)
            self.assertIn(first, call.open_ticket_ids._origin)
            self.assertNotIn(closed, call.open_ticket_ids._origin)

    def test_two_contacts_with_one_number_are_offered(self):
        other = self.env["res.partner"].create(
            {"name": "Colleague", "phone": "+86 139 1234 5678"}
        )
        call = self._call()
        self.assertFalse(call.partner_id)
        self.assertEqual(call.candidate_ids, self.customer | other)

    def test_local_number_is_found_by_its_last_digits(self):
        bank = self.env["res.partner"].create(
            {"name": "Bank", "phone": "+86 21 6231 4477"}
        )
        self.assertEqual(self._call(number="62314477").partner_id, bank)
        self.assertFalse(self._call(number="+86 10 6231 4477").partner_id)
        self.assertFalse(self._call(number="anonymous").partner_id)
        self.env["ir.config_parameter"].set_param("vas_service.phone_tail_digits", 0)
        self.assertFalse(self._call(number="62314477").partner_id)

    def test_ticket_from_the_knowledge_base_is_unassigned(self):
        """TKT-01, TKT-07: knowledge options fill the task; it has no owner."""
        call = self._call(knowledge_id=self.option.id)
        action = call.action_create_ticket()
        ticket = call.ticket_id
        self.assertEqual(action["res_id"], ticket.id)
        self.assertRecordValues(
            ticket,
            [
                {
                    "name": "ATM out of order",
                    "team_id": self.team.id,
                    "category_id": self.category.id,
                    "priority": "2",
                    "user_id": False,
                    "partner_id": self.customer.id,
                    "vas_call_id": call.id,
                    "vas_knowledge_id": self.option.id,
                }
            ],
        )
        self.assertIn("Serial number", ticket.description)
        self.assertEqual(self.option.ticket_count, 1)
        # Pressed again, nothing is doubled.
        call.action_create_ticket()
        self.assertEqual(call.ticket_id, ticket)
        self.assertEqual(
            self.env["helpdesk.ticket"].search_count([("vas_call_id", "=", call.id)]), 1
        )

    def test_create_and_assign_create_and_close(self):
        """TKT-02: create and assign, create and close."""
        call = self._call(knowledge_id=self.option.id)
        call.action_create_and_assign()
        self.assertEqual(call.ticket_id.user_id, self.agent)
        self.assertFalse(call.ticket_id.closed)
        call = self._call(subject="Opening hours?", team_id=self.team.id)
        call.action_create_and_close()
        self.assertTrue(call.ticket_id.closed)
        self.assertEqual(call.ticket_id.user_id, self.agent)
        clock = call.ticket_id.vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        self.assertEqual(clock.outcome, "met")

    def test_a_call_without_subject_makes_no_ticket(self):
        call = self._call()
        with self.assertRaisesRegex(UserError, "what the caller wants"):
            call.action_create_ticket()

    def test_call_about_a_ticket_that_exists(self):
        ticket = self._ticket()
        call = self._call(note="<p>Asks when somebody comes.</p>")
        ticket.with_user(self.agent).with_context(
            vas_call_id=call.id
        ).action_vas_attach_call()
        self.assertEqual(call.ticket_id, ticket)
        self.assertIn("Asks when", ticket.message_ids[0].body)
        other = self._ticket("Other")
        with self.assertRaisesRegex(UserError, "already belongs"):
            call._attach_to(other)

    def test_proactive_calls_are_planned_once(self):
        """CMP-05: customers who received service are called, once."""
        plan = self.env["vas.call.plan"].create(
            {
                "name": "Care",
                "domain": f"[('team_id', '=', {self.team.id})]",
                "days_after": 2,
                "days_back": 30,
                "gap_days": 30,
            }
        )
        other = self.env["res.partner"].create({"name": "Other", "phone": "1"})
        tickets = self._ticket() | self._ticket() | self._ticket(partner_id=other.id)
        tickets.stage_id = self.done
        tickets.closed_date = datetime(2026, 3, 2, 10)
        with freeze_time("2026-03-03 10:00:00"):
            self.assertFalse(plan._plan())
        with freeze_time("2026-03-05 10:00:00"):
            calls = plan._plan()
            self.assertEqual(calls.partner_id, self.customer | other)
            self.assertEqual(len(calls), 2, "a customer is called once in 30 days")
            self.assertEqual(set(calls.mapped("state")), {"planned"})
            self.assertFalse(plan._plan(), "again: nothing is doubled")
            # A call whose ticket was deleted does not end the plan.
            calls[1].about_ticket_id = False
            third = self.env["res.partner"].create({"name": "Third", "phone": "2"})
            late = self._ticket(partner_id=third.id)
            late.stage_id = self.done
            late.closed_date = datetime(2026, 3, 2, 11)
            self.assertIn(late, plan._plan().about_ticket_id)
        calls[0].with_user(self.agent).action_done()
        self.assertEqual(calls[0].state, "done")
        with self.assertRaises(ValidationError):
            plan.domain = "[('nonsense', '=', 1)]"

    def test_knowledge_rights(self):
        with self.assertRaises(AccessError):
            self.option.with_user(self.agent).name = "Changed"
        with self.assertRaises(UserError), self.cr.savepoint():
            self.option.parent_id = self.option
        child = self.env["vas.knowledge"].create(
            {"name": "Card stuck", "parent_id": self.option.id}
        )
        self.assertEqual(child.complete_name, "ATM out of order / Card stuck")
        found = self.env["vas.knowledge"].name_search("dispenser")
        self.assertIn(self.option.id, [row[0] for row in found])


@tagged("post_install", "-at_install")
class TestDesk(DeskCase):
    def test_two_agents_take_one_ticket(self):
        ticket = self._ticket()
        ticket.with_user(self.agent).action_vas_take()
        self.assertEqual(ticket.user_id, self.agent)
        with self.assertRaisesRegex(UserError, "has just taken"):
            ticket.with_user(self.second).action_vas_take()

    def test_take_next_takes_the_least_time_left(self):
        self.env["helpdesk.ticket"].search([("user_id", "=", False)]).unlink()
        late, soon = self._ticket("late"), self._ticket("soon", priority="3")
        late.vas_clock_ids.write({"deadline": datetime(2030, 1, 2)})
        soon.vas_clock_ids.write({"deadline": datetime(2030, 1, 1)})
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        self.assertEqual(tickets.action_vas_take_next()["res_id"], soon.id)
        self.assertEqual(tickets.action_vas_take_next()["res_id"], late.id)
        nothing = tickets.action_vas_take_next()
        self.assertEqual(nothing["tag"], "display_notification")

    def test_solve_and_open_again(self):
        """TKT-03: closing by hand."""
        ticket = self._ticket(user_id=self.agent.id).with_user(self.agent)
        ticket.action_vas_solve()
        self.assertEqual(ticket.stage_id, self.done)
        ticket.action_vas_reopen()
        self.assertFalse(ticket.closed)
        self.assertFalse(ticket.closed_date)
        clock = ticket.vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        self.assertEqual(clock.outcome, "open")

    def test_pause_with_reason_and_date(self):
        ticket = self._ticket(user_id=self.agent.id).with_user(self.agent)
        self.assertTrue(ticket.vas_can_pause)
        wizard = (
            self.env["vas.ticket.pause"]
            .with_user(self.agent)
            .create({"ticket_id": ticket.id, "reason": "serial number is missing"})
        )
        self.assertEqual(wizard.stage_id, self.awaiting)
        wizard.resume_at = datetime(2020, 1, 1)
        with self.assertRaisesRegex(UserError, "in the past"):
            wizard.action_pause()
        wizard.resume_at = datetime(2035, 1, 1)
        wizard.action_pause()
        clock = ticket.vas_clock_ids.filtered(lambda c: c.kind == "resolution")
        self.assertTrue(clock.paused_since)
        self.assertIn("serial number is missing", clock.pause_reason)
        self.assertIn(
            "serial number is missing", clock.event_ids.sorted("id")[-1].reason
        )
        self.assertFalse(ticket.vas_can_pause)
        cron = self.env.ref("vas_service.ir_cron_resume")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertTrue(clock.paused_since)
        ticket.sudo().vas_resume_at = datetime(2020, 1, 1)
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertFalse(clock.paused_since)
        self.assertEqual(ticket.stage_id, self.new)
        self.assertFalse(ticket.vas_resume_at)

    def test_moving_by_hand_ends_the_pause(self):
        ticket = self._ticket(user_id=self.agent.id)
        ticket._vas_pause(self.awaiting, "x", datetime(2035, 1, 1))
        ticket.with_user(self.agent).stage_id = self.progress
        self.assertFalse(ticket.vas_resume_at)
        self.assertFalse(ticket.vas_resume_stage_id)

    def test_pause_needs_a_stage_of_the_policy(self):
        ticket = self._ticket()
        wizard = self.env["vas.ticket.pause"].create(
            {"ticket_id": ticket.id, "reason": "x", "stage_id": self.done.id}
        )
        with self.assertRaisesRegex(UserError, "does not name that stage"):
            wizard.action_pause()

    def test_similar_open_tickets(self):
        ticket = self._ticket("ATM 吐钞故障")
        alike = self._ticket("ATM 吐钞模块故障")
        different = self._ticket("Change of invoice title")
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        foreign = self._ticket("ATM 吐钞故障", partner_id=stranger.id)
        closed = self._ticket("ATM 吐钞故障", stage_id=self.done.id)
        self.assertEqual(ticket.vas_similar_ids, alike)
        self.assertEqual(ticket.vas_similar_count, 1)
        for other in different | foreign | closed:
            self.assertNotIn(ticket, other.vas_similar_ids)
        different.category_id = ticket.category_id = self.category
        self.assertIn(different, ticket.vas_similar_ids)

    def test_merge_moves_the_trail_and_withdraws_the_promise(self):
        kept = self._ticket("ATM down")
        source = self._ticket("ATM down again", priority="3")
        source.message_post(
            body="The customer's words",
            message_type="comment",
            author_id=self.customer.id,
        )
        self.env["ir.attachment"].create(
            {"name": "photo", "res_model": "helpdesk.ticket", "res_id": source.id}
        )
        start = kept.vas_clock_ids.mapped("start")
        wizard = (
            self.env["vas.ticket.merge"]
            .with_user(self.agent)
            .create({"ticket_ids": [Command.set((kept | source).ids)]})
        )
        self.assertEqual(wizard.target_id, kept)
        wizard.action_merge()
        self.assertIn("The customer's words", str(kept.message_ids.mapped("body")))
        self.assertTrue(kept.attachment_ids)
        self.assertEqual(source.duplicate_id, kept)
        self.assertTrue(source.closed)
        self.assertEqual(kept.priority, "3")
        self.assertEqual(kept.vas_clock_ids.mapped("start"), start)
        self.assertFalse(kept.closed)
        outcomes = source.with_context(active_test=False).vas_clock_ids.mapped(
            "outcome"
        )
        self.assertEqual(set(outcomes), {"withdrawn"})
        self.assertFalse(source.vas_satisfaction_ids)
        with self.assertRaisesRegex(UserError, "merged before"):
            self.env["vas.ticket.merge"].create(
                {"ticket_ids": [Command.set((kept | source).ids)]}
            ).action_merge()

    def test_merge_refuses_strangers(self):
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        pair = self._ticket() | self._ticket(partner_id=stranger.id)
        wizard = self.env["vas.ticket.merge"].create(
            {"ticket_ids": [Command.set(pair.ids)]}
        )
        with self.assertRaisesRegex(UserError, "different customers"):
            wizard.action_merge()
        self.assertFalse(pair.duplicate_id)

    def test_waiting_on(self):
        ticket = self._ticket()
        self.assertEqual(ticket.vas_waiting_on, "us")
        ticket.with_user(self.agent).message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        ticket.invalidate_recordset()
        self.assertEqual(ticket.vas_waiting_on, "customer")
        ticket.message_post(
            body="Hi",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        ticket.invalidate_recordset()
        self.assertEqual(ticket.vas_waiting_on, "us")

    def test_board_counts_what_the_filter_finds(self):
        """The bar over a column is counted in SQL; filters and fields must agree."""
        tickets = self.env["helpdesk.ticket"]
        for minute, stage in enumerate((self.new, self.awaiting, self.done)):
            tickets |= self._ticket(f"T{minute}", stage_id=stage.id)
        broken = self._ticket("broken")
        broken.vas_clock_ids.write({"deadline": datetime(2020, 1, 1)})
        risky = self._ticket("risky")
        risky.vas_clock_ids.write(
            {"deadline": datetime(2035, 1, 1), "at_risk_from": datetime(2020, 1, 1)}
        )
        silent = self._ticket("silent")
        silent.with_context(active_test=False).vas_clock_ids.unlink()
        tickets |= broken | risky | silent
        domain = [("id", "in", tickets.ids)]
        # A late clock of a document that is no ticket hides none.
        other = self._ticket("other")
        other.vas_clock_ids.write({"deadline": datetime(2020, 1, 1)})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE vas_sla_clock SET ticket_id = NULL WHERE ticket_id = %s",
            [other.id],
        )
        self.env.invalidate_all()
        grouped = dict(tickets._read_group(domain, ["vas_sla_state"], ["id:recordset"]))
        for state, members in grouped.items():
            tickets.invalidate_recordset()
            self.assertEqual(
                members, tickets.filtered(lambda t, s=state: t.vas_sla_state == s)
            )
            self.assertEqual(
                members, tickets.search([*domain, ("vas_sla_state", "=", state)])
            )
        self.assertEqual(grouped["breached"], broken)
        self.assertEqual(grouped["at_risk"], risky)
        self.assertEqual(grouped[False], silent)
        bar = tickets.read_progress_bar(
            domain, "team_id", {"field": "vas_sla_state", "colors": {"breached": "x"}}
        )
        self.assertEqual(bar[str(self.team.id)]["breached"], 1)

    def test_reading_the_list_costs_the_same_for_many(self):
        names = [
            "vas_similar_count",
            "vas_waiting_on",
            "vas_can_pause",
            "vas_last_message_date",
        ]
        tickets = self.env["helpdesk.ticket"].create(
            [
                {
                    "name": f"Ticket {number}",
                    "description": "x",
                    "team_id": self.team.id,
                    "partner_id": self.customer.id,
                }
                for number in range(51)
            ]
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.with_user(self.agent).read(names)
            return self.cr.sql_log_count - before

        count(tickets)
        self.assertLessEqual(count(tickets[1:]), count(tickets[:1]))

    def test_time_left_of_many_clocks(self):
        tickets = self._ticket() | self._ticket("Other")
        clocks = tickets.vas_clock_ids
        shown = {clock: clock.time_left["clocks"][0]["id"] for clock in clocks}
        self.assertEqual(shown, {clock: clock.id for clock in clocks})
        for clock in clocks:
            row = clock.timeline["rows"][0]
            self.assertEqual(row["id"], clock.id)
            self.assertIn("deadline", [marker["kind"] for marker in row["markers"]])
        rows = tickets[0].vas_timeline["rows"]
        self.assertEqual(len(rows), len(tickets[0].vas_clock_ids))

    def test_pause_audit(self):
        with freeze_time("2026-03-02 09:00:00"):
            ticket = self._ticket(user_id=self.agent.id)
        with freeze_time("2026-03-02 10:00:00"):
            ticket.with_user(self.agent).stage_id = self.awaiting
        message = ticket.message_post(
            body="Here it is",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        message.date = datetime(2026, 3, 2, 11)
        with freeze_time("2026-03-02 13:00:00"):
            ticket.with_user(self.second).stage_id = self.progress
        self.env.flush_all()
        audit = self.env["vas.sla.pause.audit"].search(
            [("ticket_id", "=", ticket.id), ("target_id.kind", "=", "resolution")]
        )
        self.assertEqual(audit.paused_by_id, self.agent)
        self.assertEqual(audit.resumed_by_id, self.second)
        self.assertAlmostEqual(audit.hours, 3)
        self.assertAlmostEqual(audit.working_hours, 3)
        self.assertTrue(audit.answered)
        self.assertAlmostEqual(audit.unheard_hours, 2)
        self.assertFalse(audit.lasts)
        with self.assertRaises(AccessError):
            audit.with_user(self.agent).read(["hours"])

    def test_a_tile_opens_exactly_what_it_counts(self):
        tiles = self.env["vas.desk.tile"].search([("area", "=", "service")])
        self.assertTrue(tiles)
        for tile in tiles.with_user(self.agent):
            if not tile.model_id.sudo().model or not self.env[
                tile.sudo().model_name
            ].with_user(self.agent).has_access("read"):
                with self.assertRaises(AccessError):
                    tile.action_open()
                continue
            action = tile.action_open()
            if not tile.sudo().measure_field_id:
                model = self.env[action["res_model"]].with_user(self.agent)
                self.assertEqual(model.search_count(action["domain"]), tile.value)
            self.assertTrue(tile.value_text)

    def test_a_tile_is_changed_without_code(self):
        mine = self.env.ref("vas_service.desk_tile_mine").with_user(self.agent)
        before = mine.value
        self._ticket(user_id=self.agent.id)
        mine.invalidate_recordset()
        self.assertEqual(mine.value, before + 1)
        with (
            self.assertRaisesRegex(ValidationError, "does not fit"),
            self.cr.savepoint(),
        ):
            mine.sudo().domain = "[('no_such_field', '=', 1)]"
        with self.assertRaises(ValidationError), self.cr.savepoint():
            mine.sudo().domain = "__import__('os')"
        self.env.invalidate_all()
        mine.sudo().write({"has_target": True, "target": 0, "direction": "lower"})
        mine.invalidate_recordset()
        self.assertEqual(mine.verdict, "bad")
        with self.assertRaises(AccessError):
            mine.name = "Mine"

    def test_filters_set_by_an_action_hold_together(self):
        """Two filters between the same separators are joined by "or": a list of open
        tickets that nobody has would show everything."""
        actions = self.env["ir.actions.act_window"].search([])
        ours = actions.get_external_id()
        checked = 0
        for action in actions:
            if not ours[action.id].startswith("vas_service."):
                continue
            names = set(re.findall(r"search_default_(\w+)", action.context or ""))
            if len(names) < 2:
                continue
            views = self.env[action.res_model].get_views(
                [(action.search_view_id.id, "search")]
            )
            parts, part = {}, 0
            for node in etree.fromstring(views["views"]["search"]["arch"]).iter():
                part += node.tag in ("separator", "group")
                if node.tag == "filter" and "group_by" not in node.get("context", ""):
                    parts.setdefault(part, set()).add(node.get("name"))
            for members in parts.values():
                self.assertLessEqual(len(names & members), 1, (action.name, names))
            checked += 1
        self.assertGreater(checked, 1)
