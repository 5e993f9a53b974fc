from odoo import api, fields, models


class FsmOrder(models.Model):
    """What the engineer finds on site: the fault, its reason, and what was done; the
    ticket learns it when the work is done (TKT-05)."""

    _name = "fsm.order"
    _inherit = ["fsm.order"]

    vas_fault_type_id = fields.Many2one(
        "vas.fault.type",
        string="Fault type",
        check_company=True,
        copy=False,
        ondelete="restrict",
    )
    vas_fault_reason_id = fields.Many2one(
        "vas.fault.reason",
        string="Fault reason",
        check_company=True,
        copy=False,
        ondelete="restrict",
    )
    vas_done = fields.Text(
        string="What was done", copy=False, help="Handed to the ticket when it is done."
    )

    def _vas_get_asked(self, step):
        asked = super()._vas_get_asked(step)
        if step.needs_resolution:
            asked.append("vas_done")
        if step.needs_fault:
            asked.append("vas_fault_type_id")
        return asked

    @api.model
    def _vas_ticket_values(self, order, ticket):
        """Return what a finished order tells its ticket; nothing is overwritten."""
        values = {
            "vas_fault_type_id": order.vas_fault_type_id.id,
            "vas_fault_reason_id": order.vas_fault_reason_id.id,
            "vas_resolution": order.vas_done,
        }
        found = {
            name: value for name, value in values.items() if value and not ticket[name]
        }
        repaired, reported = order.vas_repaired_at, ticket.vas_reported_at
        if not ticket.vas_repaired_at and (not reported or repaired >= reported):
            found["vas_repaired_at"] = repaired
        return found

    def _vas_enter(self, moments):
        result = super()._vas_enter(moments)
        if "vas_repaired_at" in moments:
            for order in self.filtered("vas_repaired_at"):
                # The engineer reports by working, without rights on tickets.
                ticket_sudo = order.sudo().ticket_id
                values = ticket_sudo and self._vas_ticket_values(order, ticket_sudo)
                if values:
                    ticket_sudo.write(values)
        return result
