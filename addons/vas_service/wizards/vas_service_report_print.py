from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import float_round

ROWS_PARAMETER = "vas_service.report_max_rows"
DEVICE = ("type_id", "brand_id", "model_id")
TIMES = (
    *("work_hours:sum", "fault_hours:sum", "avg_fault_hours:avg"),
    *("departure_hours:sum", "avg_departure_hours:avg"),
    *("distance_km:sum", "avg_distance_km:avg"),
    *("repair_hours:sum", "avg_repair_hours:avg"),
)
#: Report: model, date field, action on the screen, columns in the order of the table.
#: A column with an aggregate is a figure, one without is grouped by.
TABLES = {
    "operation": (
        *("device", "month", "operation"),
        (
            *DEVICE,
            *("area_id", "device_count:sum", "fault_hours:sum"),
            *("device_fault_hours:avg", "fault_count:sum", "device_fault_count:avg"),
        ),
    ),
    "maintenance": (
        *("device", "month", "maintenance"),
        (
            *DEVICE,
            *("device_count:sum", "visit_count:sum", "repair_hours:sum"),
            *("device_repair_hours:avg", "device_fault_hours:avg"),
            "device_fault_count:avg",
        ),
    ),
    "duration": (
        *("duration", "date", "duration"),
        ("provider_id", "task_count:sum", *TIMES, "overload_days:sum"),
    ),
    "station": (
        *("duration", "date", "station"),
        ("station_id", "task_count:sum", *TIMES),
    ),
    "person": (
        *("duration", "date", "person"),
        (
            *("station_id", "person_id", "task_count:sum"),
            *TIMES,
            "overload_days:sum",
        ),
    ),
    "satisfaction": (
        *("satisfaction", "month", "satisfaction"),
        (
            *("provider_id", "area_id", "type_id", "device_count:sum"),
            *("very_count:sum", "satisfied_count:sum", "dissatisfied_count:sum"),
            *("answer_count:sum", "rate:avg"),
        ),
    ),
    "abnormal": (
        *("abnormal", "month", "abnormal"),
        (
            *("equipment_id", *DEVICE, "location_id", "repeat_count:sum"),
            *("long_fault_hours:sum", "long_repair_hours:sum"),
            *("parts_hours:sum", "customer_hours:sum", "sending_hours:sum"),
        ),
    ),
    "fault": (
        *("fault", "reported_at", "fault"),
        (
            *("fault_type_id", "fault_count:sum", "device_fault_count:avg"),
            *(*DEVICE, "device_count:sum"),
        ),
    ),
    "reason": (
        *("fault", "reported_at", "reason"),
        (
            *("equipment_id", "area_id", "owner_id", "location_id", "reported_at"),
            *("fault_reason_id", "resolution", *DEVICE, "fault_type_id"),
        ),
    ),
}
#: Tables that list records instead of groups.
LISTS = ("reason",)
MONTHLY = ("operation", "maintenance", "satisfaction", "abnormal")


