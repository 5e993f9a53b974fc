import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..tools.checker import check
from ..tools.feasibility import separate_cost
from ..tools.problem import Order, Problem, Vehicle, route_load_rate
from ..tools.pyvrp_solver import NoPlanError, PyVrpSolver


class VasCodeliveryPlan(models.Model):
    """Co-delivery plan: puts open orders of many customers on few vehicles.

    Catalogue COD-01 to COD-05. The solver knows nothing of this model: orders,
    vehicles and distances go in, routes come out, an independent check follows.
    """

    _name = "vas.codelivery.plan"
    _description = "Co-delivery Plan"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        required=True, readonly=True, copy=False, default=lambda self: self.env._("New")
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Dispatcher",
        default=lambda self: self.env.user,
        tracking=True,
    )
    profile_id = fields.Many2one(
        comodel_name="vas.planning.profile",
        string="Planning Profile",
        compute="_compute_profile_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        ondelete="restrict",
    )
    date_start = fields.Datetime(
        string="Plan From",
        required=True,
        default=fields.Datetime.now,
        tracking=True,
        help="When the first vehicle may leave.",
    )
    date_end = fields.Datetime(
        string="Plan Until", compute="_compute_date_end", store=True
    )
    handler_filter = fields.Selection(
        selection=[
            ("centre", "Orders of the call centre"),
            ("outlet", "Orders of the outlets"),
            ("all", "All orders"),
        ],
        string="Which Orders",
        required=True,
        default="centre",
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Being Planned"),
            ("planned", "Planned"),
            ("accepted", "Accepted"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    picking_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_codelivery_plan_picking_rel",
        column1="plan_id",
        column2="picking_id",
        string="Orders",
        domain="[('vas_is_transport', '=', True), ('company_id', '=', company_id),"
        " ('state', 'not in', ('done', 'cancel'))]",
        check_company=True,
        copy=False,
    )
    vehicle_ids = fields.Many2many(
        comodel_name="fleet.vehicle",
        relation="vas_codelivery_plan_vehicle_rel",
        column1="plan_id",
        column2="vehicle_id",
        string="Vehicles",
        domain="[('vas_start_outlet_id', '!=', False),"
        " ('company_id', 'in', (company_id, False))]",
        check_company=True,
    )
    proposal_ids = fields.One2many(
        comodel_name="vas.codelivery.proposal",
        inverse_name="plan_id",
        string="Proposals",
        copy=False,
    )
    unserved_ids = fields.One2many(
        comodel_name="vas.codelivery.unserved",
        inverse_name="plan_id",
        string="Not Planned",
        copy=False,
    )
    order_count = fields.Integer(compute="_compute_order_count")
    batch_count = fields.Integer(compute="_compute_totals")
    served_count = fields.Integer(string="Orders Served", compute="_compute_totals")
    trip_count = fields.Integer(string="Vehicles Used", compute="_compute_totals")
    served_text = fields.Char(string="Served", compute="_compute_totals")
    km = fields.Float(string="Distance (km)", compute="_compute_totals")
    cost = fields.Monetary(compute="_compute_totals")
    separate_cost = fields.Monetary(
        string="Separate Delivery",
        compute="_compute_totals",
        help="What the same orders cost when each goes alone on the cheapest vehicle.",
    )
    saving = fields.Monetary(compute="_compute_totals")
    saving_rate = fields.Float(string="Saving (%)", compute="_compute_totals")
    load_rate = fields.Float(
        string="Average Load Rate",
        compute="_compute_totals",
        help="Average over the trips, each counted on its fullest leg.",
    )
    max_load_rate = fields.Float(
        string="Fullest Trip",
        compute="_compute_totals",
        help="Load rate of the fullest trip on its fullest leg.",
    )
    solver_seconds_used = fields.Float(
        string="Planning Time (s)", readonly=True, copy=False
    )
    failure = fields.Text(string="What Went Wrong", readonly=True, copy=False)

    @api.depends("company_id")
    def _compute_profile_id(self):
        profiles = self.env["vas.planning.profile"]
        defaults = {
            company: profiles._get_default(company) for company in self.company_id
        }
        for plan in self:
            plan.profile_id = defaults.get(plan.company_id, profiles)

    @api.depends("date_start", "profile_id.horizon_hours")
    def _compute_date_end(self):
        for plan in self:
            plan.date_end = plan.date_start and plan.date_start + timedelta(
                hours=plan.profile_id.horizon_hours
            )

    @api.depends("picking_ids")
    def _compute_order_count(self):
        for plan in self:
            plan.order_count = len(plan.picking_ids)

    @api.depends(
        "picking_ids",
        "proposal_ids.state",
        "proposal_ids.cost",
        "proposal_ids.batch_id",
    )
    def _compute_totals(self):
        for plan in self:
            trips = plan.proposal_ids.filtered(lambda trip: trip.state != "rejected")
            plan.trip_count = len(trips)
            plan.batch_count = len(trips.batch_id)
            plan.served_count = len(trips.picking_ids)
            plan.served_text = f"{plan.served_count} / {len(plan.picking_ids)}"
            plan.km = sum(trips.mapped("km"))
            plan.cost = sum(trips.mapped("cost"))
            plan.separate_cost = sum(trips.mapped("separate_cost"))
            plan.saving = plan.separate_cost - plan.cost
            plan.saving_rate = (
                plan.saving / plan.separate_cost if plan.separate_cost else 0.0
            )
            plan.load_rate = (
                sum(trips.mapped("load_rate")) / len(trips) if trips else 0.0
            )
            plan.max_load_rate = max(trips.mapped("load_rate"), default=0.0)

    @api.model_create_multi
    def create(self, vals_list):
        new = self.env._("New")
        for vals in vals_list:
            if vals.get("name", new) == new:
                sequences = self.env["ir.sequence"].with_company(vals.get("company_id"))
                vals["name"] = sequences.next_by_code("vas.codelivery.plan") or new
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_accepted(self):
        for plan in self:
            if plan.proposal_ids.batch_id:
                raise UserError(
                    self.env._(
                        "Plan %(plan)s has accepted trips and cannot be deleted. "
                        "Cancel it instead.",
                        plan=plan.name,
                    )
                )

    # ------------------------------------------------------------------
    # Filling
    # ------------------------------------------------------------------

    def _get_open_orders_domain(self):
        """Domain of the orders that *Load open orders* takes (ORD-04, COD-01)."""
        self.ensure_one()
        domain = self.env["stock.picking"]._get_vas_to_plan_domain()
        domain &= Domain("company_id", "=", self.company_id.id)
        if self.handler_filter != "all":
            domain &= Domain("vas_handler", "=", self.handler_filter)
        return domain

    def action_load_orders(self):
        """Take all open orders of the chosen handler, and all free vehicles."""
        self._lock_in_states("draft", "planned")
        for plan in self:
            orders = self.env["stock.picking"].search(plan._get_open_orders_domain())
            accepted = plan.proposal_ids.filtered(lambda trip: trip.state == "accepted")
            values = {"picking_ids": [Command.set((orders | accepted.picking_ids).ids)]}
            if not plan.vehicle_ids:
                vehicles = self.env["fleet.vehicle"].search(
                    [
                        ("vas_start_outlet_id.company_id", "=", plan.company_id.id),
                        ("company_id", "in", (plan.company_id.id, False)),
                    ]
                )
                values["vehicle_ids"] = [Command.set(vehicles.ids)]
            plan.write(values)
        return True

    # ------------------------------------------------------------------
    # Planning
    # ------------------------------------------------------------------

    def action_plan(self):
        """Look for trips: at once for few orders, as a background job for many."""
        self._lock_in_states("draft", "planned", "running")
        for plan in self:
            plan._check_ready()
            plan.write({"state": "running", "failure": False})
            if len(plan._get_orders_to_plan()) > plan.profile_id.background_orders:
                plan.with_delay(
                    identity_key=f"vas_codelivery_plan_{plan.id}",
                    description=self.env._("Co-delivery plan %(n)s", n=plan.name),
                )._run_plan()
            else:
                plan._run_plan()
        return True

    def _lock_in_states(self, *states):
        """One dispatcher at a time: lock the rows, then look at the states."""
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for plan in self:
            if plan.state not in states:
                raise UserError(
                    self.env._(
                        "Plan %(plan)s is %(state)s; this can only be done while it "
                        "is %(states)s.",
                        plan=plan.name,
                        state=labels[plan.state],
                        states=", ".join(labels[state] for state in states),
                    )
                )

    def _get_orders_to_plan(self):
        """Orders of the plan that still ride on no vehicle."""
        self.ensure_one()
        return self.picking_ids.filtered(
            lambda order: not order.batch_id and order.state not in ("done", "cancel")
        )

    def _get_free_vehicles(self):
        """Vehicles of the plan that have no trip in its time."""
        self.ensure_one()
        busy = self.env["stock.picking.batch"]._read_group(
            [
                ("vehicle_id", "in", self.vehicle_ids.ids),
                ("state", "in", ("draft", "in_progress")),
                ("scheduled_date", "<", self.date_end),
                ("end_date", ">", self.date_start),
            ],
            ["vehicle_id"],
        )
        vehicles = self.vehicle_ids
        for (vehicle,) in busy:
            vehicles -= vehicle
        return vehicles

    def _check_ready(self):
        """Say what is missing before any planning; nothing is written."""
        self.ensure_one()
        if not self.picking_ids:
            raise UserError(
                self.env._(
                    "Plan %(plan)s has no orders. Press Load Open Orders first.",
                    plan=self.name,
                )
            )
        if not self.vehicle_ids:
            raise UserError(
                self.env._(
                    "Plan %(plan)s has no vehicles. Add at least one vehicle.",
                    plan=self.name,
                )
            )
        self._get_orders_to_plan()._check_vas_complete()
        for vehicle in self.vehicle_ids:
            if not vehicle.vas_kg_capacity or not vehicle.vas_m3_capacity:
                raise UserError(
                    self.env._(
                        "Vehicle %(vehicle)s: its class needs a weight and a volume "
                        "above zero.",
                        vehicle=vehicle.display_name,
                    )
                )
            if not vehicle.vas_start_outlet_id:
                raise UserError(
                    self.env._(
                        "Vehicle %(vehicle)s: please fill in the outlet where it "
                        "starts.",
                        vehicle=vehicle.display_name,
                    )
                )

    def _get_solver(self):
        """The planning engine; another one only needs the same ``solve`` method."""
        return PyVrpSolver()

    def _get_seed(self):
        """Same plan, same seed: a plan can be made again."""
        return self.id % 2**31

    def _run_plan(self):
        """Solve, check and write proposals. Runs inside a job for large plans."""
        self.ensure_one()
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        if self.state != "running":
            return  # cancelled, or planned by somebody else, while the job waited
        orders = self._get_orders_to_plan()
        vehicles = self._get_free_vehicles()
        problem = self._prepare_problem(orders, vehicles)
        started = time.monotonic()
        try:
            solution = self._get_solver().solve(
                problem, self.profile_id.solver_seconds, self._get_seed()
            )
        except NoPlanError:
            self.write(
                {
                    "state": "draft",
                    "failure": self.env._(
                        "No plan keeps all promises within the planning time. Give the "
                        "profile more seconds, or the orders wider windows."
                    ),
                }
            )
            return
        faults = check(problem, solution)
        if faults:
            self.write({"state": "draft", "failure": "\n".join(faults)})
            return
        self._write_solution(problem, solution)
        self.solver_seconds_used = time.monotonic() - started
        self.state = "planned"

    def _prepare_problem(self, orders, vehicles):
        """The plan as plain data for a solver; ids are those of the records.

        Queries do not grow with the orders: one for the lanes, the rest prefetched.
        """
        self.ensure_one()
        outlets = (
            orders.vas_origin_id
            | orders.vas_destination_id
            | vehicles.vas_start_outlet_id
            | vehicles.vas_end_outlet_id
        )
        distance, hours = self.env["vas.lane"]._get_matrix(outlets)
        return Problem(
            orders=tuple(self._prepare_order(order) for order in orders),
            vehicles=tuple(self._prepare_vehicle(vehicle) for vehicle in vehicles),
            distance_km=distance,
            drive_h=hours,
            speed_kmh=self.profile_id.speed_kmh,
            horizon_h=self.profile_id.horizon_hours,
        )

    def _prepare_order(self, order):
        """One transport order for the solver, windows in hours from the plan's start"""
        horizon = self.profile_id.horizon_hours

        def window(start, end):
            if not start and not end:
                return None
            opens = (start - self.date_start).total_seconds() / 3600 if start else 0.0
            closes = (end - self.date_start).total_seconds() / 3600 if end else horizon
            # A window that opens after the horizon stays closed, and is said so.
            return opens, max(opens, closes)

        return Order(
            id=str(order.id),
            origin=str(order.vas_origin_id.id),
            destination=str(order.vas_destination_id.id),
            kg=order.vas_kg,
            m3=order.vas_m3,
            shipper=str(order.owner_id.id),
            cargo_class=(
                str(order.vas_cargo_class_id.id) if order.vas_cargo_class_id else None
            ),
            pickup=window(order.vas_pickup_from, order.vas_pickup_to),
            deliver=window(order.vas_deliver_from, order.vas_deliver_to),
            priority=order.vas_priority,
        )

    def _prepare_vehicle(self, vehicle):
        """One vehicle for the solver, its capacity cut to the load limit (AMB-16)."""
        limit = self.profile_id.max_load_rate
        classes = vehicle.category_id.vas_cargo_class_ids
        end = vehicle.vas_end_outlet_id
        return Vehicle(
            id=str(vehicle.id),
            kg=vehicle.vas_kg_capacity * limit,
            m3=vehicle.vas_m3_capacity * limit,
            start=str(vehicle.vas_start_outlet_id.id),
            end=str(end.id) if end else None,
            fixed_cost=vehicle.vas_fixed_cost,
            cost_per_km=vehicle.vas_cost_per_km,
            classes=frozenset(str(i) for i in classes.ids) if classes else None,
        )

    def _write_solution(self, problem, solution):
        """Replace open proposals by those of a checked solution; accepted ones stay."""
        self.proposal_ids.filtered(lambda trip: trip.state != "accepted").unlink()
        self.unserved_ids.unlink()
        limit = self.profile_id.max_load_rate
        vehicles = {vehicle.id: vehicle for vehicle in problem.vehicles}
        alone = {order.id: separate_cost(problem, order) for order in problem.orders}
        proposals = self.env["vas.codelivery.proposal"]
        proposals.create(
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
                for number, route in enumerate(solution.routes, 1)
            ]
        )
        self.env["vas.codelivery.unserved"].create(
            [
                {"plan_id": self.id, "picking_id": int(order_id), "reason": reason}
                for order_id, reason in solution.unserved.items()
            ]
        )

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def action_accept(self):
        """Turn all open proposals into batch transfers; a second time does nothing."""
        self.check_access("write")
        self.lock_for_update()
        self.invalidate_recordset(["state"])
        todo = self.filtered(lambda plan: plan.state != "accepted")
        todo._lock_in_states("planned")
        for plan in todo:
            if not plan.proposal_ids:
                raise UserError(
                    self.env._(
                        "Plan %(plan)s has no trip to accept.",
                        plan=plan.name,
                    )
                )
        todo.proposal_ids.filtered(lambda trip: trip.state == "proposed")._accept()
        todo._update_accepted()
        return True

    def _update_accepted(self):
        """A plan is accepted when every proposal has been decided."""
        for plan in self:
            states = set(plan.proposal_ids.mapped("state"))
            decided = "accepted" in states and "proposed" not in states
            if plan.state == "planned" and decided:
                plan.state = "accepted"

    def action_cancel(self):
        """Give the plan up; accepted trips go on as batch transfers."""
        self._lock_in_states("draft", "running", "planned", "cancelled")
        self.proposal_ids.filtered(lambda trip: trip.state == "proposed").write(
            {"state": "rejected"}
        )
        self.state = "cancelled"
        return True

    def action_draft(self):
        """Take a cancelled plan up again."""
        self._lock_in_states("cancelled", "draft")
        self.state = "draft"
        return True

    def action_view_batches(self):
        """Open the batch transfers made from this plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.stock_picking_batch_action_trips"
        )
        batches = self.proposal_ids.batch_id
        action["domain"] = [("id", "in", batches.ids)]
        action["context"] = {}
        if len(batches) == 1:
            action.update(res_id=batches.id, views=[(False, "form")])
        return action

    def action_view_orders(self):
        """Open the orders of this plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.stock_picking_action_transport_all"
        )
        action["domain"] = [("id", "in", self.picking_ids.ids)]
        return action
