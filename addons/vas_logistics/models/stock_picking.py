from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .vas_outlet_level import HANDLERS

CLOSED_STATES = ("done", "cancel")


class StockPicking(models.Model):
    """Transport order: a transfer of another company's goods between two outlets."""

    _inherit = "stock.picking"

    vas_is_transport = fields.Boolean(
        related="picking_type_id.vas_is_transport", store=True, string="Transport Order"
    )
    vas_origin_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Origin",
        check_company=True,
        index="btree_not_null",
        tracking=True,
    )
    vas_destination_id = fields.Many2one(
        comodel_name="vas.outlet",
        string="Destination",
        check_company=True,
        index="btree_not_null",
        tracking=True,
    )
    vas_pickup_partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="Pickup Address",
        check_company=True,
        index="btree_not_null",
        tracking=True,
        help="Where the shipper hands the goods over, if not at the outlet itself. Its "
        "loading hours count together with those of the outlet.",
    )
    vas_cargo_class_id = fields.Many2one(
        comodel_name="vas.cargo.class",
        string="Cargo Class",
        index="btree_not_null",
        tracking=True,
    )
    vas_customer_ref = fields.Char(
        string="Customer Reference",
        copy=False,
        index="trigram",
        tracking=True,
        help="The shipper's own number of this order. A shipper gives a number to one "
        "order only, so an order that arrives twice is recognised.",
    )
    vas_goods = fields.Char(
        string="Goods", help="What is carried, in the words of the shipper."
    )
    vas_quantity = fields.Float(
        string="Pieces",
        compute="_compute_vas_quantity",
        inverse="_inverse_vas_quantity",
        store=True,
        digits="Product Unit",
        help="Sum over the goods of the order. Typing it on an order without lines of "
        "its own adds a line for the declared goods.",
    )
    vas_sale_id = fields.Many2one(
        comodel_name="sale.order",
        string="Transport Sale",
        check_company=True,
        copy=False,
        readonly=True,
        index="btree_not_null",
    )
    vas_declared_kg = fields.Float(
        string="Declared Weight (kg)",
        help="Weight as the shipper says. 0: from the weights of the products.",
    )
    vas_declared_m3 = fields.Float(
        string="Declared Volume (m³)",
        help="Volume as the shipper says. 0: from the volumes of the products.",
    )
    vas_kg = fields.Float(
        string="Weight (kg)", compute="_compute_vas_load", store=True, digits=(16, 3)
    )
    vas_m3 = fields.Float(
        string="Volume (m³)", compute="_compute_vas_load", store=True, digits=(16, 3)
    )
    vas_pickup_from = fields.Datetime(string="Pickup From", tracking=True)
    vas_pickup_to = fields.Datetime(string="Pickup Until", tracking=True)
    vas_deliver_from = fields.Datetime(string="Deliver From", tracking=True)
    vas_deliver_to = fields.Datetime(string="Deliver Until", tracking=True)
    vas_routing_level_id = fields.Many2one(
        comodel_name="vas.routing.level",
        string="Routing Level",
        compute="_compute_vas_routing",
        store=True,
        index="btree_not_null",
        help="Empty when the pair of levels is not listed.",
    )
    vas_routing_code = fields.Char(
        string="Routing Code", compute="_compute_vas_routing", store=True
    )
    vas_handler = fields.Selection(
        selection=HANDLERS,
        string="Handled By",
        compute="_compute_vas_routing",
        store=True,
        index="btree_not_null",
    )
    vas_routing_reason = fields.Char(
        string="Why", compute="_compute_vas_routing_reason"
    )
    vas_handler_override = fields.Selection(
        selection=HANDLERS,
        string="Handled By Instead",
        copy=False,
        tracking=True,
        help="Decides who handles this order, whatever the routing rules say.",
    )
    vas_override_reason = fields.Char(
        string="Reason for the Change", copy=False, tracking=True
    )
    vas_priority = fields.Integer(
        string="Shipping Priority",
        compute="_compute_vas_priority",
        store=True,
        index="btree_not_null",
        aggregator="min",
        groups="base.group_user",
        help="From the grade of the shipper. A smaller number goes first.",
    )
    vas_planned_pickup = fields.Datetime(
        string="Planned Pickup", readonly=True, copy=False
    )
    vas_planned_arrival = fields.Datetime(
        string="Planned Arrival", readonly=True, copy=False
    )
    vas_feedback_date = fields.Datetime(
        string="Driver Feedback", readonly=True, copy=False, tracking=True
    )
    vas_feedback_user_id = fields.Many2one(
        comodel_name="res.users",
        string="Feedback Recorded By",
        readonly=True,
        copy=False,
    )

    _vas_open_idx = models.Index(
        "(company_id, vas_priority, id) WHERE vas_is_transport IS TRUE "
        "AND state NOT IN ('done', 'cancel')"
    )
    _vas_customer_ref_uniq = models.UniqueIndex(
        "(company_id, owner_id, vas_customer_ref) WHERE vas_is_transport IS TRUE "
        "AND vas_customer_ref IS NOT NULL AND state != 'cancel'",
        "This shipper already has an order with this customer reference.",
    )
    _vas_kg_positive = models.Constraint(
        "CHECK(vas_declared_kg >= 0)", "The declared weight must not be negative."
    )
    _vas_m3_positive = models.Constraint(
        "CHECK(vas_declared_m3 >= 0)", "The declared volume must not be negative."
    )

    @api.model
    def default_get(self, fields):
        """New transport orders get the operation type of the company."""
        values = super().default_get(fields)
        if self.env.context.get("vas_transport_order") and "picking_type_id" in fields:
            picking_type = self.env["stock.picking.type"]._get_vas_transport_type(
                self.env.company
            )
            values["picking_type_id"] = picking_type.id
        return values

    @api.depends("picking_type_id", "partner_id", "vas_origin_id", "vas_destination_id")
    def _compute_location_id(self):
        """Goods leave from the location of the origin outlet and arrive in the other's;
        an outlet without location uses the one of the operation type."""
        result = super()._compute_location_id()
        for picking in self:
            if not picking.vas_is_transport or picking.state in CLOSED_STATES:
                continue
            if picking.vas_origin_id.location_id:
                picking.location_id = picking.vas_origin_id.location_id
            if picking.vas_destination_id.location_id:
                picking.location_dest_id = picking.vas_destination_id.location_id
        return result

    @api.depends(
        "vas_is_transport",
        "vas_declared_kg",
        "vas_declared_m3",
        "move_ids.product_id",
        "move_ids.product_qty",
        "move_ids.state",
        "move_line_ids.result_package_id.shipping_weight",
        "move_line_ids.result_package_id.package_type_id",
        "move_line_ids.quantity",
    )
    def _compute_vas_load(self):
        """Own load; that of core batches is wrong when several are read together."""
        to_kg, to_m3 = self.env["product.template"]._get_vas_unit_factors()
        for picking in self:
            if not picking.vas_is_transport:
                picking.vas_kg = picking.vas_m3 = 0.0
                continue
            kg, m3 = picking._get_vas_goods_load()
            picking.vas_kg = picking.vas_declared_kg or kg * to_kg
            picking.vas_m3 = picking.vas_declared_m3 or m3 * to_m3

    def _get_vas_goods_load(self):
        """Weight and volume of the goods, in the units of the database.

        Goods in a package count as the package: its weighed weight, or tare and
        contents; the room of its type, or that of the contents.
        """
        self.ensure_one()
        kg = m3 = 0.0
        contents = {}
        packed = {}
        for line in self.move_line_ids:
            package = line.result_package_id
            if not package or line.move_id.state == "cancel":
                continue
            quantity = line.quantity_product_uom
            inside = contents.setdefault(package, [0.0, 0.0])
            inside[0] += line.product_id.weight * quantity
            inside[1] += line.product_id.volume * quantity
            packed[line.move_id] = packed.get(line.move_id, 0.0) + quantity
        for package, (inside_kg, inside_m3) in contents.items():
            kind = package.package_type_id
            kg += package.shipping_weight or kind.base_weight + inside_kg
            room = kind.packaging_length * kind.width * kind.height / 1000**3
            m3 += room or inside_m3
        for move in self.move_ids:
            if move.state != "cancel":
                loose = max(move.product_qty - packed.get(move, 0.0), 0.0)
                kg += move.product_id.weight * loose
                m3 += move.product_id.volume * loose
        return kg, m3

    @api.depends("move_ids.product_uom_qty", "move_ids.state")
    def _compute_vas_quantity(self):
        for picking in self:
            picking.vas_quantity = sum(
                move.product_uom_qty
                for move in picking.move_ids
                if move.state != "cancel"
            )

    def _inverse_vas_quantity(self):
        """Pieces typed on an order become a line of declared goods (ORD-01)."""
        lines = []
        for picking in self.filtered("vas_is_transport"):
            quantity = picking.vas_quantity
            if not picking.move_ids:
                if quantity:
                    lines.append(picking._prepare_vas_goods_line(quantity))
            elif len(picking.move_ids) == 1:
                picking.move_ids.product_uom_qty = quantity
            else:
                raise UserError(
                    self.env._(
                        "Order %(order)s has several lines of goods: please change "
                        "Pieces on each line.",
                        order=picking.name,
                    )
                )
        self.env["stock.move"].create(lines)

    def _prepare_vas_goods_line(self, quantity):
        """Values of the line of an order whose goods have no product of their own."""
        self.ensure_one()
        product = self.vas_product_id or self.picking_type_id.vas_goods_product_id
        if not product:
            raise UserError(
                self.env._(
                    "Operation type %(type)s: please fill in %(field)s, so that orders "
                    "can name goods that have no product.",
                    type=self.picking_type_id.name,
                    field=self.picking_type_id._fields[
                        "vas_goods_product_id"
                    ]._description_string(self.env),
                )
            )
        return {
            "picking_id": self.id,
            "company_id": self.company_id.id,
            "product_id": product.id,
            "product_uom_qty": quantity,
            "product_uom": product.uom_id.id,
            "location_id": self.location_id.id,
            "location_dest_id": self.location_dest_id.id,
            "description_picking_manual": self.vas_goods or product.name,
        }

    @api.depends(
        "vas_origin_id.level_id", "vas_destination_id.level_id", "vas_handler_override"
    )
    def _compute_vas_routing(self):
        ends = {
            (picking.vas_origin_id.level_id, picking.vas_destination_id.level_id)
            for picking in self
            if picking.vas_origin_id and picking.vas_destination_id
        }
        levels = self.env["vas.routing.level"]
        routings = levels._get_routings(ends) if ends else {}
        for picking in self:
            routing = routings.get(
                (
                    picking.vas_origin_id.level_id.id,
                    picking.vas_destination_id.level_id.id,
                )
            )
            picking.vas_routing_level_id = routing.level if routing else False
            picking.vas_routing_code = routing.code if routing else False
            picking.vas_handler = picking.vas_handler_override or (
                routing.handler if routing else False
            )

    @api.depends(
        "vas_routing_level_id", "vas_routing_code", "vas_handler", "vas_override_reason"
    )
    def _compute_vas_routing_reason(self):
        for picking in self:
            if picking.vas_handler_override:
                picking.vas_routing_reason = self.env._(
                    "Changed by hand: %(reason)s", reason=picking.vas_override_reason
                )
                continue
            level = picking.vas_routing_level_id
            origin = picking.vas_origin_id.level_id
            destination = picking.vas_destination_id.level_id
            if level:
                picking.vas_routing_reason = self.env._(
                    "Listed routing level: %(level)s.", level=level.name
                )
            elif picking.vas_routing_code:
                higher = max(origin, destination, key=lambda end: end.rank)
                picking.vas_routing_reason = self.env._(
                    "%(origin)s to %(destination)s is not listed: the higher level, "
                    "%(higher)s, decides.",
                    origin=origin.name,
                    destination=destination.name,
                    higher=higher.name,
                )
            else:
                picking.vas_routing_reason = False

    @api.depends(
        "vas_is_transport", "owner_id.commercial_partner_id.vas_shipping_priority"
    )
    def _compute_vas_priority(self):
        profiles = self.env["vas.planning.profile"]
        for company, pickings in self.grouped("company_id").items():
            profile = profiles._get_default(company)
            # The grade, and so the priority, is that of the order's company.
            pickings = pickings.with_company(company)
            for picking in pickings:
                if not picking.vas_is_transport:
                    picking.vas_priority = False
                elif picking.state not in CLOSED_STATES or not picking.vas_priority:
                    # What has been shipped keeps the priority it was shipped with.
                    shipper = picking.owner_id.commercial_partner_id
                    picking.vas_priority = (
                        shipper.vas_shipping_priority or profile.default_priority
                    )

    @api.constrains(
        "vas_pickup_from", "vas_pickup_to", "vas_deliver_from", "vas_deliver_to"
    )
    def _check_vas_windows(self):
        for picking in self:
            for start, end in (
                ("vas_pickup_from", "vas_pickup_to"),
                ("vas_deliver_from", "vas_deliver_to"),
                ("vas_pickup_from", "vas_deliver_to"),
            ):
                if picking[start] and picking[end] and picking[start] > picking[end]:
                    raise ValidationError(
                        self.env._(
                            "Order %(order)s: %(end)s (%(end_date)s) must not be "
                            "earlier than %(start)s (%(start_date)s).",
                            order=picking.name,
                            start=self._fields[start]._description_string(self.env),
                            end=self._fields[end]._description_string(self.env),
                            start_date=fields.Datetime.to_string(picking[start]),
                            end_date=fields.Datetime.to_string(picking[end]),
                        )
                    )

    @api.constrains("vas_handler_override", "vas_override_reason")
    def _check_vas_override(self):
        for picking in self:
            reason = (picking.vas_override_reason or "").strip()
            if picking.vas_handler_override and not reason:
                raise ValidationError(
                    self.env._(
                        "Order %(order)s: please give a reason for changing who "
                        "handles it.",
                        order=picking.name,
                    )
                )

    @api.constrains("vas_origin_id", "vas_destination_id")
    def _check_vas_ends(self):
        for picking in self:
            if picking.vas_origin_id and (
                picking.vas_origin_id == picking.vas_destination_id
            ):
                raise ValidationError(
                    self.env._(
                        "Order %(order)s: origin and destination must be different "
                        "outlets.",
                        order=picking.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """The number of a transport order is always the system's (ORD-01)."""
        type_ids = {vals.get("picking_type_id") for vals in vals_list} - {None, False}
        transport = (
            self.env["stock.picking.type"]
            .browse(type_ids)
            .filtered("vas_is_transport")
            .ids
        )
        everywhere = self.env.context.get("vas_transport_order")
        for vals in vals_list:
            if everywhere or vals.get("picking_type_id") in transport:
                vals.pop("name", None)
            self._clean_vas_reference(vals)
        return super().create(vals_list)

    def write(self, vals):
        """What was delivered stays on its trip: core would take it off again."""
        self._clean_vas_reference(vals)
        if "batch_id" not in vals:
            return super().write(vals)
        if vals["batch_id"]:
            # A new trip is a new try.
            vals = {"vas_problem_id": False, "vas_problem_note": False, **vals}
            return super().write(vals)
        kept = self.filtered(
            lambda order: (
                order.vas_is_transport and order.state == "done" and order.batch_id
            )
        )
        rest = {name: value for name, value in vals.items() if name != "batch_id"}
        if kept and rest:
            super(StockPicking, kept).write(rest)
        leaving = self - kept
        return super(StockPicking, leaving).write(vals) if leaving else True

    @api.model
    def _clean_vas_reference(self, vals):
        """References are compared without the blanks around them; none is none."""
        if "vas_customer_ref" in vals:
            reference = vals["vas_customer_ref"]
            vals["vas_customer_ref"] = (reference or "").strip() or False

    def _get_vas_missing(self):
        """Labels of what each order still lacks before it can be transported.

        :return: ``{order: [label, …]}`` with incomplete orders only
        """
        names = ("owner_id", "vas_origin_id", "vas_destination_id")
        labels = {
            name: self._fields[name]._description_string(self.env)
            for name in (*names, "vas_goods", "vas_quantity")
        }
        labels["owner_id"] = self.env._("Shipper")
        load = self.env._("Weight or volume")
        missing = {}
        for order in self:
            lacks = [labels[name] for name in names if not order[name]]
            # What is confirmed was complete by the rules of its day.
            fresh = order.state == "draft"
            if fresh and not order.vas_quantity:
                lacks.append(labels["vas_quantity"])
            declared = order.picking_type_id.vas_goods_product_id
            unnamed = not order.vas_goods and order.move_ids.product_id == declared
            if fresh and unnamed:
                lacks.append(labels["vas_goods"])
            if not order.vas_kg and not order.vas_m3:
                lacks.append(load)
            if lacks:
                missing[order] = lacks
        return missing

    def _check_vas_complete(self):
        """Refuse incomplete orders with the field named (ORD-06)."""
        missing = self._get_vas_missing()
        if missing:
            raise UserError(
                "\n".join(
                    self.env._(
                        "Order %(order)s: please fill in %(fields)s.",
                        order=order.name,
                        fields=", ".join(lacks),
                    )
                    for order, lacks in missing.items()
                )
            )

    def action_confirm(self):
        """Transport orders must be complete and move the goods of their shipper."""
        transport = self.filtered("vas_is_transport")
        transport._check_vas_complete()
        for owner, orders in transport.grouped("owner_id").items():
            orders.move_ids.filtered(
                lambda move: move.state not in CLOSED_STATES
            ).restrict_partner_id = owner
        return super().action_confirm()

    def action_cancel(self):
        """An order that is cancelled on the road is told to its driver."""
        transport = self.filtered(
            lambda order: (
                order.vas_is_transport
                and order.batch_id
                and order.state not in CLOSED_STATES
            )
        )
        trips = transport.grouped("batch_id")
        transport.batch_id._lock_vas_trip()
        result = super().action_cancel()
        for batch, orders in trips.items():
            batch._on_vas_orders_cancelled(orders)
        self._clear_vas_schedule()
        transport_trips = self.env["stock.picking.batch"].union(*trips)
        transport_trips._price_vas_again()
        return result

    def _clear_vas_schedule(self):
        """Forget planned times of orders that left their trip."""
        self.filtered(
            lambda order: order.vas_planned_pickup or order.vas_planned_arrival
        ).write({"vas_planned_pickup": False, "vas_planned_arrival": False})

    def action_vas_feedback(self):
        """Record that the driver reported the arrival (ORD-05); twice changes nothing.

        The moment of the first report is kept.
        """
        self.check_access("write")
        orders = self.filtered(lambda order: not order.vas_feedback_date)
        early = orders.filtered(
            lambda order: (
                order.state != "done" and order.batch_id.state != "in_progress"
            )
        )
        if early:
            raise UserError(
                self.env._(
                    "Order %(orders)s is not on its way yet: put it on a confirmed "
                    "batch first.",
                    orders=", ".join(early.mapped("name")),
                )
            )
        orders.write(
            {
                "vas_feedback_date": fields.Datetime.now(),
                "vas_feedback_user_id": self.env.user.id,
            }
        )
        return True

    @api.model
    def _get_vas_to_plan_domain(self):
        """Open transport orders that ride on no vehicle yet."""
        return Domain(
            [
                ("vas_is_transport", "=", True),
                ("state", "in", ("draft", "waiting", "confirmed", "assigned")),
                ("batch_id", "=", False),
            ]
        )
