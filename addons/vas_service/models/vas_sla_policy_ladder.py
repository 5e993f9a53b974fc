from odoo import fields, models


class VasSlaPolicy(models.Model):
    """The ladder of a policy beside its promises: who hears when."""

    _name = "vas.sla.policy"
    _inherit = "vas.sla.policy"

    escalation_step_ids = fields.One2many(
        related="escalation_plan_id.step_ids", string="Who hears when"
    )
