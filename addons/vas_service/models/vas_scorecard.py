from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasScorecard(models.Model):
    _inherit = "vas.scorecard"

    vas_sets_grade = fields.Boolean(
        string="Grades customers",
        help="A confirmed result becomes the grade of the customer.",
    )
    vas_trailing_months = fields.Integer(
        string="Months looked back",
        help="Amounts and payments of so many months up to the day of the assessment "
        "count: 12 for the past year, 6 for the past half-year. 0 takes the period "
        "type.",
    )
    vas_review_months = fields.Integer(
        string="Review after (months)",
        help="The grade is due for review so many months after it came into force. "
        "0 means never.",
    )

    _check_vas_months = models.Constraint(
        "CHECK(vas_trailing_months >= 0 AND vas_review_months >= 0)",
        "Months cannot be negative.",
    )

    @api.constrains("vas_sets_grade", "subject_model_id")
    def _check_vas_sets_grade(self):
        for scorecard in self:
            if scorecard.vas_sets_grade and scorecard.subject_model != "res.partner":
                raise ValidationError(
                    self.env._(
                        "%(scorecard)s, Grades customers: only a scorecard that rates "
                        "contacts can grade customers.",
                        scorecard=scorecard.display_name,
                    )
                )

    @api.model
    def _get_rule_fields(self):
        return super()._get_rule_fields() | {"vas_sets_grade", "vas_trailing_months"}

    def _get_vas_grading_period(self, day):
        """Return the first and last day that an assessment on *day* looks at."""
        self.ensure_one()
        if not self.vas_trailing_months:
            return self._get_default_period(day)
        start = (
            day + relativedelta(days=1) - relativedelta(months=self.vas_trailing_months)
        )
        return start, day

    @api.model
    def _get_vas_grading_scorecard(self, company):
        """Return the scheme in force that grades the customers of *company*."""
        found = self.search(
            [
                ("vas_sets_grade", "=", True),
                ("state", "=", "active"),
                ("company_id", "in", (False, company.id)),
            ]
        )
        return found.sorted(lambda scorecard: not scorecard.company_id)[:1]
