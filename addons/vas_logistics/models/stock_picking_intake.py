from datetime import UTC, datetime

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

TEXTS = {
    "reference": "vas_customer_ref",
    "goods": "vas_goods",
    "consignee": "vas_consignee",
    "consignee_phone": "vas_consignee_phone",
    "consignee_address": "vas_consignee_address",
    "remark": "note",
}
NUMBERS = {
    "pieces": "vas_quantity",
    "kg": "vas_declared_kg",
    "m3": "vas_declared_m3",
}
MOMENTS = {
    "pickup_from": "vas_pickup_from",
    "pickup_until": "vas_pickup_to",
    "deliver_from": "vas_deliver_from",
    "deliver_until": "vas_deliver_to",
}
RECORDS = {
    "shipper": "owner_id",
    "origin": "vas_origin_id",
    "destination": "vas_destination_id",
    "cargo_class": "vas_cargo_class_id",
    "product": "vas_product_id",
}
REQUIRED = ("shipper", "origin", "destination", "goods", "pieces")


class RowsRefused(Exception):
    """Some row of several was refused; the importer finds out which."""


class StockPicking(models.Model):
    """Transport orders that come from outside: portal, machines, files."""

    _name = "stock.picking"
    _inherit = "stock.picking"

    @api.model
    def vas_place_orders(self, rows):
        """Enter transport orders (external API, ORD-01).

        Each row is a dictionary with ``shipper`` (reference, name or id), ``origin``
        and ``destination`` (outlet codes), ``goods``, ``pieces``, ``kg`` or ``m3``, and
        optionally ``reference``, ``cargo_class`` (code), ``pickup_from``,
        ``pickup_until``, ``deliver_from``, ``deliver_until`` (ISO 8601, UTC unless an
        offset is given) and ``remark``. Who receives the goods is ``consignee`` (a name
        or reference that the shipper has used before, or a new name with
        ``consignee_phone`` or ``consignee_address``). With a ``product`` (reference,
        barcode or name), goods, kg and m3 may be left out. Good rows are entered
        whatever the others are.

        :return: per row ``{"status": "created" | "duplicate" | "refused", "order",
            "id", "message"}``
        """
        self.check_access("create")
        return self._place_vas_orders(self.env.company, rows)

    @api.model
    def _place_vas_orders(self, company, rows, shipper=None):
        """Enter orders of one company; ``shipper`` given: of this partner only."""
        if not isinstance(rows, list):
            raise UserError(self.env._("Orders come as a list of rows."))
        lookup = self._get_vas_lookup(company, rows, shipper)
        results, fresh = [], []
        for row in rows:
            values, faults = self._read_vas_row(row, lookup)
            if faults:
                results.append(
                    self._get_vas_answer("refused", message=" ".join(faults))
                )
                continue
            key = (values["owner_id"], values.get("vas_customer_ref"))
            known = key[1] and lookup["known"].get(key)
            if known:
                results.append(self._get_vas_duplicate(known))
                continue
            result = self._get_vas_answer("created")
            if key[1]:
                lookup["known"][key] = result
            results.append(result)
            fresh.append((result, values))
        self._enter_vas_orders(company, fresh)
        for result in results:
            first = result.pop("first", None)
            if first:
                result.update(order=first["order"], id=first["id"])
        return results

    @api.model
    def _get_vas_answer(self, status, order=None, message=""):
        return {
            "status": status,
            "order": order.name if order else False,
            "id": order.id if order else False,
            "message": message,
        }

    @api.model
    def _get_vas_duplicate(self, known):
        """The answer for an order that has arrived before, or earlier in the rows."""
        message = self.env._("This customer reference was entered already.")
        if isinstance(known, dict):
            return {
                **self._get_vas_answer("duplicate", message=message),
                "first": known,
            }
        return self._get_vas_answer("duplicate", known, message)

    @api.model
    def _enter_vas_orders(self, company, fresh):
        """All good rows at once; when one is refused, the half without it."""
        if not fresh:
            return
        kind = self.env["stock.picking.type"]._get_vas_transport_type(company)
        for _result, values in fresh:
            values["picking_type_id"] = kind.id
            values["company_id"] = company.id
        try:
            with self.env.cr.savepoint():
                orders = self.create([values for _result, values in fresh])
                orders.action_confirm()
        except (UserError, ValidationError) as error:
            if len(fresh) == 1:
                fresh[0][0].update(status="refused", message=str(error))
                return
            half = len(fresh) // 2
            self._enter_vas_orders(company, fresh[:half])
            self._enter_vas_orders(company, fresh[half:])
            return
        for (result, _values), order in zip(fresh, orders, strict=True):
            result.update(order=order.name, id=order.id)

    @api.model
    def _get_vas_lookup(self, company, rows, shipper):
        """Everything the rows name, in one query per kind of record."""
        rows = [row for row in rows if isinstance(row, dict)]

        def words(name):
            return list({str(row[name]).strip() for row in rows if row.get(name)})

        outlets = self.env["vas.outlet"].search_fetch(
            [("company_id", "=", company.id)], ["code", "name"]
        )
        classes = self.env["vas.cargo.class"].search_fetch([], ["code", "name"])
        partners = shipper
        if not partners:
            asked = words("shipper")
            ids = [int(word) for word in asked if word.isdecimal()]
            partners = self.env["res.partner"].search(
                [
                    "&",
                    ("company_id", "in", (company.id, False)),
                    "|",
                    "|",
                    ("ref", "in", asked),
                    ("name", "in", asked),
                    ("id", "in", ids),
                ],
                order="id desc",
            )
        known = self.search(
            [
                ("company_id", "=", company.id),
                ("vas_is_transport", "=", True),
                ("state", "!=", "cancel"),
                ("vas_customer_ref", "in", words("reference")),
            ]
        )
        return {
            "origin": self._index_vas(outlets, "name", "code"),
            "destination": self._index_vas(outlets, "name", "code"),
            "cargo_class": self._index_vas(classes, "name", "code"),
            "product": self._get_vas_lookup_products(
                company, words("product"), shipper
            ),
            "shipper": self._index_vas(partners, "id", "name", "ref"),
            "only": shipper,
            "known": {
                (order.owner_id.id, order.vas_customer_ref): order for order in known
            },
        }

    @api.model
    def _get_vas_lookup_products(self, company, asked, shipper):
        """Products by the words of the rows; a customer may name its own ones only."""
        if not asked:
            return {}
        if shipper:
            products = self._get_vas_known_products(company, shipper)
        else:
            products = self.env["product.product"].search(
                Domain("company_id", "in", (company.id, False))
                & (
                    Domain("default_code", "in", asked)
                    | Domain("barcode", "in", asked)
                    | Domain("name", "in", asked)
                )
            )
        return self._index_vas(products, "name", "barcode", "default_code", "id")

    @api.model
    def _get_vas_known_products(self, company, shipper):
        """Products that a shipper has in our warehouses or had carried before."""
        declared = self.env["stock.picking.type"]._get_vas_transport_type(company)
        own = Domain("company_id", "=", company.id)
        moved = self.env["stock.move"]._read_group(
            own
            & Domain("picking_id.vas_is_transport", "=", True)
            & Domain("picking_id.owner_id", "child_of", shipper.ids),
            ["product_id"],
        )
        stored = self.env["stock.quant"]._read_group(
            own & Domain("owner_id", "child_of", shipper.ids), ["product_id"]
        )
        products = self.env["product.product"].union(
            *(product for (product,) in moved + stored)
        )
        return (products - declared.vas_goods_product_id).sorted("display_name")

    @api.model
    def _index_vas(self, records, *names):
        """``{word: id}``; a later name wins over an earlier one."""
        return {
            str(record[name]).strip(): record.id
            for name in names
            for record in records
            if record[name]
        }

    @api.model
    def _read_vas_row(self, row, lookup):
        """Values of an order, and what is wrong with the row in words."""
        if not isinstance(row, dict):
            return {}, [self.env._("A row is a set of named values.")]
        names = {**RECORDS, **TEXTS, **NUMBERS, **MOMENTS}
        unknown = sorted(set(row) - set(names))
        faults = [
            self.env._("There is no field %(name)s.", name=name) for name in unknown
        ]
        values = {}
        for name, field in names.items():
            raw = row.get(name)
            if name == "shipper" and lookup["only"]:
                values[field] = lookup["only"].id
                continue
            if raw in (None, "", False):
                continue
            try:
                values[field] = self._read_vas_cell(name, raw, lookup)
            except (ValueError, KeyError, TypeError, OverflowError):
                faults.append(self._get_vas_cell_fault(name, field, raw))
        lacks = self._get_vas_row_lacks(row, lookup)
        if lacks:
            faults.append(
                self.env._("Please fill in %(fields)s.", fields=", ".join(lacks))
            )
        return values, faults

    @api.model
    def _get_vas_row_lacks(self, row, lookup):
        """Labels of what a row must say and does not; a product says goods and load."""
        given = {name for name, value in row.items() if value}
        if lookup["only"]:
            given.add("shipper")
        if "product" in given:
            given.update(("goods", "kg"))
        if given & {"consignee_phone", "consignee_address"}:
            required = (*REQUIRED, "consignee")
        else:
            required = REQUIRED
        names = {**RECORDS, **TEXTS, **NUMBERS}
        lacks = [
            self._get_vas_label(names[name]) for name in required if name not in given
        ]
        if not given & {"kg", "m3"}:
            lacks.append(self.env._("Weight or volume"))
        return lacks

    @api.model
    def _read_vas_cell(self, name, raw, lookup):
        if name in RECORDS:
            return lookup[name][str(raw).strip()]
        if name in NUMBERS:
            number = float(raw)
            if not 0 < number < float("inf"):
                raise ValueError(raw)
            return number
        if name in MOMENTS:
            if isinstance(raw, datetime):
                moment = raw
            else:
                moment = datetime.fromisoformat(str(raw).strip())
            if moment.tzinfo:
                moment = moment.astimezone(UTC).replace(tzinfo=None)
            return moment.replace(microsecond=0)
        return str(raw).strip()

    @api.model
    def _get_vas_label(self, field):
        if field == "owner_id":
            return self.env._("Shipper")
        return self._fields[field]._description_string(self.env)

    @api.model
    def _get_vas_cell_fault(self, name, field, raw):
        label = self._get_vas_label(field)
        if name in RECORDS:
            return self.env._(
                "%(field)s: “%(value)s” is not known.", field=label, value=raw
            )
        if name in NUMBERS:
            return self.env._(
                "%(field)s: “%(value)s” is not a number above zero.",
                field=label,
                value=raw,
            )
        return self.env._(
            "%(field)s: “%(value)s” is not a date and time.", field=label, value=raw
        )

    @api.model
    def load(self, fields, data):
        """A file of transport orders is entered whole, or not at all (ORD-01).

        Rows that lack what an order needs are named; the others are confirmed, as when
        they come by portal or interface.
        """
        if not self.env.context.get("vas_transport_order"):
            return super().load(fields, data)
        savepoint = self.env.cr.savepoint()
        try:
            result = super().load(fields, data)
            messages = result["ids"] and self._enter_vas_file(result["ids"])
        except BaseException:
            # Whatever it was, it is passed on, and nothing half-entered stays.
            savepoint.close(rollback=True)
            raise
        savepoint.close(rollback=bool(messages))
        if messages:
            self.env.invalidate_all(flush=False)
            return {**result, "ids": False, "messages": messages, "nextrow": 0}
        return result

    def _load_records(self, data_list, update=False):
        """Rows that are refused together are asked one by one, and named by row.

        The importer would file a refusal of all rows under the first one as well.
        """
        if not self.env.context.get("vas_transport_order") or len(data_list) == 1:
            return super()._load_records(data_list, update)
        try:
            return super()._load_records(data_list, update)
        except UserError as error:
            raise RowsRefused(str(error)) from error

    @api.model
    def _enter_vas_file(self, ids):
        """Confirm imported orders; else why not, in the words of the importer."""
        orders = self.browse(ids)
        fresh = orders.filtered(lambda order: order.state == "draft")
        missing = fresh._get_vas_missing()
        messages = [
            {
                "type": "error",
                "record": row,
                "rows": {"from": row, "to": row},
                "field": False,
                "message": self.env._(
                    "Please fill in %(fields)s.", fields=", ".join(missing[order])
                ),
            }
            for row, order in enumerate(orders)
            if order in missing
        ]
        if not messages:
            fresh.action_confirm()
        return messages

    @api.model
    def get_import_templates(self):
        """The file to fill in, when transport orders are imported."""
        templates = super().get_import_templates()
        if self.env.context.get("vas_transport_order"):
            return [
                {
                    "label": self.env._("Template for transport orders"),
                    "template": "/vas_logistics/static/xls/transport_orders.xlsx",
                }
            ]
        return templates

    @api.model
    def _check_vas_sale_references(self, sales):
        """Refuse sales whose reference another order of the customer has (ORD-01)."""
        references = [sale.client_order_ref for sale in sales if sale.client_order_ref]
        known = references and self.search(
            [
                ("vas_is_transport", "=", True),
                ("company_id", "in", sales.company_id.ids),
                ("owner_id", "in", sales.partner_id.commercial_partner_id.ids),
                ("vas_customer_ref", "in", [word.strip() for word in references]),
                ("state", "!=", "cancel"),
            ]
        )
        twins = {
            (order.company_id, order.owner_id, order.vas_customer_ref): order
            for order in known or ()
        }
        for sale in sales:
            reference = (sale.client_order_ref or "").strip()
            shipper = sale.partner_id.commercial_partner_id
            twin = twins.get((sale.company_id, shipper, reference))
            if twin and twin.vas_sale_id != sale:
                raise UserError(
                    self.env._(
                        "Sale %(sale)s: order %(order)s of %(shipper)s has the "
                        "customer reference “%(reference)s” already.",
                        sale=sale.name,
                        order=twin.name,
                        shipper=shipper.display_name,
                        reference=reference,
                    )
                )

    def action_vas_counter(self):
        """Enter what the clerk typed at the counter, and be ready for the next one."""
        self.action_confirm()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Order %(order)s is entered.",
                    order=", ".join(self.mapped("name")),
                ),
                "next": self.env["ir.actions.act_window"]._for_xml_id(
                    "vas_logistics.stock_picking_action_transport_counter"
                ),
            },
        }
