from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasPieceRule(models.Model):
    """Rewards for more than the task and on time, deductions (SKP-01, AMB-53)."""

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
            ("on_time", "Reward for work finished on time"),
            ("late", "Penalty for work not finished on time"),
            ("quality", "Deduction for defective pieces"),
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
        help="Empty: work of every operation.",
    )
    task = fields.Float(
        string="Task of the Month", digits=(16, 3), help="Pieces that are expected."
    )
    fixed = fields.Monetary(
        string="Fixed Amount",
        help="Paid once, or taken for each late piece of work or defective piece.",
    )
    least_share = fields.Float(
        string="On Time, at Least",
        help="Share of the month's work that must be finished on time.",
    )
    cap = fields.Float(
        string="At Most, of the Pay by the Piece",
        help="A penalty or deduction takes no more than this share. 0: no limit.",
    )
    per_unit = fields.Float(
        string="Per Piece Above", digits=(16, 4), help="For each piece above the task."
    )

    _amounts_positive = models.Constraint(
        "CHECK(fixed >= 0 AND per_unit >= 0 AND task >= 0)",
        "Amounts and tasks are entered without sign; the kind says which way.",
    )

    _shares_of_one = models.Constraint(
        "CHECK(least_share >= 0 AND least_share <= 1 AND cap >= 0 AND cap <= 1)",
        "Shares are between 0 and 100 %.",
    )

    @api.constrains("kind", "operation_id", "task", "least_share")
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
            if rule.kind == "on_time" and not rule.least_share:
                raise ValidationError(
                    self.env._(
                        "%(rule)s: enter the share of the work that must be finished on"
                        " time.",
                        rule=rule.name,
                    )
                )
