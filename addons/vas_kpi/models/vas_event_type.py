from odoo import api, fields, models


class VasEventType(models.Model):
    """A kind of event that comes from outside Odoo, such as a call."""

    _name = "vas.event.type"
    _description = "Event type"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True, copy=False, help="Used in filters of metrics and in imports."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(
        translate=True, help="What is one event, and where the events come from."
    )
    event_count = fields.Integer(string="Events", compute="_compute_event_count")

    _code_uniq = models.UniqueIndex("(code)", "This code belongs to another type.")

    def _compute_event_count(self):
        counts = dict(
            self.env["vas.event"]._read_group(
                [("type_id", "in", self.ids)], ["type_id"], ["__count"]
            )
        )
        for event_type in self:
            event_type.event_count = counts.get(event_type, 0)

    @api.depends("name")
    def _compute_display_name(self):
        for event_type in self:
            event_type.display_name = event_type.name or event_type.code

    def action_open_events(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("vas_kpi.vas_event_action"),
            "domain": [("type_id", "=", self.id)],
            "context": {"default_type_id": self.id},
        }
