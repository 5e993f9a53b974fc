from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasLaneCost(models.Model):
    """What a lane costs vehicles of one class: per kilometre, and at a toll gate."""

    _name = "vas.lane.cost"
    _description = "Lane Cost of a Vehicle Class"
    _order = "lane_id, category_id, id"
    _check_company_auto = True

    lane_id = fields.Many2one(
        comodel_name="vas.lane",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    category_id = fields.Many2one(
        comodel_name="fleet.vehicle.model.category",
        string="Vehicle Class",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="lane_id.company_id", store=True, index=True, precompute=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cost_per_km = fields.Monetary(
        string="Cost per km",
        help="Instead of the cost per kilometre of the vehicle. 0: that of the "
        "vehicle.",
    )
    toll = fields.Monetary(
        help="Paid each time a vehicle of the class drives this lane."
    )

    _class_uniq = models.UniqueIndex(
        "(lane_id, category_id)", "The lane already has a cost for this vehicle class."
    )

    @api.constrains("cost_per_km", "toll")
    def _check_cost(self):
        for cost in self:
            if min(cost.cost_per_km, cost.toll) < 0:
                raise ValidationError(
                    self.env._(
                        "Lane %(lane)s, class %(name)s: cost per kilometre and toll "
                        "must not be negative.",
                        lane=cost.lane_id.display_name,
                        name=cost.category_id.name,
                    )
                )
            if not cost.cost_per_km and not cost.toll:
                raise ValidationError(
                    self.env._(
                        "Lane %(lane)s, class %(name)s: please fill in the cost per "
                        "kilometre or the toll.",
                        lane=cost.lane_id.display_name,
                        name=cost.category_id.name,
                    )
                )

    @api.depends("lane_id", "category_id")
    def _compute_display_name(self):
        for cost in self:
            cost.display_name = f"{cost.lane_id.display_name} ({cost.category_id.name})"

    @api.model
    def _get_prices(self, outlets, vehicles):
        """Money of the lanes among ``outlets`` for these vehicles, in one query.

        :return: the tariff of each vehicle id that has one, and ``{(tariff, origin id,
            destination id): money}`` with string ids; a vehicle pays its own price per
            kilometre where its tariff does not name the lane
        """
        costs = self.search_fetch(
            [
                ("category_id", "in", vehicles.category_id.ids),
                ("lane_id.active", "=", True),
                ("lane_id.origin_id", "in", outlets.ids),
                ("lane_id.destination_id", "in", outlets.ids),
            ],
            ["lane_id", "category_id", "cost_per_km", "toll"],
        )
        by_category = costs.grouped("category_id")
        tariffs, prices = {}, {}
        for vehicle in vehicles:
            if vehicle.category_id not in by_category:
                continue
            # Where only a toll is known, the vehicle's own price per kilometre counts.
            own = vehicle.vas_cost_per_km
            tariff = f"{vehicle.category_id.id}/{own}"
            tariffs[vehicle.id] = tariff
            for cost in by_category[vehicle.category_id]:
                lane = cost.lane_id
                key = tariff, str(lane.origin_id.id), str(lane.destination_id.id)
                per_km = cost.cost_per_km or own
                prices[key] = per_km * lane.distance_km + cost.toll
        return tariffs, prices
