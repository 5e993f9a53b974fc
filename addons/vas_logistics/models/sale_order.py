from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class SaleOrder(models.Model):
    """A sale of transport makes its transport order when it is confirmed (ORD-01)."""

    _inherit = "sale.order"

    vas_is_transport = fields.Boolean(
        string="Transport Sale",
        tracking=True,
        help="Confirming the sale makes a transport order of the customer's goods.",
    )
    vas_origin_id = fields.Many2one(
        comodel_name="vas.outlet", string="Origin", check_company=True
    )
    vas_destination_id = fields.Many2one(
        comodel_name="vas.outlet", string="Destination", check_company=True
    )
    vas_cargo_class_id = fields.Many2one(
        comodel_name="vas.cargo.class", string="Cargo Class"
    )
    vas_goods = fields.Char(string="Goods")
    vas_product_id = fields.Many2one(
        comodel_name="product.product",
        string="Product of the Goods",
        check_company=True,
        index="btree_not_null",
        help="Goods that are in the product list: weight and volume come from there, "
        "unless they are declared.",
    )
    vas_quantity = fields.Float(string="Pieces", digits="Product Unit")
    vas_declared_kg = fields.Float(string="Declared Weight (kg)")
    vas_declared_m3 = fields.Float(string="Declared Volume (m³)")
    vas_pickup_from = fields.Datetime(string="Pickup From")
    vas_pickup_to = fields.Datetime(string="Pickup Until")
    vas_deliver_from = fields.Datetime(string="Deliver From")
    vas_deliver_to = fields.Datetime(string="Deliver Until")
    vas_transport_ids = fields.One2many(
        comodel_name="stock.picking",
        inverse_name="vas_sale_id",
        string="Transport Orders",
    )
    vas_transport_count = fields.Integer(compute="_compute_vas_transport_count")

    @api.depends("vas_transport_ids")
    def _compute_vas_transport_count(self):
        for sale in self:
            sale.vas_transport_count = len(sale.vas_transport_ids)

    @api.constrains("vas_declared_kg", "vas_declared_m3", "vas_quantity")
    def _check_vas_load(self):
        for sale in self:
            amounts = (sale.vas_declared_kg, sale.vas_declared_m3, sale.vas_quantity)
            if min(amounts) < 0:
                raise ValidationError(
                    self.env._(
                        "Sale %(sale)s: weight, volume and pieces must not be "
                        "negative.",
                        sale=sale.name,
                    )
                )

    def _get_vas_missing(self):
        """Labels of what a transport sale lacks before it can be confirmed."""
        self.ensure_one()
        names = ["vas_origin_id", "vas_destination_id", "vas_quantity"]
        if not self.vas_product_id:
            names.insert(2, "vas_goods")
        missing = [
            self._fields[name]._description_string(self.env)
            for name in names
            if not self[name]
        ]
        if not (self.vas_declared_kg or self.vas_declared_m3 or self.vas_product_id):
            missing.append(self.env._("Weight or volume"))
        return missing

    def action_confirm(self):
        transport = self.filtered("vas_is_transport")
        for sale in transport:
            missing = sale._get_vas_missing()
            if missing:
                raise UserError(
                    self.env._(
                        "Sale %(sale)s: please fill in %(fields)s.",
                        sale=sale.name,
                        fields=", ".join(missing),
                    )
                )
        # A salesperson has no rights on transfers: numbers of orders are compared only.
        self.env["stock.picking"].sudo()._check_vas_sale_references(transport)
        result = super().action_confirm()
        transport._create_vas_transport()
        return result

    def _create_vas_transport(self):
        """One transport order per sale, however often it is confirmed."""
        todo = self.filtered(
            lambda sale: (
                not sale.vas_transport_ids.filtered(
                    lambda order: order.state != "cancel"
                )
            )
        )
        if not todo:
            return
        # A salesperson sells transport without rights on transfers.
        orders_sudo = self.env["stock.picking"].sudo()
        # The kind of operation, too, is looked up for the salesperson.
        types_sudo = self.env["stock.picking.type"].sudo()
        types = {
            company: types_sudo._get_vas_transport_type(company)
            for company in todo.company_id
        }
        orders_sudo = orders_sudo.create(
            [
                sale._prepare_vas_transport_values(types[sale.company_id])
                for sale in todo
            ]
        )
        orders_sudo.action_confirm()

    def _prepare_vas_transport_values(self, picking_type):
        self.ensure_one()
        return {
            "picking_type_id": picking_type.id,
            "company_id": self.company_id.id,
            "owner_id": self.partner_id.commercial_partner_id.id,
            # Goods that stay at the outlet have no consignee of their own.
            "partner_id": (self.partner_shipping_id - self.partner_id).id,
            "vas_sale_id": self.id,
            "origin": self.name,
            "vas_customer_ref": self.client_order_ref,
            "vas_origin_id": self.vas_origin_id.id,
            "vas_destination_id": self.vas_destination_id.id,
            "vas_cargo_class_id": self.vas_cargo_class_id.id,
            "vas_goods": self.vas_goods,
            "vas_product_id": self.vas_product_id.id,
            "vas_quantity": self.vas_quantity,
            "vas_declared_kg": self.vas_declared_kg,
            "vas_declared_m3": self.vas_declared_m3,
            "vas_pickup_from": self.vas_pickup_from,
            "vas_pickup_to": self.vas_pickup_to,
            "vas_deliver_from": self.vas_deliver_from,
            "vas_deliver_to": self.vas_deliver_to,
        }

    def _action_cancel(self):
        """A cancelled sale takes its transport orders along, unless delivered."""
        # As above: the salesperson has no rights on transfers.
        orders_sudo = self.sudo().vas_transport_ids
        orders_sudo.filtered(
            lambda order: order.state not in ("done", "cancel")
        ).action_cancel()
        return super()._action_cancel()

    def action_vas_transport(self):
        """Open the transport orders of this sale."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_logistics.stock_picking_action_transport_all"
        )
        action["domain"] = [("vas_sale_id", "=", self.id)]
        return action
