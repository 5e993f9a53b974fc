from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ContractContract(models.Model):
    """Agreements of the service desk: signed, ended, and what their lines must say."""

    _name = "contract.contract"
    _inherit = ["contract.contract", "vas.lock.mixin"]

    vas_state = fields.Selection(
        [
            ("draft", "Not yet signed"),
            ("signing", "Being signed"),
            ("signed", "Signed"),
            ("ended", "Ended"),
        ],
        string="Signature",
        default="draft",
        required=True,
        copy=False,
        index=True,
        tracking=True,
        help="Only signed agreements give rights and are invoiced.",
    )
    vas_signed_on = fields.Date(string="Signed on", copy=False, tracking=True)
    vas_agent_id = fields.Many2one(
        "res.users",
        string="Dedicated agent",
        domain=[("share", "=", False)],
        tracking=True,
        help="New tickets under this agreement are given to this person.",
    )
    vas_ticket_count = fields.Integer(
        string="Tickets", compute="_compute_vas_ticket_count"
    )

    _vas_customer_idx = models.Index(
        "(partner_id, company_id) "
        "WHERE vas_kind_id IS NOT NULL AND vas_state = 'signed'"
    )

    def _compute_vas_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("vas_contract_id", "in", self.ids)], ["vas_contract_id"], ["__count"]
            )
        )
        for contract in self:
            contract.vas_ticket_count = counts.get(contract, 0)

    # ------------------------------------------------------------------
    # In force
    # ------------------------------------------------------------------

    @api.model
    def _vas_in_force_domain(self, day):
        """Return the agreements with customers that give rights on *day*."""
        return (
            Domain("vas_kind_id", "!=", False)
            & Domain("contract_type", "=", "sale")
            & Domain("vas_state", "=", "signed")
            & (Domain("date_start", "=", False) | Domain("date_start", "<=", day))
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", day))
        )

    def _vas_is_in_force(self, day):
        self.ensure_one()
        return bool(self.filtered_domain(self._vas_in_force_domain(day)))

    @api.model
    def _vas_find(self, partners, company, day):
        """Return {partner: agreement} in force, the nearest in the hierarchy first.

        The agreement of the customer itself comes before that of its head office; of
        several the order of the kinds decides. One query for all partners.
        """
        everyone, level = partners, partners
        while level := level.parent_id - everyone:
            everyone |= level
        if not everyone:
            return {}
        found = self.search(
            self._vas_in_force_domain(day)
            & Domain("partner_id", "in", everyone.ids)
            & Domain("company_id", "=", company.id)
        ).sorted(lambda c: (c.vas_kind_id.sequence, c.vas_kind_id.id, -c.id))
        by_partner = found.grouped("partner_id")
        result = {}
        for partner in partners:
            seen = partner
            while seen and seen not in by_partner:
                seen = seen.parent_id
            if seen:
                result[partner] = by_partner[seen][:1]
        return result

    # ------------------------------------------------------------------
    # Signature
    # ------------------------------------------------------------------

    def _vas_check_clause(self):
        """Refuse an agreement whose lines do not say the four parts (CON-01)."""
        problems = []
        for contract in self.filtered("vas_kind_id.needs_clause"):
            lines = contract.contract_line_ids.filtered(lambda li: not li.display_type)
            if not lines:
                problems.append(
                    self.env._(
                        "%(contract)s: there is no service line. Expected: at least "
                        "one, with content, standard, time limit and fee.",
                        contract=contract.display_name,
                    )
                )
            for line in lines:
                missing = line._vas_missing_parts()
                if missing:
                    problems.append(
                        self.env._(
                            "%(contract)s, line “%(line)s”: %(parts)s missing.",
                            contract=contract.display_name,
                            line=line.name,
                            parts=self.env._(", ").join(missing),
                        )
                    )
        if problems:
            raise UserError("\n".join(problems))

    def action_vas_start_signing(self):
        self._vas_move("signing", {"draft"})

    def action_vas_sign(self):
        """Put the agreement in force, if every line says what it must."""
        self._lock_or_refuse()
        without = self.filtered(lambda contract: not contract.vas_kind_id)
        if without:
            raise UserError(
                self.env._(
                    "%(contract)s has no kind of agreement. Expected: a kind, so that "
                    "the service desk knows what it means.",
                    contract=without[:1].display_name,
                )
            )
        self._vas_check_clause()
        self._vas_move("signed", {"draft", "signing"})
        for contract in self.filtered(lambda c: not c.vas_signed_on):
            contract.vas_signed_on = fields.Date.context_today(contract)
        self._vas_signed()

    def _vas_signed(self):
        """What begins with the signature; a hook for what agreements give."""

    def action_vas_end(self):
        self._vas_move("ended", {"signed"})

    def action_vas_reopen(self):
        self._vas_move("draft", {"signing", "ended"})

    def _vas_move(self, state, allowed):
        """Change the signature of those in an *allowed* state; say why not."""
        self._lock_or_refuse()
        self.invalidate_recordset(["vas_state"])
        words = dict(self._fields["vas_state"]._description_selection(self.env))
        for contract in self:
            if contract.vas_state not in allowed:
                raise UserError(
                    self.env._(
                        "%(contract)s is “%(state)s” and cannot become “%(new)s”.",
                        contract=contract.display_name,
                        state=words[contract.vas_state],
                        new=words[state],
                    )
                )
        self.write({"vas_state": state})

    @api.model
    def _cron_vas_end(self):
        """End the agreements whose last day has passed."""
        # Days end in the zone of the company; a day later is early enough.
        due = Domain("vas_state", "=", "signed") & Domain(
            "date_end", "<", fields.Date.context_today(self)
        )
        found = self.search(due & Domain("vas_kind_id", "!=", False), limit=200)
        remaining = self.search_count(due & Domain("vas_kind_id", "!=", False))
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for contract in found:
            mine = contract.try_lock_for_update()
            if mine:
                mine.vas_state = "ended"
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ------------------------------------------------------------------
    # Invoicing: only what is signed
    # ------------------------------------------------------------------

    @api.model
    def _get_contracts_to_invoice_domain(self, date_ref=None):
        domain = super()._get_contracts_to_invoice_domain(date_ref)
        unsigned = Domain("vas_kind_id", "!=", False) & Domain(
            "vas_state", "in", ("draft", "signing")
        )
        return Domain(domain) & ~unsigned

    def _get_lines_to_invoice(self, date_ref):
        self.ensure_one()
        if self.vas_kind_id and self.vas_state in ("draft", "signing"):
            return self.env["contract.line"]
        return super()._get_lines_to_invoice(date_ref)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def get_formview_id(self, access_uid=None):
        """Agreements open in the form of the service desk for its people."""
        ours = self.env.user.has_group("vas_service.group_vas_service_user")
        if ours and len(self) == 1 and self.vas_kind_id:
            return self.env.ref("vas_service.contract_contract_view_form_vas").id
        return super().get_formview_id(access_uid=access_uid)

    def action_vas_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_vas"
        )
        return dict(
            action,
            domain=[("vas_contract_id", "=", self.id)],
            context={"default_vas_contract_id": self.id},
        )

    def action_vas_view_invoices(self):
        """The invoices and credit notes made under this agreement."""
        self.ensure_one()
        lines = self.env["account.move.line"].search(
            [("contract_line_id.contract_id", "=", self.id)]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "views": [(False, "list"), (False, "form")],
            "domain": [("id", "in", lines.move_id.ids)],
            "context": {"create": False},
        }
