from odoo import api, fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    vas_is_transport = fields.Boolean(
        string="Transport Orders",
        help="Transfers of this type are transport orders between outlets: they have "
        "a shipper, a load and a routing level, and can be planned for co-delivery.",
    )

    vas_goods_product_id = fields.Many2one(
        comodel_name="product.product",
        string="Declared Goods",
        check_company=True,
        index="btree_not_null",
        help="Product for goods that an order names in words only. Their weight and "
        "volume are those that the shipper declares.",
    )

    @api.model
    def _get_vas_transport_type(self, company):
        """The operation type for new transport orders of a company."""
        return self.search(
            [("vas_is_transport", "=", True), ("company_id", "=", company.id)], limit=1
        )
