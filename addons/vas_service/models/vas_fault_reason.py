from odoo import api, fields, models


class VasFaultReason(models.Model):
    """Why it broke, found out by who repaired it; a tree like the fault types."""

    _name = "vas.fault.reason"
    _description = "Fault Reason"
    _parent_store = True
    _order = "parent_path, sequence, id"
    _rec_name = "complete_name"
    _rec_names_search = ["name"]  # noqa: RUF012
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    complete_name = fields.Char(
        string="Fault reason", compute="_compute_complete_name", recursive=True
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
        "vas.fault.reason",
        string="Under",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("vas.fault.reason", "parent_id", string="Reasons below")
    fault_type_ids = fields.Many2many(
        "vas.fault.type",
        string="Of faults",
        check_company=True,
        help="Offered for these faults and those below them. Empty: for all.",
    )
    ticket_count = fields.Integer(string="Tickets", compute="_compute_ticket_count")

    @api.depends("name", "parent_id.complete_name")
    @api.depends_context("lang")
    def _compute_complete_name(self):
        for reason in self:
            parent = reason.parent_id.complete_name
            reason.complete_name = (
                f"{parent} / {reason.name}" if parent else reason.name
            )

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("vas_fault_reason_id", "in", self.ids)],
                ["vas_fault_reason_id"],
                ["__count"],
            )
        )
        for reason in self:
            reason.ticket_count = counts.get(reason, 0)

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_faults"
        )
        return dict(
            action,
            domain=[("vas_fault_reason_id", "child_of", self.id)],
            context={"default_vas_fault_reason_id": self.id},
            display_name=self.complete_name,
        )
