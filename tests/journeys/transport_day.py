"""A day of transport orders, the same in every run, and its board."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

GOODS = ("茶叶 Tea", "轮胎 Tyres", "瓷砖 Tiles", "纸箱 Cartons", "家电 Appliances")
CITIES = ("SH", "NJ", "HF", "WX", "SZ", "HZ")
#: Towns and counties of the day: code, name, level, latitude, longitude.
TOWNS = [
    (f"T{number:02}", f"{place}{kind}", level, latitude, longitude)
    for number, (place, kind, level, latitude, longitude) in enumerate(
        (
            ("长丰", "县", "county", 32.48, 117.16),
            ("肥东", "县", "county", 31.88, 117.46),
            ("巢湖", "市", "county", 31.60, 117.87),
            ("和县", "县", "county", 31.74, 118.35),
            ("句容", "市", "county", 31.95, 119.16),
            ("丹阳", "市", "county", 32.00, 119.57),
            ("溧阳", "市", "county", 31.42, 119.48),
            ("宜兴", "市", "county", 31.34, 119.82),
            ("江阴", "市", "county", 31.91, 120.28),
            ("张家港", "市", "county", 31.87, 120.55),
            ("常熟", "市", "county", 31.65, 120.75),
            ("太仓", "市", "county", 31.45, 121.11),
            ("嘉善", "县", "county", 30.84, 120.92),
            ("桐乡", "市", "county", 30.63, 120.56),
            ("德清", "县", "county", 30.54, 119.97),
            ("安吉", "县", "county", 30.63, 119.68),
            ("安亭", "镇", "town", 31.30, 121.16),
            ("盛泽", "镇", "town", 30.91, 120.65),
            ("周庄", "镇", "town", 31.12, 120.85),
            ("甪直", "镇", "town", 31.27, 120.86),
            ("塘栖", "镇", "town", 30.48, 120.19),
            ("震泽", "镇", "town", 30.92, 120.50),
        ),
        1,
    )
]
#: The city that serves each town.
HOME = dict(
    zip(
        (town[0] for town in TOWNS),
        "HF HF HF NJ NJ WX WX WX WX SZ SZ SH SH HZ HZ HZ SH SZ SH SZ HZ SZ".split(),
        strict=True,
    )
)


def orders(count: int, shippers: list[Any], mark: str, seed: int = 300) -> list[dict]:
    """Rows as the interface for other systems takes them.

    :param shippers: what names each customer (name, reference or id)
    :param mark: begins every customer reference, unique per run
    """
    chance = random.Random(seed)
    rows = []
    for number in range(count):
        # Half of the goods go between cities, half between a town and its city.
        origin, destination = chance.sample(CITIES, 2)
        if chance.random() < 0.5:
            town = chance.choice(TOWNS)
            origin, destination = HOME[town[0]], town[0]
            if chance.random() < 0.3:
                origin, destination = destination, origin
        rows.append(
            {
                "shipper": chance.choice(shippers),
                "reference": f"{mark}-{number:03}",
                "origin": origin,
                "destination": destination,
                "cargo_class": "general",
                "goods": chance.choice(GOODS),
                "pieces": chance.randint(2, 40),
                "kg": chance.randint(40, 700),
                "m3": chance.randint(2, 30) / 10,
            }
        )
    return rows


def import_file(rows: list[dict]) -> bytes:
    """The same rows as a file with the headings of the template."""
    headings = {
        "shipper": "Shipper",
        "reference": "Customer Reference",
        "origin": "Origin",
        "destination": "Destination",
        "goods": "Goods",
        "pieces": "Pieces",
        "kg": "Declared Weight (kg)",
        "m3": "Declared Volume (m³)",
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, headings.values())
    writer.writeheader()
    for row in rows:
        writer.writerow({label: row[name] for name, label in headings.items()})
    return text.getvalue().encode()


def unfold_trips(page: Any) -> None:
    """Show what rides on each trip: a full board begins with a line for each."""
    page.locator(".o_vas_lane").first.wait_for(timeout=90_000)
    fold = page.locator(".o_vas_fold")
    if fold.get_attribute("aria-pressed") == "true":
        fold.click()
    page.locator(".o_vas_lane .o_vas_order").first.wait_for()
