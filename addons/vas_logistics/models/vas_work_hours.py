from odoo import fields, models


class VasWorkHours(models.Model):
    """How long one member took part in a team's work; shares the pay (R5)."""

    _name = "vas.work.hours"
    _description = "Hours of a Team Member"
    _order = "record_id, id"
    _check_company_auto = True

    record_id = fields.Many2one(
        comodel_name="vas.work.record", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="record_id.company_id", store=True, index=True)
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Worker",
        required=True,
        ondelete="restrict",
        check_company=True,
    )
    hours = fields.Float(required=True)

    _once = models.UniqueIndex(
        "(record_id, employee_id)", "The hours of this worker are already entered."
    )
    _hours_positive = models.Constraint(
        "CHECK(hours >= 0)", "Working time must not be negative."
    )
