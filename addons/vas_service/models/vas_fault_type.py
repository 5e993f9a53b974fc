from odoo import api, fields, models


class VasFaultType(models.Model):
    """What is broken, as a tree: hardware / cash module / does not dispense."""

    _name = "vas.fault.type"
    _description = "Fault Type"
    _parent_store = True
    _order = "parent_path, sequence, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name"]  # noqa: RUF012
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        string="Fault type", compute="_compute_complete_name", recursive=True
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: offered in every company.",
    )
    parent_id = fields.Many2one(
        "vas.fault.type",
        string="Under",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("vas.fault.type", "parent_id", string="Types below")
    device_type_ids = fields.Many2many(
        "vas.device.type",
        string="Of devices",
        check_company=True,
        help="Offered for these devices only. Empty: for all.",
    )
    is_public = fields.Boolean(
        string="In the portal",
        default=True,
        help="Banks and providers choose it when they report a fault.",
    )
    ticket_count = fields.Integer(string="Tickets", compute="_compute_ticket_count")

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for fault in self:
            parent = fault.parent_id.complete_name
            fault.complete_name = f"{parent} / {fault.name}" if parent else fault.name

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("vas_fault_type_id", "in", self.ids)],
                ["vas_fault_type_id"],
                ["__count"],
            )
        )
        for fault in self:
            fault.ticket_count = counts.get(fault, 0)

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_faults"
        )
        return dict(
            action,
            domain=[("vas_fault_type_id", "child_of", self.id)],
            context={"default_vas_fault_type_id": self.id},
            display_name=self.complete_name,
        )
