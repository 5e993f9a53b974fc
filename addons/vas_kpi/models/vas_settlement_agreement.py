from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools import periods
from ..tools import settlement as settlement_tool


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
    settlement_ids = fields.One2many(
        comodel_name="vas.settlement", inverse_name="agreement_id"
    )
    settlement_count = fields.Integer(compute="_compute_settlement_count")

    is_template = fields.Boolean(compute="_compute_is_template")

    _code_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "This reference belongs to another agreement.",
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
        counts = dict(
            self.env["vas.settlement"]._read_group(
                [("agreement_id", "in", self.ids)], ["agreement_id"], ["__count"]
            )
        )
        for agreement in self:
            agreement.settlement_count = counts.get(agreement, 0)

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

    def _needs_score(self):
        """Say whether any amount depends on the score of the period."""
        self.ensure_one()
        return bool(
            self.factor_scale_id
            or self.tariff_ids.filtered(lambda tariff: tariff.basis == "score")
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
        self.state = "active"

    def action_end(self):
        self.state = "ended"

    def action_settle_last_period(self):
        """Prepare the settlement of the last finished period and open it."""
        self.ensure_one()
        date_from, date_to = periods.previous_period(
            self.period_type, fields.Date.context_today(self)
        )
        return self._settle(date_from, date_to)._get_records_action()

    def _settle(self, date_from, date_to):
        """Return the settlements of the period, creating and computing what is missing.

        One call serves many agreements. A draft that exists already is computed again,
        so that nobody decides on figures of last week; a decided one stays as it is.
        """
        for agreement in self:
            if agreement.state != "active" or not agreement._is_valid_on(
                date_from, date_to
            ):
                raise UserError(
                    self.env._(
                        "%(agreement)s is not in force for %(period)s.",
                        agreement=agreement.name,
                        period=periods.period_code(date_from, date_to),
                    )
                )
        existing = self.env["vas.settlement"].search(
            [
                ("agreement_id", "in", self.ids),
                ("date_from", "=", date_from),
                ("date_to", "=", date_to),
                ("state", "!=", "cancelled"),
            ]
        )
        missing = self - existing.agreement_id
        created = self.env["vas.settlement"].create(
            [
                {
                    "agreement_id": agreement.id,
                    "date_from": date_from,
                    "date_to": date_to,
                }
                for agreement in missing
            ]
        )
        drafts = existing.filtered(lambda settlement: settlement.state == "draft")
        drafts._lock_or_refuse()
        (drafts | created)._recompute()
        return existing | created

    def action_open_settlements(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_action"
            ),
            "domain": [("agreement_id", "=", self.id)],
            "context": {"default_agreement_id": self.id},
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
