from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .dispatch_common import DispatchCase


@tagged("post_install", "-at_install")
class TestDispatch(DispatchCase):
    # -- suggestion ---------------------------------------------------------

    def _suggest(self, order, user=None):
        wizards = self.env["vas.dispatch.suggest"].with_user(user or self.dispatcher)
        return wizards.create({"order_id": order.id})

    def test_full_station_is_passed_over_with_the_reason(self):
        """DSP-03: capacity of station 1 is full, so station 2 gets it."""
        self._order(person_id=self.wang.id)
        order = self._order()
        wizard = self._suggest(order)
        first, second = wizard.line_ids
        self.assertEqual((first.person_id, first.rank), (self.li, 1))
        self.assertEqual((second.person_id, second.excluded), (self.wang, True))
        self.assertEqual(second.reasons, "capacity full (1 of 1)")
        self.assertEqual(
            sum(row["points"] for row in first.verdicts), first.points, first.verdicts
        )
        first.with_user(self.dispatcher).action_give_out()
        self.assertRecordValues(
            order, [{"person_id": self.li.id, "vas_station_id": self.two.id}]
        )
        self.assertEqual(
            order.stage_id, self.env.ref("vas_service.fsm_stage_dispatched")
        )
        self.assertIn("area covered", order.vas_dispatch_why)
        self.assertEqual(order.vas_event_ids.mapped("kind"), ["dispatch"])

    def test_missing_level_is_named(self):
        order = self._order()
        order.vas_skill_need_ids = [
            fields.Command.create(
                {"skill_id": self.atm.id, "skill_level_id": self.level_2.id}
            )
        ]
        lines = self._suggest(order).line_ids
        self.assertEqual(lines.mapped("person_id.name"), ["dsp_engineer", "Li"])
        self.assertEqual(lines[1].reasons, "skill missing: ATM repair level 2")

    def test_excluded_candidate_needs_a_reason(self):
        order = self._order()
        order.location_id = self.site.copy({"territory_id": self.far.id})
        line = self._suggest(order).line_ids.filtered(
            lambda line: line.person_id == self.wang
        )
        with self.assertRaisesRegex(UserError, "area not covered"):
            line.action_give_out()
        line.suggest_id.note = "The customer asks for him"
        line.action_give_out()
        self.assertEqual(order.person_id, self.wang)
        self.assertEqual(order.vas_event_ids.mapped("kind"), ["forced"])
        self.assertEqual(order.vas_event_ids.note, "The customer asks for him")

    def test_registered_area_is_served_all_the_same(self):
        self.env["vas.service.area.note"].create(
            {
                "territory_id": self.far.id,
                "station_id": self.two.id,
                "reason": "not opened yet",
                "date_from": "2020-01-01",
            }
        )
        order = self._order(
            location_id=self.site.copy({"territory_id": self.far.id}).id
        )
        lines = self._suggest(order).line_ids
        self.assertEqual(lines.filtered("rank").person_id, self.li)

    def test_station_that_names_its_engineer_itself(self):
        self._order(person_id=self.wang.id)
        self._order(2, person_id=self.li.id)
        outside = self._station("Partner station", self.zone, 5, mode="station")
        line = self._suggest(self._order()).line_ids.filtered("rank")
        self.assertEqual((line.station_id, line.person_id.id), (outside, False))
        line.action_give_out()
        self.assertEqual(line.suggest_id.order_id.vas_station_id, outside)

    def test_second_dispatcher_is_told_who_was_faster(self):
        order = self._order()
        mine = self._suggest(order)
        theirs = self._suggest(order, self.other_dispatcher)
        theirs.line_ids.filtered(lambda line: line.person_id == self.li).with_user(
            self.other_dispatcher
        ).action_give_out()
        with self.assertRaisesRegex(UserError, "given to Li by dsp_other"):
            mine.line_ids[:1].action_give_out()
        self.assertEqual(order.person_id, self.li)

    def test_board_refuses_whoever_is_excluded(self):
        self._order(person_id=self.wang.id)
        order = self._order().with_user(self.dispatcher)
        with self.assertRaisesRegex(UserError, r"capacity full \(1 of 1\)"):
            order.person_id = self.wang
        order.person_id = self.li
        self.assertEqual(order.vas_station_id, self.two)
        order.person_id = False
        self.assertRecordValues(
            order,
            [{"vas_station_id": False, "vas_dispatched_at": False, "person_id": False}],
        )
        self.assertEqual(order.stage_id, order._default_stage_id())

    def test_board_shows_every_engineer_and_the_load_in_words(self):
        self._order(2, person_id=self.li.id)
        self.li.vas_capacity_orders = 1
        orders = self.env["fsm.order"].with_context(
            vas_board=True,
            vas_show_load=True,
            read_group_expand=True,
        )
        groups = orders.web_read_group(
            [("location_id", "=", self.site.id)], ["person_id"], ["__count"]
        )["groups"]
        names = {g["person_id"] and g["person_id"][1] for g in groups}
        self.assertIn("Li · 2 of 1, overloaded", names)
        self.assertIn("dsp_engineer · 0, no limit", names)

    def test_all_at_once_least_time_left_first(self):
        """Three places for four orders: the one without hurry is left, with why."""
        orders = self._order(4)
        for order, hours in zip(orders[:3], (6, 1, 3), strict=True):
            order.ticket_id = self._ticket()
            self.env["vas.sla.clock"].search(
                [("ticket_id", "=", order.ticket_id.id)]
            ).write({"deadline": self._ago(hours=-hours)})
        self.env.flush_all()
        action = orders.with_user(self.dispatcher).action_vas_dispatch_selected()
        self.assertEqual(
            action["params"]["message"],
            "3 work orders given out, 1 left without a candidate.",
        )
        self.assertFalse(orders[3].person_id)
        self.assertIn("capacity full (2 of 2)", orders[3].vas_dispatch_problem)
        given = orders[:3].mapped("person_id")
        self.assertEqual(given, self.wang | self.li)
        again = orders[:3].mapped("vas_dispatched_at")
        orders.with_user(self.dispatcher).action_vas_dispatch_selected()
        self.assertEqual(orders[:3].mapped("vas_dispatched_at"), again)

    def test_many_go_to_the_background_once(self):
        profile = self.env["vas.dispatch.profile"]._get_profile()
        profile.background_orders = 1
        orders = self._order(3).with_user(self.dispatcher)
        jobs = self.env["queue.job"].search_count([])
        for _time in range(2):
            orders.action_vas_dispatch_selected()
        job = self.env["queue.job"].search([], limit=1, order="id desc")
        self.assertEqual(self.env["queue.job"].search_count([]), jobs + 1)
        self.assertEqual(job.method_name, "_vas_dispatch_job")
        # Another choice of work orders is another job.
        orders[:2].action_vas_dispatch_selected()
        self.assertEqual(self.env["queue.job"].search_count([]), jobs + 2)
        orders._vas_dispatch_job(profile)
        self.assertEqual(len(orders.filtered("person_id")), 3)

    def test_queries_do_not_grow_with_orders_or_candidates(self):
        profile = self.env["vas.dispatch.profile"]._get_profile()

        def count(orders):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            profile._suggest(orders)
            return self.env.cr.sql_log_count - before

        few = self._order(1)
        count(few)
        alone = count(few)
        for number in range(25):
            self._engineer(
                f"E{number}", self.one if number % 2 else self.two, self.level_2
            )
        many = self._order(50)
        self.assertEqual(count(many), alone)

    def test_only_dispatchers_give_out(self):
        order = self._order(person_id=self.wang.id)
        mine = order.with_user(self.engineer_user)
        with self.assertRaises(AccessError):
            mine.action_vas_suggest()
        with self.assertRaisesRegex(AccessError, "by dispatchers only"):
            mine.person_id = self.li
        with self.assertRaises(AccessError):
            self.env["fsm.order"].with_user(self.manager).action_vas_dispatch_all()

    # -- states -----------------------------------------------------------

    def test_work_from_t1_to_t4(self):
        """DSP-01: T1 to T4."""
        ticket = self._ticket()
        order = self._order(person_id=self.wang.id, ticket_id=ticket.id)
        mine = order.with_user(self.engineer_user)
        stages = []
        for _step in range(3):
            mine.action_vas_step()
            stages.append(order.stage_id.name)
        with self.assertRaisesRegex(UserError, "fill in first: What was done"):
            mine.action_vas_step()
        self.assertFalse(order.vas_repaired_at)
        mine.write({"vas_done": "Dispenser replaced", "vas_distance_km": 12})
        mine.action_vas_step()
        self.assertEqual(
            [*stages, order.stage_id.name],
            ["Accepted", "On the way", "On site", "Repaired"],
        )
        self.assertEqual(
            ticket.stage_id,
            self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress"),
        )
        self.assertEqual(ticket.vas_resolution, "Dispenser replaced")
        self.assertEqual(ticket.vas_repaired_at, order.vas_repaired_at)
        mine.action_complete()
        self.assertFalse(order.vas_is_open)
        self.assertIn("solve the ticket", ticket.activity_ids.summary)

    def test_finishing_proposes_to_solve_the_ticket(self):
        order = self._order(
            person_id=self.wang.id,
            ticket_id=self._ticket().id,
            vas_dispatched_at=self._ago(hours=5),
        )
        times = {
            name: self._ago(hours=4 - place)
            for place, name in enumerate(
                (
                    *("vas_accepted_at", "vas_departed_at"),
                    *("vas_arrived_at", "vas_repaired_at"),
                )
            )
        }
        order.write({"vas_done": "done", **times})
        action = order.action_complete()
        self.assertEqual(action["res_model"], "fsm.order.close.wizard")
        self.assertEqual(order.vas_departure_hours, 1)
        self.assertEqual(order.vas_work_hours, 2)

    def test_times_follow_each_other_and_are_not_in_the_future(self):
        order = self._order(person_id=self.wang.id).with_user(self.dispatcher)
        with self.assertRaisesRegex(ValidationError, "T1 Accepted is not"):
            order.vas_departed_at = fields.Datetime.now()
        self.env.invalidate_all(flush=False)
        with self.assertRaisesRegex(ValidationError, "in the future"):
            order.vas_accepted_at = self._ago(minutes=-10)
        self.env.invalidate_all(flush=False)
        order.vas_accepted_at = self._ago(minutes=10)
        with self.assertRaisesRegex(ValidationError, "before T1 Accepted"):
            order.vas_departed_at = self._ago(minutes=20)
        self.env.invalidate_all(flush=False)
        with self.assertRaisesRegex(UserError, "up to 24 hours"):
            self._order(vas_station_id=self.two.id).with_user(
                self.dispatcher
            ).vas_accepted_at = self._ago(hours=25)

    def test_a_correction_is_logged_with_its_reason(self):
        order = self._order(
            person_id=self.wang.id, vas_dispatched_at=self._ago(hours=3)
        )
        mine = order.with_user(self.engineer_user)
        mine.action_vas_step()
        entered = order.vas_accepted_at
        with self.assertRaisesRegex(UserError, "Correct Times"):
            mine.vas_accepted_at = self._ago(hours=1)
        wizard = (
            self.env["vas.order.time"]
            .with_user(self.engineer_user)
            .create(
                {
                    "order_id": order.id,
                    "reason_id": self.env.ref(
                        "vas_service.dispatch_reason_correct_late"
                    ).id,
                }
            )
        )
        with self.assertRaisesRegex(UserError, "no time was changed"):
            wizard.action_confirm()
        wizard.accepted_at = self._ago(hours=1)
        wizard.action_confirm()
        event = order.vas_event_ids.filtered(lambda line: line.kind == "correct")
        self.assertRecordValues(
            event,
            [
                {
                    "old_at": entered,
                    "new_at": order.vas_accepted_at,
                    "user_id": self.engineer_user.id,
                    "step_id": self.env.ref("vas_service.dispatch_step_accepted").id,
                }
            ],
        )
        order.vas_done = "cleaned"
        wizard.write({"repaired_at": self._ago(minutes=1)})
        with self.assertRaisesRegex(ValidationError, "T2 Departed is not"):
            wizard.action_confirm()

    def test_stage_on_a_board_enters_the_time(self):
        order = self._order(person_id=self.wang.id).with_user(self.dispatcher)
        with self.assertRaisesRegex(UserError, "T1 Accepted comes first"):
            order.stage_id = self.env.ref("vas_service.fsm_stage_arrived")
        order.stage_id = self.env.ref("vas_service.fsm_stage_accepted")
        self.assertTrue(order.vas_accepted_at)
        with self.assertRaisesRegex(UserError, "cannot go back"):
            order.stage_id = self.env.ref("vas_service.fsm_stage_dispatched")
        with self.assertRaisesRegex(UserError, "say why"):
            order.stage_id = self.env.ref("fieldservice.fsm_stage_cancelled")

    def test_a_step_that_is_switched_off_is_not_asked(self):
        self.env.ref("vas_service.dispatch_step_departed").active = False
        order = self._order(person_id=self.wang.id).with_user(self.engineer_user)
        order.action_vas_step()
        order.action_vas_step()
        self.assertTrue(order.vas_arrived_at)
        self.assertFalse(order.vas_departed_at)

    def test_waiting_pauses_order_and_ticket(self):
        ticket = self._ticket()
        order = self._order(person_id=self.wang.id, ticket_id=ticket.id)
        mine = order.with_user(self.engineer_user)
        running = order.vas_clock_ids.filtered(lambda c: c.outcome == "open")
        self.assertEqual(len(running), 2)
        parts = self.env.ref("vas_service.dispatch_reason_parts")
        mine._vas_apply_reason(parts, "module")
        self.assertTrue(all(running.mapped("paused_since")))
        self.assertEqual(ticket.vas_sla_state, "paused")
        self.assertIn("Waiting for parts: module", ticket.vas_clock_ids[0].pause_reason)
        with self.assertRaisesRegex(UserError, "in the past"):
            mine._vas_apply_reason(parts, until=self._ago(hours=1))
        mine.action_vas_resume()
        self.assertFalse(any(running.mapped("paused_since")))
        self.assertNotEqual(ticket.vas_sla_state, "paused")
        wait = order.vas_event_ids.filtered(lambda line: line.kind == "wait")
        self.assertEqual((len(wait), bool(wait.date_end)), (1, True))

    def test_own_interruption_does_not_pause(self):
        order = self._order(person_id=self.wang.id)
        own = self.env.ref("vas_service.dispatch_reason_break")
        with self.assertRaisesRegex(UserError, "asks for an explanation"):
            order._vas_apply_reason(own)
        order._vas_apply_reason(own, "lunch")
        self.assertFalse(any(order.vas_clock_ids.mapped("paused_since")))

    def test_cancelling_asks_who_and_why(self):
        """DSP-01: cancellation."""
        order = self._order(person_id=self.wang.id)
        mine = order.with_user(self.engineer_user)
        self.assertEqual(mine.action_cancel()["res_model"], "vas.order.reason")
        self.assertTrue(order.vas_is_open)
        customer = self.env.ref("vas_service.dispatch_reason_cancel_customer")
        with self.assertRaisesRegex(AccessError, "may not be given by you"):
            mine._vas_apply_reason(customer)
        wizard = (
            self.env["vas.order.reason"]
            .with_user(self.engineer_user)
            .create(
                {"order_ids": order.ids, "kind": "cancel", "reason_id": customer.id}
            )
        )
        self.assertEqual(
            wizard.allowed_reason_ids,
            self.env.ref("vas_service.dispatch_reason_cancel_remote"),
        )
        order.with_user(self.dispatcher)._vas_apply_reason(customer)
        self.assertEqual(
            order.stage_id, self.env.ref("fieldservice.fsm_stage_cancelled")
        )
        self.assertFalse(order.vas_clock_ids.filtered("active"))
        self.assertEqual(self.one.load_today, 0)
        with self.assertRaisesRegex(UserError, "finished already"):
            order._vas_apply_reason(customer)

    def test_giving_back_returns_it_to_the_first_column(self):
        order = self._order(person_id=self.wang.id)
        mine = order.with_user(self.engineer_user)
        mine.action_vas_step()
        mine._vas_apply_reason(self.env.ref("vas_service.dispatch_reason_return_skill"))
        self.assertRecordValues(
            order,
            [
                {
                    "person_id": False,
                    "vas_station_id": False,
                    "vas_accepted_at": False,
                    "stage_id": order._default_stage_id().id,
                }
            ],
        )
        self.assertIn(order, order.filtered_domain(order._vas_waiting_domain()))
        self.li.action_vas_view_orders()
        order.with_user(self.dispatcher).person_id = self.li
        arrive = order.vas_clock_ids.filtered(lambda c: c.outcome == "open")
        self.assertEqual(set(arrive.mapped("start")), {order.vas_dispatched_at})

    def test_station_creates_its_own_order(self):
        """DSP-01: a station creates an order itself."""
        orders = self.env["fsm.order"].with_user(self.engineer_user)
        order = orders.create(
            {
                "location_id": self.site.id,
                "team_id": self.team.id,
                "person_id": self.li.id,
                "vas_repaired_at": fields.Datetime.now(),
            }
        )
        self.assertRecordValues(
            order,
            [
                {
                    "person_id": self.wang.id,
                    "vas_station_id": self.one.id,
                    "vas_origin": "station",
                    "vas_repaired_at": False,
                }
            ],
        )
        self.wang.vas_station_id = False
        with self.assertRaisesRegex(AccessError, "belong to no station"):
            orders.create({"location_id": self.site.id})

    def test_engineers_see_their_own_orders_only(self):
        own, other = self._order(person_id=self.wang.id), self._order()
        orders = self.env["fsm.order"].with_user(self.engineer_user)
        found = orders.search([("location_id", "=", self.site.id)])
        self.assertEqual(found, own)
        with self.assertRaises(AccessError):
            other.with_user(self.engineer_user).read(["name"])
        events = self.env["vas.dispatch.event"].with_user(self.engineer_user)
        other._vas_log("special")
        self.assertFalse(events.search([("order_id", "=", other.id)]))
        with self.assertRaises(AccessError):
            events.create({"order_id": own.id, "kind": "special"})

    def test_ticket_sends_somebody(self):
        ticket = self._ticket().with_user(self.dispatcher)
        self.dispatcher.group_ids |= self.env.ref("helpdesk_mgmt.group_helpdesk_user")
        with self.assertRaisesRegex(UserError, "has no site"):
            ticket.action_vas_dispatch()
        ticket.fsm_location_id = self.site
        action = ticket.action_vas_dispatch()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(wizard.order_id.ticket_id, ticket)
        ticket.action_vas_dispatch()
        self.assertEqual(len(ticket.fsm_order_ids), 1)
        self.assertTrue(wizard.order_id.vas_due_at)

    def test_promises_start_when_given_out(self):
        order = self._order()
        self.assertFalse(order.vas_clock_ids)
        order.with_user(self.dispatcher).person_id = self.wang
        accept, arrive = order.vas_clock_ids.sorted("deadline")
        given = order.vas_dispatched_at
        self.assertEqual(accept.deadline, fields.Datetime.add(given, minutes=30))
        self.assertEqual(arrive.deadline, fields.Datetime.add(given, hours=4))
        self.assertEqual(order.vas_due_at, accept.deadline)
        order.with_user(self.engineer_user).action_vas_step()
        self.assertEqual(order.vas_due_at, arrive.deadline)
        self.assertEqual(
            [clock["state"] for clock in order.vas_sla["clocks"]], ["running", "met"]
        )


