from odoo import api, fields, models


class StockPicking(models.Model):
    """A delivery with a slip passes the gate like a trip does (DOC-07)."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    vas_gate_ids = fields.One2many(
        comodel_name="vas.gate.release",
        inverse_name="picking_id",
        string="Gate Release",
        groups="vas_logistics.group_vas_logistics_user",
    )
    vas_gate_date = fields.Datetime(
        string="Released at the Gate",
        compute="_compute_vas_gate_date",
        store=True,
        copy=False,
    )

    @api.depends("vas_gate_ids.date")
    def _compute_vas_gate_date(self):
        for picking in self:
            # Everybody sees that goods are out; the releases are the gate's.
            picking_sudo = picking.sudo()
            picking.vas_gate_date = picking_sudo.vas_gate_ids[:1].date

    def action_vas_gate(self):
        """Release this delivery at the gate."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.vas_gate_release_action_new"
        )
        action["context"] = {"default_picking_id": self.id}
        return action
