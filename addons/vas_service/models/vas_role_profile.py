from odoo import api, fields, models
from odoo.exceptions import UserError


class VasRoleProfile(models.Model):
    """A role of the library: from its name to a scorecard of its own (LIB-01)."""

    _name = "vas.role.profile"
    _description = "Role"
    _order = "category_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    category_id = fields.Many2one(
        comodel_name="vas.role.category",
        string="Group",
        required=True,
        ondelete="restrict",
        index=True,
    )
    template_id = fields.Many2one(
        comodel_name="vas.scorecard",
        string="Starts from",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        precompute=True,
        domain=[("subject_model", "=", "hr.employee")],
        ondelete="set null",
    )
    job_id = fields.Many2one(
        comodel_name="hr.job",
        string="Job position",
        ondelete="set null",
        help="Employees in this position are rated. Empty: made with the scorecard.",
    )
    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    scorecard_state = fields.Selection(related="scorecard_id.state")

    @api.depends("category_id.template_id")
    def _compute_template_id(self):
        for role in self:
            role.template_id = role.category_id.template_id

    def action_make_scorecard(self):
        """Copy the template as a draft scorecard for this role and open it."""
        self.ensure_one()
        self.check_access("write")
        if self.scorecard_id:
            return self.action_open_scorecard()
        if not self.template_id:
            raise UserError(
                self.env._(
                    "%(role)s: choose under “Starts from” the scorecard to copy.",
                    role=self.display_name,
                )
            )
        if not self.job_id:
            # Scorecards are set up by their administrator, who need not be one of
            # human resources; a position without anybody rates nobody.
            self.job_id = self.env["hr.job"].sudo().create({"name": self.name})
        self.scorecard_id = self.template_id.copy(
            {
                "name": self.name,
                "code": f"role-{self.id}",
                "subject_domain": str([("job_id", "=", self.job_id.id)]),
            }
        )
        return self.action_open_scorecard()

    def action_open_scorecard(self):
        self.ensure_one()
        return self.scorecard_id._get_records_action()
