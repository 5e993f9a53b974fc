"""Routing level and handler of a transport order (catalogue ORD-03, ORD-04)."""

LEVELS = ("town", "county", "city", "province")
FIELDS = {
    "id",
    "source",
    "origin_level",
    "destination_level",
    "expected_level",
    "expected_handler",
}


def run(env, case: dict) -> list[str]:
    """Create an order between two outlets of these levels and compare its routing."""
    _check_format(case)
    company = env.company
    levels = {
        level.code: level
        for level in env["vas.outlet.level"].search([("code", "in", LEVELS)])
    }
    origin, destination = env["vas.outlet"].create(
        [
            {
                "name": f"{end} {case[f'{end}_level']}",
                "code": f"CASE-{end}",
                "level_id": levels[case[f"{end}_level"]].id,
                "company_id": company.id,
            }
            for end in ("origin", "destination")
        ]
    )
    order = env["stock.picking"].create(
        {
            "picking_type_id": env["stock.picking.type"]
            ._get_vas_transport_type(company)
            .id,
            "owner_id": env["res.partner"].create({"name": "Shipper"}).id,
            "vas_origin_id": origin.id,
            "vas_destination_id": destination.id,
        }
    )
    differences = []
    for field, key in (
        ("vas_routing_code", "expected_level"),
        ("vas_handler", "expected_handler"),
    ):
        if order[field] != case[key]:
            differences.append(f"{key}: expected {case[key]}, got {order[field]}")
    return differences


def _check_format(case: dict) -> None:
    unknown = set(case) - FIELDS
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    for key in ("origin_level", "destination_level"):
        if case.get(key) not in LEVELS:
            raise ValueError(f"{key}: expected one of {', '.join(LEVELS)}")
    if "_" not in str(case.get("expected_level")):
        raise ValueError("expected_level: expected a word such as city_county")
    if case.get("expected_handler") not in ("outlet", "centre"):
        raise ValueError("expected_handler: expected outlet or centre")
