from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    """The slip of a transfer: number, copies, signatures, first in first out."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_slip_type_id = fields.Many2one(
        comodel_name="vas.slip.type",
        string="Slip",
        compute="_compute_vas_slip_type_id",
        compute_sudo=True,
    )
    vas_slip_number = fields.Char(
        string="Slip Number", readonly=True, copy=False, index="btree_not_null"
    )
    vas_slip_sequence_id = fields.Many2one(
        comodel_name="ir.sequence",
        string="Slip Numbers From",
        readonly=True,
        copy=False,
        groups="vas_logistics.group_vas_logistics_admin",
    )
    vas_notice_id = fields.Many2one(
        comodel_name="vas.production.notice",
        string="Production Notice",
        check_company=True,
        index="btree_not_null",
        help="Material is drawn, or goods are stored, for this notice.",
    )
    vas_signature_ids = fields.One2many(
        comodel_name="vas.slip.signature",
        inverse_name="picking_id",
        string="Signatures",
        readonly=True,
        copy=False,
    )
    vas_missing_signatures = fields.Char(
        string="Signatures Missing", compute="_compute_vas_missing_signatures"
    )

    @api.depends("picking_type_id")
    def _compute_vas_slip_type_id(self):
        slips = {}
        for slip in self.env["vas.slip.type"].search(
            [("picking_type_ids", "in", self.picking_type_id.ids)]
        ):
            for kind in slip.picking_type_ids:
                slips.setdefault(kind, slip)
        nothing = self.env["vas.slip.type"]
        for picking in self:
            picking.vas_slip_type_id = slips.get(picking.picking_type_id, nothing)

    @api.depends("picking_type_id", "vas_signature_ids.role_id")
    def _compute_vas_missing_signatures(self):
        for picking in self:
            # The storekeeper sees what is missing without rights on the rules.
            slip_sudo = picking.vas_slip_type_id.sudo()
            missing = slip_sudo.role_ids - picking.vas_signature_ids.role_id
            picking.vas_missing_signatures = ", ".join(missing.mapped("name"))

    def action_confirm(self):
        result = super().action_confirm()
        self._number_vas_slips()
        return result

    def _number_vas_slips(self):
        """Give numbers in order; a number stays with its transfer, even cancelled."""
        for picking in self:
            # Whoever confirms gets a number without rights on the numbering.
            sequence_sudo = picking.vas_slip_type_id.sudo().number_sequence_id
            if sequence_sudo and not picking.vas_slip_number:
                # As above: the number is written for whoever confirms.
                picking.sudo().write(
                    {
                        "vas_slip_number": sequence_sudo.next_by_id(
                            sequence_date=fields.Date.context_today(picking)
                        ),
                        "vas_slip_sequence_id": sequence_sudo.id,
                    }
                )

    def action_vas_sign(self):
        """Sign in the first open role that this user may sign."""
        self.ensure_one()
        self.vas_slip_type_id._sign(self, "picking_id")
        return True

    def _action_done(self):
        for picking in self:
            if picking.vas_missing_signatures:
                raise UserError(
                    self.env._(
                        "%(transfer)s cannot be completed: the signature of %(roles)s"
                        " is missing.",
                        transfer=picking.name,
                        roles=picking.vas_missing_signatures,
                    )
                )
        self._check_vas_fifo()
        return super()._action_done()

    def _get_vas_lines(self):
        """Lines of the transfers; those entered on a move may lack the transfer yet."""
        return self.move_line_ids | self.move_ids.move_line_ids

    def _check_vas_fifo(self):
        """Refuse a lot while an older one of the product stays behind (DOC-05)."""
        strict = self.filtered(lambda p: p.vas_slip_type_id.strict_fifo)
        lines = strict._get_vas_lines().filtered(
            lambda line: (
                line.lot_id
                and line.quantity
                and line.location_id.usage in ("internal", "transit")
            )
        )
        if not lines:
            return
        # The check looks at all stock of the warehouse, whoever completes.
        stock_sudo = self.env["stock.quant"].sudo()
        quants_sudo = stock_sudo.search_fetch(
            [
                ("product_id", "in", lines.product_id.ids),
                ("location_id", "child_of", strict.location_id.ids),
                ("quantity", ">", 0),
                ("lot_id", "!=", False),
            ],
            ["product_id", "location_id", "lot_id", "quantity", "in_date"],
        )
        for picking in strict:
            picking._check_vas_fifo_of(lines & picking._get_vas_lines(), quants_sudo)

    def _check_vas_fifo_of(self, lines, quants):
        self.ensure_one()
        here = quants.filtered(
            lambda quant: quant.location_id.parent_path.startswith(
                self.location_id.parent_path
            )
        )
        for product in lines.product_id:
            taken, left, since = {}, {}, {}
            for line in lines.filtered(lambda line, p=product: line.product_id == p):
                taken[line.lot_id] = (
                    taken.get(line.lot_id, 0) + line.quantity_product_uom
                )
            for quant in here.filtered(lambda quant, p=product: quant.product_id == p):
                lot = quant.lot_id
                left[lot] = left.get(lot, 0) + quant.quantity
                since[lot] = min(since.get(lot, quant.in_date), quant.in_date)
            for lot in taken:
                older = [
                    other
                    for other in left
                    if other in since
                    and lot in since
                    and since[other] < since[lot]
                    and product.uom_id.compare(left[other], taken.get(other, 0)) > 0
                ]
                if older:
                    first = min(older, key=since.get)
                    raise UserError(
                        self.env._(
                            "%(transfer)s: lot %(lot)s of %(product)s must wait. Lot"
                            " %(older)s came in earlier and is still in stock.",
                            transfer=self.name,
                            lot=lot.name,
                            product=product.display_name,
                            older=first.name,
                        )
                    )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        for picking in self:
            if picking.vas_slip_number:
                raise UserError(
                    self.env._(
                        "%(transfer)s has slip number %(number)s. Cancel it instead:"
                        " numbers have no gaps.",
                        transfer=picking.name,
                        number=picking.vas_slip_number,
                    )
                )
