from ast import literal_eval

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# A change of these fields decides anew which promise holds for a ticket.
MATCH_FIELDS = frozenset(
    {"priority", "team_id", "partner_id", "category_id", "tag_ids", "company_id"}
)


class VasSlaPolicy(models.Model):
    """What is promised to whom.

    Policies are asked in their order; the first that fits a ticket holds. Empty
    conditions fit everything. Times are counted in the working hours of the policy,
    else of the ticket's team, else of its company.
    """

    _name = "vas.sla.policy"
    _description = "Service Promise Policy"
    _inherit = "mail.thread"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10, help="The first policy that fits holds.")
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index="btree_not_null",
        help="Empty: the policy holds for every company.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In force"), ("retired", "Retired")],
        default="draft",
        required=True,
        tracking=True,
        help="Only policies in force are promised to tickets.",
    )
    version = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        help="Rises with every change of what is promised. Each clock remembers the "
        "version it was started under.",
    )
    priority = fields.Selection(
        selection="_selection_priority",
        tracking=True,
        help="Empty: tickets of every priority.",
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team", string="Teams", check_company=True
    )
    category_ids = fields.Many2many("helpdesk.ticket.category", string="Categories")
    tag_ids = fields.Many2many(
        "helpdesk.ticket.tag", string="Tags", help="Any of these tags is enough."
    )
    grade_ids = fields.Many2many(
        "vas.grade", string="Customer grades", help="Empty: every grade, and none."
    )
    customer_class_ids = fields.Many2many("vas.customer.class")
    domain = fields.Char(
        string="Further conditions",
        default="[]",
        help="Only tickets that meet these conditions too.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working hours",
        check_company=True,
        tracking=True,
        help="Empty: the working hours of the ticket's team, else of its company.",
    )
    change_rule = fields.Selection(
        [
            ("retroactive", "Count from the start, keep pauses"),
            ("carry", "Keep what is consumed, count the rest from the change"),
            ("restart", "Start again at the change"),
        ],
        string="When this policy takes over",
        default="retroactive",
        required=True,
        help="What happens to the running clocks of a ticket that changes over to "
        "this policy.",
    )
    target_ids = fields.One2many(
        "vas.sla.target", "policy_id", string="Targets", copy=True
    )
    pause_rule_ids = fields.One2many(
        "vas.sla.pause.rule", "policy_id", string="Pauses", copy=True
    )
    note = fields.Html(string="Notes", translate=True)
    sentence = fields.Char(string="In one sentence", compute="_compute_sentence")
    open_clock_count = fields.Integer(compute="_compute_open_clock_count")
    outdated_clock_count = fields.Integer(compute="_compute_open_clock_count")
    matching_count = fields.Integer(
        string="Open tickets that fit",
        compute="_compute_matching_count",
        help="Open tickets that fit the conditions and for which no policy further up "
        "holds.",
    )

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.model
    def _selection_priority(self):
        """The priorities of tickets, whatever an addon made of them."""
        field = self.env["helpdesk.ticket"]._fields["priority"]
        return field._description_selection(self.env)

    @api.depends(
        "priority",
        "team_ids",
        "category_ids",
        "tag_ids",
        "grade_ids",
        "customer_class_ids",
        "calendar_id",
        "target_ids.name",
        "target_ids.amount",
        "target_ids.unit",
        "target_ids.day_mode",
    )
    @api.depends_context("lang")
    def _compute_sentence(self):
        priorities = dict(self._selection_priority())
        comma = self.env._(", ")
        for policy in self:
            promises = comma.join(
                policy.target_ids.filtered("name").mapped("display_name")
            )
            policy.sentence = self.env._(
                "%(conditions)s: %(promises)s (%(hours)s)",
                conditions=comma.join(policy._conditions_in_words(priorities))
                or self.env._("Every ticket"),
                promises=promises or self.env._("nothing promised yet"),
                hours=policy.calendar_id.name
                or self.env._("working hours of the team or the company"),
            )

    def _conditions_in_words(self, priorities):
        self.ensure_one()
        words = []
        if self.priority:
            words.append(
                self.env._("Priority %(name)s", name=priorities[self.priority])
            )
        for records, text in (
            (self.grade_ids, self.env._("Grade")),
            (self.customer_class_ids, self.env._("Class")),
            (self.team_ids, self.env._("Team")),
            (self.category_ids, self.env._("Category")),
            (self.tag_ids, self.env._("Tag")),
        ):
            if records:
                names = "/".join(records.mapped("display_name"))
                words.append(self.env._("%(what)s %(names)s", what=text, names=names))
        return words

    def _compute_open_clock_count(self):
        groups = self.env["vas.sla.clock"]._read_group(
            [("policy_id", "in", self.ids), ("outcome", "=", "open")],
            ["policy_id", "policy_version"],
            ["__count"],
        )
        counts = {policy: [0, 0] for policy in self}
        for policy, version, count in groups:
            counts[policy][0] += count
            if version != policy.version:
                counts[policy][1] += count
        for policy in self:
            policy.open_clock_count, policy.outdated_clock_count = counts[policy]

    @api.depends(
        "priority",
        "team_ids",
        "category_ids",
        "tag_ids",
        "grade_ids",
        "customer_class_ids",
        "domain",
        "sequence",
        "state",
    )
    def _compute_matching_count(self):
        for policy in self:
            company = policy.company_id or self.env.company
            tickets = self.env["helpdesk.ticket"].with_company(company)
            policy.matching_count = tickets.search_count(policy._get_matching_domain())

    @api.constrains("domain")
    def _check_domain(self):
        for policy in self:
            try:
                Domain(literal_eval(policy.domain or "[]")).validate(
                    self.env["helpdesk.ticket"]
                )
            except (ValueError, SyntaxError, TypeError, KeyError) as error:
                raise ValidationError(
                    self.env._(
                        "Policy “%(policy)s”, further conditions: %(domain)s is not "
                        "a filter on tickets. Expected: a list of conditions such as "
                        "[('channel_id', '=', 2)]. (%(error)s)",
                        policy=policy.name,
                        domain=policy.domain,
                        error=error,
                    )
                ) from error

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------

    def _get_condition_domain(self):
        """Return the conditions of this policy on tickets; a hook for more."""
        self.ensure_one()
        domain = Domain(literal_eval(self.domain or "[]"))
        if self.company_id:
            domain &= Domain("company_id", "=", self.company_id.id)
        if self.priority:
            domain &= Domain("priority", "=", self.priority)
        for field, records in (
            ("team_id", self.team_ids),
            ("category_id", self.category_ids),
            ("tag_ids", self.tag_ids),
            ("commercial_partner_id.vas_grade_id", self.grade_ids),
            ("commercial_partner_id.vas_customer_class_id", self.customer_class_ids),
        ):
            if records:
                domain &= Domain(field, "in", records.ids)
        return domain

    def _get_matching_domain(self):
        """Open tickets this policy would get: it fits and none further up does."""
        self.ensure_one()
        domain = Domain("closed", "=", False) & self._get_condition_domain()
        for policy in self._get_in_force():
            if policy == self._origin:
                break
            if (policy.sequence, policy.id) < (self.sequence, self._origin.id or 0):
                domain &= ~policy._get_condition_domain()
        return domain

    @api.model
    def _get_in_force(self):
        """All policies in force, in the order in which they are asked."""
        return self.search([("state", "=", "active")])

    @api.model
    def _match(self, tickets):
        """Return {ticket: the policy that holds, or none}; first match wins."""
        result = dict.fromkeys(tickets, self.browse())
        policies = self._get_in_force()
        for company, left in tickets.grouped("company_id").items():
            # Grade and class of a customer may differ by company.
            left = left.with_company(company)
            for policy in policies:
                if not left:
                    break
                fits = left.filtered_domain(policy._get_condition_domain())
                result.update(dict.fromkeys(fits, policy))
                left -= fits
        return result

    @api.model
    @tools.ormcache()
    def _get_trigger_fields(self):
        """Names of the ticket fields a change of which may change the policy."""
        names = set(MATCH_FIELDS)
        for policy in self.sudo()._get_in_force():
            domain = Domain(literal_eval(policy.domain or "[]"))
            names.update(
                condition.field_expr.split(".")[0]
                for condition in domain.iter_conditions()
            )
        return frozenset(names)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    _VERSION_FIELDS = frozenset(
        {"calendar_id", "target_ids", "pause_rule_ids", "change_rule"}
    )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        self.env.registry.clear_cache()
        return policies

    def write(self, vals):
        result = super().write(vals)
        if vals.keys() & {"domain", "state", "active"}:
            self.env.registry.clear_cache()
        if vals.keys() & self._VERSION_FIELDS:
            self._bump_version()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def _bump_version(self):
        """A promise that was given to somebody changes: count it."""
        used = self.env["vas.sla.clock"]._read_group(
            [("policy_id", "in", self.ids)], ["policy_id"], ["policy_version:max"]
        )
        for policy, version in used:
            if policy.version <= version:
                policy.version = version + 1

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_activate(self):
        """Put policies in force; they must promise something."""
        for policy in self:
            if not policy.target_ids:
                raise ValidationError(
                    self.env._(
                        "Policy “%(policy)s” promises nothing. Expected: at least one "
                        "target before it is put in force.",
                        policy=policy.name,
                    )
                )
        self.write({"state": "active"})

    def action_retire(self):
        self.write({"state": "retired"})

    def action_draft(self):
        self.write({"state": "draft"})

    def action_apply_to_open(self):
        """Give the open clocks of these policies the present targets."""
        self.check_access("write")
        self.lock_for_update()
        clocks = self.env["vas.sla.clock"].search(
            [("policy_id", "in", self.ids), ("outcome", "=", "open")]
        )
        clocks.ticket_id._vas_sla_sync(rematch=True)

    def action_view_matching(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_vas"
        )
        return dict(
            action,
            domain=list(self._get_matching_domain()),
            context={},
            display_name=self.name,
        )

    def action_view_clocks(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_sla_clock_action"
        )
        return dict(
            action, domain=[("policy_id", "=", self.id)], context={"active_test": False}
        )
