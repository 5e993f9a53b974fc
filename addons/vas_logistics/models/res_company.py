from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    vas_piece_floor = fields.Float(
        string="Guaranteed Pay per Hour",
        digits=(16, 4),
        help="Who earns less by the piece is topped up to this. 0: no guarantee.",
    )
    vas_piece_base_from_contract = fields.Boolean(
        string="Base Wage from the Contract",
        default=True,
        help="New piece-rate sheets begin with the wage of the employee's contract.",
    )
    vas_piece_four_eyes = fields.Boolean(
        string="Pay Approved by Another",
        default=True,
        help="Who submits a piece-rate sheet does not approve it (DOC-08).",
    )
    vas_carrier_product_id = fields.Many2one(
        comodel_name="product.product",
        string="Product of Carriers' Bills",
        default=lambda self: self.env.ref(
            "vas_logistics.product_carrier_trip", raise_if_not_found=False
        ),
        check_company=True,
        help="Account and taxes of carriers' bills come from this product.",
    )
    vas_planning_profile_id = fields.Many2one(
        comodel_name="vas.planning.profile",
        string="Planning Profile",
        domain="[('company_id', 'in', (False, id))]",
        help="How co-delivery plans of this company are made. Empty: the first one.",
    )

    vas_gate_required = fields.Boolean(
        string="Gate Releases Trips",
        help="A trip may not leave before the gate has counted its goods.",
    )
    vas_gate_segregation = fields.Boolean(
        string="Gate and Dispatch Apart",
        help="Who dispatched a trip may not release it at the gate.",
    )

    def _create_per_company_picking_types(self):
        result = super()._create_per_company_picking_types()
        self._create_transport_picking_type()
        return result

    def _create_transport_picking_type(self):
        """Give each company the operation type of its transport orders."""
        template = self.env["ir.sequence"].search(
            [("code", "=", "vas.transport.order")], limit=1
        )
        types = self.env["stock.picking.type"].create(
            [
                company._prepare_transport_picking_type_values(template)
                for company in self
            ]
        )
        # No external identifier, so no translation file names these records.
        for lang, _name in self.env["res.lang"].get_installed():
            name = self.with_context(lang=lang).env._("Transport Orders")
            types.with_context(lang=lang).name = name

    def _prepare_transport_picking_type_values(self, template):
        """Values of the operation type; its numbers follow the template sequence."""
        self.ensure_one()
        sequence = template.copy(
            {
                "name": self.env._("Transport orders of %(name)s", name=self.name),
                "code": False,
                "company_id": self.id,
            }
        )
        location = self.internal_transit_location_id
        # Cargo of an outlet without a location of its own waits here.
        location.active = True
        return {
            "name": self.env._("Transport Orders"),
            "code": "internal",
            "sequence_code": (sequence.prefix or sequence.name).strip("/"),
            "sequence_id": sequence.id,
            "company_id": self.id,
            "warehouse_id": False,
            "default_location_src_id": location.id,
            "default_location_dest_id": location.id,
            "vas_is_transport": True,
            "vas_goods_product_id": self.env.ref(
                "vas_logistics.product_declared_goods"
            ).id,
            "dispatch_management": True,
        }

    @api.model
    def _create_missing_transport_picking_types(self):
        """For companies that are older than this addon (called from its data)."""
        types = self.env["stock.picking.type"].search([("vas_is_transport", "=", True)])
        companies = self.search([("id", "not in", types.company_id.ids)])
        companies._create_transport_picking_type()
        types.filtered(
            lambda kind: not kind.vas_goods_product_id
        ).vas_goods_product_id = self.env.ref("vas_logistics.product_declared_goods")
