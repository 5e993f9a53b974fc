from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class VasServiceBooking(models.Model):
    """Service booked on a ticket by hand: hours worked, a visit without work order."""

    _name = "vas.service.booking"
    _description = "Booked Service"
    _inherit = ["vas.entitlement.document"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="What was done", required=True)
    ticket_id = fields.Many2one(
        "helpdesk.ticket",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        compute="_compute_from_ticket",
        store=True,
        precompute=True,
        index=True,
    )
    vas_contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        compute="_compute_from_ticket",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    unit = fields.Selection(
        selection=lambda self: (
            self.env["vas.entitlement"]._fields["unit"]._description_selection(self.env)
        ),
        required=True,
        default="hour",
    )
    quantity = fields.Float(required=True, default=1.0, digits=(16, 2))
    date = fields.Date(
        required=True, default=lambda self: fields.Date.context_today(self), index=True
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, default=lambda self: self.env.user
    )
    state = fields.Selection(
        [("booked", "Booked"), ("cancelled", "Cancelled")],
        required=True,
        default="booked",
        readonly=True,
        copy=False,
    )

    _quantity_check = models.Constraint(
        "CHECK (quantity > 0)", "A booked service is more than nothing."
    )

    @api.depends("ticket_id")
    def _compute_from_ticket(self):
        """A booking stays with the agreement it was booked under."""
        for booking in self:
            booking.company_id = booking.ticket_id.company_id
            booking.vas_contract_id = (
                booking.vas_contract_id or booking.ticket_id.vas_contract_id
            )

    @api.constrains("ticket_id")
    def _check_agreement(self):
        for booking in self:
            if not booking.vas_contract_id:
                raise ValidationError(
                    self.env._(
                        "Ticket %(ticket)s has no agreement. Expected: an agreement, "
                        "before service is booked on it.",
                        ticket=booking.ticket_id.display_name,
                    )
                )

    def _vas_get_demands(self):
        self.ensure_one()
        return {self.unit: self.quantity} if self.state == "booked" else {}

    def _vas_get_ticket(self):
        return self.ticket_id

    def _vas_get_use_date(self):
        return self.date

    @api.model_create_multi
    def create(self, vals_list):
        bookings = super().create(vals_list)
        bookings._vas_settle()
        return bookings

    def write(self, vals):
        result = super().write(vals)
        if not {"quantity", "unit", "state", "date"}.isdisjoint(vals):
            self._vas_settle()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_booked(self):
        if any(booking.state == "booked" for booking in self):
            raise UserError(
                self.env._("Booked service is cancelled, not deleted: it was used.")
            )

    def action_cancel(self):
        """Give back what was booked."""
        self.write({"state": "cancelled"})
