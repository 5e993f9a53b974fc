from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class VasAssessment(models.Model):
    _inherit = "vas.assessment"

    vas_sets_grade = fields.Boolean(related="scorecard_id.vas_sets_grade")
    vas_grade_id = fields.Many2one(
        related="band_id.vas_grade_id", store=True, string="Proposed grade"
    )
    vas_current_grade_id = fields.Many2one(
        "vas.grade", string="Grade today", compute="_compute_vas_current_grade_id"
    )
    vas_partner_grade_ids = fields.One2many(
        "vas.partner.grade", "assessment_id", string="Grades given"
    )

    @api.depends("partner_id")
    def _compute_vas_current_grade_id(self):
        for company, group in self.grouped("company_id").items():
            for assessment in group.with_company(company):
                assessment.vas_current_grade_id = assessment.partner_id.vas_grade_id

    def action_compute(self):
        return super(
            VasAssessment, self._as_vas_grader("vas_service.group_vas_service_officer")
        ).action_compute()

    def action_confirm(self):
        return super(
            VasAssessment, self._as_vas_grader("vas_service.group_vas_service_manager")
        ).action_confirm()

    def action_revert(self):
        return super(
            VasAssessment, self._as_vas_grader("vas_service.group_vas_service_manager")
        ).action_revert()

    def _as_vas_grader(self, group):
        """Return these assessments as superuser when members of *group* may act.

        Grading is decided by the managers of customers, who need no rights on other
        scorecards and none to write results by hand.
        """
        if not self._is_vas_grading() or not self.env.user.has_group(group):
            return self
        self.check_access("read")
        # The right to act was just checked; the figures themselves stay closed.
        return self.sudo()

    def _is_vas_grading(self):
        """Say whether all of these assessments grade customers."""
        return bool(self) and all(self.scorecard_id.mapped("vas_sets_grade"))

    def _on_confirmed(self):
        result = super()._on_confirmed()
        grading = self.filtered(lambda a: a.vas_sets_grade and a.partner_id)
        if grading:
            # The history and the contact are closed to users; the decision is theirs.
            history_sudo = self.env["vas.partner.grade"].sudo()
            # As above.
            history_sudo._record_assessments(grading.sudo())
        return result

    def _on_reverted(self):
        result = super()._on_reverted()
        grading = self.filtered(lambda a: a.vas_sets_grade and a.partner_id)
        if grading:
            # As in _on_confirmed.
            history_sudo = self.env["vas.partner.grade"].sudo()
            # As above.
            history_sudo._revert_assessments(grading.sudo())
        return result

    def _on_band_changed(self):
        result = super()._on_band_changed()
        grading = self.filtered(lambda a: a.vas_sets_grade and a.partner_id)
        if grading:
            # As in _on_confirmed: the history keeps one row per result.
            history_sudo = self.env["vas.partner.grade"].sudo()
            # As above.
            history_sudo._revert_assessments(grading.sudo())
            # As above.
            history_sudo._record_assessments(grading.sudo())
        return result

    def _prepare_partner_grade_values(self):
        """Return the history row that puts this result into force."""
        self.ensure_one()
        valid_from = self.run_id.vas_valid_from or fields.Date.context_today(self)
        months = self.scorecard_id.vas_review_months
        partner = self.partner_id.with_company(self.company_id)
        return {
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "kind": "assessment",
            "class_id": partner.vas_customer_class_id.id,
            "grade_id": self.vas_grade_id.id,
            "points": self.score,
            "assessment_id": self.id,
            "user_id": self.env.uid,
            "valid_from": valid_from,
            "next_review": months and valid_from + relativedelta(months=months),
        }
