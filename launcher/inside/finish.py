"""Finish a database: assets for the first page and, if it is new, the administrator.

Arguments of a new database: the administrator's password and language, and the XML id
of the company to work in (it may be missing).
"""

import sys

from odoo_env import environment, split_arguments


def set_up_administrator(env, password: str, language: str, company_xmlid: str) -> None:
    """Give the administrator a password, a language and the company to work in."""
    admin = env.ref("base.user_admin")
    values = {"password": password, "lang": language}
    company = env.ref(company_xmlid, raise_if_not_found=False)
    if company:
        values["company_ids"] = [(4, company.id)]
        values["company_id"] = company.id
        values["tz"] = company.partner_id.tz or "Asia/Shanghai"
    admin.write(values)


def main() -> int:
    """Do it on the database of the Odoo options."""
    own, odoo_arguments = split_arguments()
    with environment(odoo_arguments) as env:
        if own:
            set_up_administrator(env, *own)
        env["ir.qweb"]._pregenerate_assets_bundles()
    return 0


if __name__ == "__main__":
    sys.exit(main())
