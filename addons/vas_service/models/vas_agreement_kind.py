from odoo import api, fields, models


class VasAgreementKind(models.Model):
    """What an agreement means for the service desk (CON-02, CON-07)."""

    _name = "vas.agreement.kind"
    _description = "Kind of Agreement"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10,
        help="When a customer has several agreements, the first kind in this order "
        "holds for a ticket.",
    )
    company_id = fields.Many2one(
        "res.company", help="Empty: the kind is offered in every company."
    )
    description = fields.Text(translate=True)
    has_priority = fields.Boolean(
        string="Jumps the queue",
        help="Tickets under such agreements come before all others.",
    )
    priority = fields.Selection(
        selection=lambda self: self._selection_priority(),
        string="Priority at least",
        help="Green channel: new tickets under such agreements get this priority if "
        "theirs is lower.",
    )
    needs_clause = fields.Boolean(
        string="Lines state the four parts",
        default=True,
        help="An agreement is only signed when every service line states content, "
        "standard, time limit and fee.",
    )
    contract_count = fields.Integer(
        string="Agreements", compute="_compute_contract_count"
    )

    _name_uniq = models.UniqueIndex(
        "(name, company_id) NULLS NOT DISTINCT WHERE active IS TRUE",
        "A kind of this name is there already.",
    )

    @api.model
    def _selection_priority(self):
        field = self.env["helpdesk.ticket"]._fields["priority"]
        return field._description_selection(self.env)

    def _compute_contract_count(self):
        counts = dict(
            self.env["contract.contract"]._read_group(
                [("vas_kind_id", "in", self.ids)], ["vas_kind_id"], ["__count"]
            )
        )
        for kind in self:
            kind.contract_count = counts.get(kind, 0)

    def action_view_contracts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.contract_contract_action_vas"
        )
        return dict(action, domain=[("vas_kind_id", "=", self.id)], context={})
