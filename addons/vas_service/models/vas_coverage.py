from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..tools.calendar_terms import last_day_of_term
from ..tools.coverage import answer, counted_from


class VasCoverage(models.Model):
    """A device is covered by a plan from a day for a term (CON-06)."""

    _name = "vas.coverage"
    _description = "Coverage of a Device"
    _inherit = "mail.thread"
    _order = "date_to desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    active = fields.Boolean(default=True)
    equipment_id = fields.Many2one(
        "fsm.equipment",
        string="Device",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    plan_id = fields.Many2one(
        "vas.coverage.plan",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        index="btree_not_null",
        check_company=True,
        domain="[('contract_type', '=', 'sale')]",
        help="The agreement that brings this coverage; tickets about the device come "
        "under it.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    delivered_on = fields.Date(string="Delivered on", tracking=True)
    purchased_on = fields.Date(string="Purchased on", tracking=True)
    installed_on = fields.Date(string="Installed on", tracking=True)
    term_years = fields.Float(
        string="Term (years)",
        compute="_compute_term_years",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        digits=(5, 2),
        tracking=True,
        help="The years named in the quotation.",
    )
    date_from = fields.Date(string="Covered from", compute="_compute_dates", store=True)
    date_to = fields.Date(
        string="Covered until", compute="_compute_dates", store=True, index=True
    )
    part_term_ids = fields.Json(string="Terms of parts", compute="_compute_part_terms")
    part_terms = fields.Text(
        string="Parts with their own term", compute="_compute_part_terms"
    )
    state = fields.Selection(
        [("early", "Not yet"), ("covered", "Covered"), ("expired", "Expired")],
        compute="_compute_state",
        search="_search_state",
    )

    _term_check = models.Constraint(
        "CHECK (term_years > 0)", "A term is longer than nothing."
    )

    @api.depends("plan_id.name", "equipment_id.name")
    def _compute_name(self):
        for one in self:
            one.name = f"{one.equipment_id.name} – {one.plan_id.name}"

    @api.depends("contract_id.partner_id")
    def _compute_partner_id(self):
        for one in self:
            one.partner_id = one.contract_id.partner_id or one.partner_id

    @api.depends("plan_id")
    def _compute_term_years(self):
        for one in self:
            one.term_years = one.plan_id.term_years

    def _get_start(self):
        """Return the day the plan's term begins on."""
        self.ensure_one()
        return {
            "delivery": self.delivered_on,
            "purchase": self.purchased_on,
            "installation": self.installed_on,
        }[self.plan_id.start_rule or "delivery"]

    @api.depends(
        "plan_id.start_rule",
        "delivered_on",
        "purchased_on",
        "installed_on",
        "term_years",
    )
    def _compute_dates(self):
        for one in self:
            start = one.plan_id and one._get_start()
            one.date_from = start
            one.date_to = start and last_day_of_term(start, one._get_months())

    def _get_months(self):
        self.ensure_one()
        return self.plan_id._get_months(self.term_years, self.name)

    @api.constrains("plan_id", "delivered_on", "purchased_on", "installed_on")
    def _check_start(self):
        for one in self:
            if not one._get_start():
                rules = dict(
                    one.plan_id._fields["start_rule"]._description_selection(self.env)
                )
                raise ValidationError(
                    self.env._(
                        "%(coverage)s: the plan begins on the %(day)s, which is "
                        "missing. Expected: this day.",
                        coverage=one.name,
                        day=rules[one.plan_id.start_rule].lower(),
                    )
                )

    @api.constrains("term_years")
    def _check_months(self):
        for one in self:
            one._get_months()

    @api.depends("date_from", "plan_id.exception_ids.term_years")
    def _compute_part_terms(self):
        for one in self:
            terms = []
            for exception in one.plan_id.exception_ids if one.date_from else ():
                until = last_day_of_term(
                    one.date_from,
                    one.plan_id._get_months(
                        exception.term_years, exception.part_id.name
                    ),
                )
                terms.append((exception.part_id.name, fields.Date.to_string(until)))
            one.part_term_ids = terms
            one.part_terms = "\n".join(
                self.env._("%(part)s: until %(date)s", part=part, date=until)
                for part, until in terms
            )

    @api.depends("date_from", "date_to")
    def _compute_state(self):
        day = fields.Date.context_today(self)
        for one in self:
            if not one.date_from or day < one.date_from:
                one.state = "early"
            else:
                one.state = "covered" if day <= one.date_to else "expired"

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        day = fields.Date.context_today(self)
        domains = {
            "early": [("date_from", ">", day)],
            "covered": [("date_from", "<=", day), ("date_to", ">=", day)],
            "expired": [("date_to", "<", day)],
        }
        return fields.Domain.OR([domains[word] for word in value if word in domains])

    # ------------------------------------------------------------------
    # Answer
    # ------------------------------------------------------------------

    def _answer(self, day, part=None, separate=False):
        """Answer whether a repair on *day* is covered, until when, and why.

        :param part: the category of parts, or none for the device itself
        :param separate: the part was bought by itself
        :return: (:class:`~..tools.coverage.Answer`, sentence)
        """
        self.ensure_one()
        exception = self.plan_id.exception_ids.filtered(
            lambda one: part and one.part_id == part
        )
        months = 0
        if exception:
            months = self.plan_id._get_months(exception.term_years, part.name)
        found = answer(
            self.date_from,
            self._get_months(),
            day,
            months,
            separate,
            not (part and part.only_together),
        )
        return found, self._answer_in_words(found, exception, part)

    def _answer_in_words(self, found, exception, part):
        self.ensure_one()
        what = part.name if part else self.env._("The device")
        until = fields.Date.to_string(found.until)
        start = fields.Date.to_string(self.date_from)
        years = f"{exception.term_years if exception else self.term_years:g}"
        if found.reason == "separate":
            return self.env._(
                "%(what)s was bought separately and is not covered: the service is "
                "paid.",
                what=what,
            )
        if found.reason == "early":
            return self.env._(
                "%(plan)s begins on %(start)s: the service is paid.",
                plan=self.plan_id.name,
                start=start,
            )
        if found.reason == "expired":
            return self.env._(
                "%(what)s was covered until %(until)s (%(years)s years from "
                "%(start)s): the service is paid.",
                what=what,
                until=until,
                years=years,
                start=start,
            )
        return self.env._(
            "%(what)s is covered until %(until)s (%(years)s years from %(start)s).",
            what=what,
            until=until,
            years=years,
            start=start,
        )

    def _is_onsite(self):
        self.ensure_one()
        return any(self.plan_id.level_ids.mapped("is_onsite"))

    def _get_calendar(self):
        self.ensure_one()
        return self.plan_id.calendar_id or self.company_id.resource_calendar_id

    def _counted_from(self, diagnosed_at):
        """Return from when the next business day counts (naive UTC)."""
        self.ensure_one()
        plan, calendar = self.plan_id, self._get_calendar()
        if not plan.has_cut_off or not calendar:
            return diagnosed_at
        odometer = calendar._vas_odometer()
        zone = ZoneInfo(calendar.tz or "UTC")
        local = diagnosed_at.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone)
        counted = counted_from(
            local, plan.cut_off, lambda day: bool(odometer.day_opening(day))
        )
        return counted.astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
