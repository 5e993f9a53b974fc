from odoo import fields, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    vas_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        check_company=True,
        help="Service promises to this team's tickets are counted in these hours, "
        "unless their policy has its own. Empty: the working hours of the company.",
    )
