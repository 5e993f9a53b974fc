from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    vas_piece_floor = fields.Float(related="company_id.vas_piece_floor", readonly=False)
    vas_piece_base_from_contract = fields.Boolean(
        related="company_id.vas_piece_base_from_contract", readonly=False
    )
    vas_piece_four_eyes = fields.Boolean(
        related="company_id.vas_piece_four_eyes", readonly=False
    )
    vas_carrier_product_id = fields.Many2one(
        related="company_id.vas_carrier_product_id", readonly=False
    )
    vas_planning_profile_id = fields.Many2one(
        related="company_id.vas_planning_profile_id", readonly=False
    )
    vas_solver_seconds = fields.Float(
        related="vas_planning_profile_id.solver_seconds", readonly=False
    )
    vas_background_orders = fields.Integer(
        related="vas_planning_profile_id.background_orders", readonly=False
    )
    vas_warning_load_rate = fields.Float(
        related="vas_planning_profile_id.warning_load_rate", readonly=False
    )
    vas_gate_required = fields.Boolean(
        related="company_id.vas_gate_required", readonly=False
    )
    vas_gate_segregation = fields.Boolean(
        related="company_id.vas_gate_segregation", readonly=False
    )
