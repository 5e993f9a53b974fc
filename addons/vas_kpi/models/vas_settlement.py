from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools.misc import format_amount

from ..tools import periods
from ..tools import scale as scale_tool
from ..tools import settlement as settlement_tool
from .vas_scorecard import DECIDED_STATES


class VasSettlement(models.Model):
    """The money of one agreement for one period, ending in one draft vendor bill."""

    _name = "vas.settlement"
    _description = "Settlement"
    _inherit = [
        "vas.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
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
    score = fields.Float(related="assessment_id.score")
    has_factor = fields.Boolean(readonly=True)
    factor = fields.Float(digits=(16, 6), readonly=True)
    problem = fields.Text(string="Not ready", readonly=True)
    line_ids = fields.One2many(
        comodel_name="vas.settlement.line", inverse_name="settlement_id"
    )
    total = fields.Monetary(compute="_compute_total", store=True, tracking=True)
    bill_id = fields.Many2one(
        comodel_name="account.move",
        string="Vendor bill",
        readonly=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
        index="btree_not_null",
    )
    checked_by_id = fields.Many2one(comodel_name="res.users", readonly=True, copy=False)

    _period_uniq = models.UniqueIndex(
        "(agreement_id, date_from, date_to) WHERE state != 'cancelled'",
        "This agreement is already settled for the period.",
    )
    _bill_uniq = models.UniqueIndex(
        "(bill_id) WHERE bill_id IS NOT NULL", "A bill belongs to one settlement."
    )

    # ------------------------------------------------------------------ computes
    @api.depends("agreement_id.code", "date_from", "date_to")
    def _compute_name(self):
        for settlement in self:
            start, end = settlement.date_from, settlement.date_to
            settlement.period = periods.period_code(start, end) if start and end else ""
            code = settlement.agreement_id.code or ""
            settlement.name = f"{code}/{settlement.period}"

    @api.depends("line_ids.amount")
    def _compute_total(self):
        for settlement in self:
            settlement.total = sum(settlement.line_ids.mapped("amount"))

    @api.depends("has_quantity", "quantity", "agreement_id")
    def _compute_quantity_text(self):
        for settlement in self:
            metric = settlement.agreement_id.quantity_metric_id
            value = settlement.quantity if settlement.has_quantity else None
            settlement.quantity_text = metric._format_value(value) if metric else ""

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
        open_ones = self.filtered(lambda s: s.state != "cancelled")
        others = self.search_fetch(
            [
                ("agreement_id", "in", open_ones.agreement_id.ids),
                ("state", "!=", "cancelled"),
            ],
            ["agreement_id", "date_from", "date_to", "name"],
        )
        for settlement in open_ones:
            for other in others:
                if (
                    other != settlement
                    and other.agreement_id == settlement.agreement_id
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
            "has_quantity",
            "quantity",
            "assessment_id",
            "has_factor",
            "factor",
            "problem",
            "bill_id",
            "checked_by_id",
        }

    # ----------------------------------------------------------------- computing
    def _recompute(self):
        """Measure quantity, score, factor and tariffs; keep the lines typed by hand."""
        todo = self.filtered(lambda s: s.state == "draft")
        scores = todo._find_assessments()
        # Results are written by the computation only (see vas.guarded.mixin).
        lines_sudo = todo.sudo().line_ids
        lines_sudo.filtered(lambda line: not line.is_manual).unlink()
        line_vals = []
        measured = todo._measure_metrics()
        for settlement in todo:
            assessment = scores.get(settlement, self.env["vas.assessment"])
            values, lines = settlement._compute_amounts(
                measured, assessment, settlement.agreement_id
            )
            settlement.sudo().write(values)  # results, as above
            line_vals += lines
        lines_sudo.create(line_vals)

    def _measure_metrics(self):
        """Return ``{(metric, partner id, period): Measure}``, one query per group."""
        result = {}
        for key, group in self.grouped(
            lambda s: (s.company_id, s.date_from, s.date_to)
        ).items():
            company, date_from, date_to = key
            agreements = group.agreement_id
            memo = {}
            for metric in (
                agreements.quantity_metric_id | agreements.tariff_ids.metric_id
            ):
                found = metric._measure(
                    group.partner_id, date_from, date_to, company, memo
                )
                for partner_id, measure in found.items():
                    result[metric, partner_id, date_from, date_to] = measure
        return result

    def _find_assessments(self):
        """Return the decided assessment of each settlement's vendor and period."""
        needing = self.filtered(lambda s: s.agreement_id.scorecard_id)
        candidates = self.env["vas.assessment"].search(
            [
                ("partner_id", "in", needing.partner_id.ids),
                (
                    "scorecard_id.code",
                    "in",
                    needing.agreement_id.scorecard_id.mapped("code"),
                ),
                ("date_from", "in", needing.mapped("date_from")),
                ("state", "in", DECIDED_STATES),
                ("has_score", "=", True),
            ],
            order="revision desc, id desc",
        )
        result = {}
        for settlement in needing:
            scorecard = settlement.agreement_id.scorecard_id
            for assessment in candidates:
                if (
                    assessment.partner_id == settlement.partner_id
                    and assessment.company_id == settlement.company_id
                    and assessment.date_from == settlement.date_from
                    and assessment.date_to == settlement.date_to
                    and assessment.scorecard_id.code == scorecard.code
                ):
                    result[settlement] = assessment
                    break
        return result

    def _compute_amounts(self, measured, assessment, agreement):
        """Return header values and line values of one settlement."""
        self.ensure_one()
        metric, vendor = agreement.quantity_metric_id, self.partner_id
        quantity = measured[metric, vendor.id, self.date_from, self.date_to]
        problems, factor = [], None
        if quantity.value is None:
            problems.append(
                self.env._(
                    "No data on “%(metric)s” in the period.",
                    metric=agreement.quantity_metric_id.name,
                )
            )
        if agreement._needs_score() and not assessment:
            problems.append(
                self.env._(
                    "No confirmed score on “%(scorecard)s” for the period.",
                    scorecard=agreement.scorecard_id.name,
                )
            )
        elif agreement.factor_scale_id:
            factor = agreement.factor_scale_id._points(assessment.score)
            if factor is None:
                problems.append(
                    self.env._(
                        "“%(scale)s” gives no factor for a score of %(score)s.",
                        scale=agreement.factor_scale_id.name,
                        score=f"{assessment.score:g}",
                    )
                )
        lines = []
        if quantity.value is not None and quantity.value < 0:
            problems.append(self.env._("The quantity is negative."))
        elif quantity.value is not None:
            try:
                lines += self._prepare_fee_lines(agreement, quantity.value, factor)
            except settlement_tool.SettlementError as error:
                problems.append(str(error))
        for tariff in agreement.tariff_ids:
            line = self._prepare_tariff_line(tariff, measured, assessment)
            if line:
                lines.append(line)
        values = {
            "has_quantity": quantity.value is not None,
            "quantity": quantity.value or 0.0,
            "assessment_id": assessment.id,
            "has_factor": factor is not None,
            "factor": factor or 0.0,
            "problem": "\n".join(problems),
        }
        return values, lines

    def _prepare_fee_lines(self, agreement, quantity, factor):
        components = settlement_tool.components(
            quantity,
            agreement.unit_price,
            agreement._get_tiers(),
            factor,
            self.currency_id.rounding,
        )
        unit = agreement.unit_name or ""
        lines = []
        for index, part in enumerate(components):
            if part.kind == "factor" and not part.amount:
                continue
            if part.kind == "factor":
                name = self.env._("Effect of the score")
                basis = self.env._(
                    "%(amount)s × (%(factor)s − 1)",
                    amount=f"{part.unit_price:,.2f}",
                    factor=f"{part.factor:g}",
                )
            else:
                name = agreement.name
                basis = f"{part.quantity:,.10g} × {part.unit_price:,.10g}"
                if unit:
                    basis = f"{part.quantity:,.10g} {unit} × {part.unit_price:,.10g}"
            lines.append(
                {
                    "settlement_id": self.id,
                    "is_manual": False,
                    "sequence": 10 + index,
                    "kind": part.kind,
                    "name": name,
                    "basis": basis,
                    "quantity": part.quantity if part.kind != "factor" else 1.0,
                    "unit_price": part.unit_price
                    if part.kind != "factor"
                    else part.amount,
                    "amount": part.amount,
                }
            )
        return lines

    def _prepare_tariff_line(self, tariff, measured, assessment):
        """Return the line of a tariff, or None when it brings nothing."""
        quantity, price = 1.0, tariff.unit_amount
        if tariff.basis == "metric":
            found = measured[
                tariff.metric_id, self.partner_id.id, self.date_from, self.date_to
            ]
            quantity = found.value or 0.0
            basis = f"{quantity:,.10g} × {price:,.2f}"
        elif tariff.basis == "score":
            if not assessment:
                return None
            points = scale_tool.points_of(assessment.score, tariff.scale_id._to_dict())
            price = points or 0.0
            basis = self.env._("score %(score)s", score=f"{assessment.score:.2f}")
        else:
            basis = self.env._("fixed per period")
        rounding = self.currency_id.rounding
        amount = settlement_tool.round_amount(
            settlement_tool.multiply(quantity, price), rounding
        )
        if not amount:
            return None
        sign = -1 if tariff.kind == "penalty" else 1
        return {
            "settlement_id": self.id,
            "is_manual": False,
            "sequence": 40,
            "kind": tariff.kind,
            "name": tariff.name,
            "basis": basis,
            "quantity": quantity,
            "unit_price": sign * price,
            "amount": sign * amount,
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
        # The right to decide was checked above.
        self.sudo().write({"state": "checked", "checked_by_id": self.env.user.id})
        return True

    def action_reopen(self):
        """Back to draft; a draft bill is withdrawn, a posted one stands in the way."""
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("checked", "billed")
        # Deleting the draft bill that this settlement made needs no accounting role;
        # a posted bill is refused below.
        bills_sudo = self.sudo().bill_id
        for bill in bills_sudo:
            if bill.state != "draft" or bill.posted_before:
                raise UserError(
                    self.env._(
                        "Bill %(bill)s is already in the books. Ask accounting to"
                        " reverse it.",
                        bill=bill.display_name,
                    )
                )
        # The right to decide was checked above.
        self.sudo().write({"state": "draft", "bill_id": False, "checked_by_id": False})
        bills_sudo.unlink()
        return True

    def action_cancel(self):
        self._check_manager()
        self._lock_or_refuse()
        self._check_state("draft", "checked")
        # The right to decide was checked above.
        self.sudo().state = "cancelled"
        return True

    def action_create_bill(self):
        """Make the draft vendor bill (or refund) once and open it when allowed.

        Pressing twice, retrying, or two people at once lead to the same one bill: the
        row is locked first, and one agreement has one settlement per period.
        """
        self._check_manager()
        self._lock_or_refuse()
        self.invalidate_recordset(["state", "bill_id"])
        todo = self.filtered(lambda s: s.state != "billed")
        todo._check_state("checked")
        zero = todo.filtered(lambda s: s.currency_id.is_zero(s.total))
        if zero:
            raise UserError(
                self.env._(
                    "%(settlement)s amounts to zero: there is nothing to bill.",
                    settlement=zero[0].name,
                )
            )
        # The manager decides that the vendor is paid; drafting the bill follows from
        # that decision. Posting it stays with accounting.
        bills_sudo = (
            self.env["account.move"]
            .sudo()
            .create([settlement._prepare_bill_values() for settlement in todo])
        )
        for settlement, bill_sudo in zip(todo, bills_sudo, strict=True):
            settlement.sudo().write({"state": "billed", "bill_id": bill_sudo.id})
            settlement.message_post(
                body=self.env._(
                    "Draft bill over %(total)s created.",
                    total=settlement._text(),
                )
            )
        if len(self) == 1:
            return self.action_open_bill()
        return True

    def _prepare_bill_values(self):
        self.ensure_one()
        agreement = self.agreement_id
        sign = -1 if self.total < 0 else 1
        values = {
            "move_type": "in_refund" if sign < 0 else "in_invoice",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.date_to,
            "ref": self.name,
            "invoice_origin": self.name,
            "invoice_line_ids": [
                Command.create(line._prepare_bill_line_values(sign))
                for line in self.line_ids
                if not self.currency_id.is_zero(line.amount)
            ],
        }
        if agreement.journal_id:
            values["journal_id"] = agreement.journal_id.id
        return values

    def action_open_bill(self):
        """Open the bill; tell those who may not see bills where it is."""
        self.ensure_one()
        if self.bill_id and self._can_open_bill():
            return {
                "type": "ir.actions.act_window",
                "res_model": "account.move",
                "res_id": self.bill_id.id,
                "views": [(False, "form")],
            }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Draft bill over %(total)s", total=self._text()),
                "message": self.env._(
                    "Accounting finds it among the vendor bills under the reference"
                    " %(reference)s.",
                    reference=self.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _text(self):
        self.ensure_one()
        return format_amount(self.env, self.total, self.currency_id)

    def _can_open_bill(self):
        """Say whether the user may read every list that the bill's form shows.

        Reading the bill is not enough: the form also shows payments and whatever other
        addons put on it, and one closed list would end in an access error.
        """
        move = self.env["account.move"]
        if not move.has_access("read"):
            return False
        shown = move.get_view(view_type="form")["models"]
        return all(
            self.env[field.comodel_name].has_access("read")
            for model, names in shown.items()
            for field in map(self.env[model]._fields.get, names)
            if field is not None
            and field.type in ("one2many", "many2many")
            and self.env[model]._has_field_access(field, "read")
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for settlement in self.filtered(lambda s: s.state in ("checked", "billed")):
            raise UserError(
                self.env._(
                    "%(settlement)s has been checked and cannot be deleted.",
                    settlement=settlement.name,
                )
            )
