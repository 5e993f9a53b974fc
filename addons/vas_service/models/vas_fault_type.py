from odoo import fields, models


class VasFaultType(models.Model):
    """What is broken, as a tree: hardware / cash module / does not dispense."""

    _name = "vas.fault.type"
    _description = "Fault Type"
    _inherit = "vas.fault.tree.mixin"
    _parent_store = True
    _ticket_field = "vas_fault_type_id"

    complete_name = fields.Char(string="Fault type")
    parent_id = fields.Many2one(
        "vas.fault.type",
        string="Under",
        index=True,
        ondelete="restrict",
        check_company=True,
    )
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
