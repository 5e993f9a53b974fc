from odoo import api, fields, models
from odoo.exceptions import UserError


class VasSlaPolicyVersion(models.Model):
    """What a policy promised under one of its version numbers; never changed."""

    _name = "vas.sla.policy.version"
    _description = "Version of a Service Promise Policy"
    _order = "policy_id, number desc"

    policy_id = fields.Many2one(
        "vas.sla.policy", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="policy_id.company_id", store=True)
    number = fields.Integer(string="Version", required=True, readonly=True)
    sentence = fields.Char(string="Promise", readonly=True)
    promises = fields.Json(readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    summary = fields.Text(string="Targets and pauses", compute="_compute_summary")

    _number_uniq = models.UniqueIndex(
        "(policy_id, number)", "Versions of a policy are counted once."
    )

    @api.depends("policy_id", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(policy)s, version %(number)s",
                policy=version.policy_id.name,
                number=version.number,
            )

    @api.depends("promises")
    def _compute_summary(self):
        for version in self:
            content = version.promises or {}
            version.summary = "\n".join(
                [*content.get("targets", []), *content.get("pauses", [])]
            )

    @api.model
    def _ensure(self, policies):
        """Write down the present versions of *policies* that are not there yet."""
        # Whoever causes a promise causes its proof.
        versions_sudo = self.sudo()
        there = {
            (version.policy_id.id, version.number)
            for version in versions_sudo.search_fetch(
                [("policy_id", "in", policies.ids)], ["policy_id", "number"]
            )
        }
        versions_sudo.create(
            [
                policy._prepare_version()
                for policy in policies
                if (policy.id, policy.version) not in there
            ]
        )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("A version of a policy is a proof, it never changes.")
            )
        return super().write(vals)
