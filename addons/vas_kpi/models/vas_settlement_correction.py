from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command


class VasSettlementCorrection(models.Model):
    """The difference between what a period was settled at and what is right.

    It is billed as a line of the next settlement or as a document of its own; the bill
    of the period itself is never touched. A settlement has one open correction at a
    time, and corrections add up: a delta of a delta gives the corrected amount.
    """

    _name = "vas.settlement.correction"
    _description = "Correction of a settlement"
    _inherit = ["vas.guarded.mixin", "mail.thread", "vas.lock.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    settlement_id = fields.Many2one(
        comodel_name="vas.settlement",
        string="Corrected settlement",
        required=True,
        readonly=True,
        ondelete="restrict",
        check_company=True,
        index=True,
    )
    agreement_id = fields.Many2one(
        related="settlement_id.agreement_id", store=True, index=True
    )
    series_id = fields.Many2one(
        related="settlement_id.series_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="settlement_id.partner_id", store=True, string="Vendor"
    )
    company_id = fields.Many2one(related="settlement_id.company_id", store=True)
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    date_from = fields.Date(related="settlement_id.date_from", store=True)
    date_to = fields.Date(related="settlement_id.date_to", store=True)
    period = fields.Char(related="settlement_id.period")
    mode = fields.Selection(
        selection=[
            ("next", "A line on the next bill"),
            ("document", "A bill or refund of its own"),
        ],
        string="Billed as",
        required=True,
        readonly=True,
    )
    reason = fields.Char(required=True, readonly=True)
    assessment_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Score sheet",
        readonly=True,
        ondelete="restrict",
        check_company=True,
    )
    line_ids = fields.One2many(
        comodel_name="vas.settlement.correction.line",
        inverse_name="correction_id",
        readonly=True,
    )
    total = fields.Monetary(compute="_compute_total", store=True)
    target_id = fields.Many2one(
        comodel_name="vas.settlement",
        string="Billed with",
        readonly=True,
        ondelete="set null",
        check_company=True,
        index="btree_not_null",
    )
    bill_id = fields.Many2one(related="target_id.bill_id", string="Bill")
    state = fields.Selection(
        selection=[
            ("pending", "Waiting to be billed"),
            ("accepted", "Accepted"),
            ("billed", "Billed"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    _open_uniq = models.UniqueIndex(
        "(settlement_id) WHERE state = 'pending'",
        "A settlement has one open correction at a time.",
    )

    @api.depends("settlement_id.name", "reason")
    def _compute_name(self):
        for correction in self:
            correction.name = self.env._(
                "Correction of %(settlement)s", settlement=correction.settlement_id.name
            )

    @api.depends("line_ids.delta")
    def _compute_total(self):
        for correction in self:
            correction.total = sum(correction.line_ids.mapped("delta"))

    @api.depends("target_id.state")
    def _compute_state(self):
        states = {"checked": "accepted", "billed": "billed"}
        for correction in self:
            correction.state = states.get(correction.target_id.state, "pending")

    @api.model
    def _get_guarded_fields(self):
        return {
            "settlement_id",
            "mode",
            "reason",
            "assessment_id",
            "line_ids",
            "target_id",
        }

    @api.model
    def _put(
        self,
        settlement,
        opened,
        reason,
        assessment,
        differences,
        settled,
        expected,
        described,
    ):
        """Create, replace or drop the open correction of a settlement."""
        target = opened.target_id
        if not differences:
            if opened:
                opened.target_id = False
                opened.unlink()
                target._drop_correction()
            return self.browse()
        if {line.component: line.delta for line in opened.line_ids} == differences:
            return opened
        lines = [Command.clear()]
        for key, delta in differences.items():
            line = described.get(key, {})
            lines.append(
                Command.create(
                    {
                        "component": key,
                        "kind": line.get("kind", "correction"),
                        "tariff_id": line.get("tariff_id"),
                        "name": line.get("typed"),
                        "old_amount": settled.get(key, 0.0),
                        "new_amount": expected.get(key, 0.0),
                        "delta": delta,
                    }
                )
            )
        values = {
            "reason": reason,
            "assessment_id": assessment.id,
            "line_ids": lines,
        }
        if opened:
            opened.write(values)
        else:
            # A correction decided in this transaction makes room for the next one.
            self.flush_model(["state"])
            opened = self.create(
                {
                    **values,
                    "settlement_id": settlement.id,
                    "mode": settlement.agreement_id.correction_mode,
                }
            )
        opened._place()
        settlement.message_post(
            body=self.env._(
                "Correction over %(total)s: %(reason)s",
                total=settlement.currency_id.format(opened.total),
                reason=reason,
            )
        )
        return opened

    def _place(self):
        """Bring the correction into the settlement that bills it, if there is one."""
        self.ensure_one()
        if self.mode == "document" and not self.target_id:
            settlement = self.settlement_id
            self.target_id = self.env["vas.settlement"].create(
                {
                    "agreement_id": settlement.agreement_id.id,
                    "date_from": settlement.date_from,
                    "date_to": settlement.date_to,
                    "kind": "correction",
                    "number": len(settlement.correction_ids),
                }
            )
        if not self.target_id:
            self.target_id = self.env["vas.settlement"].search(
                [
                    ("series_id", "=", self.series_id.id),
                    ("kind", "=", "period"),
                    ("state", "=", "draft"),
                    ("date_from", ">", self.date_to),
                    ("currency_id", "=", self.currency_id.id),
                ],
                order="date_from",
                limit=1,
            )
        self.target_id._recompute()

    def action_bill_now(self):
        """Bill the correction as a document of its own instead of waiting."""
        self.ensure_one()
        self.settlement_id._check_manager()
        self.settlement_id._lock_or_refuse()
        if self.state != "pending":
            raise UserError(
                self.env._("%(correction)s is already decided.", correction=self.name)
            )
        # The right to decide was checked above.
        this_sudo = self.sudo()
        previous = this_sudo.target_id
        if previous.kind != "correction":
            this_sudo.write({"mode": "document", "target_id": False})
            previous._recompute()
            this_sudo._place()
        return this_sudo.target_id.sudo(False)._get_records_action()

    def action_open_target(self):
        self.ensure_one()
        return self.target_id._get_records_action()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_pending(self):
        if not self.env.su:
            raise AccessError(
                self.env._("Corrections follow from the figures and stay on record.")
            )
