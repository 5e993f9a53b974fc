from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class VasServiceReportDuration(models.Model):
    """Each finished visit with its times (RPT-03, RPT-04, SKP-06).

    The time of a fault counts once, with the last visit of its ticket. Overload counts
    once per engineer and day, by the definition of overload that holds.
    """

    _name = "vas.service.report.duration"
    _inherit = ["vas.service.report.mixin"]
    _description = "Service Duration"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "order_id"

    order_id = fields.Many2one("fsm.order", string="Work order", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    station_id = fields.Many2one("vas.service.station", readonly=True)
    person_id = fields.Many2one("fsm.person", string="Engineer", readonly=True)
    date = fields.Date(readonly=True, help="The day on which the repair ended.")
    task_count = fields.Integer(string="Visits", readonly=True)
    work_hours = fields.Float(string="Work time (h)", readonly=True)
    fault_count = fields.Integer(string="Faults", readonly=True)
    fault_hours = fields.Float(string="Fault time (h)", readonly=True)
    avg_fault_hours = fields.Float(
        string="Average fault time (h)", readonly=True, aggregator="avg"
    )
    departure_hours = fields.Float(string="Time on the way (h)", readonly=True)
    avg_departure_hours = fields.Float(
        string="Average time on the way (h)", readonly=True, aggregator="avg"
    )
    distance_km = fields.Float(string="Round trip (km)", readonly=True)
    avg_distance_km = fields.Float(
        string="Average round trip (km)", readonly=True, aggregator="avg"
    )
    repair_hours = fields.Float(string="Repair time (h)", readonly=True)
    avg_repair_hours = fields.Float(
        string="Average repair time (h)", readonly=True, aggregator="avg"
    )
    overload_days = fields.Integer(
        string="Overloaded days",
        readonly=True,
        help="Days on which an engineer had more to do than the capacity.",
    )
    overload_tasks = fields.Float(string="Visits above capacity", readonly=True)
    overload_hours = fields.Float(string="Hours above capacity", readonly=True)

    _ratios = {  # noqa: RUF012
        "avg_fault_hours": ("fault_hours:sum", "fault_count:sum"),
        "avg_departure_hours": ("departure_hours:sum", "task_count:sum"),
        "avg_distance_km": ("distance_km:sum", "task_count:sum"),
        "avg_repair_hours": ("repair_hours:sum", "task_count:sum"),
    }

    _depends = {  # noqa: RUF012
        "fsm.equipment": [
            *("location_id", "vas_type_id", "vas_brand_id", "vas_model_id"),
            *("vas_area_id", "vas_owner_id", "vas_bank_id", "vas_provider_id"),
        ],
        "fsm.order": [
            *("company_id", "ticket_id", "person_id", "vas_station_id"),
            *("vas_departed_at", "vas_repaired_at", "vas_cancelled_at"),
            *("vas_work_hours", "vas_departure_hours", "vas_repair_hours"),
            "vas_distance_km",
        ],
        "fsm.person": ["vas_capacity_orders", "vas_capacity_hours"],
        "vas.overload.rule": [
            *("active", "sequence", "company_id", "measure", "over_percent"),
        ],
        "helpdesk.ticket": ["vas_equipment_id", "vas_provider_id", "vas_fault_hours"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            WITH task AS (
                SELECT visit.*,
                    %(repaired)s::date AS date,
                    %(repaired)s::date AS day,
                    ROW_NUMBER() OVER (
                        PARTITION BY visit.ticket_id
                        ORDER BY visit.vas_repaired_at DESC, visit.id DESC
                    ) = 1 AND visit.ticket_id IS NOT NULL AS is_last
                FROM fsm_order AS visit
                WHERE %(is_visit)s
            ), loaded AS (
                SELECT task.*,
                    COUNT(*) OVER person_day AS day_tasks,
                    SUM(COALESCE(task.vas_work_hours, 0)) OVER person_day AS day_hours,
                    ROW_NUMBER() OVER (
                        PARTITION BY task.company_id, task.person_id, task.day
                        ORDER BY task.id
                    ) = 1 AS is_first
                FROM task
                WINDOW person_day AS (
                    PARTITION BY task.company_id, task.person_id, task.day
                )
            ), judged AS (
                SELECT loaded.*,
                    CASE WHEN loaded.is_first AND rule.measure <> 'hours'
                            AND person.vas_capacity_orders > 0
                        THEN GREATEST(0, loaded.day_tasks
                            - person.vas_capacity_orders * rule.over_percent / 100)
                        ELSE 0 END AS overload_tasks,
                    CASE WHEN loaded.is_first AND rule.measure <> 'orders'
                            AND person.vas_capacity_hours > 0
                        THEN GREATEST(0, loaded.day_hours
                            - person.vas_capacity_hours * rule.over_percent / 100)
                        ELSE 0 END AS overload_hours
                FROM loaded
                LEFT JOIN fsm_person AS person ON person.id = loaded.person_id
                LEFT JOIN LATERAL (
                    SELECT limits.measure, limits.over_percent
                    FROM vas_overload_rule AS limits
                    WHERE limits.active AND (
                        limits.company_id IS NULL
                        OR limits.company_id = loaded.company_id
                    )
                    ORDER BY limits.sequence, limits.id LIMIT 1
                ) AS rule ON TRUE
            )
            SELECT
                judged.id,
                judged.id AS order_id,
                judged.ticket_id,
                judged.company_id,
                judged.vas_station_id AS station_id,
                judged.person_id,
                %(device)s,
                judged.date,
                1 AS task_count,
                COALESCE(judged.vas_work_hours, 0) AS work_hours,
                judged.is_last::int AS fault_count,
                fault.hours AS fault_hours,
                fault.hours AS avg_fault_hours,
                COALESCE(judged.vas_departure_hours, 0) AS departure_hours,
                COALESCE(judged.vas_departure_hours, 0) AS avg_departure_hours,
                COALESCE(judged.vas_distance_km, 0)::float8 AS distance_km,
                COALESCE(judged.vas_distance_km, 0)::float8 AS avg_distance_km,
                COALESCE(judged.vas_repair_hours, 0) AS repair_hours,
                COALESCE(judged.vas_repair_hours, 0) AS avg_repair_hours,
                (judged.overload_tasks > 0 OR judged.overload_hours > 0)::int
                    AS overload_days,
                judged.overload_tasks,
                judged.overload_hours
            FROM judged
            LEFT JOIN helpdesk_ticket AS ticket ON ticket.id = judged.ticket_id
            LEFT JOIN fsm_equipment AS device ON device.id = ticket.vas_equipment_id
            CROSS JOIN LATERAL (
                SELECT CASE WHEN judged.is_last
                    THEN COALESCE(ticket.vas_fault_hours, 0) ELSE 0 END AS hours
            ) AS fault
            """,
            repaired=self._local(SQL("visit.vas_repaired_at")),
            is_visit=self._is_visit,
            device=self._device_sql(
                provider_id=SQL(
                    "COALESCE(ticket.vas_provider_id, device.vas_provider_id)"
                )
            ),
        )

    def _get_ticket_domain(self):
        return Domain("id", "in", self.ticket_id.ids)

    def action_open_source(self):
        """Open the work orders themselves."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Behind this number"),
            "res_model": "fsm.order",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", self.order_id.ids)],
        }
