from odoo import api, models
from odoo.fields import Command

SUBJECT_KEYS = ("scorecard_id", "company_id", "date_from", "date_to")


class VasAssessment(models.Model):
    """Results are made for subjects, measured, scored and written, in sets."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    @api.model
    def _ensure_assessments(
        self, scorecard, subjects, date_from, date_to, company, run=None
    ):
        """Return the undecided assessments of ``subjects``, creating what is missing.

        Subjects whose result is already decided are left out.
        """
        existing = self.search(
            [
                ("scorecard_id", "=", scorecard.id),
                ("company_id", "=", company.id),
                ("res_id", "in", subjects.ids),
                ("date_from", "=", date_from),
                ("date_to", "=", date_to),
            ]
        )
        known = set(existing.mapped("res_id"))
        values = {
            "scorecard_id": scorecard.id,
            "company_id": company.id,
            "res_model": scorecard.subject_model,
            "date_from": date_from,
            "date_to": date_to,
            "run_id": run.id if run else False,
        }
        # Names are copied so that a result stays readable as it was decided; the
        # officer need not be able to read every subject himself.
        missing_sudo = subjects.sudo().filtered(lambda s: s.id not in known)
        # Results are written by the computation only (see vas.guarded.mixin).
        created_sudo = (
            self.sudo()
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
            .create(
                [
                    {
                        **values,
                        "res_id": subject.id,
                        "subject_name": subject.display_name or str(subject.id),
                    }
                    for subject in missing_sudo
                ]
            )
        )
        undecided = existing.filtered("is_open")
        if run:
            undecided.write({"run_id": run.id})
        return undecided | created_sudo.with_env(self.env)

    def _recompute(self, memo=None):
        """Measure, score and name these assessments; closed ones are left alone.

        All must share scorecard, company and period (``_assess`` and the button see to
        that by grouping); the number of queries does not grow with their number.
        """
        todo = self.filtered("is_open")
        for group in todo.grouped(
            lambda a: tuple(a[key] for key in SUBJECT_KEYS)
        ).values():
            group._recompute_group({} if memo is None else memo)

    def _recompute_group(self, memo):
        first = self[0]
        scorecard, company = first.scorecard_id, first.company_id
        subjects = self.env[scorecard.subject_model].browse(self.mapped("res_id"))
        evaluations = scorecard._evaluate(
            subjects,
            first.date_from,
            first.date_to,
            company,
            memo=memo,
            **self._get_evaluation_options(),
        )
        self._write_evaluations(evaluations)

    def _get_evaluation_options(self):
        """Return further arguments of ``vas.scorecard._evaluate`` for these results."""
        return {}

    def _write_evaluations(self, evaluations):
        """Store what ``vas.scorecard._evaluate`` computed."""
        line_vals = [
            self._prepare_line(assessment, criterion, values)
            for assessment in self
            for criterion, values in evaluations[assessment.res_id].lines.items()
        ]
        # Results are written by the computation only (see vas.guarded.mixin). Lines
        # carry no decisions of their own: replaced as a whole in two calls.
        quiet_sudo = self.sudo().with_context(tracking_disable=True)
        quiet_sudo.line_ids.unlink()
        quiet_sudo.env["vas.assessment.line"].create(line_vals)
        counted = {a.id: a.adjustment_ids.ids for a in quiet_sudo}
        for assessment_sudo in quiet_sudo:
            evaluation = evaluations[assessment_sudo.res_id]
            own_ids = evaluation.adjustments.ids
            if sorted(counted[assessment_sudo.id]) != sorted(own_ids):
                assessment_sudo.adjustment_ids = [Command.set(own_ids)]
            assessment_sudo.write(self._prepare_header(evaluation))

    @api.model
    def _prepare_line(self, assessment, criterion, values):
        return {
            "assessment_id": assessment.id,
            "criterion_id": criterion.id,
            "sequence": criterion.sequence,
            **values,
        }

    @api.model
    def _prepare_header(self, evaluation):
        score = evaluation.score
        return {
            "state": "computed",
            "has_score": score.total is not None,
            "base_score": score.base or 0.0,
            "score": score.total or 0.0,
            "coverage": score.coverage,
            "computed_band_id": evaluation.computed_band.id,
            "standing": evaluation.standing or 0.0,
            "standing_band_id": evaluation.standing_band.id,
            "stay": evaluation.stay._asdict(),
            "manual_override_id": evaluation.manual_override.id,
            "band_id": evaluation.band.id,
            "override_id": evaluation.override.id,
            "adjustment_total": sum(evaluation.adjustments.mapped("signed_points")),
        }
