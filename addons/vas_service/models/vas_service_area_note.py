from odoo import fields, models


class VasServiceAreaNote(models.Model):
    """Register of areas without a station of their own (未开通地区备案, DSP-01)."""

    _name = "vas.service.area.note"
    _description = "Area Without a Station"
    _order = "territory_id, date_from desc, id"
    _rec_name = "territory_id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    territory_id = fields.Many2one(
        "res.territory", string="Area", required=True, index=True
    )
    station_id = fields.Many2one(
        "vas.service.station",
        string="Served from",
        check_company=True,
        index="btree_not_null",
        help="The station that goes there all the same. Empty: nobody does.",
    )
    date_from = fields.Date(
        string="Registered on",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    date_to = fields.Date(string="Until", help="The last day, once it is opened.")
    reason = fields.Char(required=True, help="Why there is no station.")
    active = fields.Boolean(default=True)

    _once = models.UniqueIndex(
        "(company_id, territory_id) WHERE active IS TRUE AND date_to IS NULL",
        "This area is registered already.",
    )
    _dates_check = models.Constraint(
        "CHECK (date_to IS NULL OR date_to >= date_from)",
        "The register ends on the day it begins or later.",
    )
