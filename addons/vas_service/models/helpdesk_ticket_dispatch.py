from odoo import models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """A ticket sends somebody: a work order is made and its candidates are shown."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    def _vas_prepare_order(self):
        """Return the values of the work order of a ticket; a hook."""
        self.ensure_one()
        # Where the site is, is needed by dispatchers; the ticket knows it.
        location = self.fsm_location_id or self.sudo().vas_equipment_id.location_id
        if not location:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s has no site. Fill in “FSM Location”, or a "
                    "device that has one.",
                    ticket=self.display_name,
                )
            )
        return {
            "ticket_id": self.id,
            "location_id": location.id,
            "priority": self.priority,
            "description": self.description,
            "company_id": self.company_id.id or self.env.company.id,
            "equipment_ids": self.vas_equipment_id.ids,
        }

    def action_vas_dispatch(self):
        """Make a work order, or take the one that waits, and show who could do it."""
        self.ensure_one()
        self.env["fsm.order"]._vas_check_dispatcher()
        self._lock_or_refuse()
        orders = self.fsm_order_ids
        waiting = orders.filtered_domain(orders._vas_waiting_domain())[:1]
        if not waiting:
            waiting = orders.create(self._vas_prepare_order())
        return waiting.action_vas_suggest()
