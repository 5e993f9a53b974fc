import json
import os
import signal
import threading
import time
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from ..tools import parallel
from ..tools.parallel import ParallelSolver
from .common import DAY, LogisticsCommon


@tagged("post_install", "-at_install")
class TestCodeliveryEngine(LogisticsCommon):
    """What a plan records, suggests and compares; searches in processes of their own"""

    def test_background_search_is_recorded_and_can_be_repeated(self):
        self.profile.background_orders = 1
        self.profile.solver_seconds = 1
        plan = self.plan(self.example_orders())
        with trap_jobs() as trap:
            plan.action_plan()
            run = plan.run_id
            self.assertEqual(run.state, "running")
            self.assertEqual(plan.get_progress()["run_state"], "running")
            trap.perform_enqueued_jobs()
        self.assertEqual(plan.state, "planned")
        self.assertEqual(run.state, "done")
        self.assertEqual(run.served_count, 2)
        self.assertEqual(run.best_cost, 1500)
        self.assertTrue(run.curve)
        self.assertTrue(run.trace)
        self.assertGreater(run.first_seconds, 0)
        self.assertIn("served 2/2", plan.run_text)
        notice = plan.action_reproduce()
        self.assertEqual(notice["params"]["type"], "success")
        self.assertEqual(plan.run_ids, run)

    def test_cancelling_ends_the_search(self):
        self.profile.background_orders = 1
        plan = self.plan(self.example_orders())
        with trap_jobs():
            plan.action_plan()
            run = plan.run_id
            plan.action_cancel()
        self.assertEqual(run.state, "cancelled")
        self.assertTrue(run.stop_requested)
        with self.assertRaisesRegex(UserError, "ended already"):
            run.action_stop()

    def test_job_that_was_killed_is_taken_up_again(self):
        """The job starts over with the same run, and nothing is doubled."""
        self.profile.background_orders = 1
        plan = self.plan(self.example_orders())
        with trap_jobs():
            plan.action_plan()
        run = plan.run_id
        with (
            patch.object(ParallelSolver, "solve", side_effect=SystemExit),
            self.assertRaises(SystemExit),
        ):
            plan.with_context(job_uuid="one")._run_plan()
        self.assertEqual(plan.state, "running")
        self.assertFalse(plan.proposal_ids)
        plan.with_context(job_uuid="two")._run_plan()
        plan.with_context(job_uuid="two")._run_plan()
        self.assertEqual(plan.run_ids, run)
        self.assertEqual(len(plan.proposal_ids), 1)

    def test_reasons_of_each_order(self):
        plan = self.plan(self.example_orders())
        plan.action_plan()
        reasons = plan.proposal_ids.order_reasons
        self.assertEqual([r["id"] for r in reasons], plan.picking_ids.ids)
        # The order from B lies on the way: it adds nothing, alone it costs 1,000.
        self.assertIn("Adds 0 km", reasons[1]["text"])
        self.assertIn("1,000", reasons[1]["text"])

    def test_unserved_order_says_by_how_much(self):
        late = self.order(
            self.shipper1, self.a, self.c, 1, 1, vas_deliver_to=f"{DAY} 03:00:00"
        )
        plan = self.plan(late)
        plan.action_plan()
        line = plan.unserved_ids
        # 200 km at 60 km/h are 3 h 20.
        self.assertIn("20 min late", line.explanation)
        self.assertIn("20 min", line.cure)

    def test_window_suggestion_saves_a_trip_and_is_applied(self):
        """RSI-04: the second order is 10 minutes too early for the common trip."""
        self.profile.flexible_hours = 0.5
        first = self.order(
            self.shipper1,
            *(self.a, self.c, 100, 1),
            vas_pickup_from=f"{DAY} 02:00:00",
        )
        second = self.order(
            self.shipper2,
            *(self.a, self.c, 100, 1),
            vas_deliver_to=f"{DAY} 05:10:00",
        )
        vehicles = self.v1 | self.vehicle("V3", self.a)
        plan = self.plan(first | second, vehicles)
        plan.action_plan()
        self.assertEqual(plan.trip_count, 2)
        line = plan.suggestion_ids.filtered(
            lambda line: line.kind == "window" and line.picking_id == second
        )
        self.assertEqual(str(line.date), f"{DAY} 05:20:00")
        self.assertEqual(line.saving, 1500)
        self.assertIn(second.name, line.explanation)
        line.action_apply()
        self.assertEqual(str(second.vas_deliver_to), f"{DAY} 05:20:00")
        self.assertEqual(line.state, "done")
        plan.action_replan()
        self.assertEqual(plan.trip_count, 1)
        self.assertEqual(plan.previous_cost, 3000)

    def test_trip_that_may_wait(self):
        """COD-04: half empty, and hours left within the promise."""
        self.profile.wait_below_rate = 0.9
        order = self.order(
            self.shipper1, self.a, self.c, 100, 1, vas_deliver_to=f"{DAY} 10:00:00"
        )
        plan = self.plan(order)
        plan.action_plan()
        line = plan.suggestion_ids
        self.assertEqual(line.kind, "wait")
        self.assertEqual(str(line.date), f"{DAY} 06:40:00")
        line.action_apply()
        self.assertEqual(plan.proposal_ids.state, "rejected")
        self.assertFalse(order.batch_id)

    def test_return_cargo_is_paired_or_the_way_back_is_empty(self):
        """RSI-03: out A→C today, an order C→A ready tomorrow; without it the way back
        is marked as empty."""
        self.profile.write({"return_hours": 24, "horizon_hours": 72})
        out = self.order(self.shipper1, self.a, self.c, 6000, 30)
        home = self.vehicle("V3", self.a, vas_end_outlet_id=self.a.id)
        plan = self.plan(out, home)
        plan.action_plan()
        trip = plan.proposal_ids
        self.assertEqual((trip.empty_outlet_id, trip.empty_km), (self.c, 200))
        self.assertFalse(plan.suggestion_ids)
        back = self.order(
            self.shipper2, self.c, self.a, 500, 2, vas_pickup_from="2030-05-07 00:00:00"
        )
        plan.action_replan()
        line = plan.suggestion_ids
        self.assertEqual((line.kind, line.picking_id), ("return", back))
        self.assertIn("empty for 200 km", line.explanation)
        self.assertIn(back.name, line.explanation)
        line.action_apply()
        trip = plan.proposal_ids
        self.assertEqual(trip.picking_ids, out | back)
        self.assertFalse(trip.empty_km)
        self.assertIn("Fills the way back", trip.reason_text)

    def test_one_plan_for_many_users_and_a_joint_receiving_point(self):
        """COD-01 and COD-02: times, trips, routes and loads of several users in one
        plan; goods of both on one vehicle, for two receivers at one outlet."""
        receivers = self.env["res.partner"].create(
            [{"name": "Receiver 1"}, {"name": "Receiver 2"}]
        )
        orders = self.env["stock.picking"].concat(
            *(
                self.order(shipper, self.a, self.c, 3000, 10, partner_id=receiver.id)
                for shipper, receiver in zip(
                    self.shipper1 | self.shipper2, receivers, strict=True
                )
            )
        )
        plan = self.plan(orders)
        plan.action_plan()
        trip = plan.proposal_ids
        trip.ensure_one()
        self.assertEqual(trip.share_ids.partner_id, self.shipper1 | self.shipper2)
        last = trip.stop_ids[-1]
        self.assertEqual((last.outlet_id, last.delivery_ids), (self.c, orders))
        self.assertTrue(last.date_arrival)
        self.assertEqual(trip.stop_ids[0].kg, 6000)
        self.assertEqual(trip.load_rate, 0.5)

    def test_small_customers_fill_the_vehicle_of_a_large_one(self):
        """RSI-06: 6 t of 10 t, and 1.5 t and 2 t beside them: 95 %."""
        self.profile.large_share = 0.5
        ten = self.truck_class.copy({"name": "10 t", "weight_capacity": 10000})
        truck = self.vehicle("V3", self.a, category_id=ten.id)
        third = self.shipper1.copy({"name": "Shipper 3"})
        orders = (
            self.order(self.shipper1, self.a, self.c, 6000, 10)
            | self.order(self.shipper2, self.a, self.c, 1500, 5)
            | self.order(third, self.a, self.b, 2000, 5)
        )
        plan = self.plan(orders, truck)
        plan.action_plan()
        trip = plan.proposal_ids
        self.assertEqual(trip.load_rate, 0.95)
        texts = {reason["id"]: reason["text"] for reason in trip.order_reasons}
        self.assertNotIn("leave free", texts.pop(orders[0].id))
        for text in texts.values():
            self.assertIn("Fills what the goods of Shipper 1 leave free.", text)

    def test_what_if_writes_nothing(self):
        orders = self.example_orders()
        late = self.order(
            self.shipper1, self.a, self.c, 9000, 40, vas_deliver_to=f"{DAY} 05:00:00"
        )
        plan = self.plan(orders | late, self.v1)
        plan.action_plan()
        trips = plan.proposal_ids
        what_if = self.env["vas.codelivery.what.if"].with_context(
            default_plan_id=plan.id
        )
        more = what_if.create({"kind": "more", "vehicle_id": self.v1.id})
        more.action_compare()
        self.assertEqual(more.then_vehicles, 2)
        self.assertGreaterEqual(more.then_served, more.now_served)
        self.assertTrue(more.verdict)
        less = what_if.create({"kind": "less"})
        less.action_compare()
        self.assertEqual(less.then_served, 0)
        window = what_if.create(
            {"kind": "window", "picking_ids": late.ids, "hours": 10}
        )
        window.action_compare()
        self.assertEqual(window.then_served, 3)
        outlet = what_if.create(
            {"kind": "outlet", "picking_ids": orders[0].ids, "outlet_id": self.b.id}
        )
        outlet.action_compare()
        self.assertTrue(outlet.has_result)
        with self.assertRaisesRegex(UserError, "fill in Orders"):
            what_if.create({"kind": "window"}).action_compare()
        self.assertEqual(plan.proposal_ids, trips)
        self.assertEqual(orders[0].vas_destination_id, self.c)

    def test_forbidden_goods_ride_apart(self):
        self.truck_class.vas_cargo_class_ids |= self.cold
        self.cold.forbidden_class_ids = self.general
        orders = self.order(self.shipper1, self.a, self.c, 100, 1) | self.order(
            self.shipper2, self.a, self.c, 100, 1, vas_cargo_class_id=self.cold.id
        )
        orders.vas_deliver_to = f"{DAY} 05:00:00"
        plan = self.plan(orders, self.v1 | self.vehicle("V3", self.a))
        plan.action_plan()
        self.assertEqual(plan.served_count, 2)
        self.assertEqual(plan.trip_count, 2)

    def test_work_shift_and_straight_lines(self):
        self.env.user.tz = "UTC"
        self.company.partner_id.tz = "UTC"
        self.profile.write(
            {
                "setup_minutes": 10,
                "unload_minutes": 5,
                "shift_from": 6,
                "shift_to": 18,
                "straight_line": True,
                "detour_factor": 1.2,
            }
        )
        self.a.write({"latitude": 30.0, "longitude": 120.0})
        far = self.outlet("Far", latitude=31.0, longitude=120.0)
        order = self.order(self.shipper1, self.a, far, 100, 1)
        plan = self.plan(order, self.v1)
        plan.action_plan()
        trip = plan.proposal_ids
        self.assertEqual(str(trip.date_start), f"{DAY} 06:00:00")
        # One degree is 111.2 km, 1.2 times by road, at 60 km/h.
        self.assertAlmostEqual(trip.km, 133.4, places=1)
        self.assertEqual(trip.stop_ids.mapped("is_estimated"), [False, True])
        hours = (trip.date_end - trip.date_start).total_seconds() / 3600
        self.assertAlmostEqual(hours, trip.km / 60 + 15 / 60, places=2)

    def test_insertion_is_an_engine_too(self):
        self.profile.engine = "insertion"
        plan = self.plan(self.example_orders())
        plan.action_plan()
        self.assertEqual(plan.cost, 1500)
        self.assertEqual(plan.run_id.engine, "insertion")


