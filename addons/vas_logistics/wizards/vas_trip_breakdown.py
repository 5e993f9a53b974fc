from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class VasTripBreakdown(models.TransientModel):
    """The vehicle of an accepted trip cannot go on: what becomes of its orders."""

    _name = "vas.trip.breakdown"
    _description = "Vehicle Broke Down"

    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch", string="Trip", required=True
    )
    company_id = fields.Many2one(related="batch_id.company_id")
    what = fields.Selection(
        selection=[
            ("vehicle", "Another vehicle takes over the trip"),
            ("trip", "The orders go onto another trip"),
            ("open", "The orders go back to the open orders"),
        ],
        string="What Happens Now",
        required=True,
        default="vehicle",
    )
    vehicle_id = fields.Many2one(
        comodel_name="fleet.vehicle",
        string="Replacement Vehicle",
        domain="[('company_id', 'in', (company_id, False)),"
        " ('vas_start_outlet_id', '!=', False)]",
    )
    target_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Other Trip",
        domain="[('picking_type_id.vas_is_transport', '=', True),"
        " ('state', '=', 'in_progress'), ('id', '!=', batch_id),"
        " ('company_id', '=', company_id)]",
    )
    note = fields.Char(string="What Happened", required=True)
    open_count = fields.Integer(
        string="Orders Not Delivered", compute="_compute_open_count"
    )

    @api.depends("batch_id")
    def _compute_open_count(self):
        for wizard in self:
            wizard.open_count = len(wizard._get_open_orders())

    def _get_open_orders(self):
        return self.batch_id.picking_ids.filtered(
            lambda order: order.state not in ("done", "cancel")
        )

    def action_apply(self):
        """Decide once; what is delivered stays delivered."""
        self.ensure_one()
        batch = self.batch_id
        batch.check_access("write")
        (batch | self.target_id)._lock_vas_trip()
        if batch.state != "in_progress":
            raise UserError(
                self.env._(
                    "Trip %(trip)s does not run any more: nothing was changed.",
                    trip=batch.name,
                )
            )
        orders = self._get_open_orders()
        old = batch.vehicle_id
        getattr(self, f"_apply_{self.what}")(orders)
        # The ledger has no writers but this code.
        self.env["vas.trip.event"].sudo().create(
            {
                "batch_id": batch.id,
                "kind": "breakdown",
                "date": fields.Datetime.now(),
                "driver_id": old.driver_id.id,
                "picking_ids": [Command.set(orders.ids)],
                "note": self.note,
            }
        )
        labels = dict(self._fields["what"]._description_selection(self.env))
        batch.message_post(
            body=self.env._(
                "%(vehicle)s broke down: %(note)s. %(what)s.",
                vehicle=old.display_name,
                note=self.note,
                what=labels[self.what],
            )
        )
        return {"type": "ir.actions.act_window_close"}

    def _apply_vehicle(self, _orders):
        batch, vehicle = self.batch_id, self.vehicle_id
        if not vehicle or vehicle == batch.vehicle_id:
            raise UserError(self.env._("Please choose another vehicle."))
        busy = self.env["stock.picking.batch"].search(
            [
                ("vehicle_id", "=", vehicle.id),
                ("id", "!=", batch.id),
                ("state", "in", ("draft", "in_progress")),
                ("scheduled_date", "<", batch.end_date or batch.scheduled_date),
                ("end_date", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        if busy:
            raise UserError(
                self.env._(
                    "%(vehicle)s is on trip %(trip)s at that time.",
                    vehicle=vehicle.display_name,
                    trip=busy.name,
                )
            )
        batch.vehicle_id = vehicle
        batch._check_vas_load()
        batch.write(batch._prepare_vas_links()[batch.id])

    def _apply_trip(self, orders):
        target = self.target_id
        if not target or target == self.batch_id:
            raise UserError(self.env._("Please choose another trip."))
        if target.state != "in_progress":
            raise UserError(
                self.env._(
                    "Trip %(trip)s does not run: choose another one.",
                    trip=target.name,
                )
            )
        moved = orders._vas_leave_trip()
        moved.batch_id = target
        target._check_vas_load()

    def _apply_open(self, orders):
        orders._vas_leave_trip()
