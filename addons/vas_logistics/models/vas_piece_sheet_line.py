import csv
import io

from odoo import fields, models


class VasPieceSheetLine(models.Model):
    """One component of a piece-rate sheet with its arithmetic and its work records."""

    _name = "vas.piece.sheet.line"
    _description = "Component of a Piece-rate Sheet"
    _order = "sheet_id, id"

    sheet_id = fields.Many2one(
        comodel_name="vas.piece.sheet", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="sheet_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="sheet_id.currency_id")
    employee_id = fields.Many2one(related="sheet_id.employee_id", store=True)
    date_from = fields.Date(related="sheet_id.date_from", store=True, string="Month")
    state = fields.Selection(related="sheet_id.state", store=True)
    kind = fields.Selection(
        selection=[
            ("piece", "Pieces"),
            ("team", "Team share"),
            ("correction", "Correction"),
            ("reward", "Reward"),
            ("penalty", "Penalty"),
            ("floor", "Guaranteed pay"),
        ],
        required=True,
    )
    operation_id = fields.Many2one(
        comodel_name="vas.work.operation", ondelete="restrict"
    )
    team_id = fields.Many2one(comodel_name="vas.work.team", ondelete="restrict")
    rule_id = fields.Many2one(comodel_name="vas.piece.rule", ondelete="restrict")
    basis = fields.Char(required=True)
    quantity = fields.Float(digits=(16, 3))
    rate = fields.Float(digits=(16, 4), aggregator=None)
    hours = fields.Float()
    standard_minutes = fields.Float(string="Standard Time (min)")
    amount = fields.Monetary(required=True)
    record_ids = fields.Many2many(
        comodel_name="vas.work.record",
        relation="vas_piece_line_record_rel",
        column1="line_id",
        column2="record_id",
        string="Work Records",
    )

    def action_open_records(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_logistics.vas_work_record_action"
            ),
            "domain": [("id", "in", self.record_ids.ids)],
        }

    def _to_csv(self):
        """The components as a table for payroll: UTF-8 with a mark for spreadsheets."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(
            [
                self.env._("Month"),
                self.env._("Worker"),
                self.env._("Number"),
                self.env._("Component"),
                self.env._("Basis"),
                self.env._("Amount"),
                self.env._("Currency"),
            ]
        )
        for sheet in self.sheet_id:
            # The registration number is an officer's field; payroll needs it.
            number = sheet.employee_id.sudo().barcode or ""
            head = [
                sheet.date_from.strftime("%Y-%m"),
                sheet.employee_id.name,
                number,
            ]
            currency = sheet.currency_id.name
            base = self.env._("Base wage")
            writer.writerow([*head, base, "", f"{sheet.base_wage:.2f}", currency])
            for line in sheet.line_ids:
                row = [kinds[line.kind], line.basis, f"{line.amount:.2f}", currency]
                writer.writerow([*head, *row])
        return out.getvalue().encode("utf-8-sig")
