from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.addons.portal.controllers.portal import pager as portal_pager


class PortalScorecard(CustomerPortal):
    """What rated partners see of their published results, and how they appeal.

    Record rules decide what a user finds; only then the page reads the definitions
    behind it as superuser.
    """

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "vas_scorecard_count" in counters:
            values["vas_scorecard_count"] = self._count_scorecards()
        return values

    def _count_scorecards(self):
        model = request.env["vas.assessment"]
        if not model.has_access("read"):
            return 0
        return model.search_count(self._get_scorecard_domain())

    def _get_scorecard_domain(self):
        return [("state", "=", "published")]

    def _get_scorecard_filters(self):
        return {
            "current": {
                "label": request.env._("In force"),
                "domain": self._get_scorecard_domain(),
            },
            "all": {
                "label": request.env._("With replaced results"),
                "domain": [("state", "in", ("published", "superseded"))],
            },
        }

    def _get_scorecard_sortings(self):
        return {
            "date": {
                "label": request.env._("Newest"),
                "order": "date_to desc, revision desc, id",
            },
            "score": {
                "label": request.env._("Lowest score"),
                "order": "score, date_to desc, id",
            },
        }

    @http.route(
        ["/my/scorecards", "/my/scorecards/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
        readonly=True,
    )
    def portal_my_scorecards(self, page=1, sortby="date", filterby="current", **_kw):
        """List the published results of the user's company."""
        filters = self._get_scorecard_filters()
        sortings = self._get_scorecard_sortings()
        filterby = filterby if filterby in filters else "current"
        sortby = sortby if sortby in sortings else "date"
        domain = filters[filterby]["domain"]
        model = request.env["vas.assessment"]
        pager = portal_pager(
            url="/my/scorecards",
            url_args={"sortby": sortby, "filterby": filterby},
            total=model.search_count(domain),
            page=page,
            step=self._items_per_page,
        )
        assessments = model.search(
            domain,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=pager["offset"],
        )
        values = self._prepare_portal_layout_values()
        # Found by the user's own rights; the definitions are read for the page.
        values.update(
            assessments=assessments.sudo(),
            page_name="vas_scorecards",
            pager=pager,
            default_url="/my/scorecards",
            searchbar_sortings=sortings,
            sortby=sortby,
            searchbar_filters=filters,
            filterby=filterby,
        )
        return request.render("vas_kpi.portal_my_scorecards", values)

    def _find_scorecard(self, assessment_id):
        """Return the result as superuser when the user may see it, else none."""
        found = request.env["vas.assessment"].search([("id", "=", assessment_id)])
        # Found by the user's own rights; the definitions are read for the page.
        return found.sudo()

    def _render_missing_scorecard(self):
        values = self._prepare_portal_layout_values()
        response = request.render("vas_kpi.portal_scorecard_missing", values)
        response.status_code = 404
        return response

    @http.route(
        "/my/scorecards/<int:assessment_id>", type="http", auth="user", website=True
    )
    def portal_scorecard(self, assessment_id, report_type=None, download=False, **kw):
        """Show one published result with its figures."""
        assessment_sudo = self._find_scorecard(assessment_id)
        if not assessment_sudo:
            return self._render_missing_scorecard()
        if report_type in ("html", "pdf", "text"):
            return self._show_report(
                model=assessment_sudo,
                report_type=report_type,
                report_ref="vas_kpi.action_report_vas_assessment",
                download=download,
            )
        return self._render_scorecard(assessment_sudo, **kw)

    def _render_scorecard(self, assessment_sudo, **kw):
        values = self._prepare_portal_layout_values()
        values.update(
            assessment=assessment_sudo,
            page_name="vas_scorecards",
            obstacle=assessment_sudo._get_appeal_obstacle(),
            appeals=assessment_sudo.appeal_ids
            | assessment_sudo.revision_of_id.appeal_ids,
            submitted=kw.get("submitted"),
            error=kw.get("error"),
            claim=kw.get("claim"),
        )
        return request.render("vas_kpi.portal_my_scorecard", values)

    @http.route(
        "/my/scorecards/<int:assessment_id>/appeal",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_scorecard_appeal(self, assessment_id, claim="", **post):
        """Submit an appeal; files and claimed values are its evidence."""
        assessment_sudo = self._find_scorecard(assessment_id)
        if not assessment_sudo:
            return self._render_missing_scorecard()
        claims = [
            (line.id, (post.get(f"claimed_{line.id}") or "").strip())
            for line in assessment_sudo.line_ids
        ]
        files = [
            (file.filename, file.read())
            for file in request.httprequest.files.getlist("evidence")
            if file.filename
        ]
        try:
            with request.env.cr.savepoint():
                assessment_sudo._submit_appeal(
                    claim, [item for item in claims if item[1]], files
                )
        except (UserError, ValidationError) as error:
            return self._render_scorecard(
                assessment_sudo, error=str(error), claim=claim
            )
        return request.redirect(f"/my/scorecards/{assessment_id}?submitted=1#appeals")
