from http import HTTPStatus

from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager


class PortalListMixin:
    """A list of the user's own records in the portal: filtered, sorted, in pages; if
    wanted, grouped and searched."""

    def _count_portal_records(self, model_name, domain=()):
        """Return how many the user may see; none when the model is closed to them."""
        model = request.env[model_name]
        return model.search_count(list(domain)) if model.has_access("read") else 0

    def _prepare_portal_list(
        self,
        model_name,
        url,
        page_name,
        filters,
        sortings,
        *,
        groups=None,
        inputs=None,
        find=None,
        **kw,
    ):
        """Return the values of a list page, without the records' own name.

        :param filters: ``{key: {"label", "domain"}}``; an unknown choice is the first.
        :param sortings: ``{key: {"label", "order"}}``; likewise.
        :param groups: ``{key: {"label", "field"}}``, a list that is grouped.
        :param inputs: ``{key: {"label", "input"}}``, a list that is searched.
        :param find: ``find(search_in, search)`` answers the domain of what is searched.
        :param kw: ``page``, ``sortby``, ``filterby`` … of the address.
        :return: the values; the records of the page are ``records``, the field that
            groups them is ``group_field``.
        """
        offered = {
            "sortby": sortings,
            "filterby": filters,
            "groupby": groups,
            "search_in": inputs,
        }
        # What is typed into the address and means nothing is left out.
        arguments = {
            name: kw[name] if kw.get(name) in choices else next(iter(choices))
            for name, choices in offered.items()
            if choices
        }
        domain = Domain(filters[arguments["filterby"]]["domain"])
        order = sortings[arguments["sortby"]]["order"]
        group_field = groups and groups[arguments["groupby"]]["field"]
        if group_field:
            order = f"{group_field}, {order}"
        if find:
            arguments["search"] = kw.get("search") or ""
            if arguments["search"]:
                domain &= find(arguments["search_in"], arguments["search"])
        pager = portal_pager(
            url=url,
            url_args=arguments,
            total=self._count_portal_records(model_name, domain),
            page=kw.get("page", 1),
            step=self._items_per_page,
        )
        records = request.env[model_name]
        if records.has_access("read"):
            records = records.search(
                domain,
                order=order,
                limit=self._items_per_page,
                offset=pager["offset"],
            )
        return {
            **self._prepare_portal_layout_values(),
            "records": records,
            "page_name": page_name,
            "pager": pager,
            "default_url": url,
            "searchbar_sortings": sortings,
            "searchbar_filters": filters,
            "searchbar_groupby": groups,
            "searchbar_inputs": inputs,
            "group_field": group_field,
            **arguments,
        }

    def _find_portal_record(self, model_name, record_id):
        """Return the record as superuser when the user may see it, else none."""
        model = request.env[model_name]
        if not model.has_access("read"):
            return model
        # Found by the user's own rights; what is behind it is read for the page.
        return model.search([("id", "=", record_id)]).sudo()

    def _render_missing(self, template):
        """Answer alike for what is not there and for what is somebody else's."""
        response = request.render(template, self._prepare_portal_layout_values())
        response.status_code = HTTPStatus.NOT_FOUND
        return response

    def _get_uploads(self):
        """Return ``[(name, content)]`` of the files sent as evidence."""
        return [
            (file.filename, file.read())
            for file in request.httprequest.files.getlist("evidence")
            if file.filename
        ]

    def _show_portal_report(self, record_sudo, report_ref, report_type, download):
        """Return the printed form when the address asks for it, else None."""
        if report_type not in ("html", "pdf", "text"):
            return None
        return self._show_report(
            model=record_sudo,
            report_type=report_type,
            report_ref=report_ref,
            download=download,
        )
