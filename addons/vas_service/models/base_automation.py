from odoo import models


class BaseAutomation(models.Model):
    """Automation rules and service promises both put a layer around models.

    Rules take every layer off and put theirs on again when they change; this keeps
    ours with them.
    """

    _inherit = "base.automation"

    def _register_hook(self):
        super()._register_hook()
        self.env["vas.sla.engine"]._watch()
