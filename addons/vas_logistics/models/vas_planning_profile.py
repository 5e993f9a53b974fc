from odoo import api, fields, models
from odoo.exceptions import ValidationError

SHARE_METHODS = [
    ("stand_alone", "In proportion to the cost of separate delivery"),
    ("tonne_km", "By tonne-kilometres"),
    ("volume_km", "By cubic-metre-kilometres"),
]


class VasPlanningProfile(models.Model):
    """How a co-delivery plan is made: time, speed, limits, sharing of the cost."""

    _name = "vas.planning.profile"
    _description = "Planning Profile"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        comodel_name="res.company",
        index="btree_not_null",
        help="Empty: every company may use it.",
    )
    solver_seconds = fields.Float(
        string="Planning Time (s)",
        required=True,
        help="Longest time the planner searches for a better plan.",
    )
    background_orders = fields.Integer(
        string="In the Background From",
        required=True,
        help="A plan with more orders than this runs as a background job.",
    )
    speed_kmh = fields.Float(
        string="Average Speed (km/h)",
        required=True,
        help="Used for lanes without a driving time of their own.",
    )
    horizon_hours = fields.Float(
        string="Horizon (h)",
        required=True,
        help="Every vehicle must be finished this long after the plan starts.",
    )
    max_load_rate = fields.Float(
        string="Load Limit",
        required=True,
        help="Share of the vehicle that may be loaded; 100 % is one full truck.",
    )
    warning_load_rate = fields.Float(
        string="Load Warning From",
        required=True,
        help="A load bar turns amber from this share of the vehicle.",
    )
    share_method = fields.Selection(
        selection=SHARE_METHODS, string="Cost Shares", required=True
    )
    default_priority = fields.Integer(
        string="Priority Without Grade",
        required=True,
        help="Shipping priority of an order whose shipper has no grade. A smaller "
        "number goes first.",
    )
    driver_link_hours = fields.Float(
        string="Driver's Link (h)",
        help="How long the driver's page works after the planned end of the trip. "
        "0: until somebody revokes it.",
    )
    active = fields.Boolean(default=True)

    @api.constrains(
        "solver_seconds",
        "background_orders",
        "speed_kmh",
        "horizon_hours",
        "max_load_rate",
        "warning_load_rate",
        "default_priority",
    )
    def _check_positive(self):
        names = (
            "solver_seconds",
            "background_orders",
            "speed_kmh",
            "horizon_hours",
            "max_load_rate",
            "warning_load_rate",
            "default_priority",
        )
        for profile in self:
            for name in names:
                if profile[name] <= 0:
                    raise ValidationError(
                        self.env._(
                            "Planning profile %(profile)s: %(field)s must be greater "
                            "than zero.",
                            profile=profile.name,
                            field=self._fields[name]._description_string(self.env),
                        )
                    )

    @api.model
    def _get_default(self, company):
        """The profile chosen in the settings of the company, else the first one."""
        return company.vas_planning_profile_id or self.search(
            [("company_id", "in", (company.id, False))], limit=1
        )
