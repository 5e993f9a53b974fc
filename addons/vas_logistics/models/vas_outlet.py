from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasOutlet(models.Model):
    """An outlet (网点): where orders start or end and vehicles are at home."""

    _name = "vas.outlet"
    _description = "Outlet"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "company_id, name, id"
    _rec_names_search = ["name", "code"]
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, tracking=True)
    level_id = fields.Many2one(
        comodel_name="vas.outlet.level",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Address",
        check_company=True,
        index="btree_not_null",
    )
    warehouse_id = fields.Many2one(
        comodel_name="stock.warehouse",
        check_company=True,
        index="btree_not_null",
        help="The warehouse that this outlet runs, if any.",
    )
    location_id = fields.Many2one(
        comodel_name="stock.location",
        string="Stock Location",
        compute="_compute_location_id",
        store=True,
        readonly=False,
        check_company=True,
        index="btree_not_null",
        help="Where cargo waits here: orders load from it and unload into it.",
    )
    user_ids = fields.Many2many(
        comodel_name="res.users",
        string="Staff",
        help="Who finds the self-handled orders of this outlet under My Outlet.",
    )
    parent_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Belongs To",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        help="The outlet of the next higher level, for example the city of a county.",
    )
    child_ids = fields.One2many(
        comodel_name="vas.outlet", inverse_name="parent_id", string="Outlets Below"
    )
    region_path = fields.Char(
        string="Region", compute="_compute_region_path", recursive=True
    )
    area_m2 = fields.Float(string="Floor Area (m²)")
    capacity_m3 = fields.Float(
        string="Capacity (m³)", help="Cargo that the outlet can hold at a time."
    )
    calendar_id = fields.Many2one(
        comodel_name="resource.calendar",
        string="Working Hours",
        check_company=True,
        index="btree_not_null",
        help="When the outlet loads and unloads. Empty: at any time.",
    )
    waiting_m3 = fields.Float(
        string="Waiting Cargo (m³)", compute="_compute_open_order_count"
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    lane_out_ids = fields.One2many(
        comodel_name="vas.lane", inverse_name="origin_id", string="Lanes From Here"
    )
    lane_in_ids = fields.One2many(
        comodel_name="vas.lane", inverse_name="destination_id", string="Lanes To Here"
    )
    open_order_count = fields.Integer(
        string="Open Orders", compute="_compute_open_order_count"
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code, company_id)", "Another outlet of the company already has this code."
    )

    @api.depends("warehouse_id")
    def _compute_location_id(self):
        for outlet in self:
            if outlet.warehouse_id:
                outlet.location_id = outlet.warehouse_id.lot_stock_id

    def _compute_open_order_count(self):
        counts = {}
        for origin, count, m3 in self.env["stock.picking"]._read_group(
            self._get_open_order_domain(), ["vas_origin_id"], ["__count", "vas_m3:sum"]
        ):
            counts[origin.id] = count, m3
        for outlet in self:
            outlet.open_order_count, outlet.waiting_m3 = counts.get(outlet.id, (0, 0.0))

    @api.depends("name", "parent_id.region_path")
    def _compute_region_path(self):
        for outlet in self:
            above = outlet.parent_id.region_path
            outlet.region_path = f"{above} / {outlet.name}" if above else outlet.name

    def _get_open_order_domain(self):
        """Domain of the transport orders that still have to leave these outlets."""
        return [
            ("vas_is_transport", "=", True),
            ("vas_origin_id", "in", self.ids),
            ("state", "not in", ("done", "cancel")),
        ]

    @api.constrains("parent_id", "level_id")
    def _check_parent(self):
        for outlet in self:
            if outlet._has_cycle():
                raise ValidationError(
                    self.env._(
                        "Outlet %(name)s cannot belong to itself or to an outlet "
                        "below it.",
                        name=outlet.name,
                    )
                )
            for above, below in [
                (outlet.parent_id, outlet),
                *((outlet, child) for child in outlet.child_ids),
            ]:
                if above and above.level_id.rank <= below.level_id.rank:
                    raise ValidationError(
                        self.env._(
                            "Outlet %(name)s (%(level)s) must belong to an outlet of "
                            "a higher level than %(above)s (%(above_level)s).",
                            name=below.name,
                            level=below.level_id.name,
                            above=above.name,
                            above_level=above.level_id.name,
                        )
                    )

    @api.constrains("area_m2", "capacity_m3")
    def _check_size(self):
        for outlet in self:
            if min(outlet.area_m2, outlet.capacity_m3) < 0:
                raise ValidationError(
                    self.env._(
                        "Outlet %(name)s: area and capacity must not be negative.",
                        name=outlet.name,
                    )
                )

    @api.constrains("latitude", "longitude")
    def _check_coordinates(self):
        for outlet in self:
            if abs(outlet.latitude) > 90 or abs(outlet.longitude) > 180:
                raise ValidationError(
                    self.env._(
                        "Outlet %(name)s: latitude must lie between -90 and 90, "
                        "longitude between -180 and 180.",
                        name=outlet.name,
                    )
                )

    def _get_opening_hours(self, start, hours):
        """When each outlet works, holidays and lunch taken out.

        :param start: naive UTC; hours are counted from it
        :return: ``{string id: ((opens, closes), …)}``; an outlet that always works is
            missing
        """
        openings = self.calendar_id._get_vas_openings(start, hours)
        return {
            str(outlet.id): openings[outlet.calendar_id]
            for outlet in self
            if outlet.calendar_id in openings
        }

    @api.depends("name", "code")
    def _compute_display_name(self):
        for outlet in self:
            outlet.display_name = outlet.name or outlet.code

    def action_view_open_orders(self):
        """Open the orders that still have to leave here."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.stock_picking_action_transport_all"
        )
        action["domain"] = self._get_open_order_domain()
        return action