@tagged("post_install", "-at_install")
class TestStations(DispatchCase):
    def _change(self, **values):
        return (
            self.env["vas.service.station.change"]
            .with_user(self.dispatcher)
            .create({"station_id": self.one.id, "reason": "New people", **values})
        )

    def test_a_change_takes_effect_from_its_day_and_history_stays(self):
        """DSP-01, DSP-03: capacity and coverage change by request."""
        today = self.one._get_day()
        soon = fields.Date.add(today, days=10)
        change = self._change(
            date_from=soon,
            change_capacity=True,
            orders_per_day=9,
            add_area_ids=self.far.ids,
            remove_area_ids=self.zone.ids,
        )
        self.assertEqual(
            (change.orders_before, change.covered_area_ids), (1, self.zone)
        )
        change.action_submit()
        with self.assertRaises(AccessError):
            change.action_approve()
        change.with_user(self.manager).action_approve()
        later = self.one.with_context(vas_day=soon)
        self.assertEqual((self.one.capacity_per_day, later.capacity_per_day), (1, 9))
        self.assertEqual((self.one.area_ids, later.area_ids), (self.zone, self.far))
        self.assertEqual(len(self.one.coverage_ids), 2)
        self.assertEqual(self.one.capacity_ids.change_id, change)
        with self.assertRaisesRegex(UserError, "already"):
            change.with_user(self.manager).action_approve()

    def test_two_persons_decide(self):
        both = self.manager
        both.group_ids |= self.env.ref("vas_service.group_vas_dispatcher")
        change = self._change(change_capacity=True, orders_per_day=5).with_user(both)
        change.action_submit()
        with self.assertRaisesRegex(UserError, "another manager decides"):
            change.action_approve()
        with self.assertRaisesRegex(AccessError, "use the buttons"):
            change.state = "approved"
        with self.assertRaisesRegex(UserError, "no longer a draft"):
            change.orders_per_day = 50
        with self.assertRaisesRegex(AccessError, "use the buttons"):
            self._change(state="approved")

    def test_refusing_says_why_and_goes_back(self):
        change = self._change(change_capacity=True, orders_per_day=5)
        change.action_submit()
        decided = change.with_user(self.manager)
        with self.assertRaisesRegex(UserError, "say why"):
            decided.action_refuse()
        decided.refusal = "No budget"
        decided.action_refuse()
        change.action_draft()
        self.assertEqual(change.state, "draft")
        self.assertEqual(self.one.capacity_per_day, 1)

    def test_an_empty_request_is_refused(self):
        with self.assertRaisesRegex(UserError, "changes nothing"):
            self._change().action_submit()

    def test_coverage_of_one_area_does_not_overlap(self):
        with self.assertRaisesRegex(ValidationError, "covers Zone Z twice"):
            self.env["vas.service.station.coverage"].create(
                {"station_id": self.one.id, "territory_id": self.zone.id}
            )

    def test_lines_change_by_request_only(self):
        for user in (self.dispatcher, self.manager):
            with self.assertRaises(AccessError):
                self.one.capacity_ids.with_user(user).orders_per_day = 99

    def test_overload_is_what_the_record_says(self):
        self.li.write({"vas_capacity_orders": 2, "vas_capacity_hours": 1})
        self._order(2, person_id=self.li.id, scheduled_duration=3)
        self.env.flush_all()
        day = self.env["vas.dispatch.load"].search([("person_id", "=", self.li.id)])
        self.assertRecordValues(
            day,
            [
                {
                    "orders": 2,
                    "percent": 100,
                    "overloads": 0,
                    "state": "full",
                    "over_orders": 0,
                    "over_hours": 5,
                }
            ],
        )
        self.assertEqual(self.li.vas_load_words, "2 of 2, full")
        self.env.ref("vas_service.overload_rule_orders").measure = "either"
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertRecordValues(
            day, [{"percent": 600, "overloads": 1, "state": "over"}]
        )
        self.assertEqual(self.li.vas_load_state, "over")

    def test_load_of_stations_is_read_in_sets(self):
        def count(stations):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            stations.mapped("load_words")
            return self.env.cr.sql_log_count - before

        count(self.one)
        alone = count(self.one)
        more = self.one | self.two
        for number in range(10):
            more |= self._station(f"S{number}", self.zone, 3)
        self.assertEqual(count(more), alone)

    def test_other_companies_see_nothing(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        self.dispatcher.write(
            {"company_id": company.id, "company_ids": [fields.Command.set(company.ids)]}
        )
        stations = self.env["vas.service.station"].with_user(self.dispatcher)
        self.assertFalse(stations.search([("id", "in", (self.one | self.two).ids)]))
