from odoo import fields, models


class VasEntitlementDocument(models.AbstractModel):
    """What uses up entitlements: tickets, work orders, booked services."""

    _name = "vas.entitlement.document"
    _description = "Document that uses entitlements"

    vas_overuse_ids = fields.One2many(
        "vas.entitlement.overuse",
        "res_id",
        string="Over-use",
        domain=lambda self: [("res_model", "=", self._name)],
        groups="base.group_user",
    )
    vas_entitlement_state = fields.Selection(
        [
            ("covered", "Covered by the agreement"),
            ("waiting", "Over-use waits for approval"),
            ("approved", "Over-use approved"),
            ("billed", "Over-use is invoiced"),
            ("refused", "Over-use refused"),
        ],
        string="Entitlement",
        compute="_compute_vas_entitlement_state",
        compute_sudo=True,
        groups="base.group_user",
    )

    def _vas_states_by_weight(self):
        """The weightiest state of a document's over-use is shown."""
        return ("refused", "waiting", "billed", "approved")

    def _compute_vas_entitlement_state(self):
        about = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        used = dict(
            self.env["vas.entitlement.entry"]._read_group(
                about, ["res_id"], ["quantity:sum"]
            )
        )
        over = dict(
            self.env["vas.entitlement.overuse"]._read_group(
                about, ["res_id"], ["state:array_agg"]
            )
        )
        for document in self:
            states = over.get(document._origin.id) or []
            document.vas_entitlement_state = next(
                (state for state in self._vas_states_by_weight() if state in states),
                "covered" if used.get(document._origin.id, 0.0) < 0 else False,
            )

    def _vas_get_demands(self):
        """Return {unit: quantity} that this document uses now; a hook."""
        self.ensure_one()
        return {}

    def _vas_get_ticket(self):
        """Return the ticket this document belongs to, or none."""
        self.ensure_one()
        return self.env["helpdesk.ticket"]

    def _vas_get_use_date(self):
        """Return the day that decides which period is used."""
        self.ensure_one()
        return fields.Date.context_today(self)

    def _vas_get_use_reason(self):
        self.ensure_one()
        return self.display_name

    def _vas_refuses_over_use(self):
        """Whether the document itself is refused when nothing is left.

        Otherwise it is kept and the work on it is refused.
        """
        self.ensure_one()
        return True

    def _vas_settle(self):
        self.env["vas.entitlement"]._settle(self)

    def unlink(self):
        """What is deleted uses nothing: give it back first."""
        # Whoever may delete a document gives back what it used.
        served = self.sudo().filtered("vas_contract_id")
        if served:
            served.with_context(vas_gives_back=True)._vas_settle()
        return super().unlink()

    def _vas_over_use_blocks(self):
        """Return the sentence that says why work on this document is refused."""
        self.ensure_one()
        over = self.vas_overuse_ids.filtered(
            lambda one: one.state in ("waiting", "refused")
        )[:1]
        approver = over.entitlement_id.approver_id or over.contract_id.user_id
        if over.state == "refused":
            return self.env._(
                "%(document)s: “%(entitlement)s” of %(agreement)s is used up and the "
                "over-use was refused. Cancel the work, or change the agreement.",
                document=self.display_name,
                entitlement=over.entitlement_id.name,
                agreement=over.contract_id.display_name,
            )
        return self.env._(
            "%(document)s: “%(entitlement)s” of %(agreement)s is used up. The work may "
            "begin when a manager (%(approver)s) has approved the over-use.",
            document=self.display_name,
            entitlement=over.entitlement_id.name,
            agreement=over.contract_id.display_name,
            approver=approver.name or self.env._("service manager"),
        )
