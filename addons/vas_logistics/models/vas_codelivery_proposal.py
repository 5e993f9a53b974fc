from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import UserError

from .vas_planning_profile import SHARE_METHODS


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
    share_method = fields.Selection(
        selection=SHARE_METHODS,
        string="Shared By",
        readonly=True,
        help="The rule of the planning profile when the trip was planned.",
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
    empty_outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Empty From",
        readonly=True,
        index="btree_not_null",
        check_company=True,
        help="Where the last goods leave the vehicle that drives on to its end.",
    )
    empty_km = fields.Float(string="Empty Way Back (km)", readonly=True)
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
    shown_version = fields.Char(
        string="Version Shown",
        compute="_compute_shown_version",
        help="What a form shows of the trip: its buttons refuse to change what "
        "somebody else changed since.",
    )

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

    def _compute_shown_version(self):
        for trip in self:
            trip.shown_version = trip.plan_id._get_lane_version(trip)

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
        large = self.env["res.partner"].browse(int(data.get("beside") or 0) or [])
        if large:
            texts.append(
                self.env._(
                    "Fills what the goods of %(customer)s leave free.",
                    customer=large.display_name,
                )
            )
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

    def _get_riding(self):
        """The orders on these trips now: what left an accepted trip, because its
        vehicle broke down or the receiver refused it, is free for another."""
        accepted = self.filtered("batch_id")
        return (self - accepted).picking_ids | accepted.picking_ids.filtered(
            lambda order: order.batch_id or order.state in ("done", "cancel")
        )

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
