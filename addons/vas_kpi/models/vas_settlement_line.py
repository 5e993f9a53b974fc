from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import settlement as settlement_tool

#: Kinds a person may add by hand.
MANUAL_KINDS = ("bonus", "penalty", "extra")


class VasSettlementLine(models.Model):
    """One amount of a settlement with the arithmetic behind it."""

    _name = "vas.settlement.line"
    _description = "Settlement line"
    _order = "sequence, id"

    settlement_id = fields.Many2one(
        comodel_name="vas.settlement", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    settlement_state = fields.Selection(related="settlement_id.state")
    sequence = fields.Integer(default=50)
    kind = fields.Selection(
        selection=[
            ("base", "Base fee"),
            ("tier", "Price tier"),
            ("factor", "Score factor"),
            ("bonus", "Bonus"),
            ("penalty", "Deduction"),
            ("extra", "Extra"),
        ],
        required=True,
        default="extra",
    )
    name = fields.Char(string="Description", required=True)
    basis = fields.Char(help="How the amount came about, e.g. 120,000 × 0.85.")
    quantity = fields.Float(digits=(16, 4), default=1.0)
    unit_price = fields.Float(digits=(16, 6))
    amount = fields.Monetary(required=True)
    is_manual = fields.Boolean(string="Typed by hand", readonly=True, default=True)
    written_consent = fields.Boolean(
        string="Consent",
        help="The paying party agreed to this extra in writing (STL-03).",
    )
    consent_ids = fields.Many2many(
        comodel_name="ir.attachment", string="Document", copy=False
    )

    def _check_consent(self):
        """Refuse extras that the paying party has not agreed to in writing."""
        for line in self.filtered(lambda line: line.kind == "extra"):
            # Attachments may be readable through the settlement only; here only
            # their presence counts.
            if not line.written_consent or not line.sudo().consent_ids:
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: the agreed fee is all-inclusive. An extra line"
                        " needs written consent: tick it and attach the document.",
                        line=line.name,
                    )
                )

    @api.constrains("kind", "amount", "is_manual")
    def _check_sign(self):
        for line in self.filtered("is_manual"):
            if line.kind not in MANUAL_KINDS:
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: only bonuses, deductions and extras are typed by"
                        " hand.",
                        line=line.name,
                    )
                )
            wrong = (line.kind == "bonus" and line.amount < 0) or (
                line.kind == "penalty" and line.amount > 0
            )
            if wrong:
                raise ValidationError(
                    self.env._(
                        "“%(line)s”: a bonus is positive and a deduction negative.",
                        line=line.name,
                    )
                )

    def _check_open(self):
        for line in self:
            if not line.is_manual and not self.env.su:
                raise AccessError(
                    self.env._(
                        "“%(line)s” was computed and cannot be changed by hand. Add a"
                        " bonus or deduction instead.",
                        line=line.name,
                    )
                )
            if line.settlement_id.state != "draft":
                raise UserError(
                    self.env._(
                        "%(settlement)s is not a draft any more; its lines stay as"
                        " they are.",
                        settlement=line.settlement_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._check_open()
        return lines

    def write(self, vals):
        self._check_open()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_open(self):
        self._check_open()

    def _prepare_bill_line_values(self, sign):
        """Return the invoice line; quantity × price is shown when it is exact."""
        self.ensure_one()
        agreement = self.settlement_id.agreement_id
        rounding = self.currency_id.rounding
        product = settlement_tool.round_amount(
            settlement_tool.multiply(self.quantity, self.unit_price), rounding
        )
        exact = self.currency_id.compare_amounts(product, self.amount) == 0
        quantity = self.quantity if exact else 1.0
        price = self.unit_price if exact else self.amount
        values = {
            "name": f"{self.name}: {self.basis}" if self.basis else self.name,
            "product_id": agreement.product_id.id,
            "quantity": quantity,
            "price_unit": sign * price,
            "analytic_distribution": agreement.analytic_distribution,
        }
        if agreement.account_id:
            values["account_id"] = agreement.account_id.id
        if agreement.tax_ids:
            values["tax_ids"] = [fields.Command.set(agreement.tax_ids.ids)]
        return values
