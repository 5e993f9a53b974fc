from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasCleaningPriced(models.AbstractModel):
    """A line that asks a price for cleaning: never above the ceiling (CLN-01)."""

    _name = "vas.cleaning.priced"
    _description = "Line with a price for cleaning"

    vas_cleaning_level_id = fields.Many2one(
        "vas.cleaning.level", string="Cleaning level", index="btree_not_null"
    )
    vas_cleaning_area = fields.Float(
        string="Building area (m²)", digits=(16, 2), help="The area that is cleaned."
    )
    vas_cleaning_highest = fields.Float(
        string="Highest fee",
        compute="_compute_vas_cleaning_highest",
        digits=(16, 2),
        help="What may be asked at most: area × ceiling of the level, before taxes.",
    )

    def _vas_get_cleaning_price(self):
        """Return (what is asked before taxes, for how many months)."""
        raise NotImplementedError

    def _vas_get_cleaning_document(self):
        """Return the document this line belongs to."""
        raise NotImplementedError

    def _vas_get_highest(self):
        self.ensure_one()
        _price, months = self._vas_get_cleaning_price()
        document = self._vas_get_cleaning_document()
        return self.vas_cleaning_level_id._get_highest_fee(
            self.vas_cleaning_area, months, self.currency_id, document.company_id
        )

    @api.depends("vas_cleaning_level_id.ceiling", "vas_cleaning_area")
    def _compute_vas_cleaning_highest(self):
        for line in self:
            level = line.vas_cleaning_level_id
            line.vas_cleaning_highest = line._vas_get_highest() if level else 0.0

    def _vas_check_cleaning(self):
        """Refuse a price above the ceiling, naming the line and the limit."""
        for line in self.filtered("vas_cleaning_level_id"):
            document = line._vas_get_cleaning_document()
            level = line.vas_cleaning_level_id
            if line.vas_cleaning_area <= 0:
                raise ValidationError(
                    self.env._(
                        "%(document)s, line “%(line)s”: cleaning of %(level)s without "
                        "an area. Expected: the building area in m².",
                        document=document.display_name,
                        line=line.name,
                        level=level.name,
                    )
                )
            price, months = line._vas_get_cleaning_price()
            highest = line._vas_get_highest()
            currency = line.currency_id or document.company_id.currency_id
            if level.ceiling and currency.compare_amounts(price, highest) > 0:
                raise ValidationError(
                    self.env._(
                        "%(document)s, line “%(line)s”: %(price)s is above the highest "
                        "fee of %(highest)s (%(area)s m² × %(ceiling)s × %(months)s "
                        "month(s), %(level)s). Expected: a lower price, or another "
                        "level.",
                        document=document.display_name,
                        line=line.name,
                        price=f"{price:.2f}",
                        highest=f"{highest:.2f}",
                        area=f"{line.vas_cleaning_area:g}",
                        ceiling=f"{level.ceiling:g}",
                        months=f"{months:g}",
                        level=level.name,
                    )
                )
