from odoo import api, fields, models


class FsmEquipment(models.Model):
    """Owner, site and service company change; what was before is kept."""

    _name = "fsm.equipment"
    _inherit = ["fsm.equipment"]

    vas_history_ids = fields.One2many(
        "vas.device.history",
        "equipment_id",
        string="History",
        groups="base.group_user",
    )

    @api.model
    def _vas_get_history_fields(self):
        """Return field of the device → field of its history."""
        return {
            "vas_owner_id": "owner_id",
            "vas_provider_id": "provider_id",
            "location_id": "location_id",
        }

    @api.model
    def _vas_name_at_source(self, vals):
        """Return *vals* with the fields that are field service's under its names.

        Related fields would write each device for itself.
        """
        for name in ("vas_owner_id", "vas_provider_id", "vas_area_id"):
            if name in vals:
                source = self._fields[name].related
                vals = {key: value for key, value in vals.items() if key != name} | {
                    source: vals[name]
                }
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._vas_name_at_source(vals) for vals in vals_list]
        if any("stage_id" not in vals for vals in vals_list):
            # Field service asks for the first stage once for each device.
            first = self.default_get(["stage_id"])
            vals_list = [{**first, **vals} for vals in vals_list]
        devices = super().create(vals_list)
        devices._vas_open_history(fields.Datetime.now())
        return devices

    def write(self, vals):
        vals = self._vas_name_at_source(vals)
        result = super().write(vals)
        if not {"owned_by_id", "managed_by_id", "location_id"}.isdisjoint(vals):
            self._vas_follow_history()
        return result

    def _vas_follow_history(self):
        """End the present line of what has changed, and begin the next one."""
        # The history writes itself, whoever changes a device.
        present_sudo = self.env["vas.device.history"].sudo()
        present_sudo = present_sudo.search(
            [("equipment_id", "in", self.ids), ("date_to", "=", False)]
        )
        kept = self._vas_get_history_fields()
        past_sudo = present_sudo.filtered(
            lambda line: any(
                line[kept[name]] != line.equipment_id[name] for name in kept
            )
        )
        now = fields.Datetime.now()
        past_sudo.write({"date_to": now})
        past_sudo.flush_recordset()
        past_sudo.equipment_id._vas_open_history(now)

    def _vas_open_history(self, now):
        kept = self._vas_get_history_fields()
        # The history writes itself, whoever changes a device.
        self.env["vas.device.history"].sudo().create(
            [
                {
                    "equipment_id": device.id,
                    "date_from": now,
                    "user_id": self.env.uid,
                    **{kept[name]: device[name].id for name in kept},
                }
                for device in self
            ]
        )
