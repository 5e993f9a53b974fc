from odoo import api, fields, models
from odoo.exceptions import ValidationError


class FsmEquipment(models.Model):
    """The register of the customers' devices (AST-01).

    Owner, service company and area are the fields that field service has already; they
    carry our names so that every screen, rule and report speaks of the same thing.
    """

    _name = "fsm.equipment"
    _inherit = ["fsm.equipment"]
    _rec_names_search = ["name", "vas_serial"]  # noqa: RUF012
    _check_company_auto = True

    name = fields.Char(string="Device number", tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one()
    vas_serial = fields.Char(string="Serial number", tracking=True)
    vas_model_id = fields.Many2one(
        "vas.device.model",
        string="Model",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    vas_type_id = fields.Many2one(
        "vas.device.type",
        string="Device type",
        compute="_compute_vas_from_model",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    vas_brand_id = fields.Many2one(
        "vas.device.brand",
        string="Brand",
        compute="_compute_vas_from_model",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
        tracking=True,
    )
    vas_installed_on = fields.Date(
        string="Installed on", index="btree_not_null", tracking=True
    )
    vas_warranty_until = fields.Date(
        string="Warranty until",
        compute="_compute_vas_warranty_until",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        help="The last day of the warranty; from the model's usual warranty, unless "
        "another day was agreed.",
    )
    # Whose it is, where it stands, who serves it.
    vas_owner_id = fields.Many2one(
        related="owned_by_id",
        string="Bank or branch",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
        help="Whose device it is. The bank sees the devices of all its branches, a "
        "branch its own.",
    )
    vas_bank_id = fields.Many2one(
        "res.partner",
        string="Head office",
        compute="_compute_vas_bank_id",
        store=True,
        index="btree_not_null",
        help="The topmost company above the owner.",
    )
    vas_provider_id = fields.Many2one(
        related="managed_by_id",
        string="Service company",
        store=True,
        readonly=False,
        index="btree_not_null",
        tracking=True,
        help="Who repairs it. The company sees it in its portal, whichever bank owns "
        "it.",
    )
    location_id = fields.Many2one(string="Site", tracking=True)
    vas_area_id = fields.Many2one(
        related="territory_id",
        string="Area",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="From the site, unless another one is chosen.",
    )
    vas_contract_id = fields.Many2one(
        "contract.contract",
        string="Agreement",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        groups="base.group_user",
    )
    notes = fields.Html(groups="base.group_user")
    # What happened to it.
    vas_ticket_ids = fields.One2many(
        "helpdesk.ticket", "vas_equipment_id", string="Tickets"
    )
    vas_ticket_count = fields.Integer(
        string="Number of tickets", compute="_compute_vas_tickets"
    )
    vas_open_ticket_count = fields.Integer(
        string="Open tickets", compute="_compute_vas_tickets"
    )
    vas_last_fault_at = fields.Datetime(
        string="Last fault", compute="_compute_vas_tickets"
    )

    # The rule is field service's; the words are ours.
    _name_uniq = models.Constraint("unique (name)", "Another device has this number.")
    _vas_serial_uniq = models.UniqueIndex(
        "(vas_serial, company_id) WHERE vas_serial IS NOT NULL",
        "Another device of the company has this serial number.",
    )
    # Not index= on the field of field service: that would stay when this addon goes.
    _vas_site_idx = models.Index("(location_id) WHERE location_id IS NOT NULL")

    # ------------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------------

    @api.depends("vas_model_id")
    def _compute_vas_from_model(self):
        for device in self:
            model = device.vas_model_id
            device.vas_type_id = model.type_id or device.vas_type_id
            device.vas_brand_id = model.brand_id or device.vas_brand_id

    @api.depends("vas_model_id", "vas_installed_on")
    def _compute_vas_warranty_until(self):
        for device in self:
            start, months = device.vas_installed_on, device.vas_model_id.warranty_months
            if start and months:
                end = fields.Date.add(start, months=months)
                device.vas_warranty_until = fields.Date.subtract(end, days=1)
            else:
                device.vas_warranty_until = device.vas_warranty_until

    # The path names the levels that are watched; deeper ones are still walked.
    @api.depends("vas_owner_id.parent_id.parent_id.parent_id")
    def _compute_vas_bank_id(self):
        for device in self:
            top = device.vas_owner_id
            while top.parent_id:
                top = top.parent_id
            device.vas_bank_id = top

    @api.depends("vas_ticket_ids.closed", "vas_ticket_ids.vas_reported_at")
    def _compute_vas_tickets(self):
        """What the reader may see of the tickets; one query for all devices."""
        rows = self.env["helpdesk.ticket"]._read_group(
            [("vas_equipment_id", "in", self.ids)],
            ["vas_equipment_id", "closed"],
            ["__count", "vas_reported_at:max"],
        )
        found = {}
        for device, closed, count, last in rows:
            total, opened, latest = found.get(device.id, (0, 0, None))
            moments = [moment for moment in (latest, last) if moment]
            found[device.id] = (
                total + count,
                opened + (0 if closed else count),
                max(moments, default=None),
            )
        for device in self:
            total, opened, latest = found.get(device._origin.id, (0, 0, None))
            device.vas_ticket_count = total
            device.vas_open_ticket_count = opened
            device.vas_last_fault_at = latest or False

    @api.depends("name", "vas_model_id.display_name")
    def _compute_display_name(self):
        for device in self:
            model = device.vas_model_id.display_name
            device.display_name = (
                self.env._("%(number)s (%(model)s)", number=device.name, model=model)
                if model
                else device.name
            )

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("vas_model_id", "vas_type_id", "vas_brand_id")
    def _check_vas_model(self):
        for device in self:
            model = device.vas_model_id
            if model and (
                device.vas_type_id != model.type_id
                or device.vas_brand_id != model.brand_id
            ):
                raise ValidationError(
                    self.env._(
                        "Device %(device)s: the model %(model)s is a %(type)s of "
                        "%(brand)s. Choose another model, or leave type and brand to "
                        "it.",
                        device=device.name,
                        model=model.display_name,
                        type=model.type_id.name,
                        brand=model.brand_id.name,
                    )
                )

    @api.constrains("vas_installed_on", "vas_warranty_until")
    def _check_vas_warranty(self):
        for device in self:
            start, end = device.vas_installed_on, device.vas_warranty_until
            if start and end and end < start:
                raise ValidationError(
                    self.env._(
                        "Device %(device)s: “Warranty until” %(end)s is before "
                        "“Installed on” %(start)s. Expected a day on or after it.",
                        device=device.name,
                        end=end,
                        start=start,
                    )
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    @api.model
    def _vas_get_action(self, domain, name):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.fsm_equipment_action_vas"
        )
        return dict(action, domain=domain, context={}, display_name=name)

    def action_vas_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_faults"
        )
        return dict(
            action,
            domain=[("vas_equipment_id", "=", self.id)],
            context={"default_vas_equipment_id": self.id},
            display_name=self.env._("Tickets of %(device)s", device=self.name),
        )

    def action_vas_new_ticket(self):
        """Report a fault: a new ticket with what the device says."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "name": self.env._("Report a fault"),
            "views": [(False, "form")],
            "context": {"default_vas_equipment_id": self.id},
        }
