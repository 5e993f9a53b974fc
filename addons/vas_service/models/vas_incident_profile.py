from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get
from odoo.addons.vas_kpi.tools.tabular import normalize

from ..tools.incident_log import Layout, StateRule

# Any instant does to try a format out.
TRIAL = datetime(2016, 3, 2, 13, 45)


class VasIncidentProfile(models.Model):
    """How the event log of another service desk is to be read: its columns, its way to
    write dates, and what its states and priorities mean here."""

    _name = "vas.incident.profile"
    _description = "Incident Log Profile"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", help="Empty: the company of whoever imports."
    )
    team_id = fields.Many2one(
        "helpdesk.ticket.team",
        required=True,
        check_company=True,
        help="Imported tickets go to this team; policies of the team promise to them.",
    )
    column_number = fields.Char("Number", required=True)
    column_state = fields.Char("State", required=True)
    column_updated = fields.Char("Changed at", required=True)
    column_opened = fields.Char("Opened at", required=True)
    column_priority = fields.Char("Priority", required=True)
    column_order = fields.Char(
        "Order of rows", help="Tells changes of the same minute apart. May be empty."
    )
    column_verdict = fields.Char(
        "Promise kept", help="The log's own verdict. May be empty."
    )
    column_category = fields.Char("Category", help="Part of the title. May be empty.")
    column_group = fields.Char("Group", help="Part of the title. May be empty.")
    verdict_yes = fields.Char(
        "Word for kept", default="TRUE", help="In the column of the verdict."
    )
    empty_word = fields.Char(
        "Word for nothing", help="Written by the log where a value is missing."
    )
    date_format = fields.Char(
        string="Date and time",
        required=True,
        default="%d-%m-%Y %H:%M",
        help="%d day, %m month, %Y year, %H hour, %M minute, %S second.",
    )
    tz = fields.Selection(_tz_get, string="Time zone", required=True, default="UTC")
    state_ids = fields.One2many(
        "vas.incident.profile.state", "profile_id", string="States", copy=True
    )
    priority_ids = fields.One2many(
        "vas.incident.profile.priority", "profile_id", string="Priorities", copy=True
    )
    ticket_count = fields.Integer(compute="_compute_ticket_count")

    def _compute_ticket_count(self):
        counts = dict(
            self.env["helpdesk.ticket"]._read_group(
                [("vas_incident_profile_id", "in", self.ids)],
                ["vas_incident_profile_id"],
                ["__count"],
            )
        )
        for profile in self:
            profile.ticket_count = counts.get(profile, 0)

    @api.constrains("date_format")
    def _check_date_format(self):
        for profile in self:
            try:
                text = TRIAL.strftime(profile.date_format)
                good = datetime.strptime(text, profile.date_format) == TRIAL
            except ValueError:
                good = False
            if not good:
                raise ValidationError(
                    self.env._(
                        "Profile “%(profile)s”, date and time: %(format)s does not "
                        "hold a whole date and time. Expected: a format such as "
                        "%(example)s.",
                        profile=profile.name,
                        format=profile.date_format,
                        example="%d-%m-%Y %H:%M",
                    )
                )

    def _get_layout(self):
        """Return how the file is laid out, for the reader."""
        self.ensure_one()
        names = "number state updated opened priority order verdict category group"
        return Layout(
            {name: self[f"column_{name}"] or "" for name in names.split()},
            self.date_format,
            self.tz,
            self.empty_word or "",
        )

    def _get_required_columns(self):
        return [
            self.column_number,
            self.column_state,
            self.column_updated,
            self.column_opened,
            self.column_priority,
            *filter(None, [self.column_verdict]),
        ]

    def _get_state_rules(self):
        """Return {state of the log: what it does}."""
        return {
            normalize(line.name): StateRule(
                line.stage_id.closed, line.pauses, line.reason or line.name
            )
            for line in self.state_ids
        }

    def action_view_tickets(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.helpdesk_ticket_action_vas"
        )
        return dict(
            action, domain=[("vas_incident_profile_id", "=", self.id)], context={}
        )

    def action_import(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "vas_service.vas_incident_import_action"
        )
        return dict(action, context={"default_profile_id": self.id})
