from odoo import api, fields, models, tools


class VasSlaEscalationPlan(models.Model):
    """The ladder of what happens before and after a deadline; policies share it."""

    _name = "vas.sla.escalation.plan"
    _description = "Escalation Plan"
    _inherit = "mail.thread"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        index="btree_not_null",
        help="Empty: the plan may be used in every company.",
    )
    step_ids = fields.One2many(
        "vas.sla.escalation", "plan_id", string="Steps", copy=True
    )
    policy_ids = fields.One2many(
        "vas.sla.policy", "escalation_plan_id", string="Policies"
    )
    policy_count = fields.Integer(compute="_compute_policy_count")

    def _compute_policy_count(self):
        counts = dict(
            self.env["vas.sla.policy"]._read_group(
                [("escalation_plan_id", "in", self.ids)],
                ["escalation_plan_id"],
                ["__count"],
            )
        )
        for plan in self:
            plan.policy_count = counts.get(plan, 0)

    @tools.ormcache("self.id", "kind")
    def _get_steps(self, kind):
        """Return the pure steps for targets of a kind."""
        # What is planned is the same for everybody.
        return tuple(
            step._get_pure()
            for step in self.sudo().step_ids
            if not step.target_kind or step.target_kind == kind
        )

    def action_view_policies(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_sla_policy_action"
        )
        return dict(action, domain=[("escalation_plan_id", "=", self.id)], context={})

    @api.model
    def _changed(self, plans):
        """Steps changed: forget what is remembered and plan open clocks anew."""
        self.env.registry.clear_cache()
        # Open clocks follow the plan, whoever of the administrators changes it.
        plans.sudo().policy_ids._plan_again()
