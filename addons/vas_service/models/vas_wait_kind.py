from odoo import api, fields, models
from odoo.exceptions import ValidationError


class VasWaitKind(models.Model):
    """Which pauses are shown as which sort of waiting in the report (RPT-06)."""

    _name = "vas.wait.kind"
    _description = "Sort of Waiting"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, help="A pause belongs to the first sort that fits."
    )
    active = fields.Boolean(default=True)
    column = fields.Selection(
        [
            ("parts", "Waiting for parts"),
            ("customer", "Waiting for the customer"),
            ("sending", "Waiting for a repair elsewhere"),
        ],
        string="Column of the report",
        required=True,
    )
    reason_ids = fields.Many2many(
        "vas.dispatch.reason",
        string="Reasons of work orders",
        domain=[("kind", "=", "wait")],
    )
    words = fields.Text(
        string="Words in the reason",
        help="One per line. A pause of a ticket belongs here when its reason contains "
        "one of them.",
    )
    patterns = fields.Text(compute="_compute_patterns", store=True)

    @api.depends("words")
    def _compute_patterns(self):
        """What the query looks for: one pattern per line, wildcards taken literally."""
        for kind in self:
            words = [word.strip() for word in (kind.words or "").splitlines()]
            kind.patterns = "\n".join(
                "%"
                + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
                + "%"
                for word in words
                if word
            )

    @api.constrains("words", "reason_ids")
    def _check_something(self):
        for kind in self:
            if not kind.patterns and not kind.reason_ids:
                raise ValidationError(
                    self.env._(
                        "“%(kind)s” covers no pause. Expected: reasons of work orders, "
                        "or words in the reason.",
                        kind=kind.name,
                    )
                )
