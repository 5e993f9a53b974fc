import base64
import itertools
from itertools import islice
from urllib.parse import quote

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every
from odoo.tools.misc import formatLang

from ..tools import tabular

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


class VasObservationImportLog(models.Model):
    """One file that was imported: what came in, what was known, what is wrong."""

    _name = "vas.observation.import.log"
    _description = "Import of observations"
    _inherit = ["mail.thread", "vas.job.mixin"]
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
        selection_add=[("withdrawn", "Taken back")],
        ondelete={"withdrawn": "set default"},
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
    corrected_count = fields.Integer(
        string="Corrected rows", compute="_compute_corrected_count"
    )
    problem_file = fields.Binary(
        string="Rows with problems (CSV)", compute="_compute_problem_file"
    )
    summary = fields.Char(string="Result", compute="_compute_summary")

    # ------------------------------------------------------------------ computes
    @api.depends("profile_id", "filename")
    def _compute_name(self):
        for log in self:
            parts = (log.profile_id.name, log.filename)
            log.name = " · ".join(part for part in parts if part)

    @api.depends("profile_id", "filename")
    @api.depends_context("lang")
    def _compute_display_name(self):
        """The stored name is for searching; people read it in their language."""
        for log in self:
            parts = (log.profile_id.name, log.filename)
            log.display_name = " · ".join(part for part in parts if part)

    @api.depends("row_total", "row_read")
    def _compute_progress(self):
        return super()._compute_progress()

    def _get_job_progress(self):
        return {log.id: (log.row_read, log.row_total) for log in self}

    def _describe_progress(self, done, total):
        return self.env._("%(done)s of %(total)s rows", done=done, total=total)

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
        self._check_startable()
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
        self._queue_jobs(jobs, finish, one_by_one=True)

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

    def _finish(self):
        """Close the import when its last part is in."""
        self.state = "done"
        self.part_ids.unlink()
