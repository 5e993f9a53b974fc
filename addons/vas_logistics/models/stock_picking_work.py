from odoo import api, fields, models


class StockPicking(models.Model):
    """Who did the work of a transfer; finished transfers become work records."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_worker_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Worker",
        compute="_compute_vas_worker_id",
        store=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
        help="Who is paid for this work by the piece; the responsible user's employee"
        " unless another is chosen.",
    )
    vas_work_team_id = fields.Many2one(
        comodel_name="vas.work.team",
        string="Work Team",
        check_company=True,
        index="btree_not_null",
        help="The team that shares the pay, instead of one worker.",
    )

    @api.depends("user_id")
    def _compute_vas_worker_id(self):
        for picking in self:
            # A stock user may see only the public data of employees.
            employee_sudo = (
                picking.user_id.sudo().with_company(picking.company_id).employee_id
            )
            picking.vas_worker_id = employee_sudo.id or picking.vas_worker_id.id

    def _action_done(self):
        result = super()._action_done()
        done = self.filtered(lambda picking: picking.state == "done")
        self.env["vas.work.record"]._record_transfers(done)
        return result

    def action_vas_record_work(self):
        """Count transfers whose worker was entered after they were done."""
        done = self.filtered(lambda picking: picking.state == "done")
        self.env["vas.work.record"]._record_transfers(done)
