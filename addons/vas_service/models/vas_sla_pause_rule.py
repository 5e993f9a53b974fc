from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasSlaPauseRule(models.Model):
    """A stage or condition in which the clocks of a policy stand still, and why."""

    _name = "vas.sla.pause.rule"
    _description = "Service Promise Pause"
    _order = "policy_id, stage_sequence, id"

    policy_id = fields.Many2one(
        "vas.sla.policy", required=True, index=True, ondelete="cascade"
    )
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage",
        ondelete="restrict",
        help="Empty: the condition alone decides.",
    )
    domain = fields.Char(
        string="Condition",
        help="While a document meets it, the clocks stand still.",
    )
    model_name = fields.Char(related="policy_id.model_name")
    stage_sequence = fields.Integer(related="stage_id.sequence", store=True)
    reason = fields.Char(
        required=True,
        translate=True,
        help="Shown on the paused clock and in its history.",
    )

    _stage_once = models.UniqueIndex(
        "(policy_id, stage_id) WHERE domain IS NULL",
        "A stage can pause a policy only once.",
    )

    @api.depends("stage_id", "reason")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = ": ".join(
                filter(None, (rule.stage_id.name, rule.reason))
            )

    @api.constrains("stage_id", "domain", "policy_id")
    def _check_condition(self):
        for rule in self:
            if not rule.stage_id and (rule.domain or "[]").strip() == "[]":
                raise ValidationError(
                    self.env._(
                        "Policy “%(policy)s”, pause “%(reason)s”: nothing says when it "
                        "holds. Expected: a stage or a condition.",
                        policy=rule.policy_id.name,
                        reason=rule.reason,
                    )
                )
            if rule.stage_id and not rule.policy_id._is_for_tickets():
                raise ValidationError(
                    self.env._(
                        "Policy “%(policy)s”, pause “%(reason)s”: stages of tickets "
                        "do not pause other documents. Expected: a condition.",
                        policy=rule.policy_id.name,
                        reason=rule.reason,
                    )
                )
            rule.policy_id._check_conditions(rule, "domain")

    def _get_paused(self, records):
        """Return the *records* that this rule pauses now."""
        self.ensure_one()
        if self.stage_id:
            stage = self.stage_id
            records = records.filtered(lambda record: record.stage_id == stage)
        if records and (self.domain or "[]").strip() != "[]":
            records = records.filtered_domain(self.policy_id._parse(self.domain))
        return records

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.policy_id._bump_version()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.policy_id._bump_version()
        return result

    def unlink(self):
        policies = self.policy_id
        result = super().unlink()
        policies._bump_version()
        return result
