import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.fields import Command, Domain

TRIP_STATUSES = [
    ("draft", "Being made"),
    ("gate", "Waiting for the gate"),
    ("ready", "Ready to leave"),
    ("road", "On the road"),
    ("done", "Finished"),
    ("cancelled", "Cancelled"),
]


class TripBusy(UserError):
    """Somebody else works on the trip at this moment; trying again helps."""


class StockPickingBatch(models.Model):
    """A trip between the gate and the last receiver."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    vas_trip_status = fields.Selection(
        selection=TRIP_STATUSES,
        string="Trip Status",
        compute="_compute_vas_trip_status",
        search="_search_vas_trip_status",
    )
    vas_departure_date = fields.Datetime(
        string="Left On", readonly=True, copy=False, tracking=True
    )
    vas_dispatcher_id = fields.Many2one(
        comodel_name="res.users", string="Dispatched By", readonly=True, copy=False
    )
    vas_gate_ids = fields.One2many(
        comodel_name="vas.gate.release", inverse_name="batch_id", string="Gate Release"
    )
    vas_gate_date = fields.Datetime(
        string="Released On", compute="_compute_vas_gate_date", store=True
    )
    vas_event_ids = fields.One2many(
        comodel_name="vas.trip.event", inverse_name="batch_id", string="What Happened"
    )
    vas_return_ids = fields.One2many(
        comodel_name="stock.picking",
        inverse_name="vas_return_trip_id",
        string="Goods Coming Back",
    )
    vas_event_count = fields.Integer(compute="_compute_vas_event_count")
    vas_driver_token = fields.Char(
        copy=False, readonly=True, groups="vas_logistics.group_vas_logistics_officer"
    )
    vas_driver_until = fields.Datetime(
        string="Link Valid Until",
        copy=False,
        groups="vas_logistics.group_vas_logistics_officer",
        help="Empty: as long as the trip runs.",
    )
    vas_driver_url = fields.Char(
        string="Driver's Page",
        compute="_compute_vas_driver_url",
        groups="vas_logistics.group_vas_logistics_officer",
        help="Send this link to the driver. Whoever has it can report for this trip.",
    )

    @api.depends("picking_ids", "picking_ids.scheduled_date")
    def _compute_scheduled_date(self):
        """A planned trip keeps its hour, whatever happens to its orders."""
        planned = self.filtered(lambda batch: batch.vas_proposal_id and batch.id)
        fixed = planned.filtered("scheduled_date")
        return super(StockPickingBatch, self - fixed)._compute_scheduled_date()

    @api.depends("vas_gate_ids.date")
    def _compute_vas_gate_date(self):
        for batch in self:
            batch.vas_gate_date = batch.vas_gate_ids[:1].date

    def _compute_vas_event_count(self):
        counts = dict(
            self.env["vas.trip.event"]._read_group(
                [("batch_id", "in", self.ids)], ["batch_id"], ["__count"]
            )
        )
        for batch in self:
            batch.vas_event_count = counts.get(batch, 0)

    @api.depends(
        "state", "vas_departure_date", "vas_gate_date", "company_id.vas_gate_required"
    )
    def _compute_vas_trip_status(self):
        for batch in self:
            if batch.state != "in_progress":
                batch.vas_trip_status = {"done": "done", "cancel": "cancelled"}.get(
                    batch.state, "draft"
                )
            elif batch.vas_departure_date:
                batch.vas_trip_status = "road"
            elif batch.company_id.vas_gate_required and not batch.vas_gate_date:
                batch.vas_trip_status = "gate"
            else:
                batch.vas_trip_status = "ready"

    def _search_vas_trip_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        moving = Domain("state", "=", "in_progress")
        left = Domain("vas_departure_date", "!=", False)
        gate = Domain("company_id.vas_gate_required", "=", True) & Domain(
            "vas_gate_date", "=", False
        )
        domains = {
            "draft": Domain("state", "=", "draft"),
            "gate": moving & ~left & gate,
            "ready": moving & ~left & ~gate,
            "road": moving & left,
            "done": Domain("state", "=", "done"),
            "cancelled": Domain("state", "=", "cancel"),
        }
        return Domain.OR(domains[status] for status in value if status in domains)

    @api.depends("vas_driver_token")
    def _compute_vas_driver_url(self):
        for batch in self:
            token = batch.vas_driver_token
            batch.vas_driver_url = token and (
                f"{batch.get_base_url()}/vas/trip/{batch.id}/{token}"
            )

    # ------------------------------------------------------------------
    # Accepting and changing a trip
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Who confirms a trip dispatches it; its driver gets a page of his own."""
        result = super().action_confirm()
        self.filtered("vas_is_transport")._start_vas_dispatch()
        return result

    def _confirm_vas_trips(self):
        """What confirming does, for many trips at once."""
        self._check_vas_load()
        self.picking_ids.filtered(lambda order: order.state == "draft").action_confirm()
        self._check_company()
        self.write({"state": "in_progress"})

    def _start_vas_dispatch(self):
        """Note who dispatched the trips and give each driver a link."""
        user, links = self.env.user, self._prepare_vas_links()
        # The token is not the dispatcher's to choose.
        for trip_sudo in self.sudo():
            trip_sudo.write(
                {
                    "vas_dispatcher_id": user.id,
                    **links[trip_sudo.id],
                }
            )

    def _prepare_vas_links(self):
        """Return {trip id: values of a new secret link}; the one before stops working.

        How long it holds is a setting of each company.
        """
        profiles = self.env["vas.planning.profile"]
        hours = {
            company: profiles._get_default(company).driver_link_hours
            for company in self.company_id
        }
        now = fields.Datetime.now()
        return {
            trip.id: {
                "vas_driver_token": secrets.token_urlsafe(24),
                "vas_driver_until": hours[trip.company_id]
                and (trip.end_date or now) + timedelta(hours=hours[trip.company_id]),
            }
            for trip in self
        }

    def _lock_vas_trip(self):
        """One at a time on a trip: driver, dispatcher and gate wait for each other."""
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise TripBusy(
                self.env._(
                    "Trip %(trip)s is being changed right now. Try again in a moment.",
                    trip=", ".join(self.mapped("name")),
                )
            ) from error
        self.invalidate_recordset(["state", "vas_departure_date"])
        self.picking_ids.invalidate_recordset(["state", "batch_id"])

    def _set_moves_destination_to_dock(self):
        """The dock of a trip is where it loads: goods still go to their outlet."""
        others = self.filtered(lambda batch: not batch.vas_is_transport)
        return super(StockPickingBatch, others)._set_moves_destination_to_dock()

    def action_vas_renew_link(self):
        """Give the driver a new link; the old one stops working."""
        self.check_access("write")
        links = self._prepare_vas_links()
        for batch in self:
            if batch.state != "in_progress":
                raise UserError(
                    self.env._(
                        "Trip %(trip)s does not run: it needs no link.",
                        trip=batch.name,
                    )
                )
            batch.write(links[batch.id])
        return True

    def action_vas_revoke_link(self):
        """Nobody reports through a link any more."""
        self.check_access("write")
        self.write({"vas_driver_token": False, "vas_driver_until": False})
        return True

    def action_vas_gate(self):
        """Release this trip at the gate."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_gate_release_action_new"
        )
        action["context"] = {"default_batch_id": self.id}
        return action

    def action_vas_breakdown(self):
        """Ask what becomes of a trip whose vehicle cannot go on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_breakdown_action"
        )
        action["context"] = {"default_batch_id": self.id}
        return action

    def action_vas_events(self):
        """Open what was reported on this trip."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_trip_event_action"
        )
        action["domain"] = [("batch_id", "=", self.id)]
        return action

    def _get_vas_dispatchers(self):
        """Users who have a part in sending the trip (segregation of duties)."""
        self.ensure_one()
        return self.vas_dispatcher_id | self.user_id | self.driver_id.user_ids

    def _get_vas_gate_quantity(self):
        """Pieces on board when the trip passes the gate: what its first stop loads."""
        if not self:
            return 0.0
        self.ensure_one()
        stops = self._get_vas_stop_list()
        return sum(stops[0]["pickups"].mapped("vas_quantity")) if stops else 0.0

    def _close_vas_empty(self):
        """A trip whose orders all left is cancelled, or finished if some arrived."""
        for batch in self.filtered("vas_is_transport"):
            if batch.state == "in_progress" and not batch.picking_ids:
                batch.action_cancel()

    def _on_vas_orders_cancelled(self, orders):
        """Keep on the trip's record what its driver must bring back."""
        self.ensure_one()
        if not self.vas_departure_date:
            self._close_vas_empty()
            return
        # The ledger has no writers but this code.
        self.env["vas.trip.event"].sudo().create(
            {
                "batch_id": self.id,
                "kind": "cancelled",
                "date": fields.Datetime.now(),
                "driver_id": self.driver_id.id,
                "picking_ids": [Command.set(orders.ids)],
                "note": self.env._("Cancelled by %(user)s", user=self.env.user.name),
            }
        )
        on_board = orders.filtered("vas_loaded_date")
        on_board.write({"vas_return_state": "coming", "vas_return_trip_id": self.id})
        self.message_post(
            body=self.env._(
                "Order %(orders)s was cancelled on the road. The driver is told not to "
                "deliver it.",
                orders=", ".join(orders.mapped("name")),
            )
        )
        self._close_vas_empty()
