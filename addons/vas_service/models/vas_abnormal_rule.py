from odoo import fields, models


class VasAbnormalRule(models.Model):
    """From when on the service of a device is abnormal (RPT-06, AMB-25, AMB-27)."""

    _name = "vas.abnormal.rule"
    _description = "Abnormal Service Rule"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="The first rule that fits a device holds for it."
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Empty: every company.",
    )
    type_id = fields.Many2one(
        "vas.device.type", help="Empty: every type.", check_company=True
    )
    brand_id = fields.Many2one(
        "vas.device.brand", help="Empty: every brand.", check_company=True
    )
    model_id = fields.Many2one(
        "vas.device.model", help="Empty: every model.", check_company=True
    )
    repeat_count = fields.Integer(
        string="Repeated from (faults)",
        help="A device with at least so many faults in the period; 0: not looked at.",
    )
    window = fields.Selection(
        [("rolling", "Any days in a row"), ("calendar", "The calendar month")],
        string="Counted in",
        required=True,
        default="rolling",
    )
    window_days = fields.Integer(string="Days in a row", default=30)
    fault_over = fields.Float(
        string="Fault longer than (h)",
        help="Exactly so long is not abnormal; 0: not looked at.",
    )
    repair_over = fields.Float(
        string="Repair longer than (h)",
        help="All visits of a fault together; exactly so long is not abnormal; 0: not "
        "looked at.",
    )

    _repeat_check = models.Constraint(
        "CHECK (repeat_count = 0 OR repeat_count >= 2)",
        "Repeated means at least twice; 0 means that repeats are not looked at.",
    )
    _window_check = models.Constraint(
        "CHECK (window_days >= 1)", "The period has at least one day."
    )
    _hours_check = models.Constraint(
        "CHECK (fault_over >= 0 AND repair_over >= 0)",
        "Hours are not negative; 0 means that they are not looked at.",
    )
