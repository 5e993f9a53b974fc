from odoo import api, fields, models
from odoo.exceptions import ValidationError

HANDLERS = [
    ("outlet", "Outlet"),
    ("centre", "Call centre"),
]


class VasOutletLevel(models.Model):
    """Administrative level of an outlet: town, county, city, province.

    The higher rank decides how an unlisted pair of levels is named and handled.
    """

    _name = "vas.outlet.level"
    _description = "Outlet Level"
    _order = "rank, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, help="Short word used in routing codes, for example county."
    )
    rank = fields.Integer(required=True, help="A higher level has a larger rank.")
    handler = fields.Selection(
        selection=HANDLERS,
        required=True,
        default="outlet",
        help="Who handles an order whose pair of levels is not listed among the "
        "routing levels, when this is the higher of the two.",
    )
    parent_id = fields.Many2one(
        comodel_name="vas.outlet.level",
        string="Level Above",
        index="btree_not_null",
        ondelete="restrict",
        help="The next higher level; empty for the highest.",
    )
    child_ids = fields.One2many(
        comodel_name="vas.outlet.level", inverse_name="parent_id", string="Levels Below"
    )
    path = fields.Char(string="Level Path", compute="_compute_path", recursive=True)
    outlet_count = fields.Integer(compute="_compute_outlet_count")
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code)", "Another outlet level already has this code."
    )
    _rank_uniq = models.UniqueIndex(
        "(rank) WHERE active IS TRUE", "Another outlet level already has this rank."
    )

    @api.depends("name", "parent_id.path")
    def _compute_path(self):
        for level in self:
            above = level.parent_id.path
            level.path = f"{above} / {level.name}" if above else level.name

    def _compute_outlet_count(self):
        counts = dict(
            self.env["vas.outlet"]._read_group(
                [("level_id", "in", self.ids)], ["level_id"], ["__count"]
            )
        )
        for level in self:
            level.outlet_count = counts.get(level, 0)

    @api.constrains("parent_id", "rank")
    def _check_parent(self):
        for level in self:
            if level._has_cycle():
                raise ValidationError(
                    self.env._(
                        "Level %(name)s cannot be above itself.", name=level.name
                    )
                )
            for above, below in [
                (level.parent_id, level),
                *((level, child) for child in level.child_ids),
            ]:
                if above and above.rank <= below.rank:
                    raise ValidationError(
                        self.env._(
                            "Level %(above)s is above %(below)s: its rank must be "
                            "larger than %(rank)s.",
                            above=above.name,
                            below=below.name,
                            rank=below.rank,
                        )
                    )

    def action_view_outlets(self):
        """Open the outlets of this level."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_outlet_action"
        )
        action["domain"] = [("level_id", "=", self.id)]
        return action
