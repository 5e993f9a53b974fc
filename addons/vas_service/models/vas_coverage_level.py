from odoo import fields, models


class VasCoverageLevel(models.Model):
    """A level of support: online, by telephone, on site (CON-06)."""

    _name = "vas.coverage.level"
    _description = "Support Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the level is offered in every company."
    )
    description = fields.Text(translate=True)
    is_onsite = fields.Boolean(
        string="On site",
        help="Somebody comes on the next working day after the diagnosis was "
        "confirmed.",
    )
