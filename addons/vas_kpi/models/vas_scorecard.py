from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare

from ..tools import periods, scoring

#: States of assessments that hold a version still.
DECIDED_STATES = ("confirmed", "published")
#: States of results that were decided once; a superseded one no longer counts.
FINAL_STATES = (*DECIDED_STATES, "superseded")


class VasScorecard(models.Model):
    """A version of a scheme: who is rated, by what, with which bands.

    A version with confirmed results is frozen; a change makes the next version.
    """

    _name = "vas.scorecard"
    _description = "Scorecard"
    _inherit = ["mail.thread", "mail.activity.mixin", "vas.rule.mixin"]
    _order = "name, version desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, index=True)
    version = fields.Integer(default=1, readonly=True, copy=False)
    previous_version_id = fields.Many2one(
        comodel_name="vas.scorecard", readonly=True, copy=False, ondelete="set null"
    )
    active = fields.Boolean(default=True)
    state = fields.Selection(
        selection=[("draft", "Draft"), ("active", "In force"), ("retired", "Retired")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        help="Empty: every company may use this scorecard.",
    )
    description = fields.Html(translate=True)
    subject_model_id = fields.Many2one(
        comodel_name="ir.model",
        string="Who is rated",
        required=True,
        ondelete="cascade",
        domain=[("transient", "=", False)],
        default=lambda self: self.env["ir.model"]._get("res.partner"),
    )
    subject_model = fields.Char(related="subject_model_id.model", store=True)
    subject_domain = fields.Char(string="Scope", default="[]")
    subject_metric_id = fields.Many2one(
        comodel_name="vas.metric",
        string="Only with data on",
        check_company=True,
        ondelete="restrict",
        help="Rate only subjects for which this metric finds data in the period.",
    )
    period_type = fields.Selection(
        string="Period",
        selection=[
            ("month", "Month"),
            ("quarter", "Quarter"),
            ("half_year", "Half-year"),
            ("year", "Year"),
        ],
        required=True,
        default="year",
    )
    aggregate = fields.Selection(
        selection=[
            ("weighted", "Weighted sections (100 points)"),
            ("sum", "Plain sum of points"),
        ],
        string="Total",
        required=True,
        default="weighted",
    )
    missing_rule = fields.Selection(
        selection=[
            ("reweight", "Leave out, spread its weight over the rest"),
            ("zero", "Count as 0 points"),
            ("full", "Count as full points"),
        ],
        string="Missing data",
        required=True,
        default="reweight",
    )
    min_coverage = fields.Float(
        string="Measured at least (%)",
        help="With less of the weight measured there is no score, no band and no"
        " consequence. 0: any share is enough.",
    )
    history_periods = fields.Integer(
        string="Results in the standing",
        help="12: the band follows the mean of this and the 11 results before, the"
        " newest counting 12 parts, the oldest 1. 0: only the result of the period.",
    )
    stay_periods = fields.Integer(
        string="Periods before a band changes",
        help="The band changes only after so many periods in a row outside it."
        " 0: not used.",
    )
    stay_margin = fields.Float(
        string="Points beyond the limit",
        digits=(16, 4),
        help="The band changes at once when the total lies at least so many points"
        " beyond the limit of the band held. 0: not used.",
    )
    responsible_id = fields.Many2one(
        comodel_name="res.users",
        help="Is told about appeals and consequences.",
    )
    approval_group_id = fields.Many2one(
        comodel_name="res.groups",
        string="Approved by",
        help="Results are confirmed only after a member of this group, other than the"
        " one who asks, has approved them. Empty: no approval.",
    )
    approval_definition_id = fields.Many2one(
        comodel_name="tier.definition", readonly=True, ondelete="set null"
    )
    override_group_id = fields.Many2one(
        comodel_name="res.groups",
        string="Overrides approved by",
        help="Who may approve that a result is overridden. Empty: managers of"
        " scorecards. Nobody approves a request of their own.",
    )
    show_to_subject = fields.Boolean(
        string="Show to the rated partner",
        default=True,
        help="Published results appear in the portal of the rated partner.",
    )
    publish_template_id = fields.Many2one(
        comodel_name="mail.template",
        string="Mail on publication",
        domain="[('model', '=', 'vas.assessment')]",
        default=lambda self: self.env.ref(
            "vas_kpi.mail_template_result_published", raise_if_not_found=False
        ),
        ondelete="set null",
        help="Sent to the portal logins of the rated partner. Empty: no mail.",
    )
    appeal_days = fields.Integer(
        string="Days to appeal",
        help="The rated partner may appeal for so many days after publication."
        " 0: no appeals.",
    )
    appeal_other_decider = fields.Boolean(
        string="Appeal decided by another person",
        help="Whoever confirmed the result may not decide the appeal against it.",
    )
    section_ids = fields.One2many(
        comodel_name="vas.scorecard.section", inverse_name="scorecard_id", copy=True
    )
    criterion_ids = fields.One2many(
        comodel_name="vas.scorecard.criterion", inverse_name="scorecard_id"
    )
    override_ids = fields.One2many(
        comodel_name="vas.scorecard.override", inverse_name="scorecard_id"
    )
    band_ids = fields.One2many(
        comodel_name="vas.scorecard.band", inverse_name="scorecard_id"
    )
    weight_total = fields.Float(compute="_compute_weight", digits=(16, 2))
    weight_text = fields.Char(string="Weights", compute="_compute_weight")
    weight_complete = fields.Boolean(compute="_compute_weight")
    max_total = fields.Float(string="Maximum points", compute="_compute_weight")
    problem_text = fields.Text(
        string="Missing before it can be put in force", compute="_compute_problem_text"
    )
    band_problem_text = fields.Text(
        string="Problems of the bands", compute="_compute_problem_text"
    )
    assessment_ids = fields.One2many(
        comodel_name="vas.assessment", inverse_name="scorecard_id"
    )
    assessment_count = fields.Integer(compute="_compute_assessment_count")
    is_frozen = fields.Boolean(compute="_compute_assessment_count")

    _version_uniq = models.UniqueIndex(
        "(code, version, COALESCE(company_id, 0))",
        "This version of the scorecard already exists.",
    )
    _active_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0)) WHERE state = 'active'",
        "Only one version of a scorecard can be in force.",
    )
    _settings_positive = models.Constraint(
        "CHECK (min_coverage BETWEEN 0 AND 100 AND stay_periods >= 0"
        " AND history_periods >= 0"
        " AND stay_margin >= 0 AND appeal_days >= 0)",
        "The measured share is between 0 and 100 %; periods, points and days are not"
        " negative.",
    )

    # ------------------------------------------------------------------ computes
    @api.depends("name", "version")
    def _compute_display_name(self):
        for scorecard in self:
            scorecard.display_name = self.env._(
                "%(name)s (version %(version)s)",
                name=scorecard.name or "",
                version=scorecard.version,
            )

    @api.depends(
        "aggregate",
        "section_ids.weight",
        "criterion_ids.max_points",
        "criterion_ids.active",
    )
    def _compute_weight(self):
        for scorecard in self:
            total = sum(scorecard.section_ids.mapped("weight"))
            maximum = sum(scorecard.criterion_ids.mapped("max_points"))
            scorecard.weight_total = total
            scorecard.max_total = maximum
            missing = 100.0 - total
            complete = abs(missing) < 0.0101
            if scorecard.aggregate == "sum":
                scorecard.weight_complete = True
                text = self.env._("%(points)s points in all", points=f"{maximum:g}")
            else:
                scorecard.weight_complete = complete
                shown = f"{total:.2f}".rstrip("0").rstrip(".")
                gap = f"{abs(missing):.2f}".rstrip("0").rstrip(".")
                if complete:
                    text = self.env._("%(total)s / 100, complete", total=shown)
                elif missing > 0:
                    text = self.env._(
                        "%(total)s / 100, %(gap)s missing", total=shown, gap=gap
                    )
                else:
                    text = self.env._(
                        "%(total)s / 100, %(gap)s too many", total=shown, gap=gap
                    )
            scorecard.weight_text = text

    @api.depends(
        "state",
        "weight_text",
        "weight_complete",
        "criterion_ids.max_points",
        "section_ids.weight",
        "band_ids.min_type",
        "band_ids.min_value",
        "band_ids.max_type",
        "band_ids.max_value",
        "band_ids.only_by_override",
    )
    @api.depends_context("lang")
    def _compute_problem_text(self):
        """Say what is missing while it can still be put right."""
        for scorecard in self:
            bands, problems = [], []
            if scorecard.state == "draft":
                bands = scorecard._get_band_problems()
                problems = scorecard._get_activation_problems()
            scorecard.band_problem_text = "\n".join(bands)
            scorecard.problem_text = "\n".join(problems)

    def _compute_assessment_count(self):
        groups = self.env["vas.assessment"]._read_group(
            [("scorecard_id", "in", self.ids)], ["scorecard_id", "state"], ["__count"]
        )
        counts, decided = {}, set()
        for scorecard, state, count in groups:
            counts[scorecard.id] = counts.get(scorecard.id, 0) + count
            if state in FINAL_STATES:
                decided.add(scorecard.id)
        for scorecard in self:
            scorecard.assessment_count = counts.get(scorecard.id, 0)
            scorecard.is_frozen = scorecard.id in decided

    # --------------------------------------------------------------- constraints
    @api.constrains("subject_domain", "subject_model_id")
    def _check_subject_domain(self):
        for scorecard in self:
            scorecard._check_domain_field("subject_domain", scorecard.subject_model)

    @api.model
    def _get_rule_fields(self):
        """Return the fields that a frozen version keeps as they are."""
        return {
            "code",
            "subject_model_id",
            "subject_domain",
            "subject_metric_id",
            "period_type",
            "aggregate",
            "missing_rule",
            "min_coverage",
            "history_periods",
            "stay_periods",
            "stay_margin",
            "section_ids",
            "criterion_ids",
            "override_ids",
            "band_ids",
        }

    def _check_not_frozen(self):
        """Refuse a change of rules that already led to decided results."""
        # Whether results exist does not depend on who asks.
        for scorecard in self.sudo().filtered("is_frozen"):
            raise UserError(
                self.env._(
                    "%(scorecard)s has confirmed results and is frozen. Use “New"
                    " version” and change the copy.",
                    scorecard=scorecard.display_name,
                )
            )

    def write(self, vals):
        if self._get_rule_fields() & set(vals):
            self._check_not_frozen()
        result = super().write(vals)
        if {"approval_group_id", "code", "name", "company_id"} & set(vals):
            self._sync_approval()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        scorecards = super().create(vals_list)
        scorecards.filtered("approval_group_id")._sync_approval()
        return scorecards

    def _sync_approval(self):
        """Keep one approval rule per scheme that follows the chosen group."""
        for scorecard in self:
            # The rule is an administrator's record; choosing a group on the scorecard
            # is the click that switches it on and off.
            definition_sudo = scorecard.sudo().approval_definition_id
            group = scorecard.approval_group_id
            if not group and not definition_sudo:
                continue
            values = {
                "name": self.env._("Results of %(name)s", name=scorecard.name),
                "active": bool(group),
                "definition_domain": repr([("scorecard_id.code", "=", scorecard.code)]),
                "company_id": scorecard.company_id.id,
            }
            if group:
                values["reviewer_group_id"] = group.id
            if definition_sudo:
                definition_sudo.write(values)
            else:
                scorecard.approval_definition_id = definition_sudo.create(
                    {
                        **values,
                        "model_id": self.env["ir.model"]._get_id("vas.assessment"),
                        "review_type": "group",
                        "exclude_requester": True,
                        "has_comment": True,
                        "notify_on_pending": True,
                    }
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        # Assessments of other companies count too.
        for scorecard in self.sudo().filtered("assessment_count"):
            raise UserError(
                self.env._(
                    "%(scorecard)s has assessments. Archive it instead.",
                    scorecard=scorecard.display_name,
                )
            )

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for scorecard, vals in zip(self, vals_list, strict=True):
            if "code" not in default:
                vals["code"] = self.env._("%(code)s-copy", code=scorecard.code)
            if vals["code"] != scorecard.code:
                # The approval rule belongs to the scheme, not to its copy.
                vals["approval_definition_id"] = False
            if "name" not in default:
                vals["name"] = self.env._("%(name)s (copy)", name=scorecard.name)
        return vals_list

    def copy(self, default=None):
        copies = super().copy(default)
        for source, target in zip(self, copies, strict=True):
            source._copy_rules_to(target)
        return copies

    def _copy_rules_to(self, target):
        """Copy bands, criteria with modifiers, and overrides into ``target``."""
        self.ensure_one()
        sections = dict(zip(self.section_ids, target.section_ids, strict=True))
        criteria = self.with_context(active_test=False).criterion_ids
        self._copy_each(
            criteria, [{"section_id": sections[c.section_id].id} for c in criteria]
        )
        # Server actions of a band are shown to system administrators only, but a new
        # version made by another administrator keeps them.
        target.check_access("write")
        # As said above: a server action on a band must not be lost.
        bands_sudo = self.band_ids.sudo()
        copies_sudo = bands_sudo.copy({"scorecard_id": target.id})
        bands = dict(zip(bands_sudo.ids, copies_sudo.ids, strict=True))
        self._copy_each(
            self.override_ids,
            [
                {"scorecard_id": target.id, "band_id": bands.get(o.band_id.id, False)}
                for o in self.override_ids
            ],
        )
        target.invalidate_recordset()

    @api.model
    def _copy_each(self, records, changes):
        """Copy records at once, each with values of its own."""
        all_vals = records.with_context(active_test=False).copy_data()
        vals_list = [vals | own for vals, own in zip(all_vals, changes, strict=True)]
        for old, new in zip(records, records.create(vals_list), strict=True):
            old.copy_translations(new)

    # ------------------------------------------------------------------- actions
    def action_activate(self):
        """Put the version in force; the previous one of the same code retires."""
        for scorecard in self:
            problems = scorecard._get_activation_problems()
            if problems:
                raise UserError(
                    self.env._(
                        "%(scorecard)s cannot be put in force:\n%(problems)s",
                        scorecard=scorecard.display_name,
                        problems="\n".join(f"• {problem}" for problem in problems),
                    )
                )
            # One by one: of two versions of a code the later one stays in force.
            siblings = self.search(
                [
                    ("code", "=", scorecard.code),
                    ("company_id", "=", scorecard.company_id.id),
                    ("state", "=", "active"),
                    ("id", "!=", scorecard.id),
                ]
            )
            siblings.state = "retired"
            siblings.flush_recordset(["state"])
            scorecard.state = "active"

    def action_retire(self):
        self.state = "retired"

    def action_new_version(self):
        """Copy as the next draft version and open it."""
        self.ensure_one()
        newest = self.search(
            [("code", "=", self.code), ("company_id", "=", self.company_id.id)],
            order="version desc",
            limit=1,
        )
        copy = self.copy(
            {
                "code": self.code,
                "name": self.name,
                "version": newest.version + 1,
                "previous_version_id": self.id,
            }
        )
        return copy._get_records_action()

    def action_open_assessments(self):
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "vas_kpi.vas_assessment_action"
            ),
            "domain": [("scorecard_id", "=", self.id)],
            "context": {"default_scorecard_id": self.id},
        }

    def _get_activation_problems(self):
        """Return sentences that say what keeps the version from being used."""
        self.ensure_one()
        problems = []
        if not self.criterion_ids:
            problems.append(self.env._("It has no criteria."))
        if self.aggregate == "weighted":
            if not self.weight_complete:
                problems.append(
                    self.env._("Section weights: %(text)s.", text=self.weight_text)
                )
            for section in self.section_ids:
                members = section.criterion_ids
                if section.weight and sum(members.mapped("max_points")) <= 0:
                    problems.append(
                        self.env._(
                            "Section “%(section)s” weighs %(weight)s but no criterion"
                            " in it gives points.",
                            section=section.name,
                            weight=f"{section.weight:g}",
                        )
                    )
        return problems + self._get_band_problems()

    def _get_band_problems(self):
        self.ensure_one()
        bands = self.band_ids.filtered(lambda band: not band.only_by_override)
        problems = scoring.band_problems([band._bounds_dict() for band in bands])
        return [
            self._describe_band_problem(kind, bands[one].name, bands[two].name)
            for kind, one, two in problems
        ]

    @api.model
    def _describe_band_problem(self, kind, first, second):
        if kind == "empty":
            return self.env._("Band “%(first)s” holds no value.", first=first)
        if kind == "overlap":
            return self.env._(
                "Bands “%(first)s” and “%(second)s” overlap.",
                first=first,
                second=second,
            )
        return self.env._(
            "There is a gap between bands “%(first)s” and “%(second)s”.",
            first=first,
            second=second,
        )

    # ------------------------------------------------------------------ assessing
    def _get_subjects(self, date_from, date_to, company):
        """Return all subjects in scope for a period, in the user's company."""
        self.ensure_one()
        # A scheme rates everybody in scope, whatever the officer may read himself;
        # the company limit is applied here instead of by record rules.
        model_sudo = self.env[self.subject_model].sudo().with_company(company)
        domain = self._read_domain(self.subject_domain, date_from, date_to)
        if "company_id" in model_sudo._fields:
            domain &= fields.Domain("company_id", "in", [company.id, False])
        subjects_sudo = model_sudo.search(domain)
        if self.subject_metric_id:
            found = self.subject_metric_id._measure(
                subjects_sudo, date_from, date_to, company
            )
            subjects_sudo = subjects_sudo.filtered(lambda s: found[s.id].count)
        return subjects_sudo.sudo(False)

    def _assess(self, subjects, date_from, date_to, company=None, run=None):
        """Compute draft assessments for all ``subjects`` of a period, set-based.

        Creates what is missing and recomputes what is not decided; confirmed and
        published results are never touched. Running twice doubles nothing.

        :param subjects: records of the scorecard's subject model.
        :return: the computed assessments (without the untouched ones).
        """
        self.ensure_one()
        company = company or self.company_id or self.env.company
        if date_from > date_to:
            raise UserError(
                self.env._(
                    "%(scorecard)s: the period ends before it begins.",
                    scorecard=self.display_name,
                )
            )
        assessments = self.env["vas.assessment"]._ensure_assessments(
            self, subjects, date_from, date_to, company, run
        )
        assessments._recompute(memo={})
        return assessments

    def _get_default_period(self, day=None):
        """Return the last finished period of this scorecard's type."""
        self.ensure_one()
        return periods.previous_period(
            self.period_type, day or fields.Date.context_today(self)
        )

    @api.constrains("section_ids")
    def _check_weights(self):
        for scorecard in self:
            for section in scorecard.section_ids:
                if float_compare(section.weight, 0.0, precision_digits=6) < 0:
                    raise ValidationError(
                        self.env._(
                            "%(scorecard)s: the weight of section “%(section)s” cannot"
                            " be negative.",
                            scorecard=scorecard.display_name,
                            section=section.name,
                        )
                    )
