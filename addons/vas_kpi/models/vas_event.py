from odoo import api, fields, models


class VasEvent(models.Model):
    """Something that happened outside Odoo at a moment: a call, a visit, an alarm.

    Observations carry finished figures of a day; events carry the moments from which
    figures such as “called again within two hours” are made.
    """

    _name = "vas.event"
    _description = "Event"
    _order = "time desc, id desc"
    _check_company_auto = True

    type_id = fields.Many2one(
        comodel_name="vas.event.type", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    time = fields.Datetime(
        string="Date and time", required=True, default=fields.Datetime.now
    )
    end_time = fields.Datetime(string="Ended")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="About",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The vendor, site or area that the event belongs to.",
    )
    actor_id = fields.Many2one(
        comodel_name="res.partner",
        string="Handled by",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The person who handled it, such as the agent of a call.",
    )
    group_key = fields.Char(
        string="Customer's number",
        help="What tells that two events are of the same customer, such as the calling"
        " number.",
    )
    is_connected = fields.Boolean(
        string="Connected", help="It came about: the call was answered by a person."
    )
    source_key = fields.Char(
        copy=False,
        help="The event's own number in its source; the same event never counts twice.",
    )
    note = fields.Char()

    _source_uniq = models.UniqueIndex(
        "(type_id, company_id, source_key) WHERE source_key IS NOT NULL",
        "This event is already recorded.",
    )
    _time_idx = models.Index("(company_id, time)")
    _end_after_time = models.Constraint(
        "CHECK (end_time IS NULL OR end_time >= time)",
        "An event cannot end before it begins.",
    )

    @api.depends("type_id", "group_key", "time")
    def _compute_display_name(self):
        for event in self:
            time = fields.Datetime.context_timestamp(event, event.time)
            parts = (event.type_id.name, event.group_key, f"{time:%Y-%m-%d %H:%M}")
            event.display_name = " · ".join(part for part in parts if part)
