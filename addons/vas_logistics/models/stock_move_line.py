from odoo import models
from odoo.exceptions import UserError

#: What the people who signed a slip answer for.
SIGNED = {"lot_id", "owner_id", "quantity", "product_id", "location_id", "package_id"}


class StockMoveLine(models.Model):
    """Lines of a slip: in order of arrival, and as they were signed."""

    _inherit = "stock.move.line"

    def write(self, vals):
        """A completed slip stays as it was signed, also when it is unlocked."""
        if SIGNED & vals.keys():
            done = self.filtered(lambda line: line.state == "done")
            for picking in done.move_id.picking_id:
                # Who changes a line need not be allowed to read signatures.
                signatures_sudo = picking.sudo().vas_signature_ids
                if signatures_sudo:
                    raise UserError(
                        self.env._(
                            "%(transfer)s is completed and signed. Make a return"
                            " instead of changing what was signed.",
                            transfer=picking.name,
                        )
                    )
        return super().write(vals)

    def _check_vas_older(self, taken, left, since):
        """Refuse this line while an older lot of the same goods and owner stays.

        :param taken: ``{(product, owner, lot): pieces}`` that leave now
        :param left: the same for the stock before, ``since`` for its arrival
        """
        self.ensure_one()
        own = self.product_id, self.owner_id, self.lot_id
        if own not in since:
            return
        compare = self.product_id.uom_id.compare
        older = [
            key
            for key in since
            if key[:2] == own[:2]
            and since[key] < since[own]
            and compare(left[key], taken.get(key, 0)) > 0
        ]
        if older:
            raise UserError(
                self.env._(
                    "%(transfer)s: lot %(lot)s of %(product)s must wait. Lot"
                    " %(older)s came in earlier and is still in stock.",
                    transfer=self.move_id.picking_id.name,
                    lot=self.lot_id.name,
                    product=self.product_id.display_name,
                    older=min(older, key=since.get)[2].name,
                )
            )
