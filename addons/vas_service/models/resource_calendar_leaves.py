from odoo import api, models


class ResourceCalendarLeaves(models.Model):
    _inherit = "resource.calendar.leaves"

    def _vas_is_public(self):
        """Public leaves close a calendar; those of one person do not."""
        return any(not leave.resource_id for leave in self)

    @api.model_create_multi
    def create(self, vals_list):
        leaves = super().create(vals_list)
        if leaves._vas_is_public():
            self.env["resource.calendar"]._vas_forget_odometer()
        return leaves

    def write(self, vals):
        public = self._vas_is_public()
        result = super().write(vals)
        if public or self._vas_is_public():
            self.env["resource.calendar"]._vas_forget_odometer()
        return result

    def unlink(self):
        public = self._vas_is_public()
        result = super().unlink()
        if public:
            self.env["resource.calendar"]._vas_forget_odometer()
        return result
