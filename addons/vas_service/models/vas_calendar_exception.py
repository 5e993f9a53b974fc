from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasCalendarException(models.Model):
    """A date on which a calendar differs from its week: a make-up working day with
    opening hours of its own, or hours at which it is closed. Several lines of one date
    add up; closing wins over opening."""

    _name = "vas.calendar.exception"
    _description = "Calendar Exception"
    _order = "date, hour_from, id"

    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="calendar_id.company_id", store=True)
    date = fields.Date(required=True)
    name = fields.Char(string="Reason", required=True, translate=True)
    kind = fields.Selection(
        [
            ("open", "Open at these hours instead"),
            ("closed", "Closed at these hours"),
        ],
        string="Effect",
        required=True,
        default="open",
        help="Open: the usual hours of that date are replaced by these. "
        "Closed: the hours are taken out of whatever applies on that date.",
    )
    hour_from = fields.Float(string="From", required=True)
    hour_to = fields.Float(string="To", required=True, default=24.0)

    _hours_check = models.Constraint(
        "CHECK (hour_from >= 0 AND hour_to <= 24 AND hour_from < hour_to)",
        "The hours of a calendar exception run from 0:00 to 24:00 at most, "
        "and end after they begin.",
    )

    @api.constrains("calendar_id", "date", "kind", "hour_from", "hour_to")
    def _check_overlap(self):
        others = self.search(
            [
                ("calendar_id", "in", self.calendar_id.ids),
                ("date", "in", self.mapped("date")),
            ]
        )
        for (calendar, day, _kind), lines in others.grouped(
            lambda line: (line.calendar_id, line.date, line.kind)
        ).items():
            lines = lines.sorted("hour_from")
            for before, after in pairwise(lines):
                if after.hour_from < before.hour_to:
                    raise ValidationError(
                        self.env._(
                            "%(calendar)s, %(date)s: the exceptions “%(first)s” and "
                            "“%(second)s” overlap. Give them hours that follow "
                            "each other.",
                            calendar=calendar.name,
                            date=day,
                            first=before.name,
                            second=after.name,
                        )
                    )

    @api.model_create_multi
    def create(self, vals_list):
        exceptions = super().create(vals_list)
        exceptions.calendar_id._vas_forget_odometer()
        return exceptions

    def write(self, vals):
        result = super().write(vals)
        self.env["resource.calendar"]._vas_forget_odometer()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["resource.calendar"]._vas_forget_odometer()
        return result
