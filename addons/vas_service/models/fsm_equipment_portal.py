from odoo import models


class FsmEquipment(models.Model):
    """What banks and service companies do with a device in the portal."""

    _name = "fsm.equipment"
    _inherit = ["fsm.equipment"]

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

    def _vas_notify_provider(self):
        """Tell the service company that there is something to do (TKT-02)."""
        for ticket in self.filtered("vas_provider_id"):
            # Whoever reports need not read who works for the service company.
            provider_sudo = ticket.vas_provider_id.sudo()
            people_sudo = provider_sudo.search(
                [
                    ("id", "child_of", provider_sudo.id),
                    ("user_ids.active", "=", True),
                ]
            )
            told = (people_sudo or provider_sudo).filtered("email")
            if not told:
                continue
            words = ticket.with_context(lang=provider_sudo.lang or self.env.lang)
            device = ticket.vas_equipment_id
            ticket.message_notify(
                partner_ids=told.ids,
                subject=words.env._(
                    "New task %(number)s: %(name)s",
                    number=ticket.number,
                    name=ticket.name,
                ),
                body=words.env._(
                    "%(bank)s reported a fault of the device %(device)s. Please say in "
                    "the portal who of you does it.",
                    bank=ticket.vas_device_owner_id.name or ticket.partner_id.name,
                    device=device.name or "-",
                ),
                email_layout_xmlid="mail.mail_notification_light",
                model_description=words.env._("Task"),
            )

    def _vas_close_by_provider(self, values):
        """Close as done, with what the service company found (TKT-02, TKT-03)."""
        self.ensure_one()
        self._lock_or_refuse()
        self.invalidate_recordset(["stage_id"])
        if not self.closed:
            self.write({**values, "stage_id": self._vas_solved_stage().id})
