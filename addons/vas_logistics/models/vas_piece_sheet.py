from collections import defaultdict

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools.misc import formatLang

from ..tools import piece_rate

#: Handed in: the figures stay, whatever becomes of the work records.
DECIDED = ("submitted", "approved")


class VasPieceSheet(models.Model):
    """What somebody earned by the piece in a month, with the arithmetic (SKP-01)."""

    _name = "vas.piece.sheet"
    _description = "Piece-rate Sheet"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "vas.lock.mixin",
        "vas.guarded.mixin",
    ]
    _order = "date_from desc, employee_id, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    employee_id = fields.Many2one(
        comodel_name="hr.employee",
        string="Worker",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        readonly=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
        index=True,
        readonly=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="Month", required=True, index=True, readonly=True)
    date_to = fields.Date(
        string="Until", compute="_compute_date_to", store=True, precompute=True
    )
    state = fields.Selection(
        selection=[
            ("draft", "Draft"),
            ("submitted", "To Approve"),
            ("approved", "Approved"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        tracking=True,
        copy=False,
        readonly=True,
        index=True,
    )
    base_wage = fields.Monetary(
        tracking=True, help="Pay that does not depend on the pieces."
    )
    line_ids = fields.One2many(
        comodel_name="vas.piece.sheet.line",
        inverse_name="sheet_id",
        string="Components",
        readonly=True,
    )
    hours = fields.Float(compute="_compute_totals", store=True)
    efficiency = fields.Float(
        compute="_compute_totals",
        store=True,
        aggregator="avg",
        help="Standard time ÷ time used. 0: no standard time or no hours recorded.",
    )
    earned = fields.Monetary(
        string="By the Piece", compute="_compute_totals", store=True
    )
    total = fields.Monetary(compute="_compute_totals", store=True)
    submitted_id = fields.Many2one(
        comodel_name="res.users", string="Submitted By", readonly=True, copy=False
    )
    approved_id = fields.Many2one(
        comodel_name="res.users", string="Approved By", readonly=True, copy=False
    )
    exported_on = fields.Datetime(
        string="Sent to Payroll", readonly=True, copy=False, tracking=True
    )

    _one_per_month = models.UniqueIndex(
        "(employee_id, company_id, date_from) WHERE state != 'cancelled'",
        "This worker already has a sheet for the month.",
    )
    _wage_positive = models.Constraint(
        "CHECK(base_wage >= 0)", "The base wage must not be negative."
    )

    @api.depends("employee_id", "date_from")
    def _compute_name(self):
        for sheet in self:
            month = sheet.date_from.strftime("%Y-%m") if sheet.date_from else ""
            # Names of colleagues are public within the company.
            sheet.name = f"{sheet.employee_id.sudo().name or ''} {month}".strip()

    @api.depends("date_from")
    def _compute_date_to(self):
        for sheet in self:
            sheet.date_to = sheet.date_from and sheet.date_from + relativedelta(day=31)

    @api.depends(
        "base_wage", "line_ids.amount", "line_ids.hours", "line_ids.standard_minutes"
    )
    def _compute_totals(self):
        for sheet in self:
            lines = sheet.line_ids
            sheet.hours = sum(lines.mapped("hours"))
            standard = sum(lines.mapped("standard_minutes"))
            sheet.efficiency = piece_rate.efficiency(standard, sheet.hours * 60) or 0.0
            currency = sheet.currency_id or self.env.company.currency_id
            sheet.earned = currency.round(sum(lines.mapped("amount")))
            sheet.total = currency.round(sheet.base_wage + sheet.earned)

    @api.constrains("date_from")
    def _check_month(self):
        for sheet in self:
            if sheet.date_from.day != 1:
                raise ValidationError(
                    self.env._(
                        "%(sheet)s: a sheet begins on the first day of a month, not on"
                        " %(day)s.",
                        sheet=sheet.name,
                        day=sheet.date_from,
                    )
                )

    # ---------------------------------------------------------------- computing
    @api.model
    def _get_guarded_fields(self):
        return super()._get_guarded_fields() | {
            "state",
            "submitted_id",
            "approved_id",
            "exported_on",
            "line_ids",
        }

    def write(self, vals):
        if "base_wage" in vals and self.filtered(lambda s: s.state != "draft"):
            raise UserError(
                self.env._(
                    "The base wage of a sheet is changed while the sheet is a draft."
                )
            )
        return super().write(vals)

    @api.model
    def _make(self, company, month):
        """Make or refresh the draft sheets of everybody with work in the month.

        Decided sheets stay as they are; running again doubles nothing.
        """
        first = month.replace(day=1)
        # One person at a time makes the sheets of a company.
        company.lock_for_update()
        records = self._get_records(company, first)
        people = records.employee_id | records.team_id.member_ids.employee_id
        existing = self.search(
            [
                ("company_id", "=", company.id),
                ("date_from", "=", first),
                ("state", "!=", "cancelled"),
            ]
        )
        missing = people - existing.employee_id
        wages = self._get_base_wages(missing)
        created = self.create(
            [
                {
                    "employee_id": employee.id,
                    "company_id": company.id,
                    "date_from": first,
                    "base_wage": wages.get(employee.id, 0.0),
                }
                for employee in missing
            ]
        )
        sheets = existing | created
        sheets.filtered(lambda sheet: sheet.state == "draft")._compute_sheets()
        return sheets

    @api.model
    def _get_record_domain(self, company, first):
        last = first + relativedelta(day=31)
        return [
            ("company_id", "=", company.id),
            ("date", ">=", first),
            ("date", "<=", last),
        ]

    @api.model
    def _get_records(self, company, first):
        """Work of the month, and older work that came after its own sheet.

        A sheet that was handed in stays; work of its month that is entered later is
        paid on the next one, at the rate of its own day.
        """
        records = self.env["vas.work.record"].search_fetch(
            self._get_record_domain(company, first), order="date, id"
        )
        decided = {
            (employee.id, month)
            for employee, month in self._read_group(
                [
                    ("company_id", "=", company.id),
                    ("date_from", "<", first),
                    ("state", "in", DECIDED),
                ],
                ["employee_id", "date_from:month"],
            )
        }
        if not decided:
            return records
        older = self.env["vas.work.record"].search_fetch(
            [
                ("company_id", "=", company.id),
                ("date", ">=", min(month for _employee, month in decided)),
                ("date", "<", first),
                ("is_handed_in", "=", False),
            ],
            order="date, id",
        )
        late = older.filtered(
            lambda record: any(
                (employee.id, record.date.replace(day=1)) in decided
                for employee in record.employee_id
                or record.team_id.member_ids.employee_id
            )
        )
        return late | records

    @api.model
    def _get_base_wages(self, employees):
        """Contract wages; who makes sheets need not be a payroll officer."""
        if not self.env.company.vas_piece_base_from_contract:
            return {}
        # Only the wage of the person on the sheet is read, by a logistics manager.
        return {employee.id: employee.sudo().contract_wage for employee in employees}

    def _compute_sheets(self):
        """Write the components of draft sheets of one month and company."""
        for (company, first), sheets in self.grouped(
            lambda sheet: (sheet.company_id, sheet.date_from)
        ).items():
            sheets._lock_or_refuse()
            sheets._compute_month(company, first)

    def _compute_month(self, company, first):
        records = self._get_records(company, first)
        rates = self.env["vas.work.rate"]
        table = rates._get_rates(company, records.operation_id)
        rounding = company.currency_id.rounding
        lines = defaultdict(list)  # employee id → values of lines
        team_pay = defaultdict(float)
        team_records = defaultdict(lambda: self.env["vas.work.record"])
        unpriced = self.env["vas.work.record"]
        groups = defaultdict(lambda: self.env["vas.work.record"])
        teams = self._get_teams(company, records.employee_id)
        for record in records:
            day = record.corrects_id.date or record.date
            # The team of somebody decides the rate of personal work, too.
            team = record.team_id or teams.get(record.employee_id.id, record.team_id)
            rate = rates._find(table, record.operation_id, team, day)
            if not rate:
                unpriced |= record
                continue
            groups[record.employee_id, record.team_id, rate] |= record
        if unpriced:
            raise UserError(
                self.env._(
                    "There is no piece rate for %(records)s. Add a rate that is in"
                    " force on that day.",
                    records=", ".join(unpriced[:3].mapped("display_name")),
                )
            )
        for (employee, team, rate), group in groups.items():
            quantity = round(sum(group.mapped("quantity")), 6)
            amount = piece_rate.earned(quantity, rate.rate, rounding)
            if team:
                team_pay[team] += amount
                team_records[team] |= group
                continue
            lines[employee.id].append(
                {
                    "kind": "correction" if quantity < 0 else "piece",
                    "operation_id": rate.operation_id.id,
                    "quantity": quantity,
                    "rate": rate.rate,
                    "amount": amount,
                    "hours": sum(group.mapped("hours")),
                    "standard_minutes": sum(group.mapped("standard_minutes")),
                    "basis": self.env._(
                        "%(quantity)s %(unit)s × %(rate)s",
                        quantity=self._show(quantity),
                        unit=rate.operation_id.unit,
                        rate=self._show(rate.rate),
                    ),
                    "record_ids": [Command.set(group.ids)],
                }
            )
        rules = self.env["vas.piece.rule"].search([("company_id", "=", company.id)])
        for team, group in team_records.items():
            pay = team_pay[team]
            extras = self._get_extras(rules, "team", group, first, pay, rounding)
            self._share(lines, team, group, team_pay[team], extras)
        for employee, group in records.grouped("employee_id").items():
            if employee:
                pay = sum(line["amount"] for line in lines[employee.id])
                for rule, amount, basis in self._get_extras(
                    rules, "person", group, first, pay, rounding
                ):
                    lines[employee.id].append(self._get_extra_line(rule, amount, basis))
        vals_list = []
        for sheet in self:
            own = lines.get(sheet.employee_id.id, [])
            sheet._add_floor(own, company, rounding)
            vals_list += [{**line, "sheet_id": sheet.id} for line in own]
        # Components come from the computation alone: nobody may write them by hand.
        lines_sudo = self.sudo().line_ids
        lines_sudo.unlink()
        lines_sudo.create(vals_list)

    def _get_teams(self, company, employees):
        """The team of each employee by id; the first one of somebody in several."""
        members = self.env["vas.work.team.member"].search(
            [("company_id", "=", company.id), ("employee_id", "in", employees.ids)],
            order="id desc",
        )
        return {member.employee_id.id: member.team_id for member in members}

    def _get_extras(self, rules, applies_to, records, first, pay, rounding):
        """Rewards and penalties that a person's or team's records lead to.

        The task of a month is compared with the work of that month alone; a
        deduction with its share of ``pay``, the pay by the piece.
        """
        found = []
        for rule in rules.filtered(lambda rule: rule.applies_to == applies_to):
            counted = records
            if rule.operation_id:
                counted = records.filtered(
                    lambda record, rule=rule: record.operation_id == rule.operation_id
                )
            month = counted.filtered(lambda record: record.date >= first)
            if rule.kind == "over_task":
                amount, basis = self._get_over_task(rule, month)
            elif rule.kind == "on_time":
                amount, basis = self._get_on_time(rule, month)
            else:
                amount, basis = self._get_deduction(rule, counted, pay, rounding)
            if amount:
                found.append((rule, amount, basis))
        return found

    def _get_over_task(self, rule, records):
        quantity = sum(records.mapped("quantity"))
        amount = piece_rate.over_task(quantity, rule.task, rule.per_unit, rule.fixed)
        basis = self.env._(
            "%(quantity)s done, task %(task)s",
            quantity=self._show(quantity),
            task=self._show(rule.task),
        )
        return amount, basis

    def _get_on_time(self, rule, records):
        """The whole reward, once the share of work on time is reached."""
        work = records.filtered(lambda record: not record.corrects_id)
        on_time = len(work.filtered(lambda record: not record.late))
        reached = work and on_time >= rule.least_share * len(work)
        basis = self.env._(
            "%(number)s of %(all)s on time, at least %(share)s %%",
            number=on_time,
            all=len(work),
            share=self._show(rule.least_share * 100),
        )
        return rule.fixed if reached else 0.0, basis

    def _get_deduction(self, rule, records, pay, rounding):
        if rule.kind == "late":
            number = len(records.filtered("late"))
            basis = self.env._(
                "%(number)s late × %(amount)s",
                number=number,
                amount=self._show(rule.fixed),
            )
        else:
            number = sum(records.mapped("defects"))
            basis = self.env._(
                "%(number)s defective × %(amount)s",
                number=self._show(number),
                amount=self._show(rule.fixed),
            )
        whole = piece_rate.earned(number, rule.fixed, rounding)
        amount = piece_rate.capped(whole, pay, rule.cap, rounding)
        if amount < whole:
            basis = self.env._(
                "%(basis)s, at most %(cap)s %% of %(pay)s",
                basis=basis,
                cap=self._show(rule.cap * 100),
                pay=self._show(piece_rate.money(pay, rounding)),
            )
        return -amount, basis

    def _get_extra_line(self, rule, amount, basis):
        return {
            "kind": "reward" if amount > 0 else "penalty",
            "rule_id": rule.id,
            "amount": amount,
            "basis": f"{rule.name}: {basis}",
        }

    def _share(self, lines, team, records, pay, extras):
        """Share a team's pay, rewards and penalties among its members."""
        if not team.member_ids:
            raise UserError(
                self.env._(
                    "Team %(team)s has work but no members to share its pay.",
                    team=team.name,
                )
            )
        hours = records._get_member_hours(team)
        members = {
            str(member.employee_id.id): (
                hours.get(member.employee_id.id, 0.0),
                member.factor,
            )
            for member in team.member_ids
        }
        shares = piece_rate.split_pool(pay, members)
        for key, share in shares.items():
            used, factor = members[key]
            lines[int(key)].append(
                {
                    "kind": "team",
                    "team_id": team.id,
                    "quantity": used,
                    "rate": factor,
                    "amount": share,
                    "hours": used,
                    "basis": self.env._(
                        "share of %(pay)s by %(hours)s h × %(factor)s",
                        pay=self._show(pay),
                        hours=self._show(used),
                        factor=self._show(factor),
                    ),
                    "record_ids": [Command.set(records.ids)],
                }
            )
        for rule, amount, basis in extras:
            for key, share in piece_rate.split_pool(amount, members).items():
                if share:
                    lines[int(key)].append(self._get_extra_line(rule, share, basis))

    def _add_floor(self, lines, company, rounding):
        """Top up to the guaranteed pay per hour (R1)."""
        self.ensure_one()
        hours = sum(line.get("hours", 0.0) for line in lines)
        pay = self.base_wage + sum(line["amount"] for line in lines)
        floor = company.vas_piece_floor
        missing = piece_rate.top_up(pay, hours, floor, rounding)
        if floor and missing:
            lines.append(
                {
                    "kind": "floor",
                    "amount": missing,
                    "basis": self.env._(
                        "guaranteed %(hours)s h × %(floor)s, earned %(pay)s",
                        hours=self._show(hours),
                        floor=self._show(floor),
                        pay=self._show(piece_rate.money(pay, rounding)),
                    ),
                }
            )

    def _show(self, number):
        text = formatLang(self.env, number, digits=4)
        point = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return text.rstrip("0").rstrip(point.decimal_point or ".")

    # ------------------------------------------------------------------ actions
    def _check_manager(self):
        if not self.env.user.has_group("vas_logistics.group_vas_logistics_manager"):
            raise AccessError(
                self.env._("Only managers of logistics approve piece-rate sheets.")
            )

    def _decide(self, values):
        """Write results of an action, for people who may write the sheet."""
        self.check_access("write")
        # The actions checked what is decided; a direct write is refused by the guard.
        self.sudo().write(values)

    def action_compute(self):
        self.check_access("write")
        self.filtered(lambda sheet: sheet.state == "draft")._compute_sheets()

    def action_submit(self):
        self._lock_or_refuse()
        for sheet in self:
            if sheet.state != "draft":
                continue
            if not sheet.line_ids:
                raise UserError(
                    self.env._("%(sheet)s has no components yet.", sheet=sheet.name)
                )
            sheet._decide({"state": "submitted", "submitted_id": self.env.uid})

    def action_approve(self):
        self._check_manager()
        self._lock_or_refuse()
        for sheet in self:
            if sheet.state == "approved":
                continue
            if sheet.state != "submitted":
                raise UserError(
                    self.env._("%(sheet)s is not submitted yet.", sheet=sheet.name)
                )
            if (
                sheet.company_id.vas_piece_four_eyes
                and sheet.submitted_id == self.env.user
            ):
                raise UserError(
                    self.env._(
                        "%(sheet)s: who submits a sheet does not approve it. Ask"
                        " another manager, or switch “Pay approved by another” off in"
                        " the settings.",
                        sheet=sheet.name,
                    )
                )
            sheet._decide({"state": "approved", "approved_id": self.env.uid})

    def action_draft(self):
        """Back to draft; an approved sheet is corrected by the next one instead."""
        self._lock_or_refuse()
        for sheet in self:
            if sheet.state == "approved":
                raise UserError(
                    self.env._(
                        "%(sheet)s is approved. Correct the work record: the difference"
                        " goes to the next sheet.",
                        sheet=sheet.name,
                    )
                )
        self._decide({"state": "draft", "submitted_id": False})

    def action_cancel(self):
        self._lock_or_refuse()
        for sheet in self:
            if sheet.state == "approved":
                raise UserError(
                    self.env._("%(sheet)s is approved and stays.", sheet=sheet.name)
                )
        self._decide({"state": "cancelled"})

    def action_export_payroll(self):
        """Hand approved sheets to payroll, each once: who presses second is told."""
        self._check_manager()
        approved = self._get_approved()
        fresh = approved.filtered(lambda sheet: not sheet.exported_on)
        if not fresh:
            raise UserError(
                self.env._(
                    "Payroll has %(sheets)s already. Press “Export Again” on the sheet"
                    " if the file got lost.",
                    sheets=", ".join(approved[:3].mapped("name")),
                )
            )
        return fresh._export_payroll()

    def action_export_payroll_again(self):
        """The same file once more, when it got lost on its way."""
        self._check_manager()
        return self._get_approved()._export_payroll()

    def _get_approved(self):
        """The approved ones, locked: two people never export them at once."""
        approved = self.filtered(lambda sheet: sheet.state == "approved")
        if not approved:
            raise UserError(
                self.env._("Choose approved sheets: payroll gets no drafts.")
            )
        approved._lock_or_refuse()
        approved.invalidate_recordset(["exported_on"])
        return approved

    def _export_payroll(self):
        """A CSV with one row per component, and a link to it."""
        approved = self
        attachment = self.env["ir.attachment"].create(
            {
                "name": self.env._(
                    "payroll %(month)s.csv",
                    month=approved[0].date_from.strftime("%Y-%m"),
                ),
                "raw": approved._get_payroll_csv(),
                "mimetype": "text/csv",
            }
        )
        approved._decide({"exported_on": fields.Datetime.now()})
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=1",
            "target": "self",
        }

    def _get_payroll_csv(self):
        return self.line_ids._to_csv()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for sheet in self:
            if sheet.state not in ("draft", "cancelled"):
                raise UserError(
                    self.env._(
                        "%(sheet)s is submitted or approved and cannot be deleted.",
                        sheet=sheet.name,
                    )
                )
