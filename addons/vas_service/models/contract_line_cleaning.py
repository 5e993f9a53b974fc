from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models

UTC = timezone.utc


class ContractLine(models.Model):
    """A service line may be cleaning: a level, an area, a place, its own work."""

    _name = "contract.line"
    _inherit = ["contract.line", "vas.cleaning.priced"]

    vas_cleaning_location_id = fields.Many2one(
        "fsm.location",
        string="Cleaned place",
        help="Work is planned here; empty: nothing is planned.",
    )
    vas_cleaning_person_id = fields.Many2one("fsm.person", string="Cleaned by")
    vas_cleaning_hour = fields.Float(
        string="Work begins at", default=8.0, help="Hour of the day."
    )
    vas_cleaning_task_count = fields.Integer(
        string="Cleaning tasks", compute="_compute_vas_cleaning_task_count"
    )

    def _compute_vas_cleaning_task_count(self):
        counts = dict(
            self.env["vas.cleaning.task"]._read_group(
                [("contract_line_id", "in", self.ids)],
                ["contract_line_id"],
                ["__count"],
            )
        )
        for line in self:
            line.vas_cleaning_task_count = counts.get(line, 0)

    def _vas_get_cleaning_price(self):
        self.ensure_one()
        return self.monthly_recurring, 1.0

    def _vas_get_cleaning_document(self):
        return self.contract_id

    @api.constrains(
        "vas_cleaning_level_id",
        "vas_cleaning_area",
        "specific_price",
        "quantity",
        "discount",
        "recurring_rule_type",
        "recurring_interval",
        "automatic_price",
        "product_id",
    )
    def _check_vas_cleaning(self):
        self._vas_check_cleaning()

    def _vas_prepare_cleaning_order(self, day):
        """Return the values of the work order of one day."""
        self.ensure_one()
        contract = self.contract_id
        calendar = contract.vas_calendar_id or contract.company_id.resource_calendar_id
        zone = ZoneInfo(calendar.tz or "UTC")
        begin = datetime.combine(day, time.min, zone) + timedelta(
            hours=self.vas_cleaning_hour
        )
        return {
            "location_id": self.vas_cleaning_location_id.id,
            "company_id": contract.company_id.id,
            "vas_contract_id": contract.id,
            "vas_cleaning_line_id": self.id,
            "vas_cleaning_date": day,
            "person_id": self.vas_cleaning_person_id.id,
            "scheduled_date_start": begin.astimezone(UTC).replace(tzinfo=None),
        }
