from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPickingBatch(models.Model):
    """Outlets gather the vehicles of the trips that start there (FLT-03).

    The call centre says which vehicle, the outlet sees to it that it is there.
    """

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    vas_start_outlet_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Starts At",
        compute="_compute_vas_start_outlet_id",
        store=True,
        index="btree_not_null",
        help="The outlet where the trip loads first and its vehicle is gathered.",
    )
    vas_gathered_date = fields.Datetime(
        string="Vehicle There Since", readonly=True, copy=False, tracking=True
    )
    vas_gathered_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Vehicle Confirmed By",
        readonly=True,
        copy=False,
    )

    @api.depends(
        "vas_proposal_id.stop_ids.outlet_id",
        "picking_ids.vas_origin_id",
        "picking_ids.batch_sequence",
    )
    def _compute_vas_start_outlet_id(self):
        for batch in self:
            first = batch.vas_proposal_id.stop_ids.sorted("sequence")[:1].outlet_id
            orders = batch.picking_ids.sorted("batch_sequence")
            batch.vas_start_outlet_id = first or orders[:1].vas_origin_id

    def action_vas_gathered(self):
        """The vehicle stands at its outlet; a second press changes nothing."""
        self.check_access("write")
        self._lock_vas_trip()
        self.invalidate_recordset(["vas_gathered_date"])
        missing = self.filtered(
            lambda trip: trip.vas_is_transport and not trip.vas_gathered_date
        )
        for trip in missing:
            if not trip.vehicle_id or trip.state in ("done", "cancel"):
                raise UserError(
                    self.env._(
                        "Trip %(trip)s waits for no vehicle: it has none, or it is "
                        "over.",
                        trip=trip.name,
                    )
                )
        missing.write(
            {
                "vas_gathered_date": fields.Datetime.now(),
                "vas_gathered_user_id": self.env.user.id,
            }
        )
        return True

    def write(self, vals):
        """Another vehicle has to be gathered again."""
        if "vehicle_id" not in vals:
            return super().write(vals)
        others = self.filtered(
            lambda trip: (
                trip.vas_gathered_date and trip.vehicle_id.id != vals["vehicle_id"]
            )
        )
        if others:
            others.write({"vas_gathered_date": False, "vas_gathered_user_id": False})
        return super().write(vals)
