from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


class VasCodeliveryPlan(models.Model):
    """Co-delivery plan: puts open orders of many customers on few vehicles.

    Catalogue COD-01 to COD-05. The solver knows nothing of this model: orders,
    vehicles and distances go in, routes come out, an independent check follows.
    """

    _name = "vas.codelivery.plan"
    _description = "Co-delivery Plan"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "vas.codelivery.engine",
        "vas.codelivery.board",
        "vas.codelivery.watch",
        "vas.lock.mixin",
    ]
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
    run_ids = fields.One2many(
        comodel_name="vas.codelivery.run",
        inverse_name="plan_id",
        string="Planning Runs",
        copy=False,
    )
    run_id = fields.Many2one(
        comodel_name="vas.codelivery.run",
        string="Last Run",
        readonly=True,
        copy=False,
    )
    run_curve = fields.Json(string="Best Cost", related="run_id.curve")
    run_text = fields.Char(string="Planning", compute="_compute_run_text")
    suggestion_ids = fields.One2many(
        comodel_name="vas.codelivery.suggestion",
        inverse_name="plan_id",
        string="Suggestions",
        copy=False,
    )
    previous_cost = fields.Monetary(
        string="Assignment Before",
        readonly=True,
        copy=False,
        help="Cost of the trips that this plan had before it was planned again.",
    )
    previous_served = fields.Integer(string="Served Before", readonly=True, copy=False)
    customer_cost = fields.Monetary(
        string="Customers Alone",
        compute="_compute_totals",
        help="What the customers of the trips would pay without each other.",
    )
    order_count = fields.Integer(compute="_compute_order_count")
    run_count = fields.Integer(string="Searches", compute="_compute_order_count")
    suggestion_count = fields.Integer(
        string="Open Suggestions", compute="_compute_order_count"
    )
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

    @api.depends("picking_ids", "run_ids", "suggestion_ids.state")
    def _compute_order_count(self):
        for plan in self:
            plan.order_count = len(plan.picking_ids)
            plan.run_count = len(plan.run_ids)
            plan.suggestion_count = len(
                plan.suggestion_ids.filtered(lambda line: line.state == "open")
            )

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
            plan.customer_cost = sum(trips.share_ids.mapped("separate_cost"))
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
        # Each plan asks for its own handler and company; a person presses on one.
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
        self._note_change()
        return True

    def _lock_in_states(self, *states):
        """One dispatcher at a time: lock the rows, then look at the states."""
        self.check_access("write")
        self._lock_or_refuse()
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
        """Orders of the plan that the planner may put on a vehicle: those on no trip,
        and on no proposed trip that is locked."""
        self.ensure_one()
        locked = self._get_kept_trips()._get_riding()
        return self.picking_ids.filtered(
            lambda order: (
                not order.batch_id
                and order.state not in ("done", "cancel")
                and order.vas_return_state != "coming"
                and order not in locked
            )
        )

    def _get_kept_trips(self):
        """Trips that planning again does not touch: locked, accepted or on the road."""
        return self.proposal_ids.filtered(
            lambda trip: (
                trip.state == "accepted" or (trip.state == "proposed" and trip.locked)
            )
        )

    def _get_free_vehicles(self):
        """Vehicles of the plan that have no trip in its time."""
        self.ensure_one()
        return self.vehicle_ids - self._get_busy_vehicles(self.vehicle_ids)

    def _get_busy_vehicles(self, vehicles):
        """Those that have a trip in the plan's time, of whichever plan."""
        busy = self.env["stock.picking.batch"]._read_group(
            [
                ("vehicle_id", "in", vehicles.ids),
                ("state", "in", ("draft", "in_progress")),
                ("scheduled_date", "<", self.date_end),
                ("end_date", ">", self.date_start),
            ],
            ["vehicle_id"],
        )
        return vehicles.browse(vehicle.id for (vehicle,) in busy)

    def _get_vehicles_to_plan(self):
        """Free vehicles that no locked trip of the plan keeps."""
        return self._get_free_vehicles() - self._get_kept_trips().vehicle_id

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

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def action_accept(self):
        """Turn all open proposals into batch transfers; a second time does nothing."""
        self.check_access("write")
        self._lock_or_refuse()
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
        todo._note_change()
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
        self.run_ids.filtered(lambda run: run.state == "running").write(
            {"state": "cancelled", "stop_requested": True}
        )
        self.state = "cancelled"
        self._note_change()
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

    def action_view_runs(self):
        """Open the searches made for this plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_codelivery_run_action"
        )
        action["domain"] = [("plan_id", "=", self.id)]
        return action

    def action_view_orders(self):
        """Open the orders of this plan."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.stock_picking_action_transport_all"
        )
        action["domain"] = [("id", "in", self.picking_ids.ids)]
        return action
