from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from odoo import http
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager

PAGE = 20
FORM_FIELDS = (
    "reference",
    "goods",
    "pieces",
    "kg",
    "m3",
    "origin",
    "destination",
    "cargo_class",
    "product",
    "consignee",
    "consignee_phone",
    "consignee_address",
    "remark",
)
MOMENTS = ("pickup_from", "pickup_until", "deliver_from", "deliver_until")


class TransportPortal(CustomerPortal):
    """Customers place and follow their transport orders."""

    def _get_transport_domain(self):
        """Own orders; the record rule of the portal says the same for every reader."""
        partner = request.env.user.commercial_partner_id
        return Domain("vas_is_transport", "=", True) & Domain(
            "owner_id", "child_of", partner.id
        )

    def _get_transport_company(self):
        return request.env.user.company_id

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "transport_count" in counters:
            orders = request.env["stock.picking"]
            values["transport_count"] = (
                orders.search_count(self._get_transport_domain())
                if orders.has_access("read")
                else 0
            )
        return values

    def _get_transport_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {
                "label": request.env._("Under way"),
                "domain": Domain(
                    "vas_status", "not in", ("delivered", "cancelled", "returned")
                ),
            },
            "delivered": {
                "label": request.env._("Delivered"),
                "domain": Domain("vas_status", "=", "delivered"),
            },
        }

    def _get_transport_sortings(self):
        return {
            "date": {"label": request.env._("Newest"), "order": "id desc"},
            "promise": {
                "label": request.env._("Promised time"),
                "order": "vas_deliver_to, id",
            },
            "name": {"label": request.env._("Number"), "order": "name"},
        }

    @http.route(
        ["/my/transport-orders", "/my/transport-orders/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def portal_my_transport_orders(
        self, page=1, sortby="date", filterby="all", search="", **_kw
    ):
        values = self._prepare_portal_layout_values()
        sortings = self._get_transport_sortings()
        filters = self._get_transport_filters()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        domain = self._get_transport_domain() & filters[filterby]["domain"]
        if search:
            domain &= (
                Domain("name", "ilike", search)
                | Domain("vas_customer_ref", "ilike", search)
                | Domain("vas_goods", "ilike", search)
            )
        orders = request.env["stock.picking"]
        pager = portal_pager(
            url="/my/transport-orders",
            url_args={"sortby": sortby, "filterby": filterby, "search": search},
            total=orders.search_count(domain),
            page=page,
            step=PAGE,
        )
        found = orders.search(
            domain, order=sortings[sortby]["order"], limit=PAGE, offset=pager["offset"]
        )
        # Found with the customer's rights; outlets have no portal rights.
        found_sudo = found.sudo().with_context(tz=self._get_zone().key)
        values.update(
            orders=found_sudo,
            page_name="transport",
            pager=pager,
            default_url="/my/transport-orders",
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_filters=filters,
            filterby=filterby,
            search=search,
        )
        return request.render("vas_logistics.portal_my_transport_orders", values)

    @http.route(
        "/my/transport-orders/<int:order_id>", type="http", auth="user", website=True
    )
    def portal_my_transport_order(self, order_id, created=None, **_kw):
        order = request.env["stock.picking"].search(
            self._get_transport_domain() & Domain("id", "=", order_id)
        )
        if not order:
            return request.render(
                "vas_logistics.portal_transport_missing",
                self._prepare_portal_layout_values(),
                status=404,
            )
        # The customer may see the order; the template shows chosen fields only.
        order_sudo = order.sudo().with_context(tz=self._get_zone().key)
        values = self._prepare_portal_layout_values()
        values.update(
            transport=order_sudo,
            events=order_sudo.vas_event_ids.sorted("date").filtered(
                lambda event: (
                    event.kind in ("start", "loaded", "arrived", "delivered", "problem")
                )
            ),
            created=created,
            invoices=self._get_transport_invoices(order_sudo),
            load=self._get_transport_load(order_sudo),
            page_name="transport",
        )
        return request.render("vas_logistics.portal_my_transport_order", values)

    def _get_transport_load(self, order_sudo):
        """Pieces, kg and m³; of goods that came back what they were on the road."""
        values = {
            "quantity": order_sudo.vas_quantity,
            "kg": order_sudo.vas_kg,
            "m3": order_sudo.vas_m3,
        }
        if order_sudo.state == "cancel":
            goods = order_sudo.env["vas.trip.return"].search(
                [("picking_id", "=", order_sudo.id)], limit=1
            )
            if goods:
                values = {"quantity": goods.quantity, "kg": goods.kg, "m3": goods.m3}
        return values

    def _get_transport_invoices(self, order_sudo):
        """Posted invoices and credit notes about an order, as the customer sees them.

        Found through the ledgers of its trips; read with the customer's own rights.
        """
        env_sudo = order_sudo.env
        lines_sudo = env_sudo["vas.trip.ledger.line"].search(
            [("picking_ids", "in", order_sudo.ids)]
        )
        returns_sudo = env_sudo["vas.trip.return"].search(
            [("picking_id", "in", order_sudo.ids), ("charge", ">", 0)]
        )
        for goods in returns_sudo:
            lines_sudo |= goods.ledger_id.line_ids.filtered(
                lambda line, goods=goods: line.partner_id == goods.partner_id
            )
        return request.env["account.move"].search(
            [
                ("id", "in", lines_sudo.invoice_line_ids.move_id.ids),
                ("state", "=", "posted"),
            ]
        )

    @http.route(
        "/my/transport-orders/<int:order_id>/photo/<int:photo_id>",
        type="http",
        auth="user",
    )
    def portal_transport_photo(self, order_id, photo_id, **_kw):
        """A photo of the hand-over of the customer's own order."""
        order = request.env["stock.picking"].search(
            self._get_transport_domain() & Domain("id", "=", order_id)
        )
        # Reached through the customer's own order only.
        photo_sudo = (
            order.sudo()
            .vas_event_ids.filtered(lambda event: event.kind == "delivered")
            .photo_ids.filtered(lambda photo: photo.id == photo_id)
        )
        if not photo_sudo:
            raise request.not_found()
        return request.env["ir.binary"]._get_stream_from(photo_sudo).get_response()

    @http.route(
        "/my/transport-orders/<int:order_id>/proof/<int:event_id>",
        type="http",
        auth="user",
    )
    def portal_transport_proof(self, order_id, event_id, **_kw):
        """The receiver's signature on the customer's own order."""
        order = request.env["stock.picking"].search(
            self._get_transport_domain() & Domain("id", "=", order_id)
        )
        # Reached through the customer's own order only.
        event_sudo = order.sudo().vas_event_ids.filtered(
            lambda event: event.id == event_id and event.signature
        )
        if not event_sudo:
            raise request.not_found()
        return (
            request.env["ir.binary"]
            ._get_image_stream_from(event_sudo, "signature")
            .get_response()
        )

    # ------------------------------------------------------------------
    # New order
    # ------------------------------------------------------------------

    def _get_transport_form(self, **extra):
        company = self._get_transport_company()
        values = self._prepare_portal_layout_values()
        # Names of outlets and cargo classes are no secret for a customer.
        outlets_sudo = request.env["vas.outlet"].sudo()
        # As the outlets: no secret.
        classes_sudo = request.env["vas.cargo.class"].sudo()
        # Products and receivers of the customer's own orders only.
        orders_sudo = request.env["stock.picking"].sudo().with_company(company)
        # As above: the customer's own company.
        shipper_sudo = request.env.user.commercial_partner_id.sudo()
        values.update(
            page_name="transport_new",
            outlets=outlets_sudo.search([("company_id", "=", company.id)]),
            classes=classes_sudo.search([]),
            products=orders_sudo._get_vas_known_products(company, shipper_sudo),
            consignees=orders_sudo._get_vas_usual_consignees(company, shipper_sudo),
            timezone=self._get_zone().key,
            form={},
            error="",
            duplicate=None,
        )
        values.update(extra)
        return request.render("vas_logistics.portal_transport_new", values)

    def _get_zone(self):
        """The customer's time zone, else that of the company it orders from."""
        calendar = self._get_transport_company().resource_calendar_id
        # The calendar of a company is not open to customers; only its zone is used.
        return ZoneInfo(request.env.user.tz or calendar.sudo().tz or "UTC")

    @http.route(
        "/my/transport-orders/new",
        type="http",
        auth="user",
        website=True,
        methods=["GET"],
    )
    def portal_transport_new(self, **_kw):
        return self._get_transport_form()

    @http.route(
        "/my/transport-orders/new",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def portal_transport_create(self, **post):
        form = {name: post.get(name, "").strip() for name in FORM_FIELDS + MOMENTS}
        row = {name: form[name] for name in FORM_FIELDS if form[name]}
        zone = self._get_zone()
        for name in MOMENTS:
            if form[name]:
                try:
                    moment = datetime.fromisoformat(form[name]).replace(tzinfo=zone)
                    row[name] = moment.astimezone(UTC).replace(tzinfo=None)
                except (ValueError, OverflowError):
                    row[name] = form[name]
        partner = request.env.user.commercial_partner_id
        company = self._get_transport_company()
        # Customers have no rights on transfers: the shipper is fixed, the values are
        # checked by _place_vas_orders.
        orders_sudo = request.env["stock.picking"].sudo().with_company(company)
        # The signed-in customer is the shipper and reads its own company only.
        result = orders_sudo._place_vas_orders(company, [row], shipper=partner.sudo())[
            0
        ]
        if result["status"] == "created":
            return request.redirect(f"/my/transport-orders/{result['id']}?created=1")
        return self._get_transport_form(
            form=form,
            error=result["message"],
            duplicate=result if result["status"] == "duplicate" else None,
        )
