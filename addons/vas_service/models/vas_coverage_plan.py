from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.calendar_terms import YEAR_MONTHS


class VasCoveragePlan(models.Model):
    """What a kind of coverage promises: term, start, levels, exceptions (CON-06)."""

    _name = "vas.coverage.plan"
    _description = "Coverage Plan"
    _inherit = "mail.thread"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company", help="Empty: the plan is offered in every company."
    )
    description = fields.Text(translate=True)
    term_years = fields.Float(
        string="Term (years)",
        required=True,
        default=1,
        digits=(5, 2),
        tracking=True,
        help="The usual term; the quotation may name another one for a device.",
    )
    start_rule = fields.Selection(
        [
            ("delivery", "Day of delivery"),
            ("purchase", "Day of purchase"),
            ("installation", "Day of installation"),
        ],
        string="Begins on",
        required=True,
        default="delivery",
        tracking=True,
    )
    day_rule = fields.Selection(
        [
            ("diagnosis", "The diagnosis was confirmed"),
            ("report", "The defect was reported"),
        ],
        string="Covered when",
        required=True,
        default="diagnosis",
        tracking=True,
        help="Which day must lie within the term. Until a diagnosis is confirmed, the "
        "day of the report counts.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Business days",
        check_company=True,
        help="Empty: the working hours of the company.",
    )
    has_cut_off = fields.Boolean(string="With a cut-off hour", tracking=True)
    cut_off = fields.Float(
        string="Cut-off hour",
        tracking=True,
        help="A diagnosis confirmed later counts as confirmed on the next business "
        "day.",
    )
    level_ids = fields.Many2many("vas.coverage.level", string="Support levels")
    exception_ids = fields.One2many(
        "vas.coverage.exception", "plan_id", string="Exceptions for parts", copy=True
    )
    coverage_count = fields.Integer(
        string="Covered devices", compute="_compute_coverage_count"
    )

    _term_check = models.Constraint(
        "CHECK (term_years > 0)", "A term is longer than nothing."
    )
    _cut_off_check = models.Constraint(
        "CHECK (cut_off >= 0 AND cut_off <= 24)",
        "The cut-off hour lies between 0 and 24.",
    )

    def _compute_coverage_count(self):
        counts = dict(
            self.env["vas.coverage"]._read_group(
                [("plan_id", "in", self.ids)], ["plan_id"], ["__count"]
            )
        )
        for plan in self:
            plan.coverage_count = counts.get(plan, 0)

    @api.constrains("term_years")
    def _check_months(self):
        for plan in self:
            plan._get_months(plan.term_years, plan.name)

    @api.model
    def _get_months(self, years, name):
        """Return a term in whole months; refuse one of less than a month."""
        months = round(years * YEAR_MONTHS)
        if months < 1:
            raise ValidationError(
                self.env._(
                    "%(name)s: a term of %(years)s years is shorter than a month. "
                    "Expected: at least one month.",
                    name=name,
                    years=f"{years:g}",
                )
            )
        return months

    def action_view_coverage(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_coverage_action"
        )
        return dict(
            action,
            domain=[("plan_id", "=", self.id)],
            context={"default_plan_id": self.id},
        )
