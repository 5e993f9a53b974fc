from odoo import fields, models


class VasFaultReason(models.Model):
    """Why it broke, found out by who repaired it; a tree like the fault types."""

    _name = "vas.fault.reason"
    _description = "Fault Reason"
    _inherit = "vas.fault.tree.mixin"
    _parent_store = True
    _ticket_field = "vas_fault_reason_id"

    complete_name = fields.Char(string="Fault reason")
    parent_id = fields.Many2one(
        "vas.fault.reason",
        string="Under",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    child_ids = fields.One2many("vas.fault.reason", "parent_id", string="Reasons below")
    fault_type_ids = fields.Many2many(
        "vas.fault.type",
        string="Of faults",
        check_company=True,
        help="Offered for these faults and those below them. Empty: for all.",
    )
