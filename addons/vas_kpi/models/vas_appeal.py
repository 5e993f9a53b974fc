from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import plaintext2html

#: States in which an appeal still waits for its decision.
OPEN_STATES = ("submitted", "review")


class VasAppeal(models.Model):
    """The rated partner says that a published result is wrong, and shows why.

    An appeal that is upheld gives a revision of the result: the old one stays readable,
    what followed from it is undone, and the new one takes its place.
    """

    _name = "vas.appeal"
    _description = "Appeal against a result"
    _inherit = [
        "vas.guarded.mixin",
        "portal.mixin",
        "mail.thread",
        "mail.activity.mixin",
        "vas.lock.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Number", required=True, readonly=True, default="/")
    assessment_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Result",
        required=True,
        check_company=True,
        ondelete="restrict",
        index=True,
        domain=[("state", "=", "published")],
    )
    company_id = fields.Many2one(
        related="assessment_id.company_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="assessment_id.partner_id",
        store=True,
        precompute=True,
        string="Rated partner",
        index="btree_not_null",
    )
    scorecard_id = fields.Many2one(related="assessment_id.scorecard_id")
    deadline = fields.Date(
        related="assessment_id.appeal_deadline", string="Appeal until"
    )
    confirmed_by_id = fields.Many2one(
        related="assessment_id.confirmed_by_id", string="Result confirmed by"
    )
    claim = fields.Text(
        string="What is wrong", required=True, help="The claim in the partner's words."
    )
    evidence_ids = fields.Many2many(comodel_name="ir.attachment", copy=False)
    submitted_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Submitted by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    submitted_on = fields.Datetime(
        required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        comodel_name="res.users", string="Handled by", tracking=True
    )
    line_ids = fields.One2many(
        comodel_name="vas.appeal.line", inverse_name="appeal_id", string="Criteria"
    )
    waived_adjustment_ids = fields.Many2many(
        comodel_name="vas.adjustment",
        string="Bonuses and penalties to leave out",
        domain="[('assessment_ids', '=', assessment_id)]",
        copy=False,
    )
    remeasure = fields.Boolean(
        string="Measure again",
        help="The facts were corrected in the meantime: look at them again instead of"
        " entering values here.",
    )
    state = fields.Selection(
        selection=[
            ("submitted", "Submitted"),
            ("review", "Under review"),
            ("upheld", "Upheld"),
            ("partly", "Partly upheld"),
            ("rejected", "Rejected"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="submitted",
        readonly=True,
        tracking=True,
        index=True,
    )
    is_open = fields.Boolean(compute="_compute_is_open")
    decision_reason = fields.Text(string="Reason for the decision", tracking=True)
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True
    )
    decided_on = fields.Datetime(readonly=True)
    revision_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Revised result",
        readonly=True,
        ondelete="restrict",
    )

    _one_open = models.UniqueIndex(
        "(assessment_id) WHERE state IN ('submitted', 'review')",
        "An appeal against this result is already being looked at.",
    )

    @api.depends("name", "assessment_id")
    def _compute_display_name(self):
        for appeal in self:
            appeal.display_name = f"{appeal.name} · {appeal.assessment_id.display_name}"

    @api.depends("state")
    def _compute_is_open(self):
        for appeal in self:
            appeal.is_open = appeal.state in OPEN_STATES

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for appeal in self:
            appeal.access_url = appeal.assessment_id.access_url
        return result

    @api.constrains("claim")
    def _check_claim(self):
        for appeal in self:
            if not (appeal.claim or "").strip():
                raise ValidationError(
                    self.env._(
                        "Appeal against %(assessment)s, What is wrong: describe it in"
                        " a few words.",
                        assessment=appeal.assessment_id.display_name,
                    )
                )

    @api.constrains("waived_adjustment_ids", "assessment_id")
    def _check_waived(self):
        for appeal in self:
            counted = appeal.assessment_id.adjustment_ids
            wrong = appeal.waived_adjustment_ids - counted
            if wrong:
                raise ValidationError(
                    self.env._(
                        "%(appeal)s: “%(adjustment)s” is not counted in the result.",
                        appeal=appeal.name,
                        adjustment=wrong[0].name,
                    )
                )

    @api.model
    def _get_guarded_fields(self):
        return {
            "name",
            "state",
            "submitted_by_id",
            "submitted_on",
            "decided_by_id",
            "decided_on",
            "revision_id",
        }

    @api.model_create_multi
    def create(self, vals_list):
        self.browse().check_access("create")
        self._check_guarded({name for vals in vals_list for name in vals})
        assessments = self.env["vas.assessment"].browse(
            [vals.get("assessment_id") for vals in vals_list]
        )
        assessments.check_access("read")
        # Two people of the partner may press the button at once.
        assessments.sudo()._lock_or_refuse()
        sequence = self.env["ir.sequence"]
        for vals, assessment in zip(vals_list, assessments, strict=True):
            # Open appeals of colleagues count, too.
            obstacle = assessment.sudo()._get_appeal_obstacle()
            if obstacle:
                raise UserError(obstacle)
            vals["name"] = sequence.next_by_code("vas.appeal") or "/"
            # Who answers is a setting of the scorecard, which the rated may not read.
            vals["user_id"] = (
                vals.get("user_id") or assessment.sudo()._get_appeal_user().id
            )
        # The number is ours; the person who appeals is the one who is logged in.
        appeals = super(VasAppeal, self.sudo()).create(
            [{"submitted_by_id": self.env.uid, **vals} for vals in vals_list]
        )
        appeals = appeals.with_env(self.env)
        appeals._announce()
        return appeals

    def _announce(self):
        """Give the person responsible an activity, and note it on the result."""
        # Appeals come from the portal, too.
        for appeal_sudo in self.sudo():
            appeal_sudo.evidence_ids.filtered(
                lambda a, own=appeal_sudo: not a.res_id
            ).write({"res_model": self._name, "res_id": appeal_sudo.id})
            appeal_sudo.activity_schedule(
                "vas_kpi.mail_activity_appeal",
                summary=self.env._("Decide the appeal"),
                note=plaintext2html(appeal_sudo.claim),
                user_id=appeal_sudo.user_id.id,
            )
            appeal_sudo.assessment_id.message_post(
                body=self.env._(
                    "Appeal %(number)s by %(user)s: %(claim)s",
                    number=appeal_sudo.name,
                    user=appeal_sudo.submitted_by_id.name,
                    claim=appeal_sudo.claim,
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for appeal in self.filtered(lambda a: a.state != "withdrawn"):
            raise UserError(
                self.env._(
                    "%(appeal)s stays in the history. Withdraw it instead.",
                    appeal=appeal.name,
                )
            )

    # ------------------------------------------------------------------- actions
    def action_review(self):
        """Take the appeal up."""
        self._check_decider()
        # The right to decide was just checked.
        self.sudo().filtered(lambda a: a.state == "submitted").write(
            {"state": "review", "user_id": self.env.user.id}
        )
        return True

    def action_withdraw(self):
        self.check_access("read")
        for appeal in self:
            manager = self.env.user.has_group("vas_kpi.group_vas_kpi_manager")
            if not manager and appeal.submitted_by_id != self.env.user:
                raise AccessError(
                    self.env._("Only the one who submitted an appeal withdraws it.")
                )
        self._close("withdrawn")
        return True

    def action_uphold(self):
        """Decide for the partner: the result is revised."""
        for appeal in self:
            appeal._grant("upheld", appeal.line_ids)
        return True

    def action_uphold_partly(self):
        """Decide for the partner where the criteria are marked as granted."""
        for appeal in self:
            granted = appeal.line_ids.filtered("is_granted")
            if len(granted) == len(appeal.line_ids):
                raise UserError(
                    self.env._(
                        "%(appeal)s: to uphold it partly, leave at least one criterion"
                        " that is not granted.",
                        appeal=appeal.name,
                    )
                )
            appeal._grant("partly", granted)
        return True

    def action_reject(self):
        """Decide against the partner; the result stays as it is."""
        self._check_decider()
        self._check_reason()
        self._close("rejected")
        return True

    def _check_decider(self):
        self.check_access("write")
        if not self.env.user.has_group("vas_kpi.group_vas_kpi_manager"):
            raise AccessError(
                self.env._("Only managers of scorecards decide about appeals.")
            )
        for appeal in self:
            if not appeal.is_open:
                raise UserError(
                    self.env._("%(appeal)s is already decided.", appeal=appeal.name)
                )
            if (
                appeal.scorecard_id.appeal_other_decider
                and appeal.confirmed_by_id == self.env.user
            ):
                raise AccessError(
                    self.env._(
                        "%(appeal)s: you confirmed the result, so another manager"
                        " decides the appeal.",
                        appeal=appeal.name,
                    )
                )

    def _check_reason(self):
        for appeal in self:
            if not (appeal.decision_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(appeal)s: enter the reason for the decision. The partner"
                        " reads it.",
                        appeal=appeal.name,
                    )
                )

    def _grant(self, state, lines):
        self.ensure_one()
        self._check_decider()
        self._check_reason()
        if not (lines or self.waived_adjustment_ids or self.remeasure):
            raise UserError(
                self.env._(
                    "%(appeal)s: enter what is corrected, or tick “Measure again”.",
                    appeal=self.name,
                )
            )
        revision = self.assessment_id._make_revision(
            self.env._(
                "Appeal %(number)s: %(reason)s",
                number=self.name,
                reason=self.decision_reason,
            ),
            [] if self.remeasure else [line._prepare_correction() for line in lines],
            self.waived_adjustment_ids,
            self.remeasure,
        )
        self._close(state, revision)
        if revision.needs_approval:
            revision.request_validation()
        else:
            revision.action_confirm()

    def _close(self, state, revision=None):
        # The right to decide was checked by the caller.
        appeals_sudo = self.sudo()
        appeals_sudo._lock_or_refuse()
        for appeal in appeals_sudo.filtered(lambda a: not a.is_open):
            raise UserError(
                self.env._("%(appeal)s is already decided.", appeal=appeal.name)
            )
        appeals_sudo.write(
            {
                "state": state,
                "decided_by_id": self.env.user.id,
                "decided_on": fields.Datetime.now(),
                "revision_id": revision.id if revision else False,
            }
        )
        appeals_sudo.activity_feedback(["vas_kpi.mail_activity_appeal"])
        for appeal in appeals_sudo.filtered(lambda a: a.state != "withdrawn"):
            appeal.message_post(
                body=self.env._(
                    "The appeal is decided: %(state)s. %(reason)s",
                    state=dict(
                        appeal._fields["state"]._description_selection(self.env)
                    )[state],
                    reason=appeal.decision_reason or "",
                ),
                partner_ids=appeal.submitted_by_id.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )

    def action_open_assessment(self):
        self.ensure_one()
        return (self.revision_id or self.assessment_id)._get_records_action()
