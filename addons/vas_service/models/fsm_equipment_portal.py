from odoo import fields, models


class FsmEquipment(models.Model):
    """What banks and service companies do with a device in the portal."""

    _name = "fsm.equipment"
    _inherit = ["fsm.equipment"]

    # Conditions on these would find devices by the notes customers may not read.
    message_ids = fields.One2many(groups="base.group_user")
    website_message_ids = fields.One2many(groups="base.group_user")

    def _vas_get_label_url(self):
        """Return what the code on the label opens."""
        self.ensure_one()
        return f"{self.get_base_url()}/my/device/{self.id}"

    def _vas_is_provider(self, partner):
        """Whether *partner* or a company below it serves this device."""
        self.ensure_one()
        served_by = self.vas_provider_id
        while served_by and served_by != partner:
            served_by = served_by.parent_id
        return bool(served_by)

    def _vas_get_fault_types(self):
        """Return the faults one may choose in the portal."""
        self.ensure_one()
        # Names of faults are for whoever reports one.
        faults_sudo = self.env["vas.fault.type"].sudo()
        return faults_sudo.search(
            [
                ("is_public", "=", True),
                ("company_id", "in", (False, self.company_id.id)),
                "|",
                ("device_type_ids", "=", False),
                ("device_type_ids", "in", self.vas_type_id.ids),
            ]
        )

    def _vas_prepare_fault(self, fault, text, **values):
        """Return the values of a ticket that reports a fault of this device."""
        self.ensure_one()
        return {
            "name": self.env._(
                "%(device)s: %(fault)s",
                device=self.name,
                fault=fault.complete_name or self.env._("Fault"),
            ),
            "description": text,
            "company_id": self.company_id.id,
            "vas_equipment_id": self.id,
            "vas_fault_type_id": fault.id,
            "channel_id": self.env.ref("helpdesk_mgmt.helpdesk_ticket_channel_web").id,
            "user_id": False,
            **values,
        }


class HelpdeskTicket(models.Model):
    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    def _vas_is_customer(self, commercial_partner):
        """The bank of the device is a customer as well, whoever reported the fault."""
        if super()._vas_is_customer(commercial_partner):
            return True
        owner = self.vas_device_owner_id
        while owner and owner != commercial_partner:
            owner = owner.parent_id
        return bool(owner)

    def _vas_close_by_provider(self, values):
        """Close as done, with what the service company found (TKT-02, TKT-03)."""
        self.ensure_one()
        self._lock_or_refuse()
        self.invalidate_recordset(["stage_id"])
        if not self.closed:
            self.write({**values, "stage_id": self._vas_solved_stage().id})
