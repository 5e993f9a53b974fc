from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models

from ..tools.calendar_terms import months_between

UTC = timezone.utc


class ContractContract(models.Model):
    """Agreements name the rules under which customers get something back."""

    _name = "contract.contract"
    _inherit = "contract.contract"

    vas_credit_rule_ids = fields.Many2many(
        "vas.service.credit.rule",
        "contract_vas_credit_rule_rel",
        "contract_id",
        "rule_id",
        string="Service credits by",
        check_company=True,
    )
    vas_credit_ids = fields.One2many(
        "vas.service.credit", "contract_id", string="Service credits"
    )

    def _vas_local_day(self, moment):
        """Return the day of a moment (naive UTC) where the agreement is served."""
        self.ensure_one()
        calendar = self.vas_calendar_id or self.company_id.resource_calendar_id
        zone = ZoneInfo(calendar.tz or self.env.user.tz or "UTC")
        return moment.replace(tzinfo=UTC).astimezone(zone).date()

    def _vas_get_fee(self, begin, end):
        """Return what the agreement costs for a span, however it is invoiced."""
        self.ensure_one()
        fee = 0.0
        for line in self.contract_line_ids:
            if line.display_type or line.is_canceled:
                continue
            first = max(begin, line.date_start or begin)
            last = min(end, line.date_end or end)
            if first <= last:
                fee += line.monthly_recurring * months_between(first, last)
        return fee

    def action_vas_compute_credits(self):
        """Compute the credits of the finished periods now."""
        self.check_access("write")
        self._lock_or_refuse()
        # Clocks of every team prove the credit.
        self.env["vas.service.credit"].sudo()._compute_credits(
            self.sudo(), fields.Date.context_today(self)
        )

    def action_vas_view_credits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_service_credit_action"
        )
        return dict(action, domain=[("contract_id", "=", self.id)], context={})
