from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasPieceRule(models.Model):
    """A reward for more than the task, or a penalty for late work (SKP-01, AMB-53)."""

    _name = "vas.piece.rule"
    _description = "Reward and Penalty Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        selection=[
            ("over_task", "Reward for more than the task"),
            ("late", "Penalty for work not finished on time"),
        ],
        required=True,
        default="over_task",
    )
    applies_to = fields.Selection(
        selection=[("person", "Each person"), ("team", "Each team, shared")],
        required=True,
        default="person",
        help="A team's reward or penalty is shared by hours and factor like its pay.",
    )
    operation_id = fields.Many2one(
        comodel_name="vas.work.operation",
        check_company=True,
        help="Empty: late work of every operation.",
    )
    task = fields.Float(
        string="Task of the Month", digits=(16, 3), help="Pieces that are expected."
    )
    fixed = fields.Monetary(
        string="Fixed Amount", help="Paid once, or taken for each late piece of work."
    )
    per_unit = fields.Float(
        string="Per Piece Above", digits=(16, 4), help="For each piece above the task."
    )

    _amounts_positive = models.Constraint(
        "CHECK(fixed >= 0 AND per_unit >= 0 AND task >= 0)",
        "Amounts and tasks are entered without sign; the kind says which way.",
    )

    @api.constrains("kind", "operation_id", "task")
    def _check_task(self):
        for rule in self:
            if rule.kind == "over_task" and not (rule.operation_id and rule.task):
                raise ValidationError(
                    self.env._(
                        "%(rule)s: a reward needs an operation and the task of the"
                        " month that must be exceeded.",
                        rule=rule.name,
                    )
                )
