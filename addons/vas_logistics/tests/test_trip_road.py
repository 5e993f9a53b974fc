import base64
import io
from contextlib import contextmanager
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import HttpCase, freeze_time, new_test_user, tagged
from odoo.tools.pdf import PdfReader

from .common import DAY, LogisticsCommon

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


class RoadCommon(LogisticsCommon):
    """An accepted trip of two shippers: A loads 1, B loads 2, C unloads both."""

    @classmethod
    def accept(cls, orders, vehicles=None):
        plan = cls.plan(orders, vehicles)
        plan.action_plan()
        plan.action_accept()
        return plan.proposal_ids.batch_id

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.orders = cls.example_orders()
        cls.trip = cls.accept(cls.orders, cls.v1)
        cls.first, cls.second = cls.orders

    @contextmanager
    def refused(self, text):
        """The message comes, and nothing is left behind."""
        with self.assertRaisesRegex(UserError, text), self.env.cr.savepoint():
            yield

    def stop(self, outlet, trip=None):
        stops = (trip or self.trip)._get_vas_stop_list()
        return next(stop for stop in stops if stop["outlet"] == outlet)

    def report(self, kind, outlet=None, orders=(), trip=None, **values):
        trip = trip or self.trip
        self._number = getattr(self, "_number", 0) + 1
        return trip._record_vas_report(
            {
                "key": f"key-{self._number:08}",
                "kind": kind,
                "stop": self.stop(outlet, trip)["key"] if outlet else "",
                "orders": [order.id for order in orders],
                "date": None,
                "reason": 0,
                "note": "",
                "receiver": "",
                "signature": "",
                "photos": [],
                **values,
            }
        )

    def drive(self):
        """Everything until the hand-over."""
        self.report("start")
        self.report("arrived", self.b)
        self.report("loaded", self.b, self.second)
        self.report("arrived", self.c)


