from datetime import UTC, datetime

from odoo import api, fields, models

#: What a row of the API may say; the first three are needed.
EVENT_FIELDS = (
    "type",
    "key",
    "time",
    "end_time",
    "number",
    "connected",
    "about",
    "handled_by",
    "note",
)


class VasEvent(models.Model):
    """Something that happened outside Odoo at a moment: a call, a visit, an alarm.

    Observations carry finished figures of a day; events carry the moments from which
    figures such as “called again within two hours” are made.
    """

    _name = "vas.event"
    _description = "Event"
    _order = "time desc, id desc"
    _check_company_auto = True

    type_id = fields.Many2one(
        comodel_name="vas.event.type", required=True, ondelete="restrict"
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        required=True,
        default=lambda self: self.env.company,
    )
    time = fields.Datetime(
        string="Date and time", required=True, default=fields.Datetime.now
    )
    end_time = fields.Datetime(string="Ended")
    partner_id = fields.Many2one(
        comodel_name="res.partner",
        string="About",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The vendor, site or area that the event belongs to.",
    )
    actor_id = fields.Many2one(
        comodel_name="res.partner",
        string="Handled by",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The person who handled it, such as the agent of a call.",
    )
    group_key = fields.Char(
        string="Customer's number",
        help="What tells that two events are of the same customer, such as the calling"
        " number.",
    )
    is_connected = fields.Boolean(
        string="Connected", help="It came about: the call was answered by a person."
    )
    source_key = fields.Char(
        copy=False,
        help="The event's own number in its source; the same event never counts twice.",
    )
    note = fields.Char()

    _source_uniq = models.UniqueIndex(
        "(type_id, company_id, source_key) WHERE source_key IS NOT NULL",
        "This event is already recorded.",
    )
    _time_idx = models.Index("(company_id, time)")
    _end_after_time = models.Constraint(
        "CHECK (end_time IS NULL OR end_time >= time)",
        "An event cannot end before it begins.",
    )

    @api.depends("type_id", "group_key", "time")
    def _compute_display_name(self):
        for event in self:
            time = fields.Datetime.context_timestamp(event, event.time)
            parts = (event.type_id.name, event.group_key, f"{time:%Y-%m-%d %H:%M}")
            event.display_name = " · ".join(part for part in parts if part)

    # ----------------------------------------------------------------------- API
    @api.model
    def import_rows(self, rows, known="report", company_id=None):
        """Take events from another system: ``POST /json/2/vas.event/import_rows``.

        Sending the same rows again changes nothing: an event is known by its type and
        key. Rows that are wrong are handed back; all others come in.

        :param rows: list of ``{"type": code, "key": "C-1", "time": "2025-06-30
            08:15:00", "end_time": …, "number": "138…", "connected": true, "about":
            contact id, "handled_by": contact id, "note": "…"}``; times are UTC.
        :param known: what to do with a known key and other contents: ``"report"`` or
            ``"update"``.
        :return: as ``vas.observation.import_rows``.
        """
        self.check_access("create")
        company = self.env["res.company"].browse(company_id or self.env.company.id)
        self.env["vas.observation"]._check_api_call(rows, known, EVENT_FIELDS)
        types = {
            event_type.code: event_type.id
            for event_type in self.env["vas.event.type"].search(
                [("code", "in", list({str(row.get("type")) for row in rows}))]
            )
        }
        contacts = self._find_contacts(rows, company)
        good, problems = [], []
        for number, row in enumerate(rows, 1):
            wrong = list(self._check_row(row, types, contacts))
            problems += [
                {
                    "row": number,
                    "field": field,
                    "found": str(row.get(field, ""))[:200],
                    "expected": expected,
                }
                for field, expected in wrong
            ]
            if not wrong:
                good.append((number, self._prepare_event(row, types, company)))
        counts = self._store_events(good, known, problems)
        problems.sort(key=lambda problem: problem["row"])
        return {**counts, "problems": problems}

    @api.model
    def _find_contacts(self, rows, company):
        """Return which of the contacts named by their ids exist for the company."""
        ids = {
            row[name]
            for row in rows
            for name in ("about", "handled_by")
            if type(row.get(name)) is int
        }
        # Whether a contact exists does not depend on whom the caller may read.
        partners_sudo = self.env["res.partner"].sudo()
        domain = [("id", "in", list(ids)), ("company_id", "in", [company.id, False])]
        return set(partners_sudo.with_context(active_test=False).search(domain).ids)

    @api.model
    def _check_row(self, row, types, contacts):
        """Give ``(field, what was expected)`` for everything that is wrong."""
        for name in set(row) - set(EVENT_FIELDS):
            yield (
                str(name),
                self.env._(
                    "one of the fields %(fields)s", fields=", ".join(EVENT_FIELDS)
                ),
            )
        if not isinstance(row.get("key"), str) or not row["key"].strip():
            yield "key", self.env._("the event's own number in its source, as text")
        if row.get("type") not in types:
            yield "type", self.env._("the code of an event type")
        begin = _read_time(row.get("time"))
        if not begin:
            yield "time", self.env._("an existing moment such as 2025-06-30 08:15:00")
        end = row.get("end_time")
        if end and not (_read_time(end) and begin and _read_time(end) >= begin):
            yield "end_time", self.env._("a moment after the beginning")
        if not isinstance(row.get("connected", False), bool):
            yield "connected", self.env._("true or false")
        for name in ("about", "handled_by"):
            if row.get(name) is not None and row[name] not in contacts:
                yield name, self.env._("the id of an existing contact")

    @api.model
    def _prepare_event(self, row, types, company):
        number, note = row.get("number"), row.get("note")
        return {
            "type_id": types[row["type"]],
            "company_id": company.id,
            "time": _read_time(row["time"]),
            "end_time": _read_time(row.get("end_time")) or False,
            "partner_id": row.get("about") or False,
            "actor_id": row.get("handled_by") or False,
            "group_key": str(number).strip() if number else False,
            "is_connected": row.get("connected", False),
            "source_key": row["key"].strip(),
            "note": str(note) if note else False,
        }

    @api.model
    def _store_events(self, good, known, problems):
        """Create what is new; correct or report what is known and differs."""
        keys = [values["source_key"] for _number, values in good]
        companies = {values["company_id"] for _number, values in good}
        recorded = {
            (event.type_id.id, event.source_key): event
            for event in self.search(
                [("source_key", "in", keys), ("company_id", "in", list(companies))]
            )
        }
        new, updated, same = {}, 0, 0
        for number, values in good:
            place = values["type_id"], values["source_key"]
            event = recorded.get(place)
            current = new.get(place) or (event and event._read_values(values))
            if current is None:
                new[place] = values
            elif current == values:
                same += 1
            elif known == "update" and event:
                event.write(values)
                updated += 1
            else:
                problems.append(
                    {
                        "row": number,
                        "field": "key",
                        "found": values["source_key"],
                        "expected": self.env._(
                            "the same as recorded before; send known = “update” to"
                            " correct it"
                        ),
                    }
                )
        self.create(list(new.values()))
        return {"created": len(new), "known": same, "updated": updated}

    def _read_values(self, values):
        """Return what is recorded under the names of ``values``."""
        self.ensure_one()
        return {
            name: self[name].id if self._fields[name].relational else self[name]
            for name in values
        }


def _read_time(value):
    """Return the moment (UTC) in a text such as 2025-06-30 08:15:00, or None.

    A text with an offset (2025-06-30T16:15:00+08:00) is taken at its word.
    """
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo:
        moment = moment.astimezone(UTC)
    return moment.replace(tzinfo=None, microsecond=0)
