from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasWorkRate(models.Model):
    """Pay per piece of an operation during a time, for everybody or for one team."""

    _name = "vas.work.rate"
    _description = "Piece Rate"
    _order = "operation_id, date_from desc, id desc"
    _check_company_auto = True

    operation_id = fields.Many2one(
        comodel_name="vas.work.operation",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    team_id = fields.Many2one(
        comodel_name="vas.work.team",
        check_company=True,
        help="Empty: everybody. A rate of the team goes before the general one.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    rate = fields.Float(string="Pay per Piece", required=True, digits=(16, 4))
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today
    )
    date_to = fields.Date(string="Until", help="Empty: until further notice.")
    active = fields.Boolean(default=True)

    _rate_positive = models.Constraint(
        "CHECK(rate >= 0)", "The pay per piece must not be negative."
    )
    _dates_ordered = models.Constraint(
        "CHECK(date_to IS NULL OR date_to >= date_from)",
        "A rate must not end before it begins.",
    )

    @api.depends("operation_id", "team_id", "rate", "date_from")
    def _compute_display_name(self):
        for rate in self:
            rate.display_name = self.env._(
                "%(operation)s: %(rate)s per %(unit)s from %(date)s",
                operation=rate.operation_id.name or "",
                rate=f"{rate.rate:g}",
                unit=rate.operation_id.unit or "",
                date=fields.Date.to_string(rate.date_from) if rate.date_from else "",
            )

    @api.constrains(
        "operation_id", "team_id", "company_id", "date_from", "date_to", "active"
    )
    def _check_overlap(self):
        """Two rates for the same piece would make the pay a matter of luck."""
        todo = self.filtered("active")
        same = self.search_fetch(
            [("operation_id", "in", todo.operation_id.ids)],
            ["operation_id", "team_id", "company_id", "date_from", "date_to"],
        ).grouped(lambda r: (r.operation_id, r.team_id, r.company_id))
        for rate in todo:
            others = same.get((rate.operation_id, rate.team_id, rate.company_id), ())
            other = next((one for one in others if one._overlaps(rate)), None)
            if other:
                raise ValidationError(
                    self.env._(
                        "%(rate)s overlaps with %(other)s. End one before the other"
                        " begins.",
                        rate=rate.display_name,
                        other=other.display_name,
                    )
                )

    def _overlaps(self, other):
        """Whether another rate holds on a day on which this one holds."""
        return (
            self != other
            and (not self.date_to or self.date_to >= other.date_from)
            and (not other.date_to or self.date_from <= other.date_to)
        )

    @api.model
    def _get_rates(self, company, operations):
        """All rates of ``operations`` in one query, as ``_find`` needs them."""
        table = {}
        for rate in self.search_fetch(
            [("company_id", "=", company.id), ("operation_id", "in", operations.ids)],
            ["operation_id", "team_id", "date_from", "date_to", "rate"],
            order="date_from desc, id desc",
        ):
            table.setdefault((rate.operation_id.id, rate.team_id.id), []).append(rate)
        return table

    @api.model
    def _find(self, table, operation, team, day):
        """The rate in force on ``day``: the team's own first, else everybody's."""
        for key in ((operation.id, team.id), (operation.id, False)):
            for rate in table.get(key, ()):
                if rate.date_from <= day and (not rate.date_to or day <= rate.date_to):
                    return rate
        return self.browse()
