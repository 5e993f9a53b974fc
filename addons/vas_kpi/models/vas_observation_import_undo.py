from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .vas_scorecard import DECIDED_STATES

#: Facts removed at a time when an import is taken back.
TAKE_BACK_ROWS = 5000
#: Names of results in a refusal; the rest is left out.
SHOWN_RESULTS = 5


class VasObservationImportLog(models.Model):
    """Taking an import back, unless decisions count its facts."""

    _name = "vas.observation.import.log"
    _inherit = "vas.observation.import.log"

    def action_take_back(self):
        """Undo the import: its facts go, corrected facts say again what they said."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        self._lock_profile()
        if self.state in ("draft", "running", "withdrawn"):
            raise UserError(
                self.env._("%(log)s has nothing to take back.", log=self.display_name)
            )
        self._check_not_used()
        metrics = self.profile_id.line_ids.metric_id
        metrics._check_entry_allowed()
        # An officer may take back what an officer brought in, and only that.
        facts_sudo = self.env["vas.observation"].sudo()
        removed = 0
        while batch_sudo := facts_sudo.search(
            [("import_log_id", "=", self.id)], limit=TAKE_BACK_ROWS, order="id"
        ):
            removed += len(batch_sudo)
            batch_sudo.unlink()
        # As the rows: the log of changes has no writers but the import.
        changes_sudo = self.env["vas.observation.import.change"].sudo()
        restored = changes_sudo._restore(self)
        self.part_ids.unlink()
        self.write({"state": "withdrawn", "fact_created": 0, "fact_updated": 0})
        self.message_post(
            body=self.env._(
                "Taken back: %(removed)s observations removed, %(restored)s say again"
                " what they said before.",
                removed=removed,
                restored=restored,
            )
        )
        return True

    def _check_not_used(self):
        """Refuse to undo facts of decided results, or corrected again meanwhile."""
        later = (
            self.env["vas.observation.import.change"]
            .search(
                [
                    ("observation_id.import_log_id", "=", self.id),
                    ("log_id", "!=", self.id),
                ],
                limit=1,
            )
            .log_id
            | self._get_later_correction()
        )
        if later:
            raise UserError(
                self.env._(
                    "“%(later)s” corrected facts of “%(log)s”. Take that back first.",
                    later=later[0].display_name,
                    log=self.display_name,
                )
            )
        names = self._get_decisions()
        if names:
            raise UserError(
                self.env._(
                    "%(log)s cannot be taken back: its facts count in decided results"
                    " (%(results)s). Take those decisions back first.",
                    log=self.display_name,
                    results=", ".join(names),
                )
            )

    def _get_later_correction(self):
        """Return a later import that corrected a fact which this one corrected too."""
        changes = self.env["vas.observation.import.change"]
        own = changes._search([("log_id", "=", self.id)])
        touched = changes._read_group(
            [("id", "in", own)], ["observation_id"], ["id:max"]
        )
        if not touched:
            return self.browse()
        newest = max(number for _observation, number in touched)
        return changes.search(
            [
                ("observation_id", "in", [record.id for record, _number in touched]),
                ("log_id", "!=", self.id),
                ("id", ">", newest),
            ],
            limit=1,
        ).log_id

    def _get_decisions(self):
        """Return names of decided results that count facts of this import, a few."""
        self.ensure_one()
        metrics = self.profile_id.line_ids.metric_id._get_all_users()
        self.env.flush_all()
        # Whether a result is decided does not depend on what the officer may read.
        rows = self.env.execute_query(
            SQL(
                "WITH fact AS ("
                " SELECT DISTINCT res_model, res_id, date FROM vas_observation"
                " WHERE import_log_id = %(log)s UNION"
                " SELECT DISTINCT fact.res_model, fact.res_id, fact.date"
                " FROM vas_observation fact JOIN vas_observation_import_change old"
                " ON old.observation_id = fact.id WHERE old.log_id = %(log)s),"
                " used AS (SELECT assessment.id FROM vas_assessment assessment"
                " JOIN vas_assessment_line line ON line.assessment_id = assessment.id"
                " JOIN vas_metric metric ON metric.id = line.metric_id"
                " WHERE assessment.state = ANY(%(decided)s)"
                " AND assessment.company_id = %(company)s"
                " AND line.metric_id = ANY(%(metrics)s) AND EXISTS ("
                " SELECT FROM fact WHERE fact.res_model = assessment.res_model"
                " AND fact.res_id = assessment.res_id"
                " AND fact.date <= assessment.date_to"
                " AND (metric.\"window\" = 'to_end' OR metric.kind IN ('ratio',"
                " 'expression') OR fact.date >= assessment.date_from)))"
                " SELECT DISTINCT id FROM used ORDER BY id LIMIT %(limit)s",
                log=self.id,
                decided=list(DECIDED_STATES),
                company=self.company_id.id,
                metrics=metrics.ids,
                limit=SHOWN_RESULTS,
            )
        )
        # Results that bind are named even to those who may not open them.
        results_sudo = (
            self.env["vas.assessment"].sudo().browse([row_id for (row_id,) in rows])
        )
        return results_sudo.mapped("display_name")
