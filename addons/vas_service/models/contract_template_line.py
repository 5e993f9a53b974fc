from odoo import fields, models


class ContractTemplateLine(models.Model):
    """The four parts that a service line states (CON-01)."""

    _inherit = "contract.template.line"

    vas_content = fields.Text(
        string="Service content", help="What is done for the customer."
    )
    vas_standard = fields.Text(
        string="Service standard", help="How well it is done; what it is checked by."
    )
    vas_time_limit = fields.Char(
        string="Service time limit", help="By when it is done, in words."
    )
    vas_free = fields.Boolean(
        string="Free of charge",
        help="The fee is stated as nothing; otherwise a line without price has no fee.",
    )
