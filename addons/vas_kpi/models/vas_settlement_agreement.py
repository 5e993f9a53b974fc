from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date

from ..tools import periods
from ..tools import settlement as settlement_tool

#: Fields that decide amounts: a settled agreement changes them by an amendment only.
TERMS = {
    "partner_id",
    "company_id",
    "currency_id",
    "period_type",
    "date_start",
    "quantity_metric_id",
    "unit_price",
    "tier_ids",
    "scorecard_id",
    "factor_scale_id",
    "tariff_ids",
    "has_at_risk",
    "at_risk_percent",
    "has_minimum",
    "minimum_amount",
    "has_maximum",
    "maximum_amount",
}


class VasSettlementAgreement(models.Model):
    """What a vendor is paid for: quantity, price, factor from the score, tariffs.

    A draft without vendor is a template that new agreements are copied from.
    """

    _name = "vas.settlement.agreement"
    _description = "Settlement agreement"
    _inherit = ["mail.thread", "mail.activity.mixin", "analytic.mixin"]
    _order = "partner_id, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        string="Reference",
        required=True,
        copy=False,
        default=lambda self: self.env._("New"),
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("active", "In force"), ("ended", "Ended")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        default=lambda self: self.env.company,
        help="Empty only on templates: every company may copy them.",
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Vendor",
        check_company=True,
        ondelete="restrict",
        index=True,
        tracking=True,
    )
    currency_id = fields.Many2one(
        comodel_name="res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    period_type = fields.Selection(
        selection=[("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        string="Settled per",
        required=True,
        default="month",
    )
    date_start = fields.Date(string="Valid from")
    date_end = fields.Date(string="Valid to")

    quantity_metric_id = fields.Many2one(
        comodel_name="vas.metric",
        string="Quantity",
        required=True,
        check_company=True,
        ondelete="restrict",
        domain=[("subject_model", "=", "res.partner")],
        help="The metric that counts what is paid for.",
    )
    quantity_definition = fields.Text(
        string="What counts",
        help="The contract's words, e.g. what an effective call is.",
    )
    unit_name = fields.Char(string="Unit", translate=True)
    unit_price = fields.Float(digits=(16, 6), tracking=True)
    tier_ids = fields.One2many(
        comodel_name="vas.settlement.agreement.tier",
        inverse_name="agreement_id",
        string="Price tiers",
        copy=True,
        help="When filled in, each unit is paid at the price of its own tier.",
    )
    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        check_company=True,
        ondelete="restrict",
        domain=[("subject_model", "=", "res.partner"), ("state", "!=", "draft")],
        help="The confirmed score of the same period decides factor and tariffs. Any"
        " version of this scorecard counts.",
    )
    factor_scale_id = fields.Many2one(
        comodel_name="vas.scale",
        string="Factor",
        ondelete="restrict",
        help="From the score to the multiplier of the fee.",
    )
    tariff_ids = fields.One2many(
        comodel_name="vas.settlement.agreement.tariff",
        inverse_name="agreement_id",
        string="Bonuses and deductions",
        copy=True,
    )

    product_id = fields.Many2one(
        comodel_name="product.product", check_company=True, ondelete="restrict"
    )
    account_id = fields.Many2one(
        comodel_name="account.account",
        string="Expense account",
        check_company=True,
        ondelete="restrict",
        help="Empty: the account of the product.",
    )
    journal_id = fields.Many2one(
        comodel_name="account.journal",
        check_company=True,
        ondelete="restrict",
        domain=[("type", "=", "purchase")],
        help="Empty: the company's first purchase journal.",
    )
    tax_ids = fields.Many2many(
        comodel_name="account.tax",
        string="Taxes",
        check_company=True,
        domain=[("type_tax_use", "=", "purchase")],
        help="Empty: the vendor taxes of the product.",
    )
    payment_term_id = fields.Many2one(
        comodel_name="account.payment.term",
        string="Payment terms",
        check_company=True,
        ondelete="restrict",
        help="Empty: the payment terms of the vendor.",
    )

    has_at_risk = fields.Boolean(
        string="Limit deductions",
        tracking=True,
        help="Deductions of a period together take no more than the amount at risk.",
    )
    at_risk_percent = fields.Float(
        string="Amount at risk (%)",
        digits=(16, 4),
        tracking=True,
        help="Percent of the period's fee (after the score factor) that deductions may"
        " take at most.",
    )
    has_minimum = fields.Boolean(string="Guaranteed minimum", tracking=True)
    minimum_amount = fields.Monetary(
        tracking=True,
        help="The fee with its bonuses and deductions is lifted to this amount.",
    )
    has_maximum = fields.Boolean(string="Agreed maximum", tracking=True)
    maximum_amount = fields.Monetary(
        tracking=True,
        help="The fee with its bonuses and deductions is cut to this amount.",
    )
    correction_mode = fields.Selection(
        selection=[
            ("next", "A line on the next bill"),
            ("document", "A bill or refund of its own"),
        ],
        string="Corrections are billed as",
        required=True,
        default="next",
        tracking=True,
        help="What happens when figures of a billed period change, e.g. because an"
        " appeal was upheld. A posted bill is never edited.",
    )
    share_with_vendor = fields.Boolean(
        string="Show to the vendor",
        default=True,
        help="Accepted settlements appear in the vendor's portal.",
    )
    dispute_days = fields.Integer(
        string="Days to dispute",
        help="How long the vendor may dispute a line after the figures were accepted."
        " 0: no time limit.",
    )
    wait_for_vendor = fields.Boolean(
        string="Wait for the vendor",
        help="Billing waits until the vendor has agreed or may dispute no longer.",
    )

    version = fields.Integer(default=1, required=True, readonly=True, copy=False)
    origin_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        string="First version",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    previous_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        string="Amends",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    next_ids = fields.One2many(
        comodel_name="vas.settlement.agreement",
        inverse_name="previous_id",
        string="Amended by",
    )
    version_count = fields.Integer(compute="_compute_version_count")
    settlement_serial = fields.Integer(
        readonly=True,
        copy=False,
        help="Rises with every settlement, so that two who settle at once collide.",
    )

    settlement_ids = fields.One2many(
        comodel_name="vas.settlement", inverse_name="agreement_id"
    )
    settlement_count = fields.Integer(compute="_compute_settlement_count")
    bill_count = fields.Integer(compute="_compute_settlement_count")
    correction_count = fields.Integer(compute="_compute_settlement_count")
    dispute_count = fields.Integer(
        string="Open disputes", compute="_compute_settlement_count"
    )
    is_settled = fields.Boolean(compute="_compute_is_settled", compute_sudo=True)

    is_template = fields.Boolean(compute="_compute_is_template")

    _code_uniq = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))",
        "This reference belongs to another agreement.",
    )
    _at_risk_percent_range = models.Constraint(
        "CHECK (at_risk_percent >= 0 AND at_risk_percent <= 100)",
        "The amount at risk lies between 0 and 100 % of the fee.",
    )
    _dispute_days_positive = models.Constraint(
        "CHECK (dispute_days >= 0)", "The days to dispute cannot be negative."
    )
    _parties = models.Constraint(
        "CHECK (state = 'draft'"
        " OR (partner_id IS NOT NULL AND company_id IS NOT NULL))",
        "An agreement in force needs a vendor and a company.",
    )

    @api.depends("partner_id")
    def _compute_is_template(self):
        for agreement in self:
            agreement.is_template = not agreement.partner_id

    @api.depends("company_id")
    def _compute_currency_id(self):
        for agreement in self:
            agreement.currency_id = (
                agreement.currency_id
                or agreement.company_id.currency_id
                or self.env.company.currency_id
            )

    def _compute_settlement_count(self):
        settlements = self.env["vas.settlement"]._read_group(
            [("agreement_id", "in", self.ids)],
            ["agreement_id"],
            ["__count", "bill_id:count_distinct"],
        )
        counts = {agreement: (total, bills) for agreement, total, bills in settlements}
        corrections = dict(
            self.env["vas.settlement.correction"]._read_group(
                [("agreement_id", "in", self.ids)], ["agreement_id"], ["__count"]
            )
        )
        disputes = dict(
            self.env["vas.settlement.dispute"]._read_group(
                [("agreement_id", "in", self.ids), ("state", "=", "open")],
                ["agreement_id"],
                ["__count"],
            )
        )
        for agreement in self:
            total, bills = counts.get(agreement, (0, 0))
            agreement.settlement_count = total
            agreement.bill_count = bills
            agreement.correction_count = corrections.get(agreement, 0)
            agreement.dispute_count = disputes.get(agreement, 0)

    def _compute_is_settled(self):
        settled = self.env["vas.settlement"]._read_group(
            [
                ("agreement_id", "in", self.ids),
                ("state", "in", ("checked", "billed")),
            ],
            ["agreement_id"],
        )
        settled_ids = {agreement.id for (agreement,) in settled}
        for agreement in self:
            agreement.is_settled = agreement.id in settled_ids

    def _compute_version_count(self):
        counts = dict(
            self._read_group(
                [("origin_id", "in", (self.origin_id | self).ids)],
                ["origin_id"],
                ["__count"],
            )
        )
        for agreement in self:
            first = agreement.origin_id or agreement
            agreement.version_count = 1 + counts.get(first, 0)

    @api.depends("name", "version")
    def _compute_display_name(self):
        for agreement in self:
            agreement.display_name = (
                self.env._(
                    "%(agreement)s (version %(version)s)",
                    agreement=agreement.name,
                    version=agreement.version,
                )
                if agreement.version > 1
                else agreement.name
            )

    @api.constrains("factor_scale_id", "scorecard_id", "tariff_ids")
    def _check_scorecard(self):
        for agreement in self:
            if agreement._needs_score() and not agreement.scorecard_id:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s: a factor or tariff depends on the score."
                        " Choose the scorecard that gives it.",
                        agreement=agreement.name,
                    )
                )

    @api.constrains("unit_price", "tier_ids")
    def _check_price(self):
        for agreement in self:
            try:
                settlement_tool.check_tiers(agreement._get_tiers())
            except settlement_tool.SettlementError as error:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s, price tiers: %(error)s",
                        agreement=agreement.name,
                        error=error,
                    )
                ) from error

    @api.constrains("date_start", "date_end")
    def _check_dates(self):
        for agreement in self:
            start, end = agreement.date_start, agreement.date_end
            if start and end and start > end:
                raise ValidationError(
                    self.env._(
                        "%(agreement)s: “Valid to” lies before “Valid from”.",
                        agreement=agreement.name,
                    )
                )

    @api.constrains(
        "has_minimum", "minimum_amount", "has_maximum", "maximum_amount", "has_at_risk"
    )
    def _check_limits(self):
        for agreement in self:
            if (
                agreement.has_minimum
                and agreement.has_maximum
                and agreement.minimum_amount > agreement.maximum_amount
            ):
                raise ValidationError(
                    self.env._(
                        "%(agreement)s: the guaranteed minimum exceeds the agreed"
                        " maximum.",
                        agreement=agreement.name,
                    )
                )
            agreement.tariff_ids._check_basis()

    def _check_terms_open(self):
        """Refuse to change terms under which a period was already settled."""
        for agreement in self:
            if agreement.is_settled:
                raise UserError(
                    self.env._(
                        "%(agreement)s: periods are already settled under these terms."
                        " Use “Amend”: the new version counts from its own date on.",
                        agreement=agreement.display_name,
                    )
                )

    def _needs_score(self):
        """Say whether any amount depends on the score of the period."""
        self.ensure_one()
        return bool(
            self.factor_scale_id
            or self.tariff_ids.filtered(lambda tariff: tariff._needs_score())
        )

    def _get_limits(self):
        self.ensure_one()
        return settlement_tool.Limits(
            self.at_risk_percent if self.has_at_risk else None,
            self.minimum_amount if self.has_minimum else None,
            self.maximum_amount if self.has_maximum else None,
        )

    def _get_tiers(self):
        self.ensure_one()
        return [
            settlement_tool.Tier(
                tier.up_to if tier.has_limit else None, tier.unit_price
            )
            for tier in self.tier_ids
        ]

    def _is_valid_on(self, date_from, date_to):
        self.ensure_one()
        return (not self.date_start or self.date_start <= date_to) and (
            not self.date_end or self.date_end >= date_from
        )

    @api.model_create_multi
    def create(self, vals_list):
        new = self.env._("New")
        for vals in vals_list:
            if vals.get("code", new) == new:
                # Numbers of the sequence are drawn one by one; agreements are few.
                vals["code"] = self.env["ir.sequence"].next_by_code(self._name) or new
        return super().create(vals_list)

    def write(self, vals):
        if any(
            self._fields[name].type not in ("one2many", "many2many")
            and self._fields[name].convert_to_cache(vals[name], agreement)
            != self._fields[name].convert_to_cache(agreement[name], agreement)
            for name in TERMS & set(vals)
            for agreement in self
        ):
            self._check_terms_open()
        return super().write(vals)

    def _touch(self):
        """Lock the agreements and make a transaction that began earlier collide.

        A lock alone does not tell a transaction with an older view of the data that
        somebody settled meanwhile; the changed row does, and Odoo tries again.
        """
        if not self:
            return
        self.env.cr.execute(
            SQL(
                "UPDATE vas_settlement_agreement"
                " SET settlement_serial = COALESCE(settlement_serial, 0) + 1"
                " WHERE id IN %s",
                tuple(sorted(self.ids)),
            )
        )
        self.invalidate_recordset(["settlement_serial"])

    def action_use_template(self):
        """Copy the template into an agreement of the current company."""
        self.ensure_one()
        return self.copy({"company_id": self.env.company.id})._get_records_action()

    def action_activate(self):
        for agreement in self:
            if not agreement.partner_id or not agreement.company_id:
                raise UserError(
                    self.env._(
                        "%(agreement)s: choose the vendor and the company first.",
                        agreement=agreement.name,
                    )
                )
        for agreement in self.filtered(lambda a: a.state == "draft" and a.previous_id):
            agreement._supersede()
        self.state = "active"
        return True

    def _supersede(self):
        """End the version before on the day before this one begins."""
        self.ensure_one()
        previous, start = self.previous_id, self.date_start
        if not start or any(
            periods.period_bounds(kind, start)[0] != start
            for kind in {previous.period_type, self.period_type}
        ):
            raise UserError(
                self.env._(
                    "%(agreement)s: an amendment begins with a period. Enter the first"
                    " day of one in “Valid from”.",
                    agreement=self.display_name,
                )
            )
        (self.origin_id | previous)._touch()
        touched = self.env["vas.settlement"].search(
            [
                ("series_id", "=", self.origin_id.id),
                ("date_to", ">=", start),
                ("state", "!=", "cancelled"),
            ]
        )
        decided = touched.filtered(lambda s: s.state != "draft")
        if decided:
            raise UserError(
                self.env._(
                    "%(agreement)s begins on %(start)s, but %(settlement)s is already"
                    " settled. An amendment never touches settled periods: choose a"
                    " later “Valid from”.",
                    agreement=self.display_name,
                    start=format_date(self.env, start),
                    settlement=decided[0].name,
                )
            )
        # Drafts of these periods are prepared again under the new terms.
        touched.unlink()
        previous.date_end = start - timedelta(days=1)

    def action_amend(self):
        """Open a draft of the next version, beginning after what is settled."""
        self.ensure_one()
        self.check_access("write")
        draft = self.next_ids.filtered(lambda agreement: agreement.state == "draft")
        if draft:
            return draft[0]._get_records_action()
        if self.state != "active" or self.next_ids:
            raise UserError(
                self.env._(
                    "%(agreement)s is not the version in force.",
                    agreement=self.display_name,
                )
            )
        first = self.origin_id or self
        last = self.env["vas.settlement"].search(
            [
                ("series_id", "=", first.id),
                ("state", "in", ("checked", "billed")),
            ],
            order="date_to desc",
            limit=1,
        )
        after = (
            last.date_to + timedelta(days=1)
            if last
            else periods.period_bounds(
                self.period_type, fields.Date.context_today(self)
            )[0]
        )
        amended = self.copy(
            {
                "code": self.code,
                "version": max(first.next_ids.mapped("version"), default=1) + 1
                if first == self
                else self.version + 1,
                "origin_id": first.id,
                "previous_id": self.id,
                "date_start": after,
                "date_end": self.date_end,
                "name": self.name,
            }
        )
        return amended._get_records_action()

    def action_end(self):
        self.state = "ended"
        return True

    def action_open_versions(self):
        self.ensure_one()
        first = self.origin_id or self
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_agreement_action"
            ),
            "domain": ["|", ("id", "=", first.id), ("origin_id", "=", first.id)],
            "context": {"active_test": False},
        }

    def action_open_corrections(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_correction_action"
            ),
            "domain": [("agreement_id", "=", self.id)],
            "context": {},
        }

    def action_open_disputes(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_dispute_action"
            ),
            "domain": [("agreement_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }

    def action_open_bills(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "account.action_move_in_invoice_type"
        )
        return {
            **action,
            "domain": [("vas_settlement_ids.agreement_id", "=", self.id)],
            "context": {"create": False},
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for agreement in self.filtered("settlement_ids"):
            raise UserError(
                self.env._(
                    "%(agreement)s has settlements. Archive it instead.",
                    agreement=agreement.name,
                )
            )
