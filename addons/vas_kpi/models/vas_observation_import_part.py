import base64

from odoo import api, fields, models

from ..tools import tabular


class VasObservationImportPart(models.Model):
    """Some rows of a large file, kept until a background job has taken them in.

    The file is read once and cut into parts; a job reads its own part only, and an
    import that was stopped goes on with the parts that are left.
    """

    _name = "vas.observation.import.part"
    _description = "Part of an imported file"
    _order = "first_row, id"

    log_id = fields.Many2one(
        comodel_name="vas.observation.import.log",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="log_id.company_id", store=True)
    first_row = fields.Integer()
    row_count = fields.Integer(string="Rows")
    is_done = fields.Boolean(string="Taken in")
    content = fields.Binary()

    @api.model
    def _create_part(self, log, first_row, rows):
        return self.create(
            {
                "log_id": log.id,
                "first_row": first_row,
                "row_count": len(rows),
                "content": base64.b64encode(tabular.pack_rows(rows)),
            }
        )

    def _get_rows(self):
        self.ensure_one()
        content = self.with_context(bin_size=False).content
        return tabular.unpack_rows(base64.b64decode(content))
