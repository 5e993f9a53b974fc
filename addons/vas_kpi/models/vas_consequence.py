from odoo import api, fields, models
from odoo.tools import plaintext2html

from .vas_scorecard import DECIDED_STATES

#: States in which a consequence counts as carried out.
EFFECTIVE_STATES = ("active", "done")


class VasConsequence(models.Model):
    """The ledger of what followed from results, so that it can be taken back.

    Rows are written by decisions only: a hold is *active* until the subject leaves the
    band, other consequences are *done*. When the result they came from no longer
    counts, they are undone by the inverse of their kind.
    """

    _name = "vas.consequence"
    _description = "Executed consequence"
    _inherit = ["vas.assessment.part.mixin"]
    _order = "id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        related="assessment_id.partner_id",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    band_id = fields.Many2one(
        comodel_name="vas.scorecard.band", readonly=True, ondelete="restrict"
    )
    event = fields.Selection(
        selection=[("enter", "On entering"), ("leave", "On leaving")],
        required=True,
        readonly=True,
    )
    type_id = fields.Many2one(
        comodel_name="vas.consequence.type",
        string="Consequence",
        readonly=True,
        ondelete="restrict",
    )
    action_id = fields.Many2one(
        comodel_name="ir.actions.server",
        string="Server action",
        readonly=True,
        ondelete="set null",
        groups="base.group_system",
    )
    name = fields.Char(string="What", compute="_compute_name")
    kind = fields.Selection(related="type_id.kind", store=True, precompute=True)
    state = fields.Selection(
        selection=[
            ("active", "In effect"),
            ("done", "Carried out"),
            ("ended", "Ended"),
            ("undone", "Undone"),
            ("manual", "To be undone by hand"),
        ],
        required=True,
        default="done",
        readonly=True,
        index=True,
    )
    ended_on = fields.Datetime(readonly=True)
    activity_id = fields.Many2one(
        comodel_name="mail.activity", readonly=True, ondelete="set null"
    )

    _once = models.UniqueIndex(
        "(assessment_id, type_id, event) WHERE state IN ('active', 'done')",
        "This consequence was already carried out for the result.",
    )
    _subject_idx = models.Index(
        "(scorecard_code, res_model, res_id) WHERE state IN ('active', 'done')"
    )

    @api.depends("type_id", "action_id")
    def _compute_name(self):
        for row in self:
            # Names of server actions are no secret to those who see the effect.
            row_sudo = row.sudo()
            row.name = row_sudo.type_id.name or row_sudo.action_id.name

    @api.depends("name", "assessment_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = f"{row.name or ''} · {row.subject_name or ''}"

    def _get_text(self):
        """Return the sentence shown with a hold or sent with a notice."""
        self.ensure_one()
        result = self.assessment_id
        return self.env._(
            "%(message)s (%(scorecard)s, %(period)s: %(score)s, %(band)s)",
            message=self.type_id.text or self.type_id.name,
            scorecard=result.scorecard_id.name,
            period=result.period,
            score=result.score_text,
            band=self.band_id.name or self.env._("no band"),
        )

    def _get_reasons(self):
        """Return the sentences of these holds, one per line."""
        return "\n".join(row._get_text() for row in self)

    # ------------------------------------------------------------ carrying out
    def _apply(self):
        """Carry the rows out, kind by kind."""
        for kind, rows in self.grouped("kind").items():
            method = getattr(rows, f"_apply_{kind}", None) if kind else None
            if method:
                method()
        self.filtered(lambda row: not row.kind)._run(lambda row: row.action_id)

    def _undo(self):
        """Take the rows back, kind by kind; say so where a person has to."""
        now = fields.Datetime.now()
        done = self.browse()
        for kind, rows in self.grouped("kind").items():
            method = getattr(rows, f"_undo_{kind}", None) if kind else None
            if method:
                done |= method()
            elif kind:
                done |= rows
        done.write({"state": "undone", "ended_on": now})
        by_hand = self - done
        by_hand.write({"state": "manual", "ended_on": now})
        for row in by_hand:
            row.assessment_id.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("Undo by hand: %(name)s", name=row.name),
                note=plaintext2html(row._get_text()),
                user_id=row._get_responsible().id,
            )

    def _end(self):
        """Release holds: the subject left the band."""
        self.write({"state": "ended", "ended_on": fields.Datetime.now()})

    def _get_responsible(self):
        self.ensure_one()
        return (
            self.assessment_id.scorecard_id.responsible_id
            or self.assessment_id.confirmed_by_id
            or self.env.user
        )

    def _run(self, get_action):
        for row in self:
            get_action(row).with_context(
                active_model="vas.assessment",
                active_id=row.assessment_id.id,
                active_ids=row.assessment_id.ids,
            ).run()

    def _apply_server_action(self):
        self._run(lambda row: row.type_id.action_id)

    def _undo_server_action(self):
        ready = self.filtered("type_id.undo_action_id")
        ready._run(lambda row: row.type_id.undo_action_id)
        return ready

    def _apply_notify(self):
        for row in self:
            row._post(row._get_text())

    def _undo_notify(self):
        for row in self:
            row._post(
                self.env._(
                    "No longer valid, the result was revised: %s", row._get_text()
                )
            )
        return self

    def _post(self, text):
        users = self._get_responsible() | self.type_id.user_ids
        partners = users.partner_id
        if self.type_id.notify_partner:
            partners |= self.partner_id
        self.assessment_id.message_post(
            body=text,
            partner_ids=partners.ids,
            message_type="comment" if self.type_id.notify_partner else "notification",
            subtype_xmlid="mail.mt_comment",
        )

    def _apply_plan(self):
        today = fields.Date.context_today(self)
        for row in self:
            row.activity_id = row.assessment_id.activity_schedule(
                activity_type_id=row.type_id.activity_type_id.id
                or self.env.ref("vas_kpi.mail_activity_improvement_plan").id,
                date_deadline=fields.Date.add(today, days=row.type_id.days),
                summary=row.type_id.text or row.type_id.name,
                note=plaintext2html(row._get_text()),
                user_id=row._get_responsible().id,
            )

    def _undo_plan(self):
        # A plan that was worked on stays in the history as a done activity.
        self.activity_id.filtered("active").unlink()
        return self

    # ------------------------------------------------------------------ standing
    def _filter_outdated(self):
        """Return the rows whose result no longer counts or no longer says so."""

        def is_outdated(row):
            result = row.assessment_id
            if result.state not in DECIDED_STATES:
                return True
            same = row.band_id.code == result.band_id.code
            # A manager's override may have changed the band of a decided result.
            return not same if row.event == "enter" else same

        return self.filtered(is_outdated)
