import base64
from pathlib import Path

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import file_path, html_escape

from odoo.addons.vas_kpi.tools.tabular import TableError, normalize, read_table

from ..tools.incident_log import read_incidents, replay
from ..tools.odometer import NoWorkingTimeError

MAX_BYTES = 64 * 1024 * 1024
SHOWN_FAULTS = 200


class VasIncidentImport(models.TransientModel):
    """Bring the event log of another service desk in as tickets whose clocks ran when
    the incidents happened."""

    _name = "vas.incident.import"
    _description = "Import of an Incident Log"

    profile_id = fields.Many2one(
        "vas.incident.profile",
        required=True,
        default=lambda self: self.env["vas.incident.profile"].search([], limit=1),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    file = fields.Binary(attachment=False)
    filename = fields.Char()
    state = fields.Selection(
        [("new", "Choose a file"), ("done", "Result")], default="new", readonly=True
    )
    row_count = fields.Integer("Rows read", readonly=True)
    ticket_count = fields.Integer("Tickets created", readonly=True)
    known_count = fields.Integer("Already there", readonly=True)
    fault_count = fields.Integer("Cells that could not be read", readonly=True)
    fault_text = fields.Text("What could not be read", readonly=True)

    # ------------------------------------------------------------------
    # Entry points
    # ------------------------------------------------------------------

    def action_import(self):
        """Import the chosen file and show what came of it."""
        self.ensure_one()
        self._check_allowed()
        self.profile_id.lock_for_update()
        self._import(base64.b64decode(self.file or b""))
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "name": self.env._("Import of an incident log"),
        }

    @api.model
    @api.private
    def import_file(self, path, profile=None, company=None):
        """Import a file of the server, from a shell or from demo data.

        :param path: file name
        :param profile: profile record; the first one by default
        :param company: company that gets the tickets
        :return: the wizard with its result
        """
        content = Path(path).read_bytes()
        profile = profile or self.env["vas.incident.profile"].search([], limit=1)
        company = company or profile.company_id or self.env.company
        wizard = self.create(
            {
                "profile_id": profile.id,
                "company_id": company.id,
                "file": base64.b64encode(content),
                "filename": Path(path).name,
            }
        )
        wizard._check_allowed()
        wizard.profile_id.lock_for_update()
        wizard._import(content)
        return wizard

    @api.model
    def _import_demo(self, company):
        """Import the log of the tests into the demo company."""
        path = file_path("vas_service/tests/data/incident_event_log.csv")
        self.import_file(path, company=company)

    def _check_allowed(self):
        """Histories are written as the system: only managers may bring them in."""
        if not self.env.user.has_group("vas_service.group_vas_service_manager"):
            raise UserError(
                self.env._("Only managers of the service desk import incident logs.")
            )
        if self.company_id not in self.env.companies and not self.env.su:
            raise UserError(
                self.env._(
                    "You do not work for the company %(company)s.",
                    company=self.company_id.name,
                )
            )

    def action_view_tickets(self):
        return self.profile_id.action_view_tickets()

    def action_view_comparison(self):
        return self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_sla_clock_action_log"
        )

    # ------------------------------------------------------------------
    # The import
    # ------------------------------------------------------------------

    def _import(self, content):
        """Read, replay and create; all or nothing, what is there already stays."""
        self.ensure_one()
        profile = self.profile_id
        rules = profile._get_state_rules()
        priorities = {
            normalize(line.name): line.priority for line in profile.priority_ids
        }
        try:
            table = read_table(
                content, profile._get_required_columns(), max_bytes=MAX_BYTES
            )
        except TableError as error:
            raise self._unreadable(error) from error
        incidents, faults, rows = read_incidents(
            table, profile._get_layout(), set(rules), set(priorities)
        )
        known = self._known_numbers(incidents)
        fresh = [item for item in incidents if item.number not in known]
        self._create_tickets(fresh, rules, priorities)
        self.write(
            {
                "state": "done",
                "row_count": rows,
                "ticket_count": len(fresh),
                "known_count": len(incidents) - len(fresh),
                "fault_count": len(faults),
                "fault_text": "\n".join(
                    self._fault_in_words(fault) for fault in faults[:SHOWN_FAULTS]
                ),
            }
        )

    def _unreadable(self, error):
        """Return the error that says why a file is no incident log."""
        if error.code == "missing_columns":
            return UserError(
                self.env._(
                    "%(file)s: the columns %(missing)s are missing. The profile "
                    "“%(profile)s” expects them; the file has %(found)s.",
                    file=self.filename or self.env._("The file"),
                    missing=", ".join(error.data["missing"]),
                    profile=self.profile_id.name,
                    found=", ".join(error.data["found"][:20]),
                )
            )
        return UserError(
            self.env._(
                "%(file)s cannot be read as a table (%(reason)s). Expected: a CSV or "
                "XLSX file with one row for every change of an incident.",
                file=self.filename or self.env._("The file"),
                reason=error.code.replace("_", " "),
            )
        )

    def _fault_in_words(self, fault):
        expected = {
            "number": self.env._("a number is expected"),
            "state": self.env._("the profile does not list this state"),
            "priority": self.env._("the profile does not list this priority"),
            "date": self.env._(
                "a date such as %(format)s is expected",
                format=self.profile_id.date_format,
            ),
            "row": self.env._("the row is broken"),
        }[fault.code]
        return self.env._(
            "Row %(row)s, %(column)s: “%(value)s”; %(expected)s.",
            row=fault.row,
            column=fault.column or self.env._("whole row"),
            value=fault.value,
            expected=expected,
        )

    def _known_numbers(self, incidents):
        tickets = (
            self.env["helpdesk.ticket"]
            .with_context(active_test=False)
            .search_fetch(
                [
                    ("vas_incident_profile_id", "=", self.profile_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("number", "in", [incident.number for incident in incidents]),
                ],
                ["number"],
            )
        )
        return set(tickets.mapped("number"))

    def _create_tickets(self, incidents, rules, priorities):
        """Create the tickets, their clocks and ledgers in a few statements."""
        # The import writes history as the system does; who may start it is checked.
        desk_sudo = self.env["helpdesk.ticket"].sudo()
        tickets_sudo = (
            desk_sudo.with_company(self.company_id)
            .with_context(
                vas_sla_replay=True,
                tracking_disable=True,
                mail_create_nosubscribe=True,
                mail_create_nolog=True,
                mail_notrack=True,
            )
            .create([self._prepare_ticket(item, priorities) for item in incidents])
        )
        tickets_sudo._vas_backdate(
            [incident.opened.replace(tzinfo=None) for incident in incidents]
        )
        promises = self._get_promises(priorities)
        values, ledgers = [], []
        by_policy, versions, calendars = {}, {}, {}
        for ticket, incident in zip(tickets_sudo, incidents, strict=True):
            try:
                result = replay(incident, rules, promises)
            except NoWorkingTimeError as error:
                calendar = ticket._vas_get_calendar(ticket.vas_policy_id)
                raise calendar._vas_no_working_time() from error
            if not result:
                continue
            state, policy, lines = result
            by_policy.setdefault(policy, tickets_sudo.browse())
            by_policy[policy] |= ticket
            target = policy.target_ids.filtered(lambda t: t.kind == "resolution")
            if (policy, ticket.team_id) not in calendars:
                calendars[policy, ticket.team_id] = ticket._vas_get_calendar(policy)
            calendar = calendars[policy, ticket.team_id]
            prepared = ticket.vas_clock_ids._prepare_clock(
                ticket, policy, target, calendar, state
            )
            if calendar not in versions:
                versions |= self.env["vas.calendar.version"]._get_current(calendar)
            prepared["calendar_version_id"] = versions[calendar].id
            values.append(prepared)
            ledgers.append(lines)
        for policy, tickets in by_policy.items():
            tickets.vas_policy_id = policy
        self.env["vas.sla.policy.version"]._ensure(
            self.env["vas.sla.policy"].union(*by_policy)
        )
        # Clocks are written by the engine and by this replay only.
        clocks_sudo = self.env["vas.sla.clock"].sudo().create(values)
        clocks_sudo._log(
            [
                dict(
                    clocks_sudo._prepare_event(line.step, line.reason),
                    clock_id=clock.id,
                    policy_id=line.policy.id,
                    policy_version=line.policy.version,
                )
                for clock, lines in zip(clocks_sudo, ledgers, strict=True)
                for line in lines
            ]
        )

    def _prepare_ticket(self, incident, priorities):
        """Return the values of an imported ticket; a hook."""
        last = incident.changes[-1]
        stages = {normalize(s.name): s.stage_id for s in self.profile_id.state_ids}
        stage = stages[last.state]
        details = incident.details
        title = " · ".join(
            filter(None, (details.get("category"), details.get("group")))
        )
        closed = next(
            (
                change.at
                for change in reversed(incident.changes)
                if stages[change.state].closed
            ),
            None,
        )
        verdict = False
        if incident.verdict:
            kept = normalize(incident.verdict) == normalize(self.profile_id.verdict_yes)
            verdict = "yes" if kept else "no"
        return {
            "number": incident.number,
            "name": title or incident.number,
            "description": html_escape(
                self.env._("Imported from %(log)s", log=self.profile_id.name)
            ),
            "company_id": self.company_id.id,
            "team_id": self.profile_id.team_id.id,
            "stage_id": stage.id,
            "priority": priorities[last.priority],
            "user_id": False,
            "last_stage_update": last.at.replace(tzinfo=None),
            "closed_date": closed.replace(tzinfo=None) if closed else False,
            "vas_incident_profile_id": self.profile_id.id,
            "vas_log_made_sla": verdict,
        }

    def _get_promises(self, priorities):
        """Return {priority of the log: (policy, promise, change rule)}.

        Asked once per priority, with a ticket that is never saved.
        """
        result = {}
        team = self.profile_id.team_id
        for name, priority in priorities.items():
            # Policies are rules of the company, not of whoever imports.
            drafts_sudo = self.env["helpdesk.ticket"].sudo()
            trial = drafts_sudo.new(
                {
                    "name": name,
                    "team_id": team.id,
                    "company_id": self.company_id.id,
                    "priority": priority,
                }
            )
            # Which policy would hold is asked of all, as for a real ticket.
            policy = self.env["vas.sla.policy"].sudo()._match(trial)[trial]
            target = policy.target_ids.filtered(lambda t: t.kind == "resolution")
            promise = target and target._get_promise(trial._vas_get_calendar(policy))
            result[name] = (policy, promise or None, policy.change_rule)
        return result
