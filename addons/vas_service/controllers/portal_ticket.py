from operator import itemgetter
from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import groupby as groupby_key

from odoo.addons.helpdesk_mgmt.controllers.main import HelpdeskTicketController
from odoo.addons.helpdesk_mgmt.controllers.myaccount import CustomerPortalHelpdesk
from odoo.addons.vas_kpi.controllers.portal_list import PortalListMixin

# Questions on one page.
VAS_FAQ_LIMIT = 100


class PortalTicketForms(HelpdeskTicketController):
    """The forms of the desk's portal, closed against what is not the sender's."""

    @http.route(methods=["POST"])
    def submit_ticket(self, **kw):
        return super().submit_ticket(**kw)

    def _prepare_submit_ticket_vals(self, **kw):
        """Take only what the form offers."""
        for name, allowed in (
            ("category", self._get_categories()),
            ("team", self._get_teams()),
        ):
            given = str(kw.get(name) or "")
            offered = {str(record_id) for record_id in allowed.ids} if allowed else ()
            if given not in offered:
                kw[name] = ""
        kw["subject"] = (kw.get("subject") or "").strip() or request.env._("No subject")
        kw["description"] = kw.get("description") or kw["subject"]
        values = super()._prepare_submit_ticket_vals(**kw)
        option = self._vas_get_option(kw.get("option"))
        if option:
            values.setdefault("vas_knowledge_id", option.id)
            if not values.get("category_id"):
                values["category_id"] = option.category_id.id
            if not values.get("team_id"):
                values["team_id"] = option.team_id.id
        return values

    def _vas_get_option(self, given):
        """Return the published knowledge option of a form, or none."""
        # Only published options are answered, whoever asks.
        options_sudo = request.env["vas.knowledge"].sudo()
        if not str(given or "").isdigit():
            return options_sudo
        return options_sudo.search(
            [
                ("id", "=", int(given)),
                ("is_public", "=", True),
                ("company_id", "in", (False, request.env.company.id)),
            ]
        )

    @http.route(methods=["POST"])
    def support_ticket_close(self, **kw):
        """Close a ticket one may see, in a stage that customers may choose."""
        ticket_sudo = PortalTickets._vas_get_ticket(kw.get("ticket_id"))
        if not ticket_sudo:
            raise request.not_found()
        given = str(kw.get("stage_id") or "")
        stages_sudo = ticket_sudo.team_id._get_applicable_stages()
        stage_sudo = stages_sudo.filtered(
            lambda stage: str(stage.id) == given and stage.close_from_portal
        )
        if stage_sudo and not ticket_sudo.closed:
            ticket_sudo.stage_id = stage_sudo
        return request.redirect(f"/my/ticket/{ticket_sudo.id}")


