from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class HelpdeskTicket(models.Model):
    """Device, fault and repair of a ticket (TKT-05)."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    vas_device_owner_id = fields.Many2one(
        "res.partner",
        string="Bank of the device",
        compute="_compute_vas_device_owner_id",
        store=True,
        precompute=True,
        compute_sudo=True,
        index="btree_not_null",
        help="Who owned the device when the ticket was opened; later owners do not see "
        "this ticket.",
    )
    vas_fault_type_id = fields.Many2one(
        "vas.fault.type",
        string="Fault type",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    vas_fault_reason_id = fields.Many2one(
        "vas.fault.reason",
        string="Fault reason",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    vas_reported_at = fields.Datetime(
        string="Reported at",
        default=lambda self: self._vas_now(),
        copy=False,
        index="btree_not_null",
        help="When the fault was reported; the fault lasts from here.",
    )
    vas_repaired_at = fields.Datetime(
        string="Repaired at",
        compute="_compute_vas_repaired_at",
        store=True,
        readonly=False,
        copy=False,
        help="When the device worked again: the end of the repair (T4), or when the "
        "ticket was closed, unless another time is known.",
    )
    vas_resolution = fields.Text(string="What was done", copy=False)
    vas_fault_hours = fields.Float(
        string="Fault lasted (hours)",
        compute="_compute_vas_fault_hours",
        store=True,
        aggregator="avg",
        help="Hours from the report to the repair, day and night.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("vas_equipment_id")
    def _compute_vas_device_owner_id(self):
        for ticket in self:
            ticket.vas_device_owner_id = ticket.vas_equipment_id.vas_owner_id

    @api.depends("closed_date", "fsm_order_ids.vas_repaired_at")
    def _compute_vas_repaired_at(self):
        """T4 of the last work order; without one, when the ticket was closed."""
        for ticket in self:
            closed, reported = ticket.closed_date, ticket.vas_reported_at
            repairs = [
                order.vas_repaired_at
                for order in ticket.fsm_order_ids
                if order.vas_repaired_at
            ]
            end = max(repairs, default=closed)
            if not closed:
                ticket.vas_repaired_at = False
            elif repairs or not ticket.vas_repaired_at:
                # What is closed with an earlier date was not repaired before.
                ticket.vas_repaired_at = max(end, reported or end)

    @api.depends("vas_reported_at", "vas_repaired_at")
    def _compute_vas_fault_hours(self):
        for ticket in self:
            start, end = ticket.vas_reported_at, ticket.vas_repaired_at
            seconds = (end - start).total_seconds() if start and end else 0
            ticket.vas_fault_hours = max(seconds, 0) / 3600

    @api.constrains("vas_reported_at", "vas_repaired_at")
    def _check_vas_repair(self):
        for ticket in self:
            start, end = ticket.vas_reported_at, ticket.vas_repaired_at
            # An import says afterwards when its incidents were reported.
            if start and end and end < start and not ticket._vas_is_replayed():
                raise ValidationError(
                    self.env._(
                        "Ticket %(ticket)s: “Repaired at” is before “Reported at”. "
                        "Expected a time after the report.",
                        ticket=ticket.display_name,
                    )
                )

    @api.constrains("stage_id")
    def _check_vas_fault_data(self):
        """Closing asks for what the rules say; an import of a log is not asked."""
        if not self._vas_is_replayed() and not self._vas_is_backdated():
            self.env["vas.fault.requirement"]._check_tickets(self)

    # ------------------------------------------------------------------
    # What the device says
    # ------------------------------------------------------------------

    @api.onchange("vas_equipment_id")
    def _onchange_vas_equipment_id(self):
        device = self.vas_equipment_id
        if device:
            self.update(device._vas_prepare_ticket(self.partner_id))

    @api.model_create_multi
    def create(self, vals_list):
        """A ticket about a device takes from it what is not said."""
        # Who opens a ticket need not have rights on the register.
        devices_sudo = self.env["fsm.equipment"].sudo()
        for vals in vals_list:
            if vals.get("vas_equipment_id"):
                device_sudo = devices_sudo.browse(vals["vas_equipment_id"])
                known = device_sudo._vas_prepare_ticket(
                    self.env["res.partner"].browse(vals.get("partner_id"))
                )
                for name, record in known.items():
                    if name not in vals:
                        vals[name] = record.id
        return super().create(vals_list)

    def _vas_backdate(self, moments):
        """What was opened in the past was reported then."""
        result = super()._vas_backdate(moments)
        if self:
            self.env.cr.execute(
                SQL(
                    "UPDATE helpdesk_ticket SET vas_reported_at = create_date, "
                    "vas_repaired_at = CASE WHEN closed_date IS NOT NULL "
                    "THEN GREATEST(closed_date, create_date) END, "
                    "vas_fault_hours = COALESCE(EXTRACT(EPOCH FROM "
                    "GREATEST(closed_date, create_date) - create_date) / 3600, 0) "
                    "WHERE id IN %s",
                    self._ids,
                )
            )
            self.invalidate_recordset(
                ["vas_reported_at", "vas_repaired_at", "vas_fault_hours"]
            )
        return result


class FsmEquipment(models.Model):
    _name = "fsm.equipment"
    _inherit = ["fsm.equipment"]

    def _vas_prepare_ticket(self, partner):
        """Return the records a ticket about this device takes from it.

        :param partner: the customer of the ticket so far, kept if there is one
        """
        self.ensure_one()
        values = {
            "vas_provider_id": self.vas_provider_id,
            "team_id": self.vas_type_id.team_id,
        }
        if not partner:
            values["partner_id"] = self.vas_owner_id
        return {name: record for name, record in values.items() if record}
