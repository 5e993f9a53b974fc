from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError


class VasAssessmentOverride(models.Model):
    """A manager's decision that another band counts, for a time and with a reason.

    One person asks, another approves. While it is valid it also names the band of later
    results of the same subject; afterwards the rules of the scorecard count again.
    """

    _name = "vas.assessment.override"
    _description = "Override of a result"
    _inherit = [
        "vas.assessment.part.mixin",
        "vas.guarded.mixin",
        "mail.thread",
        "vas.lock.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    scorecard_id = fields.Many2one(related="assessment_id.scorecard_id")
    date_to = fields.Date(
        related="assessment_id.date_to", store=True, precompute=True, string="From on"
    )
    rule_band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        string="Band by the rules",
        readonly=True,
        ondelete="restrict",
    )
    band_id = fields.Many2one(
        comodel_name="vas.scorecard.band",
        string="Band instead",
        required=True,
        domain="[('scorecard_id', '=', scorecard_id)]",
        ondelete="restrict",
        tracking=True,
    )
    reason = fields.Text(required=True)
    valid_until = fields.Date(
        required=True,
        tracking=True,
        help="The last day of the override; the rules count again after it.",
    )
    state = fields.Selection(
        selection=[
            ("requested", "Requested"),
            ("approved", "In force"),
            ("refused", "Refused"),
            ("ended", "Ended"),
        ],
        required=True,
        default="requested",
        readonly=True,
        tracking=True,
        index=True,
    )
    requested_by_id = fields.Many2one(
        comodel_name="res.users",
        string="Requested by",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    decided_by_id = fields.Many2one(
        comodel_name="res.users", string="Decided by", readonly=True
    )
    decided_on = fields.Datetime(readonly=True)
    can_decide = fields.Boolean(compute="_compute_can_decide")

    _one_request = models.UniqueIndex(
        "(assessment_id) WHERE state = 'requested'",
        "An override of this result is already waiting for approval.",
    )
    _valid_idx = models.Index(
        "(scorecard_code, res_model, res_id) WHERE state = 'approved'"
    )

    @api.depends("assessment_id", "band_id")
    def _compute_display_name(self):
        for override in self:
            override.display_name = self.env._(
                "%(subject)s: %(band)s until %(date)s",
                subject=override.subject_name or "",
                band=override.band_id.name or "",
                date=override.valid_until or "",
            )

    @api.depends("state", "requested_by_id")
    @api.depends_context("uid")
    def _compute_can_decide(self):
        for override in self:
            override.can_decide = (
                override.state == "requested" and override._may_decide(self.env.user)
            )

    def _may_decide(self, user):
        self.ensure_one()
        # The group is named on the scorecard, which approvers may not be able to read.
        group_sudo = self.sudo().scorecard_id.override_group_id
        member = (
            user in group_sudo.all_user_ids
            if group_sudo
            else user.has_group("vas_kpi.group_vas_kpi_manager")
        )
        return member and user != self.requested_by_id

    @api.constrains("valid_until", "reason")
    def _check_request(self):
        today = fields.Date.context_today(self)
        for override in self:
            if override.state == "requested" and override.valid_until < today:
                raise ValidationError(
                    self.env._(
                        "Override of %(subject)s, Valid until: %(date)s has passed;"
                        " enter today or a later day.",
                        subject=override.subject_name,
                        date=override.valid_until,
                    )
                )
            if not (override.reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Override of %(subject)s, Reason: say why in a few words.",
                        subject=override.subject_name,
                    )
                )

    @api.constrains("band_id", "assessment_id")
    def _check_band(self):
        for override in self:
            if override.band_id.scorecard_id != override.assessment_id.scorecard_id:
                raise ValidationError(
                    self.env._(
                        "Override of %(subject)s: band “%(band)s” belongs to another"
                        " scorecard.",
                        subject=override.subject_name,
                        band=override.band_id.name,
                    )
                )

    @api.model
    def _get_guarded_fields(self):
        return {"state", "requested_by_id", "decided_by_id", "decided_on"}

    @api.model_create_multi
    def create(self, vals_list):
        assessments = self.env["vas.assessment"].browse(
            [vals.get("assessment_id") for vals in vals_list]
        )
        for vals, assessment in zip(vals_list, assessments, strict=True):
            if assessment.state in ("draft", "superseded"):
                raise UserError(
                    self.env._(
                        "%(assessment)s has no result that could be overridden.",
                        assessment=assessment.display_name,
                    )
                )
            vals.setdefault("rule_band_id", assessment._get_rule_band().id)
        overrides = super().create(vals_list)
        overrides._tell_responsible()
        return overrides

    def write(self, vals):
        if {"band_id", "reason", "valid_until", "assessment_id"} & set(vals):
            for override in self.filtered(lambda o: o.state != "requested"):
                raise UserError(
                    self.env._(
                        "%(override)s is decided. End it and request another one.",
                        override=override.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for override in self.filtered(lambda o: o.state != "requested"):
            raise UserError(
                self.env._(
                    "%(override)s is decided and stays in the history.",
                    override=override.display_name,
                )
            )

    def _tell_responsible(self):
        """Post the request where the responsible person sees it."""
        for override in self:
            # The request is announced whoever the responsible person is.
            responsible_sudo = override.sudo().scorecard_id.responsible_id
            override.message_post(
                body=self.env._(
                    "%(user)s asks to override the result: %(reason)s",
                    user=override.requested_by_id.name,
                    reason=override.reason,
                ),
                partner_ids=responsible_sudo.partner_id.ids,
            )

    # ------------------------------------------------------------------- actions
    def _check_decider(self):
        for override in self:
            if override.state != "requested":
                raise UserError(
                    self.env._(
                        "%(override)s is already decided.",
                        override=override.display_name,
                    )
                )
            if override.requested_by_id == self.env.user:
                raise AccessError(
                    self.env._("Nobody decides about a request of their own.")
                )
            if not override._may_decide(self.env.user):
                # Who may not decide learns who may.
                group_sudo = override.sudo().scorecard_id.override_group_id
                raise AccessError(
                    self.env._(
                        "%(override)s is decided by members of “%(group)s”.",
                        override=override.display_name,
                        group=group_sudo.full_name
                        or self.env.ref("vas_kpi.group_vas_kpi_manager").full_name,
                    )
                )

    def _decide(self, state):
        self.check_access("read")
        self._check_decider()
        # The right to decide was just checked; the figures stay closed to users.
        overrides_sudo = self.sudo()
        overrides_sudo._lock_or_refuse()
        overrides_sudo.write(
            {
                "state": state,
                "decided_by_id": self.env.user.id,
                "decided_on": fields.Datetime.now(),
            }
        )
        return overrides_sudo

    def action_approve(self):
        """Put the override in force; an earlier one of the same subject ends."""
        overrides_sudo = self._decide("approved")
        overrides_sudo._end_earlier()
        overrides_sudo._refresh_results()
        return True

    def action_refuse(self):
        self._decide("refused")
        return True

    def action_end(self):
        """Withdraw a request, or let the rules count again before the last day."""
        self.check_access("read")
        manager = self.env.user.has_group("vas_kpi.group_vas_kpi_manager")
        for override in self:
            own = override.state == "requested" and (
                override.requested_by_id == self.env.user
            )
            if not (manager or own):
                raise AccessError(
                    self.env._("Only managers of scorecards end an override.")
                )
        # The right to end was just checked.
        overrides_sudo = self.sudo()
        overrides_sudo._lock_or_refuse()
        in_force_sudo = overrides_sudo.filtered(lambda o: o.state == "approved")
        overrides_sudo.filtered(
            lambda o: o.state in ("requested", "approved")
        ).state = "ended"
        in_force_sudo._refresh_results()
        return True

    def _end_earlier(self):
        """End what was in force for the same subjects; of several the last stays."""
        latest = {
            override._get_subject_key(): override for override in self.sorted("id")
        }
        in_force = self.search(
            [
                ("state", "=", "approved"),
                ("scorecard_code", "in", self.mapped("scorecard_code")),
                ("company_id", "in", self.company_id.ids),
                ("res_model", "in", self.mapped("res_model")),
                ("res_id", "in", self.mapped("res_id")),
            ]
        )
        in_force.filtered(
            lambda o: latest.get(o._get_subject_key(), o) != o
        ).state = "ended"

    def _refresh_results(self):
        """Name the bands of the results that these overrides touch again."""
        results = (
            self.env["vas.assessment"].search(
                [
                    ("scorecard_id.code", "in", self.mapped("scorecard_code")),
                    ("company_id", "in", self.company_id.ids),
                    ("res_id", "in", self.mapped("res_id")),
                    ("state", "not in", ("draft", "superseded")),
                    ("date_to", ">=", min(self.mapped("date_to"))),
                ]
            )
            if self
            else self.env["vas.assessment"]
        )
        results._refresh_bands()

    def _describe(self):
        self.ensure_one()
        return self.env._(
            "%(band)s instead of %(rule)s until %(date)s, requested by %(asker)s,"
            " approved by %(approver)s: %(reason)s",
            band=self.band_id.name,
            rule=self.rule_band_id.name or self.env._("no band"),
            date=self.valid_until,
            asker=self.requested_by_id.name,
            approver=self.decided_by_id.name,
            reason=self.reason,
        )

    @api.model
    def _cron_expire(self, limit=500):
        """Let overrides end after their last day: the rules count again."""
        domain = [
            ("state", "=", "approved"),
            ("valid_until", "<", fields.Date.context_today(self)),
        ]
        # What a person is working on right now is left to the next run.
        overrides = self.search(domain, limit=limit).try_lock_for_update()
        overrides.state = "ended"
        overrides._refresh_results()
        self.env["ir.cron"]._commit_progress(
            len(overrides), remaining=self.search_count(domain)
        )
