from odoo import fields, models


class HelpdeskTicketStage(models.Model):
    _inherit = "helpdesk.ticket.stage"

    vas_withdraws = fields.Boolean(
        string="Withdraws service promises",
        help="Tickets in this closed stage count neither as kept nor as broken, for "
        "example because they were cancelled.",
    )
