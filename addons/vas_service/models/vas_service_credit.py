from collections import defaultdict
from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_amount


class VasServiceCredit(models.Model):
    """What a customer gets back for one period under one rule, and the proof.

    One record per agreement, rule and period (index). Computing again changes it; the
    amount on invoices follows by differences, never by a second credit.
    """

    _name = "vas.service.credit"
    _description = "Service Credit"
    _inherit = ["mail.thread", "vas.lock.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    rule_id = fields.Many2one(
        "vas.service.credit.rule",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, string="Customer"
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="Until", required=True, readonly=True)
    clock_ids = fields.Many2many(
        "vas.sla.clock", string="Broken promises", readonly=True
    )
    promise_count = fields.Integer(string="Promises", readonly=True)
    kept_count = fields.Integer(string="Kept", readonly=True)
    broken_count = fields.Integer(string="Broken", readonly=True)
    kept_percent = fields.Float(
        string="Kept (%)", readonly=True, digits=(5, 2), aggregator="avg"
    )
    fee = fields.Monetary(string="Fee of the period", readonly=True)
    full_amount = fields.Monetary(string="Before limits", readonly=True)
    amount = fields.Monetary(string="Credit", readonly=True)
    explanation = fields.Char(compute="_compute_explanation")
    released_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    released = fields.Boolean(readonly=True, copy=False, tracking=True)
    charge_ids = fields.One2many("vas.agreement.charge", "credit_id", string="Charges")
    state = fields.Selection(
        [
            ("proposed", "To be released"),
            ("released", "On the next invoice"),
            ("invoiced", "Invoiced"),
            ("none", "Nothing to credit"),
        ],
        compute="_compute_state",
        store=True,
        index=True,
    )

    _period_uniq = models.UniqueIndex(
        "(contract_id, rule_id, date_from)",
        "A period of an agreement is credited once under a rule.",
    )

    @api.depends("rule_id.name", "date_from", "date_to")
    def _compute_name(self):
        for one in self:
            one.name = self.env._(
                "%(rule)s, %(from)s to %(to)s",
                rule=one.rule_id.name,
                **{
                    "from": fields.Date.to_string(one.date_from),
                    "to": fields.Date.to_string(one.date_to),
                },
            )

    @api.depends("name")
    def _compute_display_name(self):
        for one in self:
            one.display_name = one.name

    @api.depends("released", "amount", "charge_ids.state", "charge_ids.amount")
    def _compute_state(self):
        for one in self:
            states = set(one.charge_ids.mapped("state"))
            if "pending" in states:
                one.state = "released"
            elif "invoiced" in states:
                one.state = "invoiced"
            elif not one.amount:
                one.state = "none"
            else:
                one.state = "released" if one.released else "proposed"

    @api.depends(
        "promise_count", "broken_count", "kept_percent", "fee", "full_amount", "amount"
    )
    @api.depends_context("lang")
    def _compute_explanation(self):
        for one in self:
            one.explanation = one._explain()

    def _explain(self):
        """Return the arithmetic in one sentence: promises, rule, fee, limit."""
        self.ensure_one()
        rule = self.rule_id

        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        counts = self.env._(
            "%(broken)s of %(total)s promises broken, %(share)s %% kept",
            broken=self.broken_count,
            total=self.promise_count,
            share=f"{self.kept_percent:.2f}",
        )
        value = rule._get_value(self.kept_percent if self.promise_count else None)
        if rule.method == "attainment" and self.promise_count < rule.minimum:
            how = self.env._("fewer than %(count)s promises", count=rule.minimum)
        elif rule.value_in == "percent":
            how = self.env._(
                "%(value)s %% of the fee of %(fee)s",
                value=f"{value:g}",
                fee=money(self.fee),
            )
        else:
            how = money(value)
        if rule.method == "breach":
            how = self.env._("%(count)s × %(how)s", count=self.broken_count, how=how)
        if self.full_amount > self.amount:
            return self.env._(
                "%(counts)s: %(how)s = %(full)s, limited to %(amount)s",
                counts=counts,
                how=how,
                full=money(self.full_amount),
                amount=money(self.amount),
            )
        return self.env._(
            "%(counts)s: %(how)s = %(amount)s",
            counts=counts,
            how=how,
            amount=money(self.amount),
        )

    # ------------------------------------------------------------------
    # Computation
    # ------------------------------------------------------------------

    @api.model
    def _compute_credits(self, contracts, day):
        """Compute the finished periods of *contracts* (locked) again, in sets.

        Two queries for the clocks and the known credits of all of them.
        """
        spans = [
            (contract, rule, begin, end)
            for contract in contracts
            for rule in contract.vas_credit_rule_ids
            for begin, end in rule._get_finished_periods(day, contract)
        ]
        if not spans:
            return self
        found = self._get_clocks(contracts, spans)
        known = {
            (one.contract_id, one.rule_id, one.date_from): one
            for one in self.search([("contract_id", "in", contracts.ids)])
        }
        result, new = self, []
        for contract, rule, begin, end in spans:
            clocks = found[contract].filtered(
                lambda clock, r=rule, b=begin, e=end, c=contract: (
                    b <= c._vas_local_day(clock.stopped_at) <= e
                    and (not r.policy_ids or clock.policy_id in r.policy_ids)
                    and (not r.target_ids or clock.target_id in r.target_ids)
                )
            )
            values = rule._prepare_credit(contract, begin, end, clocks)
            one = known.get((contract, rule, begin))
            if one:
                one.write(values)
                result |= one
            elif values["amount"]:
                new.append(
                    values
                    | {
                        "contract_id": contract.id,
                        "rule_id": rule.id,
                        "date_from": begin,
                        "date_to": end,
                    }
                )
        result |= self.create(new)
        result._charge()
        return result

    @api.model
    def _get_clocks(self, contracts, spans):
        """Return {agreement: the closed clocks of its customers' promises}."""
        margin = timedelta(days=1)
        first = min(begin for _contract, _rule, begin, _end in spans) - margin
        last = max(end for _contract, _rule, _begin, end in spans) + margin
        clocks = self.env["vas.sla.clock"].search(
            [
                ("ticket_id.vas_contract_id", "in", contracts.ids),
                ("audience", "=", "customer"),
                ("outcome", "in", ("met", "late")),
                ("stopped_at", ">=", datetime.combine(first, time.min)),
                ("stopped_at", "<=", datetime.combine(last, time.max)),
            ]
        )
        by_contract = clocks.grouped(lambda clock: clock.ticket_id.vas_contract_id)
        return defaultdict(clocks.browse, by_contract)

    def _charge(self):
        """Let the charges follow the amounts of what is released."""
        # Charges follow the computation; nobody writes them by hand.
        charges_sudo = self.env["vas.agreement.charge"].sudo()
        # As above.
        for one in self.sudo():
            if not one.released and one.rule_id.needs_release:
                continue
            worded = one.with_context(lang=one.partner_id.lang)
            charges_sudo._set_total(
                one,
                quantity=1.0,
                price_unit=-one.amount,
                name=f"{worded.name}: {worded.explanation}",
            )

    def _vas_get_charged_line(self):
        """Return the service line whose product and taxes the credit has."""
        self.ensure_one()
        return self.contract_id.contract_line_ids.filtered(
            lambda line: not line.display_type
        )[:1]

    def action_release(self):
        """Put the credit on the next invoice."""
        self.check_access("write")
        self._lock_or_refuse()
        self.write({"released": True, "released_by_id": self.env.uid})
        self._charge()

    def action_compute(self):
        """Compute again from the clocks as they are now."""
        self.check_access("write")
        contracts = self.contract_id
        contracts._lock_or_refuse()
        # Clocks of every team prove the credit.
        self.sudo()._compute_credits(contracts.sudo(), fields.Date.context_today(self))

    @api.model
    def _cron_compute(self):
        """Compute the finished periods of all agreements with credit rules."""
        day = fields.Date.context_today(self)
        contracts = self.env["contract.contract"].search(
            [
                ("vas_credit_rule_ids", "!=", False),
                ("vas_state", "in", ("signed", "ended")),
            ]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            mine = contract.try_lock_for_update()
            if mine:
                self._compute_credits(mine, day)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.ondelete(at_uninstall=False)
    def _unlink_except_charged(self):
        for one in self:
            if one.charge_ids:
                raise UserError(
                    self.env._(
                        "%(credit)s is charged and stays as its proof.",
                        credit=one.display_name,
                    )
                )
