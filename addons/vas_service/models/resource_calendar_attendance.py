from odoo import api, models


class ResourceCalendarAttendance(models.Model):
    _inherit = "resource.calendar.attendance"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.calendar_id._vas_forget_odometer()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env["resource.calendar"]._vas_forget_odometer()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["resource.calendar"]._vas_forget_odometer()
        return result
