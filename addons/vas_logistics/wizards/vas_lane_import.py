import base64
import csv
import io

import openpyxl

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.lane_matrix import BadCell, read_matrix


class VasLaneImport(models.TransientModel):
    """Distances between outlets from a table, as a matrix or as a list of pairs."""

    _name = "vas.lane.import"
    _description = "Import of Lanes"

    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    state = fields.Selection(
        selection=[("choose", "Choose"), ("done", "Done")], default="choose"
    )
    created = fields.Integer(string="New Lanes", readonly=True)
    updated = fields.Integer(string="Changed Lanes", readonly=True)
    unchanged = fields.Integer(string="Unchanged Lanes", readonly=True)

    def action_import(self):
        """Write all lanes of the file, or none and say which cells are wrong."""
        self.ensure_one()
        self.env["vas.lane"].check_access("create")
        rows, faults = read_matrix(self._read_rows())
        pairs, costs = self._find_outlets(rows, faults)
        if faults:
            raise UserError(
                self.env._("Nothing was imported. Please correct the file:")
                + "\n"
                + "\n".join(self._get_fault_text(fault) for fault in faults[:20])
            )
        lanes = self.env["vas.lane"].with_context(active_test=False)
        known = {
            (lane.origin_id.id, lane.destination_id.id): lane
            for lane in lanes.search([("company_id", "=", self.company_id.id)])
        }
        new, changed, same = [], 0, 0
        for pair, (km, hours) in pairs.items():
            values = {"distance_km": km}
            if hours is not None:
                values["drive_hours"] = hours
            lane = known.get(pair)
            if not lane:
                new.append({"origin_id": pair[0], "destination_id": pair[1], **values})
            elif any(lane[name] != value for name, value in values.items()):
                lane.write({**values, "active": True})
                changed += 1
            else:
                same += 1
        lanes.with_context(tracking_disable=True).create(new)
        self._write_costs(costs)
        self.write(
            {
                "state": "done",
                "created": len(new),
                "updated": changed,
                "unchanged": same,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _read_rows(self):
        """The cells of the file as texts and numbers."""
        raw = base64.b64decode(self.file)
        if raw.startswith(b"PK"):
            try:
                book = openpyxl.load_workbook(io.BytesIO(raw), data_only=True)
            except (KeyError, ValueError, OSError) as error:
                raise UserError(
                    self.env._("%(file)s is not a spreadsheet.", file=self.file_name)
                ) from error
            return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                text = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
        else:
            raise UserError(
                self.env._(
                    "%(file)s is neither a spreadsheet nor a text table.",
                    file=self.file_name,
                )
            )
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))

    def _find_outlets(self, rows, faults):
        """``{(origin id, destination id): (km, hours)}``, and the prices of classes as
        ``{(origin id, destination id, class id): values}``; unknown names are faults.
        """
        outlets = self.env["vas.outlet"].search_fetch(
            [("company_id", "=", self.company_id.id)], ["code", "name"]
        )
        ids = {}
        for outlet in outlets:
            ids.setdefault(outlet.name, outlet.id)
        ids.update({outlet.code: outlet.id for outlet in outlets})
        categories = {
            category.name: category.id
            for language, _name in self.env["res.lang"].get_installed()
            for category in self.env["fleet.vehicle.model.category"]
            .with_context(lang=language)
            .search_fetch([("name", "!=", False)], ["name"])
        }
        pairs, costs = {}, {}
        for row in rows:
            ends = [ids.get(row.origin), ids.get(row.destination)]
            for code, found in zip((row.origin, row.destination), ends, strict=True):
                if not found:
                    fault = BadCell(row.line, "outlet", code)
                    if fault not in faults:
                        faults.append(fault)
            if all(ends):
                pairs[tuple(ends)] = (row.km, row.hours)
            if row.category and row.category not in categories:
                faults.append(BadCell(row.line, "category", row.category))
            elif row.category and all(ends):
                costs[(*ends, categories[row.category])] = {
                    "cost_per_km": row.cost_per_km,
                    "toll": row.toll,
                }
        return pairs, costs

    def _write_costs(self, costs):
        """The prices of the file; what it does not name stays."""
        if not costs:
            return
        lanes = {
            (lane.origin_id.id, lane.destination_id.id): lane.id
            for lane in self.env["vas.lane"].search(
                [("company_id", "=", self.company_id.id)]
            )
        }
        known = {
            (cost.lane_id.id, cost.category_id.id): cost
            for cost in self.env["vas.lane.cost"].search(
                [("company_id", "=", self.company_id.id)]
            )
        }
        new = []
        for (origin, destination, category), values in costs.items():
            lane = lanes[origin, destination]
            cost = known.get((lane, category))
            if not cost:
                new.append({"lane_id": lane, "category_id": category, **values})
            elif any(cost[name] != value for name, value in values.items()):
                cost.write(values)
        self.env["vas.lane.cost"].create(new)

    @api.model
    def _get_fault_text(self, fault):
        match fault.problem:
            case "outlet":
                return self.env._(
                    "Row %(row)s: there is no outlet %(value)s in this company.",
                    row=fault.line,
                    value=fault.value,
                )
            case "twice":
                return self.env._(
                    "Row %(row)s: %(value)s is given twice.",
                    row=fault.line,
                    value=fault.value,
                )
            case "differs":
                return self.env._(
                    "Row %(row)s: %(value)s has another distance or driving time than "
                    "in a row above.",
                    row=fault.line,
                    value=fault.value,
                )
            case "category":
                return self.env._(
                    "Row %(row)s: there is no vehicle class %(value)s.",
                    row=fault.line,
                    value=fault.value,
                )
            case "class":
                return self.env._(
                    "Row %(row)s: a cost per kilometre or a toll needs the vehicle "
                    "class that pays it.",
                    row=fault.line,
                )
            case "price":
                return self.env._(
                    "Row %(row)s: class %(value)s needs a cost per kilometre or a "
                    "toll.",
                    row=fault.line,
                    value=fault.value,
                )
            case "header":
                return self.env._(
                    "The first row must name the outlets (a matrix), or say origin, "
                    "destination, km (a list)."
                )
            case "same":
                return self.env._(
                    "Row %(row)s: a lane joins two different outlets, not %(value)s "
                    "with itself.",
                    row=fault.line,
                    value=fault.value,
                )
            case _:
                return self.env._(
                    "Row %(row)s: “%(value)s” must be a number above zero.",
                    row=fault.line,
                    value=fault.value,
                )
