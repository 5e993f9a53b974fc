import hashlib
import json

from odoo import api, fields, models, tools
from odoo.exceptions import UserError

from ..tools.odometer import CalendarSpec, Odometer


class VasCalendarVersion(models.Model):
    """Working hours as they were when promises were counted in them.

    Clocks go on counting in the version they were promised in, until somebody applies
    the present hours to them. Versions are added and never changed.
    """

    _name = "vas.calendar.version"
    _description = "Version of Working Hours"
    _order = "calendar_id, number desc"

    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        required=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="calendar_id.company_id", store=True)
    number = fields.Integer(string="Version", required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    spec = fields.Json(string="Rules", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="By", readonly=True)
    is_current = fields.Boolean(string="Present rules", compute="_compute_is_current")
    summary = fields.Char(compute="_compute_summary")

    _number_uniq = models.UniqueIndex(
        "(calendar_id, number)", "Versions of working hours are counted once."
    )

    @api.depends("calendar_id", "number")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(calendar)s, version %(number)s",
                calendar=version.calendar_id.name,
                number=version.number,
            )

    def _compute_is_current(self):
        for version in self:
            digest = version.calendar_id._vas_counting()[1]
            version.is_current = version.digest == digest

    def _compute_summary(self):
        for version in self:
            spec = version.spec or {}
            hours = sum(
                end - start
                for week in spec.get("weeks", [])
                for day in week
                for start, end in day
            ) / (3600 * max(len(spec.get("weeks", [])), 1))
            version.summary = self.env._(
                "%(hours)s h a week, %(days)s special days, %(leaves)s closed "
                "periods, %(zone)s",
                hours=f"{hours:g}",
                days=len(set(spec.get("days", {})) | set(spec.get("breaks", {}))),
                leaves=len(spec.get("closed", [])),
                zone=spec.get("zone", ""),
            )

    @api.model
    def _digest(self, spec):
        """Return (plain data, digest) of the rules of working hours."""
        data = spec.as_data()
        text = json.dumps(data, sort_keys=True, separators=(",", ":"))
        return data, hashlib.sha256(text.encode()).hexdigest()

    @api.model
    def _get_current(self, calendars):
        """Return {calendar: version of its present rules}; made when first needed."""
        # Whoever causes a promise causes its proof.
        versions_sudo = self.sudo()
        last = {
            version.calendar_id: version
            for version in versions_sudo.search(
                [("calendar_id", "in", calendars.ids)], order="number"
            )
        }
        vals_list = []
        for calendar in calendars:
            digest = calendar._vas_counting()[1]
            version = last.get(calendar, versions_sudo)
            if version.digest != digest:
                vals_list.append(
                    {
                        "calendar_id": calendar.id,
                        "number": version.number + 1,
                        "digest": digest,
                        "spec": calendar._vas_calendar_spec().as_data(),
                        "user_id": self.env.uid,
                    }
                )
        for version in versions_sudo.create(vals_list):
            last[version.calendar_id] = version
        return {calendar: last[calendar] for calendar in calendars}

    @tools.ormcache("self.id")
    def _get_past_odometer(self):
        """Return the odometer of this version; its rules never change."""
        return Odometer(
            CalendarSpec.from_data(self.spec), self.calendar_id._vas_horizon_years()
        )

    def _get_odometer(self):
        """Return what counts in this version."""
        self.ensure_one()
        odometer, digest = self.calendar_id._vas_counting()
        return odometer if digest == self.digest else self._get_past_odometer()

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("A version of working hours is a proof, it never changes.")
            )
        return super().write(vals)
