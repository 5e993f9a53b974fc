import json
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import SQL

# Who a promise is made to; of each sort the first policy that fits holds.
AUDIENCES = ("customer", "internal")


class VasSlaEngine(models.AbstractModel):
    """Brings the clocks of documents in line with the documents, in sets.

    Tickets call it themselves. The models of other policies get a thin layer around
    ``create``, ``write`` and ``unlink`` when the registry is ready, as automation rules
    do; models without policies are not touched.
    """

    _name = "vas.sla.engine"
    _description = "Service Promise Engine"

    # ------------------------------------------------------------------
    # Documents of any model
    # ------------------------------------------------------------------

    @api.model
    def _watch(self):
        """Put the layer around the models of all policies in force."""

        def make_create():
            @api.model_create_multi
            def create(self, vals_list, **kw):
                records = create.origin(self, vals_list, **kw)
                self.env["vas.sla.engine"]._sync(records, created=True)
                return records

            return create

        def make_write():
            def write(self, vals, **kw):
                result = write.origin(self, vals, **kw)
                policies = self.env["vas.sla.policy"]
                if not policies._get_trigger_fields(self._name).isdisjoint(vals):
                    self.env["vas.sla.engine"]._sync(self.filtered("id"))
                return result

            return write

        def make_unlink():
            def unlink(self, **kw):
                name, ids = self._name, self.ids
                result = unlink.origin(self, **kw)
                # The clocks of what is gone go too, whoever removed it.
                clocks_sudo = self.env["vas.sla.clock"].sudo()
                clocks_sudo._of(name, ids).unlink()
                return result

            return unlink

        for name in self.env["vas.sla.policy"]._get_watched_models():
            model = self.env.registry.get(name)
            if model is None:
                continue
            for method, make in (
                ("create", make_create),
                ("write", make_write),
                ("unlink", make_unlink),
            ):
                patch = make()
                patch.origin = getattr(model, method)
                patch.vas_sla = "document"
                setattr(model, method, patch)

    @api.model
    def _update_registry(self):
        """Watch the models of the present policies, in all processes."""
        if not self.env.registry.ready:
            return
        there = {
            (name, layer)
            for name, model in self.env.registry.items()
            for layer in self._get_layers_of(vars(model).get("write"))
        }
        if there != self._get_layers():
            automations = self.env["base.automation"]
            automations._unregister_hook()
            automations._register_hook()
            self.env.registry.registry_invalidated = True

    @api.model
    def _get_layers(self):
        """Return {(model, layer)} of the present policies; a hook."""
        watched = self.env["vas.sla.policy"]._get_watched_models()
        return frozenset((name, "document") for name in watched)

    @api.model
    def _get_layers_of(self, method):
        """Return which of our layers are around a method."""
        layers = set()
        while method is not None:
            layers.add(getattr(method, "vas_sla", None))
            method = getattr(method, "origin", None)
        return layers - {None}

    # ------------------------------------------------------------------
    # The present state of documents
    # ------------------------------------------------------------------

    @api.model
    def _get_now(self, records):
        """Return when the change that is being recorded happened."""
        if hasattr(records, "_vas_now"):
            return records._vas_now()
        return fields.Datetime.now()

    @api.model
    def _get_over(self, records, policies):
        """Return (records whose promises end, those whose promises are withdrawn)."""
        if records._name == "helpdesk.ticket":
            over = records.filtered("closed")
            return over, over.filtered("stage_id.vas_withdraws")
        withdrawn = records.browse()
        for policy in policies:
            if (policy.end_domain or "[]").strip() != "[]":
                withdrawn |= records.filtered_domain(policy._parse(policy.end_domain))
        return records.browse(), withdrawn

    @api.model
    def _get_reason(self, record):
        """Return in a word what state a document is in."""
        stage = "stage_id" in record._fields and record.stage_id
        return stage.display_name if stage else ""

    # ------------------------------------------------------------------
    # Storage
    # ------------------------------------------------------------------

    @api.model
    def _insert(self, model, rows, cached=()):
        """Insert whole rows of the engine's own tables in one statement.

        Only for rows that the engine computed itself, with every stored field but those
        it does not know: these are computed as usual. The ORM takes ten times as long
        for a thousand clocks, most of it for defaults and checks that cannot apply.

        :param model: empty recordset, as the system
        :param rows: dicts with the same keys, as for ``create``
        :param cached: names of the fields that are read again at once
        """
        names = list(rows[0])
        if model._log_access:
            # Who caused it is in the ledger, that is enough.
            moment = self.env.cr.now()
            names += ["create_date", "write_date"]
            rows = [row | {"create_date": moment, "write_date": moment} for row in rows]
        numbers = self.env.execute_query(
            SQL(
                "WITH counter AS MATERIALIZED "
                "(SELECT pg_get_serial_sequence(%s, 'id')::regclass AS name) "
                "SELECT nextval(counter.name) FROM counter, generate_series(1, %s)",
                model._table,
                len(rows),
            )
        )
        records = model.browse([number for (number,) in numbers])
        self.env.cr.execute(self._get_insert(model, records._ids, names, rows))
        for name in cached:
            field = model._fields[name]
            converted = {
                value: field.convert_to_cache(value, model, False)
                for value in {row[name] for row in rows}
            }
            field._insert_cache(records, [converted[row[name]] for row in rows])
        known = {"id", *names}
        for name, field in model._fields.items():
            if field.store and field.compute and name not in known:
                self.env.add_to_compute(field, records)
        return records

    @api.model
    def _get_insert(self, model, ids, names, rows):
        """Return the statement; what all rows have in common is sent once."""

        def plain(name, value):
            """Empty is NULL for all but booleans, as the ORM has it."""
            empty = value is False and model._fields[name].type != "boolean"
            return None if empty else value

        varying, columns = ["id"], []
        for name in names:
            if len({row[name] for row in rows}) > 1:
                varying.append(name)
                columns.append(SQL.identifier("row", name))
            else:
                value = SQL("%s", plain(name, rows[0][name]))
                kind = SQL(model._fields[name].column_type[1])
                columns.append(SQL("%s::%s", value, kind))
        data = [
            {"id": number, **{name: plain(name, row[name]) for name in varying[1:]}}
            for number, row in zip(ids, rows, strict=True)
        ]
        return SQL(
            "INSERT INTO %s (id, %s) SELECT row.id, %s "
            "FROM jsonb_to_recordset(%s::jsonb) AS row (%s)",
            SQL.identifier(model._table),
            SQL(", ").join(map(SQL.identifier, names)),
            SQL(", ").join(columns),
            json.dumps(data, default=str),
            SQL(", ").join(
                SQL(
                    "%s %s",
                    SQL.identifier(name),
                    SQL(model._fields[name].column_type[1]),
                )
                for name in varying
            ),
        )

    # ------------------------------------------------------------------
    # Synchronisation
    # ------------------------------------------------------------------

    @api.model
    def _sync(self, records, rematch=True, created=False):
        """Bring the clocks of *records* in line with them.

        :param rematch: ask the policies again
        :param created: the records are new and have no clocks yet
        """
        if not records:
            return
        at = self._get_now(records)
        # Clocks are kept for everybody who may change the document, by the rules of
        # the company, whatever that person may read.
        self.sudo()._sync_documents(records.sudo(), at, rematch, created)

    @api.model
    def _sync_documents(self, records_sudo, at, rematch, created):
        """Do what :meth:`_sync` says, as the system."""
        clocks_sudo = self.env["vas.sla.clock"].with_context(active_test=False)
        if not created:
            clocks_sudo = clocks_sudo._of(records_sudo._name, records_sudo.ids)
        policies = clocks_sudo.policy_id
        over, withdrawn = self._get_over(records_sudo, policies)
        reopened = records_sudo.browse()
        if not created:
            reopened = self._reopen(records_sudo - over - withdrawn, clocks_sudo, at)
        # What changed while a document was solved counts once it is open again.
        asked = records_sudo if rematch else reopened
        if asked:
            open_records = asked if created else asked - over - withdrawn
            clocks_sudo |= self._rematch(open_records, clocks_sudo, at, created)
            over, withdrawn = self._get_over(records_sudo, clocks_sudo.policy_id)
        self._follow(records_sudo, clocks_sudo, over, withdrawn, at)

    @api.model
    def _reopen(self, records, clocks, at):
        """Let clocks run on whose fulfilment was undone; that time is excluded.

        :return: the documents of these clocks
        """
        stopped = clocks.filtered(
            lambda clock: clock.stopped_at and clock.target_id.reopens
        )
        if not stopped or not records:
            return records.browse()
        again, reasons = clocks.browse(), {}
        by_id = {record.id: record for record in records}
        for target, members in stopped.grouped("target_id").items():
            owners = records.browse(
                [clock.res_id for clock in members if clock.res_id in by_id]
            )
            done = target._get_done(owners, at)
            for clock in members:
                record = by_id.get(clock.res_id)
                if record and record not in done:
                    again |= clock
                    reasons[clock] = self._get_reason(record)
        again.filtered(lambda clock: not clock.active).active = True
        again._move("reopen", at, reasons)
        return records.browse(set(again.mapped("res_id")))

    @api.model
    def _rematch(self, records, clocks, at, created):
        """Find the policies of documents and start, change or withdraw their clocks.

        :return: the clocks that were started
        """
        by_id = clocks.grouped("res_id")
        begin, changes, withdrawn = [], {}, clocks.browse()
        for audience in AUDIENCES:
            matches = self.env["vas.sla.policy"]._match(records, audience)
            if audience == "customer" and "vas_policy_id" in records._fields:
                self._remember_policies(matches)
            calendars = self._get_calendars(matches)
            started, done = self._get_started_and_done(matches, at, created)
            for record, policy in matches.items():
                known = by_id.get(record.id, clocks.browse()).filtered(
                    lambda clock, a=audience: clock.audience == a
                )
                promised = clocks.browse()
                for target in policy.target_ids:
                    calendar = calendars[record]
                    if target.kind == "next_reply":
                        promised |= self._keep_replies(
                            known, policy, target, calendar, changes
                        )
                        continue
                    clock = known.filtered(lambda c, t=target: c.key == t.key)
                    if clock:
                        promised |= clock
                        taken = policy != clock.policy_id
                        attached = taken and policy.start_rule == "attached"
                        start = self._get_start(
                            target, record, at if attached else clock.start
                        )
                        self._note_change(
                            clock, policy, target, calendar, start, changes
                        )
                    elif record in started[target] and (
                        created or record not in done[target]
                    ):
                        start = self._get_first_start(
                            record, policy, target, known, at, created
                        )
                        begin.append((record, policy, target, calendar, start))
                withdrawn |= (known - promised).filtered(
                    lambda clock: clock.active and not clock.stopped_at
                )
        changed = clocks.browse([clock.id for clock in changes])
        changed._retarget(changes, at)
        withdrawn._withdraw(at, self.env._("No policy promises this any more."))
        return clocks._begin(begin, at)

    @api.model
    def _get_calendars(self, matches):
        """Return {record: working hours of its promise}, each place asked once.

        :raises UserError: when no place of the declared order names any
        """
        # The order of the places is a rule, not a secret.
        sources_sudo = (
            self.env["vas.sla.calendar.source"].sudo().search([("active", "=", True)])
        )
        names = {
            source.path.split(".")[0]
            for source in sources_sudo
            if source.kind == "path"
        }
        found, result = {}, {}
        for record, policy in matches.items():
            if not policy:
                continue
            values = [record[name] for name in sorted(names & set(record._fields))]
            key = (policy, *values)
            if key not in found:
                found[key] = next(
                    filter(
                        None, (s._get_calendar(record, policy) for s in sources_sudo)
                    ),
                    self.env["resource.calendar"],
                )
                if not found[key] and policy._needs_calendar():
                    raise policy._no_calendar()
            result[record] = found[key]
        return result

    @api.model
    def _remember_policies(self, matches):
        """Write on each document which policy holds for it."""
        by_policy = defaultdict(list)
        for record, policy in matches.items():
            if record.vas_policy_id != policy:
                by_policy[policy].append(record.id)
        for policy, ids in by_policy.items():
            next(iter(matches)).browse(ids).vas_policy_id = policy

    @api.model
    def _get_started_and_done(self, matches, at, created):
        """Return ({target: records it began on}, {target: records that fulfil it})."""
        by_policy = defaultdict(list)
        for record, policy in matches.items():
            by_policy[policy].append(record.id)
        started, done = {}, {}
        for policy, ids in by_policy.items():
            records = next(iter(matches)).browse(ids)
            for target in policy.target_ids:
                started[target] = set(target._get_started(records))
                done[target] = set() if created else target._get_done(records, at)
        return started, done

    @api.model
    def _get_start(self, target, record, default):
        """Return when a target starts: the date it counts from, else *default*."""
        field = target.start_field_id
        return (record[field.name] if field else False) or default

    @api.model
    def _get_first_start(self, record, policy, target, known, at, created):
        """Return when a new clock starts."""
        if created or target.start_domain or policy.start_rule == "attached":
            default = at
        else:
            default = min(known.mapped("start"), default=record.create_date)
        return self._get_start(target, record, default)

    @api.model
    def _note_change(self, clock, policy, target, calendar, start, changes):
        """Note that a running clock has another promise now."""
        if clock.stopped_at:
            return
        moved = start and start != clock.start
        if (
            not clock.active
            or moved
            or clock.target_id != target
            or clock.policy_id != policy
            or clock.calendar_id != calendar
        ):
            changes[clock] = (policy, target, calendar, start if moved else None)

    @api.model
    def _keep_replies(self, known, policy, target, calendar, changes):
        """A new policy takes over the reply that is being waited for."""
        replies = known.filtered(lambda clock: clock.kind == "next_reply")
        for clock in replies:
            self._note_change(clock, policy, target, calendar, None, changes)
        return replies

    @api.model
    def _follow(self, records, clocks, over, withdrawn, at):
        """Pause, resume, fulfil or withdraw according to the state of documents."""
        running = clocks.filtered(lambda clock: not clock.stopped_at)
        if not running:
            return
        by_id = {record.id: record for record in records}
        done, paused = self._get_done(records, running, at), {}
        for policy, members in running.grouped("policy_id").items():
            if not policy.pause_rule_ids:
                continue
            owners = records.browse(set(members.mapped("res_id")))
            for rule in policy.pause_rule_ids:
                for record in rule._get_paused(owners):
                    paused.setdefault((policy, record.id), rule)
        pause, resume, stop = [], [], []
        reasons, moments = {}, {}
        over_ids, withdrawn_ids = set(over.ids), set(withdrawn.ids)
        for clock in running:
            number = clock.res_id
            if clock.id in done or number in over_ids:
                stop.append(clock.id)
                moments[clock] = done.get(clock.id, at)
                reasons[clock] = self._get_reason(by_id[number])
            elif number in withdrawn_ids:
                continue
            elif (
                paused
                and (rule := paused.get((clock.policy_id, number)))
                and clock.target_id.pausable
            ):
                if not clock.paused_since:
                    pause.append(clock.id)
                    reasons[clock] = rule.reason
            elif clock.paused_since:
                resume.append(clock.id)
                reasons[clock] = self._get_reason(by_id[number])
        pause, resume, stop = map(clocks.browse, (pause, resume, stop))
        pause._move("pause", at, reasons)
        resume._move("resume", at, reasons)
        stop._move("stop", at, reasons, moments)
        if withdrawn_ids:
            running.filtered(
                lambda clock: clock.res_id in withdrawn_ids and clock.active
            )._withdraw(at, self.env._("Closed without a result."))

    @api.model
    def _get_done(self, records, clocks, at):
        """Return {clock id: moment of its fulfilment} of the clocks that are."""
        result = {}
        for target, members in clocks.grouped("target_id").items():
            owners = records.browse(set(members.mapped("res_id")))
            done = {
                record.id: moment
                for record, moment in target._get_done(owners, at).items()
            }
            for clock in members:
                if clock.res_id in done:
                    result[clock.id] = done[clock.res_id]
        return result
