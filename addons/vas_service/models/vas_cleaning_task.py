from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.recurrence import occurrences

HORIZON = "vas_service.cleaning_days_ahead"


class VasCleaningTask(models.Model):
    """One piece of cleaning on one day: planned by the level, done by a worker.

    A day's tasks of a place are one work order. A task is there once per line, row of
    the level, day and turn (index): planning again adds only what is missing.
    """

    _name = "vas.cleaning.task"
    _description = "Cleaning Task"
    _order = "date, contract_line_id, zone, item_id, rule_id, turn"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    contract_line_id = fields.Many2one(
        "contract.line",
        string="Service line",
        required=True,
        index=True,
        ondelete="restrict",
        readonly=True,
    )
    contract_id = fields.Many2one(
        related="contract_line_id.contract_id",
        store=True,
        index=True,
        string="Agreement",
    )
    company_id = fields.Many2one(
        related="contract_id.company_id", store=True, index=True
    )
    partner_id = fields.Many2one(
        related="contract_id.commercial_partner_id", store=True, string="Customer"
    )
    location_id = fields.Many2one(
        "fsm.location", string="Place", readonly=True, index="btree_not_null"
    )
    rule_id = fields.Many2one(
        "vas.cleaning.task.rule",
        string="Work",
        required=True,
        ondelete="restrict",
        readonly=True,
    )
    item_id = fields.Many2one(related="rule_id.item_id", store=True)
    zone = fields.Selection(related="item_id.zone", store=True)
    level_id = fields.Many2one(related="rule_id.level_id", store=True)
    requirement = fields.Char(related="rule_id.requirement")
    date = fields.Date(required=True, index=True, readonly=True)
    turn = fields.Integer(default=1, readonly=True, aggregator=None)
    order_id = fields.Many2one(
        "fsm.order",
        string="Work order",
        index="btree_not_null",
        ondelete="set null",
        readonly=True,
    )
    done_at = fields.Datetime(string="Done on", copy=False)
    done_by_id = fields.Many2one("res.users", string="Done by", copy=False)
    state = fields.Selection(
        [("planned", "Planned"), ("done", "Done")],
        compute="_compute_state",
        store=True,
        index=True,
    )
    is_missed = fields.Boolean(
        string="Missed", compute="_compute_is_missed", search="_search_is_missed"
    )
    planned_count = fields.Integer(
        string="Planned tasks", compute="_compute_state", store=True
    )
    done_count = fields.Integer(
        string="Done tasks", compute="_compute_state", store=True
    )
    done_percent = fields.Float(
        string="Done (%)", compute="_compute_state", store=True, aggregator="avg"
    )

    _task_uniq = models.UniqueIndex(
        "(contract_line_id, rule_id, date, turn)",
        "This work is planned for this day already.",
    )

    @api.depends("rule_id", "turn")
    def _compute_name(self):
        for task in self:
            task.name = task.rule_id.display_name
            if task.turn > 1:
                task.name += f" ({task.turn})"

    @api.depends("name")
    def _compute_display_name(self):
        for task in self:
            task.display_name = task.name

    @api.depends("done_at")
    def _compute_state(self):
        for task in self:
            task.state = "done" if task.done_at else "planned"
            task.planned_count = 1
            task.done_count = 1 if task.done_at else 0
            task.done_percent = 100.0 if task.done_at else 0.0

    def _compute_is_missed(self):
        today = fields.Date.context_today(self)
        for task in self:
            task.is_missed = not task.done_at and task.date < today

    @api.model
    def _search_is_missed(self, operator, value):
        if operator != "in":
            return NotImplemented
        missed = Domain("done_at", "=", False) & Domain(
            "date", "<", fields.Date.context_today(self)
        )
        return missed if True in value else ~missed

    # ------------------------------------------------------------------
    # Work
    # ------------------------------------------------------------------

    def action_done(self):
        """Note that this was cleaned; tomorrow's work cannot be done today."""
        today = fields.Date.context_today(self)
        early = self.filtered(lambda task: task.date > today)
        if early:
            raise UserError(
                self.env._(
                    "%(task)s is planned for %(date)s and cannot be done before.",
                    task=early[0].name,
                    date=fields.Date.to_string(early[0].date),
                )
            )
        self.filtered(lambda task: not task.done_at).write(
            {"done_at": fields.Datetime.now(), "done_by_id": self.env.uid}
        )

    def action_undo(self):
        self.write({"done_at": False, "done_by_id": False})

    # ------------------------------------------------------------------
    # Planning
    # ------------------------------------------------------------------

    @api.model
    def _plan(self, lines, first, last):
        """Plan the work of cleaning *lines* from *first* to *last*, in sets.

        One query for what is planned, one create for work orders, one for tasks.
        """
        lines = lines.filtered(
            lambda line: (
                line.vas_cleaning_level_id
                and line.vas_cleaning_location_id
                and not line.is_canceled
            )
        )
        if not lines:
            return self
        span = [("contract_line_id", "in", lines.ids), ("date", ">=", first)]
        span.append(("date", "<=", last))
        known = set(
            self._read_group(span, ["contract_line_id", "rule_id", "date:day", "turn"])
        )
        known = {
            (line.id, rule.id, fields.Date.to_date(day), turn)
            for line, rule, day, turn in known
        }
        missing = []
        for line in lines:
            begin = line.date_start or line.contract_id.date_start or first
            end = min(filter(None, (last, line.date_end, line.contract_id.date_end)))
            for rule in line.vas_cleaning_level_id.task_ids.filtered("is_planned"):
                for day, times in occurrences(rule._get_rhythm(), begin, first, end):
                    missing += [
                        (line, rule, day, turn)
                        for turn in range(1, times + 1)
                        if (line.id, rule.id, day, turn) not in known
                    ]
        orders = self._get_orders({(line, day) for line, _rule, day, _turn in missing})
        return self.create(
            [
                {
                    "contract_line_id": line.id,
                    "rule_id": rule.id,
                    "date": day,
                    "turn": turn,
                    "location_id": line.vas_cleaning_location_id.id,
                    "order_id": orders[line, day].id,
                }
                for line, rule, day, turn in missing
            ]
        )

    @api.model
    def _get_orders(self, wanted):
        """Return {(line, day): work order}, made where there is none."""
        lines = self.env["contract.line"].union(*(line for line, _day in wanted))
        found = self.env["fsm.order"].search_fetch(
            [
                ("vas_cleaning_line_id", "in", lines.ids),
                ("vas_cleaning_date", "in", list({day for _line, day in wanted})),
            ],
            ["vas_cleaning_line_id", "vas_cleaning_date"],
        )
        orders = {
            (order.vas_cleaning_line_id, order.vas_cleaning_date): order
            for order in found
        }
        new = sorted(wanted - orders.keys(), key=lambda key: (key[1], key[0].id))
        made = self.env["fsm.order"].create(
            [line._vas_prepare_cleaning_order(day) for line, day in new]
        )
        orders.update(zip(new, made, strict=True))
        return orders

    @api.model
    def _get_days_ahead(self):
        # How far ahead cleaning is planned is a setting that holds for everybody.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return int(parameters_sudo.get_param(HORIZON) or 0)

    @api.model
    def _cron_plan(self):
        """Plan the cleaning of all agreements in force, agreement by agreement."""
        day = fields.Date.context_today(self)
        last = day + timedelta(days=self._get_days_ahead())
        contracts = self.env["contract.contract"].search(
            self.env["contract.contract"]._vas_in_force_domain(day)
            & Domain("contract_line_ids.vas_cleaning_location_id", "!=", False)
        )
        self.env["ir.cron"]._commit_progress(remaining=len(contracts))
        for contract in contracts:
            mine = contract.try_lock_for_update()
            if mine:
                self.with_company(mine.company_id)._plan(
                    mine.contract_line_ids, day, last
                )
            if not self.env["ir.cron"]._commit_progress(1):
                break
