from odoo import api, fields, models
from odoo.exceptions import UserError


class VasCodeliverySuggestion(models.Model):
    """What would make a plan cheaper: wait for more cargo, or move a window."""

    _name = "vas.codelivery.suggestion"
    _description = "Suggestion for a Plan"
    _order = "plan_id desc, saving desc, id"
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
    kind = fields.Selection(
        selection=[
            ("window", "Move a window"),
            ("wait", "Wait for more cargo"),
            ("return", "Take return cargo"),
        ],
        string="What",
        required=True,
    )
    proposal_id = fields.Many2one(
        comodel_name="vas.codelivery.proposal",
        string="Trip",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Order",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    end = fields.Selection(
        selection=[("pickup", "Pickup"), ("deliver", "Delivery")], string="Which Window"
    )
    date = fields.Datetime(
        string="Until",
        help="The moment that the window has to include, or until which the trip may "
        "wait.",
    )
    saving = fields.Monetary()
    state = fields.Selection(
        selection=[("open", "Open"), ("done", "Applied")],
        required=True,
        default="open",
    )
    explanation = fields.Char(compute="_compute_explanation")

    @api.depends("kind", "proposal_id", "picking_id", "end", "date", "saving")
    @api.depends_context("lang", "tz")
    def _compute_explanation(self):
        ends = dict(self._fields["end"]._description_selection(self.env))
        for line in self:
            at = fields.Datetime.context_timestamp(line, line.date) if line.date else ""
            values = {
                "order": line.picking_id.name,
                "end": ends.get(line.end, ""),
                "at": at and at.strftime("%Y-%m-%d %H:%M"),
                "saving": line.currency_id.format(line.saving),
                "trip": line.proposal_id.display_name,
            }
            if line.kind == "window":
                line.explanation = self.env._(
                    "%(end)s of %(order)s at %(at)s instead: %(trip)s is not needed, "
                    "saves %(saving)s.",
                    end=values["end"],
                    order=values["order"],
                    at=values["at"],
                    trip=values["trip"],
                    saving=values["saving"],
                )
            elif line.kind == "return":
                line.explanation = self.env._(
                    "%(trip)s comes back empty for %(km).0f km; %(order)s goes the "
                    "same way and is ready at %(at)s.",
                    trip=values["trip"],
                    km=line.proposal_id.empty_km,
                    order=values["order"],
                    at=values["at"],
                )
            else:
                line.explanation = self.env._(
                    "%(trip)s is not full and can leave as late as %(at)s within every "
                    "promise: wait for more cargo.",
                    trip=values["trip"],
                    at=values["at"],
                )

    def action_apply(self):
        """Do what is suggested: widen the window of the order as agreed with the
        customer, or leave the orders of the trip for the next plan."""
        self.check_access("write")
        for plan, lines in self.grouped("plan_id").items():
            plan._lock_in_states("planned")
            lines.invalidate_recordset(["state"])
            for line in lines.filtered(lambda line: line.state == "open"):
                if line.kind == "wait":
                    line.proposal_id.action_reject()
                elif line.kind == "return":
                    line._take_return_cargo()
                else:
                    line._move_window()
                line.state = "done"
                plan.message_post(
                    body=self.env._("Applied: %(text)s", text=line.explanation)
                )
        return True

    def _take_return_cargo(self):
        """Put the order on the trip, whose vehicle waits for it."""
        plan = self.plan_id
        plan.picking_ids |= self.picking_id
        plan._move_or_refuse(self.picking_id, self.proposal_id.vehicle_id.id)

    def _move_window(self):
        order = self.picking_id
        if order.batch_id or order.state in ("done", "cancel"):
            raise UserError(
                self.env._(
                    "Order %(order)s is on a trip, done or cancelled: its window "
                    "stays.",
                    order=order.name,
                )
            )
        first, last = {
            "pickup": ("vas_pickup_from", "vas_pickup_to"),
            "deliver": ("vas_deliver_from", "vas_deliver_to"),
        }[self.end]
        values = {}
        if order[first] and self.date < order[first]:
            values[first] = self.date
        if order[last] and self.date > order[last]:
            values[last] = self.date
        order.write(values)
