from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .vas_service_report_mixin import DEVICE_COLUMNS


class VasServiceReportSatisfaction(models.Model):
    """Answers to satisfaction questions beside the devices in use (RPT-05)."""

    _name = "vas.service.report.satisfaction"
    _inherit = ["vas.service.report.mixin"]
    _description = "Satisfaction Result"
    _auto = False
    _order = "month desc, id"
    _rec_name = "provider_id"

    request_id = fields.Many2one(
        "vas.satisfaction.request", string="Answer", readonly=True
    )
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    month = fields.Date(readonly=True)
    device_count = fields.Integer(
        string="Devices", readonly=True, help="Each device counts once in a group."
    )
    very_count = fields.Integer(string="Very satisfied", readonly=True)
    satisfied_count = fields.Integer(string="Satisfied", readonly=True)
    dissatisfied_count = fields.Integer(string="Dissatisfied", readonly=True)
    answer_count = fields.Integer(string="Answers", readonly=True)
    good_count = fields.Integer(string="Counted as satisfied", readonly=True)
    rate = fields.Float(
        string="Satisfaction rate (%)",
        readonly=True,
        aggregator="avg",
        help="Answers whose level counts as satisfied ÷ all answers.",
    )

    _ratios = {  # noqa: RUF012
        "device_count": ("equipment_id:count_distinct",),
        "rate": ("good_count:sum", "answer_count:sum", 100),
    }

    _depends = {  # noqa: RUF012
        "vas.satisfaction.request": ["company_id", "ticket_id", "state", "score"],
        "vas.satisfaction.level": ["active", "score_from", "column", "counts"],
        "vas.service.report.device": ["month", "equipment_id"],
        "helpdesk.ticket": ["vas_equipment_id", "vas_provider_id"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT
                request.id::bigint * 2 AS id,
                request.company_id,
                request.id AS request_id,
                request.ticket_id,
                %(device)s,
                date_trunc('month', %(answered)s)::date AS month,
                (device.id IS NOT NULL)::int AS device_count,
                (level.column = 'very')::int AS very_count,
                (level.column = 'satisfied')::int AS satisfied_count,
                (level.column = 'dissatisfied')::int AS dissatisfied_count,
                1 AS answer_count,
                COALESCE(level.counts, FALSE)::int AS good_count,
                COALESCE(level.counts, FALSE)::int * 100::float8 AS rate
            FROM vas_satisfaction_request AS request
            JOIN helpdesk_ticket AS ticket ON ticket.id = request.ticket_id
            LEFT JOIN fsm_equipment AS device ON device.id = ticket.vas_equipment_id
            LEFT JOIN LATERAL (
                SELECT known.column, known.counts
                FROM vas_satisfaction_level AS known
                WHERE known.active AND known.score_from <= request.score
                ORDER BY known.score_from DESC LIMIT 1
            ) AS level ON TRUE
            WHERE request.state = 'answered'
            UNION ALL
            SELECT
                stock.id * 2 + 1,
                stock.company_id,
                NULL,
                NULL,
                %(stock)s,
                stock.month,
                1, 0, 0, 0, 0, 0, NULL
            FROM (%(devices)s) AS stock
            """,
            answered=self._local(SQL("request.answered_at")),
            device=self._device_sql(
                provider_id=SQL(
                    "COALESCE(ticket.vas_provider_id, device.vas_provider_id)"
                )
            ),
            stock=SQL(", ").join(
                SQL("stock.%s", SQL.identifier(name)) for name in DEVICE_COLUMNS
            ),
            devices=self.env["vas.service.report.device"]._table_query,
        )

    # ------------------------------------------------------------------
    # Devices beside the answers: one row each is enough unless months are apart
    # ------------------------------------------------------------------

    def _counted(self, domain, grouping_sets):
        """Remember the months that are asked for, if no row has to say its own."""
        period = self._get_period(domain)
        if period is None or any(
            spec.split(":")[0] == "month" for each in grouping_sets for spec in each
        ):
            return self
        return self.with_context(vas_period=period, vas_first_month=True)

    def _read_group(self, domain, groupby=(), aggregates=(), *args, **kwargs):
        report = self
        if "__count" not in aggregates:
            report = self._counted(domain, [groupby])
        return super(VasServiceReportSatisfaction, report)._read_group(
            domain, groupby, aggregates, *args, **kwargs
        )

    def _read_grouping_sets(self, domain, grouping_sets, *args, **kwargs):
        report = self._counted(domain, grouping_sets)
        return super(VasServiceReportSatisfaction, report)._read_grouping_sets(
            domain, grouping_sets, *args, **kwargs
        )

    def _get_ticket_domain(self):
        return Domain("id", "in", self.ticket_id.ids)

    def action_open_source(self):
        """Open the answers themselves."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_satisfaction_request_action"
        )
        return dict(
            action,
            domain=[("id", "in", self.request_id.ids)],
            context={},
            display_name=self.env._("Behind this number"),
        )
