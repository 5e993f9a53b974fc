from odoo import fields, models
from odoo.tools import SQL


class VasDispatchLoad(models.Model):
    """Load of every engineer on every day with work, against the capacity (AMB-26)."""

    _name = "vas.dispatch.load"
    _description = "Load of Engineers and Stations"
    _auto = False
    _order = "date desc, station_id, person_id"
    _rec_name = "person_id"

    date = fields.Date(string="Working day", readonly=True)
    person_id = fields.Many2one("fsm.person", string="Engineer", readonly=True)
    station_id = fields.Many2one("vas.service.station", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    orders = fields.Integer(string="Work orders", readonly=True)
    done = fields.Integer(readonly=True, help="Repaired of these.")
    planned_hours = fields.Float(readonly=True)
    worked_hours = fields.Float(readonly=True, help="From T2 to T4.")
    distance_km = fields.Float(string="Round trips (km)", readonly=True)
    capacity_orders = fields.Integer(string="Capacity (work orders)", readonly=True)
    capacity_hours = fields.Float(string="Capacity (hours)", readonly=True)
    over_orders = fields.Integer(string="Work orders above capacity", readonly=True)
    over_hours = fields.Float(string="Hours above capacity", readonly=True)
    percent = fields.Float(string="Load %", readonly=True, aggregator="avg")
    overloads = fields.Integer(
        string="Overloaded days",
        readonly=True,
        help="1 when the definition of overload is met on that day.",
    )
    state = fields.Selection(
        [("free", "Free"), ("busy", "Nearly full"), ("full", "Full"), ("over", "Over")],
        string="Load in a word",
        readonly=True,
    )

    _depends = {  # noqa: RUF012
        "fsm.order": [
            *("person_id", "vas_station_id", "company_id", "vas_work_date"),
            *("vas_cancelled_at", "vas_repaired_at", "scheduled_duration"),
            *("vas_work_hours", "vas_distance_km"),
        ],
        "fsm.person": ["vas_capacity_orders", "vas_capacity_hours"],
        "vas.overload.rule": [
            *("measure", "busy_percent", "over_percent", "sequence", "active"),
            "company_id",
        ],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT
                loaded.*,
                GREATEST(loaded.orders - NULLIF(loaded.capacity_orders, 0), 0)
                    AS over_orders,
                GREATEST(
                    loaded.planned_hours - NULLIF(loaded.capacity_hours, 0), 0
                ) AS over_hours,
                CASE WHEN loaded.percent > rule.over_percent THEN 1 ELSE 0 END
                    AS overloads,
                CASE
                    WHEN rule.id IS NULL OR loaded.percent < rule.busy_percent
                        THEN 'free'
                    WHEN loaded.percent > rule.over_percent THEN 'over'
                    WHEN loaded.percent = rule.over_percent THEN 'full'
                    ELSE 'busy'
                END AS state
            FROM (
                SELECT
                    MIN(work.id) AS id,
                    work.vas_work_date AS date,
                    work.person_id,
                    work.vas_station_id AS station_id,
                    work.company_id,
                    rules.id AS rule_id,
                    COUNT(*) AS orders,
                    COUNT(work.vas_repaired_at) AS done,
                    COALESCE(SUM(work.scheduled_duration), 0) AS planned_hours,
                    COALESCE(SUM(work.vas_work_hours), 0) AS worked_hours,
                    COALESCE(SUM(work.vas_distance_km), 0) AS distance_km,
                    COALESCE(person.vas_capacity_orders, 0) AS capacity_orders,
                    COALESCE(person.vas_capacity_hours, 0) AS capacity_hours,
                    GREATEST(
                        CASE WHEN rules.measure <> 'hours' THEN COALESCE(
                            COUNT(*) * 100.0 / NULLIF(person.vas_capacity_orders, 0), 0
                        ) ELSE 0 END,
                        CASE WHEN rules.measure <> 'orders' THEN COALESCE(
                            SUM(work.scheduled_duration) * 100.0
                            / NULLIF(person.vas_capacity_hours, 0), 0
                        ) ELSE 0 END
                    ) AS percent
                FROM fsm_order AS work
                JOIN fsm_person AS person ON person.id = work.person_id
                LEFT JOIN LATERAL (
                    SELECT asked.id, asked.measure
                    FROM vas_overload_rule AS asked
                    WHERE asked.active
                        AND (asked.company_id IS NULL
                             OR asked.company_id = work.company_id)
                    ORDER BY asked.sequence, asked.id LIMIT 1
                ) AS rules ON TRUE
                WHERE work.vas_work_date IS NOT NULL
                    AND work.vas_cancelled_at IS NULL
                GROUP BY work.vas_work_date, work.person_id, work.vas_station_id,
                    work.company_id, person.id, rules.id, rules.measure
            ) AS loaded
            LEFT JOIN vas_overload_rule AS rule ON rule.id = loaded.rule_id
            """
        )

    def action_open_orders(self):
        """Open the work orders behind the number."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.fsm_order_action_vas"
        )
        return dict(
            action,
            domain=[
                ("person_id", "=", self.person_id.id),
                ("vas_station_id", "=", self.station_id.id),
                ("vas_work_date", "=", self.date),
                ("vas_cancelled_at", "=", False),
            ],
            context={},
            display_name=self.person_id.name,
        )
