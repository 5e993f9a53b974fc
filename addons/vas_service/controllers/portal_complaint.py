from odoo import http
from odoo.http import request
from odoo.tools import plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class PortalComplaints(CustomerPortal):
    """Complaints and suggestions of a customer, and those about a provider (CMP-09)."""

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_complaint_count" in counters:
            complaints = request.env["vas.complaint"]
            values["vas_complaint_count"] = (
                complaints.search_count([]) if complaints.has_access("read") else 0
            )
        return values

    @http.route(
        ["/my/complaints", "/my/complaints/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def vas_complaints(self, page=1, **_kwargs):
        complaints = request.env["vas.complaint"]
        if not complaints.has_access("read"):
            return request.redirect("/my")
        pager = portal_pager(
            url="/my/complaints",
            total=complaints.search_count([]),
            page=page,
            step=self._items_per_page,
        )
        found = complaints.search(
            [], limit=self._items_per_page, offset=pager["offset"]
        )
        values = self._prepare_portal_layout_values()
        # The rule chose the records; names of partners are read as superuser.
        values.update(
            complaints=found.sudo(),
            pager=pager,
            page_name="vas_complaint",
            default_url="/my/complaints",
        )
        return request.render("vas_service.portal_my_complaints", values)

    @http.route(
        "/my/complaint/<int:complaint_id>", type="http", auth="user", website=True
    )
    def vas_complaint(self, complaint_id, **_kwargs):
        complaint = request.env["vas.complaint"].browse(complaint_id).exists()
        if not complaint or not complaint.has_access("read"):
            raise request.not_found()
        values = self._prepare_portal_layout_values()
        # Chosen fields only are shown; the reader's rights were checked above.
        complaint_sudo = complaint.sudo()
        own = complaint_sudo.partner_id.commercial_partner_id
        values.update(
            complaint=complaint_sudo,
            object=complaint_sudo,
            page_name="vas_complaint",
            vas_is_own=own == request.env.user.commercial_partner_id,
        )
        return request.render("vas_service.portal_complaint_page", values)

    @http.route("/my/complaint/new", type="http", auth="user", website=True)
    def vas_complaint_new(self, **kwargs):
        values = self._prepare_portal_layout_values()
        values.update(
            page_name="vas_complaint",
            providers=self._vas_get_providers(),
            given=kwargs,
        )
        return request.render("vas_service.portal_complaint_new", values)

    def _vas_get_providers(self):
        """Return the providers that served the customer, the only ones to choose."""
        # Only names of those who served the reader are shown.
        tickets_sudo = request.env["helpdesk.ticket"].sudo()
        partner = request.env.user.commercial_partner_id
        groups = tickets_sudo._read_group(
            [
                ("partner_id", "child_of", partner.ids),
                ("vas_provider_id", "!=", False),
            ],
            ["vas_provider_id"],
        )
        # Of service companies only those of the reader's own tickets are named.
        providers = request.env["res.partner"].sudo()
        return providers.union(*(provider for (provider,) in groups))

    @http.route(
        "/my/complaint/submit",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def vas_complaint_submit(self, **kw):
        subject = (kw.get("subject") or "").strip()
        text = (kw.get("description") or "").strip()
        kind = kw.get("kind")
        # A customer creates without rights on the model; every value is checked here.
        complaints_sudo = request.env["vas.complaint"].sudo()
        kinds = dict(complaints_sudo._fields["kind"].selection)
        if not subject or not text or kind not in kinds:
            return request.redirect("/my/complaint/new?missing=1")
        provider_sudo = self._vas_get_providers().filtered(
            lambda partner: str(partner.id) == kw.get("about_partner_id")
        )
        user = request.env.user
        complaint_sudo = complaints_sudo.create(
            {
                "name": subject,
                "description": plaintext2html(text),
                "kind": kind,
                "channel": "portal",
                "company_id": request.env.company.id,
                "partner_id": user.partner_id.id,
                "about_partner_id": provider_sudo.id,
                "about_desk": bool(kw.get("about_desk")),
                "ticket_ref": (kw.get("ticket_ref") or "").strip(),
            }
        )
        complaint_sudo.message_subscribe(partner_ids=user.partner_id.ids)
        return request.redirect(f"/my/complaint/{complaint_sudo.id}")
