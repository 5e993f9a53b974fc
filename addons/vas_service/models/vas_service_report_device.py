from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


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
        """
        return SQL(
            """
            WITH fault AS (
                SELECT ticket.vas_equipment_id AS equipment_id,
                    date_trunc('month', %(reported)s)::date AS month,
                    COUNT(*) AS fault_count,
                    SUM(COALESCE(ticket.vas_fault_hours, 0)) AS fault_hours
                FROM helpdesk_ticket AS ticket
                WHERE %(is_fault)s
                GROUP BY 1, 2
            ), visit AS (
                SELECT ticket.vas_equipment_id AS equipment_id,
                    date_trunc('month', %(repaired)s)::date AS month,
                    COUNT(*) AS visit_count,
                    SUM(COALESCE(visit.vas_repair_hours, 0)) AS repair_hours
                FROM fsm_order AS visit
                JOIN helpdesk_ticket AS ticket ON ticket.id = visit.ticket_id
                WHERE %(is_visit)s AND ticket.vas_equipment_id IS NOT NULL
                GROUP BY 1, 2
            ), seen AS (
                SELECT equipment_id, MIN(month) AS first, MAX(month) AS last
                FROM (
                    SELECT equipment_id, month FROM fault
                    UNION ALL SELECT equipment_id, month FROM visit
                ) AS activity
                GROUP BY 1
            ), span AS (
                SELECT device.id,
                    date_trunc('month', GREATEST(
                        LEAST(
                            COALESCE(device.vas_installed_on, device.create_date),
                            seen.first
                        ),
                        (SELECT MIN(first) FROM seen)
                    )) AS begins,
                    CASE WHEN device.active
                        THEN GREATEST(date_trunc('month', %(now)s), seen.last)
                        ELSE seen.last
                    END AS ends
                FROM fsm_equipment AS device
                LEFT JOIN seen ON seen.equipment_id = device.id
            )
            SELECT
                device.id::bigint * 4096
                    + (EXTRACT(YEAR FROM calendar.month)::int * 12
                    + EXTRACT(MONTH FROM calendar.month)::int - 1) %% 4096 AS id,
                device.company_id,
                %(device)s,
                calendar.month,
                1 AS device_count,
                COALESCE(fault.fault_count, 0)::int AS fault_count,
                COALESCE(fault.fault_hours, 0) AS fault_hours,
                COALESCE(fault.fault_hours, 0) AS device_fault_hours,
                COALESCE(fault.fault_count, 0)::float8 AS device_fault_count,
                COALESCE(visit.visit_count, 0)::int AS visit_count,
                COALESCE(visit.repair_hours, 0) AS repair_hours,
                COALESCE(visit.repair_hours, 0) AS device_repair_hours
            FROM fsm_equipment AS device
            JOIN span ON span.id = device.id
            CROSS JOIN LATERAL (
                SELECT series::date AS month
                FROM generate_series(
                    span.begins, span.ends, INTERVAL '1 month'
                ) AS series
            ) AS calendar
            LEFT JOIN fault
                ON fault.equipment_id = device.id AND fault.month = calendar.month
            LEFT JOIN visit
                ON visit.equipment_id = device.id AND visit.month = calendar.month
            """,
            reported=self._local(SQL("ticket.vas_reported_at")),
            repaired=self._local(SQL("visit.vas_repaired_at")),
            now=self._local(fields.Datetime.now()),
            is_fault=self._is_fault,
            is_visit=self._is_visit,
            device=self._device_sql(),
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
