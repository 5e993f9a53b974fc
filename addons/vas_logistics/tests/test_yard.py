from datetime import datetime

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

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
