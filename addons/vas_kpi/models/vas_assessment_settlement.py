from odoo import models


class VasAssessment(models.Model):
    """Money follows the score: settlements hear of every decision."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    def _on_confirmed(self):
        result = super()._on_confirmed()
        self._tell_settlements()
        return result

    def _on_reverted(self):
        result = super()._on_reverted()
        # What a revision replaces is followed by the confirmation of the revision.
        self.filtered(lambda a: a.state != "superseded")._tell_settlements()
        return result

    def _tell_settlements(self):
        """Let the settlements of these vendors and periods take in the score."""
        vendors = self.filtered("partner_id")
        if not vendors:
            return
        # Who decides about scores need not see what they cost.
        settlements_sudo = self.env["vas.settlement"].sudo()
        candidates_sudo = settlements_sudo.search(
            [
                ("partner_id", "in", vendors.partner_id.ids),
                ("date_from", "in", list(set(vendors.mapped("date_from")))),
                ("state", "!=", "cancelled"),
                ("kind", "=", "period"),
                (
                    "agreement_id.scorecard_id.code",
                    "in",
                    vendors.scorecard_id.mapped("code"),
                ),
            ]
        )
        keys = {
            (
                assessment.partner_id.id,
                assessment.company_id.id,
                assessment.date_from,
                assessment.date_to,
                assessment.scorecard_id.code,
            )
            for assessment in vendors
        }
        touched_sudo = candidates_sudo.filtered(
            lambda settlement: settlement._get_assessment_key() in keys
        )
        if touched_sudo:
            touched_sudo._take_in_score()
