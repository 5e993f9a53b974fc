from odoo import api, fields, models
from odoo.exceptions import UserError


class HelpdeskTicket(models.Model):
    """Tickets find their agreement, jump the queue by it and use its incidents."""

    _name = "helpdesk.ticket"
    _inherit = ["helpdesk.ticket", "vas.entitlement.document"]

    vas_contract_id = fields.Many2one(
        compute="_compute_vas_contract_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    vas_contract_source = fields.Selection(
        [
            ("device", "Agreement of the device"),
            ("coverage", "Coverage of the device"),
            ("customer", "Agreement of the customer"),
            ("parent", "Agreement of the customer's head office"),
            ("manual", "Chosen by hand"),
        ],
        string="Agreement found by",
        compute="_compute_vas_contract_id",
        store=True,
        readonly=False,
        precompute=True,
        groups="base.group_user",
        help="Why this agreement holds; another one may be chosen.",
    )
    vas_queue_rank = fields.Integer(
        string="Place by agreement",
        compute="_compute_vas_queue_rank",
        store=True,
        precompute=True,
        compute_sudo=True,
        index=True,
        groups="base.group_user",
        help="0: the agreement lets the ticket jump the queue; 1: every other.",
    )
    vas_booking_ids = fields.One2many(
        "vas.service.booking",
        "ticket_id",
        string="Booked service",
        groups="base.group_user",
    )
    vas_entitlement_ids = fields.Many2many(
        "vas.entitlement",
        compute="_compute_vas_entitlement_ids",
        string="Entitlements of the agreement",
        groups="base.group_user",
    )

    # ------------------------------------------------------------------
    # Agreement
    # ------------------------------------------------------------------

    @api.depends("partner_id", "vas_equipment_id", "company_id")
    def _compute_vas_contract_id(self):
        """The agreement of the device, else of the customer or its head office."""
        contracts = self.env["contract.contract"]
        day = fields.Date.context_today(self)
        by_device = self._vas_get_device_agreements(day)
        for company, tickets in self.grouped(
            lambda t: t.company_id or self.env.company
        ).items():
            by_partner = contracts._vas_find(tickets.partner_id, company, day)
            for ticket in tickets:
                found, source = by_device.get(ticket.vas_equipment_id, (None, None))
                if not found or found.company_id != company:
                    found = by_partner.get(ticket.partner_id, contracts)
                    own = found.partner_id == ticket.partner_id
                    source = "customer" if own else "parent"
                ticket.vas_contract_id = found
                ticket.vas_contract_source = source if found else False

    def _vas_get_device_agreements(self, day):
        """Return {device: (agreement in force, how it was found)}; a hook."""
        return {
            device: (device.vas_contract_id, "device")
            for device in self.vas_equipment_id
            if device.vas_contract_id and device.vas_contract_id._vas_is_in_force(day)
        }

    @api.depends(
        "vas_contract_id.vas_kind_id.has_priority", "vas_contract_id.vas_state"
    )
    def _compute_vas_queue_rank(self):
        for ticket in self:
            contract = ticket.vas_contract_id
            first = contract.vas_state == "signed" and contract.vas_kind_id.has_priority
            ticket.vas_queue_rank = 0 if first else 1

    @api.depends("vas_contract_id")
    def _compute_vas_entitlement_ids(self):
        found = self.env["vas.entitlement"].search(
            [("contract_id", "in", self.vas_contract_id.ids)]
        )
        by_contract = found.grouped("contract_id")
        for ticket in self:
            ticket.vas_entitlement_ids = by_contract.get(
                ticket.vas_contract_id, found.browse()
            )

    @api.model
    def _vas_queue_order(self):
        return "vas_queue_rank, " + super()._vas_queue_order()

    def _vas_apply_agreement(self, assignable):
        """Give new tickets the dedicated agent and the priority of the agreement.

        :param assignable: those of them that nobody was chosen for
        """
        for contract, tickets in self.grouped("vas_contract_id").items():
            if contract.vas_state != "signed":
                continue
            least = contract.vas_kind_id.priority
            lower = tickets.filtered(
                lambda t, p=least: p and (t.priority or "") < p and not t.closed
            )
            if lower:
                lower.priority = least
            if contract.vas_agent_id:
                (tickets & assignable).user_id = contract.vas_agent_id

    # ------------------------------------------------------------------
    # Entitlements
    # ------------------------------------------------------------------

    def _vas_get_demands(self):
        self.ensure_one()
        if not self.vas_contract_id or self.stage_id.vas_withdraws:
            return {}
        return {"incident": 1}

    def _vas_get_ticket(self):
        return self

    def _vas_get_use_date(self):
        self.ensure_one()
        return fields.Datetime.context_timestamp(self, self.create_date).date()

    def _vas_refuses_over_use(self):
        """What customers write is always kept; the work on it is refused."""
        return False

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("vas_contract_id"):
                vals.setdefault("vas_contract_source", "manual")
        tickets = super().create(vals_list)
        served = tickets.filtered("vas_contract_id")
        if served and not tickets._vas_is_replayed():
            # The agreement decides on tickets of whoever writes to us.
            served_sudo = served.sudo()
            chosen = [bool(vals.get("user_id")) for vals in vals_list]
            assignable = self.browse(
                ticket.id
                for ticket, has_user in zip(tickets, chosen, strict=True)
                if not has_user
            )
            # As above: whoever writes to us.
            served_sudo._vas_apply_agreement(assignable.sudo())
            served_sudo._vas_settle()
        return tickets

    def write(self, vals):
        if self._vas_is_replayed():
            return super().write(vals)
        if "vas_contract_id" in vals and "vas_contract_source" not in vals:
            vals = {**vals, "vas_contract_source": "manual"}
        self._vas_check_over_use(vals)
        before = {ticket.id: ticket.vas_contract_id for ticket in self}
        result = super().write(vals)
        moved = self.filtered(lambda t: t.vas_contract_id != before[t.id])
        if "stage_id" in vals or moved:
            self.filtered(lambda t: t.vas_contract_id or before[t.id])._vas_settle()
        if moved:
            # Work orders follow the agreement of their ticket, whoever moves it.
            moved.sudo().fsm_order_ids._vas_settle()
        return result

    def _vas_check_over_use(self, vals):
        """Nobody works on a ticket whose over-use is not approved."""
        stage = self.env["helpdesk.ticket.stage"].browse(vals.get("stage_id"))
        if not stage or stage.vas_withdraws:
            return
        moved = self.filtered(lambda t: t.stage_id != stage and t.vas_contract_id)
        # What an agreement refuses holds for whoever moves the ticket.
        for ticket in moved.sudo():
            if ticket.vas_entitlement_state in ("waiting", "refused"):
                raise UserError(ticket._vas_over_use_blocks())

    def action_vas_book(self):
        """Book hours or a visit on this ticket."""
        self.ensure_one()
        if not self.vas_contract_id:
            raise UserError(
                self.env._(
                    "Ticket %(ticket)s has no agreement. Expected: an agreement, "
                    "before service is booked on it.",
                    ticket=self.display_name,
                )
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Book service"),
            "res_model": "vas.service.booking",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_ticket_id": self.id},
        }
