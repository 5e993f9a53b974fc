from odoo import api, fields, models


class VasCleaningLevel(models.Model):
    """A level of cleaning with the highest fee that may be asked for it (CLN-01)."""

    _name = "vas.cleaning.level"
    _description = "Cleaning Level"
    _inherit = "mail.thread"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the level is offered in every company."
    )
    ceiling = fields.Float(
        string="Highest fee per m² and month",
        digits=(16, 4),
        tracking=True,
        help="For everything of the level together, before taxes. 0: no limit.",
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    task_ids = fields.One2many(
        "vas.cleaning.task.rule", "level_id", string="What is cleaned how often"
    )
    task_count = fields.Integer(string="Tasks", compute="_compute_task_count")

    _ceiling_check = models.Constraint(
        "CHECK (ceiling >= 0)", "The highest fee is not negative."
    )

    @api.depends("task_ids")
    def _compute_task_count(self):
        for level in self:
            level.task_count = len(level.task_ids)

    def _get_highest_fee(self, area, months=1.0, currency=None, company=None, day=None):
        """Return the most that may be asked for *area* m² and *months*."""
        self.ensure_one()
        fee = self.ceiling * area * months
        currency = currency or self.currency_id
        if currency != self.currency_id:
            fee = self.currency_id._convert(
                fee,
                currency,
                company or self.env.company,
                day or fields.Date.context_today(self),
                round=False,
            )
        return currency.round(fee)
