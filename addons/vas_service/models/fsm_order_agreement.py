from odoo import api, fields, models
from odoo.exceptions import UserError

from .vas_dispatch_step import MOMENTS


class FsmOrder(models.Model):
    """Work orders use visits and hours of the agreement."""

    _name = "fsm.order"
    _inherit = ["fsm.order", "vas.entitlement.document"]

    vas_contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        compute="_compute_vas_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        check_company=True,
        index="btree_not_null",
        help="The agreement whose visits and hours this work uses.",
    )

    @api.depends("ticket_id.vas_contract_id")
    def _compute_vas_contract_id(self):
        for order in self:
            order.vas_contract_id = order.ticket_id.vas_contract_id

    def _vas_is_cancelled(self):
        self.ensure_one()
        return self.stage_id == self.env.ref("fieldservice.fsm_stage_cancelled")

    def _vas_get_hours(self):
        """Return the working hours of this order; a hook for other clocks."""
        self.ensure_one()
        return self.vas_work_hours or self.duration

    def _vas_get_demands(self):
        """A visit as soon as it is ordered; its hours when it is done."""
        self.ensure_one()
        if not self.vas_contract_id or self._vas_is_cancelled():
            return {}
        demands = {"visit": 1}
        if self.stage_id.is_closed and self._vas_get_hours() > 0:
            demands["hour"] = self._vas_get_hours()
        return demands

    def _vas_get_ticket(self):
        return self.ticket_id

    def _vas_get_use_date(self):
        self.ensure_one()
        planned = self.scheduled_date_start or self.create_date
        return fields.Datetime.context_timestamp(
            self.with_context(tz=self.env.user.tz or self.company_id.partner_id.tz),
            planned,
        ).date()

    def _vas_refuses_over_use(self):
        """Hours are known when the work is done: too late to refuse it."""
        self.ensure_one()
        return not self.stage_id.is_closed

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.filtered("vas_contract_id")._vas_settle()
        return orders

    def write(self, vals):
        self._vas_check_over_use(vals)
        served = self.filtered("vas_contract_id")
        result = super().write(vals)
        watched = {"stage_id", "vas_contract_id", "ticket_id", "date_start", "date_end"}
        watched.update(MOMENTS)
        if not watched.isdisjoint(vals):
            (served | self.filtered("vas_contract_id"))._vas_settle()
        return result

    def _vas_check_over_use(self, vals):
        """Nobody works on an order whose over-use is not approved."""
        if "stage_id" not in vals and not any(vals.get(name) for name in MOMENTS):
            return
        stage = self.env["fsm.stage"].browse(vals.get("stage_id"))
        cancelled = self.env.ref("fieldservice.fsm_stage_cancelled")
        moved = self.filtered(
            lambda order: stage and stage not in (order.stage_id, cancelled)
        )
        if any(vals.get(name) for name in MOMENTS):
            moved = self
        for order in moved.filtered("vas_contract_id"):
            # The state of a document is known to whoever moves it.
            if order.sudo().vas_entitlement_state in ("waiting", "refused"):
                # As above.
                raise UserError(order.sudo()._vas_over_use_blocks())
