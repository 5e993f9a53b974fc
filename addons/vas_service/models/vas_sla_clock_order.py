from odoo import api, models


class VasSlaClock(models.Model):
    """Work orders know their clocks at once, as tickets do."""

    _name = "vas.sla.clock"
    _inherit = ["vas.sla.clock"]

    @api.model
    def _insert_clocks(self, rows):
        orders = self.env["fsm.order"].browse(
            [row["res_id"] for row in rows if row["res_model"] == "fsm.order"]
        )
        orders.invalidate_recordset(["vas_clock_ids"], flush=False)
        return super()._insert_clocks(rows)
