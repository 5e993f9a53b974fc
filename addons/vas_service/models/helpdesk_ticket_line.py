from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command


class HelpdeskTicketLine(models.Model):
    """Line demands of group customers: template, resource confirmation, activation.

    The limits are service promises on the dates that are noted here.
    """

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "vas.lock.mixin"]

    vas_demand_type_id = fields.Many2one(
        "vas.demand.type",
        string="Demand",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    vas_demand_splits = fields.Boolean(
        string="Runs in two parts", compute="_compute_vas_demand_splits"
    )
    vas_line = fields.Char(string="Line", index="trigram")
    vas_maturity = fields.Selection(
        [("mature", "Mature product"), ("new", "Not mature")],
        string="Product",
        help="A mature product gets its solution at once. Otherwise a template is "
        "drafted first.",
    )
    vas_template_asked_at = fields.Datetime(string="Template asked on", copy=False)
    vas_template_done_at = fields.Datetime(string="Template in library on", copy=False)
    vas_form_received_at = fields.Datetime(
        string="Form received on",
        copy=False,
        help="The resource confirmation form; its limits count from here.",
    )
    vas_core_finding = fields.Selection(
        selection=lambda self: self.env["vas.resource.case"]._selection_core(),
        string="Core network",
        copy=False,
        tracking=True,
    )
    vas_access_finding = fields.Selection(
        selection=lambda self: self.env["vas.resource.case"]._selection_access(),
        string="Access network",
        copy=False,
        tracking=True,
    )
    vas_points = fields.Integer(
        string="Points that need work",
        copy=False,
        help="Points of the last access segment that maintenance has to do.",
    )
    vas_resource_case_id = fields.Many2one(
        "vas.resource.case",
        string="Case",
        compute="_compute_vas_resource_case_id",
        store=True,
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
        help="Follows from the findings; the limit of the reply hangs on it.",
    )
    vas_case_team_id = fields.Many2one(
        related="vas_resource_case_id.team_id", string="Next department"
    )
    vas_supply_date = fields.Date(
        string="Supply from",
        copy=False,
        tracking=True,
        help="The planned date that is replied to the customer.",
    )
    vas_reply_note = fields.Text(string="Reply", copy=False)
    vas_replied_at = fields.Datetime(string="Replied on", copy=False, tracking=True)
    vas_activated_on = fields.Date(string="Activated on", copy=False, tracking=True)
    vas_activation_timely = fields.Boolean(
        string="Activated on time",
        compute="_compute_vas_activation",
        store=True,
        help="Not after the date that was replied.",
    )
    vas_activation_days = fields.Float(
        string="Days to activation",
        compute="_compute_vas_activation",
        store=True,
        digits=(16, 2),
        aggregator="avg",
        help="Days from the demand to the activation of the line.",
    )
    vas_whole_demand_id = fields.Many2one(
        "helpdesk.ticket",
        string="Part of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The adjustment that is carried out in two parts.",
    )
    vas_part_demand_ids = fields.One2many(
        "helpdesk.ticket", "vas_whole_demand_id", string="Parts"
    )
    vas_blocked_by_id = fields.Many2one(
        "helpdesk.ticket",
        string="Waits for ticket",
        copy=False,
        index="btree_not_null",
        check_company=True,
        tracking=True,
    )
    vas_blocked_ids = fields.One2many(
        "helpdesk.ticket", "vas_blocked_by_id", string="Waiting tickets"
    )
    vas_blocked = fields.Boolean(
        string="Blocked",
        copy=False,
        readonly=True,
        help="Waits for another ticket that is not done yet.",
    )

    _vas_part_uniq = models.UniqueIndex(
        "(vas_whole_demand_id, vas_demand_type_id) "
        "WHERE vas_whole_demand_id IS NOT NULL",
        "An adjustment has each of its parts once.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("vas_demand_type_id", "vas_whole_demand_id")
    def _compute_vas_demand_splits(self):
        for ticket in self:
            splits = ticket.vas_demand_type_id.first_type_id
            ticket.vas_demand_splits = splits and not ticket.vas_whole_demand_id

    @api.depends("vas_core_finding", "vas_access_finding", "vas_points")
    def _compute_vas_resource_case_id(self):
        cases = self.env["vas.resource.case"]
        if any(ticket.vas_core_finding for ticket in self):
            cases = cases.search([("active", "=", True)])
        for ticket in self:
            core, access = ticket.vas_core_finding, ticket.vas_access_finding
            known = core == "lacking" or (core and access)
            ticket.vas_resource_case_id = (
                cases._find(core, access, ticket.vas_points) if known else False
            )

    @api.depends("vas_activated_on", "vas_supply_date", "create_date")
    def _compute_vas_activation(self):
        for ticket in self:
            done, promised = ticket.vas_activated_on, ticket.vas_supply_date
            ticket.vas_activation_timely = bool(done and promised and done <= promised)
            days = 0
            if done and ticket.create_date:
                begun = fields.Datetime.context_timestamp(ticket, ticket.create_date)
                days = max((done - begun.date()).days, 0)
            ticket.vas_activation_days = days

    @api.constrains(
        "vas_template_asked_at",
        "vas_template_done_at",
        "vas_form_received_at",
        "vas_replied_at",
        "vas_resource_case_id",
        "vas_supply_date",
        "vas_points",
    )
    def _check_vas_line(self):
        for ticket in self:
            problem = ticket._vas_line_problem()
            if problem:
                raise ValidationError(
                    self.env._(
                        "Ticket %(ticket)s: %(problem)s",
                        ticket=ticket.display_name,
                        problem=problem,
                    )
                )

    def _vas_line_problem(self):
        """Return what is wrong with the dates of a line demand, if anything."""
        self.ensure_one()
        asked, drafted = self.vas_template_asked_at, self.vas_template_done_at
        received, replied = self.vas_form_received_at, self.vas_replied_at
        problem = ""
        if self.vas_points < 0:
            problem = self.env._(
                "“Points that need work” is %(points)s. Expected: 0 or more.",
                points=self.vas_points,
            )
        elif drafted and (not asked or drafted < asked):
            problem = self.env._(
                "“Template in library on” is before “Template asked on”. Expected: "
                "the request first, then the template."
            )
        elif replied and (not received or replied < received):
            problem = self.env._(
                "“Replied on” is before “Form received on”. Expected: the form first, "
                "then the reply."
            )
        elif replied and not self.vas_resource_case_id:
            problem = self.env._(
                "the reply has no case. Expected: findings on the core and the access "
                "network that one of the resource cases covers."
            )
        elif (
            replied
            and self.vas_resource_case_id.needs_date
            and not self.vas_supply_date
        ):
            problem = self.env._(
                "“Supply from” is empty. Expected: the planned date, because the case "
                "is “%(case)s”.",
                case=self.vas_resource_case_id.name,
            )
        return problem

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        types = self.env["vas.demand.type"].browse(
            {vals.get("vas_demand_type_id") for vals in vals_list} - {None, False}
        )
        teams = {demand.id: demand.solution_team_id.id for demand in types}
        for vals in vals_list:
            team = teams.get(vals.get("vas_demand_type_id"))
            if team and not vals.get("team_id"):
                vals["team_id"] = team
        return super().create(vals_list)

    def write(self, vals):
        if "stage_id" not in vals:
            return super().write(vals)
        stage = self.env["helpdesk.ticket.stage"].browse(vals["stage_id"])
        blocked = self.filtered("vas_blocked")
        if blocked and stage.closed and not stage.vas_withdraws:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s waits for %(other)s and cannot be closed before "
                    "it. Close that one first.",
                    ticket=blocked[0].display_name,
                    other=blocked[0].vas_blocked_by_id.display_name,
                )
            )
        result = super().write(vals)
        self._vas_update_blocked()
        return result

    def _vas_update_blocked(self):
        """Free the tickets that waited for these, or block them again."""
        # Whoever closes the first part frees the second, of whatever team it is.
        demands_sudo = self.sudo().filtered("vas_demand_type_id")
        waiting_sudo = demands_sudo.vas_blocked_ids
        if not waiting_sudo:
            return
        free = waiting_sudo.filtered(
            lambda ticket: (
                ticket.vas_blocked_by_id.closed
                and not ticket.vas_blocked_by_id.stage_id.vas_withdraws
            )
        )
        freed = free.filtered("vas_blocked")
        freed.write({"vas_blocked": False})
        (waiting_sudo - free).filtered(
            lambda ticket: not ticket.vas_blocked and not ticket.closed
        ).write({"vas_blocked": True})
        for ticket in freed:
            ticket.message_post(
                body=self.env._(
                    "%(other)s is done: this one can begin.",
                    other=ticket.vas_blocked_by_id.display_name,
                ),
                subtype_xmlid="mail.mt_note",
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_vas_split(self):
        """Carry an adjustment out as two tickets, the second after the first."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        demand = self.vas_demand_type_id
        if not demand.first_type_id or self.vas_whole_demand_id:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s: the demand “%(demand)s” does not run in two "
                    "parts.",
                    ticket=self.display_name,
                    demand=demand.name or self.env._("none"),
                )
            )
        if not self.vas_part_demand_ids:
            first = self.create(self._vas_prepare_part(demand.first_type_id))
            then = self._vas_prepare_part(demand.then_type_id)
            self.create({**then, "vas_blocked_by_id": first.id, "vas_blocked": True})
        return self.action_vas_view_parts()

    def _vas_prepare_part(self, demand):
        self.ensure_one()
        return {
            "name": self.env._(
                "%(demand)s: %(line)s",
                demand=demand.name,
                line=self.vas_line or self.name,
            ),
            "description": self.description,
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "category_id": self.category_id.id,
            "priority": self.priority,
            "team_id": (demand.solution_team_id or self.team_id).id,
            "tag_ids": [Command.set(self.tag_ids.ids)],
            "vas_demand_type_id": demand.id,
            "vas_line": self.vas_line,
            "vas_maturity": self.vas_maturity,
            "vas_whole_demand_id": self.id,
        }

    def action_vas_view_parts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_line"
        )
        return dict(action, domain=[("vas_whole_demand_id", "=", self.id)], context={})

    def _vas_hand_over(self, team, **dates):
        """Note dates and give the ticket to the department that is next."""
        self.ensure_one()
        self.check_access("write")
        self._lock_or_refuse()
        vals = {name: value for name, value in dates.items() if not self[name]}
        if team and team != self.team_id:
            vals["team_id"] = team.id
        if vals:
            self.write(vals)

    def action_vas_ask_template(self):
        """The product is not mature: ask the support centre for a template."""
        self._vas_hand_over(
            self.vas_demand_type_id.support_team_id,
            vas_template_asked_at=fields.Datetime.now(),
        )

    def action_vas_template_done(self):
        """The template is in the library: the solution can be made from it."""
        self._vas_hand_over(
            self.vas_demand_type_id.solution_team_id,
            vas_template_done_at=fields.Datetime.now(),
        )

    def action_vas_send_form(self):
        """Hand the resource confirmation form to the support centre."""
        if self.vas_blocked:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s waits for %(other)s: its form is not sent yet.",
                    ticket=self.display_name,
                    other=self.vas_blocked_by_id.display_name,
                )
            )
        self._vas_hand_over(
            self.vas_demand_type_id.support_team_id,
            vas_form_received_at=fields.Datetime.now(),
        )

    def action_vas_hand_over_case(self):
        """Ask the department that the case names."""
        self._vas_hand_over(self.vas_resource_case_id.team_id)

    def action_vas_reply(self):
        """The form goes back with the answer."""
        self._vas_hand_over(
            self.vas_demand_type_id.solution_team_id,
            vas_replied_at=fields.Datetime.now(),
        )

    def action_vas_print_reply(self):
        self.ensure_one()
        return self.env.ref("vas_service.action_report_line_reply").report_action(self)
