import base64
import itertools
from collections import Counter
from datetime import date, datetime
from itertools import islice
from typing import NamedTuple
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError
from odoo.tools import SQL, split_every
from odoo.tools.misc import formatLang

from odoo.addons.queue_job.delay import chain
from odoo.addons.queue_job.exception import RetryableJobError

from ..tools import fact_rows, tabular
from ..tools.tabular import Problem
from .vas_scorecard import DECIDED_STATES

#: Rows taken at a time; keeps memory flat and lets one query serve many rows.
BATCH_ROWS = 1000
#: Facts removed at a time when an import is taken back.
TAKE_BACK_ROWS = 5000
#: Names of results in a refusal; the rest is left out.
SHOWN_RESULTS = 5
#: Longest part of a wrong cell that is shown.
SHOWN_CHARACTERS = 200
COUNTERS = (
    "row_read",
    "row_imported",
    "row_known",
    "row_updated",
    "row_skipped",
    "row_bad",
    "fact_created",
    "fact_updated",
    "subject_created",
)
JOB_OPEN_STATES = ("wait_dependencies", "pending", "enqueued", "started")


class VasObservationImportLog(models.Model):
    """One file that was imported: what came in, what was known, what is wrong."""

    _name = "vas.observation.import.log"
    _description = "Import of observations"
    _inherit = ["mail.thread", "vas.lock.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True, precompute=True)
    profile_id = fields.Many2one(
        comodel_name="vas.import.profile",
        required=True,
        readonly=True,
        check_company=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    file = fields.Binary(required=True, readonly=True, copy=False)
    filename = fields.Char(string="File name", readonly=True)
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("failed", "Failed"),
            ("done", "Done"),
            ("withdrawn", "Taken back"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    row_total = fields.Integer(string="Rows in the file", readonly=True)
    row_read = fields.Integer(string="Rows read", readonly=True)
    row_imported = fields.Integer(string="Imported", readonly=True)
    row_known = fields.Integer(
        string="Already known",
        readonly=True,
        help="Imported before with the same figures; nothing was doubled.",
    )
    row_updated = fields.Integer(string="Corrected", readonly=True)
    row_skipped = fields.Integer(
        string="Left out", readonly=True, help="Rows without any figure yet."
    )
    row_bad = fields.Integer(string="Rows with problems", readonly=True)
    fact_created = fields.Integer(string="New observations", readonly=True)
    fact_updated = fields.Integer(string="Corrected observations", readonly=True)
    subject_created = fields.Integer(string="Contacts created", readonly=True)
    date_from = fields.Date(string="First day", readonly=True)
    date_to = fields.Date(string="Last day", readonly=True)
    headings = fields.Json(readonly=True)
    problem_ids = fields.One2many(
        comodel_name="vas.observation.import.problem",
        inverse_name="log_id",
        string="Problems",
    )
    part_ids = fields.One2many(
        comodel_name="vas.observation.import.part", inverse_name="log_id"
    )
    failure = fields.Text(string="What went wrong", readonly=True, copy=False)
    corrected_count = fields.Integer(
        string="Corrected rows", compute="_compute_corrected_count"
    )
    problem_file = fields.Binary(
        string="Rows with problems (CSV)", compute="_compute_problem_file"
    )
    job_ids = fields.Many2many(comodel_name="queue.job", readonly=True, copy=False)
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    progress_text = fields.Char(string="Progress", compute="_compute_progress")
    is_stuck = fields.Boolean(compute="_compute_progress")
    summary = fields.Char(string="Result", compute="_compute_summary")

    # ------------------------------------------------------------------ computes
    @api.depends("profile_id", "filename")
    def _compute_name(self):
        for log in self:
            parts = (log.profile_id.name, log.filename)
            log.name = " · ".join(part for part in parts if part)

    @api.depends("row_total", "row_read", "state", "job_ids.state")
    def _compute_progress(self):
        for log in self:
            total = log.row_total
            # Officers see how their import is doing without access to the job list.
            states = set(log.sudo().job_ids.mapped("state"))
            log.is_stuck = log.state == "running" and not states & set(JOB_OPEN_STATES)
            log.progress = 100.0 * log.row_read / total if total else 0.0
            log.progress_text = self.env._(
                "%(done)s of %(total)s rows", done=log.row_read, total=total
            )

    @api.depends("state", *COUNTERS)
    def _compute_summary(self):
        def show(number):
            return formatLang(self.env, number, digits=0)

        for log in self:
            parts = [
                self.env._("%(count)s imported", count=show(log.row_imported)),
                self.env._("%(count)s already known", count=show(log.row_known)),
            ]
            if log.row_updated:
                text = self.env._("%(count)s corrected", count=show(log.row_updated))
                parts.append(text)
            if log.row_skipped:
                text = self.env._("%(count)s left out", count=show(log.row_skipped))
                parts.append(text)
            parts.append(self.env._("%(count)s with problems", count=show(log.row_bad)))
            log.summary = self.env._(
                "%(rows)s rows read: %(parts)s.",
                rows=show(log.row_read),
                parts=", ".join(parts),
            )

    @api.depends("problem_ids.is_corrected")
    def _compute_corrected_count(self):
        counts = dict(
            self.env["vas.observation.import.problem"]._read_group(
                [("log_id", "in", self.ids), ("is_corrected", "=", True)],
                ["log_id"],
                ["row_number:count_distinct"],
            )
        )
        for log in self:
            log.corrected_count = counts.get(log, 0)

    def _compute_problem_file(self):
        for log in self:
            log.problem_file = base64.b64encode(log._get_problem_file())

    def _get_problem_file(self):
        """Return the rows with problems as a CSV that can be corrected and imported.

        It has the file's own columns behind two that say where and what was wrong.
        """
        self.ensure_one()
        rows = [[self.env._("Row"), self.env._("Problem"), *(self.headings or [])]]
        for number, problems in self.problem_ids.grouped("row_number").items():
            texts = [problem._get_sentence() for problem in problems]
            rows.append([number, "; ".join(texts), *(problems[:1].cells or [])])
        return tabular.write_csv(rows)

    # ------------------------------------------------------------------- actions
    def action_run(self):
        """Import the file; in the background when it has many rows.

        An import that was stopped or killed simply runs again: rows that came in are
        known by their key and not taken twice.
        """
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        if self.state == "running" and not self.is_stuck:
            raise UserError(
                self.env._("%(log)s is already running.", log=self.display_name)
            )
        if self.state in ("done", "withdrawn"):
            raise UserError(
                self.env._(
                    "%(log)s is finished. Import the file again for a new start.",
                    log=self.display_name,
                )
            )
        waiting = self.part_ids.filtered(lambda part: not part.is_done)
        if waiting:
            # Stopped, failed or killed: go on with what has not come in.
            self._queue_parts(waiting)
            return True
        table = self._open_table()
        self.problem_ids.unlink()
        self.part_ids.unlink()
        self.write(
            {
                **dict.fromkeys(COUNTERS, 0),
                "headings": table.headings,
                "date_from": False,
                "date_to": False,
                "failure": False,
            }
        )
        limit = self.company_id.vas_kpi_import_background_rows
        first = list(islice(table.rows, limit + 1)) if limit else []
        if limit and len(first) > limit:
            self._run_in_background(itertools.chain(first, table.rows), limit)
            return True
        self.state = "running"
        self._import_rows(itertools.chain(first, table.rows), table.columns)
        if not self.row_read:
            raise UserError(
                self.env._("The file has headings but no rows; nothing to import.")
            )
        self.row_total = self.row_read
        self._finish()
        return True

    def action_stop(self):
        """Stop a background import after the part that is being worked on."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        if self.state != "running":
            raise UserError(
                self.env._("%(log)s is not running.", log=self.display_name)
            )
        # Cancelling jobs is for job managers; these belong to the user's own import.
        self.sudo().job_ids.button_cancelled()
        self.state = "stopped"

    def action_import_corrected(self):
        """Import the rows again of which a cell was corrected here."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        if self.state == "running":
            raise UserError(
                self.env._("%(log)s is still running.", log=self.display_name)
            )
        rows, columns = self._get_corrected_rows()
        if not rows:
            raise UserError(
                self.env._(
                    "Enter the right value in the column “Corrected” first, for one row"
                    " at least."
                )
            )
        numbers = [row.number for row in rows]
        counted = self.row_read
        self.problem_ids.filtered(lambda p: p.row_number in numbers).unlink()
        self.row_bad -= len(numbers)
        self._import_rows(rows, columns)
        # These rows were read before.
        self.row_read = counted
        return True

    def _get_corrected_rows(self):
        """Return the corrected rows and the columns by which they are read."""
        self.ensure_one()
        columns = self._find_columns()
        places = {tabular.normalize(name): i for i, name in enumerate(self.headings)}
        rows = []
        for number, problems in self.problem_ids.grouped("row_number").items():
            if not any(problem.is_corrected for problem in problems):
                continue
            cells = list(problems[:1].cells or [])[: len(self.headings)]
            cells += [""] * (len(self.headings) - len(cells))
            for problem in problems.filtered("is_corrected"):
                place = places.get(tabular.normalize(problem.column))
                if place is not None:
                    cells[place] = problem.corrected or ""
            rows.append(tabular.Row(number, cells, None))
        return rows, columns

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

    def action_open_observations(self):
        """Open the facts of this import; all of the profile when none was new."""
        self.ensure_one()
        domain = [("import_log_id", "=", self.id)]
        if not self.fact_created:
            metrics = self.profile_id.line_ids.metric_id
            domain = [
                ("metric_id", "in", metrics.ids),
                ("company_id", "=", self.company_id.id),
            ]
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_observation_action"
            ),
            "name": self.env._("Observations of %(log)s", log=self.display_name),
            "domain": domain,
            "context": {},
        }

    def action_assess(self):
        """Open the assessment of the scorecard in force that uses these figures."""
        self.ensure_one()
        metrics = self.profile_id.line_ids.metric_id
        scorecard = self.env["vas.scorecard"].search(
            [
                ("state", "=", "active"),
                ("criterion_ids.metric_id", "in", metrics.ids),
                ("company_id", "in", [self.company_id.id, False]),
            ],
            limit=1,
        )
        if not scorecard:
            raise UserError(
                self.env._(
                    "No scorecard in force uses %(metrics)s. Put one in force first.",
                    metrics=", ".join(metrics.mapped("name")),
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assess"),
            "res_model": "vas.scorecard.assess",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_scorecard_id": scorecard.id,
                "default_company_id": self.company_id.id,
                **({"default_day": self.date_to} if self.date_to else {}),
            },
        }

    def action_download_problems(self):
        """Hand out the rows with problems for correcting."""
        self.ensure_one()
        name = quote(self.env._("problems-%(file)s", file=self.filename or "file"))
        name = name.removesuffix(".csv").removesuffix(".xlsx")
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/problem_file"
            f"?download=true&filename={name}.csv",
            "target": "self",
        }

    # ----------------------------------------------------------------- importing
    def _open_table(self):
        self.ensure_one()
        data = base64.b64decode(self.with_context(bin_size=False).file or b"")
        return self.profile_id._open_table(data, self.company_id)

    def _find_columns(self):
        """Find the profile's columns in the headings of the file as it was read."""
        self.ensure_one()
        try:
            return tabular.find_columns(
                self.headings or [], self.profile_id._get_recipe().columns()
            )
        except tabular.TableError as error:
            # The profile was changed since.
            raise UserError(self.profile_id._describe_table_error(error)) from error

    def _run_in_background(self, rows, size):
        """Cut the file into parts of ``size`` rows and queue a job for each.

        The file is read once; afterwards every job reads its own part only.
        """
        parts, total = self.env["vas.observation.import.part"], 0
        for chunk in split_every(size, rows):
            parts |= parts._create_part(self, total, chunk)
            total += len(chunk)
        self.row_total = total
        self._queue_parts(parts)

    def _queue_parts(self, parts):
        """Queue one job per part, one after the other.

        Parallel parts could both create the same unknown contact.
        """
        self.write({"state": "running", "failure": False})
        jobs = [
            self.delayable(
                description=self.env._(
                    "%(log)s: rows %(first)s to %(last)s",
                    log=self.display_name,
                    first=part.first_row + 1,
                    last=part.first_row + part.row_count,
                ),
                identity_key=f"vas.observation.import.part-{part.id}",
            )._import_part(part.id)
            for part in parts
        ]
        finish = self.delayable(
            description=self.env._("%(log)s: finish", log=self.display_name)
        )._finish()
        chain(*jobs, finish).delay()
        # The link shows progress; the job list itself is for administrators.
        log_sudo = self.sudo()
        log_sudo.job_ids = log_sudo.env["queue.job"].search(
            [("uuid", "in", [job._generated_job.uuid for job in (*jobs, finish)])]
        )

    def _import_part(self, part_id):
        """Take one part in; called by its job. A part is taken in once."""
        self.ensure_one()
        part = self.part_ids.browse(part_id).exists()
        # The row lock of the profile follows; this is what a second job would read.
        if self.state != "running" or not part or part.is_done:
            return
        columns = self._find_columns()
        self._import_rows(part._get_rows(), columns)
        part.write({"is_done": True, "content": False})

    def _on_job_failed(self, exc_message=None, exc_name=None, **_details):
        """Say on the import why a job failed; it can be started again from here.

        Called by the job queue in a transaction of its own.
        """
        # Called for the user of the job, who started this import.
        log_sudo = self.sudo()
        log_sudo.write(
            {
                "state": "failed",
                "failure": str(exc_message or exc_name or self.env._("unknown reason")),
            }
        )
        log_sudo.job_ids.button_cancelled()

    def _finish(self):
        """Close the import when its last part is in."""
        self.state = "done"
        self.part_ids.unlink()

    def _lock_profile(self):
        """Let one import of a profile run at a time, across users and servers.

        The stamp makes a transaction that began before another import of the profile
        ended start over, so that it sees the contacts and facts created by that one.
        """
        # Officers import; only administrators edit profiles.
        profile_sudo = self.profile_id.sudo()
        try:
            profile_sudo.lock_for_update(allow_referencing=True)
        except LockError as error:
            message = self.env._(
                "Another file is being imported by %(profile)s. Try again in a moment.",
                profile=profile_sudo.name,
            )
            if self.env.context.get("job_uuid"):
                raise RetryableJobError(message) from error
            raise UserError(message) from error
        profile_sudo.last_import_on = fields.Datetime.now()

    def _import_rows(self, rows, columns):
        """Import rows of a table; called directly and for the part of a job.

        All of these rows are taken in one transaction: a part that is interrupted
        leaves nothing behind.

        :param rows: an iterable of ``tabular.Row``, read piece by piece.
        :param columns: index of each heading of the recipe.
        """
        self.ensure_one()
        self._lock_profile()
        log = self.with_company(self.company_id).with_context(
            tracking_disable=True, mail_create_nosubscribe=True, mail_notrack=True
        )
        recipe = log.profile_id._get_recipe()
        totals, days, subjects = Counter(), set(), {}
        for chunk in split_every(BATCH_ROWS, rows):
            pairs = [(row, fact_rows.convert(row, columns, recipe)) for row in chunk]
            problems = log._import_batch(pairs, subjects, totals, days)
            log._record_problems(pairs, problems, recipe)
            totals["row_read"] += len(chunk)
            # Written and forgotten: memory does not grow with the file.
            self.env.flush_all()
            self.env["vas.observation"].invalidate_model()
            self.env["vas.observation.import.problem"].invalidate_model()
        log._add_totals(totals, days)

    def _add_totals(self, totals, days):
        values = {name: self[name] + totals[name] for name in COUNTERS}
        if days:
            values["date_from"] = min(filter(None, [self.date_from, *days]))
            values["date_to"] = max(filter(None, [self.date_to, *days]))
        self.write(values)

    def _import_batch(self, pairs, subjects, totals, days):
        """Take some rows in; return the problems found.

        :param pairs: ``(Row, FactRow)`` of the batch.
        :param subjects: ids by normalized name, kept for the next batches.
        :param totals: counters to add to.
        :param days: first and last day so far, updated.
        """
        problems = [problem for _row, found in pairs for problem in found.problems]
        rows = [found for _row, found in pairs if found.facts]
        totals["row_skipped"] += sum(
            1 for _row, found in pairs if not found.facts and not found.problems
        )
        rows, refused = self._resolve_subjects(rows, subjects)
        recorded = self._get_recorded([row.key for row in rows])
        plan = _Plan(self, subjects, recorded)
        for row in rows:
            plan.add(row)
        problems += refused + plan.problems
        new_names = plan.new_names
        if new_names:
            created = self.profile_id._create_subjects(
                list(new_names.values()), self.company_id
            )
            subjects.update(created)
            totals["subject_created"] += len(created)
        model, metrics = self.env["vas.observation"], self.profile_id.line_ids.metric_id
        model._insert_facts(
            [plan.finish(values) for values in plan.to_create], metrics, self.company_id
        )
        model._update_facts(
            [(record_id, plan.finish(values)) for record_id, values in plan.to_write],
            metrics,
            self.company_id,
            self,
        )
        totals.update(plan.totals)
        totals["row_bad"] += len({problem.row for problem in problems})
        taken = days | {row.day for row in rows}
        if taken:
            days.clear()
            days.update((min(taken), max(taken)))
        return problems

    def _resolve_subjects(self, rows, subjects):
        """Find whom the rows are about; return usable rows and problems."""
        profile = self.profile_id
        names = {}
        for row in rows:
            key = tabular.normalize(row.subject)
            if key not in subjects:
                names.setdefault(key, row.subject)
        found = profile._find_subjects(list(names.values()), self.company_id)
        for key in names:
            ids = found.get(key, [])
            # Several: kept as a list to be reported; none: None.
            subjects[key] = ids[0] if len(ids) == 1 else ids or None
        usable, problems = [], []
        for row in rows:
            subject = subjects[tabular.normalize(row.subject)]
            place = (row.number, profile.subject_column, row.subject)
            if isinstance(subject, list):
                data = {"count": len(subject)}
                problems.append(Problem(*place, "ambiguous_subject", data))
            elif subject is None and profile.unknown_subject == "report":
                problems.append(Problem(*place, "unknown_subject", {}))
            else:
                usable.append(row)
        return usable, problems

    def _get_recorded(self, keys):
        """Return the recorded facts of these rows: ``{(metric id, key): record}``."""
        model = self.env["vas.observation"]
        names = (
            *("metric_id", "source_key", "id", "res_id"),
            *("date", "value", "numerator", "denominator"),
        )
        query = model._search(
            [
                ("metric_id", "in", self.profile_id.line_ids.metric_id.ids),
                ("company_id", "=", self.company_id.id),
                ("source_key", "in", keys),
            ]
        )
        # Plain rows: a record per fact would cost more than reading the file.
        rows = self.env.execute_query(
            query.select(
                *(model._field_to_sql(model._table, name, query) for name in names)
            )
        )
        return {(row[0], row[1]): _Recorded(*row[2:]) for row in rows}

    def _record_problems(self, pairs, problems, recipe):
        """Keep what is wrong together with the row as it was, for correcting."""
        if not problems:
            return
        by_number = {row.number: row for row, _found in pairs}
        pattern = recipe.date_patterns[0]
        values = []
        for problem in sorted(problems, key=lambda problem: problem.row):
            cells = by_number[problem.row].cells
            values.append(
                {
                    "log_id": self.id,
                    "row_number": problem.row,
                    "column": problem.column,
                    "value": problem.value[:SHOWN_CHARACTERS],
                    "expected": self.profile_id._describe_problem(problem),
                    "cells": [_as_text(cell, pattern) for cell in cells],
                }
            )
        self.env["vas.observation.import.problem"].create(values)


