from odoo import fields, models


class PurchaseOrderLine(models.Model):
    """Lines that were requested for a production notice."""

    _inherit = "purchase.order.line"

    vas_material_id = fields.Many2one(
        comodel_name="vas.production.material",
        string="Production Material",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        readonly=True,
    )
