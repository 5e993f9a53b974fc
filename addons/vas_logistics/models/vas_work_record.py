from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class VasWorkRecord(models.Model):
    """Work that was done: who, what, how many pieces, how long."""

    _name = "vas.work.record"
    _description = "Work Record"
    _order = "date desc, id desc"
    _check_company_auto = True

    date = fields.Date(required=True, default=fields.Date.context_today, index=True)
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
    )
    operation_id = fields.Many2one(
        comodel_name="vas.work.operation",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    unit = fields.Char(related="operation_id.unit")
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Worker",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    team_id = fields.Many2one(
        comodel_name="vas.work.team",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        help="Work of a whole team; its members share the pay.",
    )
    quantity = fields.Float(
        string="Pieces", required=True, digits=(16, 3), help="Negative: a correction."
    )
    hours = fields.Float(
        compute="_compute_hours",
        store=True,
        readonly=False,
        help="Working time, of everybody together for a team.",
    )
    member_hours_ids = fields.One2many(
        comodel_name="vas.work.hours",
        inverse_name="record_id",
        string="Hours per Member",
        help="Empty: the members of the team worked equally long.",
    )
    standard_minutes = fields.Float(
        compute="_compute_standard_minutes", store=True, string="Standard Time (min)"
    )
    late = fields.Boolean(help="The work was not finished on time.")
    defects = fields.Float(
        string="Defective Pieces",
        digits=(16, 3),
        help="Pieces that were damaged or done wrongly; a rule may deduct them.",
    )
    note = fields.Char()
    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Transfer",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    corrects_id = fields.Many2one(
        comodel_name="vas.work.record",
        index="btree_not_null",
        ondelete="restrict",
        help="Paid at the rate of the day of the corrected work.",
    )
    sheet_line_ids = fields.Many2many(
        comodel_name="vas.piece.sheet.line",
        relation="vas_piece_line_record_rel",
        column1="record_id",
        column2="line_id",
        string="Paid in",
        readonly=True,
        copy=False,
        groups="vas_logistics.group_vas_logistics_officer",
    )
    is_paid = fields.Boolean(
        string="On an Approved Sheet",
        compute="_compute_is_paid",
        search="_search_is_paid",
    )

    is_handed_in = fields.Boolean(
        string="On a Submitted or Approved Sheet",
        compute="_compute_is_paid",
        search="_search_is_handed_in",
    )

    _once_per_transfer = models.UniqueIndex(
        "(picking_id, operation_id) WHERE picking_id IS NOT NULL"
        " AND corrects_id IS NULL",
        "This transfer is already counted for the operation.",
    )
    _worker_or_team = models.Constraint(
        "CHECK((employee_id IS NULL) != (team_id IS NULL))",
        "A work record is for one worker or for one team, not both.",
    )
    _hours_positive = models.Constraint(
        "CHECK(hours >= 0)", "Working time must not be negative."
    )
    _defects_positive = models.Constraint(
        "CHECK(defects >= 0)", "Defective pieces must not be negative."
    )
    _sheet_idx = models.Index("(company_id, date)")

    @api.depends("operation_id", "date", "employee_id", "team_id")
    def _compute_display_name(self):
        for record in self:
            who = record.employee_id.name or record.team_id.name or ""
            record.display_name = (
                f"{record.operation_id.name or ''} · {who} · {record.date or ''}"
            )

    @api.depends("member_hours_ids.hours")
    def _compute_hours(self):
        for record in self:
            if record.member_hours_ids:
                record.hours = sum(record.member_hours_ids.mapped("hours"))

    @api.depends(
        "quantity", "operation_id.standard_minutes", "operation_id.standard_base"
    )
    def _compute_standard_minutes(self):
        for record in self:
            operation = record.operation_id
            record.standard_minutes = (
                record.quantity * operation.standard_minutes / operation.standard_base
                if operation.standard_base
                else 0.0
            )

    @api.depends("sheet_line_ids.sheet_id.state")
    def _compute_is_paid(self):
        for record in self:
            # Everybody sees that work is paid; the sheets are for officers.
            states = record.sudo().sheet_line_ids.sheet_id.mapped("state")
            record.is_paid = "approved" in states
            record.is_handed_in = bool({"submitted", "approved"} & set(states))

    def _search_is_paid(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._search_sheets(["approved"], True in value)

    def _search_is_handed_in(self, operator, value):
        if operator != "in":
            return NotImplemented
        return self._search_sheets(["submitted", "approved"], True in value)

    def _search_sheets(self, states, wanted):
        # As in the computation.
        ids = self.sudo()._search([("sheet_line_ids.sheet_id.state", "in", states)])
        return [("id", "in" if wanted else "not in", ids)]

    @api.constrains("quantity", "corrects_id")
    def _check_sign(self):
        for record in self:
            if record.quantity < 0 and not record.corrects_id:
                raise ValidationError(
                    self.env._(
                        "%(record)s: fewer than no pieces are a correction. Use"
                        " “Correct” on the record that was wrong.",
                        record=record.display_name,
                    )
                )

    @api.constrains("team_id", "member_hours_ids")
    def _check_member_hours(self):
        for record in self:
            strangers = (
                record.member_hours_ids.employee_id
                - record.team_id.member_ids.employee_id
            )
            if strangers:
                raise ValidationError(
                    self.env._(
                        "%(record)s: %(worker)s is not in the team. Enter hours of"
                        " members of the team only.",
                        record=record.display_name,
                        worker=strangers[0].name,
                    )
                )

    def _get_member_hours(self, team):
        """Hours of each member of ``team`` in these records, by employee id."""
        hours = {}
        for record in self:
            entered = [
                (line.employee_id, line.hours) for line in record.member_hours_ids
            ]
            if not entered and team.member_ids:
                # Without a list everybody worked equally long.
                share = record.hours / len(team.member_ids)
                entered = [(member.employee_id, share) for member in team.member_ids]
            for employee, worked in entered:
                hours[employee.id] = hours.get(employee.id, 0.0) + worked
        return {key: round(value, 6) for key, value in hours.items()}

    def _check_unpaid(self):
        for record in self:
            if record.is_paid:
                raise UserError(
                    self.env._(
                        "%(record)s is paid on an approved sheet and stays as it is."
                        " Use “Correct”: the difference goes to the next sheet.",
                        record=record.display_name,
                    )
                )
            if record.is_handed_in:
                raise UserError(
                    self.env._(
                        "%(record)s is on a sheet that waits for approval. Put the"
                        " sheet back to draft first.",
                        record=record.display_name,
                    )
                )

    def write(self, vals):
        if set(vals) - {"note", "sheet_line_ids"}:
            self._check_unpaid()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_paid(self):
        self._check_unpaid()

    def action_correct(self):
        """Open a new record that corrects this one."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Correction"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_corrects_id": self.id,
                "default_operation_id": self.operation_id.id,
                "default_employee_id": self.employee_id.id,
                "default_team_id": self.team_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    @api.model
    def _record_transfers(self, pickings):
        """Make the records of finished transfers; a transfer counts once.

        Nothing is made for a transfer without a worker or team: the list “Done, worker
        missing” shows them.
        """
        types = pickings.picking_type_id
        # Who finishes a transfer need not be allowed to read the pay operations.
        rules_sudo = self.env["vas.work.operation"].sudo()
        operations_sudo = rules_sudo.search([("picking_type_ids", "in", types.ids)])
        if not operations_sudo:
            return self.browse()
        # Nor may the worker write pay records; the transfer decides what is written.
        records_sudo = self.sudo()
        known = {
            (picking.id, operation.id)
            for picking, operation in records_sudo._read_group(
                [("picking_id", "in", pickings.ids), ("corrects_id", "=", False)],
                ["picking_id", "operation_id"],
            )
        }
        vals_list = []
        for picking in pickings:
            if not (picking.vas_worker_id or picking.vas_work_team_id):
                continue
            for operation in operations_sudo:
                if (
                    picking.picking_type_id not in operation.picking_type_ids
                    or (picking.id, operation.id) in known
                ):
                    continue
                done = fields.Datetime.context_timestamp(
                    picking, picking.date_done or fields.Datetime.now()
                )
                vals_list.append(
                    {
                        "date": done.date(),
                        "company_id": picking.company_id.id,
                        "operation_id": operation.id,
                        "employee_id": not picking.vas_work_team_id
                        and picking.vas_worker_id.id,
                        "team_id": picking.vas_work_team_id.id,
                        "quantity": operation._count(picking),
                        "late": bool(
                            picking.date_deadline
                            and picking.date_done
                            and picking.date_done > picking.date_deadline
                        ),
                        "picking_id": picking.id,
                    }
                )
        return records_sudo.create(vals_list)
