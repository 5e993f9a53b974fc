from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from ..tools import periods, scoring
from .vas_scorecard import DECIDED_STATES, FINAL_STATES

SUBJECT_KEYS = ("scorecard_id", "company_id", "date_from", "date_to")


class VasAssessment(models.Model):
    """The result of one subject on one scorecard version in one period."""

    _name = "vas.assessment"
    _description = "Assessment"
    _inherit = [
        "vas.guarded.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "vas.lock.mixin",
        "portal.mixin",
        "tier.validation",
    ]
    _order = "date_to desc, score desc, id"
    _check_company_auto = True
    _state_from = ["draft", "computed", "review"]
    _state_to = ["confirmed"]
    _cancel_state = "cancelled"

    scorecard_id = fields.Many2one(
        comodel_name="vas.scorecard",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    run_id = fields.Many2one(
        comodel_name="vas.assessment.run",
        readonly=True,
        check_company=True,
        ondelete="set null",
        index="btree_not_null",
    )
    company_id = fields.Many2one(
        comodel_name="res.company", required=True, readonly=True
    )
    res_model = fields.Char(string="Subject type", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Subject", model_field="res_model", required=True, readonly=True
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Contact",
        compute="_compute_partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    subject_name = fields.Char(string="Rated", required=True, readonly=True)
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    period = fields.Char(compute="_compute_period", store=True, precompute=True)
    revision = fields.Integer(default=1, readonly=True, copy=False)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("computed", "Computed"),
            ("review", "In review"),
            ("confirmed", "Confirmed"),
            ("published", "Published"),
            ("superseded", "Superseded"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    is_decided = fields.Boolean(compute="_compute_is_decided")
    is_open = fields.Boolean(compute="_compute_is_decided")
    has_score = fields.Boolean(string="Has a score", readonly=True)
    base_score = fields.Float(
        string="Score before adjustments", digits=(16, 4), readonly=True
    )
    score = fields.Float(digits=(16, 4), readonly=True, tracking=True, aggregator="avg")
    score_text = fields.Char(string="Result", compute="_compute_texts")
    coverage = fields.Float(
        string="Measured",
        readonly=True,
        aggregator="avg",
        help="Share of the weight that has data.",
    )
    computed_band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        string="Band by points",
        readonly=True,
        ondelete="restrict",
    )
    standing_band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        string="Band held",
        readonly=True,
        ondelete="restrict",
        help="The band after the stay rule of the scorecard.",
    )
    standing = fields.Float(
        digits=(16, 4),
        readonly=True,
        aggregator="avg",
        help="The figure that names the band: the score, or the mean of the latest"
        " scores when the scorecard says so.",
    )
    standing_text = fields.Char(
        string="Standing over periods", compute="_compute_stay_text"
    )
    stay = fields.Json(readonly=True)
    stay_text = fields.Char(string="Stay rule", compute="_compute_stay_text")
    band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        readonly=True,
        ondelete="restrict",
        tracking=True,
        index="btree_not_null",
    )
    band_tone = fields.Selection(related="band_id.tone")
    band_text = fields.Char(string="Band and its limits", compute="_compute_texts")
    override_id = fields.Many2one(
        comodel_name="vas.scorecard.override",
        string="Override rule",
        readonly=True,
        ondelete="restrict",
    )
    override_reason = fields.Char(related="override_id.reason")
    manual_override_id = fields.Many2one(
        comodel_name="vas.assessment.override",
        string="Overridden by a manager",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    manual_override_text = fields.Char(
        string="Manual override", compute="_compute_manual_override_text"
    )
    override_request_ids = fields.One2many(
        comodel_name="vas.assessment.override", inverse_name="assessment_id"
    )
    line_ids = fields.One2many(
        comodel_name="vas.assessment.line", inverse_name="assessment_id", readonly=True
    )
    adjustment_ids = fields.Many2many(
        comodel_name="vas.adjustment",
        relation="vas_assessment_adjustment_rel",
        column1="assessment_id",
        column2="adjustment_id",
        readonly=True,
        copy=False,
    )
    adjustment_total = fields.Float(
        string="Adjustments (points)", digits=(16, 4), readonly=True
    )
    explanation = fields.Char(string="How the score adds up", compute="_compute_texts")
    confirmed_by_id = fields.Many2one(comodel_name="res.users", readonly=True)
    confirmed_on = fields.Datetime(readonly=True, copy=False)
    published_on = fields.Datetime(readonly=True, copy=False)
    show_to_subject = fields.Boolean(related="scorecard_id.show_to_subject")
    needs_approval = fields.Boolean(compute="_compute_needs_approval")
    note = fields.Html(string="Remarks")

    _subject_uniq = models.UniqueIndex(
        "(scorecard_id, company_id, res_id, date_from, date_to, revision)",
        "This subject is already assessed for the period.",
    )
    _subject_idx = models.Index("(res_model, res_id, date_to)")

    # ------------------------------------------------------------------ computes
    @api.depends("res_model", "res_id")
    def _compute_partner_id(self):
        for assessment in self:
            assessment.partner_id = (
                assessment.res_id if assessment.res_model == "res.partner" else False
            )

    @api.depends("date_from", "date_to")
    def _compute_period(self):
        for assessment in self:
            assessment.period = (
                periods.period_code(assessment.date_from, assessment.date_to)
                if assessment.date_from and assessment.date_to
                else False
            )

    @api.depends("state")
    def _compute_is_decided(self):
        for assessment in self:
            assessment.is_decided = assessment.state in FINAL_STATES
            assessment.is_open = assessment.state in ("draft", "computed")

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

    @api.depends("scorecard_id.approval_group_id", "review_ids.status")
    def _compute_needs_approval(self):
        for assessment in self:
            assessment.needs_approval = (
                assessment.need_validation
                or bool(assessment.review_ids)
                and assessment.validation_status != "validated"
            )

    def _get_report_base_filename(self):
        return self.display_name

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for assessment in self:
            assessment.access_url = f"/my/scorecards/{assessment.id}"
        return result

    @api.depends("scorecard_id", "subject_name", "period")
    def _compute_display_name(self):
        for assessment in self:
            assessment.display_name = " · ".join(
                part or ""
                for part in (
                    assessment.scorecard_id.name,
                    assessment.subject_name,
                    assessment.period,
                    self.env._("revision %s", assessment.revision)
                    if assessment.revision > 1
                    else None,
                )
                if part is not None
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

    @api.model
    def _get_guarded_fields(self):
        return {
            "scorecard_id",
            "company_id",
            "res_model",
            "res_id",
            "subject_name",
            "date_from",
            "date_to",
            "revision",
            "state",
            "has_score",
            "base_score",
            "score",
            "coverage",
            "computed_band_id",
            "standing",
            "standing_band_id",
            "stay",
            "band_id",
            "override_id",
            "manual_override_id",
            "line_ids",
            "adjustment_ids",
            "adjustment_total",
            "confirmed_by_id",
            "confirmed_on",
            "published_on",
        }

    # ----------------------------------------------------------------- computing
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

    # ------------------------------------------------------------------- actions
    def _check_manager(self):
        if not self.env.su and not self.env.user.has_group(
            "vas_kpi.group_vas_kpi_manager"
        ):
            raise AccessError(
                self.env._("Only managers of scorecards decide about results.")
            )

    def action_compute(self):
        """Compute again; decided results are refused, not silently skipped."""
        closed = self.filtered(lambda a: not a.is_open)
        if closed and closed[0].state == "review":
            raise UserError(
                self.env._(
                    "%(assessment)s is in review. Withdraw the request for approval"
                    " to compute it again.",
                    assessment=closed[0].display_name,
                )
            )
        if closed:
            raise UserError(
                self.env._(
                    "%(assessment)s is decided and is not computed again.",
                    assessment=closed[0].display_name,
                )
            )
        self.check_access("write")
        self._recompute()
        return True

    def action_confirm(self):
        """Decide the results (all selected); confirming twice changes nothing."""
        self._check_manager()
        self.check_access("write")
        self._lock_or_refuse()
        todo = self.filtered(lambda a: not a.is_decided)
        waiting = todo.filtered(lambda a: a.state not in ("computed", "review"))
        if waiting:
            raise UserError(
                self.env._(
                    "%(assessment)s has not been computed yet.",
                    assessment=waiting[0].display_name,
                )
            )
        if not todo:
            return True
        replaced = todo._supersede()
        # The right to decide was checked above.
        todo.sudo().write(
            {
                "state": "confirmed",
                "confirmed_by_id": self.env.user.id,
                "confirmed_on": fields.Datetime.now(),
            }
        )
        todo._on_confirmed()
        (todo | replaced)._follow_consequences()
        # A result that was shown is replaced in sight of the one rated.
        todo.filtered("revision_of_id.published_on")._publish()
        return True

    def action_publish(self):
        """Show confirmed results to the rated partner."""
        self._check_manager()
        waiting = self.filtered(lambda a: not a.is_decided)
        if waiting:
            raise UserError(
                self.env._(
                    "Confirm %(assessment)s before publishing it.",
                    assessment=waiting[0].display_name,
                )
            )
        self.check_access("write")
        self._lock_or_refuse()
        self._publish()
        return True

    def action_revert(self):
        """Take a decision back; the consequences are undone by ``_on_reverted``."""
        self._check_manager()
        self.check_access("write")
        self._lock_or_refuse()
        todo = self.filtered(lambda a: a.state in DECIDED_STATES)
        if not todo:
            return True
        todo._check_revertible()
        # The right to decide was checked above.
        todo.sudo().write(
            {
                "state": "computed",
                "confirmed_by_id": False,
                "confirmed_on": False,
                "published_on": False,
                "appeal_deadline": False,
            }
        )
        todo._on_reverted()
        restored = todo._restore_superseded()
        (todo | restored)._follow_consequences()
        return True

    def _publish(self):
        # The right to decide was checked by the caller.
        for assessment_sudo in self.sudo().filtered(lambda a: a.state == "confirmed"):
            assessment_sudo.write(assessment_sudo._prepare_publication())

    def _prepare_publication(self):
        self.ensure_one()
        return {"state": "published", "published_on": fields.Datetime.now()}

    def _on_confirmed(self):
        """Hook: results were confirmed. Called once with the whole recordset."""

    def _on_reverted(self):
        """Hook: a confirmation was taken back; the inverse of ``_on_confirmed``.

        Also called for results that a revision replaces, before ``_on_confirmed`` of
        the revision.
        """

    def _on_band_changed(self):
        """Hook: the band of decided results changed by a manager's override."""

    # ------------------------------------------------------------------ approval
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

    def action_open_subject(self):
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id)._get_records_action()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for assessment in self.filtered("is_decided"):
            raise UserError(
                self.env._(
                    "%(assessment)s is decided and cannot be deleted.",
                    assessment=assessment.display_name,
                )
            )
