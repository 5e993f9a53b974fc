from odoo import fields, models


class VasSlipType(models.Model):
    """A paper of the warehouse: its number, its copies, who must sign (DOC-02…08)."""

    _name = "vas.slip.type"
    _description = "Warehouse Slip"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", index=True, help="Empty: slips of every company."
    )
    picking_type_ids = fields.Many2many(
        comodel_name="stock.picking.type",
        string="Transfers",
        check_company=True,
        help="Transfers of these types carry this slip.",
    )
    number_sequence_id = fields.Many2one(
        comodel_name="ir.sequence",
        string="Numbers",
        check_company=True,
        help="Without gaps: a number that was given is never given again.",
    )
    copy_ids = fields.One2many(
        comodel_name="vas.slip.copy", inverse_name="slip_type_id", string="Copies"
    )
    role_ids = fields.One2many(
        comodel_name="vas.slip.role", inverse_name="slip_type_id", string="Signatures"
    )
    four_eyes = fields.Boolean(
        string="Separation of Duties",
        default=True,
        help="Nobody signs twice on one slip (DOC-08, AMB-64).",
    )
    strict_fifo = fields.Boolean(
        string="Strictly First In, First Out",
        help="Refuses lots while older ones of the product are in stock (DOC-05).",
    )

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))", "Another slip already has this code."
    )

    def copy(self, default=None):
        copies = super().copy(default)
        for source, target in zip(self, copies, strict=True):
            source.copy_ids.copy({"slip_type_id": target.id})
            source.role_ids.copy({"slip_type_id": target.id})
        return copies

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for slip, vals in zip(self, vals_list, strict=True):
            vals["code"] = self.env._("%(code)s-copy", code=slip.code)
        return vals_list
