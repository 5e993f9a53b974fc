from odoo import fields, models


class VasWarrantyNotice(models.Model):
    """That a rule reminded of the end of a warranty; never twice of the same date."""

    _name = "vas.warranty.notice"
    _description = "Warranty Reminder Sent"
    _order = "id desc"

    rule_id = fields.Many2one("vas.warranty.rule", required=True, ondelete="cascade")
    equipment_id = fields.Many2one(
        "fsm.equipment", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="equipment_id.company_id", store=True)
    warranty_until = fields.Date(required=True)

    _once = models.UniqueIndex(
        "(rule_id, equipment_id, warranty_until)",
        "This reminder was planned already.",
    )
