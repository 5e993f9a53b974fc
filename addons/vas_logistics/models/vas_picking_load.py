from odoo import fields, models


class VasPickingLoad(models.Model):
    """People who pick for the vehicles at the doors, for each half hour.

    The departure of a trip fixes its time at the door, the door the start of picking,
    the picking how many people are needed when.
    """

    _name = "vas.picking.load"
    _description = "People Picking per Half Hour"
    _auto = False
    _order = "slot, id"

    slot = fields.Datetime(string="Half Hour From", readonly=True)
    time = fields.Char(string="Time of Day", readonly=True)
    people = fields.Integer(string="People Needed", readonly=True)
    booking_id = fields.Many2one(
        comodel_name="vas.door.booking", string="Door Booking", readonly=True
    )
    door_id = fields.Many2one(comodel_name="stock.location", readonly=True)
    warehouse_id = fields.Many2one(comodel_name="stock.warehouse", readonly=True)
    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch", string="Trip", readonly=True
    )
    company_id = fields.Many2one(comodel_name="res.company", readonly=True)

    _depends = {
        "vas.door.booking": [
            "picking_start",
            "start",
            "state",
            "pickers",
            "door_id",
            "warehouse_id",
            "batch_id",
            "company_id",
        ],
        "res.partner": ["tz"],
    }

    @property
    def _table_query(self):
        """Half hours from the start of picking to the vehicle's time at the door.

        The time of day is that of the company.
        """
        return """
            SELECT row_number() OVER (ORDER BY slot, booking.id)::int AS id,
                   slot,
                   to_char(
                       slot AT TIME ZONE 'UTC'
                            AT TIME ZONE COALESCE(partner.tz, 'UTC'),
                       'HH24:MI'
                   ) AS time,
                   booking.pickers AS people,
                   booking.id AS booking_id,
                   booking.door_id, booking.warehouse_id, booking.batch_id,
                   booking.company_id
              FROM vas_door_booking booking
              JOIN res_company company ON company.id = booking.company_id
              JOIN res_partner partner ON partner.id = company.partner_id
             CROSS JOIN LATERAL generate_series(
                       date_trunc('hour', booking.picking_start)
                       + floor(
                           extract(minute FROM booking.picking_start) / 30
                       ) * interval '30 minutes',
                       booking.start - interval '1 second',
                       interval '30 minutes'
                   ) AS slot
             WHERE booking.state IN ('booked', 'arrived')
               AND booking.picking_start IS NOT NULL
        """
