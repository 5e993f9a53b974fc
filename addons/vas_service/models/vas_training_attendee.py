from odoo import fields, models


class VasTrainingAttendee(models.Model):
    """One person in one training session."""

    _name = "vas.training.attendee"
    _description = "Training Attendee"
    _order = "training_id, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    training_id = fields.Many2one(
        "vas.training", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="training_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Attendee", required=True, index=True, check_company=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    topic_id = fields.Many2one(related="training_id.topic_id", store=True)
    start = fields.Datetime(related="training_id.start", store=True)
    training_state = fields.Selection(
        related="training_id.state", string="State of the session"
    )
    state = fields.Selection(
        [
            ("invited", "Invited"),
            ("accepted", "Accepted"),
            ("declined", "Declined"),
            ("present", "Took part"),
            ("absent", "Absent"),
        ],
        string="Attendance",
        default="invited",
        required=True,
    )
    note = fields.Char(string="Remark")

    _person_uniq = models.Constraint(
        "unique (training_id, partner_id)",
        "A person takes part in a training session once.",
    )
