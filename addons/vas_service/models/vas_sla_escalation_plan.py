from odoo import api, fields, models, tools

from .vas_sla_target import UNIT_SECONDS

HOUR = UNIT_SECONDS["hours"]


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
        "vas.sla.escalation",
        "plan_id",
        string="Steps",
        copy=True,
        context={"active_test": False},
    )
    policy_ids = fields.One2many(
        "vas.sla.policy", "escalation_plan_id", string="Policies"
    )
    policy_count = fields.Integer(compute="_compute_policy_count")
    example_hours = fields.Float(
        string="Order as for a promise of (h)",
        compute="_compute_example_hours",
        store=True,
        help="Shares of the time and hours before the deadline stand in the order in "
        "which they come for a promise of this length: the shortest of the policies "
        "that use the plan.",
    )

    @api.depends(
        "policy_ids.state",
        "policy_ids.active",
        "policy_ids.calendar_id.hours_per_day",
        "policy_ids.target_ids.active",
        "policy_ids.target_ids.amount",
        "policy_ids.target_ids.unit",
        "policy_ids.target_ids.kind",
        "step_ids.target_kind",
    )
    def _compute_example_hours(self):
        for plan in self:
            kinds = set(plan.step_ids.mapped("target_kind"))
            targets = plan._get_targets()
            if all(kinds):
                targets = targets.filtered(lambda t, k=kinds: t.kind in k) or targets
            plan.example_hours = min(
                (self._get_hours(target) for target in targets),
                default=self._get_day_hours(plan),
            )

    def _get_targets(self):
        """Return what the policies in force that use these plans promise."""
        policies = self.policy_ids.filtered(lambda policy: policy.state == "active")
        return policies.target_ids

    @api.model
    def _get_hours(self, target):
        """Return about how many hours of its clock a target has."""
        if target.unit == "days":
            return target.amount * self._get_day_hours(target.policy_id)
        return target.amount * UNIT_SECONDS[target.unit] / HOUR

    @api.model
    def _get_day_hours(self, record):
        """Return the length of a working day of a policy, else of the company."""
        calendar = record.calendar_id if "calendar_id" in record._fields else None
        company = record.company_id or self.env.company
        return (calendar or company.resource_calendar_id).hours_per_day

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
        steps_sudo = self.sudo().step_ids
        return tuple(
            step._get_pure()
            for step in steps_sudo
            if step.active and step.target_kind in (False, kind)
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
