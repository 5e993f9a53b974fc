from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..tools import settlement as settlement_tool

LINE_KINDS = [
    ("base", "Base fee"),
    ("tier", "Price tier"),
    ("factor", "Score factor"),
    ("bonus", "Bonus"),
    ("penalty", "Deduction"),
    ("cap", "Limit of deductions"),
    ("earn_back", "Earned back"),
    ("limit", "Agreed minimum or maximum"),
    ("extra", "Extra"),
    ("correction", "Correction"),
]
#: Kinds a person may add by hand.
MANUAL_KINDS = ("bonus", "penalty", "extra")
#: What decides about disputes writes, never a person.
DECISION_FIELDS = {"frozen", "has_agreed", "agreed_amount", "billed_amount"}


class VasSettlementLine(models.Model):
    """One amount of a settlement with the arithmetic behind it.

    A computed line stores its figures (``detail``); name and basis are written out of
    them in the reader's language. A typed line keeps the words of its author.
    """

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
    settlement_state = fields.Selection(
        related="settlement_id.state", store=True, string="State"
    )
    partner_id = fields.Many2one(
        related="settlement_id.partner_id", store=True, index="btree_not_null"
    )
    date_to = fields.Date(related="settlement_id.date_to", store=True, string="Period")
    sequence = fields.Integer(default=50)
    kind = fields.Selection(
        selection=LINE_KINDS,
        string="Component",
        required=True,
        default="extra",
    )
    component = fields.Char(
        string="Key",
        readonly=True,
        help="Names the same component in every period.",
    )
    tariff_id = fields.Many2one(
        comodel_name="vas.settlement.agreement.tariff",
        string="Rule",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    correction_line_id = fields.Many2one(
        comodel_name="vas.settlement.correction.line",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
    )
    detail = fields.Json(readonly=True)
    typed_name = fields.Char(string="Typed description")
    typed_basis = fields.Char()
    name = fields.Char(
        string="Description",
        compute="_compute_texts",
        inverse="_inverse_name",
        required=True,
    )
    basis = fields.Char(
        compute="_compute_texts",
        inverse="_inverse_basis",
        help="How the amount came about, e.g. 120,000 × 0.85.",
    )
    quantity = fields.Float(digits=(16, 4), default=1.0)
    unit_price = fields.Float(digits=(16, 6))
    amount = fields.Monetary(required=True)
    company_currency_id = fields.Many2one(related="settlement_id.company_currency_id")
    company_amount = fields.Monetary(
        string="Amount in company currency",
        compute="_compute_company_amount",
        store=True,
        currency_field="company_currency_id",
    )
    is_manual = fields.Boolean(string="Typed by hand", readonly=True, default=True)
    written_consent = fields.Boolean(
        string="Consent",
        help="The paying party agreed to this extra in writing (STL-03).",
    )
    consent_ids = fields.Many2many(
        comodel_name="ir.attachment", string="Document", copy=False
    )
    dispute_ids = fields.One2many(
        comodel_name="vas.settlement.dispute", inverse_name="line_id", readonly=True
    )
    frozen = fields.Boolean(string="In dispute", readonly=True, copy=False)
    has_agreed = fields.Boolean(readonly=True, copy=False)
    agreed_amount = fields.Monetary(readonly=True, copy=False)
    settled_amount = fields.Monetary(
        compute="_compute_settled",
        store=True,
        help="The amount, or what a decision made of it.",
    )
    billable = fields.Monetary(
        string="To bill", compute="_compute_settled", store=True, copy=False
    )
    billed_amount = fields.Monetary(string="Billed", readonly=True, copy=False)
    vendor_agreed = fields.Boolean(string="Agreed by the vendor", readonly=True)
    status = fields.Selection(
        selection=[
            ("open", "In dispute"),
            ("changed", "Changed by decision"),
            ("agreed", "Agreed"),
            ("none", "Open"),
        ],
        compute="_compute_status",
    )

    # ------------------------------------------------------------------ computes
    @api.depends("amount", "has_agreed", "agreed_amount", "frozen")
    def _compute_settled(self):
        for line in self:
            settled = line.agreed_amount if line.has_agreed else line.amount
            line.settled_amount = settled
            line.billable = 0.0 if line.frozen else settled

    @api.depends(
        "amount", "settlement_id.agreement_id.currency_id", "settlement_id.date_to"
    )
    def _compute_company_amount(self):
        for line in self:
            line.company_amount = line.settlement_id._to_company_currency(line.amount)

    @api.depends("frozen", "has_agreed", "vendor_agreed")
    def _compute_status(self):
        for line in self:
            if line.frozen:
                line.status = "open"
            elif line.has_agreed:
                line.status = "changed"
            else:
                line.status = "agreed" if line.vendor_agreed else "none"

    @api.depends("detail", "typed_name", "typed_basis", "kind", "tariff_id.name")
    @api.depends_context("lang")
    def _compute_texts(self):
        for line in self:
            detail = line.detail
            if detail:
                line.name = line._get_computed_name(detail)
                line.basis = getattr(line, f"_get_basis_{detail['text']}")(detail)
            else:
                line.name, line.basis = line.typed_name, line.typed_basis

    def _inverse_name(self):
        for line in self:
            line.typed_name = line.name

    def _inverse_basis(self):
        for line in self:
            line.typed_basis = line.basis

    def _get_computed_name(self, detail):
        # The vendor reads the words of rules he has no access to.
        tariff_sudo = self.tariff_id.sudo()
        if self.kind == "correction":
            name = detail["name"] or tariff_sudo.name
            if not name:
                name = dict(self._fields["kind"]._description_selection(self.env))[
                    detail["kind"]
                ]
            return self.env._(
                "Correction of %(period)s: %(name)s",
                period=detail["period"],
                name=name,
            )
        if self.kind == "earn_back":
            return self.env._(
                "Earned back from %(period)s: %(rule)s",
                period=detail["period"],
                rule=tariff_sudo.name,
            )
        if tariff_sudo:
            return tariff_sudo.name
        if self.kind == "factor":
            return self.env._("Effect of the score")
        if self.kind == "cap":
            return self.env._("Deductions limited to the amount at risk")
        if detail["text"] == "minimum":
            return self.env._("Lifted to the guaranteed minimum")
        if detail["text"] == "maximum":
            return self.env._("Cut to the agreed maximum")
        # The name of the agreement stands on the settlement that the reader opened.
        return self.settlement_id.sudo().agreement_id.name

    @api.model
    def _money(self, amount):
        return f"{amount:,.{self.currency_id.decimal_places}f}"

    def _get_basis_fee(self, detail):
        quantity, price = f"{detail['quantity']:,.10g}", f"{detail['price']:,.10g}"
        # The vendor reads the words of an agreement he has no access to.
        unit = self.settlement_id.sudo().agreement_id.unit_name
        return f"{quantity} {unit} × {price}" if unit else f"{quantity} × {price}"

    def _get_basis_factor(self, detail):
        return self.env._(
            "%(amount)s × (%(factor)s − 1)",
            amount=self._money(detail["base"]),
            factor=f"{detail['factor']:g}",
        )

    def _get_basis_product(self, detail):
        return f"{detail['quantity']:,.10g} × {self._money(detail['price'])}"

    def _get_basis_score(self, detail):
        return self.env._("score %(score)s", score=f"{detail['score']:.2f}")

    def _get_basis_fixed(self, _detail):
        return self.env._("fixed per period")

    def _get_basis_points(self, detail):
        points = abs(settlement_tool.add_up([detail["score"], -detail["target"]]))
        values = {
            "score": f"{detail['score']:.2f}",
            "target": f"{detail['target']:g}",
            "points": f"{points:.10g}",
            "each": f"{detail['per_point']:g}",
            "percent": f"{detail['percent']:.10g}",
            "fee": self._money(detail["fee"]),
        }
        if detail["most"] is not None and detail["percent"] == detail["most"]:
            return self.env._(
                "score %(score)s, target %(target)s: %(points)s × %(each)s %%, at most"
                " %(percent)s %% of %(fee)s",
                **values,
            )
        return self.env._(
            "score %(score)s, target %(target)s: %(points)s × %(each)s %% ="
            " %(percent)s %% of %(fee)s",
            **values,
        )

    def _get_basis_share(self, detail):
        return self.env._(
            "score %(score)s: %(percent)s %% of %(fee)s",
            score=f"{detail['score']:.2f}",
            percent=f"{detail['percent']:.10g}",
            fee=self._money(detail["fee"]),
        )

    def _get_basis_at_risk(self, detail):
        # The vendor reads the name of a metric he has no access to.
        metric_sudo = self.env["vas.metric"].sudo().browse(detail["metric_id"]).exists()
        value = (
            metric_sudo._format_value(detail["value"])
            if metric_sudo
            else f"{detail['value']:.2f}"
        )
        return self.env._(
            "%(figure)s %(value)s, agreed %(bounds)s: %(share)s %% of the"
            " %(at_risk)s at risk",
            figure=metric_sudo.name or self.env._("score"),
            value=value,
            bounds=self.env["vas.bounds.mixin"]._describe_bounds(detail["bounds"]),
            share=f"{detail['share']:g}",
            at_risk=self._money(detail["at_risk"]),
        )

    def _get_basis_cap(self, detail):
        return self.env._(
            "at most %(percent)s %% of %(fee)s = %(at_risk)s",
            percent=f"{detail['percent']:g}",
            fee=self._money(detail["fee"]),
            at_risk=self._money(detail["at_risk"]),
        )

    def _get_basis_minimum(self, detail):
        return self._get_basis_limit(detail)

    def _get_basis_maximum(self, detail):
        return self._get_basis_limit(detail)

    def _get_basis_limit(self, detail):
        return f"{self._money(detail['limit'])} − {self._money(detail['total'])}"

    def _get_basis_earn_back(self, detail):
        return self.env._(
            "%(percent)s %% of %(taken)s after %(periods)s good periods",
            percent=f"{detail['percent']:g}",
            taken=self._money(detail["taken"]),
            periods=detail["periods"],
        )

    def _get_basis_correction(self, detail):
        old, new = detail["old"], detail["new"]
        sign = "−" if old >= 0 else "+"
        return f"{self._money(new)} {sign} {self._money(abs(old))}"

    # --------------------------------------------------------------- constraints
    def _get_component(self):
        self.ensure_one()
        return self.component or f"line:{self.id}"

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

    def _check_decisions(self, names):
        if not self.env.su and (DECISION_FIELDS | {"vendor_agreed"}) & set(names):
            raise AccessError(
                self.env._(
                    "What was agreed or billed follows from a decision and cannot be"
                    " written by hand."
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        self._check_decisions({name for vals in vals_list for name in vals})
        lines = super().create(vals_list)
        lines._check_open()
        lines.settlement_id._refresh_limits()
        return lines

    def write(self, vals):
        self._check_decisions(vals)
        if not (self.env.su and set(vals) <= DECISION_FIELDS | {"vendor_agreed"}):
            self._check_open()
        result = super().write(vals)
        if {"amount", "kind"} & set(vals):
            self.settlement_id._refresh_limits()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_open(self):
        self._check_open()

    def unlink(self):
        settlements = self.filtered("is_manual").settlement_id
        result = super().unlink()
        settlements.exists()._refresh_limits()
        return result

    def _check_disputable(self):
        """Refuse to dispute what is not accepted, agreed or too old."""
        for line in self:
            settlement = line.settlement_id
            settlement._check_state("checked", "billed")
            if not settlement._can_answer():
                raise UserError(
                    self.env._(
                        "%(settlement)s could be disputed until %(date)s.",
                        settlement=settlement.name,
                        date=format_date(self.env, settlement.dispute_until),
                    )
                )
            if line.frozen:
                raise UserError(
                    self.env._("“%(line)s” is already in dispute.", line=line.name)
                )
            if line.vendor_agreed:
                raise UserError(
                    self.env._(
                        "“%(line)s”: the vendor has already agreed.", line=line.name
                    )
                )

    def action_dispute(self):
        """Write down an objection that reached us outside the portal."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_dispute_action"
            ),
            "views": [(False, "form")],
            "context": {"default_line_id": self.id},
        }

    # ------------------------------------------------------------------- billing
    def _clear_billed(self):
        """Forget what a withdrawn bill and its vendor's word said about the lines."""
        self.write({"billed_amount": 0.0, "vendor_agreed": False})

    def _prepare_bill_line_values(self, sign):
        """Return the invoice line; quantity × price is shown when it is exact."""
        self.ensure_one()
        agreement = self.settlement_id.agreement_id
        rounding = self.currency_id.rounding
        product = settlement_tool.round_amount(
            settlement_tool.multiply(self.quantity, self.unit_price), rounding
        )
        exact = self.currency_id.compare_amounts(product, self.billable) == 0
        quantity = self.quantity if exact else 1.0
        price = self.unit_price if exact else self.billable
        values = {
            "name": f"{self.name}: {self.basis}" if self.basis else self.name,
            "product_id": agreement.product_id.id,
            "quantity": quantity,
            "price_unit": sign * price,
            "analytic_distribution": agreement.analytic_distribution,
            "vas_settlement_line_id": self.id,
        }
        if agreement.account_id:
            values["account_id"] = agreement.account_id.id
        if agreement.tax_ids:
            values["tax_ids"] = [fields.Command.set(agreement.tax_ids.ids)]
        return values
