from odoo import api, fields, models


class VasObservationImportProblem(models.Model):
    """A place in a file that could not be taken in, and what was expected there."""

    _name = "vas.observation.import.problem"
    _description = "Problem in an imported file"
    _order = "row_number, id"

    log_id = fields.Many2one(
        comodel_name="vas.observation.import.log",
        required=True,
        ondelete="cascade",
        index=True,
    )
    company_id = fields.Many2one(related="log_id.company_id", store=True)
    row_number = fields.Integer(
        string="Row", help="As a spreadsheet counts: the headings are row 1."
    )
    column = fields.Char()
    value = fields.Char(string="Found")
    expected = fields.Char()
    cells = fields.Json()
    corrected = fields.Char(
        help="The value that the cell should have had. “Import corrected rows” takes"
        " the whole row in with it."
    )
    is_corrected = fields.Boolean(compute="_compute_is_corrected", store=True)

    @api.depends("corrected")
    def _compute_is_corrected(self):
        for problem in self:
            problem.is_corrected = bool(problem.corrected)

    def _get_sentence(self):
        """Return the problem for the file that is handed out."""
        self.ensure_one()
        if not self.column:
            return self.expected
        return self.env._(
            "%(column)s: %(expected)s", column=self.column, expected=self.expected
        )
