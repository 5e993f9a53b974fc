from odoo import api, fields, models


class VasProductionMaterial(models.Model):
    """A line of the material need report (请购单): needed, in stock, to buy."""

    _name = "vas.production.material"
    _description = "Material of a Production Notice"
    _inherit = "vas.production.part.mixin"

    product_id = fields.Many2one(string="Material")
    quantity = fields.Float(string="Needed")
    stock = fields.Float(
        string="In Stock",
        compute="_compute_stock",
        compute_sudo=True,
        digits="Product Unit",
        help="Free stock of the warehouse; once the notice is approved, what it was "
        "then.",
    )
    stock_signed = fields.Float(
        string="In Stock When Approved",
        readonly=True,
        copy=False,
        digits="Product Unit",
    )
    to_buy = fields.Float(
        compute="_compute_stock", compute_sudo=True, digits="Product Unit"
    )
    purchase_line_ids = fields.One2many(
        comodel_name="purchase.order.line",
        inverse_name="vas_material_id",
        string="Requested With",
        readonly=True,
        groups="purchase.group_purchase_user",
    )

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A material of a notice needs more than nothing."
    )

    @api.depends(
        "product_id",
        "quantity",
        "stock_signed",
        "notice_id.state",
        "notice_id.warehouse_id",
    )
    def _compute_stock(self):
        """Stock of all materials of a warehouse is read at once."""
        free = {}
        fresh = self.filtered(lambda line: line.notice_id.state == "draft")
        for warehouse, lines in fresh.grouped(
            lambda line: line.notice_id.warehouse_id
        ).items():
            products = lines.product_id.with_context(warehouse_id=warehouse.id)
            for product in products:
                free[warehouse, product.id] = product.free_qty
        for line in self:
            if line.notice_id.state == "draft":
                key = (line.notice_id.warehouse_id, line.product_id.id)
                line.stock = max(0.0, free.get(key, 0.0))
            else:
                line.stock = line.stock_signed
            line.to_buy = max(0.0, line.quantity - line.stock)

    @api.model
    def _get_open_fields(self):
        return super()._get_open_fields() | {"stock_signed"}

    def _get_open_purchase(self):
        """The request that stands; a cancelled one makes way for another."""
        self.ensure_one()
        return self.purchase_line_ids.filtered(
            lambda line: line.order_id.state != "cancel"
        )

    def _get_seller(self):
        """The vendor of the material for what must be bought."""
        self.ensure_one()
        return self.product_id.with_company(self.company_id)._select_seller(
            quantity=self.to_buy, uom_id=self.product_id.uom_id
        )
