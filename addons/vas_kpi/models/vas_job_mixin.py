from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.queue_job.delay import chain, group

#: States of queue jobs that are still going to do something.
JOB_OPEN_STATES = ("wait_dependencies", "pending", "enqueued", "started")
#: States of work that was begun and goes on where it was.
RESUMABLE_STATES = ("running", "stopped", "failed")


class VasJobMixin(models.AbstractModel):
    """Work that may be long: in background jobs that are stopped, fail and go on.

    A model says how far it is by ``_get_job_progress`` and queues its parts by
    ``_queue_jobs``. A part looks at the state first and does only what is not done
    yet, so that the same part twice, or a killed one run again, doubles nothing. Each
    method that runs as a job has a ``queue.job.function`` with ``_on_job_failed``.
    """

    _name = "vas.job.mixin"
    _description = "Work in the background"
    _inherit = ["vas.lock.mixin"]

    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("running", "Running"),
            ("stopped", "Stopped"),
            ("failed", "Failed"),
            ("done", "Done"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
    )
    failure = fields.Text(string="What went wrong", readonly=True, copy=False)
    job_ids = fields.Many2many(comodel_name="queue.job", readonly=True, copy=False)
    progress = fields.Float(string="Progress (%)", compute="_compute_progress")
    progress_text = fields.Char(string="Progress", compute="_compute_progress")
    is_stuck = fields.Boolean(
        compute="_compute_progress",
        help="The background jobs are gone, although the work is not finished.",
    )

    @api.depends("state", "job_ids.state")
    @api.depends_context("lang")
    def _compute_progress(self):
        found = self._get_job_progress()
        # Users see how far their work is without access to the job list.
        for work_sudo in self.sudo():
            done, total = found.get(work_sudo.id, (0, 0))
            open_jobs = set(work_sudo.job_ids.mapped("state")) & set(JOB_OPEN_STATES)
            work_sudo.is_stuck = work_sudo.state == "running" and not open_jobs
            work_sudo.progress = 100.0 * done / total if total else 0.0
            work_sudo.progress_text = work_sudo._describe_progress(done, total)

    def _get_job_progress(self):
        """Return ``{id: (parts done, parts in all)}``; to be overridden."""
        return dict.fromkeys(self.ids, (0, 0))

    def _describe_progress(self, done, total):
        return self.env._("%(done)s of %(total)s", done=done, total=total)

    def _write_progress(self, values):
        # The work writes its own progress; rights are checked where it is started.
        self.sudo().write(values)

    # ------------------------------------------------------------------- actions
    def _check_startable(self):
        """Take the lock; refuse what this user may not start or what runs already."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        self._check_not_running()

    def _check_not_running(self):
        if self.state == "running" and not self.is_stuck:
            raise UserError(
                self.env._("%(run)s is already running.", run=self.display_name)
            )

    def action_stop(self):
        """Stop after the parts that are being worked on; what is there stays."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        if self.state != "running":
            raise UserError(
                self.env._("%(run)s is not running.", run=self.display_name)
            )
        # Cancelling jobs is for job managers; these belong to the user's own work.
        self.sudo().job_ids.button_cancelled()
        self._write_progress({"state": "stopped"})
        return True

    # ---------------------------------------------------------------------- jobs
    def _queue_jobs(self, parts, finish, one_by_one=False):
        """Queue the parts, and what closes the work after the last of them.

        :param parts: delayables, each with an identity key of its own.
        :param finish: the delayable that closes the work.
        :param one_by_one: a part begins when the one before it has ended.
        """
        self._write_progress({"state": "running", "failure": False})
        if one_by_one:
            chain(*parts, finish).delay()
        else:
            group(*parts).on_done(finish).delay()
        uuids = [job._generated_job.uuid for job in (*parts, finish)]
        # The link shows progress; the job list itself is for administrators.
        work_sudo = self.sudo()
        work_sudo.job_ids = work_sudo.env["queue.job"].search([("uuid", "in", uuids)])

    def _on_job_failed(self, exc_message=None, exc_name=None, **_details):
        """Say on the record why a job failed; the work can go on from there.

        Called by the job queue in a transaction of its own, for the user of the job.
        """
        reason = str(exc_message or exc_name or self.env._("unknown reason"))
        self._write_progress({"state": "failed", "failure": reason})
        # Cancelling jobs is for job managers; these belong to the user's own work.
        self.sudo().job_ids.button_cancelled()
