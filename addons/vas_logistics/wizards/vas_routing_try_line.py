from odoo import api, fields, models

from ..models.vas_outlet_level import HANDLERS


class VasRoutingTryLine(models.TransientModel):
    """Orders of one pair of levels: who handled them, and who would now."""

    _name = "vas.routing.try.line"
    _description = "Routing Rules on Past Orders: Pair of Levels"
    _order = "changed desc, order_count desc, id"

    try_id = fields.Many2one(
        comodel_name="vas.routing.try", required=True, ondelete="cascade", index=True
    )
    origin_level_id = fields.Many2one(comodel_name="vas.outlet.level", string="From")
    destination_level_id = fields.Many2one(comodel_name="vas.outlet.level", string="To")
    order_count = fields.Integer(string="Orders")
    open_count = fields.Integer(string="Still Open")
    code_before = fields.Char(string="Level Then")
    handler_before = fields.Selection(selection=HANDLERS, string="Handled Then By")
    code_now = fields.Char(string="Level Now")
    handler_now = fields.Selection(selection=HANDLERS, string="Handled Now By")
    changed = fields.Boolean(
        string="Somebody Else", compute="_compute_changed", store=True
    )

    @api.depends("handler_before", "handler_now")
    def _compute_changed(self):
        for line in self:
            line.changed = line.handler_before != line.handler_now
