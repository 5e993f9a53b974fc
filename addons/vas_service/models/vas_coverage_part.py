from odoo import fields, models


class VasCoveragePart(models.Model):
    """A category of parts; some have a term of their own (CON-06)."""

    _name = "vas.coverage.part"
    _description = "Category of Parts"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the category is used in every company."
    )
    description = fields.Text(translate=True)
    only_together = fields.Boolean(
        string="Only if not bought separately",
        help="Such parts are served when they came with the device, not when they were "
        "bought by themselves.",
    )
