from odoo import api, fields, models
from odoo.fields import Domain


class VasServiceStationCapacity(models.Model):
    """What a station can take, from a day on; the latest line holds."""

    _name = "vas.service.station.capacity"
    _description = "Capacity of a Service Station"
    _order = "station_id, date_from desc, id"
    _rec_name = "station_id"

    station_id = fields.Many2one(
        "vas.service.station", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="station_id.company_id", store=True)
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    orders_per_day = fields.Integer(help="0: without limit.")
    open_limit = fields.Integer(string="Open orders at most", help="0: without limit.")
    change_id = fields.Many2one(
        "vas.service.station.change",
        string="By request",
        readonly=True,
        ondelete="restrict",
        copy=False,
    )

    _day_uniq = models.UniqueIndex(
        "(station_id, date_from)", "A station has one capacity from a day on."
    )
    _positive_check = models.Constraint(
        "CHECK (orders_per_day >= 0 AND open_limit >= 0)",
        "Capacity is not negative; 0 means without limit.",
    )

    @api.model
    def _in_force(self, stations, day):
        """Return {station: the line that holds on *day*} in one query."""
        lines = self.search_fetch(
            Domain("station_id", "in", stations._origin.ids)
            & Domain("date_from", "<=", day),
            ["station_id", "date_from", "orders_per_day", "open_limit"],
            order="date_from, id",
        )
        return {line.station_id: line for line in lines}
