from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

#: What an approved notice says; only a draft is changed.
CONTENT = {
    "name",
    "date",
    "basis",
    "sale_ids",
    "date_due",
    "warehouse_id",
    "company_id",
    "slip_type_id",
    "reason",
}


class VasProductionNotice(models.Model):
    """What the workshop is to make, by when, and the materials it needs (DOC-01).

    Numbered when it is begun, signed by the planning department, printed in as many
    copies as its slip says. An approved notice is not changed any more.
    """

    _name = "vas.production.notice"
    _description = "Production Notice"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "date desc, name desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number",
        copy=False,
        index="trigram",
        tracking=True,
        help="Given in advance, in order. A number printed on the form can be typed; "
        "numbers left out are listed under Gaps in Numbers.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    slip_type_id = fields.Many2one(
        comodel_name="vas.slip.type",
        string="Slip",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('is_notice', '=', True)]",
        default=lambda self: self._default_slip_type_id(),
        help="Its numbers, copies and signatures.",
    )
    sequence_id = fields.Many2one(
        comodel_name="ir.sequence",
        string="Numbers",
        readonly=True,
        copy=False,
        groups="vas_logistics.group_vas_logistics_admin",
    )
    date = fields.Date(required=True, default=fields.Date.context_today, tracking=True)
    basis = fields.Selection(
        selection=[
            ("orders", "Customer orders"),
            ("forecast", "Sales forecast"),
            ("stock", "Stock need"),
        ],
        string="Because Of",
        required=True,
        default="orders",
        tracking=True,
    )
    sale_ids = fields.Many2many(
        comodel_name="sale.order",
        string="Customer Orders",
        check_company=True,
        copy=False,
        groups="sales_team.group_sale_salesman",
    )
    reason = fields.Text(
        string="Need Analysis", help="Forecast and stock that led to this notice."
    )
    warehouse_id = fields.Many2one(
        comodel_name="stock.warehouse",
        required=True,
        check_company=True,
        default=lambda self: self._default_warehouse_id(),
        help="The stock of materials that is counted.",
    )
    date_due = fields.Date(string="Finished By", tracking=True)
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Prepared By",
        default=lambda self: self.env.user,
        tracking=True,
    )
    line_ids = fields.One2many(
        comodel_name="vas.production.notice.line",
        inverse_name="notice_id",
        string="To Make",
        copy=True,
    )
    material_ids = fields.One2many(
        comodel_name="vas.production.material",
        inverse_name="notice_id",
        string="Materials",
        copy=True,
    )
    signature_ids = fields.One2many(
        comodel_name="vas.slip.signature",
        inverse_name="notice_id",
        string="Signatures",
        readonly=True,
        copy=False,
    )
    missing_signatures = fields.Char(
        string="Signatures Missing", compute="_compute_missing_signatures"
    )
    equipment_ready = fields.Boolean(
        string="Equipment Overhauled",
        copy=False,
        tracking=True,
        help="The workshop checked its machines before it draws material.",
    )
    picking_ids = fields.One2many(
        comodel_name="stock.picking",
        inverse_name="vas_notice_id",
        string="Slips of the Notice",
        readonly=True,
    )
    picking_count = fields.Integer(compute="_compute_picking_count")
    to_buy_count = fields.Integer(
        string="Materials to Buy", compute="_compute_to_buy_count"
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("approved", "Approved"),
            ("production", "In Production"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )

    _name_uniq = models.UniqueIndex(
        "(company_id, name)", "Another production notice already has this number."
    )

    @api.model
    def _default_slip_type_id(self):
        slips = self.env["vas.slip.type"].search(
            [
                ("is_notice", "=", True),
                ("company_id", "in", (self.env.company.id, False)),
            ]
        )
        # A slip of the company itself goes before one that all share.
        return slips.sorted(lambda slip: not slip.company_id)[:1]

    @api.model
    def _default_warehouse_id(self):
        return self.env["stock.warehouse"].search(
            [("company_id", "=", self.env.company.id)], limit=1
        )

    @api.depends("slip_type_id", "signature_ids.role_id")
    def _compute_missing_signatures(self):
        for notice in self:
            missing = notice.slip_type_id.role_ids - notice.signature_ids.role_id
            notice.missing_signatures = ", ".join(missing.mapped("name"))

    def _compute_picking_count(self):
        counts = dict(
            self.env["stock.picking"]._read_group(
                [("vas_notice_id", "in", self.ids)], ["vas_notice_id"], ["__count"]
            )
        )
        for notice in self:
            notice.picking_count = counts.get(notice, 0)

    @api.depends("material_ids.to_buy")
    def _compute_to_buy_count(self):
        for notice in self:
            notice.to_buy_count = len(notice.material_ids.filtered("to_buy"))

    @api.model_create_multi
    def create(self, vals_list):
        """Each notice has its number from the beginning."""
        notices = super().create(vals_list)
        for notice in notices:
            # Whoever begins a notice gets a number without rights on the numbering.
            notice.sudo().sequence_id = notice.slip_type_id.sudo().number_sequence_id
        notices.filtered(lambda notice: not notice.name)._set_numbers()
        return notices

    def _set_numbers(self):
        """The next numbers of the series; one that was typed before is left out."""
        todo = self
        while todo:
            numbers = {notice: notice._get_next_number() for notice in todo}
            taken = self.search_fetch(
                [("name", "in", list(numbers.values()))], ["name", "company_id"]
            )
            pairs = {(notice.company_id, notice.name) for notice in taken}
            for notice, number in numbers.items():
                if (notice.company_id, number) not in pairs:
                    notice.name = number
                    todo -= notice

    def _get_next_number(self):
        self.ensure_one()
        # As in ``create``.
        sequence_sudo = self.sudo().sequence_id
        if not sequence_sudo:
            raise UserError(
                self.env._(
                    "Slip %(slip)s has no numbers: choose a sequence there, or type "
                    "the number of the notice.",
                    slip=self.slip_type_id.name,
                )
            )
        return sequence_sudo.next_by_id(sequence_date=self.date)

    def write(self, vals):
        """What the planning department signed stays as it was signed."""
        if CONTENT & vals.keys():
            self.check_access("write")
            self._check_open()
        return super().write(vals)

    def _check_open(self):
        for notice in self:
            if notice.state != "draft" or notice.signature_ids:
                raise UserError(
                    self.env._(
                        "Notice %(notice)s is signed: what it says stays. Take it "
                        "back to draft first, or make another one.",
                        notice=notice.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_numbered(self):
        for notice in self:
            if notice.name:
                raise UserError(
                    self.env._(
                        "Notice %(notice)s has its number. Cancel it instead: numbers "
                        "have no gaps.",
                        notice=notice.name,
                    )
                )

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------

    def _lock_in_states(self, *states):
        """One at a time: lock the rows, then look at the states."""
        self.check_access("write")
        self._lock_or_refuse()
        self.invalidate_recordset(["state"])
        labels = dict(self._fields["state"]._description_selection(self.env))
        for notice in self:
            if notice.state not in states:
                raise UserError(
                    self.env._(
                        "Notice %(notice)s is %(state)s; this can only be done while "
                        "it is %(states)s.",
                        notice=notice.name,
                        state=labels[notice.state],
                        states=", ".join(labels[state] for state in states),
                    )
                )

    def action_sign(self):
        """Sign; with the last signature the notice is approved."""
        self.ensure_one()
        self._lock_in_states("draft")
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "Notice %(notice)s: please fill in what is to be made.",
                    notice=self.name,
                )
            )
        self.slip_type_id._sign(self, "notice_id")
        if not self.missing_signatures:
            self._approve()
        return True

    def _approve(self):
        """The stock that was approved is kept with the notice."""
        for material in self.material_ids:
            material.stock_signed = material.stock
        self.state = "approved"

    def action_start(self):
        """The workshop begins, once its equipment is overhauled (DOC-03)."""
        self._lock_in_states("approved")
        for notice in self:
            if not notice.equipment_ready:
                raise UserError(
                    self.env._(
                        "Notice %(notice)s: overhaul the equipment first, then tick "
                        "%(field)s.",
                        notice=notice.name,
                        field=self._fields["equipment_ready"]._description_string(
                            self.env
                        ),
                    )
                )
        self.state = "production"
        return True

    def action_done(self):
        """Everything is made and handed to the warehouse."""
        self._lock_in_states("production")
        self.state = "done"
        return True

    def action_cancel(self):
        """Give the notice up; its number stays."""
        self._lock_in_states("draft", "approved", "production")
        self.state = "cancelled"
        return True

    def action_draft(self):
        """Take the notice back: the signatures fall away, the history keeps them."""
        self._lock_in_states("approved", "cancelled")
        # Signatures are given and taken back here only; nobody writes them by hand.
        signatures_sudo = self.sudo().signature_ids
        for notice in self.filtered("signature_ids"):
            notice.message_post(
                body=self.env._(
                    "Taken back to draft. It was signed by %(signatures)s.",
                    signatures=", ".join(notice.signature_ids.mapped("display_name")),
                )
            )
        signatures_sudo.unlink()
        self.state = "draft"
        return True

    def action_request_purchase(self):
        """Draft requests for quotation of what must be bought; never twice."""
        # A purchaser reads notices; locking the row is not changing it.
        self.sudo()._lock_in_states("approved", "production")
        todo = self.material_ids.filtered(
            lambda material: material.to_buy and not material._get_open_purchase()
        )
        if not todo:
            raise UserError(
                self.env._("Nothing is left to buy, or it is requested already.")
            )
        groups = {}
        lacking = self.env["product.product"]
        for material in todo:
            seller = material._get_seller()
            if seller:
                key = (material.company_id, seller.partner_id)
                groups[key] = groups.get(key, todo.browse()) | material
            else:
                lacking |= material.product_id
        if lacking:
            raise UserError(
                self.env._(
                    "No vendor is known for %(products)s: enter one on the tab "
                    "Purchase of the product.",
                    products=", ".join(lacking.mapped("display_name")),
                )
            )
        orders = self.env["purchase.order"].create(
            [
                {
                    "company_id": company.id,
                    "partner_id": vendor.id,
                    "origin": ", ".join(materials.notice_id.mapped("name")),
                    "order_line": [
                        Command.create(
                            {
                                "product_id": material.product_id.id,
                                "product_qty": material.to_buy,
                                "vas_material_id": material.id,
                            }
                        )
                        for material in materials
                    ],
                }
                for (company, vendor), materials in groups.items()
            ]
        )
        return self._open_purchases(orders)

    def action_view_purchases(self):
        """Open the requests made for the materials of these notices."""
        return self._open_purchases(self.material_ids.purchase_line_ids.order_id)

    def _open_purchases(self, orders):
        action = self.env["ir.actions.act_window"]._for_xml_id("purchase.purchase_rfq")
        action["domain"] = [("id", "in", orders.ids)]
        action["context"] = {}
        if len(orders) == 1:
            action["views"] = [(False, "form")]
            action["res_id"] = orders.id
        return action

    def action_view_pickings(self):
        """Open the transfers that draw material for, or store goods of, the notice."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Slips of %(notice)s", notice=self.name),
            "res_model": "stock.picking",
            "view_mode": "list,form",
            "domain": [("vas_notice_id", "=", self.id)],
            "context": {"default_vas_notice_id": self.id},
        }
