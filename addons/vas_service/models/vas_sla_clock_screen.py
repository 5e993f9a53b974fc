from odoo import models


class VasSlaClock(models.Model):
    """What the screens show of a clock: the reason of a pause."""

    _inherit = "vas.sla.clock"

    def _move(self, operation, at, reasons=None, moments=None):
        """A pause by hand says why: the reason of the person joins the stage's."""
        said = self.env.context.get("vas_pause_reason")
        if operation == "pause" and said:
            reasons = {
                clock: ": ".join(filter(None, ((reasons or {}).get(clock), str(said))))
                for clock in self
            }
        return super()._move(operation, at, reasons, moments)

    def _is_customers(self):
        """Whether the promise is one to the customer, not an internal target."""
        self.ensure_one()
        return self.active and self.audience == "customer"
