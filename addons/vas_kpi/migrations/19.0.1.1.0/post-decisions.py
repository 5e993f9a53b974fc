from odoo import SUPERUSER_ID, api

PORTAL = [
    ("state", "in", ("published", "superseded")),
    ("published_on", "!=", False),
    ("scorecard_id.show_to_subject", "=", True),
]


def migrate(cr, version):
    """Give results of before what decisions of now look at.

    Results that were published stay visible in the portal; their standing is their
    score, and their band held is the one the points gave.
    """
    cr.execute(
        """
        UPDATE vas_assessment
           SET published_on = COALESCE(confirmed_on, write_date)
         WHERE state = 'published' AND published_on IS NULL
        """
    )
    cr.execute(
        """
        UPDATE vas_assessment
           SET standing = score, standing_band_id = computed_band_id
         WHERE has_score AND standing_band_id IS NULL
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name, prefix in (
        ("vas_assessment_rule_portal", ""),
        ("vas_assessment_line_rule_portal", "assessment_id."),
    ):
        rule = env.ref(f"vas_kpi.{name}", raise_if_not_found=False)
        if rule and "published_on" not in rule.domain_force:
            conditions = [repr((prefix + path, *rest)) for path, *rest in PORTAL]
            conditions.append(
                f"('{prefix}partner_id', 'child_of', [user.commercial_partner_id.id])"
            )
            rule.domain_force = f"[{', '.join(conditions)}]"
