from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class FsmEquipment(models.Model):
    """The state of the warranty, in a word. It changes with the day, so it is asked
    when it is read; “ends soon” is what the warranty reminders say."""

    _name = "fsm.equipment"
    _inherit = ["fsm.equipment"]

    vas_warranty_state = fields.Selection(
        [
            ("valid", "In warranty"),
            ("ending", "Ends soon"),
            ("over", "Out of warranty"),
            ("none", "No date"),
        ],
        string="Warranty",
        compute="_compute_vas_warranty_state",
        search="_search_vas_warranty_state",
    )
    vas_warranty_words = fields.Char(
        string="Warranty in words", compute="_compute_vas_warranty_state"
    )

    @api.depends("vas_warranty_until", "vas_type_id", "company_id")
    def _compute_vas_warranty_state(self):
        today = fields.Date.context_today(self)
        rules = self.env["vas.warranty.rule"]._get_active()
        for device in self:
            end = device.vas_warranty_until
            lead = max(
                (rule.days_before for rule in rules if rule._fits(device)), default=-1
            )
            left = (end - today).days if end else 0
            if not end:
                device.vas_warranty_state = "none"
                device.vas_warranty_words = False
            elif left < 0:
                device.vas_warranty_state = "over"
                device.vas_warranty_words = self._vas_get_days_over(-left)
            else:
                device.vas_warranty_state = "ending" if left <= lead else "valid"
                device.vas_warranty_words = self._vas_get_days_left(left)

    @api.model
    def _vas_get_days_left(self, days):
        if not days:
            return self.env._("Ends today")
        if days == 1:
            return self.env._("Ends tomorrow")
        return self.env._("Ends in %(days)s days", days=days)

    @api.model
    def _vas_get_days_over(self, days):
        if days == 1:
            return self.env._("Ended yesterday")
        return self.env._("Ended %(days)s days ago", days=days)

    @api.model
    def _search_vas_warranty_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        today = fields.Date.context_today(self)
        soon = Domain.OR(
            rule._get_device_domain(today)
            for rule in self.env["vas.warranty.rule"]._get_active()
        )
        found = {
            "none": Domain("vas_warranty_until", "=", False),
            "over": Domain("vas_warranty_until", "<", today),
            "ending": soon,
            "valid": Domain("vas_warranty_until", ">=", today) & ~soon,
        }
        return Domain.OR(found[state] for state in value if state in found)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Lists group and charts count by a state that no column can hold."""
        if field_expr != "vas_warranty_state":
            return super()._field_to_sql(alias, field_expr, query)
        today = fields.Date.context_today(self)
        end = super()._field_to_sql(alias, "vas_warranty_until", query)
        kind = super()._field_to_sql(alias, "vas_type_id", query)
        company = super()._field_to_sql(alias, "company_id", query)
        rules = self.env["vas.warranty.rule"]._get_active()
        soon = [
            SQL(
                "(%s <= %s AND %s AND %s)",
                end,
                today + timedelta(days=rule.days_before),
                SQL("%s IN %s", kind, rule.device_type_ids._ids)
                if rule.device_type_ids
                else SQL("TRUE"),
                SQL("%s = %s", company, rule.company_id.id)
                if rule.company_id
                else SQL("TRUE"),
            )
            for rule in rules
        ]
        return SQL(
            "CASE WHEN %s IS NULL THEN 'none' WHEN %s < %s THEN 'over' "
            "WHEN %s THEN 'ending' ELSE 'valid' END",
            end,
            end,
            today,
            SQL(" OR ").join(soon) if soon else SQL("FALSE"),
        )