@tagged("post_install", "-at_install")
class TestTripRoad(RoadCommon):
    def statuses(self):
        return self.orders.mapped("vas_status")

    def test_status_from_order_to_proof(self):
        fresh = self.order(self.shipper1, self.a, self.c, 1, 1)
        self.assertEqual(fresh.vas_status, "new")
        fresh.action_confirm()
        self.assertEqual(fresh.vas_status, "waiting")
        self.assertEqual(self.statuses(), ["planned", "planned"])
        self.assertEqual(self.trip.vas_trip_status, "ready")
        self.report("start")
        self.assertEqual(self.statuses(), ["road", "planned"])
        self.assertEqual(self.trip.vas_trip_status, "road")
        self.report("arrived", self.b)
        self.report("loaded", self.b, self.second)
        self.report("arrived", self.c)
        self.assertEqual(self.statuses(), ["arrived", "arrived"])
        self.report("delivered", self.c, self.first, receiver="Li", signature="")
        self.assertEqual(self.statuses(), ["delivered", "arrived"])
        # Core would take the delivered order off its trip.
        self.assertEqual(self.trip.picking_ids, self.orders)
        self.assertEqual(self.trip.state, "in_progress")
        self.report("delivered", self.c, self.second, receiver="Wang")
        self.assertEqual(self.trip.state, "done")
        # Core would date the trip like its orders.
        self.assertEqual(self.trip.scheduled_date, self.trip.vas_proposal_id.date_start)
        self.assertEqual(self.orders.mapped("state"), ["done", "done"])
        self.assertEqual(self.orders.mapped("vas_receiver"), ["Li", "Wang"])
        self.assertTrue(all(self.orders.mapped("vas_feedback_date")))
        self.assertEqual(self.orders.move_ids.mapped("quantity"), [10, 10])

    def test_a_report_counts_once(self):
        self.drive()
        report = {"key": "same-key-1", "receiver": "Li"}
        self.report("delivered", self.c, self.orders, **report)
        moment = self.first.vas_feedback_date
        events = len(self.trip.vas_event_ids)
        self.assertEqual(self.report("delivered", self.c, self.orders, **report), "")
        self.assertEqual(len(self.trip.vas_event_ids), events)
        # Another key for the same delivery changes nothing either.
        self.report("delivered", self.c, self.orders, receiver="Zhao")
        self.assertEqual(self.first.vas_feedback_date, moment)
        self.assertEqual(self.first.vas_receiver, "Li")
        self.assertEqual(self.orders.move_ids.mapped("quantity"), [10, 10])

    def test_delivery_needs_a_receiver(self):
        self.drive()
        with self.refused("who received"):
            self.report("delivered", self.c, self.orders)
        self.assertEqual(self.statuses(), ["arrived", "arrived"])

    def test_problem_by_record(self):
        """What a problem does, and what it asks for, are fields of its record."""
        self.drive()
        keep = self.env.ref("vas_logistics.delivery_reason_absent")
        self.report("problem", self.c, self.first, reason=keep.id)
        self.assertEqual(self.first.vas_status, "problem")
        self.assertEqual(self.first.batch_id, self.trip)
        self.report("delivered", self.c, self.first, receiver="Li")
        self.assertEqual(self.first.vas_status, "delivered")
        refused = self.env.ref("vas_logistics.delivery_reason_refused")
        refused.effect = "reopen"
        with self.refused("what happened"):
            self.report("problem", self.c, self.second, reason=refused.id)
        self.report("problem", self.c, self.second, reason=refused.id, note="Wet")
        self.assertFalse(self.second.batch_id)
        self.assertFalse(self.second.vas_loaded_date)
        self.assertEqual(self.second.vas_status, "problem")
        self.assertIn(
            self.second,
            self.second.search(self.second._get_vas_to_plan_domain()),
        )
        self.assertEqual(self.trip.state, "done")
        damaged = self.env.ref("vas_logistics.delivery_reason_damaged")
        with self.refused("choose what"):
            self.report("problem", orders=self.orders)
        with self.refused("photo"):
            self.report("problem", orders=self.orders, reason=damaged.id)

    def test_back_on_a_trip_is_a_new_try(self):
        self.drive()
        refused = self.env.ref("vas_logistics.delivery_reason_refused")
        refused.effect = "reopen"
        self.report("problem", self.c, self.second, reason=refused.id, note="Wet")
        again = self.accept(self.second, self.v2)
        self.assertEqual(self.second.vas_status, "planned")
        self.assertEqual(self.second.batch_id, again)

    def test_photos_and_signatures_are_pictures(self):
        self.drive()
        signature = "data:image/png;base64," + base64.b64encode(PIXEL).decode()
        self.report(
            "delivered",
            self.c,
            self.orders,
            receiver="Li",
            signature=signature,
            photos=[("door.png", PIXEL)],
        )
        event = self.trip.vas_event_ids.filtered(lambda e: e.kind == "delivered")
        self.assertTrue(event.signature)
        self.assertEqual(event.photo_ids.raw, PIXEL)
        with self.refused("not a photo"):
            self.report("arrived", self.c, photos=[("x.jpg", b"<script>")])
        with self.refused("cannot be read"):
            self.report("arrived", self.c, signature="data:image/png;base64,AAAA")

    def test_order_cancelled_on_the_road(self):
        """One truth: the office cancelled, the driver is told, nothing is delivered."""
        self.drive()
        self.first.action_cancel()
        self.assertEqual(self.first.vas_status, "returning")
        page = self.trip._get_vas_page()
        self.assertEqual([o["id"] for o in page["cancelled"]], self.first.ids)
        refusal = self.report("delivered", self.c, self.orders, receiver="Li")
        self.assertIn(self.first.name, refusal)
        self.assertIn("Do not deliver", refusal)
        self.assertEqual(self.first.state, "cancel")
        self.assertEqual(self.second.state, "done")
        event = self.trip.vas_event_ids.filtered("refusal")
        self.assertEqual(event.refusal, refusal)
        self.assertEqual(self.trip.state, "done")

    def test_delivered_order_cannot_be_cancelled(self):
        self.drive()
        self.report("delivered", self.c, self.first, receiver="Li")
        with self.assertRaises(UserError):
            self.first.action_cancel()

    def test_cancelled_trip_keeps_what_was_delivered(self):
        self.drive()
        self.report("delivered", self.c, self.first, receiver="Li")
        self.trip.action_cancel()
        self.assertEqual(self.first.batch_id, self.trip)
        self.assertFalse(self.second.batch_id)
        self.assertEqual(self.trip.state, "done")

    def test_reports_of_a_cancelled_trip_change_nothing(self):
        self.report("start")
        self.trip.action_cancel()
        refusal = self.report("delivered", orders=self.orders[:0], stop="s0")
        self.assertIn("cancelled", refusal)

    def test_stranger_order_is_refused(self):
        self.drive()
        other = self.order(self.shipper1, self.a, self.c, 1, 1)
        with self.refused("never on trip"):
            self.report("delivered", self.c, other, receiver="Li")

    def test_order_added_by_hand_gets_a_stop(self):
        extra = self.order(self.shipper1, self.b, self.a, 10, 1)
        extra.action_confirm()
        extra.batch_id = self.trip
        stops = self.trip._get_vas_stop_list()
        self.assertEqual(
            [stop["outlet"] for stop in stops], [self.a, self.b, self.c, self.a]
        )
        self.assertIn(extra, stops[1]["pickups"])
        self.assertEqual(stops[3]["deliveries"], extra)

    def test_vehicle_breaks_down_another_takes_over(self):
        self.report("start")
        token = self.trip.vas_driver_token
        wizard = self.env["vas.trip.breakdown"].create(
            {"batch_id": self.trip.id, "note": "Engine", "vehicle_id": self.v2.id}
        )
        wizard.action_apply()
        self.assertEqual(self.trip.vehicle_id, self.v2)
        self.assertEqual(self.trip.driver_id, self.v2.driver_id)
        self.assertNotEqual(self.trip.vas_driver_token, token)
        self.assertEqual(self.trip.picking_ids, self.orders)
        self.assertIn("breakdown", self.trip.vas_event_ids.mapped("kind"))

    def test_vehicle_breaks_down_small_or_busy_replacement(self):
        small = self.truck_class.copy({"name": "Van", "weight_capacity": 1000})
        self.v2.category_id = small
        wizard = self.env["vas.trip.breakdown"].create(
            {"batch_id": self.trip.id, "note": "Engine", "vehicle_id": self.v2.id}
        )
        with self.refused("over by"):
            wizard.action_apply()
        self.v2.category_id = self.truck_class
        self.accept(self.order(self.shipper1, self.b, self.c, 1, 1), self.v2)
        with self.refused("is on trip"):
            wizard.action_apply()

    def test_vehicle_breaks_down_back_to_the_open_orders(self):
        self.drive()
        self.report("delivered", self.c, self.first, receiver="Li")
        wizard = self.env["vas.trip.breakdown"].create(
            {"batch_id": self.trip.id, "note": "Engine", "what": "open"}
        )
        self.assertEqual(wizard.open_count, 1)
        wizard.action_apply()
        self.assertEqual(self.trip.state, "done")
        self.assertEqual(self.first.batch_id, self.trip)
        self.assertEqual(self.second.vas_status, "waiting")
        with self.refused("nothing was changed"):
            wizard.action_apply()

    def test_vehicle_breaks_down_onto_another_trip(self):
        other = self.accept(self.order(self.shipper1, self.b, self.c, 1, 1), self.v2)
        wizard = self.env["vas.trip.breakdown"].create(
            {
                "batch_id": self.trip.id,
                "note": "Engine",
                "what": "trip",
                "target_id": other.id,
            }
        )
        wizard.action_apply()
        self.assertEqual(self.orders.batch_id, other)
        self.assertEqual(len(other.picking_ids), 3)
        self.assertEqual(self.trip.state, "cancel")

    def test_promises_of_an_order_have_clocks(self):
        """The shipped promises, put into force: planned soon, reported soon."""
        policy = self.env.ref("vas_logistics.sla_policy_transport")
        policy.state = "active"
        self.addCleanup(self.env.registry.clear_cache)
        order = self.order(
            self.shipper1, self.b, self.c, 10, 1, vas_deliver_to=f"{DAY} 12:00:00"
        )
        clocks = self.env["vas.sla.clock"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", order.id)]
        )
        planned = clocks.filtered(lambda clock: clock.kind == "condition")
        report = clocks.filtered(lambda clock: clock.kind == "date")
        self.assertEqual(report.deadline, datetime(2030, 5, 6, 14))
        self.assertEqual(planned.state, "running")
        self.accept(order, self.v2)
        self.assertEqual(planned.outcome, "met")

    def test_dock_leaves_the_destination_alone(self):
        dock = self.env["stock.location"].create(
            {
                "name": "Dock 1",
                "usage": "internal",
                "location_id": self.warehouse.view_location_id.id,
                "company_id": self.company.id,
            }
        )
        self.trip.dock_id = dock
        self.assertEqual(self.first.move_ids.location_dest_id, self.c.location_id)

    def test_late_feedback_and_late_orders(self):
        self.first.vas_deliver_to = f"{DAY} 12:00:00"
        late = [("vas_late", "=", True), ("id", "in", self.orders.ids)]
        with freeze_time(f"{DAY} 11:00:00"):
            self.assertFalse(self.first.vas_late)
        self.first.vas_deliver_to = "2020-01-01 12:00:00"
        self.assertTrue(self.first.vas_late)
        self.assertEqual(self.first.search(late), self.first)


