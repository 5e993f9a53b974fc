from odoo import api, fields, models

KINDS = [
    ("start", "Trip started"),
    ("arrived", "Arrived"),
    ("loaded", "Loaded"),
    ("delivered", "Delivered"),
    ("problem", "Problem"),
    ("cancelled", "Order cancelled"),
    ("breakdown", "Vehicle broke down"),
]


class VasTripEvent(models.Model):
    """What happened on a trip: the ledger behind the status of its orders.

    Drivers report on their phone page. Each report carries a key made by the phone, so
    a report that is sent twice counts once. Nobody changes or deletes events.
    """

    _name = "vas.trip.event"
    _description = "Trip Event"
    _order = "batch_id desc, date, id"
    _check_company_auto = True

    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Trip",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="batch_id.company_id", store=True, index=True, precompute=True
    )
    kind = fields.Selection(selection=KINDS, string="What", required=True, index=True)
    date = fields.Datetime(
        string="When", required=True, help="By the clock of the one who reported."
    )
    outlet_id = fields.Many2one(
        comodel_name="vas.outlet", string="Where", check_company=True
    )
    stop_key = fields.Char(string="Stop")
    picking_ids = fields.Many2many(
        comodel_name="stock.picking",
        relation="vas_trip_event_picking_rel",
        column1="event_id",
        column2="picking_id",
        string="Orders",
        check_company=True,
    )
    driver_id = fields.Many2one(comodel_name="res.partner", check_company=True)
    reason_id = fields.Many2one(comodel_name="vas.delivery.reason", ondelete="restrict")
    note = fields.Text()
    receiver = fields.Char(string="Received By")
    signature = fields.Image(max_width=1024, max_height=512)
    photo_ids = fields.Many2many(
        comodel_name="ir.attachment",
        relation="vas_trip_event_photo_rel",
        column1="event_id",
        column2="attachment_id",
        string="Photos",
    )
    refusal = fields.Char(
        string="Not Applied Because",
        help="The report is kept, but it came too late to change the order.",
    )
    key = fields.Char(readonly=True)

    _key_uniq = models.UniqueIndex(
        "(batch_id, key) WHERE key IS NOT NULL", "This report has arrived already."
    )

    @api.depends("kind", "outlet_id", "batch_id")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for event in self:
            parts = (
                event.batch_id.name,
                labels.get(event.kind),
                event.outlet_id.display_name,
            )
            event.display_name = " · ".join(part for part in parts if part)
