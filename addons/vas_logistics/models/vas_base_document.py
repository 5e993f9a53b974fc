from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasBaseDocument(models.Model):
    """A document that a base step leaves behind, and what proves it (DOC-09)."""

    _name = "vas.base.document"
    _description = "Document of a Base Step"
    _order = "step_id, sequence, id"

    step_id = fields.Many2one(
        comodel_name="vas.base.step", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="step_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    name = fields.Char(string="Document", required=True, translate=True)
    kind = fields.Selection(
        selection=[
            ("notice", "Signed production notice"),
            ("material", "Material need report"),
            ("slip", "Completed slip"),
            ("equipment", "Equipment overhauled"),
            ("made", "Production done"),
            ("cost", "Cost calculated"),
            ("gate", "Gate release"),
        ],
        string="Proved By",
        required=True,
        default="slip",
    )
    slip_type_ids = fields.Many2many(
        comodel_name="vas.slip.type",
        relation="vas_base_document_slip_rel",
        column1="document_id",
        column2="slip_type_id",
        string="Slips",
        help="Transfers of the notice that carry one of these slips.",
    )

    @api.constrains("kind", "slip_type_ids")
    def _check_slips(self):
        for document in self:
            if document.kind in ("slip", "gate") and not document.slip_type_ids:
                raise ValidationError(
                    self.env._(
                        "%(document)s: choose the slips that prove this document.",
                        document=document.name,
                    )
                )
