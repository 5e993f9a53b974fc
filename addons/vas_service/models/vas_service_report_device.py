import re

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .vas_service_report_mixin import DEVICE_COLUMNS

#: The grouping that tells months apart.
MONTH = "month:month"
#: What is the same in all months of a device.
STEADY = ("company_id", *DEVICE_COLUMNS)


class VasServiceReportDevice(models.Model):
    """Each device in each month: its faults and repairs, and the months without any.

    Because quiet devices are rows too, the number of devices is right in every group
    (RPT-01, RPT-02).
    """

    _name = "vas.service.report.device"
    _inherit = ["vas.service.report.mixin"]
    _description = "Operation and Maintenance of Devices"
    _auto = False
    _order = "month desc, fault_hours desc, id"
    _rec_name = "equipment_id"

    month = fields.Date(readonly=True)
    device_count = fields.Integer(
        string="Devices", readonly=True, help="Each device counts once in a group."
    )
    fault_count = fields.Integer(string="Faults", readonly=True)
    fault_hours = fields.Float(
        string="Fault time (h)",
        readonly=True,
        help="From the report to the repair, day and night; counted in the month of "
        "the report.",
    )
    device_fault_hours = fields.Float(
        string="Fault time per device (h)", readonly=True, aggregator="avg"
    )
    device_fault_count = fields.Float(
        string="Faults per device", readonly=True, aggregator="avg"
    )
    visit_count = fields.Integer(string="Repairs", readonly=True)
    repair_hours = fields.Float(
        string="Repair time (h)",
        readonly=True,
        help="From arrival to the end of the repair; counted in the month of the "
        "repair.",
    )
    device_repair_hours = fields.Float(
        string="Repair time per device (h)", readonly=True, aggregator="avg"
    )

    _ratios = {  # noqa: RUF012
        "device_count": ("equipment_id:count_distinct",),
        "device_fault_hours": ("fault_hours:sum", "equipment_id:count_distinct"),
        "device_fault_count": ("fault_count:sum", "equipment_id:count_distinct"),
        "device_repair_hours": ("repair_hours:sum", "equipment_id:count_distinct"),
    }

    _depends = {  # noqa: RUF012
        "fsm.equipment": [
            *("active", "company_id", "location_id", "vas_type_id", "vas_brand_id"),
            *("vas_model_id", "vas_area_id", "vas_owner_id", "vas_bank_id"),
            *("vas_provider_id", "vas_installed_on"),
        ],
        "fsm.order": [
            *("ticket_id", "vas_repaired_at", "vas_cancelled_at", "vas_repair_hours"),
        ],
        "helpdesk.ticket": [
            *("active", "stage_id", "duplicate_id", "vas_equipment_id"),
            *("vas_reported_at", "vas_fault_hours"),
        ],
        "helpdesk.ticket.stage": ["vas_withdraws"],
    }

    @property
    def _table_query(self):
        """A device has rows from its installation until now; an archived one until its
        last fault. Nothing is shown before the first fault of all.

        With ``vas_period`` in the context only the months between two days are made,
        with ``vas_first_month`` only the first of them of each device, with
        ``vas_grouped`` one row for all devices that are alike in these columns.
        """
        grouped = self.env.context.get("vas_grouped")
        if not grouped:
            return self._rows
        return SQL(
            """
            SELECT MIN(id) AS id, month, %(alike)s, %(others)s, %(sums)s,
                COUNT(*) AS row_count,
                COUNT(*) FILTER (WHERE is_first) AS first_count
            FROM (%(rows)s) AS rows
            GROUP BY month, %(alike)s
            """,
            alike=SQL(", ").join(map(SQL.identifier, grouped)),
            others=SQL(", ").join(
                SQL("NULL::int AS %s", SQL.identifier(name))
                for name in STEADY
                if name not in grouped
            ),
            sums=SQL(", ").join(
                SQL(
                    "SUM(%s)::%s AS %s",
                    SQL.identifier(name),
                    SQL("int" if field.type == "integer" else "float8"),
                    SQL.identifier(name),
                )
                for name, field in self._fields.items()
                if field.type in ("integer", "float") and name != "id"
            ),
            rows=self._rows,
        )

    @property
    def _rows(self):
        """One row for each device and month."""
        begin, end = self.env.context.get("vas_period") or (None, None)
        first_month = self.env.context.get("vas_first_month")
        return SQL(
            """
            WITH activity AS (
                SELECT equipment_id, month,
                    SUM(fault_count)::int AS fault_count,
                    SUM(fault_hours) AS fault_hours,
                    SUM(visit_count)::int AS visit_count,
                    SUM(repair_hours) AS repair_hours
                FROM (
                    SELECT ticket.vas_equipment_id AS equipment_id,
                        date_trunc('month', %(reported)s)::date AS month,
                        1 AS fault_count,
                        COALESCE(ticket.vas_fault_hours, 0) AS fault_hours,
                        0 AS visit_count,
                        0::float8 AS repair_hours
                    FROM helpdesk_ticket AS ticket
                    WHERE %(is_fault)s
                    UNION ALL
                    SELECT ticket.vas_equipment_id,
                        date_trunc('month', %(repaired)s)::date,
                        0, 0, 1, COALESCE(visit.vas_repair_hours, 0)
                    FROM fsm_order AS visit
                    JOIN helpdesk_ticket AS ticket ON ticket.id = visit.ticket_id
                    WHERE %(is_visit)s AND ticket.vas_equipment_id IS NOT NULL
                ) AS happened
                GROUP BY 1, 2
            ), seen AS (
                SELECT equipment_id, MIN(month) AS first, MAX(month) AS last
                FROM activity
                GROUP BY 1
            ), calendar AS (
                SELECT series::date AS month,
                    (date_part('year', series) * 12 + date_part('month', series) - 1
                    )::int %% 4096 AS number
                FROM generate_series(
                    (SELECT MIN(first) FROM seen)::timestamp,
                    (SELECT GREATEST(date_trunc('month', %(now)s), MAX(last))
                    FROM seen)::timestamp,
                    INTERVAL '1 month'
                ) AS series
                WHERE COALESCE(series >= %(begin)s::date, TRUE)
                    AND COALESCE(series <= %(end)s::date, TRUE)
            ), span AS MATERIALIZED (
                SELECT device.*,
                    GREATEST(
                        date_trunc('month', LEAST(
                            COALESCE(device.vas_installed_on, device.create_date),
                            seen.first
                        ))::date,
                        (SELECT MIN(month) FROM calendar)
                    ) AS begins,
                    CASE WHEN device.active
                        THEN GREATEST(date_trunc('month', %(now)s)::date, seen.last)
                        ELSE seen.last
                    END AS ends
                FROM fsm_equipment AS device
                LEFT JOIN seen ON seen.equipment_id = device.id
            )
            SELECT
                device.id::bigint * 4096 + calendar.number AS id,
                device.company_id,
                %(device)s,
                calendar.month,
                calendar.month = device.begins AS is_first,
                1 AS device_count,
                COALESCE(activity.fault_count, 0) AS fault_count,
                COALESCE(activity.fault_hours, 0) AS fault_hours,
                COALESCE(activity.fault_hours, 0) AS device_fault_hours,
                COALESCE(activity.fault_count, 0)::float8 AS device_fault_count,
                COALESCE(activity.visit_count, 0) AS visit_count,
                COALESCE(activity.repair_hours, 0) AS repair_hours,
                COALESCE(activity.repair_hours, 0) AS device_repair_hours
            FROM span AS device
            JOIN calendar ON calendar.month BETWEEN device.begins AND %(until)s
                AND device.begins <= device.ends
            LEFT JOIN activity ON activity.equipment_id = device.id
                AND activity.month = calendar.month
            """,
            reported=self._local(SQL("ticket.vas_reported_at")),
            repaired=self._local(SQL("visit.vas_repaired_at")),
            now=self._local(fields.Datetime.now()),
            begin=begin,
            end=end,
            until=SQL("device.begins" if first_month else "device.ends"),
            is_fault=self._is_fault,
            is_visit=self._is_visit,
            device=self._device_sql(),
        )

    # ------------------------------------------------------------------
    # Devices count once: the first month of each that is asked for, or every month
    # where months are apart. Only where rows are chosen otherwise they are told apart
    # one by one, which costs more than all the rest. Devices that are alike in all that
    # is asked are added up before the subtotals are made.
    # ------------------------------------------------------------------

    def _counted(self, domain, grouping_sets, aggregates):
        """Remember what the question says of months and devices, if it says no more."""
        groups = {spec for each in grouping_sets for spec in each} - {MONTH}
        names = {re.split("[.:]", spec)[0] for spec in groups}
        period = self._get_period(domain, STEADY)
        if period is None or not names <= set(STEADY):
            return self
        grouped = None
        names |= {"company_id", *self._get_names(domain)}
        if "equipment_id" not in names and all(map(self._is_sum, aggregates)):
            grouped = tuple(name for name in STEADY if name in names)
        return self.with_context(
            vas_period=period,
            vas_dated={MONTH in each for each in grouping_sets},
            vas_grouped=grouped,
        )

    def _is_sum(self, spec):
        """Whether an aggregate can be made of sums."""
        name, _colon, function = spec.partition(":")
        return name == "__count" or function == "sum" or name in self._ratios

    def _read_group(self, domain, groupby=(), aggregates=(), *args, **kwargs):
        report = self._counted(domain, [groupby], aggregates)
        return super(VasServiceReportDevice, report)._read_group(
            domain, groupby, aggregates, *args, **kwargs
        )

    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), **kwargs):
        report = self._counted(domain, grouping_sets, aggregates)
        return super(VasServiceReportDevice, report)._read_grouping_sets(
            domain, grouping_sets, aggregates, **kwargs
        )

    def _read_group_select(self, aggregate_spec, query):
        dated = self.env.context.get("vas_dated")
        rows, devices = (
            SQL("COUNT(*)"),
            SQL("COUNT(*) FILTER (WHERE %s)", SQL.identifier(self._table, "is_first")),
        )
        if self.env.context.get("vas_grouped"):
            rows, devices = (
                SQL("COALESCE(SUM(%s), 0)::bigint", SQL.identifier(self._table, name))
                for name in ("row_count", "first_count")
            )
        if aggregate_spec == "__count":
            return rows
        if aggregate_spec != "equipment_id:count_distinct" or not dated:
            return super()._read_group_select(aggregate_spec, query)
        if len(dated) == 1:
            return rows if True in dated else devices
        return SQL(
            "CASE WHEN GROUPING(%s) = 0 THEN %s ELSE %s END",
            self._read_group_groupby(self._table, MONTH, query),
            rows,
            devices,
        )

    def _get_ticket_domain(self):
        domains = [
            Domain("vas_equipment_id", "=", row.equipment_id.id)
            & (
                Domain(self._get_month_domain("vas_reported_at", row.month))
                | Domain(
                    "fsm_order_ids",
                    "any",
                    self._get_month_domain("vas_repaired_at", row.month),
                )
            )
            for row in self
        ]
        return Domain.OR(domains)
