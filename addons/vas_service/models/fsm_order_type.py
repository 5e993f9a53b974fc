from odoo import fields, models


class FsmOrderType(models.Model):
    """Kinds of work name the skills they ask for and how long they take."""

    _inherit = "fsm.order.type"

    vas_skill_need_ids = fields.One2many(
        "vas.skill.need", "order_type_id", string="Required skills", copy=True
    )
    vas_hours = fields.Float(
        string="Usual duration (hours)",
        help="Planned for a work order of this kind when nothing else is said.",
    )