class VasServiceReportPrint(models.TransientModel):
    """The service reports as the tables that are handed out: period, filters, sheet."""

    _name = "vas.service.report.print"
    _description = "Print Service Report"

    report = fields.Selection(
        [
            ("operation", "Operation of devices"),
            ("maintenance", "Maintenance of devices"),
            ("duration", "Service duration"),
            ("station", "Workload of stations"),
            ("person", "Workload of engineers"),
            ("satisfaction", "Satisfaction survey"),
            ("abnormal", "Abnormal service"),
            ("fault", "Fault counts"),
            ("reason", "Fault reasons"),
        ],
        required=True,
        default="operation",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: fields.Date.context_today(self).replace(day=1),
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: fields.Date.context_today(self),
    )
    is_monthly = fields.Boolean(compute="_compute_is_monthly")
    by_month = fields.Boolean(
        string="Month by month",
        compute="_compute_by_month",
        store=True,
        readonly=False,
        help="One line per month instead of one for the whole period.",
    )
    provider_ids = fields.Many2many("res.partner", string="Service companies")
    bank_ids = fields.Many2many(
        "res.partner", "vas_service_report_print_bank_rel", string="Head offices"
    )
    type_ids = fields.Many2many("vas.device.type", string="Device types")
    brand_ids = fields.Many2many("vas.device.brand", string="Brands")
    model_ids = fields.Many2many("vas.device.model", string="Models")
    area_ids = fields.Many2many("res.territory", string="Areas")
    station_ids = fields.Many2many("vas.service.station", string="Stations")

    _period_check = models.Constraint(
        "CHECK (date_to >= date_from)", "The period ends after it begins."
    )

    @api.depends("report")
    def _compute_is_monthly(self):
        for wizard in self:
            wizard.is_monthly = wizard.report in MONTHLY

    @api.depends("report", "date_from", "date_to")
    def _compute_by_month(self):
        for wizard in self:
            begin, end = wizard.date_from, wizard.date_to
            wizard.by_month = bool(
                wizard.report in MONTHLY
                and begin
                and end
                and (begin.year, begin.month) != (end.year, end.month)
            )

    # ------------------------------------------------------------------
    # The table
    # ------------------------------------------------------------------

    def _get_model(self):
        """Return the report that the table is made from."""
        self.ensure_one()
        return self.env[f"vas.service.report.{TABLES[self.report][0]}"]

    def _get_domain(self):
        """Return the filters; reports by month take whole months."""
        self.ensure_one()
        name = TABLES[self.report][1]
        begin, end = self.date_from, self.date_to
        if name == "month":
            begin = begin.replace(day=1)
        if name == "reported_at":
            period = Domain(name, ">=", self._get_utc(begin)) & Domain(
                name, "<", self._get_utc(fields.Date.add(end, days=1))
            )
        else:
            period = Domain(name, ">=", begin) & Domain(name, "<=", end)
        domain = period & Domain("company_id", "=", self.company_id.id)
        for field, records in self._get_filters():
            if field == "provider_id":
                domain &= Domain(field, "child_of", records.ids)
            else:
                domain &= Domain(field, "in", records.ids)
        return domain

    def _get_utc(self, day):
        """Return midnight of a local day as Odoo stores it."""
        midnight = fields.Datetime.to_datetime(day)
        local = fields.Datetime.context_timestamp(self, midnight)
        return midnight - local.utcoffset()

    def _get_filters(self):
        """Return [(field of the report, chosen records)] of the filters in use."""
        self.ensure_one()
        known = self._get_model()._fields
        return [
            (name, records)
            for name, records in (
                ("provider_id", self.provider_ids),
                ("bank_id", self.bank_ids),
                ("type_id", self.type_ids),
                ("brand_id", self.brand_ids),
                ("model_id", self.model_ids),
                ("area_id", self.area_ids),
                ("station_id", self.station_ids),
            )
            if records and name in known
        ]

    def _get_sheet(self):
        """Return the table: title, filters in words, columns, rows, totals.

        Two queries, whatever the number of rows; totals are not sums of the rows but
        figures of the whole.
        """
        self.ensure_one()
        model, domain = self._get_model(), self._get_domain()
        columns = TABLES[self.report][3]
        if self.by_month and self.is_monthly:
            columns = ("month", *columns)
        groups = [name.split(":")[0] for name in columns if ":" not in name]
        figures = [name for name in columns if ":" in name]
        # The limit is the same for everybody.
        limit = int(self.env["ir.config_parameter"].sudo().get_param(ROWS_PARAMETER, 0))
        if self.report in LISTS:
            found = model.search_fetch(domain, groups, limit=limit and limit + 1)
            rows = [[row[name] for name in groups] for row in found]
            totals = None
        else:
            rows = model._read_group(
                domain,
                [f"{name}:month" if name == "month" else name for name in groups],
                figures,
                limit=limit and limit + 1,
            )
            totals = dict(
                zip(figures, model._read_group(domain, [], figures)[0], strict=True)
            )
        if limit and len(rows) > limit:
            raise UserError(
                self.env._(
                    "“%(report)s” has more than %(limit)s lines. Choose a shorter "
                    "period or more filters.",
                    report=self._get_title(),
                    limit=limit,
                )
            )
        order = [*groups, *figures]
        cells = [dict(zip(order, row, strict=True)) for row in rows]
        return {
            "title": self._get_title(),
            "filters": self._get_filter_words(),
            "columns": [self._get_column(model, name) for name in columns],
            "rows": [[self._in_words(row[name]) for name in columns] for row in cells],
            "totals": totals
            and [self._in_words(totals[n]) if ":" in n else "" for n in columns],
        }

    def _get_title(self):
        return dict(self._fields["report"]._description_selection(self.env))[
            self.report
        ]

    def _get_column(self, model, name):
        """Return heading and alignment of a column."""
        field = model._fields[name.split(":")[0]]
        return {
            "name": field._description_string(self.env),
            "number": ":" in name,
            "wide": field.type == "text",
        }

    def _in_words(self, value):
        """Return what a cell says; nothing for a figure that has no base."""
        if isinstance(value, models.BaseModel):
            # Names of what the reader may count are no secret.
            return value.sudo().display_name or ""
        if value is False or value is None:
            return ""
        if isinstance(value, float):
            language = self.env["res.lang"]._lang_get(self.env.user.lang or "en_US")
            # As the screen rounds: half up.
            rounded = float_round(value, precision_digits=2)
            return language.format("%.2f", rounded, grouping=True)
        if isinstance(value, int):
            return str(value)
        if hasattr(value, "hour"):
            local = fields.Datetime.context_timestamp(self, value)
            return local.strftime("%Y-%m-%d %H:%M")
        if hasattr(value, "day"):
            return value.strftime("%Y-%m")
        return str(value)

    def _get_filter_words(self):
        """Return [(filter, chosen values in words)]."""
        model = self._get_model()
        return [
            (
                model._fields[name]._description_string(self.env),
                self.env._(", ").join(records.mapped("display_name")),
            )
            for name, records in self._get_filters()
        ]

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_print(self):
        self.ensure_one()
        report = self.env.ref("vas_service.action_report_service_report")
        return report.report_action(self)

    def action_show(self):
        """The same figures on the screen, to be turned around."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"vas_service.vas_service_report_action_{TABLES[self.report][2]}"
        )
        return dict(action, domain=list(self._get_domain()), context={})
