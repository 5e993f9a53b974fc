from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.calendar_terms import PERIOD_MONTHS, add_months, first_of_period
from ..tools.service_credit import Band, attainment, band_value, credit


class VasServiceCreditRule(models.Model):
    """What a customer gets back when promises were broken (CON-05)."""

    _name = "vas.service.credit.rule"
    _description = "Service Credit Rule"
    _inherit = "mail.thread"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
        help="Empty: the rule may be used in every company.",
    )
    contract_ids = fields.Many2many(
        "contract.contract",
        "contract_vas_credit_rule_rel",
        "rule_id",
        "contract_id",
        string="Agreements",
        check_company=True,
        domain=[("contract_type", "=", "sale")],
    )
    policy_ids = fields.Many2many(
        "vas.sla.policy",
        string="Policies",
        check_company=True,
        help="Only promises of these policies; empty: of every policy.",
    )
    target_ids = fields.Many2many(
        "vas.sla.target",
        string="Promises",
        help="Only these promises; empty: every promise to the customer.",
    )
    period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("year", "Year")],
        required=True,
        default="month",
        tracking=True,
    )
    method = fields.Selection(
        [("breach", "For every broken promise"), ("attainment", "By the share kept")],
        required=True,
        default="breach",
        tracking=True,
    )
    value_in = fields.Selection(
        [("percent", "% of the fee of the period"), ("amount", "Amount")],
        string="Credited in",
        required=True,
        default="percent",
        tracking=True,
    )
    value = fields.Float(string="Per broken promise", digits=(16, 2), tracking=True)
    band_ids = fields.One2many(
        "vas.service.credit.band", "rule_id", string="Bands", copy=True
    )
    minimum = fields.Integer(
        string="From so many promises",
        help="With fewer promises in the period the share says little: no credit.",
    )
    cap_percent = fields.Float(
        string="At most (% of the fee)", digits=(16, 2), tracking=True
    )
    cap_amount = fields.Float(string="At most (amount)", digits=(16, 2), tracking=True)
    periods_back = fields.Integer(
        string="Looks back (periods)",
        default=2,
        required=True,
        help="So many finished periods are computed again every day: corrected clocks "
        "change the credit, the difference goes on the next invoice.",
    )
    needs_release = fields.Boolean(
        string="A manager releases credits",
        help="Otherwise they wait for the next invoice at once.",
        tracking=True,
    )
    credit_count = fields.Integer(string="Credits", compute="_compute_credit_count")

    _value_check = models.Constraint(
        "CHECK (value >= 0 AND cap_percent >= 0 AND cap_percent <= 100 "
        "AND cap_amount >= 0 AND minimum >= 0 AND periods_back > 0)",
        "Values and limits of a credit are not negative, a limit in percent is at most "
        "100, and at least one period is looked at.",
    )

    def _compute_credit_count(self):
        counts = dict(
            self.env["vas.service.credit"]._read_group(
                [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
            )
        )
        for rule in self:
            rule.credit_count = counts.get(rule, 0)

    @api.constrains("method", "value", "band_ids")
    def _check_value(self):
        for rule in self:
            if rule.method == "breach" and not rule.value:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: nothing is credited for a broken promise. Expected: "
                        "a value per broken promise.",
                        rule=rule.name,
                    )
                )
            if rule.method == "attainment" and not rule.band_ids:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: by the share kept, but without bands. Expected: at "
                        "least one band.",
                        rule=rule.name,
                    )
                )

    def _get_finished_periods(self, day, contract):
        """Return the periods before *day* that are looked at: [(first, last)]."""
        self.ensure_one()
        months = PERIOD_MONTHS[self.period]
        current = first_of_period(day, months)
        result = []
        for back in range(1, self.periods_back + 1):
            begin = add_months(current, -back * months)
            end = add_months(begin, months) - timedelta(days=1)
            if (not contract.date_start or end >= contract.date_start) and (
                not contract.date_end or begin <= contract.date_end
            ):
                result.append((begin, end))
        return result

    def _get_value(self, share):
        self.ensure_one()
        if self.method == "breach":
            return self.value
        return band_value(
            share, [Band(band.below, band.value) for band in self.band_ids]
        )

    def _prepare_credit(self, contract, begin, end, clocks):
        """Return the values of a credit from its closed clocks."""
        self.ensure_one()
        broken = clocks.filtered(lambda clock: clock.outcome == "late")
        total, kept = len(clocks), len(clocks) - len(broken)
        share = attainment(kept, total)
        fee = contract._vas_get_fee(begin, end)
        value, count = self._get_value(share), 1
        if self.method == "breach":
            count = len(broken)
        elif total < self.minimum:
            count = 0
        currency = contract.company_id.currency_id
        full, amount = credit(
            fee,
            value,
            self.value_in == "percent",
            count,
            self.cap_percent,
            self.cap_amount,
        )
        return {
            "clock_ids": [fields.Command.set(broken.ids)],
            "promise_count": total,
            "kept_count": kept,
            "broken_count": len(broken),
            "kept_percent": share if share is not None else 100.0,
            "fee": currency.round(fee),
            "full_amount": currency.round(full),
            "amount": currency.round(amount),
        }

    def action_view_credits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_service_credit_action"
        )
        return dict(action, domain=[("rule_id", "=", self.id)], context={})
