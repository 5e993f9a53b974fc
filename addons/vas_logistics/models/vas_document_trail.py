from odoo import fields, models


class VasDocumentTrail(models.Model):
    """Which document of which step a notice has, from its real records (DOC-09)."""

    _name = "vas.document.trail"
    _description = "Documents of a Notice"
    _auto = False
    _order = "notice_id desc, step_sequence, document_sequence, id"

    notice_id = fields.Many2one(
        comodel_name="vas.production.notice",
        string="Production Notice",
        readonly=True,
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    step_id = fields.Many2one(comodel_name="vas.base.step", readonly=True)
    document_id = fields.Many2one(comodel_name="vas.base.document", readonly=True)
    responsible = fields.Char(related="step_id.responsible")
    step_sequence = fields.Integer(readonly=True)
    document_sequence = fields.Integer(readonly=True)
    reference = fields.Char(string="Numbers", readonly=True)
    status = fields.Selection(
        selection=[
            ("there", "There"),
            ("open", "Not complete"),
            ("missing", "Missing"),
        ],
        readonly=True,
    )

    _depends = {
        "vas.production.notice": [
            "state",
            "name",
            "company_id",
            "equipment_ready",
            "cost_date",
        ],
        "vas.production.material": ["notice_id"],
        "vas.base.step": ["active", "sequence", "company_id"],
        "vas.base.document": ["kind", "step_id", "sequence", "slip_type_ids"],
        "vas.slip.type": ["picking_type_ids"],
        "stock.picking": [
            "vas_notice_id",
            "vas_slip_number",
            "state",
            "picking_type_id",
            "vas_gate_date",
            "batch_id",
        ],
        "stock.picking.batch": ["vas_gate_date"],
    }

    @property
    def _table_query(self):
        """Each notice that stands × each document, with what its transfers prove."""
        return """
            SELECT (notice.id::bigint * 1000000 + document.id) AS id,
                   notice.id AS notice_id, notice.company_id,
                   step.id AS step_id, step.sequence AS step_sequence,
                   document.id AS document_id,
                   document.sequence AS document_sequence,
                   CASE WHEN document.kind IN ('slip', 'gate') THEN slips.numbers
                        WHEN document.kind IN ('notice', 'material') THEN notice.name
                   END AS reference,
                   CASE document.kind
                       WHEN 'notice' THEN CASE
                           WHEN notice.state = 'draft' THEN 'open' ELSE 'there' END
                       WHEN 'material' THEN CASE
                           WHEN NOT EXISTS (
                               SELECT 1 FROM vas_production_material material
                                WHERE material.notice_id = notice.id
                           ) THEN 'missing'
                           WHEN notice.state = 'draft' THEN 'open' ELSE 'there' END
                       WHEN 'equipment' THEN CASE
                           WHEN notice.equipment_ready THEN 'there'
                           ELSE 'missing' END
                       WHEN 'made' THEN CASE notice.state
                           WHEN 'done' THEN 'there'
                           WHEN 'production' THEN 'open' ELSE 'missing' END
                       WHEN 'cost' THEN CASE
                           WHEN notice.cost_date IS NOT NULL THEN 'there'
                           ELSE 'missing' END
                       WHEN 'slip' THEN CASE
                           WHEN slips.found = 0 THEN 'missing'
                           WHEN slips.done = slips.found THEN 'there'
                           ELSE 'open' END
                       WHEN 'gate' THEN CASE
                           WHEN slips.found = 0 THEN 'missing'
                           WHEN slips.released = slips.found THEN 'there'
                           WHEN slips.released > 0 THEN 'open'
                           ELSE 'missing' END
                   END AS status
              FROM vas_production_notice notice
              JOIN vas_base_step step
                ON step.active
               AND COALESCE(step.company_id, notice.company_id) = notice.company_id
              JOIN vas_base_document document ON document.step_id = step.id
             CROSS JOIN LATERAL (
                 SELECT count(*) AS found,
                        count(*) FILTER (WHERE picking.state = 'done') AS done,
                        count(
                            COALESCE(picking.vas_gate_date, trip.vas_gate_date)
                        ) AS released,
                        string_agg(
                            COALESCE(picking.vas_slip_number, picking.name), ', '
                            ORDER BY picking.id
                        ) AS numbers
                   FROM stock_picking picking
                   LEFT JOIN stock_picking_batch trip ON trip.id = picking.batch_id
                  WHERE picking.vas_notice_id = notice.id
                    AND picking.state != 'cancel'
                    AND EXISTS (
                        SELECT 1
                          FROM vas_base_document_slip_rel wanted
                          JOIN stock_picking_type_vas_slip_type_rel carried
                            ON carried.vas_slip_type_id = wanted.slip_type_id
                         WHERE wanted.document_id = document.id
                           AND carried.stock_picking_type_id = picking.picking_type_id
                    )
             ) slips
             WHERE notice.state != 'cancelled'
        """
