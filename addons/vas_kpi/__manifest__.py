{
    "name": "VAS Scorecards and Settlement",
    "summary": "Measure, score, decide and settle: every rule is a record",
    "version": "19.0.1.0.0",
    "category": "VAS/Scorecards",
    "author": "VAS suite maintainers",
    "license": "AGPL-3",
    "development_status": "Beta",
    "application": True,
    "depends": [
        "account",
        "purchase",
        "base_automation",
        "portal",
        # OCA
        "date_range",
        "base_tier_validation",
        "queue_job",
    ],
    "data": [
        "security/vas_kpi_groups.xml",
        "security/ir.model.access.csv",
        "security/vas_kpi_rules.xml",
        "data/queue_job_data.xml",
        "views/vas_kpi_menus.xml",
    ],
    "demo": [
        "demo/demo_company.xml",
    ],
}
