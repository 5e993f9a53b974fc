from odoo import api, models

from ..tools import scoring


class VasAssessment(models.Model):
    """A result explained: how the score adds up, which band and why."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    @api.depends("stay", "standing", "standing_band_id", "computed_band_id")
    @api.depends_context("lang")
    def _compute_stay_text(self):
        for assessment in self:
            assessment.stay_text = assessment._explain_stay()
            periods = assessment.scorecard_id.history_periods
            assessment.standing_text = (
                self.env._(
                    "%(standing)s: mean of the latest %(periods)s results at most, the"
                    " newest counting most",
                    standing=scoring.show(assessment.standing),
                    periods=periods,
                )
                if periods and assessment.has_score
                else False
            )

    @api.depends("manual_override_id")
    @api.depends_context("lang")
    def _compute_manual_override_text(self):
        for assessment in self:
            # Who decided and why belongs to the sheet that the reader may see.
            override_sudo = assessment.sudo().manual_override_id
            assessment.manual_override_text = (
                override_sudo._describe() if override_sudo else False
            )

    @api.depends(
        "has_score", "score", "base_score", "adjustment_total", "band_id", "line_ids"
    )
    @api.depends_context("lang")
    def _compute_texts(self):
        for assessment in self:
            total = scoring.show(assessment.score)
            if not assessment.has_score and assessment.coverage:
                assessment.score_text = self.env._("Insufficient data")
                assessment.explanation = self.env._(
                    "%(coverage)s %% of the weight is measured, at least %(least)s %%"
                    " is needed, so there is no score.",
                    coverage=f"{assessment.coverage * 100:.4g}",
                    least=f"{assessment.scorecard_id.min_coverage:g}",
                )
            elif not assessment.has_score:
                assessment.score_text = self.env._("No data")
                assessment.explanation = self.env._(
                    "No criterion has data for the period, so there is no score."
                )
            else:
                assessment.score_text = total
                assessment.explanation = assessment._explain_total()
            band = assessment.band_id
            if not band:
                assessment.band_text = self.env._("no band")
            elif assessment.manual_override_id:
                assessment.band_text = self.env._(
                    "%(band)s (overridden by a manager)", band=band.name
                )
            elif assessment.override_id:
                assessment.band_text = self.env._(
                    "%(band)s (rule: %(reason)s)",
                    band=band.name,
                    reason=assessment.override_id.reason,
                )
            elif assessment.stay and assessment.stay["reason"] == "held":
                assessment.band_text = self.env._(
                    "%(band)s (kept by the stay rule)", band=band.name
                )
            else:
                assessment.band_text = f"{band.name} ({band.bounds_text})"

    def _explain_total(self):
        self.ensure_one()
        parts = [
            scoring.show(line.contribution) for line in self.line_ids if line.counts
        ]
        terms = " + ".join(parts) or scoring.show(self.base_score)
        # The points are part of a score that the reader may see, whoever may open the
        # events behind them.
        for adjustment in self.sudo().adjustment_ids:
            sign = "+" if adjustment.signed_points >= 0 else "−"
            terms += f" {sign} {scoring.show(abs(adjustment.signed_points))}"
        return f"{terms} = {scoring.show(self.score)}"

    def _explain_stay(self):
        """Say why the band is not, or no longer, the one that the points reach."""
        self.ensure_one()
        stay, scorecard = self.stay or {}, self.scorecard_id
        reason = stay.get("reason")
        values = {
            "held": self.standing_band_id.name or self.env._("no band"),
            "computed": self.computed_band_id.name or self.env._("no band"),
            "periods": stay.get("periods"),
            "needed": scorecard.stay_periods,
            "beyond": scoring.show(stay.get("beyond", 0.0)),
            "margin": f"{scorecard.stay_margin:g}",
        }
        if reason == "margin":
            return self.env._(
                "%(computed)s at once: %(beyond)s points beyond the limit, at least"
                " %(margin)s are needed.",
                **values,
            )
        if reason == "periods":
            return self.env._(
                "%(computed)s: period %(periods)s in a row outside the band before,"
                " %(needed)s are needed.",
                **values,
            )
        if reason != "held":
            return False
        if scorecard.stay_periods and scorecard.stay_margin:
            return self.env._(
                "%(held)s is kept although the points say %(computed)s: period"
                " %(periods)s of %(needed)s in a row, %(beyond)s of %(margin)s points"
                " beyond the limit.",
                **values,
            )
        if scorecard.stay_periods:
            return self.env._(
                "%(held)s is kept although the points say %(computed)s: period"
                " %(periods)s of %(needed)s in a row.",
                **values,
            )
        return self.env._(
            "%(held)s is kept although the points say %(computed)s: %(beyond)s of"
            " %(margin)s points beyond the limit.",
            **values,
        )
