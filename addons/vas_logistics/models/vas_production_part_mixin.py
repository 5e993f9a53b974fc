from odoo import api, fields, models


class VasProductionPartMixin(models.AbstractModel):
    """A line of a production notice: it stays as it was once the notice is signed."""

    _name = "vas.production.part.mixin"
    _description = "Part of a Production Notice"
    _rec_name = "product_id"
    _order = "notice_id, sequence, id"
    _check_company_auto = True

    notice_id = fields.Many2one(
        comodel_name="vas.production.notice",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="notice_id.company_id", store=True, index=True, precompute=True
    )
    sequence = fields.Integer(default=10)
    product_id = fields.Many2one(
        comodel_name="product.product", required=True, check_company=True
    )
    quantity = fields.Float(required=True, default=1, digits="Product Unit")
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")

    @api.model
    def _get_open_fields(self):
        """Return the fields that may be written on a signed notice; a hook."""
        return set()

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts.notice_id._check_open()
        return parts

    def write(self, vals):
        if vals.keys() - self._get_open_fields():
            self.notice_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        self.notice_id._check_open()
