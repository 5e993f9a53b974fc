from odoo import fields, models


class HelpdeskTicket(models.Model):
    """Fields of the helpdesk that our screens show.

    They are named here once more, unchanged, so that their labels belong to this addon
    too and are translated with it: the helpdesk itself has no Chinese.
    """

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket"]

    number = fields.Char()
    name = fields.Char()
    description = fields.Html()
    team_id = fields.Many2one()
    user_id = fields.Many2one()
    stage_id = fields.Many2one()
    priority = fields.Selection()
    channel_id = fields.Many2one()
    category_id = fields.Many2one()
    tag_ids = fields.Many2many()
    partner_id = fields.Many2one()
    commercial_partner_id = fields.Many2one()
    partner_name = fields.Char()
    partner_email = fields.Char()
    assigned_date = fields.Datetime()
    closed_date = fields.Datetime()
    last_stage_update = fields.Datetime()
    duplicate_id = fields.Many2one()
