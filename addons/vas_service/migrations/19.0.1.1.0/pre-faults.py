def migrate(cr, version):
    """Tickets of before were reported when opened and repaired when closed.

    The columns are made and filled here: their defaults speak of tickets of today.
    """
    cr.execute(
        """
        ALTER TABLE helpdesk_ticket
            ADD COLUMN IF NOT EXISTS vas_reported_at timestamp,
            ADD COLUMN IF NOT EXISTS vas_repaired_at timestamp,
            ADD COLUMN IF NOT EXISTS vas_fault_hours double precision
        """
    )
    cr.execute(
        """
        UPDATE helpdesk_ticket
           SET vas_reported_at = LEAST(create_date, COALESCE(closed_date, create_date)),
               vas_repaired_at = closed_date,
               vas_fault_hours = GREATEST(0, COALESCE(
                   EXTRACT(EPOCH FROM closed_date - create_date) / 3600, 0))
         WHERE vas_reported_at IS NULL
        """
    )
