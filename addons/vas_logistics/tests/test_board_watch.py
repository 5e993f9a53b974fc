from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestBoardWatch(LogisticsCommon):
    """Two dispatchers, one board: nobody changes what she has not seen."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.li, cls.wang, cls.reader = (
            new_test_user(
                cls.env,
                f"watch-{name}",
                f"vas_logistics.group_vas_logistics_{group}",
                name=name.capitalize(),
                tz="Asia/Shanghai",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for name, group in (
                ("li", "officer"),
                ("wang", "officer"),
                ("reader", "user"),
            )
        )
        third = cls.order(cls.shipper1, cls.b, cls.c, 500, 2)
        cls.orders = cls.example_orders() | third
        cls.plan_record = cls.plan(cls.orders)
        cls.plan_record.action_plan()
        cls.trip = cls.plan_record.proposal_ids
        cls.trip.ensure_one()

    def board(self, user):
        plans = self.env["vas.codelivery.plan"].with_user(user)
        board = plans.get_board(self.plan_record.id)
        versions = {trip["id"]: trip["version"] for trip in board["trips"]}
        return plans.browse(self.plan_record.id), versions

    def seen(self, versions, trip):
        return {"lanes": {str(key): value for key, value in versions.items()}} | {
            "trip": trip
        }

    def test_move_onto_a_changed_trip_is_refused_with_who_and_when(self):
        order, other = self.orders[0], self.orders[2]
        mine, shown = self.board(self.wang)
        theirs, _versions = self.board(self.li)
        with freeze_time("2030-05-06 01:12:00"):
            theirs.action_move_order(order.id)
        # The transaction's own clock writes the trip.
        answer = mine.action_move_order(other.id, seen=self.seen(shown, self.trip.id))
        self.assertEqual(answer["level"], "stale")
        self.assertFalse(answer["written"])
        self.assertRegex(answer["messages"][0], r"V\d was changed by Li at \d\d:\d\d\.")
        self.assertIn(other, self.trip.picking_ids)
        _plan, now = self.board(self.wang)
        answer = mine.action_move_order(other.id, seen=self.seen(now, self.trip.id))
        self.assertTrue(answer["written"])

    def test_order_that_was_moved_meanwhile(self):
        """The lane that it is dropped on is as it was; the order is elsewhere."""
        order = self.orders[2]
        mine, _shown = self.board(self.wang)
        theirs, _versions = self.board(self.li)
        theirs.action_move_order(order.id, vehicle_id=self.v2.id)
        answer = mine.action_move_order(
            order.id, seen={"lanes": {}, "trip": self.trip.id}
        )
        self.assertEqual(answer["level"], "stale")
        self.assertIn("V2 was changed by Li", answer["messages"][0])
        # A vehicle that got a trip is not given a second thought either.
        first = self.orders[0]
        answer = mine.action_move_order(
            first.id,
            vehicle_id=self.v2.id,
            seen={"lanes": {}, "trip": self.trip.id},
        )
        self.assertEqual(answer["level"], "stale")

    def test_trip_that_is_gone_names_who_changed_the_plan(self):
        mine, shown = self.board(self.wang)
        theirs, _versions = self.board(self.li)
        self.trip.with_user(self.li).action_reject()
        answer = mine.action_move_order(
            self.orders[0].id,
            vehicle_id=self.v2.id,
            seen=self.seen(shown, self.trip.id),
        )
        self.assertRegex(answer["messages"][0], "The plan was changed by Li at")
        self.assertEqual(theirs.board_user_id, self.li)

    def test_buttons_of_a_lane_refuse_what_was_not_seen(self):
        _mine, shown = self.board(self.wang)
        self.trip.with_user(self.li).action_lock()
        trip = self.trip.with_user(self.wang).with_context(
            vas_board_seen=self.seen(shown, False)
        )
        for name in ("action_accept", "action_reject", "action_lock"):
            with self.assertRaisesRegex(UserError, r"was changed by Li at \d\d:\d\d"):
                getattr(trip, name)()
        self.assertEqual(self.trip.state, "proposed")
        _mine, shown = self.board(self.wang)
        trip = trip.with_context(vas_board_seen=self.seen(shown, False))
        trip.action_lock(False)
        self.assertFalse(self.trip.locked)

    def test_buttons_of_forms_refuse_what_was_not_seen(self):
        mine = self.plan_record.with_user(self.wang)
        shown = {"proposed": mine.shown_version}
        lane = {"lane": [self.trip.id, self.trip.with_user(self.wang).shown_version]}
        self.plan_record.with_user(self.li).action_pin(self.orders[0].ids)
        for name in ("action_accept", "action_plan", "action_cancel"):
            with self.assertRaisesRegex(UserError, "The plan was changed by Li"):
                getattr(mine.with_context(vas_board_seen=shown), name)()
        trip = self.trip.with_user(self.wang)
        with self.assertRaisesRegex(UserError, "was changed by Li"):
            trip.with_context(vas_board_seen=lane).action_accept()
        mine.invalidate_recordset(["shown_version"])
        shown = {"proposed": mine.shown_version}
        mine.with_context(vas_board_seen=shown).action_accept()
        self.assertEqual(self.plan_record.state, "accepted")

    def test_caller_who_shows_nothing_acts_on_what_is(self):
        """A program that sends no version is not refused: one after the other, each
        checked against the trips as they are, and answered with the result."""
        theirs, _shown = self.board(self.li)
        mine, _shown = self.board(self.wang)
        order = self.orders[0]
        theirs.action_move_order(order.id, vehicle_id=self.v2.id)
        answer = mine.action_move_order(order.id)
        self.assertTrue(answer["written"])
        self.assertNotIn(order, self.plan_record.proposal_ids._get_riding())

    def test_versions_of_lanes(self):
        mine, shown = self.board(self.wang)
        version = mine.get_board_version()
        self.assertEqual(
            {key: lane["version"] for key, lane in version["lanes"].items()}, shown
        )
        self.plan_record.with_user(self.li).action_pin(self.orders[0].ids)
        after = mine.get_board_version()
        self.assertNotEqual(after["version"], version["version"])
        self.assertEqual(after["lanes"][self.trip.id]["user"], "Li")
        self.assertTrue(after["lanes"][self.trip.id]["date"])
        # Looking changes nothing.
        self.assertEqual(mine.get_board_version(), after)

    def test_boards_are_told_and_only_those_who_may_read(self):
        self._clear_bus()
        self.plan_record.with_user(self.li).action_pin(self.orders[0].ids)
        self.env.cr.precommit.run()
        told = self.env["bus.bus"].search([("message", "ilike", "vas_board")])
        self.assertEqual(len(told), 1)
        self.assertIn(str(self.plan_record.id), told.channel)
        asked = [f"vas_board_{self.plan_record.id}", "vas_board_999999", "other"]
        stranger = new_test_user(self.env, "watch-stranger", "base.group_user")
        foreign = new_test_user(
            self.env, "watch-foreign", "vas_logistics.group_vas_logistics_officer"
        )
        other = self.env["res.company"].create({"name": "Other carrier"})
        foreign.write({"company_id": other.id, "company_ids": [Command.set(other.ids)]})
        for user, heard in (
            (self.reader, True),
            (self.li, True),
            (stranger, False),
            (foreign, False),
        ):
            # A websocket knows no chosen companies: those of the user count.
            socket = self.env(user=user, context={})["ir.websocket"]
            channels = socket._get_vas_boards(asked)
            plans = [one.id for one in channels if not isinstance(one, str)]
            self.assertEqual(plans, [self.plan_record.id] * heard, user.login)
            words = [one for one in channels if isinstance(one, str)]
            self.assertEqual(words, ["other"])

    def _clear_bus(self):
        self.env.cr.precommit.run()
        self.env["bus.bus"].search([("id", ">", 0)]).unlink()


@tagged("post_install", "-at_install")
class TestBoardOnTheRoad(LogisticsCommon):
    """What a person pinned stays; what left a broken trip can be planned again."""

    def test_pinned_order_is_left_behind_for_nobody(self):
        """One place on the vehicle: the pinned order of an ordinary customer has it."""
        late = {"vas_deliver_to": f"{DAY} 05:00:00"}
        pinned = self.order(self.shipper1, self.a, self.c, 9000, 40, **late)
        plan = self.plan(pinned, self.v1)
        plan.action_plan()
        plan.action_pin(pinned.ids)
        better = self.order(self.shipper2, self.a, self.c, 9000, 40, **late)
        better.vas_priority = 1
        pinned.vas_priority = 8
        plan.picking_ids |= better
        plan.action_replan()
        self.assertEqual(plan.proposal_ids.picking_ids, pinned)
        self.assertEqual(plan.unserved_ids.picking_id, better)
        plan.action_pin(pinned.ids, False)
        plan.action_replan()
        self.assertEqual(plan.proposal_ids.picking_ids, better)

    def test_orders_of_a_broken_trip_are_on_the_board_again(self):
        orders = self.order(self.shipper1, self.a, self.b, 500, 2) | self.order(
            self.shipper2, self.a, self.c, 500, 2
        )
        plan = self.plan(orders, self.v1 | self.vehicle("V3", self.a))
        plan.action_plan()
        plan.action_accept()
        trip = plan.proposal_ids
        batch = trip.batch_id
        board = plan.get_board(plan.id)
        statuses = {order["status"]["code"] for order in board["orders"].values()}
        self.assertEqual(statuses, {"planned"})
        self.assertTrue(board["trips"][0]["running"])
        batch.vas_departure_date = f"{DAY} 00:00:00"
        delivered, left = orders
        delivered._vas_deliver(f"{DAY} 02:00:00", "Receiver")
        wizard = self.env["vas.trip.breakdown"].create(
            {"batch_id": batch.id, "what": "open", "note": "Tyre"}
        )
        wizard.action_apply()
        self.assertFalse(left.batch_id)
        board = plan.get_board(plan.id)
        self.assertEqual(board["unplanned"], left.ids)
        self.assertEqual(board["trips"][0]["orders"], delivered.ids)
        status = board["orders"][delivered.id]["status"]
        self.assertEqual(status, {"code": "delivered", "word": "Delivered"})
        plan.state = "planned"
        self.assertEqual(plan._get_orders_to_plan(), left)
        answer = plan.check_move(left.id, vehicle_id=plan.vehicle_ids[1].id)
        self.assertEqual(answer["level"], "ok", answer["messages"])
        left.action_cancel()
        self.assertFalse(plan.get_board(plan.id)["unplanned"])
