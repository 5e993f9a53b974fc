from odoo import api, fields, models


class VasSlaPauseRule(models.Model):
    """A stage in which the clocks of a policy stand still, and why."""

    _name = "vas.sla.pause.rule"
    _description = "Service Promise Pause"
    _order = "policy_id, stage_sequence, id"

    policy_id = fields.Many2one(
        "vas.sla.policy", required=True, index=True, ondelete="cascade"
    )
    stage_id = fields.Many2one(
        "helpdesk.ticket.stage", required=True, ondelete="restrict"
    )
    stage_sequence = fields.Integer(related="stage_id.sequence", store=True)
    reason = fields.Char(
        required=True,
        translate=True,
        help="Shown on the paused clock and in its history.",
    )

    _stage_uniq = models.Constraint(
        "UNIQUE (policy_id, stage_id)", "A stage can pause a policy only once."
    )

    @api.depends("stage_id", "reason")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = f"{rule.stage_id.name}: {rule.reason}"

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules.policy_id._bump_version()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.policy_id._bump_version()
        return result
