from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError


class VasPieceSheetMake(models.TransientModel):
    """Make the piece-rate sheets of a month from the work records."""

    _name = "vas.piece.sheet.make"
    _description = "Make Piece-rate Sheets"

    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    month = fields.Date(
        required=True,
        default=lambda self: (
            fields.Date.context_today(self) + relativedelta(months=-1, day=1)
        ),
        help="Any day of the month.",
    )

    def action_make(self):
        self.ensure_one()
        sheets = self.env["vas.piece.sheet"]._make(self.company_id, self.month)
        if not sheets:
            raise UserError(
                self.env._(
                    "Nobody has work records in %(month)s.",
                    month=self.month.strftime("%Y-%m"),
                )
            )
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_logistics.vas_piece_sheet_action"
            ),
            "domain": [("id", "in", sheets.ids)],
            "context": {},
        }
