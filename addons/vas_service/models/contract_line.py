from odoo import models


class ContractLine(models.Model):
    _name = "contract.line"
    _inherit = "contract.line"

    def _vas_missing_parts(self):
        """Return the names of the parts this line does not say (CON-01)."""
        self.ensure_one()
        parts = [
            ((self.vas_content or "").strip(), self.env._("service content")),
            ((self.vas_standard or "").strip(), self.env._("service standard")),
            ((self.vas_time_limit or "").strip(), self.env._("service time limit")),
            (self.price_subtotal > 0 or self.vas_free, self.env._("service fee")),
        ]
        return [name for stated, name in parts if not stated]
