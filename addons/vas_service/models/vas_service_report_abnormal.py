from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class VasServiceReportAbnormal(models.Model):
    """Devices whose service was abnormal in a month, by the rules (RPT-06)."""

    _name = "vas.service.report.abnormal"
    _inherit = ["vas.service.report.mixin"]
    _description = "Abnormal Service"
    _auto = False
    _order = "month desc, long_fault_hours desc, id"
    _rec_name = "equipment_id"

    month = fields.Date(readonly=True)
    rule_id = fields.Many2one("vas.abnormal.rule", readonly=True)
    device_count = fields.Integer(
        string="Devices", readonly=True, help="Each device counts once in a group."
    )
    fault_count = fields.Integer(string="Faults", readonly=True)
    is_repeat = fields.Boolean(string="Repaired repeatedly", readonly=True)
    is_long_fault = fields.Boolean(string="Fault too long", readonly=True)
    is_long_repair = fields.Boolean(string="Repair too long", readonly=True)
    repeat_count = fields.Integer(
        string="Repeated repairs",
        readonly=True,
        help="The most faults of the device in one period of its rule, when they are "
        "too many.",
    )
    long_fault_hours = fields.Float(
        string="Fault time above the limit (h)",
        readonly=True,
        help="Hours of the faults that lasted longer than the limit.",
    )
    long_repair_hours = fields.Float(
        string="Repair time above the limit (h)",
        readonly=True,
        help="Hours of the repairs that took longer than the limit.",
    )
    parts_hours = fields.Float(string="Waiting for parts (h)", readonly=True)
    customer_hours = fields.Float(string="Waiting for the customer (h)", readonly=True)
    sending_hours = fields.Float(
        string="Waiting for a repair elsewhere (h)", readonly=True
    )

    _ratios = {  # noqa: RUF012
        "device_count": ("equipment_id:count_distinct",),
    }

    _depends = {  # noqa: RUF012
        "fsm.equipment": [
            *("company_id", "location_id", "vas_type_id", "vas_brand_id"),
            *("vas_model_id", "vas_area_id", "vas_owner_id", "vas_bank_id"),
            *("vas_provider_id",),
        ],
        "fsm.order": [
            *("ticket_id", "vas_repaired_at", "vas_cancelled_at", "vas_repair_hours"),
        ],
        "helpdesk.ticket": [
            *("active", "stage_id", "duplicate_id", "vas_equipment_id"),
            *("vas_reported_at", "vas_fault_hours"),
        ],
        "helpdesk.ticket.stage": ["vas_withdraws"],
        "vas.abnormal.rule": [
            *("active", "sequence", "company_id", "type_id", "brand_id", "model_id"),
            *("repeat_count", "window", "window_days", "fault_over", "repair_over"),
        ],
        "vas.wait.kind": ["active", "sequence", "column", "reason_ids", "patterns"],
        "vas.dispatch.event": ["order_id", "kind", "reason_id", "date", "date_end"],
        "vas.sla.event": ["clock_id", "kind", "date", "reason"],
    }

    @property
    def _waits(self):
        """Hours a ticket waited, by sort. Several clocks and the work order pause for
        the same reason at the same time: the spans are united before they are counted.
        """
        return SQL(
            """
            SELECT ticket_id, kind_column,
                SUM(EXTRACT(EPOCH FROM upper(span) - lower(span))) / 3600 AS hours
            FROM (
                SELECT ticket_id, kind_column, unnest(range_agg(span)) AS span
                FROM (
                    SELECT visit.ticket_id, kind.column AS kind_column,
                        tsrange(event.date, COALESCE(event.date_end, %(now)s)) AS span
                    FROM vas_dispatch_event AS event
                    JOIN fsm_order AS visit ON visit.id = event.order_id
                    JOIN vas_dispatch_reason_vas_wait_kind_rel AS belongs
                        ON belongs.vas_dispatch_reason_id = event.reason_id
                    JOIN vas_wait_kind AS kind
                        ON kind.id = belongs.vas_wait_kind_id AND kind.active
                    WHERE event.kind = 'wait' AND visit.ticket_id IS NOT NULL
                        AND COALESCE(event.date_end, %(now)s) > event.date
                    UNION ALL
                    SELECT clock.ticket_id, kind.column,
                        tsrange(pause.date, COALESCE(resume.date, %(now)s))
                    FROM vas_sla_event AS pause
                    JOIN vas_sla_clock AS clock ON clock.id = pause.clock_id
                    CROSS JOIN LATERAL (
                        SELECT known.column
                        FROM vas_wait_kind AS known
                        WHERE known.active AND known.patterns <> ''
                            AND pause.reason ILIKE ANY (
                                string_to_array(known.patterns, E'\n')
                            )
                        ORDER BY known.sequence, known.id LIMIT 1
                    ) AS kind
                    LEFT JOIN LATERAL (
                        SELECT later.date
                        FROM vas_sla_event AS later
                        WHERE later.clock_id = pause.clock_id
                            AND later.kind IN ('resume', 'stop', 'withdraw')
                            AND (later.date, later.id) > (pause.date, pause.id)
                        ORDER BY later.date, later.id LIMIT 1
                    ) AS resume ON TRUE
                    WHERE pause.kind = 'pause' AND clock.ticket_id IS NOT NULL
                        AND COALESCE(resume.date, %(now)s) > pause.date
                ) AS spans
                GROUP BY ticket_id, kind_column
            ) AS united
            GROUP BY ticket_id, kind_column
            """,
            now=fields.Datetime.now(),
        )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH ruled AS (
                SELECT device.id AS equipment_id, rule.*
                FROM fsm_equipment AS device
                CROSS JOIN LATERAL (
                    SELECT known.id AS rule_id, known.repeat_count, known.window,
                        known.window_days, known.fault_over, known.repair_over
                    FROM vas_abnormal_rule AS known
                    WHERE known.active
                        AND COALESCE(known.company_id = device.company_id, TRUE)
                        AND (known.type_id IS NULL
                            OR known.type_id = device.vas_type_id)
                        AND (known.brand_id IS NULL
                            OR known.brand_id = device.vas_brand_id)
                        AND (known.model_id IS NULL
                            OR known.model_id = device.vas_model_id)
                    ORDER BY known.sequence, known.id LIMIT 1
                ) AS rule
            ), repair AS (
                SELECT visit.ticket_id,
                    SUM(COALESCE(visit.vas_repair_hours, 0)) AS hours
                FROM fsm_order AS visit
                WHERE %(is_visit)s AND visit.ticket_id IS NOT NULL
                GROUP BY 1
            ), waiting AS (%(waits)s), wait AS (
                SELECT ticket_id,
                    SUM(hours) FILTER (WHERE kind_column = 'parts') AS parts,
                    SUM(hours) FILTER (WHERE kind_column = 'customer') AS customer,
                    SUM(hours) FILTER (WHERE kind_column = 'sending') AS sending
                FROM waiting
                GROUP BY 1
            ), fault AS (
                SELECT ruled.*,
                    ticket.id AS ticket_id,
                    ticket.vas_reported_at AS at,
                    date_trunc('month', %(reported)s)::date AS month,
                    COALESCE(ticket.vas_fault_hours, 0) AS fault_hours,
                    COALESCE(repair.hours, 0) AS repair_hours
                FROM helpdesk_ticket AS ticket
                JOIN ruled ON ruled.equipment_id = ticket.vas_equipment_id
                LEFT JOIN repair ON repair.ticket_id = ticket.id
                WHERE %(is_fault)s
            ), counted AS (
                SELECT fault.*,
                    COUNT(*) OVER (PARTITION BY equipment_id, month) AS in_month,
                    LAG(at, GREATEST(repeat_count - 1, 0)) OVER (
                        PARTITION BY equipment_id ORDER BY at, ticket_id
                    ) AS nth_before
                FROM fault
            ), judged AS (
                SELECT counted.*,
                    repeat_count > 0 AND CASE "window"
                        WHEN 'calendar' THEN in_month >= repeat_count
                        ELSE nth_before > at - window_days * INTERVAL '1 day'
                    END AS is_repeat,
                    fault_over > 0 AND fault_hours > fault_over AS is_long_fault,
                    repair_over > 0 AND repair_hours > repair_over AS is_long_repair
                FROM counted
            ), device_month AS (
                SELECT equipment_id, month, rule_id,
                    COUNT(*) AS fault_count,
                    COALESCE(BOOL_OR(is_repeat), FALSE) AS is_repeat,
                    BOOL_OR(is_long_fault) AS is_long_fault,
                    BOOL_OR(is_long_repair) AS is_long_repair,
                    COALESCE(MAX(CASE WHEN NOT is_repeat THEN 0
                        WHEN "window" = 'calendar' THEN in_month
                        ELSE (
                            SELECT COUNT(*) FROM helpdesk_ticket AS ticket
                            WHERE ticket.vas_equipment_id = judged.equipment_id
                                AND %(is_fault)s
                                -- As differences: the index on devices is enough.
                                AND judged.at - ticket.vas_reported_at
                                    >= INTERVAL '0'
                                AND judged.at - ticket.vas_reported_at
                                    < window_days * INTERVAL '1 day'
                        ) END), 0) AS repeat_count,
                    SUM(fault_hours) FILTER (WHERE is_long_fault) AS long_fault_hours,
                    SUM(repair_hours) FILTER (WHERE is_long_repair)
                        AS long_repair_hours,
                    SUM(wait.parts) AS parts_hours,
                    SUM(wait.customer) AS customer_hours,
                    SUM(wait.sending) AS sending_hours
                FROM judged
                LEFT JOIN wait ON wait.ticket_id = judged.ticket_id
                GROUP BY equipment_id, month, rule_id
                HAVING BOOL_OR(COALESCE(is_repeat, FALSE) OR is_long_fault
                    OR is_long_repair)
            )
            SELECT
                device.id::bigint * 4096
                    + (EXTRACT(YEAR FROM found.month)::int * 12
                    + EXTRACT(MONTH FROM found.month)::int - 1) %% 4096 AS id,
                device.company_id,
                %(device)s,
                found.month,
                found.rule_id,
                1 AS device_count,
                found.fault_count::int AS fault_count,
                found.is_repeat,
                found.is_long_fault,
                found.is_long_repair,
                found.repeat_count::int AS repeat_count,
                COALESCE(found.long_fault_hours, 0) AS long_fault_hours,
                COALESCE(found.long_repair_hours, 0) AS long_repair_hours,
                COALESCE(found.parts_hours, 0)::float8 AS parts_hours,
                COALESCE(found.customer_hours, 0)::float8 AS customer_hours,
                COALESCE(found.sending_hours, 0)::float8 AS sending_hours
            FROM device_month AS found
            JOIN fsm_equipment AS device ON device.id = found.equipment_id
            """,
            reported=self._local(SQL("ticket.vas_reported_at")),
            is_fault=self._is_fault,
            is_visit=self._is_visit,
            waits=self._waits,
            device=self._device_sql(),
        )

    def _get_ticket_domain(self):
        """The faults of the month, and those before it that make them repeats."""
        domains = []
        for row in self:
            conditions = self._get_month_domain("vas_reported_at", row.month)
            domain = Domain("vas_equipment_id", "=", row.equipment_id.id)
            if row.is_repeat and row.rule_id.window == "rolling":
                begin = fields.Datetime.subtract(
                    conditions[0][2], days=row.rule_id.window_days
                )
                conditions = [("vas_reported_at", ">", begin), conditions[1]]
            domains.append(domain & Domain(conditions))
        return Domain.OR(domains)
