from odoo import fields, models

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
    active = fields.Boolean(default=True)

    _code_uniq = models.UniqueIndex(
        "(code)", "Another outlet level already has this code."
    )
    _rank_uniq = models.UniqueIndex(
        "(rank) WHERE active IS TRUE", "Another outlet level already has this rank."
    )
