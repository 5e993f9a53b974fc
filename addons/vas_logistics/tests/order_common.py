from .common import LogisticsCommon


class OrderCommon(LogisticsCommon):
    """Rows as they come from outside, and how they are entered."""

    def row(self, **values):
        return {
            "shipper": self.shipper1.name,
            "origin": "A",
            "destination": "C",
            "goods": "Bottled water",
            "pieces": 12,
            "kg": 600,
            "m3": 2.5,
            **values,
        }

    def place(self, *rows):
        return self.env["stock.picking"].vas_place_orders(list(rows))
