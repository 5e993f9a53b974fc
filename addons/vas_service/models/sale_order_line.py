from odoo import api, fields, models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "vas.cleaning.priced"]

    vas_cleaning_months = fields.Float(
        string="Months",
        default=1.0,
        digits=(16, 2),
        help="For how many months of cleaning the line asks its price.",
    )

    def _vas_get_cleaning_price(self):
        self.ensure_one()
        return self.price_subtotal, self.vas_cleaning_months

    def _vas_get_cleaning_document(self):
        return self.order_id

    @api.depends("vas_cleaning_months", "order_id.currency_id")
    def _compute_vas_cleaning_highest(self):
        return super()._compute_vas_cleaning_highest()

    @api.constrains(
        "vas_cleaning_level_id",
        "vas_cleaning_area",
        "vas_cleaning_months",
        "price_unit",
        "discount",
        "product_uom_qty",
        "tax_ids",
    )
    def _check_vas_cleaning(self):
        self._vas_check_cleaning()
