from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .vas_service_report_mixin import DEVICE_COLUMNS


class VasServiceReportFault(models.Model):
    """Each fault with its reason and what was done (RPT-07)."""

    _name = "vas.service.report.fault"
    _inherit = ["vas.service.report.mixin"]
    _description = "Fault Counts and Reasons"
    _auto = False
    _order = "reported_at desc, id desc"
    _rec_name = "ticket_id"

    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    fault_type_id = fields.Many2one("vas.fault.type", readonly=True)
    fault_reason_id = fields.Many2one("vas.fault.reason", readonly=True)
    reported_at = fields.Datetime(string="Reported at", readonly=True)
    resolution = fields.Text(string="What was done", readonly=True)
    fault_count = fields.Integer(string="Faults", readonly=True)
    fault_hours = fields.Float(string="Fault time (h)", readonly=True)
    avg_fault_hours = fields.Float(
        string="Average fault time (h)", readonly=True, aggregator="avg"
    )
    device_count = fields.Integer(
        string="Devices of the models",
        readonly=True,
        help="All devices of the models in the group that the filters let through, "
        "with and without faults.",
    )
    device_fault_count = fields.Float(
        string="Faults per device of the models", readonly=True, aggregator="avg"
    )

    _ratios = {  # noqa: RUF012
        "avg_fault_hours": ("fault_hours:sum", "fault_count:sum"),
        "device_fault_count": ("fault_count:sum", "device_count:sum"),
    }

    _depends = {  # noqa: RUF012
        "fsm.equipment": [
            *("location_id", "vas_type_id", "vas_brand_id", "vas_model_id"),
            *("vas_area_id", "vas_owner_id", "vas_bank_id", "vas_provider_id"),
        ],
        "helpdesk.ticket": [
            *("active", "company_id", "stage_id", "duplicate_id", "vas_equipment_id"),
            *("vas_reported_at", "vas_fault_hours", "vas_fault_type_id"),
            *("vas_fault_reason_id", "vas_resolution"),
        ],
        "helpdesk.ticket.stage": ["vas_withdraws"],
    }

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT
                ticket.id,
                ticket.id AS ticket_id,
                ticket.company_id,
                %(device)s,
                ticket.vas_fault_type_id AS fault_type_id,
                ticket.vas_fault_reason_id AS fault_reason_id,
                ticket.vas_reported_at AS reported_at,
                ticket.vas_resolution AS resolution,
                1 AS fault_count,
                COALESCE(ticket.vas_fault_hours, 0) AS fault_hours,
                COALESCE(ticket.vas_fault_hours, 0) AS avg_fault_hours,
                1 AS device_count,
                1::float8 AS device_fault_count
            FROM helpdesk_ticket AS ticket
            JOIN fsm_equipment AS device ON device.id = ticket.vas_equipment_id
            WHERE %(is_fault)s
            """,
            device=self._device_sql(),
            is_fault=self._is_fault,
        )

    # ------------------------------------------------------------------
    # Devices of the models: also those without faults
    # ------------------------------------------------------------------

    def _with_filters(self, domain):
        """Remember what the filters say of devices, for the number of devices."""

        def of_device(condition):
            name, *rest = condition.field_expr.split(".")
            if name not in DEVICE_COLUMNS:
                return Domain.TRUE
            path = ".".join([DEVICE_COLUMNS[name], *rest])
            return Domain(path, condition.operator, condition.value)

        devices = Domain(domain).map_conditions(of_device)
        return self.with_context(vas_devices=devices)

    def _read_group(self, domain, *args, **kwargs):
        report = self._with_filters(domain)
        return super(VasServiceReportFault, report)._read_group(domain, *args, **kwargs)

    def _read_grouping_sets(self, domain, *args, **kwargs):
        report = self._with_filters(domain)
        return super(VasServiceReportFault, report)._read_grouping_sets(
            domain, *args, **kwargs
        )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec.split(":")[0] != "device_count":
            return super()._read_group_select(aggregate_spec, query)
        filters = self.env.context.get("vas_devices")
        # The number of devices is no secret to whoever reads the report; the companies
        # are those of the reader.
        devices_sudo = self.env["fsm.equipment"].sudo()
        known = devices_sudo._search(
            (filters if isinstance(filters, Domain) else Domain.TRUE)
            & Domain("company_id", "in", self.env.companies.ids)
        )
        return SQL(
            """(
                SELECT COUNT(*) FROM fsm_equipment AS stock
                WHERE stock.id IN %(known)s
                    AND stock.company_id = ANY (ARRAY_AGG(DISTINCT %(company)s))
                    AND COALESCE(stock.vas_model_id, 0)
                        = ANY (ARRAY_AGG(DISTINCT COALESCE(%(model)s, 0)))
            )""",
            known=known.subselect(),
            company=self._field_to_sql(self._table, "company_id", query),
            model=self._field_to_sql(self._table, "model_id", query),
        )

    def _get_ticket_domain(self):
        return Domain("id", "in", self.ticket_id.ids)
