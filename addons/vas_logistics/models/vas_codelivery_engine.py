import time
from dataclasses import replace
from datetime import timedelta
from itertools import combinations

from odoo import api, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Domain
from odoo.tools import float_is_zero

from odoo.addons.queue_job.exception import RetryableJobError

from ..tools.checker import check
from ..tools.feasibility import direct_delay, reason_alone, separate_cost, trip_km
from ..tools.insertion import InsertionSolver
from ..tools.parallel import ParallelSolver
from ..tools.problem import NoPlanError, common_hours, route_load_rate
from ..tools.pyvrp_solver import PyVrpSolver
from ..tools.windows import window_moves
from ..tools.wire import problem_from_json, problem_to_json

# The curve of a run is drawn, not measured: this many points are enough.
CURVE_POINTS = 200
PROGRESS_EVERY_S = 1.0
RETRY_S = 10


class VasCodeliveryEngine(models.AbstractModel):
    """Runs the planner: in the request or as a job, with progress, checked, recorded.

    Part of ``vas.codelivery.plan``. Another engine is a class with the ``Solver``
    protocol of ``tools/problem.py`` and an option of the planning profile.
    """

    _name = "vas.codelivery.engine"
    _description = "Planning of a Co-delivery Plan"

    @api.depends("run_id.served_count", "run_id.best_cost", "run_id.curve")
    def _compute_run_text(self):
        for plan in self:
            run = plan.run_id
            if not run:
                plan.run_text = False
            elif not run.curve:
                plan.run_text = self.env._("No plan found yet.")
            else:
                plan.run_text = self.env._(
                    "Best %(cost)s, served %(served)s/%(orders)s, %(seconds).0f s.",
                    cost=run.currency_id.format(run.best_cost),
                    served=run.served_count,
                    orders=run.order_count,
                    seconds=run.curve[-1][0],
                )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_plan(self):
        """Look for trips: at once for few orders, as a background job for many.

        Trips that are locked, accepted or on the road stay as they are; pinned orders
        stay on their vehicle.
        """
        self._lock_in_states("draft", "planned", "running")
        for plan in self:
            plan._check_ready()
            plan.write({"state": "running", "failure": False})
            plan._note_change()
            count = len(plan._get_orders_to_plan())
            plan._start_run(count)
            if count > plan.profile_id.background_orders:
                plan.with_delay(
                    identity_key=f"vas_codelivery_plan_{plan.id}",
                    description=self.env._("Co-delivery plan %(n)s", n=plan.name),
                )._run_plan()
            else:
                plan._run_plan()
        return True

    def action_replan(self):
        """Plan again around what is pinned, locked, accepted or on the road."""
        return self.action_plan()

    def action_stop(self):
        """Stop the search and keep the best plan found so far."""
        self.check_access("write")
        self.run_ids.filtered(lambda run: run.state == "running").action_stop()
        return True

    def get_progress(self):
        """What the board draws while a search runs; read again every second.

        :return: ``{"state", "run_state", "curve", "text", "seconds"}``
        """
        self.ensure_one()
        self.check_access("read")
        self.invalidate_recordset()
        run = self.run_id
        return {
            "state": self.state,
            "run_state": run.state,
            "curve": run.curve or [],
            "text": self.run_text or "",
            "seconds": run.seconds,
        }

    # ------------------------------------------------------------------
    # Searching
    # ------------------------------------------------------------------

    def _start_run(self, order_count):
        """The record of a new search; one that is still running is taken up again."""
        self.ensure_one()
        run = self.run_ids.filtered(lambda run: run.state == "running")
        values = {
            "order_count": order_count,
            "seconds": self.profile_id.solver_seconds,
            "seed": self._get_seed(),
            "engine": self.profile_id.engine,
            "stop_requested": False,
        }
        if run:
            run.write(values)
        else:
            # The end of the search before this one reaches the database first.
            self.run_ids.flush_recordset(["state"])
            run = self.env["vas.codelivery.run"].create({"plan_id": self.id, **values})
            self.run_id = run
        return run

    def _get_solver(self, background=False):
        """The planning engine; another one only needs the same ``solve`` method."""
        profile = self.profile_id
        if profile.engine == "insertion":
            return InsertionSolver()
        if background:
            return ParallelSolver(profile.searches)
        return PyVrpSolver()

    @api.model
    def _get_quick_solver(self):
        """An engine that answers at once, for rough comparisons."""
        return InsertionSolver()

    def _get_seed(self):
        """Same plan, same seed: a plan can be made again."""
        return self.id % 2**31

    def _run_plan(self):
        """Solve, check and write proposals. Runs inside a job for large plans.

        While it searches it holds no lock: who cancels the plan meanwhile wins, and the
        job, run once more by the database's refusal, finds nothing to do.
        """
        self.ensure_one()
        if self.state != "running":
            return  # cancelled, or planned by somebody else, while the job waited
        orders = self._get_orders_to_plan()
        vehicles = self._get_vehicles_to_plan()
        problem = self._prepare_problem(orders, vehicles, self._get_pins())
        run = self.run_ids.filtered(lambda run: run.state == "running")
        run = run or self._start_run(len(orders))
        background = bool(self.env.context.get("job_uuid"))
        watch = _RunWatch(run, background)
        solver = self._get_solver(background)
        try:
            solution = solver.solve(
                problem,
                self.profile_id.solver_seconds,
                run.seed,
                watch.report,
                watch.stopped if background else None,
            )
        except NoPlanError:
            self._fail_run(
                watch,
                self.env._(
                    "No plan keeps all promises within the planning time. Give the "
                    "profile more seconds, or the orders wider windows."
                ),
            )
            return
        self._lock_after_search(background)
        if self.state != "running":
            watch.finish({"state": "cancelled"})
            return
        faults = check(problem, solution)
        if faults:
            self._fail_run(
                watch,
                self.env._(
                    "The search found a plan that breaks a promise; it was refused. "
                    "Plan again, or choose another engine in planning profile "
                    "%(profile)s. For the administrator:\n%(faults)s",
                    profile=self.profile_id.display_name,
                    faults="\n".join(faults),
                ),
            )
            return
        self._write_solution(problem, solution)
        self.write({"state": "planned", "solver_seconds_used": watch.seconds()})
        self._note_change()
        watch.finish(
            {
                "state": "stopped" if watch.stop else "done",
                "best_cost": solution.cost,
                "served_count": len(problem.orders) - len(solution.unserved),
                "seed": solution.seed,
                "variant": getattr(solver, "winner", None) or 0,
                "trace": list(solution.trace),
                "problem": problem_to_json(problem),
                "memory_mb": getattr(solver, "memory_mb", 0.0),
            }
        )

    def _lock_after_search(self, background):
        try:
            self.lock_for_update()
        except LockError as error:
            if background:
                raise RetryableJobError(
                    f"Plan {self.id} is being worked on.", seconds=RETRY_S
                ) from error
            raise
        self.invalidate_recordset(["state"])

    def _fail_run(self, watch, text):
        self.write({"state": "draft", "failure": text})
        watch.finish({"state": "failed"})

    def _write_solution(self, problem, solution):
        """Replace open proposals by those of a checked solution; kept ones stay."""
        kept = self._get_kept_trips()
        pins = self._get_pins()
        before = self.proposal_ids.filtered(lambda trip: trip.state == "proposed")
        if before:
            self.previous_cost = sum(before.mapped("cost"))
            self.previous_served = len(before.picking_ids)
        (self.proposal_ids - kept).unlink()
        self.unserved_ids.unlink()
        limit = self.profile_id.max_load_rate
        vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        alone = {order.id: separate_cost(problem, order) for order in problem.orders}
        proposals = self.env["vas.codelivery.proposal"]
        first = max(kept.mapped("sequence"), default=0) + 1
        trips = proposals.create(
            [
                proposals._prepare_from_route(
                    self,
                    number,
                    route,
                    problem,
                    alone,
                    # Of the whole vehicle, not of the part that the profile allows.
                    route_load_rate(route, vehicles[route.vehicle]) * limit,
                )
                for number, route in enumerate(solution.routes, first)
            ]
        )
        for trip in trips:
            pinned = trip.picking_ids.filtered(lambda order: order in pins)
            if pinned:
                trip.pinned_picking_ids = pinned
        orders = {order.id: order for order in problem.orders}
        used = {route.vehicle for route in solution.routes}
        free = tuple(v for v in problem.vehicles if v.id not in used)
        spare = replace(problem, vehicles=free)
        remedies = self._get_remedies(problem, solution.unserved, solution.routes)
        closed = {
            key: self._get_closed(problem, orders[key])
            for key, reason in solution.unserved.items()
            if reason == "time_window"
        }
        for key, values in closed.items():
            if not values and not remedies.get(key):
                # No window of its own and nobody's hours: the drivers' time is over.
                values["reason"] = "hours"
        self.env["vas.codelivery.unserved"].create(
            [
                {
                    "plan_id": self.id,
                    "picking_id": int(order_id),
                    "reason": reason,
                    "missing_hours": (
                        self._get_missing_hours(problem, orders[order_id])
                        if reason == "time_window"
                        else 0.0
                    ),
                    "spare_reason": reason == "no_vehicle"
                    and reason_alone(spare, orders[order_id]),
                    "extra_cost": alone[order_id] or 0.0,
                    **remedies.get(order_id, {}),
                    **closed.get(order_id, {}),
                }
                for order_id, reason in solution.unserved.items()
            ]
        )
        self._write_suggestions(problem, solution, trips)

    def _get_closed(self, problem, order):
        """Whose hours stop an order that could go at another time of the day.

        :return: values of the line of the order; none where its own window does
        """
        freed = replace(order, pickup_open=None, deliver_open=None)
        always = replace(problem, open_h={})
        if self._get_missing_hours(always, freed):
            return {}
        picking = self.env["stock.picking"].browse(int(order.id))
        ends = (
            (
                "pickup",
                order.origin,
                (order.pickup, order.pickup_open, picking.vas_pickup_partner_id),
            ),
            (
                "deliver",
                order.destination,
                (order.deliver, order.deliver_open, picking.partner_id),
            ),
        )
        for side, place, (window, own, partner) in ends:
            never = self._get_never_open(problem, place, window, own)
            if len(never) > 1:
                return {
                    "never_open": True,
                    "closed_outlet_id": "outlet" in never and int(place),
                    "closed_partner_id": "partner" in never and partner.id,
                    "closed_window": "window" in never and side,
                }
        for _side, place, _hours in ends:
            if place in problem.open_h:
                hours = {place: problem.open_h[place]}
                if self._get_missing_hours(replace(problem, open_h=hours), freed):
                    return {"closed_outlet_id": int(place)}
        for side, _place, (_window, own, partner) in ends:
            closed = replace(freed, **{f"{side}_open": own})
            if own is not None and self._get_missing_hours(always, closed):
                return {"closed_partner_id": partner.id}
        return {}

    def _get_never_open(self, problem, place, window, own):
        """The fewest of outlet, partner and window that never meet within the plan."""
        always = ((0.0, problem.horizon_h),)
        hours = {
            "outlet": problem.open_h.get(place, always),
            "partner": always if own is None else own,
            "window": (window,) if window else always,
        }
        for size in range(1, len(hours) + 1):
            for names in combinations(hours, size):
                meet = always
                for name in names:
                    meet = common_hours(meet, hours[name])
                if not meet:
                    return names
        return ()

    def _get_missing_hours(self, problem, order):
        """How late the best vehicle that could take the order would be."""
        return min(
            (
                direct_delay(problem, order, vehicle)
                for vehicle in problem.vehicles
                if vehicle.takes(order) and trip_km(problem, order, vehicle) is not None
            ),
            default=0.0,
        )

    def _write_suggestions(self, problem, solution, trips):
        """Trips that may wait (COD-04) and windows worth moving (RSI-04)."""
        self.suggestion_ids.unlink()
        profile = self.profile_id
        by_vehicle = {str(trip.vehicle_id.id): trip for trip in trips}
        values = [
            {
                "plan_id": self.id,
                "kind": "wait",
                "proposal_id": trip.id,
                "date": trip.latest_departure,
            }
            for trip in trips
            if trip.load_rate < profile.wait_below_rate
            and trip.latest_departure > trip.date_start
        ]
        if profile.flexible_hours:
            values += [
                {
                    "plan_id": self.id,
                    "kind": "window",
                    "proposal_id": by_vehicle[move.trip].id,
                    "picking_id": int(move.order),
                    "end": move.end,
                    "date": self._get_time(move.hour),
                    "saving": move.saving,
                }
                for move in window_moves(problem, solution, profile.flexible_hours)
            ]
        values += self._get_return_cargo(trips)
        self.env["vas.codelivery.suggestion"].create(values)

    def _get_return_cargo(self, trips):
        """Orders that no plan has yet for vehicles that would come back empty (RSI-03)

        The largest that is ready first; one order for one trip.
        """
        hours = self.profile_id.return_hours
        empty = trips.filtered("empty_outlet_id")
        if not hours or not empty:
            return []
        latest = max(empty.mapped("date_end")) + timedelta(hours=hours)
        orders = self.env["stock.picking"].search(
            self.env["stock.picking"]._get_vas_to_plan_domain()
            & Domain("company_id", "=", self.company_id.id)
            & Domain("id", "not in", self.picking_ids.ids)
            & Domain("vas_origin_id", "in", empty.empty_outlet_id.ids)
            & Domain("vas_destination_id", "in", empty.vehicle_id.vas_end_outlet_id.ids)
            & Domain("vas_pickup_from", "<=", latest),
            order="vas_pickup_from, vas_kg desc, id",
        )
        values = []
        for trip in empty:
            limit = trip.date_end + timedelta(hours=hours)
            order = orders.filtered(
                lambda order, trip=trip, limit=limit: (
                    order.vas_origin_id == trip.empty_outlet_id
                    and order.vas_destination_id == trip.vehicle_id.vas_end_outlet_id
                    and order.vas_pickup_from <= limit
                    and order.vas_kg <= trip.vehicle_id.vas_kg_capacity
                    and order.vas_m3 <= trip.vehicle_id.vas_m3_capacity
                )
            )[:1]
            if order:
                orders -= order
                values.append(
                    {
                        "plan_id": self.id,
                        "kind": "return",
                        "proposal_id": trip.id,
                        "picking_id": order.id,
                        "date": order.vas_pickup_from,
                    }
                )
        return values

    def action_reproduce(self):
        """Search once more with the recorded seed and iterations: the same plan.

        Nothing is written but the answer.
        """
        self.ensure_one()
        self._lock_in_states("planned", "accepted")
        run = self.run_id
        if not run.trace or not run.problem:
            raise UserError(
                self.env._(
                    "Plan %(plan)s has no recorded search to repeat.", plan=self.name
                )
            )
        solver = PyVrpSolver(run.variant, tuple(run.trace))
        problem = problem_from_json(run.problem)
        solution = solver.solve(problem, run.seconds, run.seed)
        same = float_is_zero(solution.cost - run.best_cost, precision_digits=2)
        message = self.env._(
            "Seed %(seed)s gives %(cost)s again; recorded was %(recorded)s.",
            seed=run.seed,
            cost=run.currency_id.format(solution.cost),
            recorded=run.currency_id.format(run.best_cost),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success" if same else "warning",
                "message": message,
                "sticky": not same,
            },
        }


class _RunWatch:
    """Progress of a run: collected here, written outside the job's transaction."""

    def __init__(self, run, background):
        self.run = run
        self.background = background
        self.started = time.monotonic()
        self.written = self.started
        self.curve = []
        self.best = None
        self.stop = False

    def seconds(self):
        return time.monotonic() - self.started

    def report(self, progress):
        self.best = progress
        point = [round(progress.seconds, 2), round(progress.cost, 2), progress.served]
        if len(self.curve) >= CURVE_POINTS:
            del self.curve[1::2]
        self.curve.append(point)

    def values(self):
        values = {"seconds_used": self.seconds(), "curve": list(self.curve)}
        if self.best:
            values["best_cost"] = self.best.cost
            values["served_count"] = self.best.served
            values["first_seconds"] = self.curve[0][0]
        return values

    def stopped(self):
        """Asked often; writes and looks at the stop button once a second."""
        now = time.monotonic()
        if now - self.written >= PROGRESS_EVERY_S:
            self.written = now
            self.stop = bool(self.run._note_progress(self.values()))
        return self.stop

    def finish(self, values):
        """The result: beside the job's transaction, where progress was written too."""
        values = {**self.values(), **values}
        if not self.background or self.run._note_progress(values) is None:
            self.run.write(values)
