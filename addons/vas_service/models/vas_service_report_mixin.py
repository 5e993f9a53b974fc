from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

#: What a report says of a device, and the column of the register it comes from.
DEVICE_COLUMNS = {
    "equipment_id": "id",
    "type_id": "vas_type_id",
    "brand_id": "vas_brand_id",
    "model_id": "vas_model_id",
    "area_id": "vas_area_id",
    "location_id": "location_id",
    "owner_id": "vas_owner_id",
    "bank_id": "vas_bank_id",
    "provider_id": "vas_provider_id",
}

#: How the database works on a report, for the transaction that reads it: many rows are
#: sorted and joined in memory, and compiling the query would take longer than it.
WORK = {"jit": "off", "work_mem": "64MB"}


class VasServiceReportMixin(models.AbstractModel):
    """What the service reports have in common.

    A report is a query. Averages and ratios are columns whose group value is a ratio
    of sums, so that every subtotal and the grand total are right whatever is grouped.
    """

    _name = "vas.service.report.mixin"
    _description = "Service Report"

    company_id = fields.Many2one("res.company", readonly=True)
    equipment_id = fields.Many2one("fsm.equipment", string="Device", readonly=True)
    type_id = fields.Many2one("vas.device.type", readonly=True)
    brand_id = fields.Many2one("vas.device.brand", readonly=True)
    model_id = fields.Many2one("vas.device.model", readonly=True)
    area_id = fields.Many2one("res.territory", readonly=True)
    location_id = fields.Many2one("fsm.location", string="Site", readonly=True)
    owner_id = fields.Many2one("res.partner", string="Branch", readonly=True)
    bank_id = fields.Many2one("res.partner", string="Head office", readonly=True)
    provider_id = fields.Many2one(
        "res.partner", string="Service company", readonly=True
    )

    #: {column: (aggregate,) or (numerator aggregate, denominator aggregate)}
    _ratios = {}  # noqa: RUF012

    def _search(self, *args, **kwargs):
        cache = self.env.cr.cache
        if not cache.get("vas_service_report"):
            cache["vas_service_report"] = True
            settings = SQL(", ").join(
                SQL("set_config(%s, %s, TRUE)", *setting) for setting in WORK.items()
            )
            self.env.execute_query(SQL("SELECT %s", settings))
        return super()._search(*args, **kwargs)

    def _get_period(self, domain, fields_of_rows=None):
        """Return the days between which *domain* asks for months.

        :param fields_of_rows: the other fields that it may speak of; all by default
        :return: (first day or None, last day or None); None if it says more of months
        """
        domain = self._with_rules(domain)
        if {"|", "!"} & {part for part in domain if isinstance(part, str)}:
            return None
        bounds = {">=": [], "<=": []}
        for condition in domain.iter_conditions():
            name = condition.field_expr.split(".")[0]
            if name != "month":
                if fields_of_rows is not None and name not in fields_of_rows:
                    return None
                continue
            try:
                day = fields.Date.to_date(condition.value)
            except (TypeError, ValueError):
                return None
            if not day or condition.operator not in bounds:
                return None
            bounds[condition.operator].append(day)
        return (
            max(bounds[">="], default=None),
            min(bounds["<="], default=None),
        )

    def _with_rules(self, domain):
        """Return *domain* with what the record rules add to it."""
        rules = self.env["ir.rule"]._compute_domain(self._name, "read")
        return Domain(domain) & rules

    def _get_names(self, domain):
        """Return the fields that *domain* and the record rules speak of."""
        conditions = self._with_rules(domain).iter_conditions()
        return {condition.field_expr.split(".")[0] for condition in conditions}

    def _read_group_select(self, aggregate_spec, query):
        parts = self._ratios.get(aggregate_spec.split(":")[0])
        if not parts:
            return super()._read_group_select(aggregate_spec, query)
        terms = [self._read_group_select(part, query) for part in parts[:2]]
        if len(terms) == 1:
            return terms[0]
        factor = parts[2] if len(parts) > len(terms) else 1
        return SQL(
            "(%s)::float8 * %s / NULLIF((%s)::float8, 0)", terms[0], factor, terms[1]
        )

    def _local(self, column):
        """Return a stored moment as local time of the reader."""
        zone = self.env.context.get("tz") or self.env.user.tz or "UTC"
        return SQL("timezone(%s, timezone('UTC', %s))", zone, column)

    def _device_sql(self, **other):
        """Return the columns that describe a device of the alias ``device``.

        :param other: SQL that says something else than the register
        """
        return SQL(", ").join(
            SQL(
                "%s AS %s",
                other.get(name, SQL("device.%s", SQL.identifier(column))),
                SQL.identifier(name),
            )
            for name, column in DEVICE_COLUMNS.items()
        )

    @property
    def _is_fault(self):
        """Which tickets are faults: about a device, not withdrawn, not doubled."""
        return SQL(
            """ticket.active AND ticket.vas_equipment_id IS NOT NULL
            AND ticket.vas_reported_at IS NOT NULL AND ticket.duplicate_id IS NULL
            AND NOT EXISTS (
                SELECT FROM helpdesk_ticket_stage AS stage
                WHERE stage.id = ticket.stage_id AND stage.vas_withdraws
            )"""
        )

    @property
    def _is_visit(self):
        """Which work orders are visits: repaired and not cancelled."""
        return SQL(
            "visit.vas_repaired_at IS NOT NULL AND visit.vas_cancelled_at IS NULL"
        )

    # ------------------------------------------------------------------
    # The records behind a number
    # ------------------------------------------------------------------

    def _get_ticket_domain(self):
        """Return the tickets behind these rows."""
        raise NotImplementedError

    def action_open_source(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_faults"
        )
        return dict(
            action,
            domain=list(self._get_ticket_domain()),
            context={},
            display_name=self.env._("Behind this number"),
        )

    def _get_month_domain(self, field, month):
        """Return the condition that a moment is in the local month of *month*."""
        zone = self.env.context.get("tz") or self.env.user.tz or "UTC"
        begin = fields.Datetime.to_datetime(month)
        end = fields.Datetime.add(begin, months=1)
        to_utc = fields.Datetime.context_timestamp
        reader = self.with_context(tz=zone)

        def utc(moment):
            return moment - (to_utc(reader, moment).utcoffset())

        return [(field, ">=", utc(begin)), (field, "<", utc(end))]
