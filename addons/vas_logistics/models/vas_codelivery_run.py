from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.service.model import retrying


class VasCodeliveryRun(models.Model):
    """One search for a plan: its seed, its progress, and what it took.

    A run is a row of its own, so that a job can report progress, and a dispatcher can
    stop it, while the plan itself is not touched.
    """

    _name = "vas.codelivery.run"
    _description = "Planning Run"
    _order = "id desc"
    _check_company_auto = True

    plan_id = fields.Many2one(
        comodel_name="vas.codelivery.plan",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="plan_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Started By",
        default=lambda self: self.env.user,
        readonly=True,
    )
    state = fields.Selection(
        selection=[
            ("running", "Searching"),
            ("done", "Finished"),
            ("stopped", "Stopped, best kept"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="running",
        index=True,
    )
    engine = fields.Char(readonly=True)
    seed = fields.Integer(readonly=True, help="The same seed makes the same plan.")
    trace = fields.Json(
        readonly=True, help="Iterations of each search; with the seed, the whole plan."
    )
    seconds = fields.Float(string="Time Allowed (s)", readonly=True)
    seconds_used = fields.Float(string="Time Used (s)", readonly=True)
    first_seconds = fields.Float(string="First Plan After (s)", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    served_count = fields.Integer(string="Orders Served", readonly=True)
    best_cost = fields.Monetary(readonly=True)
    curve = fields.Json(
        readonly=True, help="[seconds, best cost, orders served] at each improvement."
    )
    memory_mb = fields.Float(string="Memory (MB)", readonly=True)
    stop_requested = fields.Boolean(readonly=True)
    variant = fields.Integer(string="Search", readonly=True)
    problem = fields.Json(
        readonly=True,
        prefetch=False,
        help="What was asked, so that the plan can be made again.",
    )

    # One search per plan at a time, whoever presses the button.
    _running_uniq = models.UniqueIndex(
        "(plan_id) WHERE state = 'running'", "This plan is being searched for already."
    )

    @api.depends("plan_id", "create_date")
    def _compute_display_name(self):
        for run in self:
            run.display_name = self.env._(
                "Run %(number)s of %(plan)s", number=run.id, plan=run.plan_id.name
            )

    def action_stop(self):
        """End the search now and keep the best plan found so far; twice is once."""
        self.check_access("write")
        running = self.filtered(lambda run: run.state == "running")
        if not running:
            raise UserError(self.env._("The search has ended already."))
        running.write({"stop_requested": True})
        return True

    def _note_progress(self, values):
        """Write progress from inside a job at once, whatever becomes of the job.

        The transaction of the job never writes this row: the database would refuse it.
        Who presses Stop writes it at the same moment: then it is written once more, as
        a request of a web client would be, instead of ending the search.

        :return: whether somebody asked to stop; None while the row is not there yet
        """
        self.ensure_one()
        with self.env.registry.cursor() as cr:
            run = self.with_env(self.env(cr=cr))

            def write():
                run.invalidate_recordset()
                if not run.exists():
                    return None
                run.write(values)
                return run.stop_requested

            return retrying(write, run.env)
