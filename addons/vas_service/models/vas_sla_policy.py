from ast import literal_eval
from datetime import timezone

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.escalation import next_due

UTC = timezone.utc
# A change of these fields decides anew which promise holds for a ticket.
MATCH_FIELDS = frozenset(
    {
        "priority",
        "team_id",
        "partner_id",
        "category_id",
        "tag_ids",
        "company_id",
        "vas_contract_id",
        "vas_equipment_id",
    }
)
TICKET = "helpdesk.ticket"


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
                or policy._everything_in_words(),
                promises=promises or self.env._("nothing promised yet"),
                hours=policy.calendar_id.name
                or self.env._("working hours of the team or the company"),
            )

    def _everything_in_words(self):
        if self._is_for_tickets():
            return self.env._("Every ticket")
        return self.env._("Every %(document)s", document=self.model_id.name)

    def _conditions_in_words(self, priorities):
        self.ensure_one()
        words = [] if self._is_for_tickets() else [self.model_id.name or ""]
        if self.priority and self._is_for_tickets():
            words.append(
                self.env._("Priority %(name)s", name=priorities[self.priority])
            )
        for records, text in (
            (self.grade_ids, self.env._("Grade")),
            (self.customer_class_ids, self.env._("Class")),
            (self.team_ids, self.env._("Team")),
            (self.category_ids, self.env._("Category")),
            (self.tag_ids, self.env._("Tag")),
            (self.contract_ids, self.env._("Agreement")),
            (self.equipment_ids, self.env._("Device")),
        ):
            if records:
                names = "/".join(records.mapped("display_name"))
                words.append(self.env._("%(what)s %(names)s", what=text, names=names))
        if (self.domain or "[]").strip() != "[]":
            words.append(self.env._("further conditions"))
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
        "model_id",
        "audience",
        "priority",
        "team_ids",
        "category_ids",
        "tag_ids",
        "grade_ids",
        "customer_class_ids",
        "contract_ids",
        "equipment_ids",
        "domain",
        "sequence",
        "state",
    )
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
    # Matching
    # ------------------------------------------------------------------

    def _get_condition_domain(self):
        """Return the conditions of this policy on its documents; a hook for more."""
        self.ensure_one()
        known = self.env[self.model_name]._fields
        domain = self._parse(self.domain)
        if self.company_id and "company_id" in known:
            domain &= Domain("company_id", "in", (self.company_id.id, False))
        customer = "partner_id.commercial_partner_id."
        conditions = [
            (customer + "vas_grade_id", self.grade_ids),
            (customer + "vas_customer_class_id", self.customer_class_ids),
        ]
        if self._is_for_tickets():
            if self.priority:
                domain &= Domain("priority", "=", self.priority)
            conditions = [
                ("team_id", self.team_ids),
                ("category_id", self.category_ids),
                ("tag_ids", self.tag_ids),
                ("vas_contract_id", self.contract_ids),
                ("commercial_partner_id.vas_grade_id", self.grade_ids),
                (
                    "commercial_partner_id.vas_customer_class_id",
                    self.customer_class_ids,
                ),
            ]
            if self.equipment_ids:
                domain &= Domain("vas_equipment_id", "child_of", self.equipment_ids.ids)
        for field, records in conditions:
            if records and field.split(".")[0] in known:
                domain &= Domain(field, "in", records.ids)
            elif records:
                domain &= Domain.FALSE
        return domain

    def _get_open_domain(self):
        """Return the documents that can still get clocks of this policy."""
        self.ensure_one()
        if self._is_for_tickets():
            return Domain("closed", "=", False)
        if (self.end_domain or "[]").strip() == "[]":
            return Domain.TRUE
        return ~self._parse(self.end_domain)

    def _get_matching_domain(self):
        """Open documents this policy would get: it fits and none further up does."""
        self.ensure_one()
        domain = self._get_open_domain() & self._get_condition_domain()
        for policy in self._get_in_force(self.model_name, self.audience):
            if policy == self._origin:
                break
            if (policy.sequence, policy.id) < (self.sequence, self._origin.id or 0):
                domain &= ~policy._get_condition_domain()
        return domain

    @api.model
    def _get_in_force(self, model_name=TICKET, audience=None):
        """Policies in force for a model, in the order in which they are asked."""
        domain = Domain("state", "=", "active") & Domain("model_name", "=", model_name)
        if audience:
            domain &= Domain("audience", "=", audience)
        return self.search(domain)

    @api.model
    def _match(self, records, audience="customer"):
        """Return {record: the policy that holds, or none}; first match wins."""
        result = dict.fromkeys(records, self.browse())
        policies = self._get_in_force(records._name, audience)
        if not policies:
            return result
        by_company = (
            records.grouped("company_id")
            if "company_id" in records._fields
            else {self.env.company: records}
        )
        for company, members in by_company.items():
            # Grade and class of a customer may differ by company.
            left = members.with_company(company or self.env.company)
            for policy in policies:
                if not left:
                    break
                fits = left.filtered_domain(policy._get_condition_domain())
                result.update(dict.fromkeys(fits, policy))
                left -= fits
        return result

    @api.model
    @tools.ormcache()
    def _get_watched_models(self):
        """Return the names of the models of policies in force, tickets left out."""
        # What is watched is the same for everybody.
        groups = self.sudo()._read_group([("state", "=", "active")], ["model_name"])
        return frozenset(name for (name,) in groups if name and name != TICKET)

    @api.model
    @tools.ormcache("model_name")
    def _get_trigger_fields(self, model_name=TICKET):
        """Names of the fields a change of which may change policies or clocks."""
        names = set(MATCH_FIELDS) if model_name == TICKET else {"company_id"}
        # What is watched is the same for everybody.
        for policy in self.sudo()._get_in_force(model_name):
            targets = policy.target_ids
            names.update(path.split(".")[0] for path in policy._get_condition_paths())
            dates = targets.date_field_id | targets.start_field_id
            names.update(dates.mapped("name"))
            if policy.grade_ids or policy.customer_class_ids:
                names.add("partner_id")
            if "owner" in targets.mapped("kind"):
                names.add("user_id")
        return self._with_sources_of(model_name, names)

    def _get_condition_paths(self):
        """Return the paths of fields that the conditions of this policy read."""
        self.ensure_one()
        targets, paths = self.target_ids, set()
        domains = [self.domain, self.end_domain]
        domains += [*targets.mapped("start_domain"), *targets.mapped("stop_domain")]
        domains += self.pause_rule_ids.mapped("domain")
        for text in filter(None, domains):
            paths.update(self._paths_of(self._parse(text)))
        if not self._is_for_tickets():
            # Tickets follow their customers on their own.
            customer = "partner_id.commercial_partner_id."
            paths.update(
                customer + name
                for name, rows in (
                    ("vas_grade_id", self.grade_ids),
                    ("vas_customer_class_id", self.customer_class_ids),
                )
                if rows
            )
        return paths

    @api.model
    def _paths_of(self, domain, prefix=""):
        """Yield the paths of fields in *domain*, those inside “any” too."""
        for condition in domain.iter_conditions():
            path = prefix + condition.field_expr
            yield path
            if condition.operator in ("any", "not any"):
                yield from self._paths_of(Domain(condition.value), path + ".")

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

    @api.model
    def _with_sources_of(self, model_name, names):
        """Add the fields of the same document that computed fields come from."""
        model, found, queue = self.env[model_name], set(), list(names)
        while queue:
            name = queue.pop()
            if name in found or name not in model._fields:
                continue
            found.add(name)
            for path in self.pool.field_depends[model._fields[name]]:
                queue.append(path.split(".")[0])
        return frozenset(found)

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
        return due.at.astimezone(UTC).replace(tzinfo=None) if due else False

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
