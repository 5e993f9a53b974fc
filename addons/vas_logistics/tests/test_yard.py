from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, freeze_time, new_test_user, tagged

from .common import LogisticsCommon


@tagged("post_install", "-at_install")
class TestYard(LogisticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.user.tz = "UTC"
        cls.doors = cls.env["stock.location"].create(
            [
                {
                    "name": f"Door {number}",
                    "usage": "internal",
                    "location_id": cls.warehouse.lot_stock_id.id,
                    "company_id": cls.company.id,
                    "vas_is_door": True,
                    "vas_door_minutes": 45,
                    "vas_door_order": number,
                }
                for number in (1, 2, 3, 4)
            ]
        )

    def book(self, at, until=None, door=0, day="2030-09-02", **values):
        vals = {
            "door_id": self.doors[door].id,
            "company_id": self.company.id,
            "vehicle_id": self.v1.id,
            "start": f"{day} {at}:00",
            **values,
        }
        if until:
            vals["stop"] = f"{day} {until}:00"
        return self.env["vas.door.booking"].create(vals)

    def test_one_vehicle_at_a_door(self):
        booking = self.book("08:00")
        self.assertEqual(booking.stop, datetime(2030, 9, 2, 8, 45))
        with self.assertRaises(ValidationError) as refused:
            self.book("08:30", "09:10", vehicle_id=self.v2.id)
        self.assertRegex(str(refused.exception), "Next free: .*8:45")
        self.book("08:45", "09:10", vehicle_id=self.v2.id)
        self.book("08:30", "09:10", door=1, vehicle_id=self.v2.id)
        booking.action_cancel()
        self.book("08:05", "08:45", vehicle_id=self.v2.id)
        with self.assertRaisesRegex(ValidationError, "is taken"):
            booking.action_rebook()

    def test_bookings_at_once_cost_no_more_queries(self):
        """A free door is asked for once, however many bookings are entered."""
        bookings = self.env["vas.door.booking"]
        for hour in range(6, 18):
            bookings |= self.book(f"{hour:02}:00", door=hour % 4)

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._check_free()
            return self.env.cr.sql_log_count - before

        queries(bookings)
        self.assertEqual(queries(bookings), queries(bookings[:1]))

    def test_doors_by_season(self):
        """Four doors in the peak, at most two off-season (WHS-01)."""
        self.book("08:00", door=3)
        with self.assertRaisesRegex(ValidationError, "at most 2 doors"):
            self.book("08:00", door=2, day="2030-05-06")
        self.book("08:00", door=1, day="2030-05-06")

    def test_vehicle_class(self):
        other = self.env["fleet.vehicle.model.category"].create({"name": "Van"})
        self.doors[0].vas_door_category_ids = other
        with self.assertRaisesRegex(ValidationError, "does not fit Door 1"):
            self.book("08:00")

    def test_waiting_time_is_measured(self):
        """Waiting before the door and time at it, in minutes (LRP-02)."""
        booking = self.book("08:00")
        with freeze_time("2030-09-02 07:50:00"):
            booking.action_arrive()
        with self.assertRaisesRegex(UserError, "“Waiting” already"):
            booking.action_arrive()
        with freeze_time("2030-09-02 08:20:00"):
            booking.action_dock()
        with freeze_time("2030-09-02 09:00:00"):
            booking.action_leave()
        self.assertEqual((booking.waiting_minutes, booking.door_minutes), (30, 40))
        self.assertEqual(booking.state, "left")
        with self.assertRaisesRegex(UserError, "already"):
            booking.action_cancel()

    def test_the_form_says_before_saving(self):
        """A taken time is told while it is typed, with the next free one (K3)."""
        self.book("08:00")
        form = Form(self.env["vas.door.booking"])
        form.door_id = self.doors[0]
        form.start = datetime(2030, 9, 2, 8, 30)
        self.assertRegex(form.clash, "taken by V1 .* Next free: .*8:45")
        form.start = datetime(2030, 9, 2, 8, 45)
        self.assertFalse(form.clash)

    def test_one_vehicle_stands_at_a_door(self):
        first, second = self.book("08:00"), self.book("09:00", vehicle_id=self.v2.id)
        first.action_dock()
        second.action_arrive()
        with self.assertRaisesRegex(UserError, "V1 still stands at Door 1"):
            second.action_dock()
        first.action_leave()
        second.action_dock()

    def test_the_board_counts_minutes(self):
        """Who waits longest stands first; minutes are words, lateness is said."""
        late, early = self.book("08:00"), self.book("09:00", vehicle_id=self.v2.id)
        with freeze_time("2030-09-02 08:10:00"):
            self.assertEqual(late.progress, "Expected 10 min ago")
            early.action_arrive()
        with freeze_time("2030-09-02 08:15:00"):
            late.action_arrive()
        bookings = self.env["vas.door.booking"].search(
            [("id", "in", (late | early).ids)]
        )
        self.assertEqual(bookings, early | late)
        self.env.invalidate_all()
        with freeze_time("2030-09-02 08:40:00"):
            self.assertEqual(late.progress, "Waiting for 25 min")
            self.assertTrue(late.is_overdue)
            self.assertFalse(early.is_overdue)
            found = late.search([("is_overdue", "=", True), ("id", "in", bookings.ids)])
            self.assertEqual(found, late)
            late.action_dock()
        with freeze_time("2030-09-02 09:00:00"):
            self.env.invalidate_all()
            self.assertEqual(late.progress, "At the door for 20 of 45 min")
            late.action_leave()
        self.assertEqual(late.progress, "Waited 25 min, at the door 20 min")
        self.assertEqual(late.yard_minutes, 45)

    def test_report_by_class_door_and_hour(self):
        """Waiting time by vehicle class, door and hour of arrival (LRP-02)."""
        self.company.partner_id.tz = "Asia/Shanghai"
        booking = self.book("08:00", purpose="cross")
        with freeze_time("2030-09-02 00:50:00"):
            booking.action_arrive()
        with freeze_time("2030-09-02 01:20:00"):
            booking.action_dock()
        rows = self.env["vas.door.booking"]._read_group(
            [("company_id", "=", self.company.id)],
            ["vehicle_category_id", "door_id", "arrival_hour"],
            ["waiting_minutes:avg"],
        )
        self.assertEqual(rows, [(self.truck_class, self.doors[0], "08:00", 30.0)])

    def test_times_are_corrected_with_a_reason(self):
        booking = self.book("08:00")
        with freeze_time("2030-09-02 08:20:00"):
            booking.action_arrive()
        with freeze_time("2030-09-02 08:30:00"):
            booking.action_dock()
        action = booking.action_correct_times()

        def correct(**values):
            return (
                self.env["vas.door.correct"]
                .with_context(**action["context"])
                .create({"reason": "Gate forgot", **values})
            )

        with freeze_time("2030-09-02 09:00:00"):
            correct(arrived_at="2030-09-02 07:50:00").action_correct()
            self.assertEqual(booking.waiting_minutes, 40)
            self.assertIn("Gate forgot", booking.message_ids[0].body)
            with self.assertRaisesRegex(UserError, "never emptied"):
                correct(docked_at=False).action_correct()
            with self.assertRaisesRegex(UserError, "in this order"):
                correct(docked_at="2030-09-02 07:00:00").action_correct()
            with self.assertRaisesRegex(UserError, "not in the future"):
                correct(docked_at="2030-09-02 10:00:00").action_correct()
        user = new_test_user(
            self.env,
            "yard-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.env["vas.door.correct"].with_user(user).create(
                {"booking_id": booking.id, "reason": "Mine"}
            )

    def trip(self, leaves="2030-09-02 09:00:00"):
        order = self.order(self.shipper1, self.a, self.c, 600, 1)
        order.action_confirm()
        trip = self.env["stock.picking.batch"].create(
            {
                "picking_type_id": self.type.id,
                "company_id": self.company.id,
                "vehicle_id": self.v1.id,
                "picking_ids": [Command.set(order.ids)],
            }
        )
        trip.scheduled_date = leaves
        return trip

    def test_departure_proposes_door_and_picking(self):
        """Trip, door and people are one plan: the door's time ends with departure."""
        trip = self.trip()
        for door in (0, 1):
            self.book("08:30", "09:15", door=door, vehicle_id=self.v2.id)
        self.book("07:50", "08:10", door=0, vehicle_id=self.v2.id)
        self.doors[2].vas_door_minutes = 60
        self.doors[3].vas_door_category_ids = self.env[
            "fleet.vehicle.model.category"
        ].create({"name": "Van"})
        context = trip.action_vas_book_door()["context"]
        booking = self.env["vas.door.booking"].with_context(**context).create({})
        # Door 3 can take it from 8:00, doors 1 and 2 only before; door 4 does not fit.
        self.assertEqual(booking.door_id, self.doors[2])
        self.assertEqual(booking.start, datetime(2030, 9, 2, 8, 0))
        self.assertEqual(booking.stop, datetime(2030, 9, 2, 9, 0))
        self.assertEqual(booking.vehicle_id, self.v1)
        booking.write({"pieces": 300, "pickers": 2, "per_hour": 200})
        self.assertEqual(booking.picking_start, datetime(2030, 9, 2, 7, 15))
        load = self.env["vas.picking.load"].search([("booking_id", "=", booking.id)])
        self.assertEqual(load.mapped("time"), ["07:00", "07:30"])
        self.assertEqual(load.mapped("people"), [2, 2])
        self.assertEqual(trip.action_vas_book_door()["res_id"], booking.id)
        self.assertIn("Door 3", trip.vas_door_time)
        trip.scheduled_date = "2030-09-02 08:30:00"
        self.assertIn("leaves at", booking.clash)

    def test_a_late_trip_gets_the_next_free_time(self):
        trip = self.trip("2030-09-02 09:00:00")
        self.doors[1:].vas_is_door = False
        with freeze_time("2030-09-02 08:30:00"):
            context = trip.action_vas_book_door()["context"]
        self.assertEqual(context["default_start"], datetime(2030, 9, 2, 9, 0))
        self.doors.vas_is_door = False
        with self.assertRaisesRegex(UserError, "No door is open for trip"):
            trip.action_vas_book_door()

    def test_months_have_one_season(self):
        """August to February is the peak until somebody changes it (WHS-02)."""
        seasons = self.env["vas.season"]._get_by_month(self.company)
        self.assertEqual(sorted(seasons), list(range(1, 13)))
        self.assertTrue(seasons[1].is_peak and seasons[8].is_peak)
        self.assertFalse(seasons[5].is_peak)
        with self.assertRaisesRegex(ValidationError, "also belongs to"):
            self.env["vas.season"].create(
                {"name": "Late", "month_from": "2", "month_to": "3", "doors_max": 1}
            )
        own = self.env["vas.season"].create(
            {
                "name": "Ours",
                "month_from": "5",
                "month_to": "5",
                "doors_max": 4,
                "company_id": self.company.id,
            }
        )
        self.assertEqual(self.env["vas.season"]._get_by_month(self.company)[5], own)


@tagged("post_install", "-at_install")
class TestSeasonPlan(LogisticsCommon):
    def plan(self, **values):
        return self.env["vas.season.plan"].create(
            {
                "warehouse_id": self.warehouse.id,
                "year": fields.Date.today().year + 1,
                "past_years": 2,
                "working_days": 1,
                "peak_factor": 1,
                "per_hour": 200,
                "hours_per_day": 8,
                "pieces_per_vehicle": 1000,
                "minutes_per_vehicle": 42,
                "opening_hours": 8,
                "door_usage": 0.85,
                "wall_aisle": 3,
                "wall_aisle_min": 3,
                **values,
            }
        )

    def test_people_and_doors_of_the_catalogue(self):
        """48,000 a day, 1,600 each, 24 there: 30 needed, 6 missing (WHS-04, LRP-03)."""
        kind = self.warehouse.in_type_id
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 48000,
                "quantity": 48000,
                "picked": True,
                "picking_type_id": kind.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "company_id": self.company.id,
            }
        )
        move._action_confirm()
        move.quantity = 48000
        move.picked = True
        move._action_done()
        plan = self.plan(staff=24)
        plan.action_compute()
        self.assertEqual(len(plan.line_ids), 12)
        month = plan.line_ids.filtered("past_volume")
        self.assertEqual(int(month.month), move.date.month)
        self.assertEqual(month.past_volume, 48000)
        self.assertEqual((month.people_needed, month.people_gap), (30, 6))
        self.assertEqual(plan.people_gap, 6)
        self.assertEqual(month.doors_needed, 5)  # 48 × 42 min ÷ 408 min = 4.94
        self.assertEqual(sum(plan.hour_ids.mapped("share")), 1)
        plan.growth = 0.1
        self.assertAlmostEqual(month.volume, 52800)
        self.assertEqual(month.people_needed, 33)
        plan.action_decide()
        with self.assertRaisesRegex(UserError, "Reopen"):
            plan.action_compute()
        with self.assertRaisesRegex(UserError, "Reopen"):
            plan.staff = 99
        plan.action_reopen()
        plan.action_compute()

    def test_floor_and_investment(self):
        """54 × 34 m of 60 × 40 (WHS-03); 350 × 120 + 150 × 100 + 30,000 (WHS-05)."""
        plan = self.plan(floor_length=60, floor_width=40)
        self.assertEqual(plan.block_area, 1836)
        self.assertAlmostEqual(plan.block_share, 0.765)
        self.assertFalse(plan.layout_warning)
        plan.wall_aisle = 2.9
        self.assertIn("at least 3 m", plan.layout_warning)
        specs = [
            self.env.ref(f"vas_logistics.equipment_{name}")
            for name in ("pallet_1200", "pallet_1000", "racks")
        ]
        plan.investment_ids = [
            Command.create({"spec_id": spec.id, "quantity": quantity})
            for spec, quantity in zip(specs, (350, 150, 1), strict=True)
        ]
        self.assertEqual(plan.investment_ids.mapped("amount"), [42000, 15000, 30000])
        self.assertEqual(plan.investment_total, 87000)
        with self.assertRaisesRegex(ValidationError, "outside the range"):
            plan.investment_ids[0].unit_price = 160

    def test_empty_history_is_said(self):
        """No history is a sentence, not twelve months with nothing to do."""
        plan = self.plan()
        plan.action_compute()
        self.assertIn("Type the planned volume of each month", plan.history_warning)
        plan.line_ids[0].past_volume = 1
        self.assertIn("for February, March", plan.history_warning)

    def test_aisles_pallets_and_racks(self):
        """Aisles between the goods are figures of the plan (AMB-14, WHS-05)."""
        plan = self.plan(
            floor_length=60,
            floor_width=40,
            forklift_aisles=2,
            forklift_aisle_width=3,
            foot_aisles=3,
            foot_aisle_width=1,
        )
        self.assertEqual((plan.block_area, plan.storage_area), (1836, 1428))
        plan.action_compute()
        plan.line_ids[0].volume = 50000
        plan.write({"pieces_per_pallet": 100, "storage_days": 3, "pallet_area": 1.2})
        # 50,000 × 3 ÷ 100 = 1,500 pallets; 1,428 ÷ 1.2 = 1,190 stand on the floor.
        plan.pallets_there = 1000
        self.assertEqual(
            (plan.pallets_needed, plan.pallets_gap, plan.rack_places), (1500, 500, 310)
        )

    def move(self, quantity, product=None, days=0, kind=None):
        kind = kind or self.warehouse.in_type_id
        move = self.env["stock.move"].create(
            {
                "product_id": (product or self.product).id,
                "product_uom_qty": quantity,
                "picking_type_id": kind.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "company_id": self.company.id,
                "date": fields.Datetime.now() + timedelta(days=days),
            }
        )
        move._action_confirm(merge=False)
        return move

    def done(self, *args, **kwargs):
        move = self.move(*args, **kwargs)
        move.write({"quantity": move.product_uom_qty, "picked": True})
        move._action_done()
        return move

    def test_coming_days_from_three_sources(self):
        """Late, ordered and usual pieces make the people of a day (WHS-04)."""
        self.env.user.tz = "UTC"
        self.move(800, days=-2)
        self.move(3200, days=1)
        today = fields.Date.today()
        plan = self.plan(
            year=today.year, staff=1, working_days=10, days_ahead=3, pay_per_hour=20
        )
        plan.action_compute()
        plan.line_ids.volume = 16000
        plan.action_decide()
        plan.action_refresh_days()
        days = plan.day_ids
        self.assertEqual(
            [(day.late, day.confirmed, day.expected) for day in days],
            [(800, 0, 1600), (0, 3200, 1600), (0, 0, 1600)],
        )
        # 1,600 a person and day: 2,400, 3,200 and 1,600 pieces.
        self.assertEqual(days.mapped("people_needed"), [2, 2, 1])
        self.assertEqual(days.mapped("people_gap"), [1, 1, 0])
        self.assertEqual(days.mapped("gap_cost"), [160, 160, 0])

    def test_zones_from_past_volumes(self):
        """The busiest kind of goods is near the first door (WHS-03)."""
        plan = self.plan(floor_length=60, floor_width=40)
        with self.assertRaisesRegex(UserError, "no finished transfers"):
            plan.action_propose_zones()
        kinds = self.env["product.category"].create(
            [{"name": "Appliances"}, {"name": "Food"}]
        )
        products = self.env["product.product"].create(
            [
                {"name": kind.name, "type": "consu", "categ_id": kind.id}
                for kind in kinds
            ]
        )
        self.done(100, product=products[0])
        self.done(300, product=products[1])
        doors = self.env["stock.location"].create(
            [
                {
                    "name": f"Door {number}",
                    "location_id": self.warehouse.lot_stock_id.id,
                    "company_id": self.company.id,
                    "vas_is_door": True,
                    "vas_door_order": number,
                }
                for number in (1, 2)
            ]
        )
        plan.action_propose_zones()
        self.assertEqual(
            [(zone.category_id, zone.door_id, zone.area) for zone in plan.zone_ids],
            [(kinds[1], doors[0], 1377), (kinds[0], doors[1], 459)],
        )
        plan.picking_type_ids = self.warehouse.out_type_id
        plan.action_compute()
        self.assertTrue(plan.history_warning, "receipts are not counted then")

    def test_defaults_are_records(self):
        plan = self.env["vas.season.plan"].create({"warehouse_id": self.warehouse.id})
        default = self.env.ref("vas_logistics.default_season_plan_per_hour")
        self.assertEqual(plan.per_hour, float(default.json_value))

    def test_productivity_from_work(self):
        plan = self.plan()
        with self.assertRaisesRegex(UserError, "no work records"):
            plan.action_take_productivity()
        operation = self.env.ref("vas_logistics.work_operation_carton")
        worker = self.env["hr.employee"].create(
            {"name": "Li", "company_id": self.company.id}
        )
        self.env["vas.work.record"].create(
            {
                "operation_id": operation.id,
                "employee_id": worker.id,
                "company_id": self.company.id,
                "quantity": 900,
                "hours": 6,
            }
        )
        plan.action_take_productivity()
        self.assertEqual(plan.per_hour, 150)
        with self.assertRaisesRegex(UserError, "no months"):
            plan.action_decide()
