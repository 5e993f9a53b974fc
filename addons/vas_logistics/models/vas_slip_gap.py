from odoo import fields, models


class VasSlipGap(models.Model):
    """Numbers that were skipped between two slips of one series (DOC-01)."""

    _name = "vas.slip.gap"
    _description = "Gap in Slip Numbers"
    _auto = False
    _order = "company_id, prefix, first_number"

    company_id = fields.Many2one(comodel_name="res.company", readonly=True)
    sequence_id = fields.Many2one(
        comodel_name="ir.sequence", string="Numbers", readonly=True
    )
    prefix = fields.Char(string="Series", readonly=True)
    first_number = fields.Integer(string="First Missing", readonly=True)
    last_number = fields.Integer(string="Last Missing", readonly=True)
    missing = fields.Integer(string="Numbers Missing", readonly=True)
    before = fields.Char(string="Slip Before", readonly=True)
    after = fields.Char(string="Slip After", readonly=True)

    _depends = {
        "stock.picking": ["vas_slip_number", "vas_slip_sequence_id", "company_id"],
        "vas.production.notice": ["name", "sequence_id", "company_id"],
    }

    @property
    def _table_query(self):
        """Neighbours in a series, by its sequence; without one, by company.

        The company is that of the slip after the gap.
        """
        return r"""
            WITH slip AS (
                SELECT vas_slip_number AS number, company_id,
                       vas_slip_sequence_id AS sequence_id
                  FROM stock_picking
                 WHERE vas_slip_number ~ '\d{1,9}$'
                UNION ALL
                SELECT name, company_id, sequence_id
                  FROM vas_production_notice
                 WHERE name ~ '\d{1,9}$'
            ), part AS (
                SELECT number, company_id, sequence_id,
                       regexp_replace(number, '\d{1,9}$', '') AS prefix,
                       substring(number FROM '\d{1,9}$')::int AS value
                  FROM slip
            ), pair AS (
                SELECT part.*,
                       lag(value) OVER series AS value_before,
                       lag(number) OVER series AS before
                  FROM part
                WINDOW series AS (
                    PARTITION BY COALESCE(sequence_id, -company_id), prefix
                    ORDER BY value
                )
            )
            SELECT row_number() OVER (ORDER BY company_id, prefix, value)::int AS id,
                   company_id, sequence_id, prefix,
                   value_before + 1 AS first_number,
                   value - 1 AS last_number,
                   value - value_before - 1 AS missing,
                   before, number AS after
              FROM pair
             WHERE value > value_before + 1
        """
