from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class VasEntitlementOveruse(models.Model):
    """Work for which nothing was left: approved, invoiced or refused."""

    _name = "vas.entitlement.overuse"
    _description = "Over-use of an Entitlement"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.lock.mixin"]
    _order = "id desc"
    _rec_name = "entitlement_id"

    entitlement_id = fields.Many2one(
        "vas.entitlement", required=True, index=True, ondelete="restrict", readonly=True
    )
    contract_id = fields.Many2one(
        related="entitlement_id.contract_id",
        store=True,
        index=True,
        string="Agreement",
    )
    company_id = fields.Many2one(
        related="entitlement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        related="entitlement_id.partner_id", store=True, string="Customer"
    )
    unit = fields.Selection(related="entitlement_id.unit", store=True)
    date = fields.Date(required=True, readonly=True)
    quantity = fields.Float(required=True, readonly=True, digits=(16, 2))
    rule = fields.Selection(
        selection=lambda self: (
            self.env["vas.entitlement"]
            ._fields["over_use"]
            ._description_selection(self.env)
        ),
        string="Rule that held",
        readonly=True,
    )
    state = fields.Selection(
        [
            ("waiting", "Waits for approval"),
            ("approved", "Approved, free of charge"),
            ("billed", "To be invoiced"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="waiting",
        readonly=True,
        index=True,
        tracking=True,
    )
    price_unit = fields.Monetary(string="Price per unit")
    amount = fields.Monetary(compute="_compute_amount", store=True)
    res_model = fields.Char(string="Document type", readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", readonly=True
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", readonly=True, index="btree_not_null", ondelete="set null"
    )
    decided_by_id = fields.Many2one("res.users", string="Decided by", readonly=True)
    decided_on = fields.Datetime(readonly=True)
    charge_ids = fields.One2many("vas.agreement.charge", "overuse_id", string="Charges")

    _document_idx = models.Index("(res_model, res_id) WHERE state <> 'cancelled'")

    @api.depends("quantity", "price_unit")
    def _compute_amount(self):
        for over in self:
            over.amount = over.quantity * over.price_unit

    @api.model
    def _begin(self, values_list):
        """Record over-use, ask who approves it, charge what is invoiced at once."""
        if not values_list:
            return self
        # Over-use arises from what people do, without rights on it.
        overs = self.sudo().create(values_list)
        for over in overs.filtered(lambda o: o.state == "waiting"):
            approver = over.entitlement_id.approver_id or over.contract_id.user_id
            if approver:
                over.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Approve over-use"),
                    note=over._describe(),
                    user_id=approver.id,
                )
        overs._charge()
        return overs

    def _describe(self):
        self.ensure_one()
        return self.env._(
            "%(agreement)s: %(entitlement)s, %(quantity)s beyond what is left",
            agreement=self.contract_id.display_name,
            entitlement=self.entitlement_id.name,
            quantity=f"{self.quantity:g}",
        )

    # ------------------------------------------------------------------
    # Decision
    # ------------------------------------------------------------------

    def action_approve(self):
        """Let the work go on at no charge."""
        self._decide("approved")

    def action_approve_billed(self):
        """Let the work go on and put it on the next invoice of the agreement."""
        for over in self:
            if not over.price_unit:
                raise UserError(
                    self.env._(
                        "%(over)s has no price. Expected: a price per unit, before it "
                        "is put on the next invoice.",
                        over=over._describe(),
                    )
                )
        self._decide("billed")

    def action_refuse(self):
        self._decide("refused")

    def _decide(self, state):
        self.check_access("write")
        self._lock_or_refuse()
        self.invalidate_recordset(["state"])
        for over in self:
            if over.state != "waiting":
                raise UserError(
                    self.env._(
                        "%(over)s was decided already by %(user)s.",
                        over=over._describe(),
                        user=over.decided_by_id.name or self.env._("the rule"),
                    )
                )
        self.write(
            {
                "state": state,
                "decided_by_id": self.env.uid,
                "decided_on": fields.Datetime.now(),
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self._charge()
        words = dict(self._fields["state"]._description_selection(self.env))
        for over in self:
            # The ticket tells the agent; who decides may not write on tickets.
            ticket_sudo = over.ticket_id.sudo()
            if ticket_sudo:
                ticket_sudo.message_post(
                    body=Markup("%s: %s") % (over._describe(), words[state]),
                    author_id=self.env.user.partner_id.id,
                    subtype_xmlid="mail.mt_note",
                )

    def _charge(self):
        """Charge what is to be invoiced, take back what no longer is."""
        # Charges follow decisions; nobody writes them by hand.
        charges_sudo = self.env["vas.agreement.charge"].sudo()
        # As above.
        for one in self.sudo():
            over = one.with_context(lang=one.partner_id.lang)
            billed = over.state == "billed"
            charges_sudo._set_total(
                over,
                quantity=over.quantity if billed else 0.0,
                price_unit=over.price_unit,
                name=self.env._(
                    "Over-use of %(entitlement)s on %(date)s: %(document)s",
                    entitlement=over.entitlement_id.name,
                    date=fields.Date.to_string(over.date),
                    document=over.ticket_id.display_name or over._document_name(),
                ),
            )

    def _vas_get_charged_line(self):
        """Return the service line whose product and taxes the charge has."""
        self.ensure_one()
        lines = self.contract_id.contract_line_ids.filtered(
            lambda line: not line.display_type
        )
        return self.entitlement_id.contract_line_id or lines[:1]

    def _document_name(self):
        self.ensure_one()
        if self.res_model in self.env:
            return self.env[self.res_model].browse(self.res_id).display_name
        return ""

    def _reduce(self, quantity):
        """Take back a part of this over-use, or all of it."""
        for over in self:
            left = round(over.quantity - quantity, 2)
            if left > 0:
                over.quantity = left
            else:
                over.state = "cancelled"
                over.activity_unlink(["mail.mail_activity_data_todo"])
        self._charge()

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }
