from odoo import api, fields, models


class HelpdeskTicket(models.Model):
    """Is this repair covered? And by when does somebody come (CON-06)?"""

    _name = "helpdesk.ticket"
    _inherit = "helpdesk.ticket"

    vas_part_id = fields.Many2one(
        "vas.coverage.part",
        string="Part",
        groups="base.group_user",
        help="The part that is defective; empty: the device itself.",
    )
    vas_part_separate = fields.Boolean(
        string="Part bought separately", groups="base.group_user"
    )
    vas_diagnosed_at = fields.Datetime(
        string="Diagnosis confirmed",
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="When the support centre confirmed the diagnosis; the promise to come on "
        "the next business day counts from here.",
    )
    vas_onsite_at = fields.Datetime(
        string="On site since",
        compute="_compute_vas_onsite_at",
        store=True,
        readonly=False,
        copy=False,
        help="The first arrival (T3) of a work order, or filled in by hand.",
    )
    vas_coverage_id = fields.Many2one(
        "vas.coverage",
        string="Coverage",
        compute="_compute_vas_coverage",
        store=True,
        index="btree_not_null",
    )
    vas_coverage_state = fields.Selection(
        [("covered", "Covered"), ("paid", "Paid service")],
        string="This repair",
        compute="_compute_vas_coverage",
        store=True,
    )
    vas_coverage_until = fields.Date(
        string="Covered until",
        compute="_compute_vas_coverage",
        store=True,
    )
    vas_coverage_why = fields.Char(
        string="Why", compute="_compute_vas_coverage_why", groups="base.group_user"
    )
    vas_onsite_promised = fields.Boolean(
        string="On site on the next business day",
        compute="_compute_vas_coverage",
        store=True,
    )
    vas_onsite_from = fields.Datetime(
        string="Next business day counts from",
        compute="_compute_vas_coverage",
        store=True,
    )

    @api.depends("fsm_order_ids.vas_arrived_at", "fsm_order_ids.date_start")
    def _compute_vas_onsite_at(self):
        for ticket in self:
            begun = [
                order.vas_arrived_at or order.date_start
                for order in ticket.fsm_order_ids
                if order.vas_arrived_at or order.date_start
            ]
            ticket.vas_onsite_at = min(begun, default=ticket.vas_onsite_at)

    def _vas_get_coverage_day(self, coverage):
        """Return the day that must lie within the term."""
        self.ensure_one()
        moment = self.vas_reported_at or self.create_date or fields.Datetime.now()
        if coverage.plan_id.day_rule == "diagnosis" and self.vas_diagnosed_at:
            moment = self.vas_diagnosed_at
        calendar = coverage._get_calendar()
        zoned = self.with_context(tz=calendar.tz or self.env.user.tz)
        return fields.Datetime.context_timestamp(zoned, moment).date()

    @api.depends(
        "vas_equipment_id.vas_coverage_ids.date_from",
        "vas_equipment_id.vas_coverage_ids.date_to",
        "vas_part_id",
        "vas_part_separate",
        "vas_diagnosed_at",
    )
    def _compute_vas_coverage(self):
        for ticket in self:
            device = ticket.vas_equipment_id
            values = {
                "vas_coverage_id": False,
                "vas_coverage_state": "paid" if device else False,
                "vas_coverage_until": False,
                "vas_onsite_promised": False,
                "vas_onsite_from": False,
            }
            coverages = device.vas_coverage_ids
            if coverages:
                today = fields.Date.context_today(ticket)
                coverage = device._vas_choose_coverage(coverages, today)
                day = ticket._vas_get_coverage_day(coverage)
                coverage = device._vas_choose_coverage(coverages, day)
                if coverage:
                    found, _why = ticket._vas_answer(coverage)
                    onsite = found.covered and coverage._is_onsite()
                    values |= {
                        "vas_coverage_id": coverage.id,
                        "vas_coverage_state": "covered" if found.covered else "paid",
                        "vas_coverage_until": found.until,
                        "vas_onsite_promised": onsite,
                    }
                    if onsite and ticket.vas_diagnosed_at:
                        values["vas_onsite_from"] = coverage._counted_from(
                            ticket.vas_diagnosed_at
                        )
            ticket.update(values)

    def _vas_answer(self, coverage):
        self.ensure_one()
        return coverage._answer(
            self._vas_get_coverage_day(coverage),
            self.vas_part_id,
            self.vas_part_separate,
        )

    @api.depends(
        "vas_coverage_id",
        "vas_coverage_state",
        "vas_coverage_until",
        "vas_equipment_id",
    )
    @api.depends_context("lang")
    def _compute_vas_coverage_why(self):
        for ticket in self:
            # The answer is for everybody who sees the ticket.
            coverage_sudo = ticket.sudo().vas_coverage_id
            if coverage_sudo:
                # As above.
                _found, why = ticket.sudo()._vas_answer(coverage_sudo)
                ticket.vas_coverage_why = why
            elif ticket.vas_equipment_id:
                ticket.vas_coverage_why = self.env._(
                    "No coverage is recorded: the service is paid."
                )
            else:
                ticket.vas_coverage_why = False

    def action_vas_confirm_diagnosis(self):
        """Note that the support centre has confirmed the diagnosis."""
        for ticket in self.filtered(lambda t: not t.vas_diagnosed_at):
            ticket.vas_diagnosed_at = ticket._vas_now()

    def _vas_get_device_agreements(self, day):
        """The agreement of a coverage of the device, if it is in force."""
        result = super()._vas_get_device_agreements(day)
        for coverage in self.vas_equipment_id.vas_coverage_ids:
            contract = coverage.contract_id
            if contract and contract._vas_is_in_force(day):
                result.setdefault(coverage.equipment_id, (contract, "coverage"))
        return result
