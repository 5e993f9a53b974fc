from odoo import models


class ResPartner(models.Model):
    """A new grade or class of a customer asks the policies of open tickets again."""

    _name = "res.partner"
    _inherit = "res.partner"

    def write(self, vals):
        result = super().write(vals)
        if not {"vas_grade_id", "vas_customer_class_id"}.isdisjoint(vals):
            self._vas_promise_again()
        return result

    def _vas_promise_again(self):
        """Let open tickets follow, if the setting says so.

        How consumed time counts is the rule of the policy that takes over.
        """
        # A setting, no secret.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        if parameters_sudo.get_param("vas_service.sla_grade_rule") != "open":
            return
        # Promises follow the customer, whoever grades may not see the tickets.
        tickets_sudo = self.env["helpdesk.ticket"].sudo()
        tickets_sudo.search(
            [
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("closed", "=", False),
            ]
        )._vas_sla_sync(rematch=True)
