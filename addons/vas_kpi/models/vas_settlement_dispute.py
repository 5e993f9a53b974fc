from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class VasSettlementDispute(models.Model):
    """A vendor's objection to one line: the line is frozen while the rest is billed.

    The decision lets the line stand, drops it or agrees on another amount; what then
    differs from the bill follows as a correction.
    """

    _name = "vas.settlement.dispute"
    _description = "Disputed settlement line"
    _inherit = ["vas.guarded.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    line_id = fields.Many2one(
        comodel_name="vas.settlement.line",
        string="Disputed line",
        required=True,
        ondelete="restrict",
        index=True,
    )
    settlement_id = fields.Many2one(
        related="line_id.settlement_id", store=True, index=True
    )
    agreement_id = fields.Many2one(
        related="settlement_id.agreement_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="settlement_id.partner_id", store=True, string="Vendor", index=True
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    amount = fields.Monetary(related="line_id.amount", string="Amount of the line")
    basis = fields.Char(related="line_id.basis")
    deadline = fields.Date(
        related="settlement_id.dispute_until", string="Could be disputed until"
    )
    reason = fields.Text(required=True, help="Why the line is wrong.")
    has_claim = fields.Boolean(string="Names another amount")
    claimed_amount = fields.Monetary(string="Claimed amount")
    evidence_ids = fields.Many2many(comodel_name="ir.attachment", copy=False)
    state = fields.Selection(
        selection=[
            ("open", "Under review"),
            ("rejected", "Line stands"),
            ("upheld", "Line dropped"),
            ("settled", "Other amount agreed"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="open",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    submitted_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Submitted by",
        readonly=True,
        default=lambda self: self.env.user,
    )
    submitted_on = fields.Datetime(
        string="Submitted on", readonly=True, default=fields.Datetime.now
    )
    decision = fields.Text(
        string="Reason of the decision", help="The vendor reads it in the portal."
    )
    agreed_amount = fields.Monetary(
        string="Agreed amount", help="Used by “Agree on this amount”."
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True, copy=False
    )
    decided_on = fields.Datetime(string="Decided on", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(line_id) WHERE state = 'open'", "This line is already in dispute."
    )

    @api.depends("line_id", "settlement_id.name")
    @api.depends_context("lang")
    def _compute_name(self):
        for dispute in self:
            dispute.name = self.env._(
                "%(settlement)s: %(line)s",
                settlement=dispute.settlement_id.name,
                line=dispute.line_id.name,
            )

    @api.model
    def _get_guarded_fields(self):
        return {"state", "submitted_by_id", "submitted_on"} | {
            "decided_by_id",
            "decided_on",
        }

    @api.constrains("reason")
    def _check_reason(self):
        for dispute in self:
            if not (dispute.reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "%(dispute)s: say why the line is wrong.", dispute=dispute.name
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = self.env["vas.settlement.line"].browse(
            [vals["line_id"] for vals in vals_list if vals.get("line_id")]
        )
        lines.settlement_id._lock_or_refuse()
        lines._check_disputable()
        disputes = super().create(vals_list)
        # Freezing follows from the right to dispute, checked by the rights on disputes.
        disputes_sudo = disputes.sudo()
        disputes_sudo.line_id.frozen = True
        for settlement_sudo in disputes_sudo.settlement_id:
            settlement_sudo._sync_draft_bill()
        for dispute_sudo in disputes_sudo:
            dispute_sudo.settlement_id.message_post(
                body=self.env._(
                    "“%(line)s” is disputed and frozen: %(reason)s",
                    line=dispute_sudo.line_id.name,
                    reason=dispute_sudo.reason,
                )
            )
            manager = dispute_sudo.settlement_id.checked_by_id
            if manager:
                dispute_sudo.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._("Decide about a disputed line"),
                    user_id=manager.id,
                )
        return disputes

    def write(self, vals):
        decided = self.filtered(lambda dispute: dispute.state != "open")
        if decided and not self.env.su:
            raise UserError(
                self.env._(
                    "%(dispute)s is decided and stays as it is.",
                    dispute=decided[0].name,
                )
            )
        if "line_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("A dispute stays with its line. Withdraw it instead.")
            )
        return super().write(vals)

    # ------------------------------------------------------------------- actions
    def action_reject(self):
        """The line stands as it is."""
        return self._decide("rejected")

    def action_uphold(self):
        """The line is dropped."""
        return self._decide("upheld", 0.0)

    def action_settle(self):
        """Both agree on another amount."""
        for dispute in self:
            if dispute.currency_id.is_zero(dispute.agreed_amount):
                raise UserError(
                    self.env._(
                        "%(dispute)s: enter the agreed amount, or drop the line.",
                        dispute=dispute.name,
                    )
                )
            if (dispute.agreed_amount < 0) != (dispute.amount < 0):
                raise UserError(
                    self.env._(
                        "%(dispute)s: the agreed amount has the sign of the line.",
                        dispute=dispute.name,
                    )
                )
        return self._decide("settled")

    def _decide(self, state, amount=None):
        self.settlement_id._check_manager()
        self.check_access("write")
        self.settlement_id._lock_or_refuse()
        self.invalidate_recordset(["state"])
        for dispute in self:
            if dispute.state != "open":
                raise UserError(
                    self.env._("%(dispute)s is already decided.", dispute=dispute.name)
                )
            if not (dispute.decision or "").strip():
                raise UserError(
                    self.env._(
                        "%(dispute)s: write the reason of the decision first.",
                        dispute=dispute.name,
                    )
                )
        self._close(state, amount)
        return True

    def action_withdraw(self):
        """The vendor does not insist."""
        self.settlement_id._check_manager()
        self.check_access("write")
        self.settlement_id._lock_or_refuse()
        self.filtered(lambda dispute: dispute.state == "open")._close("withdrawn")
        return True

    def _close(self, state, amount=None):
        # The right to decide was checked by the caller.
        for dispute_sudo in self.sudo():
            dispute_sudo.write(
                {
                    "state": state,
                    "decided_by_id": self.env.user.id,
                    "decided_on": fields.Datetime.now(),
                }
            )
            values = {"frozen": False}
            if state in ("upheld", "settled"):
                values["has_agreed"] = True
                values["agreed_amount"] = (
                    dispute_sudo.agreed_amount if amount is None else amount
                )
            dispute_sudo.line_id.write(values)
            # The next dispute of this line may be stored before this one is.
            dispute_sudo.flush_recordset(["state"])
            dispute_sudo.activity_feedback(["mail.mail_activity_data_todo"])
            settlement = dispute_sudo.settlement_id
            settlement._sync_draft_bill()
            if settlement.state == "billed":
                settlement._correct(
                    self.env._(
                        "Dispute decided: %(line)s", line=dispute_sudo.line_id.name
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_never(self):
        if not self.env.su:
            raise AccessError(self.env._("Disputes stay on record. Withdraw instead."))
