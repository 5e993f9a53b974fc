from odoo import api, fields, models

from ..tools.distance import MIN_KM, great_circle_km


class StockPicking(models.Model):
    """How far an order goes, and whether that is a road or an estimate."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_distance_text = fields.Char(
        string="Distance", compute="_compute_vas_distance_text"
    )

    @api.depends("vas_origin_id", "vas_destination_id", "company_id")
    @api.depends_context("lang")
    def _compute_vas_distance_text(self):
        ends = self.vas_origin_id | self.vas_destination_id
        lanes, _hours = self.env["vas.lane"]._get_matrix(ends)
        profiles = self.env["vas.planning.profile"]
        known = {
            company: profiles._get_default(company or self.env.company)
            for company in self.company_id | self.env.company
        }
        for order in self:
            profile = known[order.company_id or self.env.company]
            order.vas_distance_text = order._get_vas_distance_text(lanes, profile)

    def _get_vas_distance_text(self, lanes, profile):
        """One sentence; an estimate is always called one."""
        start, end = self.vas_origin_id, self.vas_destination_id
        if not start or not end or start == end:
            return False
        km = lanes.get((str(start.id), str(end.id)))
        if km:
            return self.env._("%(km)s km by road", km=f"{km:.0f}")
        placed = all(outlet.latitude or outlet.longitude for outlet in (start, end))
        if not profile.straight_line or not placed:
            return self.env._("No lane: plans send no vehicle this way")
        line = great_circle_km(
            start.latitude, start.longitude, end.latitude, end.longitude
        )
        return self.env._(
            "About %(km)s km, estimated: no lane, a straight line times %(factor)s",
            km=f"{max(line, MIN_KM) * profile.detour_factor:.0f}",
            factor=f"{profile.detour_factor:g}",
        )
