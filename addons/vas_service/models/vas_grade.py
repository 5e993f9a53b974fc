from odoo import fields, models


class VasGrade(models.Model):
    """A customer grade such as A, B or C. Which points lead to it is the scorecard's
    business, what it brings the customer is the treatment table's."""

    _name = "vas.grade"
    _description = "Customer Grade"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True, help="The grade in words.")
    code = fields.Char(required=True, help="The letter shown on the customer.")
    sequence = fields.Integer(default=10, help="The best grade comes first.")
    color = fields.Integer(string="Colour")
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True)
    treatment_ids = fields.One2many("vas.treatment", "grade_id", string="Treatments")

    _code_uniq = models.UniqueIndex(
        "(code) WHERE active IS TRUE", "Two grades cannot have the same code."
    )

    def _compute_display_name(self):
        for grade in self:
            grade.display_name = (
                f"{grade.code} {grade.name}" if grade.name else grade.code
            )

    def _get_rank(self):
        """Return {grade id: 1 for the best grade, 2 for the next…} of all grades."""
        grades = self.search([("active", "in", (True, False))], order="sequence, id")
        return {grade.id: rank for rank, grade in enumerate(grades, start=1)}
