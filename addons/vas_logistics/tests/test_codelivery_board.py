from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestCodeliveryBoard(LogisticsCommon):
    """Changes by hand: checked before they are written, kept when planning again."""

    def setUp(self):
        super().setUp()
        # 1/2 and 2/3 of a truck: two trips, one from A, one from B.
        early = {"vas_deliver_to": f"{DAY} 06:00:00"}
        self.first = self.order(self.shipper1, self.a, self.c, 6000, 30, **early)
        self.second = self.order(self.shipper2, self.b, self.c, 8000, 40, **early)
        self.small = self.order(self.shipper2, self.a, self.c, 600, 3)
        self.board = self.plan(self.first | self.second | self.small)
        self.board.action_plan()

    def trip(self, order):
        return self.board.proposal_ids.filtered(lambda t: order in t.picking_ids)

    def test_check_writes_nothing(self):
        trip = self.trip(self.second)
        answer = self.board.check_move(self.small.id, trip.id)
        self.assertEqual(answer["level"], "ok")
        # V2 drives from B to A and back over B to C: 100 + 100 + 100 km.
        self.assertEqual(answer["km"], 300)
        self.assertEqual(answer["cost_delta"], 1000)
        self.assertEqual(len(answer["stops"]), 4)
        self.assertNotIn(self.small, trip.picking_ids)

    def test_move_and_back(self):
        source, target = self.trip(self.small), self.trip(self.second)
        answer = self.board.action_move_order(self.small.id, target.id)
        self.assertTrue(answer["written"])
        self.assertEqual(set(answer["changed"]), set((source | target).ids))
        self.assertIn(self.small, target.picking_ids)
        self.assertIn(self.small, target.pinned_picking_ids)
        self.assertEqual(source.picking_ids, self.first)
        self.assertEqual(target.cost, 500 + 300 * 5)
        self.assertEqual(sum(target.share_ids.mapped("amount")), target.cost)
        answer = self.board.action_move_order(self.small.id, source.id, pin=False)
        self.assertTrue(answer["written"])
        self.assertEqual(source.picking_ids, self.first | self.small)
        self.assertEqual(target.cost, 500 + 100 * 5)

    def test_too_full_is_refused_with_leg_and_amount(self):
        huge = self.order(self.shipper1, self.b, self.c, 12500, 30)
        self.board.picking_ids |= huge
        trip = self.trip(self.first)
        answer = self.board.action_move_order(huge.id, trip.id, reason="I want it")
        self.assertEqual(answer["level"], "refused")
        self.assertFalse(answer["written"])
        self.assertRegex(" ".join(answer["messages"]), r"Over by 500 kg on leg \d")
        self.assertNotIn(huge, trip.picking_ids)

    def test_late_needs_a_reason_and_locks_the_trip(self):
        self.small.vas_deliver_to = f"{DAY} 03:25:00"
        target = self.trip(self.second)
        answer = self.board.action_move_order(self.small.id, target.id)
        self.assertEqual(answer["level"], "warning")
        self.assertIn("min too late at C", answer["messages"][0])
        self.assertFalse(answer["written"])
        answer = self.board.action_move_order(
            self.small.id, target.id, reason="The consignee agrees"
        )
        self.assertTrue(answer["written"])
        self.assertTrue(target.locked)
        self.assertEqual(target.manual_reason, "The consignee agrees")
        self.assertIn("The consignee agrees", self.board.message_ids[0].body)

    def test_board_says_late_as_the_check_does(self):
        """In time at the gate, too late when the set-up is done."""
        target = self.trip(self.second)
        answer = self.board.check_move(self.small.id, target.id)
        self.small.vas_deliver_to = answer["stops"][-1]["arrival"]
        self.board.profile_id.setup_minutes = 20
        answer = self.board.action_move_order(
            self.small.id, target.id, reason="The consignee agrees"
        )
        self.assertIn(f"{self.small.name}: 40 min too late", answer["messages"][0])
        lanes = {lane["id"]: lane for lane in self.board.get_board()["trips"]}
        stops = lanes[target.id]["stops"]
        self.assertEqual([s["late"] for s in stops], [0] * (len(stops) - 1) + [40])

    def test_order_taken_off_is_listed(self):
        self.board.action_move_order(self.small.id)
        self.assertFalse(self.trip(self.small))
        line = self.board.unserved_ids
        self.assertEqual(line.picking_id, self.small)
        self.assertEqual(line.reason, "taken_off")
        self.assertTrue(line.cure)
        self.board.action_replan()
        self.assertTrue(self.trip(self.small))
        self.assertFalse(self.board.unserved_ids)

    def test_last_order_off_ends_the_trip_and_a_new_one_begins(self):
        trip = self.trip(self.second)
        self.board.action_move_order(self.second.id)
        self.assertFalse(trip.exists())
        answer = self.board.action_move_order(self.second.id, vehicle_id=self.v2.id)
        self.assertTrue(answer["written"])
        self.assertEqual(self.trip(self.second).vehicle_id, self.v2)
        self.assertFalse(self.board.unserved_ids)

    def test_position(self):
        self.board.action_move_order(self.small.id)
        other = self.order(self.shipper1, self.a, self.b, 100, 1)
        self.board.picking_ids |= other
        trip = self.trip(self.first)
        for position, outlets in (
            (1, ["A", "B", "C"]),
            (2, ["A", "C", "B"]),
        ):
            answer = self.board.check_move(other.id, trip.id, position=position)
            self.assertEqual([s["outlet"] for s in answer["stops"]], outlets)

    def test_replan_keeps_pins_and_locks(self):
        target = self.trip(self.second)
        self.board.action_move_order(self.small.id, target.id)
        self.board.action_replan()
        self.assertEqual(self.trip(self.small).vehicle_id, self.v2)
        self.assertEqual(self.trip(self.small).pinned_picking_ids, self.small)
        locked = self.trip(self.first)
        locked.action_lock()
        self.board.action_pin(self.small.ids, pinned=False)
        self.board.action_replan()
        self.assertEqual(self.trip(self.first), locked)
        self.assertEqual(len(self.board.proposal_ids), 2)
        # The other truck may not be moved to a locked trip either.
        answer = self.board.action_move_order(self.small.id, locked.id)
        self.assertIn("is locked", answer["messages"][0])

    def test_accepted_trips_stay(self):
        trip = self.trip(self.second)
        trip.action_accept()
        answer = self.board.action_move_order(self.small.id, trip.id)
        self.assertEqual(answer["level"], "refused")
        self.assertIn("is accepted already", answer["messages"][0])
        self.board.action_replan()
        self.assertEqual(self.trip(self.second), trip)

    def test_foreign_order(self):
        other = self.order(self.shipper1, self.a, self.c, 1, 1)
        with self.assertRaisesRegex(UserError, "not part of plan"):
            self.board.check_move(other.id, self.trip(self.first).id)
