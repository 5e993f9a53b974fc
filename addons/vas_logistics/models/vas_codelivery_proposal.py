from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Command

from ..tools.allocation import MOST_PLAYERS, proportional, share_trip
from ..tools.coalitions import group_costs
from ..tools.explain import explain
from ..tools.feasibility import separate_cost
from ..tools.problem import load_rate, route_load_rate
from ..tools.routes import Task, departure_slack, route_tasks


class VasCodeliveryProposal(models.Model):
    """One proposed trip of a plan: a vehicle, ordered stops, loads and costs."""

    _name = "vas.codelivery.proposal"
    _description = "Proposed Trip"
    _order = "plan_id desc, sequence, id"
    _check_company_auto = True

    plan_id = fields.Many2one(
        comodel_name="vas.codelivery.plan",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(string="Trip", default=1)
    vehicle_id = fields.Many2one(
        comodel_name="fleet.vehicle",
        required=True,
        index=True,
        check_company=True,
    )
    driver_id = fields.Many2one(related="vehicle_id.driver_id")
    state = fields.Selection(
        selection=[
            ("proposed", "Proposed"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
        ],
        required=True,
        default="proposed",
        index=True,
    )
    picking_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_codelivery_proposal_picking_rel",
        column1="proposal_id",
        column2="picking_id",
        string="Orders",
        check_company=True,
    )
    pinned_picking_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_codelivery_proposal_pinned_rel",
        column1="proposal_id",
        column2="picking_id",
        string="Pinned Orders",
        check_company=True,
        help="Planning again leaves these orders on this vehicle.",
    )
    locked = fields.Boolean(
        help="Planning again leaves this trip as it is.",
    )
    locked_user_id = fields.Many2one(
        comodel_name="res.users", string="Locked By", readonly=True
    )
    locked_date = fields.Datetime(string="Locked Since", readonly=True)
    manual_reason = fields.Char(
        string="Why Against the Rules",
        readonly=True,
        help="What the dispatcher said when the trip broke a window or the driver's "
        "hours.",
    )
    stop_ids = fields.One2many(
        comodel_name="vas.codelivery.stop",
        inverse_name="proposal_id",
        string="Stops",
    )
    share_ids = fields.One2many(
        comodel_name="vas.codelivery.share",
        inverse_name="proposal_id",
        string="Cost Shares",
    )
    share_note = fields.Selection(
        selection=[
            ("capped", "Capped: nobody pays more than alone"),
            ("core_empty", "No fair share exists for every group; Shapley value used"),
            ("too_many", "Too many customers for this rule; shared by capacity"),
            ("above_alone", "The trip costs more than separate delivery"),
        ],
        string="About the Shares",
        readonly=True,
    )
    co2_kg = fields.Float(
        string="CO₂ (kg)", help="Emission of the vehicle times the distance."
    )
    latest_departure = fields.Datetime(
        readonly=True,
        help="The trip keeps every promise as long as it leaves by then.",
    )
    reason_data = fields.Json(readonly=True)
    order_reasons = fields.Json(
        string="Why Together",
        compute="_compute_order_reasons",
        help="Per order, why it rides on this trip.",
    )
    reason_text = fields.Text(
        string="Why Each Order Rides Here", compute="_compute_order_reasons"
    )
    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Batch Transfer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
    )
    date_start = fields.Datetime(string="Leaves")
    date_end = fields.Datetime(string="Ends")
    km = fields.Float(string="Distance (km)")
    cost = fields.Monetary()
    separate_cost = fields.Monetary(string="Separate Delivery")
    saving = fields.Monetary(compute="_compute_saving", store=True)
    saving_rate = fields.Float(
        string="Saving (%)", compute="_compute_saving", store=True, aggregator="avg"
    )
    load_rate = fields.Float(
        aggregator="avg",
        help="The larger of the weight and the volume share on the fullest leg.",
    )
    load_legs = fields.Json(string="Load per Leg", compute="_compute_load_legs")
    stop_chain = fields.Json(compute="_compute_stop_chain")
    route_text = fields.Char(string="Route", compute="_compute_route_text")
    order_count = fields.Integer(compute="_compute_order_count")

    # One vehicle leaves once per plan, whoever plans at the same time.
    _vehicle_uniq = models.UniqueIndex(
        "(plan_id, vehicle_id) WHERE state != 'rejected'",
        "A plan uses each vehicle for one trip only.",
    )

    @api.depends("cost", "separate_cost")
    def _compute_saving(self):
        for trip in self:
            trip.saving = trip.separate_cost - trip.cost
            trip.saving_rate = (
                trip.saving / trip.separate_cost if trip.separate_cost else 0.0
            )

    @api.depends("plan_id", "sequence", "vehicle_id")
    def _compute_display_name(self):
        for trip in self:
            trip.display_name = self.env._(
                "%(plan)s trip %(number)s: %(vehicle)s",
                plan=trip.plan_id.name,
                number=trip.sequence,
                vehicle=trip.vehicle_id.display_name,
            )

    @api.depends("picking_ids")
    def _compute_order_count(self):
        for trip in self:
            trip.order_count = len(trip.picking_ids)

    @api.depends("stop_ids.outlet_id")
    def _compute_route_text(self):
        for trip in self:
            trip.route_text = " → ".join(trip.stop_ids.mapped("outlet_id.display_name"))

    @api.depends("stop_ids.pickup_ids", "stop_ids.delivery_ids")
    def _compute_stop_chain(self):
        for trip in self:
            trip.stop_chain = [
                {
                    "id": stop.id,
                    "number": number,
                    "outlet": stop.outlet_id.display_name,
                    "arrival": fields.Datetime.to_string(stop.date_arrival),
                    "km": stop.leg_km,
                    "pickups": stop.pickup_ids.mapped("name"),
                    "deliveries": stop.delivery_ids.mapped("name"),
                }
                for number, stop in enumerate(trip.stop_ids, 1)
            ]

    @api.depends("stop_ids.kg", "stop_ids.m3", "vehicle_id")
    def _compute_load_legs(self):
        warnings = {
            company: self._get_warning_rate(company) for company in self.company_id
        }
        for trip in self:
            stops = trip.stop_ids
            legs = [
                (
                    start.outlet_id.display_name,
                    end.outlet_id.display_name,
                    start.kg,
                    start.m3,
                )
                for start, end in pairwise(stops)
            ]
            trip.load_legs = self._prepare_load_bar(
                legs,
                trip.vehicle_id.vas_kg_capacity,
                trip.vehicle_id.vas_m3_capacity,
                warnings.get(trip.company_id, 0.0),
            )

    @api.depends("reason_data", "picking_ids")
    @api.depends_context("lang")
    def _compute_order_reasons(self):
        for trip in self:
            data = trip.reason_data or {}
            trip.order_reasons = [
                {
                    "id": order.id,
                    "name": order.name,
                    "text": trip._get_reason_text(data[str(order.id)]),
                }
                for order in trip.picking_ids
                if str(order.id) in data
            ]
            trip.reason_text = "\n".join(
                f"{reason['name']}: {reason['text']}" for reason in trip.order_reasons
            )

    def _get_reason_text(self, data):
        """Why one order rides on this trip, in a sentence or two."""
        money = self.currency_id.format
        if data["only"]:
            return self.env._(
                "Goes alone for %(cost)s: no other trip takes it for less.",
                cost=money(data["alone"]),
            )
        texts = [
            self.env._(
                "Adds %(km).0f km and %(more)s to this trip; alone it costs %(alone)s.",
                km=data["km"],
                more=money(data["more"]),
                alone=money(data["alone"]),
            )
        ]
        if data["way_back"]:
            texts.append(self.env._("Fills the way back."))
        if data["mix"]:
            texts.append(self.env._("Heavy and light goods fill the vehicle together."))
        return " ".join(texts)

    @api.model
    def _get_warning_rate(self, company):
        """Share of the vehicle from which a load bar turns amber."""
        profile = self.env["vas.planning.profile"]._get_default(company)
        return profile.warning_load_rate

    @api.model
    def _prepare_load_bar(self, legs, kg_capacity, m3_capacity, warning_rate):
        """What the load bar widget draws.

        :param legs: list of ``(from, to, kg, m³)``
        """
        return {
            "warning": warning_rate,
            "kg_capacity": kg_capacity,
            "m3_capacity": m3_capacity,
            "legs": [
                {
                    "number": number,
                    "from": start,
                    "to": end,
                    "kg": kg,
                    "m3": m3,
                    "kg_rate": kg / kg_capacity if kg_capacity else 0.0,
                    "m3_rate": m3 / m3_capacity if m3_capacity else 0.0,
                }
                for number, (start, end, kg, m3) in enumerate(legs, 1)
            ],
        }

    # ------------------------------------------------------------------
    # From a solution
    # ------------------------------------------------------------------

    @api.model
    def _prepare_from_route(self, plan, number, route, problem, alone, rate):
        """Values of one proposal with stops and cost shares.

        :param alone: ``{order id: money of the order alone}``
        :param rate: load rate on the fullest leg, share of the whole vehicle
        """
        orders = {order.id: order for order in problem.orders}
        stops = [
            Command.create(
                {
                    "sequence": position,
                    "outlet_id": int(stop.outlet),
                    "date_arrival": plan._get_time(stop.arrival),
                    "date_departure": plan._get_time(stop.departure),
                    "leg_km": stop.leg_km,
                    "is_estimated": position > 1
                    and (route.stops[position - 2].outlet, stop.outlet)
                    in problem.estimated,
                    "kg": stop.kg,
                    "m3": stop.m3,
                    "pickup_ids": [Command.set([int(key) for key in stop.pickups])],
                    "delivery_ids": [Command.set([int(k) for k in stop.deliveries])],
                    "handled": [[kind, int(k), at] for kind, k, at in stop.handled],
                }
            )
            for position, stop in enumerate(route.stops, 1)
        ]
        shares, note = self._prepare_shares(plan, route, problem, orders, alone)
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        tasks = route_tasks(route, orders)
        slack = departure_slack(problem, vehicle, route, tasks)[1]
        return {
            "plan_id": plan.id,
            "sequence": number,
            "vehicle_id": int(route.vehicle),
            "picking_ids": [Command.set([int(key) for key in route.orders])],
            "stop_ids": stops,
            "share_ids": shares,
            "share_note": note or False,
            "reason_data": explain(problem, vehicle, route, tasks, alone),
            "latest_departure": plan._get_time(route.stops[0].departure + slack),
            "co2_kg": self._get_co2_kg(int(route.vehicle), route.km),
            "date_start": plan._get_time(route.stops[0].departure),
            "date_end": plan._get_time(route.stops[-1].departure),
            "km": route.km,
            "cost": route.cost,
            "separate_cost": sum(alone[key] for key in route.orders),
            "load_rate": rate,
        }

    @api.model
    def _prepare_shares(self, plan, route, problem, orders, alone):
        """Each customer's part of the trip's cost and CO₂, to the cent (COD-05).

        :return: the commands, and a note about the rule
        """
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        measures = {}
        for key in route.orders:
            order = orders[key]
            km = problem.km(order.origin, order.destination) or 0.0
            measure = measures.setdefault(
                order.shipper,
                {
                    "id": order.shipper,
                    "stand_alone": 0.0,
                    "kg": 0.0,
                    "m3": 0.0,
                    "capacity": 0.0,
                    "km": 1,
                },
            )
            measure["stand_alone"] += alone[key]
            # Load and distance belong together, so they are multiplied per order and
            # the sums are given to the sharing rule as loads over one kilometre.
            measure["kg"] += order.kg * km
            measure["m3"] += order.m3 * km
            share = load_rate([(order.kg, order.m3)], vehicle.kg, vehicle.m3)
            measure["capacity"] += share * km
        customers = list(measures.values())
        values = self._get_group_costs(problem, vehicle, route, orders, customers)
        shared = share_trip(plan.profile_id.share_method, route.cost, customers, values)
        co2 = self._get_co2_kg(int(route.vehicle), route.km)
        emitted = proportional(co2, {c["id"]: c["capacity"] for c in customers})
        return [
            Command.create(
                {
                    "partner_id": int(shipper),
                    "separate_cost": measures[shipper]["stand_alone"],
                    "amount": amount,
                    "co2_kg": emitted[shipper],
                }
            )
            for shipper, amount in shared.amounts.items()
        ], shared.note

    @api.model
    def _get_group_costs(self, problem, vehicle, route, orders, customers):
        """Money of every group of customers of the trip; each customer's own becomes
        the cost alone: order by order, or this trip without the others."""
        if len(customers) > MOST_PLAYERS:
            return ()
        number = {customer["id"]: n for n, customer in enumerate(customers)}
        values = group_costs(
            problem,
            vehicle,
            route,
            {key: number[orders[key].shipper] for key in route.orders},
            [customer["stand_alone"] for customer in customers],
        )
        for customer in customers:
            customer["stand_alone"] = values[1 << number[customer["id"]]]
        if len(customers) == 1:
            customers[0]["stand_alone"] = max(customers[0]["stand_alone"], route.cost)
        return values

    @api.model
    def _get_co2_kg(self, vehicle_id, km):
        """CO₂ of a trip from the emission of the vehicle, grams per kilometre."""
        vehicle = self.env["fleet.vehicle"].browse(vehicle_id)
        return round(vehicle.co2 * km / 1000, 2)

    def _get_riding(self):
        """The orders on these trips now: what left an accepted trip, because its
        vehicle broke down or the receiver refused it, is free for another."""
        accepted = self.filtered("batch_id")
        return (self - accepted).picking_ids | accepted.picking_ids.filtered(
            lambda order: order.batch_id or order.state in ("done", "cancel")
        )

    def _get_tasks(self, orders):
        """The tasks of a trip in the order in which they happen.

        :param orders: ``{id: Order}``, as in the problem
        """
        return [
            Task(kind, orders[str(key)])
            for stop in self.stop_ids.sorted("sequence")
            for kind, key, _begin in (stop.handled or stop._guess_handled())
        ]

    def _rewrite(self, problem, route):
        """Give a trip another route: stops, shares and numbers anew."""
        self.ensure_one()
        orders = {order.id: order for order in problem.orders}
        alone = {key: separate_cost(problem, orders[key]) for key in route.orders}
        vehicle = next(v for v in problem.vehicles if v.id == route.vehicle)
        rate = route_load_rate(route, vehicle) * self.plan_id.profile_id.max_load_rate
        values = self._prepare_from_route(
            self.plan_id, self.sequence, route, problem, alone, rate
        )
        for name in ("stop_ids", "share_ids"):
            values[name] = [Command.clear(), *values[name]]
        self.write(values)

    def action_lock(self, locked=True):
        """Lock or unlock trips: planning again leaves locked ones as they are."""
        self.check_access("write")
        self.plan_id._lock_or_refuse()
        self.write(
            {
                "locked": locked,
                "locked_user_id": self.env.uid if locked else False,
                "locked_date": fields.Datetime.now() if locked else False,
            }
        )
        if not locked:
            self.write({"manual_reason": False})
        self.plan_id._note_change()
        return True

    def action_toggle_lock(self):
        """Lock a trip, or unlock it."""
        self.ensure_one()
        return self.action_lock(not self.locked)

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def action_accept(self):
        """Accept these trips; one that is accepted already stays as it is."""
        self.check_access("write")
        plans = self.plan_id
        plans._lock_or_refuse()
        self.invalidate_recordset(["state"])
        self._accept()
        plans._update_accepted()
        plans._note_change()
        return True

    def _accept(self):
        """Make one batch transfer per proposed trip. The plans are locked before."""
        trips = self.filtered(lambda trip: trip.state == "proposed")
        if not trips:
            return
        trips._check_still_open()
        trips._create_batches()

    def _check_still_open(self):
        """Nobody else may have taken an order or the vehicle in the meantime."""
        orders = self.picking_ids
        try:
            orders.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is planning some of these orders right now: "
                    "%(orders)s. Try again in a moment.",
                    orders=", ".join(orders[:5].mapped("name")),
                )
            ) from error
        orders.invalidate_recordset(["batch_id", "state"])
        taken = orders.filtered(
            lambda order: order.batch_id or order.state in ("done", "cancel")
        )
        if taken:
            raise UserError(
                self.env._(
                    "Order %(orders)s was planned elsewhere, done or cancelled in the "
                    "meantime. Please plan again.",
                    orders=", ".join(taken.mapped("name")),
                )
            )
        free = {plan: plan._get_free_vehicles() for plan in self.plan_id}
        for trip in self:
            if trip.vehicle_id not in free[trip.plan_id]:
                raise UserError(
                    self.env._(
                        "Vehicle %(vehicle)s got another trip in the meantime. Please "
                        "plan again.",
                        vehicle=trip.vehicle_id.display_name,
                    )
                )

    def _prepare_batch_values(self):
        """Values of the batch transfer of an accepted trip."""
        self.ensure_one()
        orders = self.picking_ids
        if len(orders.picking_type_id) > 1:
            raise UserError(
                self.env._(
                    "Trip %(trip)s mixes operation types (%(types)s); a batch transfer "
                    "takes orders of one type only.",
                    trip=self.display_name,
                    types=", ".join(orders.picking_type_id.mapped("display_name")),
                )
            )
        return {
            "company_id": self.company_id.id,
            "picking_type_id": orders.picking_type_id.id,
            "picking_ids": [Command.set(orders.ids)],
            "vehicle_id": self.vehicle_id.id,
            "user_id": self.plan_id.user_id.id,
            "description": self.route_text,
            "vas_proposal_id": self.id,
        }

    def _create_batches(self):
        """Normal Odoo batch transfers with vehicle, driver and stop order.

        All trips together: a day of thousands of orders is accepted in seconds.
        """
        for user, trips in self.grouped(lambda trip: trip.plan_id.user_id).items():
            # Core would else write into the chatter of each order who got it.
            trips.picking_ids.user_id = user
        batches = self.env["stock.picking.batch"].create(
            [trip._prepare_batch_values() for trip in self]
        )
        for trip, batch in zip(self, batches, strict=True):
            trip.batch_id = batch
            for position, stop in enumerate(trip.stop_ids):
                stop.delivery_ids.write(
                    {
                        "batch_sequence": position,
                        "vas_planned_arrival": stop.date_arrival,
                    }
                )
                stop.pickup_ids.write({"vas_planned_pickup": stop.date_arrival})
        self.write({"state": "accepted"})
        batches._confirm_vas_trips()
        for trip in self:
            # After the orders: their own dates must not move those of the trip.
            trip.batch_id.write(
                {"scheduled_date": trip.date_start, "end_date": trip.date_end}
            )
        batches._start_vas_dispatch()

    def action_reject(self):
        """Turn trips down; their orders are free for the next plan."""
        self.check_access("write")
        self.plan_id._lock_or_refuse()
        self.invalidate_recordset(["state"])
        accepted = self.filtered(lambda trip: trip.state == "accepted")
        if accepted:
            raise UserError(
                self.env._(
                    "%(trip)s is accepted: cancel its batch transfer instead.",
                    trip=accepted[0].display_name,
                )
            )
        self.write({"state": "rejected"})
        self.plan_id._update_accepted()
        self.plan_id._note_change()
        return True

    def _on_batch_cancelled(self):
        """A cancelled trip is no longer accepted, and its plan is open again."""
        trips = self.filtered(lambda trip: trip.state == "accepted")
        trips.write({"state": "rejected"})
        trips.plan_id.filtered(lambda plan: plan.state == "accepted").write(
            {"state": "planned"}
        )

    def action_open_batch(self):
        """Open the batch transfer of an accepted trip."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "stock.picking.batch",
            "res_id": self.batch_id.id,
            "views": [(False, "form")],
        }
