from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .vas_scorecard import DECIDED_STATES


class VasAssessment(models.Model):
    """Revisions: a decided result is never edited, a new one takes its place."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    revision_of_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Revision of",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
    )
    revision_ids = fields.One2many(
        comodel_name="vas.assessment", inverse_name="revision_of_id", string="Revisions"
    )
    superseded_by_id = fields.Many2one(
        comodel_name="vas.assessment",
        string="Superseded by",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
    )
    revision_reason = fields.Text(
        string="Reason for the revision", readonly=True, copy=False
    )
    remeasure = fields.Boolean(
        string="Measured again",
        readonly=True,
        copy=False,
        help="The revision looks at the facts of today; otherwise it keeps what was"
        " measured for the first result, except for the corrected values.",
    )
    correction_ids = fields.One2many(
        comodel_name="vas.assessment.correction",
        inverse_name="assessment_id",
        string="Corrected values",
        readonly=True,
        copy=False,
    )
    waived_adjustment_ids = fields.Many2many(
        comodel_name="vas.adjustment",
        relation="vas_assessment_waived_adjustment_rel",
        string="Bonuses and penalties left out",
        readonly=True,
        copy=False,
    )
    appeal_ids = fields.One2many(
        comodel_name="vas.appeal", inverse_name="assessment_id"
    )
    appeal_count = fields.Integer(compute="_compute_appeal_count")
    appeal_deadline = fields.Date(
        string="Appeal until",
        copy=False,
        help="The last day for an appeal; set on publication, a manager may extend it.",
    )
    can_appeal = fields.Boolean(compute="_compute_can_appeal")

    def _compute_appeal_count(self):
        model, counts = self.env["vas.appeal"], {}
        if model.has_access("read"):
            counts = dict(
                model._read_group(
                    [("assessment_id", "in", self.ids)], ["assessment_id"], ["__count"]
                )
            )
        for assessment in self:
            assessment.appeal_count = counts.get(assessment, 0)

    @api.depends("state", "appeal_deadline", "appeal_ids.state")
    def _compute_can_appeal(self):
        for assessment in self:
            # Open appeals of colleagues count, too.
            assessment.can_appeal = not assessment.sudo()._get_appeal_obstacle()

    def _get_appeal_obstacle(self):
        """Return the sentence that says why nobody can appeal (now), or False."""
        self.ensure_one()
        name = self.display_name
        if self.state != "published":
            return self.env._(
                "%(assessment)s is not published, so there is nothing to appeal.",
                assessment=name,
            )
        if not self.appeal_deadline:
            return self.env._(
                "No appeals are taken on this scorecard: %(assessment)s.",
                assessment=name,
            )
        if self.appeal_deadline < fields.Date.context_today(self):
            return self.env._(
                "The time to appeal %(assessment)s ended on %(date)s.",
                assessment=name,
                date=self.appeal_deadline,
            )
        if self.appeal_ids.filtered("is_open"):
            return self.env._(
                "An appeal against %(assessment)s is already being looked at.",
                assessment=name,
            )
        return False

    def _get_appeal_user(self):
        """Return who handles appeals against this result."""
        self.ensure_one()
        return self.scorecard_id.responsible_id or self.confirmed_by_id

    def _submit_appeal(self, claim, claimed, files):
        """Enter the appeal of a portal user, who was found to see this result.

        :param claimed: ``(line id, text)`` of the criteria that are said to be wrong.
        :param files: ``(name, content)`` of the evidence.
        """
        self.ensure_one()
        # The portal user may not create appeals directly, only through this.
        appeals_sudo = self.env["vas.appeal"].sudo()
        appeal_sudo = appeals_sudo.create(
            {
                "assessment_id": self.id,
                "claim": claim,
                "line_ids": [
                    Command.create({"line_id": line_id, "claimed": text})
                    for line_id, text in claimed
                ],
            }
        )
        attachments_sudo = appeal_sudo.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": appeal_sudo._name,
                    "res_id": appeal_sudo.id,
                }
                for name, content in files
            ]
        )
        appeal_sudo.evidence_ids = attachments_sudo
        return appeal_sudo

    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            "revision_of_id",
            "superseded_by_id",
            "revision_reason",
            "remeasure",
            "correction_ids",
            "waived_adjustment_ids",
        }

    def write(self, vals):
        if "appeal_deadline" in vals and not self.env.su:
            self._check_manager()
        return super().write(vals)

    def _prepare_publication(self):
        values = super()._prepare_publication()
        days = self.scorecard_id.appeal_days
        if days and self.show_to_subject:
            today = fields.Date.context_today(self)
            values["appeal_deadline"] = today + timedelta(days=days)
        return values

    # ----------------------------------------------------------------- computing
    def _get_evaluation_options(self):
        options = super()._get_evaluation_options()
        revisions = self.filtered("revision_of_id")
        if not revisions:
            return options
        first = self[0]
        adjustments = first.scorecard_id._find_adjustments(
            self.env[first.res_model].browse(self.mapped("res_id")),
            first.company_id,
            first.date_from,
            first.date_to,
        )
        corrections = {}
        # What was decided before is the base, whoever computes the revision.
        for revision in revisions.sudo():
            counts = {line.criterion_id: line.fact_count for line in revision.line_ids}
            own = {}
            if not revision.remeasure:
                for line in revision.revision_of_id.line_ids:
                    counts[line.criterion_id] = line.fact_count
                    own[line.criterion_id] = line._get_measure()
                adjustments[revision.res_id] = revision.revision_of_id.adjustment_ids
            for item in revision.correction_ids:
                count = counts.get(item.criterion_id, 0)
                own[item.criterion_id] = item._get_measure(count)
            corrections[revision.res_id] = own
            adjustments[revision.res_id] = (
                adjustments.get(revision.res_id, self.env["vas.adjustment"])
                - revision.waived_adjustment_ids
            ).with_env(self.env)
        return {**options, "corrections": corrections, "adjustments": adjustments}

    # ------------------------------------------------------------------ revising
    def _make_revision(self, reason, corrections=(), waived=None, remeasure=False):
        """Return a computed revision of this decided result; it does not count yet.

        The revision takes the place of the result when it is confirmed. Called by
        decisions that checked the right to decide.

        :param corrections: values of ``vas.assessment.correction``, without result.
        :param waived: bonuses and penalties to leave out.
        :param remeasure: look at the facts of today.
        """
        self.ensure_one()
        self._lock_or_refuse()
        if self.state not in DECIDED_STATES:
            raise UserError(
                self.env._(
                    "%(assessment)s is not decided, so there is nothing to revise."
                    " Compute it again instead.",
                    assessment=self.display_name,
                )
            )
        pending = self.revision_ids.filtered(lambda r: r.state not in DECIDED_STATES)
        if pending:
            raise UserError(
                self.env._(
                    "%(assessment)s is already being revised: %(revision)s.",
                    assessment=self.display_name,
                    revision=pending[0].display_name,
                )
            )
        # Results are written by decisions and the computation only.
        revision_sudo = self.sudo().create(
            {
                "scorecard_id": self.scorecard_id.id,
                "run_id": self.run_id.id,
                "company_id": self.company_id.id,
                "res_model": self.res_model,
                "res_id": self.res_id,
                "subject_name": self.subject_name,
                "date_from": self.date_from,
                "date_to": self.date_to,
                "revision": max((self | self.revision_ids).mapped("revision")) + 1,
                "revision_of_id": self.id,
                "revision_reason": reason,
                "remeasure": remeasure,
                "waived_adjustment_ids": [Command.set(waived.ids if waived else [])],
                "correction_ids": [Command.create(dict(vals)) for vals in corrections],
            }
        )
        revision_sudo._recompute()
        self.message_post(
            body=self.env._(
                "Revision %(number)s: %(reason)s",
                number=revision_sudo.revision,
                reason=reason,
            )
        )
        return revision_sudo.with_env(self.env)

    def _supersede(self):
        """Let these revisions take the place of the results before; return those."""
        # The right to decide was checked by the caller.
        replaced_sudo = self.sudo().browse()
        # As above: the caller checked.
        for revision_sudo in self.sudo().filtered("revision_of_id"):
            old_sudo = revision_sudo.revision_of_id
            if old_sudo.state in DECIDED_STATES:
                old_sudo._lock_or_refuse()
                old_sudo.write(
                    {"state": "superseded", "superseded_by_id": revision_sudo.id}
                )
                replaced_sudo |= old_sudo
        replaced = replaced_sudo.with_env(self.env)
        if replaced:
            replaced._on_reverted()
        return replaced

    def _restore_superseded(self):
        """Let the results count again whose revisions (self) were taken back."""
        # The right to decide was checked by the caller.
        restored_sudo = self.sudo().revision_of_id.filtered(
            lambda old: old.superseded_by_id in self
        )
        for old_sudo in restored_sudo:
            old_sudo.write(
                {
                    "state": "published" if old_sudo.published_on else "confirmed",
                    "superseded_by_id": False,
                }
            )
        restored = restored_sudo.with_env(self.env)
        if restored:
            restored._on_confirmed()
        return restored

    def _check_revertible(self):
        for assessment in self:
            # Open appeals count, whoever entered them.
            appeals_sudo = assessment.sudo().appeal_ids.filtered("is_open")
            if appeals_sudo:
                raise UserError(
                    self.env._(
                        "An appeal against %(assessment)s is open. Decide"
                        " %(appeal)s first.",
                        assessment=assessment.display_name,
                        appeal=appeals_sudo[0].name,
                    )
                )
            pending = assessment.revision_ids.filtered(
                lambda r: r.state not in DECIDED_STATES
            )
            if pending:
                raise UserError(
                    self.env._(
                        "%(assessment)s is being revised. Decide %(revision)s first.",
                        assessment=assessment.display_name,
                        revision=pending[0].display_name,
                    )
                )

    def action_revise(self):
        """Open the dialog that corrects a decided result."""
        self.ensure_one()
        return {
            "name": self.env._("Revise the result"),
            "type": "ir.actions.act_window",
            "res_model": "vas.assessment.revise",
            "view_mode": "form",
            "target": "new",
            "context": {"default_assessment_id": self.id},
        }

    def action_new_appeal(self):
        """Enter an appeal on behalf of the rated partner."""
        self.ensure_one()
        obstacle = self._get_appeal_obstacle()
        if obstacle:
            raise UserError(obstacle)
        return {
            "name": self.env._("Appeal"),
            "type": "ir.actions.act_window",
            "res_model": "vas.appeal",
            "view_mode": "form",
            "context": {"default_assessment_id": self.id},
        }

    def action_open_appeals(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_appeal_action"
            ),
            "domain": [("assessment_id", "=", self.id)],
            "context": {},
        }
