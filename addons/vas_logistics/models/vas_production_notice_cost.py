from odoo import api, fields, models
from odoo.exceptions import AccessError


class VasProductionNotice(models.Model):
    """Accounting's step: the cost of what was made, from the slips (DOC-09)."""

    _name = "vas.production.notice"
    _inherit = "vas.production.notice"

    currency_id = fields.Many2one(related="company_id.currency_id")
    cost_amount = fields.Monetary(
        string="Cost of Material",
        readonly=True,
        copy=False,
        help="Material of the completed slips at its cost when accounting calculated.",
    )
    cost_date = fields.Datetime(string="Calculated On", readonly=True, copy=False)
    cost_user_id = fields.Many2one(
        comodel_name="res.users", string="Calculated By", readonly=True, copy=False
    )
    trail_ids = fields.One2many(
        comodel_name="vas.document.trail",
        string="Steps and Documents",
        compute="_compute_trail_ids",
    )
    documents_there = fields.Char(compute="_compute_documents_there")

    def _compute_trail_ids(self):
        """Asked for each time: a notice just made has its documents to come."""
        trails = self.env["vas.document.trail"].search([("notice_id", "in", self.ids)])
        for notice in self:
            notice.trail_ids = trails.filtered(
                lambda line, notice=notice: line.notice_id.id == notice.id
            )

    @api.depends_context("lang")
    def _compute_documents_there(self):
        """How many of the documents exist, in one query for all notices."""
        counts = {}
        for notice, status, count in self.env["vas.document.trail"]._read_group(
            [("notice_id", "in", self.ids)], ["notice_id", "status"], ["__count"]
        ):
            there, every = counts.get(notice, (0, 0))
            counts[notice] = there + count * (status == "there"), every + count
        for notice in self:
            there, every = counts.get(notice, (0, 0))
            notice.documents_there = self.env._(
                "%(there)s of %(every)s", there=there, every=every
            )

    def action_view_documents(self):
        """Open the steps of this notice with their documents."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_document_trail_action"
        )
        action["domain"] = [("notice_id", "=", self.id)]
        action["context"] = {"search_default_group_step": 1}
        return action

    def action_cost(self):
        """Add up the material that was really drawn, at its present cost."""
        if not self.env.user.has_group("account.group_account_invoice"):
            raise AccessError(
                self.env._("Accounting calculates the cost of a production notice.")
            )
        self.check_access("read")
        # Accounting reads notices; locking the row is not changing the notice.
        notices_sudo = self.sudo()
        notices_sudo._lock_in_states("production", "done")
        for notice_sudo in notices_sudo:
            company = notice_sudo.company_id
            materials = notice_sudo.material_ids.product_id
            moves = notice_sudo.picking_ids.move_ids.filtered(
                lambda move, products=materials: (
                    move.state == "done" and move.product_id in products
                )
            )
            notice_sudo.write(
                {
                    "cost_amount": sum(
                        move.product_uom._compute_quantity(
                            move.quantity, move.product_id.uom_id
                        )
                        * move.product_id.with_company(company).standard_price
                        for move in moves
                    ),
                    "cost_date": fields.Datetime.now(),
                    "cost_user_id": self.env.uid,
                }
            )
        return True
