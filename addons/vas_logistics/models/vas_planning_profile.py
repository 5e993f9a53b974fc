from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.allocation import MOST_PLAYERS

SHARE_METHODS = [
    ("capacity_km", "By share of the vehicle and direct distance"),
    ("stand_alone", "In proportion to the cost of separate delivery"),
    ("tonne_km", "By tonne-kilometres"),
    ("volume_km", "By cubic-metre-kilometres"),
    ("shapley", "By average extra cost (Shapley value)"),
    ("equal_profit", "Most equal saving (equal profit method)"),
]
ENGINES = [
    ("pyvrp", "Thorough search (PyVRP)"),
    ("insertion", "Cheapest insertion"),
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
    engine = fields.Selection(
        selection=ENGINES,
        string="Planning Engine",
        required=True,
        default="pyvrp",
        help="The thorough search finds better plans; cheapest insertion is instant.",
    )
    searches = fields.Integer(
        string="Searches at Once",
        default=2,
        help="A plan made in the background is searched for this many times at once, "
        "each on a processor of its own; the best plan is kept.",
    )
    setup_minutes = fields.Float(
        string="Set-up per Stop (min)",
        help="Arriving, docking and papers, once for each stop.",
    )
    load_minutes = fields.Float(
        string="Loading per Order (min)",
        help="At the place where the vehicle starts, it is loaded before it leaves.",
    )
    unload_minutes = fields.Float(string="Unloading per Order (min)")
    shift_from = fields.Float(
        string="Drivers Work From",
        help="Earliest hour at which a vehicle leaves. Equal hours: any time.",
    )
    shift_to = fields.Float(
        string="Drivers Work Until",
        help="Hour of the day at which every vehicle must be finished; one that is not "
        "later than the beginning is on the next day.",
    )
    driver_hours = fields.Float(
        string="Longest Trip (h)",
        help="Hours from leaving to the end of a trip. 0: no limit.",
    )
    max_trips = fields.Integer(
        string="Trips per Vehicle",
        default=1,
        help="How often a vehicle may load at the outlet where it starts.",
    )
    straight_line = fields.Boolean(
        string="Straight Lines Where No Lane",
        help="Estimate a missing lane from the coordinates of the outlets. A stop "
        "reached by an estimate is marked.",
    )
    detour_factor = fields.Float(
        default=1.3,
        help="Kilometres by road for one kilometre in a straight line.",
    )
    wait_below_rate = fields.Float(
        string="May Wait Below",
        help="A trip that is emptier than this, and can still keep all its promises "
        "later, is proposed to wait for more cargo. 0: never.",
    )
    flexible_hours = fields.Float(
        string="Windows May Move by (h)",
        help="How far a window may be proposed to move where that saves a trip. 0: "
        "never.",
    )
    auto_plan = fields.Boolean(
        string="Plan by Itself",
        help="The open orders become a proposal regularly, without a press; what a "
        "person works on is left alone. How often, the scheduled action says.",
    )
    large_share = fields.Float(
        string="Large Customer From",
        help="Share of a trip's goods from which its shipper is called the large "
        "customer whose vehicle the others fill. 0: nobody is.",
    )
    return_hours = fields.Float(
        string="Return Cargo Within (h)",
        help="For a vehicle that would come back empty, an order that goes the same "
        "way and is ready within so many hours is proposed. 0: never.",
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
    share_method_text = fields.Char(
        string="What the Rule Does", compute="_compute_share_method_text"
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

    @api.depends("share_method")
    @api.depends_context("lang")
    def _compute_share_method_text(self):
        texts = {
            "capacity_km": self.env._(
                "Who fills much of the vehicle over a long way pays much; bulky and"
                " heavy goods alike. The same key shares the CO₂."
            ),
            "stand_alone": self.env._(
                "Everybody saves the same percentage against separate delivery."
            ),
            "tonne_km": self.env._("Weight times direct distance; volume is free."),
            "volume_km": self.env._("Volume times direct distance; weight is free."),
            "shapley": self.env._(
                "Each pays what it adds to the cost on average, whoever comes first."
                " Up to %(most)s customers; above, by vehicle share and distance.",
                most=MOST_PLAYERS,
            ),
            "equal_profit": self.env._(
                "Savings as equal as can be, so that no group of customers would do"
                " better without the others. Up to %(most)s customers; above, by"
                " vehicle share and distance.",
                most=MOST_PLAYERS,
            ),
        }
        for profile in self:
            profile.share_method_text = texts.get(profile.share_method, False)

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

    @api.constrains(
        "searches",
        "max_trips",
        "setup_minutes",
        "load_minutes",
        "unload_minutes",
        "driver_hours",
        "wait_below_rate",
        "flexible_hours",
        "large_share",
        "return_hours",
        "detour_factor",
        "shift_from",
        "shift_to",
    )
    def _check_limits(self):
        limits = {
            "searches": (1, 8),
            "max_trips": (1, 20),
            "setup_minutes": (0, 600),
            "load_minutes": (0, 600),
            "unload_minutes": (0, 600),
            "driver_hours": (0, 168),
            "wait_below_rate": (0, 1),
            "flexible_hours": (0, 168),
            "large_share": (0, 1),
            "return_hours": (0, 168),
            "detour_factor": (1, 5),
            "shift_from": (0, 24),
            "shift_to": (0, 24),
        }
        for profile in self:
            for name, (lowest, highest) in limits.items():
                if not lowest <= profile[name] <= highest:
                    raise ValidationError(
                        self.env._(
                            "Planning profile %(profile)s: %(field)s must lie between "
                            "%(lowest)s and %(highest)s.",
                            profile=profile.name,
                            field=self._fields[name]._description_string(self.env),
                            lowest=lowest,
                            highest=highest,
                        )
                    )

    @api.model
    def _get_default(self, company):
        """The profile chosen in the settings of the company, else the first one."""
        return company.vas_planning_profile_id or self.search(
            [("company_id", "in", (company.id, False))], limit=1
        )
