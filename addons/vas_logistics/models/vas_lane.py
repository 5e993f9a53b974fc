from odoo import api, fields, models

from ..tools.distance import MIN_KM, great_circle_km


class VasLane(models.Model):
    """A directed road between two outlets; no lane means the vehicle cannot go."""

    _name = "vas.lane"
    _description = "Lane"
    _inherit = ["mail.thread"]
    _order = "origin_id, distance_km, id"
    _check_company_auto = True

    origin_id = fields.Many2one(
        comodel_name="vas.outlet",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    destination_id = fields.Many2one(
        comodel_name="vas.outlet",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    distance_km = fields.Float(
        string="Distance (km)", required=True, tracking=True, aggregator="avg"
    )
    drive_hours = fields.Float(
        string="Driving Time",
        tracking=True,
        aggregator="avg",
        help="Hours by road. Empty: the distance at the speed of the planning profile.",
    )
    counted_hours = fields.Float(
        string="Time in Plans",
        compute="_compute_counted_hours",
        help="The driving time of the lane; without one, its distance at the average "
        "speed of the company's planning profile.",
    )
    cost_ids = fields.One2many(
        comodel_name="vas.lane.cost",
        inverse_name="lane_id",
        string="Costs by Vehicle Class",
        help="Where a class is not named, its vehicles cost what they cost per "
        "kilometre anywhere.",
    )
    cost_text = fields.Char(string="Own Costs", compute="_compute_cost_text")
    company_id = fields.Many2one(
        related="origin_id.company_id", store=True, index=True, precompute=True
    )
    active = fields.Boolean(default=True)

    _pair_uniq = models.UniqueIndex(
        "(origin_id, destination_id)", "There is already a lane between these outlets."
    )
    _distance_positive = models.Constraint(
        "CHECK(distance_km > 0)", "The distance of a lane must be positive."
    )
    _hours_positive = models.Constraint(
        "CHECK(drive_hours IS NULL OR drive_hours >= 0)",
        "The driving time of a lane must not be negative.",
    )
    _two_ends = models.Constraint(
        "CHECK(origin_id != destination_id)", "A lane joins two different outlets."
    )

    @api.depends("origin_id", "destination_id")
    def _compute_display_name(self):
        for lane in self:
            lane.display_name = (
                f"{lane.origin_id.display_name} → {lane.destination_id.display_name}"
            )

    @api.depends("distance_km", "drive_hours", "company_id")
    def _compute_counted_hours(self):
        profiles = self.env["vas.planning.profile"]
        for company, lanes in self.grouped("company_id").items():
            speed = profiles._get_default(company or self.env.company).speed_kmh
            for lane in lanes:
                lane.counted_hours = lane.drive_hours or (
                    lane.distance_km / speed if speed else 0.0
                )

    @api.depends("cost_ids.category_id.name")
    def _compute_cost_text(self):
        for lane in self:
            lane.cost_text = ", ".join(lane.cost_ids.category_id.mapped("name"))

    @api.model
    def _get_estimates(self, outlets, known, detour_factor):
        """Straight lines between outlets that no lane joins, declared as estimates.

        :param known: pairs of string ids that have a lane
        :return: ``{(origin id, destination id): km}`` with string ids
        """
        placed = [
            (str(outlet.id), outlet.latitude, outlet.longitude)
            for outlet in outlets
            if outlet.latitude or outlet.longitude
        ]
        return {
            (one, other): max(great_circle_km(a, b, c, d), MIN_KM) * detour_factor
            for one, a, b in placed
            for other, c, d in placed
            if one != other and (one, other) not in known
        }

    @api.model
    def _get_matrix(self, outlets):
        """Distances and driving hours among ``outlets`` in one query.

        :return: ``({(origin id, destination id): km}, {…: hours})`` with string ids;
            a pair without a lane is missing, one without hours is missing in the second
        """
        distance, hours = {}, {}
        for lane in self.search_fetch(
            [("origin_id", "in", outlets.ids), ("destination_id", "in", outlets.ids)],
            ["origin_id", "destination_id", "distance_km", "drive_hours"],
        ):
            pair = (str(lane.origin_id.id), str(lane.destination_id.id))
            distance[pair] = lane.distance_km
            if lane.drive_hours:
                hours[pair] = lane.drive_hours
        return distance, hours
