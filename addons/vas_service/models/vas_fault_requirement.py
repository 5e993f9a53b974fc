from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class VasFaultRequirement(models.Model):
    """What must be known of a fault before its ticket is closed (TKT-05)."""

    _name = "vas.fault.requirement"
    _description = "Fault Data Required"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: asked in every company.",
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        string="Teams",
        check_company=True,
        help="Empty: of all teams.",
    )
    stage_ids = fields.Many2many(
        "helpdesk.ticket.stage",
        string="When entering",
        check_company=True,
        help="Empty: every stage that closes a ticket with a result.",
    )
    device_type_ids = fields.Many2many(
        "vas.device.type",
        string="For devices",
        check_company=True,
        help="Empty: for all devices.",
    )
    only_with_device = fields.Boolean(
        string="Only tickets with a device",
        default=True,
        help="Tickets that are about no device are closed without.",
    )
    need_device = fields.Boolean(string="Ask for the device")
    need_fault_type = fields.Boolean(string="Ask for the fault type", default=True)
    need_fault_reason = fields.Boolean(string="Ask for the fault reason")
    need_resolution = fields.Boolean(string="Ask what was done", default=True)

    @api.constrains(
        "need_device", "need_fault_type", "need_fault_reason", "need_resolution"
    )
    def _check_asks(self):
        for rule in self:
            if not rule._get_fields():
                raise ValidationError(
                    self.env._(
                        "%(rule)s asks for nothing. Tick one of its questions.",
                        rule=rule.name,
                    )
                )

    def _get_fields(self):
        """Return the names of the ticket's fields that must be filled."""
        self.ensure_one()
        asked = {
            "vas_equipment_id": self.need_device,
            "vas_fault_type_id": self.need_fault_type,
            "vas_fault_reason_id": self.need_fault_reason,
            "vas_resolution": self.need_resolution,
        }
        return [name for name, needed in asked.items() if needed]

    def _fits(self, ticket):
        self.ensure_one()
        device, stage = ticket.vas_equipment_id, ticket.stage_id
        entered = (
            stage in self.stage_ids
            if self.stage_ids
            else stage.closed and not stage.vas_withdraws
        )
        return (
            entered
            and self.company_id in (ticket.company_id, self.company_id.browse())
            and (not self.team_ids or ticket.team_id in self.team_ids)
            and (device or not self.only_with_device)
            and (not self.device_type_ids or device.vas_type_id in self.device_type_ids)
        )

    @api.model
    def _check_tickets(self, tickets):
        """Refuse tickets that lack what a rule asks for."""
        # The rules hold for whoever closes a ticket.
        rules_sudo = self.sudo().search([("active", "=", True)])
        # As above.
        for ticket_sudo in tickets.sudo() if rules_sudo else ():
            for rule_sudo in rules_sudo:
                if not rule_sudo._fits(ticket_sudo):
                    continue
                missing = [
                    ticket_sudo._fields[name]._description_string(self.env)
                    for name in rule_sudo._get_fields()
                    if not ticket_sudo[name]
                ]
                if missing:
                    raise UserError(
                        self.env._(
                            "Ticket %(ticket)s cannot go to “%(stage)s” yet. Please "
                            "fill in: %(fields)s. (Rule “%(rule)s”)",
                            ticket=ticket_sudo.display_name,
                            stage=ticket_sudo.stage_id.name,
                            fields=", ".join(missing),
                            rule=rule_sudo.name,
                        )
                    )
