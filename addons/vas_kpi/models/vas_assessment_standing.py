from odoo import fields, models

from .vas_consequence import EFFECTIVE_STATES
from .vas_scorecard import DECIDED_STATES


class VasAssessment(models.Model):
    """What follows from results: overrides by managers, and consequences of bands."""

    _name = "vas.assessment"
    _inherit = "vas.assessment"

    consequence_ids = fields.One2many(
        comodel_name="vas.consequence", inverse_name="assessment_id", readonly=True
    )
    consequence_count = fields.Integer(compute="_compute_consequence_count")

    def _compute_consequence_count(self):
        model, counts = self.env["vas.consequence"], {}
        if model.has_access("read"):
            counts = dict(
                model._read_group(
                    [("assessment_id", "in", self.ids)], ["assessment_id"], ["__count"]
                )
            )
        for assessment in self:
            assessment.consequence_count = counts.get(assessment, 0)

    def action_open_consequences(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_consequence_action"
            ),
            "domain": [("assessment_id", "=", self.id)],
            "context": {},
        }

    # ----------------------------------------------------------------- overrides
    def _get_rule_band(self):
        """Return the band that the rules of the scorecard give."""
        self.ensure_one()
        return self.override_id.band_id if self.override_id else self.standing_band_id

    def _refresh_bands(self):
        """Apply what managers decided, and take back what no longer holds.

        Called as superuser by decisions and by the daily job; figures stay as they are.
        """
        changed = self.browse()
        for (scorecard, company, date_to), group in self.grouped(
            lambda a: (a.scorecard_id, a.company_id, a.date_to)
        ).items():
            subjects = self.env[scorecard.subject_model].browse(group.mapped("res_id"))
            manual = scorecard._find_manual_overrides(subjects, company, date_to)
            for assessment in group:
                band, _rule, decision = scorecard._choose_band(
                    assessment._get_rule_band(), None, manual.get(assessment.res_id)
                )
                if assessment.manual_override_id != decision:
                    assessment.manual_override_id = decision
                if assessment.band_id != band:
                    assessment.band_id = band
                    changed |= assessment
        decided = changed.filtered(lambda a: a.state in DECIDED_STATES)
        if decided:
            decided._on_band_changed()
            decided._follow_consequences()

    def action_request_override(self):
        self.ensure_one()
        return {
            "name": self.env._("Override the result"),
            "type": "ir.actions.act_window",
            "res_model": "vas.assessment.override",
            "view_mode": "form",
            "target": "new",
            "context": {"default_assessment_id": self.id},
        }

    # -------------------------------------------------------------- consequences
    def _get_subject_key(self):
        self.ensure_one()
        return (
            self.scorecard_id.code,
            self.company_id.id,
            self.res_model,
            self.res_id,
        )

    def _follow_consequences(self):
        """Bring what follows from results in line with the results that count.

        The standing of a subject is the band of its latest decided result. What came
        from a result that no longer counts is undone, holds of a band that was left
        end, holds of the band reached begin, and one-off consequences happen when one
        of these results changes the band. Doing it twice changes nothing.
        """
        # Consequences were set up by an administrator and apply whatever the rights of
        # the manager who decides.
        results_sudo = self.sudo()
        keys = {result._get_subject_key() for result in results_sudo}
        # As above: consequences apply to whatever the manager decides.
        rows_sudo = self.env["vas.consequence"].sudo()
        rows_sudo = rows_sudo.search(
            [
                ("state", "in", EFFECTIVE_STATES),
                ("scorecard_code", "in", list({key[0] for key in keys})),
                ("company_id", "in", list({key[1] for key in keys})),
                ("res_id", "in", list({key[3] for key in keys})),
            ]
        ).filtered(lambda row: row._get_subject_key() in keys)
        outdated_sudo = rows_sudo._filter_outdated()
        outdated_sudo._undo()
        active_sudo = (rows_sudo - outdated_sudo).filtered(
            lambda row: row.state == "active"
        )
        held = {(row._get_subject_key(), row.type_id): row for row in active_sudo}
        vals_list = []
        for key, decided in results_sudo._get_decided(keys).items():
            band = decided[0].band_id
            for kind in band.enter_consequence_ids.filtered("is_lasting"):
                if not held.pop((key, kind), None):
                    vals_list.append(
                        decided[0]._prepare_consequence(kind, band, "enter", "active")
                    )
            # Results that came in behind a later one change no standing.
            for index, result in enumerate(decided):
                if result not in results_sudo:
                    break
                vals_list += result._prepare_events(decided[index + 1 : index + 2])
        rows_sudo.browse().union(*held.values())._end()
        rows_sudo.create(vals_list)._apply()

    def _get_decided(self, keys):
        """Return ``{key: decided results, latest first}``."""
        decided = self.search_fetch(
            [
                ("scorecard_id.code", "in", list({key[0] for key in keys})),
                ("company_id", "in", list({key[1] for key in keys})),
                ("res_id", "in", list({key[3] for key in keys})),
                ("state", "in", DECIDED_STATES),
            ],
            ["scorecard_id", "company_id", "res_model", "res_id", "band_id"],
            order="date_to desc, revision desc, id desc",
        )
        result = {}
        for key, group in decided.grouped(lambda a: a._get_subject_key()).items():
            if key in keys:
                result[key] = group
        return result

    def _prepare_consequence(self, kind, band, event, state="done", action=None):
        self.ensure_one()
        return {
            "assessment_id": self.id,
            "type_id": kind.id if kind else False,
            "action_id": action.id if action else False,
            "band_id": band.id,
            "event": event,
            "state": state,
        }

    def _prepare_events(self, before):
        """Return the one-off consequences of coming from ``before`` to this result."""
        self.ensure_one()
        if self.band_id.code == before.band_id.code:
            return []
        known = {
            (row.type_id, row.action_id, row.event)
            for row in self.consequence_ids
            if row.state in EFFECTIVE_STATES
        }
        no_type = self.env["vas.consequence.type"]
        no_action = self.env["ir.actions.server"]
        vals_list = []
        for event, band in (("leave", before.band_id), ("enter", self.band_id)):
            kinds = band[f"{event}_consequence_ids"]
            for kind in kinds.filtered(lambda kind: not kind.is_lasting):
                if (kind, no_action, event) not in known:
                    vals_list.append(self._prepare_consequence(kind, band, event))
            for action in band[f"{event}_action_ids"]:
                if (no_type, action, event) not in known:
                    vals_list.append(
                        self._prepare_consequence(None, band, event, action=action)
                    )
        return vals_list
