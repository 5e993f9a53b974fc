from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError


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
        help="Transfers of these types carry this slip.",
    )
    is_notice = fields.Boolean(
        string="Production Notices",
        help="Production notices carry this slip (DOC-01).",
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

    @api.constrains("company_id", "picking_type_ids")
    def _check_picking_types(self):
        """A slip of every company is for all transfers; one company's for its own."""
        for slip in self.filtered("company_id"):
            foreign = slip.picking_type_ids.filtered(
                lambda kind, slip=slip: kind.company_id != slip.company_id
            )
            if foreign:
                raise ValidationError(
                    self.env._(
                        "Slip “%(slip)s” of %(company)s cannot be for %(transfers)s of"
                        " another company.",
                        slip=slip.name,
                        company=slip.company_id.name,
                        transfers=", ".join(foreign.mapped("display_name")),
                    )
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

    def _sign(self, document, link):
        """Sign a document in the first open role that this user may sign.

        :param document: one transfer or notice with this slip
        :param link: field of the signature that points to the document
        """
        document.ensure_one()
        try:
            document.lock_for_update()
        except LockError as error:
            raise UserError(
                self.env._(
                    "%(transfer)s is being worked on right now. Try again in a moment.",
                    transfer=document.name,
                )
            ) from error
        # Who signs need not read the rules of slips.
        slip_sudo = self.sudo()
        if not slip_sudo.role_ids:
            raise UserError(
                self.env._("%(transfer)s needs no signatures.", transfer=document.name)
            )
        given = self.env["vas.slip.signature"].search([(link, "=", document.id)])
        open_roles = slip_sudo.role_ids - given.role_id
        if not open_roles:
            raise UserError(
                self.env._("%(transfer)s is fully signed.", transfer=document.name)
            )
        mine = open_roles.filtered(lambda role: role._may_sign(self.env.user))
        if not mine:
            raise AccessError(
                self.env._(
                    "%(transfer)s: you may not sign as %(roles)s.",
                    transfer=document.name,
                    roles=", ".join(open_roles.mapped("name")),
                )
            )
        if slip_sudo.four_eyes and self.env.user in given.user_id:
            raise UserError(
                self.env._(
                    "%(transfer)s: you signed this slip already. Another person signs"
                    " as %(role)s.",
                    transfer=document.name,
                    role=mine[0].name,
                )
            )
        # Signatures are given here only; nobody writes them by hand.
        self.env["vas.slip.signature"].sudo().create(
            {
                link: document.id,
                "role_id": mine[0].id,
                "user_id": self.env.uid,
                "content": (
                    document._get_vas_content() if link == "picking_id" else False
                ),
            }
        )
