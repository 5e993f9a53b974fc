from odoo import api, models
from odoo.exceptions import UserError


class VasAssessment(models.Model):
    """Results may need the approval of others before they are decided."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    @api.depends("review_ids", "state", "scorecard_id")
    def _compute_need_validation(self):
        """As in ``tier.validation``, with one search for all records."""
        definitions = self.env["tier.definition"].search(
            [("model", "=", self._name), ("active", "=", True)]
        )
        for assessment in self:
            own = definitions.filtered(
                lambda d, a=assessment: not d.company_id or d.company_id == a.company_id
            )
            assessment.need_validation = (
                isinstance(assessment.id, int)
                and not assessment.review_ids
                and assessment._check_state_from_condition()
                and any(assessment.evaluate_tier(tier) for tier in own)
            )

    def _tier_validation_check_write_allowed(self, vals):
        """Leave figures to the guard: only the computation writes them anyway."""
        if self.env.su:
            return None
        return super()._tier_validation_check_write_allowed(vals)

    def request_validation(self):
        """Ask for approval: the results are in review and stay as they are."""
        self.check_access("write")
        wrong = self.filtered(lambda a: a.state != "computed")
        if wrong:
            raise UserError(
                self.env._(
                    "%(assessment)s is not waiting for a decision, so nobody can be"
                    " asked to approve it.",
                    assessment=wrong[0].display_name,
                )
            )
        self._lock_or_refuse()
        reviews = super().request_validation()
        self.invalidate_recordset(["need_validation", "review_ids"])
        # Whoever may compute may ask; the state itself is guarded.
        self.filtered("review_ids").sudo().state = "review"
        return reviews

    def restart_validation(self):
        """Withdraw the request: the results can be computed again."""
        self.check_access("write")
        self._lock_or_refuse()
        result = super().restart_validation()
        self.invalidate_recordset(["need_validation", "review_ids"])
        # As in ``request_validation``.
        self.filtered(lambda a: a.state == "review").sudo().state = "computed"
        return result
