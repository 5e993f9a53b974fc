from odoo import api, fields, models


class StockPickingBatch(models.Model):
    """One plan for trip, door and people: the departure proposes the rest."""

    _name = "stock.picking.batch"
    _inherit = "stock.picking.batch"

    vas_booking_ids = fields.One2many(
        comodel_name="vas.door.booking",
        inverse_name="batch_id",
        string="Door Bookings",
        readonly=True,
        groups="vas_logistics.group_vas_logistics_user",
    )
    vas_door_time = fields.Char(
        string="Door",
        compute="_compute_vas_door_time",
        groups="vas_logistics.group_vas_logistics_user",
        help="Door of the trip and when its vehicle is booked there.",
    )

    @api.depends("vas_booking_ids.door_id", "vas_booking_ids.start")
    @api.depends_context("tz", "lang")
    def _compute_vas_door_time(self):
        for batch in self:
            booking = batch._get_vas_booking()
            batch.vas_door_time = booking and self.env._(
                "%(door)s, %(start)s",
                door=booking.door_id.name,
                start=booking._show(booking.start),
            )

    def _get_vas_booking(self):
        """The booking that counts; a cancelled one makes way for another."""
        self.ensure_one()
        return self.vas_booking_ids.filtered(
            lambda booking: booking.state != "cancelled"
        )[:1]

    def action_vas_book_door(self):
        """Open the trip's door booking, or propose one from its departure."""
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "res_model": "vas.door.booking",
            "name": self.env._("Door of %(trip)s", trip=self.name),
            "view_mode": "form",
        }
        booking = self._get_vas_booking()
        if booking:
            return {**action, "res_id": booking.id}
        values = booking._propose(self)
        return {
            **action,
            "context": {f"default_{name}": value for name, value in values.items()},
        }
