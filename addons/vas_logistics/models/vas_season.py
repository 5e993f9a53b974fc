from odoo import api, fields, models
from odoo.exceptions import ValidationError

MONTHS = [
    ("1", "January"),
    ("2", "February"),
    ("3", "March"),
    ("4", "April"),
    ("5", "May"),
    ("6", "June"),
    ("7", "July"),
    ("8", "August"),
    ("9", "September"),
    ("10", "October"),
    ("11", "November"),
    ("12", "December"),
]


class VasSeason(models.Model):
    """Months of a year with the doors that are open then (WHS-01, WHS-02, AMB-11)."""

    _name = "vas.season"
    _description = "Warehouse Season"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        comodel_name="res.company", help="Empty: seasons of every company."
    )
    month_from = fields.Selection(selection=MONTHS, string="From", required=True)
    month_to = fields.Selection(
        selection=MONTHS,
        string="Until",
        required=True,
        help="The last month; a season may cross the turn of the year.",
    )
    is_peak = fields.Boolean(string="Peak Season")
    doors_min = fields.Integer(string="Open Doors, at Least", required=True, default=1)
    doors_max = fields.Integer(string="Open Doors, at Most", required=True, default=1)

    _doors_ordered = models.Constraint(
        "CHECK(doors_min >= 0 AND doors_max >= doors_min)",
        "The open doors must not be negative, and the most not fewer than the least.",
    )

    def _get_months(self):
        """The months 1–12 of the season, in order."""
        self.ensure_one()
        first, last = int(self.month_from), int(self.month_to)
        count = (last - first) % 12 + 1
        return [(first - 1 + step) % 12 + 1 for step in range(count)]

    @api.constrains("month_from", "month_to", "company_id", "active")
    def _check_months(self):
        """A month in two seasons would have two answers."""
        seasons = self.search([("active", "=", True)])
        for season in self.filtered("active"):
            for other in seasons - season:
                if other.company_id != season.company_id:
                    continue
                common = set(season._get_months()) & set(other._get_months())
                if common:
                    raise ValidationError(
                        self.env._(
                            "%(season)s: month %(month)s also belongs to %(other)s."
                            " Each month has one season.",
                            season=season.name,
                            month=min(common),
                            other=other.name,
                        )
                    )

    @api.model
    def _get_by_month(self, company):
        """``{month: season}``; seasons of the company go before general ones."""
        result = {}
        for season in self.search([("company_id", "in", (False, company.id))]):
            for month in season._get_months():
                known = result.get(month)
                if not known or (season.company_id and not known.company_id):
                    result[month] = season
        return result
