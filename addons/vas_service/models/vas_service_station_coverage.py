from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class VasServiceStationCoverage(models.Model):
    """An area or a whole district that a station serves, from a day to a day."""

    _name = "vas.service.station.coverage"
    _description = "Coverage of a Service Station"
    _order = "station_id, date_from, id"

    station_id = fields.Many2one(
        "vas.service.station", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="station_id.company_id", store=True)
    territory_id = fields.Many2one("res.territory", string="Area", index=True)
    district_id = fields.Many2one(
        "res.district",
        string="Whole district",
        help="All areas of the district, those of the future too.",
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    date_to = fields.Date(
        string="Until", help="The last day. Empty: until further notice."
    )
    change_id = fields.Many2one(
        "vas.service.station.change",
        string="By request",
        readonly=True,
        ondelete="restrict",
        copy=False,
    )

    _one_check = models.Constraint(
        "CHECK ((territory_id IS NULL) <> (district_id IS NULL))",
        "A line of coverage names an area or a district, one of the two.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "Coverage ends on the day it begins or later.",
    )

    @api.depends("territory_id", "district_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = (line.territory_id or line.district_id).display_name

    @api.constrains("station_id", "territory_id", "district_id", "date_from", "date_to")
    def _check_overlap(self):
        others = self.search([("station_id", "in", self.station_id.ids)])
        by_place = others.grouped(
            lambda line: (line.station_id, line.territory_id, line.district_id)
        )
        for lines in by_place.values():
            lines = lines.sorted("date_from")
            for before, after in zip(lines, lines[1:], strict=False):
                if not before.date_to or before.date_to >= after.date_from:
                    raise ValidationError(
                        self.env._(
                            "%(station)s covers %(place)s twice from %(date)s on. End "
                            "the earlier line before that day.",
                            station=before.station_id.name,
                            place=before.display_name,
                            date=after.date_from,
                        )
                    )

    @api.model
    def _in_force(self, stations, day):
        """Return {station: its lines of coverage on *day*} in one query."""
        lines = self.search_fetch(
            Domain("station_id", "in", stations._origin.ids)
            & Domain("date_from", "<=", day)
            & (Domain("date_to", "=", False) | Domain("date_to", ">=", day)),
            ["station_id", "territory_id", "district_id"],
        )
        found = defaultdict(self.browse)
        found.update(lines.grouped("station_id"))
        return found