class _Recorded(NamedTuple):
    """A fact as it is recorded."""

    id: int
    res_id: int
    date: date
    value: float
    numerator: float
    denominator: float


def _as_text(cell, pattern):
    """Return a cell as it can be imported again from a CSV."""
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return tabular.format_date(cell, pattern)
    return tabular.cell_text(cell)


class _Plan:
    """Decides, row by row, what of a batch is new, known, corrected or refused."""

    def __init__(self, log, subjects, recorded):
        self.log, self.subjects = log, subjects
        self.log_id, self.company_id = log.id, log.company_id.id
        self.updates = log.profile_id.known_rule == "update"
        self.known = {key: _signature(record) for key, record in recorded.items()}
        self.target = dict(recorded)
        self.to_create, self.to_write = [], []
        self.problems, self.totals, self.new_names = [], Counter(), {}

    def add(self, row):
        name = tabular.normalize(row.subject)
        # A contact that does not exist yet stands in by its name.
        subject = self.subjects[name] or name
        new, changed = [], []
        for fact in row.facts:
            place = (fact.metric, row.key)
            signature = _fact_signature(subject, row.day, fact)
            if place not in self.known:
                new.append((place, signature, fact))
            elif self.known[place] != signature:
                changed.append((place, signature, fact))
        if changed and not self.updates:
            self.problems.append(self._differs(row, changed[0][0]))
            return
        if not new and not changed:
            self.totals["row_known"] += 1
            return
        if subject == name:
            self.new_names.setdefault(name, row.subject)
        self.totals["row_updated" if changed else "row_imported"] += 1
        for place, signature, fact in new:
            values = self._values(row, fact, name)
            self.to_create.append(values)
            self.known[place], self.target[place] = signature, values
            self.totals["fact_created"] += 1
        for place, signature, fact in changed:
            values = self._values(row, fact, name)
            if isinstance(self.target[place], dict):
                # The same key a second time in the batch: not yet written.
                self.target[place].update(values)
            else:
                self.to_write.append((self.target[place].id, values))
                self.totals["fact_updated"] += 1
            self.known[place] = signature

    def finish(self, values):
        """Put the contact in, which may have been created meanwhile."""
        return {**values, "res_id": self.subjects[values["res_id"]]}

    def _values(self, row, fact, name):
        if fact.denominator:
            figures = {"numerator": fact.numerator, "denominator": fact.denominator}
        else:
            figures = {"value": fact.value, "numerator": 0.0, "denominator": 0.0}
        return {
            "metric_id": fact.metric,
            "company_id": self.company_id,
            "res_id": name,
            "date": row.day,
            "source_key": row.key,
            "import_log_id": self.log_id,
            **figures,
        }

    def _differs(self, row, place):
        subject, day, value, numerator, denominator = self.known[place]
        if isinstance(subject, int):
            # Any subject may be named to the importer of its facts.
            record_sudo = self.log.env[self.log.profile_id.subject_model].sudo()
            subject = record_sudo.browse(subject).display_name
        figure = f"{numerator:g} / {denominator:g}" if denominator else f"{value:g}"
        metric = self.log.env["vas.metric"].browse(place[0])
        recorded = f"{subject}, {day}, {metric.name}: {figure}"
        return Problem(row.number, "", row.key, "differs", {"recorded": recorded})


def _signature(record):
    """Return what makes a recorded fact the same as an imported one."""
    ratio = bool(record.denominator)
    return (
        record.res_id,
        record.date,
        0.0 if ratio else round(record.value or 0.0, 6),
        round(record.numerator or 0.0, 6) if ratio else 0.0,
        round(record.denominator or 0.0, 6),
    )


def _fact_signature(subject, day, fact):
    ratio = bool(fact.denominator)
    return (
        subject,
        day,
        0.0 if ratio else round(fact.value, 6),
        round(fact.numerator, 6) if ratio else 0.0,
        round(fact.denominator, 6),
    )
