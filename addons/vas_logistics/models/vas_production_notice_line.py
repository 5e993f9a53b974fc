from odoo import api, fields, models


class VasProductionNoticeLine(models.Model):
    """A product that the workshop makes, and the team that makes it (DOC-03)."""

    _name = "vas.production.notice.line"
    _description = "Product of a Production Notice"
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
    work_team_id = fields.Many2one(
        comodel_name="vas.work.team", string="Team", check_company=True
    )
    note = fields.Char(string="Remark")

    _quantity_positive = models.Constraint(
        "CHECK(quantity > 0)", "A production notice makes more than nothing."
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.notice_id._check_open()
        return lines

    def write(self, vals):
        self.notice_id._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_signed(self):
        self.notice_id._check_open()
