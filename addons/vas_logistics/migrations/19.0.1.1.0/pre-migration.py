from odoo.tools import sql


def migrate(cr, version):
    """Documents learn what they were made for, lines what they charge for.

    The figures that follow from these are computed by the update itself; nothing that
    was invoiced, credited or billed becomes due again.
    """
    if sql.column_exists(cr, "account_move_line", "vas_agreed_amount"):
        return
    sql.create_column(cr, "account_move_line", "vas_agreed_amount", "numeric")
    sql.create_column(cr, "vas_trip_ledger_line", "goods_key", "varchar")
    # Credit notes were made for what they say, invoices for the charge of that day.
    cr.execute(
        """
        UPDATE account_move_line AS item
           SET vas_agreed_amount = item.price_subtotal
          FROM account_move AS move
         WHERE move.id = item.move_id AND move.move_type = 'out_refund'
           AND item.vas_ledger_line_id IS NOT NULL
        """
    )
    cr.execute(
        """
        WITH standing AS (
            SELECT item.id, item.vas_ledger_line_id,
                   row_number() OVER each AS place
              FROM account_move_line AS item
              JOIN account_move AS move ON move.id = item.move_id
             WHERE move.move_type = 'out_invoice' AND move.state != 'cancel'
               AND move.payment_state != 'reversed'
               AND item.vas_ledger_line_id IS NOT NULL
            WINDOW each AS (PARTITION BY item.vas_ledger_line_id ORDER BY item.id)
        )
        UPDATE account_move_line AS item
           SET vas_agreed_amount = CASE WHEN standing.place > 1 THEN 0 ELSE
                   CASE WHEN line.invoice_currency_id IS NULL THEN line.charge
                        ELSE line.invoice_amount END END
          FROM standing
          JOIN vas_trip_ledger_line AS line ON line.id = standing.vas_ledger_line_id
         WHERE item.id = standing.id
        """
    )
    # What left the trip after its invoice is not charged any more.
    cr.execute(
        """
        UPDATE vas_trip_ledger_line
           SET invoice_amount = invoice_amount * (charge - undelivered) / charge,
               charge = charge - undelivered
         WHERE undelivered > 0 AND charge > 0
        """
    )
    # Bills were made for the whole trip, whatever the carrier asked in the end.
    cr.execute(
        """
        WITH standing AS (
            SELECT item.id, item.vas_ledger_id,
                   row_number() OVER (PARTITION BY item.vas_ledger_id ORDER BY item.id)
                       AS place
              FROM account_move_line AS item
              JOIN account_move AS move ON move.id = item.move_id
             WHERE move.move_type = 'in_invoice' AND move.state != 'cancel'
               AND item.vas_ledger_id IS NOT NULL
        )
        UPDATE account_move_line AS item
           SET vas_agreed_amount =
                   ledger.planned_cost + COALESCE(ledger.return_cost, 0)
          FROM standing
          JOIN vas_trip_ledger AS ledger ON ledger.id = standing.vas_ledger_id
         WHERE item.id = standing.id AND standing.place = 1
        """
    )
    cr.execute(
        """
        UPDATE vas_trip_ledger_line AS line
           SET goods_key = COALESCE((
                   SELECT string_agg(picking.id::text, ',' ORDER BY picking.id)
                     FROM vas_trip_ledger_line_picking_rel AS rel
                     JOIN stock_picking AS picking ON picking.id = rel.picking_id
                    WHERE rel.line_id = line.id AND picking.state != 'cancel'
                      AND picking.batch_id = ledger.batch_id), '') || '|' || COALESCE((
                   SELECT string_agg(goods.id::text, ',' ORDER BY goods.id)
                     FROM vas_trip_return AS goods
                    WHERE goods.batch_id = ledger.batch_id
                      AND goods.partner_id = line.partner_id), '')
          FROM vas_trip_ledger AS ledger
         WHERE ledger.id = line.ledger_id
        """
    )
