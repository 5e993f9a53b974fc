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

    @api.depends(
        "picking_type_id",
        "vas_signature_ids.role_id",
        "move_ids.product_uom_qty",
        "move_ids.quantity",
        "state",
    )
    def _compute_vas_missing_signatures(self):
        for picking in self:
            # The storekeeper sees what is missing without rights on the rules.
            slip_sudo = picking.vas_slip_type_id.sudo()
            signed = picking.vas_signature_ids - picking._get_vas_outdated()
            missing = slip_sudo.role_ids - signed.role_id
            picking.vas_missing_signatures = ", ".join(missing.mapped("name"))

    def _get_vas_content(self):
        """What a signature stands for: pieces of each product, by product id."""
        self.ensure_one()
        content = {}
        for move in self.move_ids.filtered(lambda move: move.state != "cancel"):
            done = move.product_uom._compute_quantity(
                move.quantity, move.product_id.uom_id, round=False
            )
            key = str(move.product_id.id)
            content[key] = content.get(key, 0.0) + max(move.product_qty, done)
        return content

    def _get_vas_outdated(self):
        """Signatures that were given for fewer goods than the slip has by now."""
        self.ensure_one()
        nothing = self.env["vas.slip.signature"]
        signed = self.vas_signature_ids.filtered("content")
        if not signed or self.state in ("done", "cancel"):
            return nothing
        content = self._get_vas_content()
        products = self.env["product.product"].browse(int(key) for key in content)
        units = {str(product.id): product.uom_id for product in products}
        return signed.filtered(
            lambda signature: any(
                units[key].compare(pieces, signature.content.get(key, 0.0)) > 0
                for key, pieces in content.items()
            )
        )

    def action_confirm(self):
        result = super().action_confirm()
        self._number_vas_slips()
        return result

    def _create_backorder(self, backorder_moves=None):
        """What is left gets a slip of its own with the next number."""
        backorders = super()._create_backorder(backorder_moves=backorder_moves)
        backorders._number_vas_slips()
        return backorders

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
        self._number_vas_slips()
        outdated = self._get_vas_outdated()
        if outdated:
            self.message_post(
                body=self.env._(
                    "The goods of this slip became more. These signatures were for"
                    " fewer and are asked for again: %(signatures)s.",
                    signatures=", ".join(outdated.mapped("display_name")),
                )
            )
            # Signatures are given and taken back here only; nobody deletes them.
            outdated_sudo = outdated.sudo()
            outdated_sudo.unlink()
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
        self._number_vas_slips()
        self._check_vas_fifo()
        return super()._action_done()

    def _get_vas_lines(self):
        """Lines that leave now: those picked, or all while nobody picked any.

        Those entered on a move may lack the transfer yet.
        """
        leaving = self.env["stock.move.line"]
        for picking in self:
            lines = picking.move_line_ids | picking.move_ids.move_line_ids
            leaving |= lines.filtered("picked") or lines
        return leaving

    def _check_vas_fifo(self):
        """Refuse a lot while an older one of the product stays behind (DOC-05).

        Older is compared in the whole stock of the warehouse, whatever shelf the
        transfer starts from, and among the goods of one owner.
        """
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
        warehouses = (
            strict.picking_type_id.warehouse_id | lines.location_id.warehouse_id
        )
        places = (
            warehouses.lot_stock_id | strict.location_id | lines.location_id
        ).filtered(lambda place: place.usage in ("internal", "transit"))
        # The check looks at all stock of the warehouse, whoever completes.
        stock_sudo = self.env["stock.quant"].sudo()
        quants_sudo = stock_sudo.search_fetch(
            [
                ("product_id", "in", lines.product_id.ids),
                ("location_id", "child_of", places.ids),
                ("quantity", ">", 0),
                ("lot_id", "!=", False),
                ("company_id", "in", strict.company_id.ids),
            ],
            ["product_id", "location_id", "lot_id", "owner_id", "quantity", "in_date"],
        )
        taken, left, since = {}, {}, {}
        for line in lines:
            key = line.product_id, line.owner_id, line.lot_id
            taken[key] = taken.get(key, 0) + line.quantity_product_uom
        for quant in quants_sudo:
            key = quant.product_id, quant.owner_id, quant.lot_id
            left[key] = left.get(key, 0) + quant.quantity
            since[key] = min(since.get(key, quant.in_date), quant.in_date)
        for line in lines:
            line._check_vas_older(taken, left, since)

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