class PortalTickets(PortalListMixin, CustomerPortalHelpdesk):
    """Promises, proof, satisfaction and reopening on the ticket's portal page."""

    @staticmethod
    def _vas_get_ticket(ticket_id):
        """Return the ticket as superuser if the user may read it, else none.

        A ticket of somebody else and a ticket that is not there are answered alike.
        """
        tickets = request.env["helpdesk.ticket"]
        # No record: nothing is shown, whatever the rights.
        if not str(ticket_id or "").isdigit():
            # Empty: nothing to see.
            return tickets.sudo()
        ticket = tickets.browse(int(ticket_id)).exists()
        # Existence is asked before rights, so the rule decides on a real record.
        if not ticket or not ticket.has_access("read"):
            # Empty: nothing to see.
            return tickets.sudo()
        # Chosen fields only are shown; the user's rights were checked above.
        return ticket.sudo()

    def _vas_get_own_ticket(self, ticket_id):
        """The same for what only the customer may do, not the provider."""
        ticket_sudo = self._vas_get_ticket(ticket_id)
        customer = request.env.user.commercial_partner_id
        if ticket_sudo and ticket_sudo._vas_is_customer(customer):
            return ticket_sudo
        return ticket_sudo.browse()

    def _ticket_get_page_view_values(self, ticket, access_token, **kwargs):
        values = super()._ticket_get_page_view_values(ticket, access_token, **kwargs)
        user = request.env.user
        partner = user.commercial_partner_id
        customer = access_token or ticket._vas_is_customer(partner)
        signed_in = not user._is_public()
        provider = signed_in and ticket._vas_is_provider(partner)
        values.update(
            vas_promises=ticket._vas_get_portal_promises(),
            vas_question=ticket._vas_get_open_question() if customer else None,
            vas_may_reopen=bool(
                signed_in and customer and ticket._vas_may_reopen_in_portal()
            ),
            vas_may_print=signed_in and customer,
            vas_provider_contacts=(
                ticket.vas_provider_id.commercial_partner_id.child_ids
                if provider
                else None
            ),
            vas_message=kwargs.get("vas_message"),
        )
        if not (signed_in and (customer or provider)):
            # Forms that the reader's rights would refuse are not shown.
            values["closed_stages"] = values["closed_stages"].browse()
        return values

    @http.route()
    def portal_my_ticket(self, ticket_id, access_token=None, **kw):
        """Whoever is not signed in comes back here afterwards; a ticket of somebody
        else and one that is not there are answered alike."""
        if not access_token and request.env.user._is_public():
            query = urlencode({"redirect": f"/my/ticket/{ticket_id}"})
            return request.redirect(f"/web/login?{query}")
        if not access_token and not self._vas_get_ticket(ticket_id):
            raise request.not_found()
        return super().portal_my_ticket(ticket_id, access_token=access_token, **kw)

    @http.route()
    def portal_my_tickets(
        self,
        page=1,
        sortby="date",
        filterby="all",
        search="",
        search_in="all",
        groupby="none",
        **_kwargs,
    ):
        tickets = request.env["helpdesk.ticket"]
        if not tickets.has_access("read"):
            return request.redirect("/my")
        fields = self._ticket_get_groupby_mapping()
        groups = self._ticket_get_searchbar_groupby()
        values = self._prepare_portal_list(
            "helpdesk.ticket",
            "/my/tickets",
            "ticket",
            self._vas_get_status_filters(),
            self._ticket_get_searchbar_sortings(),
            groups={
                key: {**group, "field": fields.get(key)}
                for key, group in groups.items()
            },
            inputs=self._ticket_get_searchbar_inputs(),
            find=self._ticket_get_search_domain,
            page=page,
            sortby=sortby,
            filterby=filterby,
            search=search,
            search_in=search_in,
            groupby=groupby,
        )
        found, field = values["records"], values["group_field"]
        request.session["my_tickets_history"] = found.ids
        parts = [(None, found)] if found else []
        if field:
            parts = groupby_key(found, itemgetter(field))
        values["grouped_tickets"] = [tickets.concat(*rows) for _key, rows in parts]
        return request.render("helpdesk_mgmt.portal_my_tickets", values)

    def _vas_get_status_filters(self):
        """All, open, and each word that customers read for a stage, once: it finds the
        tickets of all stages that read so."""
        # Customers read the words of stages, not the stages.
        stages_sudo = request.env["helpdesk.ticket.stage"].sudo()
        by_word = stages_sudo.search(
            [("company_id", "in", (False, request.env.company.id))]
        ).grouped(lambda stage: stage._vas_get_portal_word())
        filters = {
            "all": {"label": request.env._("All"), "domain": Domain.TRUE},
            "open": {
                "label": request.env._("Open"),
                "domain": Domain("closed", "=", False),
            },
        }
        for word, stages in by_word.items():
            filters[str(stages[0].id)] = {
                "label": word,
                "domain": Domain("stage_id", "in", stages.ids),
            }
        return filters

    @http.route(
        "/my/ticket/<int:ticket_id>/promises",
        type="http",
        auth="user",
        website=True,
    )
    def vas_ticket_promises(self, ticket_id, report_type="pdf", **_kwargs):
        """The proof of the promises, without the names of those who worked on it."""
        ticket_sudo = self._vas_get_own_ticket(ticket_id)
        if not ticket_sudo or report_type not in ("html", "pdf"):
            raise request.not_found()
        return self._show_report(
            model=ticket_sudo.with_context(
                lang=request.env.lang, tz=request.env.user.tz
            ),
            report_type=report_type,
            report_ref="vas_service.action_report_ticket_proof_customer",
            download=report_type == "pdf",
        )

    @http.route(
        "/my/ticket/<int:ticket_id>/reopen",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_ticket_reopen(self, ticket_id, reason="", **_kwargs):
        ticket_sudo = self._vas_get_own_ticket(ticket_id)
        if not ticket_sudo:
            raise request.not_found()
        if ticket_sudo._vas_may_reopen_in_portal():
            ticket_sudo.action_vas_reopen()
            ticket_sudo.message_post(
                body=reason.strip() or request.env._("Opened again by the customer."),
                author_id=request.env.user.partner_id.id,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
        return request.redirect(f"/my/ticket/{ticket_id}")

    @http.route(
        "/my/ticket/<int:ticket_id>/rate",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_ticket_rate(self, ticket_id, rate="", feedback="", **_kwargs):
        """Take the one answer to the question about a ticket."""
        ticket_sudo = self._vas_get_own_ticket(ticket_id)
        question_sudo = ticket_sudo and ticket_sudo._vas_get_open_question()
        if not ticket_sudo:
            raise request.not_found()
        offered = dict(
            request.env["vas.satisfaction.request"]._fields["opinion"].selection
        )
        if question_sudo and rate in offered:
            try:
                ticket_sudo.rating_apply(
                    int(rate), rating=question_sudo.rating_id, feedback=feedback
                )
            except UserError as error:
                # Answered in another window or expired meanwhile: say so on the page.
                return request.redirect(
                    f"/my/ticket/{ticket_id}?{urlencode({'vas_message': error})}"
                )
        return request.redirect(f"/my/ticket/{ticket_id}#satisfaction")

    @http.route(
        "/my/ticket/<int:ticket_id>/provider",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_ticket_provider(self, ticket_id, contact_id="", **_kwargs):
        """The provider's staff give a task to one of themselves (TKT-02)."""
        ticket_sudo = self._vas_get_ticket(ticket_id)
        provider = request.env.user.commercial_partner_id
        if not ticket_sudo or not ticket_sudo._vas_is_provider(provider):
            raise request.not_found()
        contacts_sudo = ticket_sudo.vas_provider_id.commercial_partner_id.child_ids
        contact_sudo = contacts_sudo.filtered(lambda c: str(c.id) == contact_id)
        if contact_sudo and not ticket_sudo.closed:
            ticket_sudo.vas_provider_contact_id = contact_sudo
            ticket_sudo.message_post(
                body=request.env._("Given to %s.", contact_sudo.name),
                author_id=request.env.user.partner_id.id,
                subtype_xmlid="mail.mt_note",
            )
        return request.redirect(f"/my/ticket/{ticket_id}")

    @http.route("/my/faq", type="http", auth="user", website=True, readonly=True)
    def vas_faq(self, search="", **_kwargs):
        """Questions and answers of the knowledge base that are published."""
        domain = [
            ("is_public", "=", True),
            ("company_id", "in", (False, request.env.company.id)),
        ]
        if search:
            domain += [
                "|",
                "|",
                ("name", "ilike", search),
                ("keywords", "ilike", search),
                ("answer", "ilike", search),
            ]
        # Only what is published is searched, whatever the rights on the base.
        options_sudo = (
            request.env["vas.knowledge"].sudo().search(domain, limit=VAS_FAQ_LIMIT)
        )
        return request.render(
            "vas_service.portal_faq",
            {"options": options_sudo, "search": search, "page_name": "vas_faq"},
        )
