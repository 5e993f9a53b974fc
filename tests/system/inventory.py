"""Everything an installed addon leaves in a database, as comparable sets."""

from odoo_server import ADDONS, rows

#: name of the set → query giving its members as text
SETS = {
    "tables and views": """
        SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')""",
    "columns": """
        SELECT table_name || '.' || column_name FROM information_schema.columns
         WHERE table_schema = 'public'""",
    "constraints": """
        SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace AND conrelid <> 0""",
    "indexes": """
        SELECT tablename || ': ' || indexname FROM pg_indexes
         WHERE schemaname = 'public'""",
    "sequences": """
        SELECT relname FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind = 'S'
           AND relname NOT LIKE 'base_registry_signaling%'
           AND relname NOT LIKE 'base_cache_signaling%'""",
    "functions": """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace""",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model || '.' || name FROM ir_model_fields",
    "selection values": """
        SELECT f.model || '.' || f.name || '=' || s.value
          FROM ir_model_fields_selection s
          JOIN ir_model_fields f ON f.id = s.field_id""",
    # Odoo itself leaves identifiers of core modules behind, without their records,
    # for every model of anybody that used a mixin of theirs (mail.thread …).
    "external identifiers": """
        SELECT module || '.' || name FROM ir_model_data
         WHERE module LIKE 'vas\\_%'
            OR model NOT IN ('ir.model.inherit', 'ir.model.fields.selection')""",
    "menus": "SELECT id || ' ' || (name->>'en_US') FROM ir_ui_menu",
    "actions": "SELECT type || ' ' || id || ' ' || (name->>'en_US') FROM ir_actions",
    "views": "SELECT id || ' ' || name FROM ir_ui_view",
    "groups": "SELECT id || ' ' || (name->>'en_US') FROM res_groups",
    "privileges": "SELECT id || ' ' || (name->>'en_US') FROM res_groups_privilege",
    "access rights": "SELECT id || ' ' || name FROM ir_model_access",
    "record rules": "SELECT id || ' ' || name FROM ir_rule",
    "scheduled actions": "SELECT id || ' ' || cron_name FROM ir_cron",
    "automation rules": "SELECT id || ' ' || (name->>'en_US') FROM base_automation",
    "mail templates": "SELECT id || ' ' || (name->>'en_US') FROM mail_template",
    "subtypes": "SELECT id || ' ' || (name->>'en_US') FROM mail_message_subtype",
    "activity types": "SELECT id || ' ' || (name->>'en_US') FROM mail_activity_type",
    "numbering": "SELECT id || ' ' || name FROM ir_sequence",
    "parameters": "SELECT key FROM ir_config_parameter",
    "assets": "SELECT id || ' ' || path FROM ir_asset",
    "job channels": "SELECT id || ' ' || complete_name FROM queue_job_channel",
    "job functions": "SELECT id || ' ' || name FROM queue_job_function",
}

#: Documents of a used database stay while others refer to them: a customer with
#: invoices, a product that was delivered. Odoo keeps them on purpose.
BUSINESS_MODELS = (
    "contract.contract",
    "contract.line",
    "fleet.vehicle",
    "fleet.vehicle.model",
    "fleet.vehicle.model.brand",
    "fsm.location",
    "hr.employee",
    "product.product",
    "product.template",
    "res.company",
    "res.partner",
    "stock.location",
    "stock.lot",
    "stock.picking",
    "stock.picking.type",
    "stock.warehouse",
)

#: References by name to a record of any model: (table, column with the model).
GENERIC_REFERENCES = (
    ("mail_message", "model"),
    ("mail_activity", "res_model"),
    ("mail_followers", "res_model"),
    ("ir_attachment", "res_model"),
    ("ir_model_data", "model"),
    ("ir_property", "res_model"),
    ("ir_filters", "model_id"),
    ("rating_rating", "res_model"),
)


def take(database: str) -> dict[str, set[str]]:
    """All sets of one database."""
    return {
        name: {str(row[0]) for row in rows(database, query)}
        for name, query in SETS.items()
    }


def differences(before: dict[str, set], after: dict[str, set]) -> list[str]:
    """What was added or lost between two inventories, one line each."""
    found = []
    for name, members in before.items():
        found += [f"left over in {name}: {m}" for m in sorted(after[name] - members)]
        found += [f"lost from {name}: {m}" for m in sorted(members - after[name])]
    return found


def traces(database: str, addon: str) -> list[str]:
    """What still names an addon, or its models, after it was uninstalled.

    Models belong to the addon that defines them: ``vas.<name>`` of an addon that is
    gone must not be named by any message, attachment, activity or identifier.
    """
    found = [
        f"external identifier {module}.{name} ({model})"
        for module, name, model in rows(
            database,
            "SELECT module, name, model FROM ir_model_data "
            "WHERE module = %s AND model <> ALL(%s)",
            (addon, list(BUSINESS_MODELS)),
        )
    ]
    found += [
        f"external identifier {module}.{name} of a record that is gone ({model})"
        for module, name, model in dangling_identifiers(database, addon)
    ]
    existing = {row[0] for row in rows(database, "SELECT model FROM ir_model")}
    tables = {row[0] for row in rows(database, SETS["tables and views"])}
    for table, column in GENERIC_REFERENCES:
        if table not in tables:
            continue
        used = rows(
            database,
            f"SELECT {column}, count(*) FROM {table} "  # noqa: S608 - constants above
            f"WHERE {column} LIKE 'vas.%' GROUP BY {column}",
        )
        found += [
            f"{count} rows of {table} about {model}"
            for model, count in used
            if model not in existing
        ]
    return found


def dangling_identifiers(database: str, addon: str) -> list[tuple[str, str, str]]:
    """Identifiers of kept business documents whose record does not exist any more."""
    found = []
    for model in BUSINESS_MODELS:
        table = model.replace(".", "_")
        found += rows(
            database,
            "SELECT module, name, model FROM ir_model_data d "
            "WHERE module = %s AND model = %s AND NOT EXISTS "
            f"(SELECT FROM {table} t WHERE t.id = d.res_id)",  # noqa: S608 - listed
            (addon, model),
        )
    return found


def installed(database: str) -> set[str]:
    """Which of our addons the database calls installed."""
    return {
        row[0]
        for row in rows(
            database,
            "SELECT name FROM ir_module_module WHERE state = 'installed' "
            "AND name = ANY(%s)",
            (list(ADDONS),),
        )
    }
