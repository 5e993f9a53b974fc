from datetime import timezone

from odoo import api, fields, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.odometer import CalendarSpec, NoWorkingTimeError, Odometer

UTC = timezone.utc
DAY_SECONDS = 86_400
HORIZON_PARAMETER = "vas_service.sla_horizon_years"


def _seconds(hours):
    """Hours of a day as whole seconds."""
    return min(round(hours * 3600), DAY_SECONDS)


class ResourceCalendar(models.Model):
    """Gives every working-hours record an odometer (see ``tools/odometer.py``)."""

    _inherit = "resource.calendar"

    vas_exception_ids = fields.One2many(
        "vas.calendar.exception", "calendar_id", string="Special days", copy=True
    )

    @tools.ormcache("self.id")
    def _vas_odometer(self):
        """Return the odometer of this calendar, built once until a rule changes.

        Everybody who may see a promise needs its calendar, portal users too.
        """
        self.ensure_one()
        # The hours of a calendar are no secret, its record rules are not ours to ask.
        calendar_sudo = self.sudo()
        horizon = self.env["ir.config_parameter"].sudo().get_param(HORIZON_PARAMETER)
        odometer = Odometer(
            calendar_sudo._vas_calendar_spec(),
            int(horizon) if (horizon or "").isdigit() else 100,
        )
        return odometer

    @api.model
    def _vas_forget_odometer(self):
        """Forget every odometer, in all processes."""
        self.env.registry.clear_cache()

    def _vas_calendar_spec(self):
        """Read the rules of this calendar: hours, alternating weeks, special days,
        and public leaves."""
        self.ensure_one()
        weeks = [[[] for _day in range(7)] for _week in range(2)]
        for line in self.attendance_ids:
            if not line._is_work_period():
                continue
            indexes = (int(line.week_type),) if self.two_weeks_calendar else (0, 1)
            for index in indexes:
                weeks[index][int(line.dayofweek)].append(
                    (_seconds(line.hour_from), _seconds(line.hour_to))
                )
        if not self.two_weeks_calendar:
            weeks = weeks[:1]
        opened, closed = {}, {}
        for line in self.vas_exception_ids:
            hours = (_seconds(line.hour_from), _seconds(line.hour_to))
            days = opened if line.kind == "open" else closed
            days.setdefault(line.date, []).append(hours)
        return CalendarSpec(
            self.tz or "UTC", weeks, opened, closed, self._vas_public_leaves()
        )

    def _vas_public_leaves_domain(self):
        """Leaves that close this calendar for everybody; a hook."""
        domain = Domain("calendar_id", "=", self.id)
        if self.company_id:
            domain |= Domain("calendar_id", "=", False) & Domain(
                "company_id", "=", self.company_id.id
            )
        return (
            domain
            & Domain("resource_id", "=", False)
            & Domain("time_type", "=", "leave")
        )

    def _vas_public_leaves(self):
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            self._vas_public_leaves_domain(), ["date_from", "date_to"]
        )
        periods = []
        for leave in leaves:
            date_to = leave.date_to
            # A leave “to the end of the day” is stored as 23:59:59.
            if date_to.second == 59:
                date_to = fields.Datetime.add(date_to, seconds=1)
            periods.append(
                (leave.date_from.replace(tzinfo=UTC), date_to.replace(tzinfo=UTC))
            )
        return periods

    def _vas_deadline(self, start, amount, mode="business_time", pauses=()):
        """Return the instant at which *amount* is consumed, as ``Odometer.target``.

        :param start: naive UTC datetime, as Odoo stores it
        :param pauses: pairs of naive UTC datetimes
        :raises UserError: when the calendar has too little working time
        """
        self.ensure_one()
        pauses = [(a.replace(tzinfo=UTC), b.replace(tzinfo=UTC)) for a, b in pauses]
        try:
            deadline = self._vas_odometer().target(
                start.replace(tzinfo=UTC), amount, mode, pauses
            )
        except NoWorkingTimeError as error:
            raise self._vas_no_working_time() from error
        return deadline.replace(tzinfo=None)

    def _vas_no_working_time(self):
        """Return the error that says what is wrong with these working hours."""
        # The message names the working hours even to who may not open them.
        return UserError(
            self.env._(
                "The working hours “%(calendar)s” have too little open time to keep "
                "this promise: a deadline cannot be found. Expected: opening hours "
                "in Settings › Working hours, or a shorter promise.",
                calendar=self.sudo().name,
            )
        )

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {
            "tz",
            "attendance_ids",
            "attendance_ids_1st_week",
            "attendance_ids_2nd_week",
            "two_weeks_calendar",
            "company_id",
            "leave_ids",
            "global_leave_ids",
        }:
            self._vas_forget_odometer()
        return result
