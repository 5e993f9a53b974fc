from http import HTTPStatus

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class PortalSettlement(CustomerPortal):
    """Vendors see what they are paid and why, and agree or dispute line by line.

    Record rules decide what a user finds; only then the page reads what is behind it
    as superuser.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_settlement_count" in counters:
            model = request.env["vas.settlement"]
            values["vas_settlement_count"] = (
                model.search_count([]) if model.has_access("read") else 0
            )
        return values

    def _get_settlement_filters(self):
        return {
            "all": {"label": request.env._("All"), "domain": []},
            "open": {
                "label": request.env._("To answer"),
                "domain": [("vendor_agreed_on", "=", False)],
            },
            "disputed": {
                "label": request.env._("In dispute"),
                "domain": [("dispute_ids.state", "=", "open")],
            },
        }

    def _get_settlement_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "date_to desc, id desc",
            },
            "amount": {
                "label": request.env._("Largest amount"),
                "order": "total desc, id desc",
            },
        }

    @http.route(
        ["/my/settlements", "/my/settlements/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_settlements(self, page=1, sortby="date", filterby="all", **_kw):
        """List the settlements that are shown to the user's company."""
        filters, sortings = (
            self._get_settlement_filters(),
            self._get_settlement_sortings(),
        )
        filterby = filterby if filterby in filters else "all"
        sortby = sortby if sortby in sortings else "date"
        model = request.env["vas.settlement"]
        domain = filters[filterby]["domain"]
        readable = model.has_access("read")
        pager = portal_pager(
            url="/my/settlements",
            url_args={"sortby": sortby, "filterby": filterby},
            total=model.search_count(domain) if readable else 0,
            page=page,
            step=self._items_per_page,
        )
        settlements = model
        if readable:
            settlements = model.search(
                domain,
                order=sortings[sortby]["order"],
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        values = self._prepare_portal_layout_values()
        # Found by the user's own rights; the agreement is read for the page.
        values.update(
            settlements=settlements.sudo(),
            page_name="vas_settlements",
            pager=pager,
            default_url="/my/settlements",
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_filters=filters,
            filterby=filterby,
        )
        return request.render("vas_kpi.portal_my_settlements", values)

    def _find_settlement(self, settlement_id):
        """Return the settlement as superuser when the user may see it, else none."""
        model = request.env["vas.settlement"]
        if not model.has_access("read"):
            return model
        # Found by the user's own rights; the agreement is read for the page.
        return model.search([("id", "=", settlement_id)]).sudo()

    def _render_missing_settlement(self):
        values = self._prepare_portal_layout_values()
        response = request.render("vas_kpi.portal_settlement_missing", values)
        response.status_code = HTTPStatus.NOT_FOUND
        return response

    @http.route(
        "/my/settlements/<int:settlement_id>", type="http", auth="user", website=True
    )
    def portal_settlement(self, settlement_id, report_type=None, download=False, **kw):
        """Show one settlement with the calculation of every line."""
        settlement_sudo = self._find_settlement(settlement_id)
        if not settlement_sudo:
            return self._render_missing_settlement()
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                model=settlement_sudo,
                report_type=report_type,
                report_ref="vas_kpi.action_report_vas_settlement",
                download=download,
            )
        return self._render_settlement(settlement_sudo, done=kw.get("done"))

    def _render_settlement(self, settlement_sudo, **kw):
        values = self._prepare_portal_layout_values()
        values.update(
            settlement=settlement_sudo,
            can_answer=settlement_sudo._can_answer(),
            page_name="vas_settlements",
            done=kw.get("done"),
            error=kw.get("error"),
            line_id=kw.get("line_id"),
            reason=kw.get("reason"),
        )
        return request.render("vas_kpi.portal_my_settlement", values)

    def _answer(self, settlement_id, line_id, answer, done, reason=""):
        """Carry out an answer; a refusal is shown on the page, nothing half-done."""
        settlement_sudo = self._find_settlement(settlement_id)
        if not settlement_sudo:
            return self._render_missing_settlement()
        lines_sudo = settlement_sudo.line_ids
        if line_id:
            lines_sudo = lines_sudo.filtered(lambda line: str(line.id) == line_id)
            if not lines_sudo:
                return self._render_missing_settlement()
        try:
            with request.env.cr.savepoint():
                answer(settlement_sudo, lines_sudo)
        except (UserError, ValidationError) as error:
            return self._render_settlement(
                settlement_sudo, error=str(error), line_id=line_id, reason=reason
            )
        return request.redirect(f"/my/settlements/{settlement_id}?done={done}")

    @http.route(
        "/my/settlements/<int:settlement_id>/agree",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_settlement_agree(self, settlement_id, line_id="", **_post):
        """Agree to one line, or to all that is not in dispute."""
        return self._answer(
            settlement_id,
            line_id,
            lambda settlement_sudo, lines_sudo: settlement_sudo._agree(lines_sudo),
            "agreed",
        )

    @http.route(
        "/my/settlements/<int:settlement_id>/dispute",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_settlement_dispute(
        self, settlement_id, line_id="", reason="", claimed="", **_post
    ):
        """Dispute one line with reason, claimed amount and evidence."""
        files = [
            (file.filename, file.read())
            for file in request.httprequest.files.getlist("evidence")
            if file.filename
        ]

        def answer(settlement_sudo, lines_sudo):
            settlement_sudo._dispute_by_vendor(lines_sudo[:1], reason, claimed, files)

        if not line_id:
            return self._render_missing_settlement()
        return self._answer(settlement_id, line_id, answer, "disputed", reason)
