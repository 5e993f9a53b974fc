from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import periods
from .vas_scorecard import DECIDED_STATES, FINAL_STATES


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
