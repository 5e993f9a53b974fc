from odoo import fields, models


class VasDeskTile(models.Model):
    """Questions of the dispatcher and the warehouse, on a dashboard of their own."""

    _inherit = "vas.desk.tile"

    area = fields.Selection(
        selection_add=[("logistics", "Logistics")],
        ondelete={"logistics": "cascade"},
    )