@tagged("post_install", "-at_install")
class TestParallelSolver(LogisticsCommon):
    """Processes end when they should, and a plan comes whatever they do."""

    def setUp(self):
        super().setUp()
        orders = self.env["stock.picking"].create(
            [
                self.order_values(self.shipper1, self.a, self.c, 100 + n, 1)
                for n in range(40)
            ]
        )
        plan = self.plan(orders)
        self.problem = plan._prepare_problem(orders, plan.vehicle_ids)

    def test_stop_keeps_the_best(self):
        heard = []
        started = time.monotonic()
        solution = ParallelSolver(2).solve(
            self.problem, 60, 1, heard.append, lambda: bool(heard)
        )
        self.assertLess(time.monotonic() - started, 30)
        self.assertFalse(solution.unserved)
        self.assertEqual(heard[-1].served, 40)

    def test_killed_processes_leave_a_plan_by_insertion(self):
        solver = ParallelSolver(1)
        start = solver._start

        def killed(*args):
            process = start(*args)
            os.kill(process.pid, signal.SIGKILL)
            return process

        with (
            patch.object(solver, "_start", killed),
            self.assertLogs("odoo.addons.vas_logistics.tools.parallel", "WARNING"),
        ):
            solution = solver.solve(self.problem, 5, 1)
        self.assertFalse(solution.unserved)
        self.assertTrue(solver.failures)

    def test_silent_process_is_ended_in_time(self):
        with (
            patch.object(parallel, "GRACE_S", 0.5),
            patch.object(ParallelSolver, "_tell_to_stop"),
            self.assertLogs("odoo.addons.vas_logistics.tools.parallel", "WARNING"),
        ):
            solver = ParallelSolver(1)
            start = solver._start

            def asleep(*args):
                process = start(*args)
                os.kill(process.pid, signal.SIGSTOP)
                return process

            with patch.object(solver, "_start", asleep):
                solution = solver.solve(self.problem, 0.5, 1)
        self.assertFalse(solution.unserved)

    def test_worker_ends_when_its_parent_is_gone(self):
        solver = ParallelSolver(1)
        process = solver._start(self.problem, 60, 1, 0)
        first = json.loads(process.stdout.readline())
        self.assertIn("progress", first)
        drain = threading.Thread(target=process.stdout.read)
        process.stdin.close()
        drain.start()
        self.assertEqual(process.wait(20), 0)
        drain.join()
        process.stdout.close()
        process.stderr.close()
