from odoo import fields, models


class VasDeliveryReason(models.Model):
    """Why goods were not loaded or delivered, as the driver reports it."""

    _name = "vas.delivery.reason"
    _description = "Delivery Problem"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    effect = fields.Selection(
        selection=[
            ("keep", "The order stays on the trip"),
            ("reopen", "The order goes back to the open orders"),
            ("return", "The goods come back to their outlet"),
        ],
        required=True,
        default="keep",
        help="What becomes of the order when a driver reports this.",
    )
    note_required = fields.Boolean(
        help="The driver must write what happened before the report is accepted."
    )
    photo_required = fields.Boolean(
        help="The driver must take a photo before the report is accepted."
    )
    active = fields.Boolean(default=True)
