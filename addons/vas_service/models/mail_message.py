from odoo import api, models


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        if any(vals.get("model") == "helpdesk.ticket" for vals in vals_list):
            self.env["helpdesk.ticket"]._vas_first_response(messages)
        return messages
