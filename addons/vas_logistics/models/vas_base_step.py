from odoo import fields, models


class VasBaseStep(models.Model):
    """One of the base steps from planning to dispatch, and who does it (DOC-09)."""

    _name = "vas.base.step"
    _description = "Base Step"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: steps of every company."
    )
    responsible = fields.Char(
        string="Done By", translate=True, help="The department that does this step."
    )
    document_ids = fields.One2many(
        comodel_name="vas.base.document", inverse_name="step_id", string="Documents"
    )
