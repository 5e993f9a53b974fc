from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.escalation import next_due
from ..tools.instants import naive

TICKET = "helpdesk.ticket"
#: What says for which documents a policy is.
CONDITION_FIELDS = (
    "model_id",
    "priority",
    "team_ids",
    "category_ids",
    "tag_ids",
    "grade_ids",
    "customer_class_ids",
    "contract_ids",
    "equipment_ids",
    "domain",
)


class VasSlaPolicy(models.Model):
    """What is promised to whom.

    Policies are asked in their order; the first that fits a document holds, one for the
    customer and one for the own organisation. Empty conditions fit everything. Where
    the working hours come from is declared in ``vas.sla.calendar.source``.
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
        copy=False,
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
    model_id = fields.Many2one(
        "ir.model",
        string="Documents",
        required=True,
        default=lambda self: self.env["ir.model"]._get(TICKET),
        ondelete="cascade",
        domain="[('transient', '=', False), ('abstract', '=', False)]",
        tracking=True,
        help="What is promised about: tickets, or any other kind of document.",
    )
    model_name = fields.Char(related="model_id.model", store=True, index=True)
    audience = fields.Selection(
        [("customer", "Customer"), ("internal", "Own organisation")],
        string="Promised to",
        required=True,
        default="customer",
        tracking=True,
        help="Internal targets run beside the promise to the customer, who never sees "
        "them. Of each sort the first policy that fits holds.",
    )
    start_rule = fields.Selection(
        [("created", "The document begins"), ("attached", "This policy takes hold")],
        string="Clocks start when",
        required=True,
        default="created",
        help="For documents that are already there when the policy comes to hold.",
    )
    end_domain = fields.Char(
        string="Ends without result when",
        help="Open clocks are withdrawn when the document meets this condition, for "
        "example because it was cancelled.",
    )
    contract_ids = fields.Many2many(
        "contract.contract", string="Agreements", check_company=True
    )
    equipment_ids = fields.Many2many(
        "fsm.equipment",
        string="Devices",
        check_company=True,
        help="These devices and the parts of them.",
    )
    escalation_plan_id = fields.Many2one(
        "vas.sla.escalation.plan",
        string="Escalation",
        check_company=True,
        tracking=True,
        help="Who is told or what is done before and after a deadline.",
    )
    version_ids = fields.One2many(
        "vas.sla.policy.version", "policy_id", string="Versions"
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
        help="Empty: the next place in the order of working hours decides, such as "
        "the team or the company.",
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

    @api.depends(*CONDITION_FIELDS, "audience", "sequence", "state")
    def _compute_matching_count(self):
        for policy in self:
            if policy.model_name not in self.env:
                policy.matching_count = 0
                continue
            company = policy.company_id or self.env.company
            records = self.env[policy.model_name].with_company(company)
            policy.matching_count = records.search_count(policy._get_matching_domain())

    @api.constrains("domain", "end_domain", "model_id")
    def _check_domain(self):
        for policy in self:
            for name in ("domain", "end_domain"):
                policy._check_conditions(policy, name)

    def _check_conditions(self, record, name):
        """Refuse conditions in a field of *record* that are no filter on documents."""
        self.ensure_one()
        if not record[name]:
            return
        try:
            self._parse(record[name]).validate(self.env[self.model_name])
        except (
            *(ValueError, SyntaxError, TypeError, KeyError),
            *(AttributeError, MemoryError, RecursionError),
        ) as error:
            raise ValidationError(
                self.env._(
                    "%(record)s, “%(field)s”: %(domain)s is not a filter on %(model)s. "
                    "Expected: a list of conditions such as "
                    "[('company_id', '!=', False)]. (%(error)s)",
                    record=record.display_name,
                    field=record._fields[name]._description_string(self.env),
                    domain=record[name],
                    model=self.model_id.name,
                    error=error,
                )
            ) from error

    @api.constrains("model_id")
    def _check_model(self):
        for policy in self:
            model = self.env.get(policy.model_name)
            if model is None or model._abstract or model._transient or not model._auto:
                raise ValidationError(
                    self.env._(
                        "Policy “%(policy)s”: no promise can be kept on %(model)s. "
                        "Expected: a kind of document that is stored.",
                        policy=policy.name,
                        model=policy.model_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def _is_for_tickets(self):
        self.ensure_one()
        return self.model_name == TICKET

    def _needs_calendar(self):
        """Whether anything here is counted in working time."""
        self.ensure_one()
        return any(t._get_mode() != "calendar_time" for t in self.target_ids)

    def _no_calendar(self):
        """Return the error that says that no working hours were found."""
        return UserError(
            self.env._(
                "Policy “%(policy)s” promises working time, but no place of the order "
                "of working hours names any for this document. Expected: working "
                "hours on the policy, the team or the company.",
                policy=self.name,
            )
        )

    @api.model
    def _parse(self, text):
        """Return the ``Domain`` of a text; read as a literal, never evaluated."""
        return Domain(literal_eval((text or "[]").strip()))

    # ------------------------------------------------------------------
    # Jobs
    # ------------------------------------------------------------------

    def _sync_later(self, model_name, ids):
        """Ask the policies again for documents; the part of a job."""
        documents = self.env[model_name].browse(ids).exists()
        self.env["vas.sla.engine"]._sync(documents)

    def _apply_later(self, calendar_id, rule, ids):
        """Give clocks the present promise; a part of a job, done again without harm.

        :param calendar_id: working hours that changed, or the policy is *self*
        """
        wizards = self.env["vas.sla.apply"]
        wizards.create(
            {"policy_id": self.id, "calendar_id": calendar_id, "rule": rule}
        )._apply_to(ids)

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    _VERSION_FIELDS = frozenset(
        {
            "calendar_id",
            "target_ids",
            "pause_rule_ids",
            "change_rule",
            "start_rule",
            "end_domain",
        }
    )

    @api.model_create_multi
    def create(self, vals_list):
        policies = super().create(vals_list)
        policies._rules_changed()
        return policies

    def write(self, vals):
        result = super().write(vals)
        if "escalation_plan_id" in vals:
            self._plan_again()
        if vals.keys() & self._VERSION_FIELDS:
            self._bump_version()
        if vals.keys() & {
            "domain",
            "end_domain",
            "state",
            "active",
            "model_id",
            "grade_ids",
            "customer_class_ids",
            "target_ids",
            "pause_rule_ids",
        }:
            self._rules_changed()
        return result

    def unlink(self):
        result = super().unlink()
        self._rules_changed()
        return result

    def _rules_changed(self):
        """Let every process see what is watched now."""
        self.env.registry.clear_cache()
        self.env["vas.sla.engine"]._update_registry()

    def _bump_version(self):
        """A promise that was given to somebody changes: count it."""
        self.env.registry.clear_cache()
        used = self.env["vas.sla.clock"]._read_group(
            [("policy_id", "in", self.ids)], ["policy_id"], ["policy_version:max"]
        )
        for policy, version in used:
            if policy.version <= version:
                policy.version = version + 1

    def _prepare_version(self):
        """Return the values of the proof of the present version."""
        self.ensure_one()
        return {
            "policy_id": self.id,
            "number": self.version,
            "sentence": self.sentence,
            "user_id": self.env.uid,
            "promises": {
                "targets": self.target_ids.mapped("display_name"),
                "pauses": self.pause_rule_ids.mapped("display_name"),
                "change_rule": self.change_rule,
            },
        }

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------

    def _get_steps(self, target):
        """Return the pure steps of the escalation of a target."""
        plan = self.escalation_plan_id
        return plan._get_steps(target.kind) if plan else ()

    def _plan_again(self):
        """Let the next run plan the escalation of the open clocks anew."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE vas_sla_clock SET next_action_at = %s "
                "WHERE policy_id IN %s AND outcome = 'open'",
                fields.Datetime.now(),
                tuple(self.ids) or (0,),
            )
        )
        self.env["vas.sla.clock"].invalidate_model(["next_action_at"])

    def _get_next_action_at(self, target, state, done=None):
        """Return when the next step of the escalation is due, False if none is."""
        steps = self._get_steps(target)
        if not steps:
            return False
        due = next_due(steps, state, done or {})
        return naive(due.at) if due else False

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_activate(self):
        """Put policies in force; they must promise something."""
        self._check_model()
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
        """Show what the present version would do to the clocks on earlier ones."""
        self.ensure_one()
        return self.env["vas.sla.apply"]._open(policy=self)

    def action_simulate(self):
        """Try this policy on the past."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_sla_simulation_action"
        )
        return dict(
            action,
            views=[(False, "form")],
            context={
                "default_policy_id": self.id,
                "default_company_id": (self.company_id or self.env.company).id,
            },
        )

    def action_view_matching(self):
        self.ensure_one()
        if self._is_for_tickets():
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "vas_service.helpdesk_ticket_action_vas"
            )
        else:
            action = {
                "type": "ir.actions.act_window",
                "res_model": self.model_name,
                "views": [(False, "list"), (False, "form")],
            }
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
