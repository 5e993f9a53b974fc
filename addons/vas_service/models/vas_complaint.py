from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

COUNTERSIGN = "vas_service.complaint_countersign"


class VasComplaint(models.Model):
    """A complaint or a suggestion, handled by people who are not the service team.

    Only what is judged established, and confirmed, counts in scorecards.
    """

    _name = "vas.complaint"
    _description = "Complaint or Suggestion"
    _inherit = [
        "portal.mixin",
        "mail.thread.cc",
        "mail.activity.mixin",
        "vas.lock.mixin",
    ]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    number = fields.Char(required=True, readonly=True, copy=False, default="/")
    name = fields.Char(string="Subject", required=True, tracking=True)
    kind = fields.Selection(
        [("complaint", "Complaint"), ("suggestion", "Suggestion")],
        required=True,
        default="complaint",
        tracking=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    active = fields.Boolean(default=True)
    # Conditions on these would tell a service company what was written to the desk.
    message_ids = fields.One2many(groups="base.group_user")
    website_message_ids = fields.One2many(groups="base.group_user")
    date = fields.Datetime(
        string="Received on", required=True, default=fields.Datetime.now
    )
    channel = fields.Selection(
        [
            ("phone", "Complaint hotline"),
            ("portal", "Portal"),
            ("paper", "Form in a public place"),
            ("visit", "Visit"),
            ("other", "Other"),
        ],
        required=True,
        default="phone",
    )
    description = fields.Html(required=True)
    partner_id = fields.Many2one(
        "res.partner", string="Submitted by", required=True, index=True, tracking=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", string="Customer", store=True
    )
    # Who or what it is about.
    about_partner_id = fields.Many2one(
        "res.partner",
        string="About the provider",
        index="btree_not_null",
        tracking=True,
    )
    about_team_id = fields.Many2one(
        "helpdesk.ticket.team", string="About the team", index="btree_not_null"
    )
    about_user_id = fields.Many2one(
        "res.users",
        string="About the person",
        domain=[("share", "=", False)],
        index="btree_not_null",
        groups="base.group_user",
    )
    about_desk = fields.Boolean(
        string="About the complaint desk",
        tracking=True,
        help="Such a complaint is seen and handled by the supervision only.",
    )
    ticket_ref = fields.Char(
        string="Ticket number", help="The service it is about, if the customer said so."
    )
    priority = fields.Selection([("0", "Normal"), ("1", "Urgent")], default="0")
    user_id = fields.Many2one(
        "res.users",
        string="Handled by",
        domain=lambda self: [
            (
                "all_group_ids",
                "in",
                self.env.ref("vas_service.group_vas_complaint_handler").ids,
            )
        ],
        tracking=True,
        index="btree_not_null",
        groups="base.group_user",
    )
    state = fields.Selection(
        [
            ("new", "Received"),
            ("review", "In review"),
            ("judged", "Verdict given"),
            ("confirmed", "Confirmed"),
        ],
        required=True,
        default="new",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        group_expand=True,
    )
    first_reply_date = fields.Datetime(string="First reply", readonly=True, copy=False)
    verdict = fields.Selection(
        [("established", "Established"), ("not_established", "Not established")],
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="Only established complaints count in scorecards. For a suggestion: "
        "established means that it is adopted.",
    )
    outcome = fields.Char(
        compute="_compute_outcome",
        help="The verdict in words: suggestions are adopted, complaints established.",
        groups="base.group_user",
    )
    verdict_reason = fields.Text(string="Reason", copy=False, groups="base.group_user")
    judged_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, groups="base.group_user"
    )
    judged_on = fields.Datetime(readonly=True, copy=False)
    confirmed_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, groups="base.group_user"
    )
    confirmed_on = fields.Datetime(
        string="Counts from", readonly=True, copy=False, index="btree_not_null"
    )
    counts = fields.Boolean(
        compute="_compute_counts",
        store=True,
        help="A complaint that is established and confirmed.",
    )
    # Rewards of suggestions (CMP-03).
    currency_id = fields.Many2one(related="company_id.currency_id")
    reward = fields.Char(help="What the customer gets for the suggestion.", copy=False)
    reward_amount = fields.Monetary(copy=False, tracking=True)
    rewarded_on = fields.Date(readonly=True, copy=False)

    _number_uniq = models.UniqueIndex(
        "(number, company_id) WHERE number != '/'", "This number is taken."
    )
    _reward_check = models.Constraint(
        "CHECK (reward_amount >= 0)", "A reward is not negative."
    )
    _counts_idx = models.Index("(confirmed_on, about_partner_id) WHERE counts IS TRUE")

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("kind", "state", "verdict")
    def _compute_counts(self):
        for complaint in self:
            complaint.counts = (
                complaint.kind == "complaint"
                and complaint.state == "confirmed"
                and complaint.verdict == "established"
            )

    @api.depends("kind", "verdict")
    @api.depends_context("lang")
    def _compute_outcome(self):
        words = {
            "complaint": {
                "established": self.env._("Established"),
                "not_established": self.env._("Not established"),
            },
            "suggestion": {
                "established": self.env._("Adopted"),
                "not_established": self.env._("Not adopted"),
            },
        }
        for complaint in self:
            complaint.outcome = words.get(complaint.kind, {}).get(complaint.verdict)

    @api.depends("number", "name")
    def _compute_display_name(self):
        for complaint in self:
            complaint.display_name = f"{complaint.number} {complaint.name or ''}"

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for complaint in self:
            complaint.access_url = f"/my/complaint/{complaint.id}"
        return result

    # ------------------------------------------------------------------
    # Independence
    # ------------------------------------------------------------------

    @api.model
    def _is_barred(self, user):
        """Whether *user* belongs to the service, by the groups marked so."""
        # Groups are asked whoever assigns; what they say is shown to nobody.
        return any(user.sudo().all_group_ids.mapped("vas_complaint_barred"))

    @api.model
    def _is_supervisor(self, user):
        return user.has_group("vas_service.group_vas_complaint_supervisor")

    @api.constrains("user_id", "about_user_id", "about_desk")
    def _check_independent(self):
        for complaint in self.filtered("user_id"):
            user = complaint.user_id
            if self._is_barred(user):
                raise ValidationError(
                    self.env._(
                        "%(complaint)s: %(user)s belongs to the service team and "
                        "cannot handle complaints. Choose somebody of the complaint "
                        "desk.",
                        complaint=complaint.display_name,
                        user=user.name,
                    )
                )
            if user == complaint.about_user_id:
                raise ValidationError(
                    self.env._(
                        "%(complaint)s is about %(user)s, who cannot handle it.",
                        complaint=complaint.display_name,
                        user=user.name,
                    )
                )
            if complaint.about_desk and not self._is_supervisor(user):
                raise ValidationError(
                    self.env._(
                        "%(complaint)s is about the complaint desk: only the "
                        "supervision handles it, %(user)s is not one of them.",
                        complaint=complaint.display_name,
                        user=user.name,
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        sequence = self.env["ir.sequence"]
        for vals in vals_list:
            if vals.get("number", "/") == "/":
                company = vals.get("company_id") or self.env.company.id
                vals["number"] = (
                    sequence.with_company(company).next_by_code("vas.complaint") or "/"
                )
        return super().create(vals_list)

    @api.model
    def _get_closed_fields(self):
        """Return what nobody changes once a verdict is confirmed."""
        closed = {"verdict", "verdict_reason", "kind", "partner_id", "date"}
        return closed | {"about_partner_id", "about_team_id", "about_user_id"}

    def write(self, vals):
        if not self._get_closed_fields().isdisjoint(vals):
            for complaint in self.filtered(lambda c: c.state == "confirmed"):
                raise UserError(
                    self.env._(
                        "%(complaint)s is confirmed and can no longer be changed. "
                        "Take the confirmation back first.",
                        complaint=complaint.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_new(self):
        for complaint in self.filtered(lambda c: c.state != "new"):
            raise UserError(
                self.env._(
                    "%(complaint)s is being handled and cannot be deleted.",
                    complaint=complaint.display_name,
                )
            )

    def _mail_get_operation_for_mail_message_operation(self, message_operation):
        """The talk is between the customer and the desk: a provider who may read the
        complaint neither reads nor joins it."""
        result = super()._mail_get_operation_for_mail_message_operation(
            message_operation
        )
        if not self.env.user._is_portal():
            return result
        reader = self.env.user.commercial_partner_id
        # Who complained is compared only; nothing of it is returned.
        for complaint in self.sudo():
            partner = complaint.partner_id
            while partner and partner != reader:
                partner = partner.parent_id
            if not partner:
                result[self.browse(complaint.id)] = "write"
        return result

    def _message_post_after_hook(self, message, msg_vals):
        """The first answer to the customer is kept as a date (CMP-08)."""
        author = message.author_id
        if (
            not self.first_reply_date
            and message.subtype_id
            and not message.subtype_id.internal
            and message.message_type in ("comment", "email_outgoing")
            and author != self.partner_id
            and any(not user.share for user in author.user_ids)
        ):
            # Whoever answers may set it.
            self.sudo().first_reply_date = message.date
        return super()._message_post_after_hook(message, msg_vals)

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _check_handler(self):
        if self._is_barred(self.env.user) and not self.env.su:
            raise AccessError(
                self.env._("Members of the service team cannot handle complaints.")
            )

    def action_take(self):
        """Start the review; who is not told otherwise handles it themselves."""
        self._check_handler()
        self._lock_or_refuse()
        for complaint in self.filtered(lambda c: c.state == "new"):
            complaint.write(
                {
                    "state": "review",
                    "user_id": complaint.user_id.id or self.env.uid,
                }
            )

    def action_judge(self):
        """Record the verdict. It counts when the supervision has countersigned, or at
        once where the company does without."""
        self._check_handler()
        self._lock_or_refuse()
        # A setting of the company, for everybody who judges.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        countersign = parameters_sudo.get_param(COUNTERSIGN) == "True"
        now = fields.Datetime.now()
        for complaint in self.filtered(lambda c: c.state in ("new", "review")):
            if not complaint.verdict or not (complaint.verdict_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(complaint)s: say whether it is established, and why.",
                        complaint=complaint.display_name,
                    )
                )
            complaint.write(
                {
                    "state": "judged",
                    "judged_by_id": self.env.uid,
                    "judged_on": now,
                    "user_id": complaint.user_id.id or self.env.uid,
                }
            )
            if not countersign:
                complaint._confirm(now)

    def _confirm(self, now):
        self.write(
            {
                "state": "confirmed",
                "confirmed_by_id": self.env.uid,
                "confirmed_on": now,
            }
        )

    def _check_supervisor(self):
        if not self._is_supervisor(self.env.user):
            raise AccessError(
                self.env._("Only the supervision confirms or takes back a verdict.")
            )

    def action_confirm(self):
        """Countersign the verdict of somebody else."""
        self._check_supervisor()
        self._lock_or_refuse()
        for complaint in self.filtered(lambda c: c.state == "judged"):
            if complaint.judged_by_id == self.env.user:
                raise UserError(
                    self.env._(
                        "%(complaint)s: you judged it yourself. Somebody else of the "
                        "supervision has to countersign.",
                        complaint=complaint.display_name,
                    )
                )
            complaint._confirm(fields.Datetime.now())

    def action_back(self):
        """Take verdict or confirmation back; the complaint is reviewed again."""
        self._check_supervisor()
        self._lock_or_refuse()
        for complaint in self.filtered(lambda c: c.state in ("judged", "confirmed")):
            complaint.write(
                {
                    "state": "review",
                    "judged_by_id": False,
                    "judged_on": False,
                    "confirmed_by_id": False,
                    "confirmed_on": False,
                }
            )

    def action_reward(self):
        """The customer has received the reward of an adopted suggestion."""
        self._check_handler()
        self._lock_or_refuse()
        for complaint in self:
            if complaint.kind != "suggestion" or complaint.verdict != "established":
                raise UserError(
                    self.env._(
                        "%(complaint)s: only adopted suggestions are rewarded.",
                        complaint=complaint.display_name,
                    )
                )
            if not complaint.reward and not complaint.reward_amount:
                raise UserError(
                    self.env._(
                        "%(complaint)s: say what the reward is.",
                        complaint=complaint.display_name,
                    )
                )
        self.filtered(lambda c: not c.rewarded_on).write(
            {"rewarded_on": fields.Date.context_today(self)}
        )

    def _get_portal_status(self):
        """Return the status in words for customers; the verdict once it is final."""
        self.ensure_one()
        if self.state != "confirmed":
            return (
                self.env._("Received")
                if self.state == "new"
                else self.env._("In review")
            )
        # What employees read in a field customers read in the portal.
        return self.sudo().outcome
