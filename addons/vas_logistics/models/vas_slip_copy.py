from odoo import fields, models


class VasSlipCopy(models.Model):
    """One copy of a slip and who keeps it (一式三联, 一式五联)."""

    _name = "vas.slip.copy"
    _description = "Copy of a Slip"
    _order = "slip_type_id, sequence, id"

    slip_type_id = fields.Many2one(
        comodel_name="vas.slip.type", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="slip_type_id.company_id", store=True, index=True
    )
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Kept By", required=True, translate=True)