@tagged("post_install", "-at_install")
class TestGate(RoadCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.vas_gate_required = True
        cls.guard = new_test_user(
            cls.env,
            "gate-guard",
            "vas_logistics.group_vas_logistics_user",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
        )

    def release(self, user=None, **values):
        releases = self.env["vas.gate.release"].with_user(user or self.guard)
        return releases.create(
            {"batch_id": self.trip.id, "counted": 10, "slip_kept": True, **values}
        )

    def test_count_must_agree_and_the_slip_stays(self):
        """DOC-07: 10 against a slip of 10 leaves, 8 does not."""
        self.assertEqual(self.trip.vas_trip_status, "gate")
        with self.refused("10 pieces.*counted 8"):
            self.release(counted=8)
        with self.refused("keep the stock-out slip"):
            self.release(slip_kept=False)
        with self.refused("gate has not released"):
            self.report("start")
        release = self.release(date="2001-01-01 00:00:00", user_id=self.env.user.id)
        self.assertEqual(release.user_id, self.guard)
        self.assertEqual(release.expected, 10)
        self.assertGreater(release.date, datetime(2020, 1, 1))
        self.assertEqual(self.trip.vas_trip_status, "ready")
        self.report("start")
        self.assertEqual(self.trip.vas_trip_status, "road")

    def test_nobody_changes_a_release(self):
        release = self.release()
        for role in ("user", "officer", "manager", "admin"):
            user = new_test_user(
                self.env,
                f"gate-{role}",
                f"vas_logistics.group_vas_logistics_{role}",
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            with self.assertRaises(AccessError):
                release.with_user(user).write({"counted": 9})
            with self.assertRaises(AccessError):
                release.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.trip.vas_event_ids.with_user(user).create(
                    {"batch_id": self.trip.id, "kind": "start", "date": "2030-01-01"}
                )

    def test_segregation_is_a_switch(self):
        """DOC-08, AMB-64: off by default; on, the dispatcher may not release."""
        self.trip.vas_dispatcher_id = self.guard
        self.company.vas_gate_segregation = True
        with self.refused("dispatched by"):
            self.release()
        self.company.vas_gate_segregation = False
        self.assertTrue(self.release())

    def test_statuses_can_be_searched(self):
        batches = self.env["stock.picking.batch"]
        for status in ("gate", "ready"):
            found = batches.search(
                [("vas_trip_status", "=", status), ("id", "=", self.trip.id)]
            )
            self.assertEqual(bool(found), status == self.trip.vas_trip_status)


@tagged("post_install", "-at_install")
class TestDriverPage(RoadCommon, HttpCase):
    def url(self, tail=""):
        return f"/vas/trip/{self.trip.id}/{self.trip.vas_driver_token}{tail}"

    def send(self, **values):
        data = {"key": "0123456789", "kind": "start", "date": "", **values}
        return self.url_open(self.url("/report"), data=data)

    def test_page_and_reports_without_login(self):
        page = self.url_open(self.url())
        self.assertEqual(page.status_code, 200)
        self.assertIn(self.trip.name, page.text)
        self.assertIn("no-store", page.headers["Cache-Control"])
        self.assertNotIn("o_main_navbar", page.text)
        self.assertLess(len(page.content), 100_000)
        answer = self.send().json()
        self.assertTrue(answer["state"]["departed"])
        again = self.send()
        self.assertEqual(again.status_code, 200)
        self.assertEqual(len(self.trip.vas_event_ids), 1)
        self.assertEqual(self.send(kind="explode", key="1234567890").status_code, 400)
        self.assertEqual(self.send(key="short").status_code, 400)
        refused = self.send(kind="problem", key="abcdefghij", orders=str(self.first.id))
        self.assertEqual(refused.status_code, 422)
        self.assertIn("choose", refused.json()["message"])
        self.assertEqual(
            self.url_open(self.url("/state")).json()["state"]["status"], "road"
        )
        # Never by GET.
        self.assertEqual(self.url_open(self.url("/report")).status_code, 405)
        self.assertEqual(self.url_open("/vas/trip/worker.js").status_code, 200)

    def test_link_expires_and_is_revoked(self):
        url = self.url()
        self.assertEqual(self.url_open(f"{url}x").status_code, 404)
        self.trip.vas_driver_until = fields.Datetime.now() - timedelta(minutes=1)
        self.assertEqual(self.url_open(url).status_code, 403)
        self.assertEqual(self.send().status_code, 403)
        self.trip.action_vas_renew_link()
        self.assertEqual(self.url_open(url).status_code, 404)
        self.assertEqual(self.url_open(self.url()).status_code, 200)
        url = self.url()
        self.trip.action_vas_revoke_link()
        gone = self.url_open(url)
        self.assertEqual(gone.status_code, 404)
        self.assertIn("no longer works", gone.text)
        self.assertEqual(
            self.url_open(f"/vas/trip/{self.trip.id}/False").status_code, 404
        )

    def test_only_dispatchers_see_the_link(self):
        user = new_test_user(
            self.env,
            "road-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            self.trip.with_user(user).read(["vas_driver_url"])


@tagged("post_install", "-at_install")
class TestTripSheet(RoadCommon, HttpCase):
    def html(self, report):
        ref = f"vas_logistics.action_report_{report}"
        body, _kind = self.env["ir.actions.report"]._render_qweb_html(
            ref, self.trip.ids
        )
        return body.decode()

    def test_loading_order_is_the_reverse_of_unloading(self):
        extra = self.order(self.shipper1, self.a, self.b, 100, 1)
        trip = (
            self.accept(
                extra | self.order(self.shipper1, self.a, self.c, 100, 1), self.v2
            )
            or self.trip
        )
        lines = trip._get_vas_loading_order(trip._get_vas_stop_list())
        numbers = [line["number"] for line in lines]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        self.assertEqual(len(lines), len(trip.picking_ids))

    def test_empty_trip_is_not_printed(self):
        self.trip.picking_ids = False
        with self.refused("nothing to print"):
            self.trip._check_vas_printable()

    def test_pdf_has_chinese_text(self):
        """Real characters in the file, not boxes: fonts are found and embedded."""
        self.trip.driver_id.name = "张志强"
        report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        pdf, kind = report._render_qweb_pdf(
            "vas_logistics.action_report_trip_sheet", self.trip.ids
        )
        self.assertEqual(kind, "pdf")
        pages = PdfReader(io.BytesIO(pdf)).pages
        text = "".join("".join(page.extract_text().split()) for page in pages)
        self.assertIn("张志强", text)

    def test_sheet_says_what_the_board_says(self):
        text = self.html("trip_sheet")
        for part in (self.trip.name, "V1", "Stop 3/3", "10000", "50.00"):
            self.assertIn(part, text.replace("</t>", ""))
        self.assertIn(self.first.name, self.html("loading_list"))
