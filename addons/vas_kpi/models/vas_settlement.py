import math
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import format_date

from ..tools import periods


class VasSettlement(models.Model):
    """The money of one agreement for one period, ending in one draft vendor bill.

    How amounts come about is in ``vas_settlement_amounts.py``, the bill in
    ``vas_settlement_billing.py``, changes afterwards in
    ``vas_settlement_correcting.py``.
    """

    _name = "vas.settlement"
    _description = "Settlement"
    _inherit = [
        "vas.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
        "vas.lock.mixin",
    ]
    _order = "date_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    agreement_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    series_id = fields.Many2one(
        comodel_name="vas.settlement.agreement",
        string="First version of the agreement",
        compute="_compute_series_id",
        store=True,
        precompute=True,
        index=True,
        help="A period is settled once, whatever version of the agreement is in force.",
    )
    kind = fields.Selection(
        selection=[("period", "Period"), ("correction", "Correction")],
        required=True,
        default="period",
        readonly=True,
        copy=False,
    )
    number = fields.Integer(
        string="Correction no.", readonly=True, copy=False, default=0
    )
    partner_id = fields.Many2one(
        string="Vendor", related="agreement_id.partner_id", store=True, index=True
    )
    company_id = fields.Many2one(
        related="agreement_id.company_id", store=True, precompute=True
    )
    currency_id = fields.Many2one(
        related="agreement_id.currency_id", store=True, precompute=True
    )
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    period = fields.Char(compute="_compute_name", store=True, precompute=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("checked", "Checked"),
            ("billed", "Billed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    has_quantity = fields.Boolean(readonly=True)
    quantity = fields.Float(digits=(16, 4), readonly=True)
    quantity_text = fields.Char(string="Counted", compute="_compute_quantity_text")
    assessment_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Score sheet",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    score = fields.Float(readonly=True, digits=(16, 4), aggregator="avg")
    facts = fields.Json(
        readonly=True, copy=False, help="The figures the amounts were computed from."
    )
    has_factor = fields.Boolean(readonly=True)
    factor = fields.Float(digits=(16, 6), readonly=True)
    problem = fields.Text(string="Not ready", readonly=True)
    line_ids = fields.One2many(
        comodel_name="vas.settlement.line", inverse_name="settlement_id"
    )
    total = fields.Monetary(compute="_compute_total", store=True, tracking=True)
    disputed_total = fields.Monetary(
        string="In dispute", compute="_compute_total", store=True
    )
    billable_total = fields.Monetary(
        string="To bill",
        compute="_compute_total",
        store=True,
        help="The total without what is in dispute.",
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company currency"
    )
    company_total = fields.Monetary(
        string="Total in company currency",
        compute="_compute_company_total",
        store=True,
        currency_field="company_currency_id",
    )
    bill_id = fields.Many2one(
        comodel_name="account.move",
        string="Vendor bill",
        readonly=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    bill_state = fields.Selection(related="bill_id.state", string="Bill")
    checked_by_id = fields.Many2one(
        comodel_name="res.users", string="Accepted by", readonly=True, copy=False
    )
    shared_on = fields.Date(string="Shown to vendor on", readonly=True, copy=False)
    dispute_until = fields.Date(
        readonly=True,
        copy=False,
        help="Last day on which the vendor may dispute a line. Empty: no limit.",
    )
    vendor_agreed_on = fields.Datetime(readonly=True, copy=False)
    vendor_state = fields.Selection(
        selection=[
            ("hidden", "Not shown"),
            ("waiting", "Waiting for the vendor"),
            ("disputed", "Disputed"),
            ("agreed", "Agreed"),
            ("silent", "No objection in time"),
        ],
        string="Answer of the vendor",
        compute="_compute_vendor_state",
    )
    dispute_ids = fields.One2many(
        comodel_name="vas.settlement.dispute",
        inverse_name="settlement_id",
        readonly=True,
    )
    dispute_count = fields.Integer(compute="_compute_related_counts")
    correction_ids = fields.One2many(
        comodel_name="vas.settlement.correction",
        inverse_name="settlement_id",
        string="Corrections",
        readonly=True,
    )
    correction_count = fields.Integer(compute="_compute_related_counts")
    placed_correction_ids = fields.One2many(
        comodel_name="vas.settlement.correction",
        inverse_name="target_id",
        string="Corrections of earlier periods",
        readonly=True,
    )

    _period_uniq = models.UniqueIndex(
        "(series_id, date_from, date_to, kind, number) WHERE state != 'cancelled'",
        "This agreement is already settled for the period.",
    )
    _vendor_idx = models.Index("(partner_id, date_to)")
    _bill_uniq = models.UniqueIndex(
        "(bill_id) WHERE bill_id IS NOT NULL", "A bill belongs to one settlement."
    )

    # ------------------------------------------------------------------ computes
    @api.depends("agreement_id.code", "date_from", "date_to", "kind", "number")
    def _compute_name(self):
        for settlement in self:
            start, end = settlement.date_from, settlement.date_to
            settlement.period = periods.period_code(start, end) if start and end else ""
            code = settlement.agreement_id.code or ""
            settlement.name = f"{code}/{settlement.period}"
            if settlement.kind == "correction":
                settlement.name += f"/C{settlement.number}"

    @api.depends("agreement_id.origin_id")
    def _compute_series_id(self):
        for settlement in self:
            agreement = settlement.agreement_id
            settlement.series_id = agreement.origin_id or agreement

    @api.depends("line_ids.amount", "line_ids.frozen", "line_ids.billable")
    def _compute_total(self):
        for settlement in self:
            lines = settlement.line_ids
            settlement.total = sum(lines.mapped("amount"))
            settlement.billable_total = sum(lines.mapped("billable"))
            settlement.disputed_total = sum(
                lines.filtered("frozen").mapped("settled_amount")
            )

    @api.depends("total", "currency_id", "company_id", "date_to")
    def _compute_company_total(self):
        for settlement in self:
            settlement.company_total = settlement._to_company_currency(settlement.total)

    def _to_company_currency(self, amount):
        """Convert at the rate of the period's last day; 0.0 without a rate."""
        self.ensure_one()
        currency, company = self.currency_id, self.company_id
        if not currency or not company or currency == company.currency_id:
            return amount
        if not self._has_rate():
            return 0.0
        return currency._convert(amount, company.currency_id, company, self.date_to)

    def _has_rate(self):
        """Say whether the currency has a rate on or before the period's end."""
        self.ensure_one()
        currency, company = self.currency_id, self.company_id
        if not currency or currency == company.currency_id:
            return True
        # Rates are shared figures; the reader need not see the currency screens.
        rates_sudo = currency.sudo().rate_ids
        return any(
            rate.company_id in (company.root_id, self.env["res.company"])
            and rate.name <= self.date_to
            for rate in rates_sudo
        )

    @api.depends("shared_on", "dispute_until", "vendor_agreed_on", "dispute_ids.state")
    def _compute_vendor_state(self):
        for settlement in self:
            if not settlement.shared_on:
                state = "hidden"
            elif any(d.state == "open" for d in settlement.dispute_ids):
                state = "disputed"
            elif settlement.vendor_agreed_on:
                state = "agreed"
            elif not settlement._can_answer():
                state = "silent"
            else:
                state = "waiting"
            settlement.vendor_state = state

    def _compute_related_counts(self):
        disputes, corrections = (
            dict(
                self.env[model]._read_group(
                    [("settlement_id", "in", self.ids)], ["settlement_id"], ["__count"]
                )
            )
            for model in ("vas.settlement.dispute", "vas.settlement.correction")
        )
        for settlement in self:
            settlement.dispute_count = disputes.get(settlement, 0)
            settlement.correction_count = corrections.get(settlement, 0)

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for settlement in self:
            settlement.access_url = f"/my/settlements/{settlement.id}"
        return result

    @api.depends("has_quantity", "quantity", "agreement_id")
    def _compute_quantity_text(self):
        for settlement in self:
            metric = settlement.agreement_id.quantity_metric_id
            value = settlement.quantity if settlement.has_quantity else None
            settlement.quantity_text = metric._format_value(value) if metric else ""

    @api.model_create_multi
    def create(self, vals_list):
        # Whoever settles the same agreement at the same moment collides here and is
        # tried again with fresh eyes, instead of meeting the unique index.
        self.env["vas.settlement.agreement"].browse(
            {vals["agreement_id"] for vals in vals_list if vals.get("agreement_id")}
        )._touch()
        return super().create(vals_list)

    @api.constrains("agreement_id", "date_from", "date_to", "state")
    def _check_overlap(self):
        for settlement in self:
            if settlement.date_from > settlement.date_to:
                raise ValidationError(
                    self.env._(
                        "%(settlement)s: the period ends before it begins.",
                        settlement=settlement.name,
                    )
                )
        open_ones = self.filtered(
            lambda s: s.state != "cancelled" and s.kind == "period"
        )
        others = self.search_fetch(
            [
                ("series_id", "in", open_ones.series_id.ids),
                ("state", "!=", "cancelled"),
                ("kind", "=", "period"),
            ],
            ["series_id", "date_from", "date_to", "name"],
        )
        for settlement in open_ones:
            for other in others:
                if (
                    other != settlement
                    and other.series_id == settlement.series_id
                    and other.date_from <= settlement.date_to
                    and other.date_to >= settlement.date_from
                ):
                    raise ValidationError(
                        self.env._(
                            "%(settlement)s overlaps %(other)s: a period is settled"
                            " once.",
                            settlement=settlement.name,
                            other=other.name,
                        )
                    )

    @api.model
    def _get_guarded_fields(self):
        return {
            "state",
            "kind",
            "number",
            "facts",
            "score",
            "shared_on",
            "dispute_until",
            "vendor_agreed_on",
            "has_quantity",
            "quantity",
            "assessment_id",
            "has_factor",
            "factor",
            "problem",
            "bill_id",
            "checked_by_id",
        }

    # ------------------------------------------------------------------- actions
    def _check_manager(self):
        if not self.env.su and not self.env.user.has_group(
            "vas_kpi.group_vas_kpi_manager"
        ):
            raise AccessError(
                self.env._("Only managers of scorecards decide about settlements.")
            )

    def action_compute(self):
        """Measure again what is still a draft."""
        self._lock_or_refuse()
        self.check_access("write")
        self._check_state("draft")
        self._recompute()
        return True

    def _check_state(self, *states):
        for settlement in self:
            if settlement.state not in states:
                labels = dict(self._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(settlement)s is “%(state)s”, expected “%(expected)s”.",
                        settlement=settlement.name,
                        state=labels[settlement.state],
                        expected="”, “".join(labels[state] for state in states),
                    )
                )

    def action_check(self):
        """Accept the figures; extra lines need the written consent (STL-03)."""
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("draft")
        for settlement in self:
            if settlement.problem:
                raise UserError(
                    self.env._(
                        "%(settlement)s is not ready:\n%(problem)s",
                        settlement=settlement.name,
                        problem=settlement.problem,
                    )
                )
            if not settlement.line_ids:
                raise UserError(
                    self.env._(
                        "%(settlement)s has no lines. Compute it first.",
                        settlement=settlement.name,
                    )
                )
            settlement.line_ids._check_consent()
        today = fields.Date.context_today(self)
        for settlement in self:
            agreement = settlement.agreement_id
            days = agreement.dispute_days
            shared = agreement.share_with_vendor
            # The right to decide was checked above.
            settlement.sudo().write(
                {
                    "state": "checked",
                    "checked_by_id": self.env.user.id,
                    "shared_on": today if shared else False,
                    "dispute_until": today + timedelta(days=days)
                    if shared and days
                    else False,
                }
            )
        return True

    def action_reopen(self):
        """Back to draft; a draft bill is withdrawn, a posted one stands in the way."""
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("checked", "billed")
        for settlement in self:
            # Bills and disputes bind whoever may read them.
            settlement_sudo = settlement.sudo()
            if settlement_sudo._is_in_books():
                raise UserError(
                    self.env._(
                        "Bill %(bill)s is already in the books. Press “Correct” to bill"
                        " the difference, or ask accounting to cancel the bill.",
                        bill=settlement_sudo.bill_id.display_name,
                    )
                )
            if settlement_sudo._has_history():
                raise UserError(
                    self.env._(
                        "%(settlement)s was disputed or corrected. Press “Correct”: the"
                        " difference is billed and the history stays.",
                        settlement=settlement.name,
                    )
                )
        self._reopen()
        return True

    def _is_in_books(self):
        """Say whether the bill was posted: from then on only differences are billed."""
        self.ensure_one()
        bill = self.bill_id
        return bool(bill) and bill.state != "cancel" and bill.posted_before

    def _has_history(self):
        """Say whether somebody relies on the lines as they are."""
        self.ensure_one()
        return bool(
            self.dispute_ids.filtered(lambda dispute: dispute.state != "withdrawn")
            or self.correction_ids
        )

    def _reopen(self):
        """Take settlements back to draft and withdraw their draft bills."""
        # Deleting the draft bill that this settlement made needs no accounting role;
        # whether it may go was checked before.
        settlements_sudo = self.sudo()
        bills_sudo = settlements_sudo.bill_id
        settlements_sudo.write(
            {
                "state": "draft",
                "bill_id": False,
                "checked_by_id": False,
                "shared_on": False,
                "dispute_until": False,
                "vendor_agreed_on": False,
            }
        )
        settlements_sudo.line_ids._clear_billed()
        bills_sudo.filtered(
            lambda bill: bill.state == "draft" and not bill.posted_before
        ).unlink()

    def action_cancel(self):
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("draft", "checked")
        for settlement in self:
            if settlement._has_history():
                raise UserError(
                    self.env._(
                        "%(settlement)s was disputed or corrected and cannot be"
                        " cancelled.",
                        settlement=settlement.name,
                    )
                )
        # The right to decide was checked above. Corrections that were to be billed
        # here wait for the next settlement.
        settlements_sudo = self.sudo()
        settlements_sudo.state = "cancelled"
        settlements_sudo.placed_correction_ids.target_id = False
        return True

    def action_share(self):
        """Show accepted figures to the vendor now; the time to dispute begins."""
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("checked", "billed")
        today = fields.Date.context_today(self)
        for settlement in self.filtered(lambda s: not s.shared_on):
            days = settlement.agreement_id.dispute_days
            # The right to decide was checked above.
            settlement.sudo().write(
                {
                    "shared_on": today,
                    "dispute_until": today + timedelta(days=days) if days else False,
                }
            )
        return True

    def _can_answer(self):
        """Say whether the vendor may still agree or dispute."""
        self.ensure_one()
        today = fields.Date.context_today(self)
        return not self.dispute_until or self.dispute_until >= today

    def _agree(self, lines=None):
        """Note that the vendor agrees to these lines (None: to all of them)."""
        self.ensure_one()
        self._lock_or_refuse()
        self._check_state("checked", "billed")
        agreed = (self.line_ids if lines is None else lines).filtered(
            lambda line: not line.frozen
        )
        if not self._can_answer():
            raise UserError(
                self.env._(
                    "%(settlement)s could be answered until %(date)s.",
                    settlement=self.name,
                    date=format_date(self.env, self.dispute_until),
                )
            )
        agreed.write({"vendor_agreed": True})
        if all(line.vendor_agreed for line in self.line_ids):
            self.vendor_agreed_on = fields.Datetime.now()
            self.message_post(body=self.env._("The vendor agrees to the settlement."))

    def _dispute_by_vendor(self, line, reason, claimed="", files=()):
        """Dispute a line for the vendor; called as superuser by the portal page.

        :param claimed: the amount the vendor names, as typed (may be empty).
        :param files: ``(name, bytes)`` of the evidence.
        """
        self.ensure_one()
        amount = None
        if claimed.strip():
            try:
                amount = self._parse_amount(claimed)
            except ValueError as error:
                raise UserError(
                    self.env._(
                        "“%(text)s” is not an amount. Enter a number such as 1234.56.",
                        text=claimed,
                    )
                ) from error
        if not reason.strip():
            raise UserError(self.env._("Say why the line is wrong."))
        dispute = self.env["vas.settlement.dispute"].create(
            {
                "line_id": line.id,
                "reason": reason.strip(),
                "has_claim": amount is not None,
                "claimed_amount": amount or 0.0,
                "submitted_by_id": self.env.user.id,
            }
        )
        dispute.evidence_ids = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": dispute._name,
                    "res_id": dispute.id,
                }
                for name, content in files
            ]
        )
        return dispute

    @api.model
    def _parse_amount(self, text):
        """Read an amount as people type it: 1,234.56, 1 234.56, −400."""
        cleaned = text.strip().replace("−", "-").replace(",", "").replace("，", "")
        amount = float("".join(cleaned.split()))
        if not math.isfinite(amount):
            raise ValueError(text)
        return amount

    def action_open_disputes(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_dispute_action"
            ),
            "domain": [("settlement_id", "=", self.id)],
            "context": {},
        }

    def action_open_corrections(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_settlement_correction_action"
            ),
            "domain": [("settlement_id", "=", self.id)],
            "context": {},
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for settlement in self.filtered(lambda s: s.state in ("checked", "billed")):
            raise UserError(
                self.env._(
                    "%(settlement)s has been checked and cannot be deleted.",
                    settlement=settlement.name,
                )
            )

    def unlink(self):
        # Corrections that were to be billed here wait for the next settlement.
        self.sudo().placed_correction_ids.target_id = False
        return super().unlink()
