from odoo import api, fields, models
from odoo.tools import SQL


class AccountMove(models.Model):
    _inherit = "account.move"

    vas_paid_on = fields.Date(
        string="Fully paid on",
        compute="_compute_vas_paid_on",
        store=True,
        index="btree_not_null",
        help="The day on which the last part of the invoice was settled.",
    )
    vas_paid_on_time = fields.Boolean(
        string="Paid on time",
        compute="_compute_vas_paid_on",
        store=True,
        help="Fully paid on or before the due date.",
    )

    @api.depends(
        "state",
        "payment_state",
        "amount_residual",
        "invoice_date",
        "invoice_date_due",
        "matched_payment_ids.date",
    )
    def _compute_vas_paid_on(self):
        settled = self.filtered(
            lambda move: (
                move.state == "posted"
                and move.is_invoice()
                and move.payment_state in ("paid", "in_payment", "reversed")
            )
        )
        settled_on = settled._get_vas_settlement_dates()
        for move in self:
            paid_on = False
            if move in settled:
                # A payment without journal entry has no reconciliation to read from.
                paid_on = max(
                    filter(
                        None,
                        [
                            settled_on.get(move._origin.id),
                            *move.matched_payment_ids.filtered(
                                lambda payment: not payment.move_id
                            ).mapped("date"),
                        ],
                    ),
                    default=move.invoice_date,
                )
            move.vas_paid_on = paid_on
            move.vas_paid_on_time = bool(
                paid_on and move.invoice_date_due and paid_on <= move.invoice_date_due
            )

    def _get_vas_settlement_dates(self):
        """Return {move id: day of its last reconciliation} in one query."""
        if not self.ids:
            return {}
        self.env["account.partial.reconcile"].flush_model()
        self.env["account.move.line"].flush_model(["move_id", "account_id"])
        parts = [
            SQL(
                """
                SELECT line.move_id AS move_id, part.max_date AS max_date
                  FROM account_partial_reconcile part
                  JOIN account_move_line line ON line.id = part.%(own_side)s
                  JOIN account_account account ON account.id = line.account_id
                 WHERE line.move_id IN %(move_ids)s
                   AND account.account_type IN ('asset_receivable', 'liability_payable')
                """,
                own_side=SQL.identifier(own_side),
                move_ids=tuple(self.ids),
            )
            for own_side in ("debit_move_id", "credit_move_id")
        ]
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT move_id, MAX(max_date) FROM (%s) AS settled"
                    " GROUP BY move_id",
                    SQL(" UNION ALL ").join(parts),
                )
            )
        )

    def _post(self, soft=True):
        posted = super()._post(soft=soft)
        posted.filtered(lambda move: move.is_sale_document())._vas_note_first_business()
        return posted

    def _vas_note_first_business(self):
        """Keep the day of the first posted invoice on the customers of these moves."""
        if not self:
            return
        firsts = self._read_group(
            [
                ("id", "in", self.ids),
                ("move_type", "=", "out_invoice"),
                ("invoice_date", "!=", False),
            ],
            ["company_id", "commercial_partner_id"],
            ["invoice_date:min"],
        )
        for company, partner, first in firsts:
            # Whoever posts an invoice may lack the right to change the contact.
            partner_sudo = partner.sudo().with_company(company)
            known = partner_sudo.vas_first_business_date
            if not known or first < known:
                partner_sudo.vas_first_business_date = first
