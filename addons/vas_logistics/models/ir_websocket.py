import re

from odoo import models

BOARD = re.compile(r"vas_board_(\d+)")


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        return super()._build_bus_channel_list(self._get_vas_boards(channels))

    def _get_vas_boards(self, channels):
        """Boards hear of the plans that their reader may read."""
        asked = {
            channel: int(match[1])
            for channel in channels
            if isinstance(channel, str) and (match := BOARD.fullmatch(channel))
        }
        kept = [channel for channel in channels if channel not in asked]
        plans = self.env["vas.codelivery.plan"]
        if asked and plans.has_access("read"):
            plans = plans.browse(asked.values()).exists()
            kept.extend(plans._filtered_access("read"))
        return kept
