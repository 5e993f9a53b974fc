from odoo import api, fields, models


class VasSlipSignature(models.Model):
    """Who signed a slip as what, and when. Never changed afterwards."""

    _name = "vas.slip.signature"
    _description = "Given Signature"
    _order = "picking_id, id"
    _check_company_auto = True

    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Transfer",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    notice_id = fields.Many2one(
        comodel_name="vas.production.notice",
        string="Production Notice",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        index=True,
        precompute=True,
    )
    role_id = fields.Many2one(
        comodel_name="vas.slip.role", required=True, ondelete="restrict"
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Signed By", required=True, ondelete="restrict"
    )
    date = fields.Datetime(
        string="Signed On", required=True, default=fields.Datetime.now
    )

    content = fields.Json(
        string="Signed For", readonly=True, help="Pieces of each product, by product."
    )
    pieces = fields.Float(
        string="Pieces Signed", compute="_compute_pieces", digits="Product Unit"
    )

    _once = models.UniqueIndex(
        "(picking_id, role_id)", "The slip is already signed in this role."
    )
    _once_notice = models.UniqueIndex(
        "(notice_id, role_id)", "The notice is already signed in this role."
    )
    _one_document = models.Constraint(
        "CHECK(num_nonnulls(picking_id, notice_id) = 1)",
        "A signature belongs to one slip.",
    )

    @api.depends("picking_id.company_id", "notice_id.company_id")
    def _compute_company_id(self):
        for signature in self:
            document = signature.picking_id or signature.notice_id
            signature.company_id = document.company_id

    @api.depends("content")
    def _compute_pieces(self):
        for signature in self:
            signature.pieces = sum((signature.content or {}).values())

    @api.depends("role_id", "user_id")
    def _compute_display_name(self):
        for signature in self:
            signature.display_name = (
                f"{signature.role_id.name}: {signature.user_id.name}"
            )
