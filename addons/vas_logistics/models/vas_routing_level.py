from typing import NamedTuple

from odoo import api, fields, models

from .vas_outlet_level import HANDLERS


class Routing(NamedTuple):
    """How a pair of outlet levels is named and handled."""

    level: models.Model
    code: str
    handler: str


class VasRoutingLevel(models.Model):
    """Routing level of a directed pair of outlet levels (catalogue ORD-03, ORD-04).

    A pair without a record is named with the higher level first and handled as that
    level says (catalogue AMB-15); adding a record overrules this.
    """

    _name = "vas.routing.level"
    _description = "Routing Level"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        compute="_compute_code",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    sequence = fields.Integer(default=10)
    origin_level_id = fields.Many2one(
        comodel_name="vas.outlet.level",
        required=True,
        index=True,
        ondelete="restrict",
    )
    destination_level_id = fields.Many2one(
        comodel_name="vas.outlet.level",
        required=True,
        index=True,
        ondelete="restrict",
    )
    handler = fields.Selection(selection=HANDLERS, required=True, default="outlet")
    active = fields.Boolean(default=True)

    _pair_uniq = models.UniqueIndex(
        "(origin_level_id, destination_level_id) WHERE active IS TRUE",
        "This pair of levels already has a routing level.",
    )

    @api.depends("origin_level_id", "destination_level_id")
    def _compute_code(self):
        for level in self:
            if not level.code and level.origin_level_id and level.destination_level_id:
                level.code = (
                    f"{level.origin_level_id.code}_{level.destination_level_id.code}"
                )

    @api.model
    def _get_routings(self, pairs):
        """Name and handler of pairs of outlet levels, in one query for all.

        :param pairs: iterable of ``(origin level, destination level)`` records
        :return: ``{(origin id, destination id): Routing}``
        """
        pairs = {
            (origin.id, destination.id): (origin, destination)
            for origin, destination in pairs
        }
        listed = {
            (level.origin_level_id.id, level.destination_level_id.id): level
            for level in self.search_fetch(
                [], ["origin_level_id", "destination_level_id", "code", "handler"]
            )
        }
        result = {}
        for key, (origin, destination) in pairs.items():
            level = listed.get(key, self.browse())
            if level:
                result[key] = Routing(level, level.code, level.handler)
                continue
            lower, higher = sorted((origin, destination), key=lambda end: end.rank)
            result[key] = Routing(level, f"{higher.code}_{lower.code}", higher.handler)
        return result
