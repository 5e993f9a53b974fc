from odoo import api, models


class VasSlaClock(models.Model):
    """Work orders know their clocks at once, as tickets do."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    @api.model
    def _insert_clocks(self, values, records):
        orders = self.env["fsm.order"].browse(
            [record.id for record in records if record._name == "fsm.order"]
        )
        orders.invalidate_recordset(["vas_clock_ids"], flush=False)
        return super()._insert_clocks(values, records)
