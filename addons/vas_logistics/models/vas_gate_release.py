from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_compare


class VasGateRelease(models.Model):
    """The gate lets a trip out: counted goods equal the slip (DOC-07).

    The stock-out slip stays with the gate (AMB-48). A trip is released once, for good.
    """

    _name = "vas.gate.release"
    _description = "Gate Release"
    _inherit = ["vas.lock.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    batch_id = fields.Many2one(
        comodel_name="stock.picking.batch",
        string="Trip",
        required=True,
        ondelete="restrict",
        check_company=True,
        domain="[('picking_type_id.vas_is_transport', '=', True),"
        " ('state', '=', 'in_progress'), ('vas_gate_date', '=', False)]",
    )
    company_id = fields.Many2one(
        related="batch_id.company_id", store=True, index=True, precompute=True
    )
    vehicle_id = fields.Many2one(related="batch_id.vehicle_id")
    driver_id = fields.Many2one(related="batch_id.driver_id")
    user_id = fields.Many2one(
        comodel_name="res.users",
        string="Released By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    date = fields.Datetime(
        string="Released On",
        required=True,
        readonly=True,
        default=fields.Datetime.now,
    )
    expected = fields.Float(
        string="Pieces on the Slip",
        compute="_compute_expected",
        store=True,
        precompute=True,
        digits="Product Unit",
    )
    counted = fields.Float(
        string="Pieces Counted", required=True, digits="Product Unit"
    )
    slip_kept = fields.Boolean(help="The stock-out slip stays at the gate.")
    note = fields.Char()

    _batch_uniq = models.UniqueIndex(
        "(batch_id)", "The gate has already released this trip."
    )

    @api.depends("batch_id")
    def _compute_expected(self):
        for release in self:
            # What the gate counted against must not change when orders do later.
            release.expected = release.batch_id._get_vas_gate_quantity()

    @api.depends("batch_id")
    def _compute_display_name(self):
        for release in self:
            release.display_name = release.batch_id.name

    @api.model_create_multi
    def create(self, vals_list):
        """Refuse what does not agree; nothing is written then."""
        for vals in vals_list:
            if not self.env.su:
                vals["user_id"] = self.env.user.id
                vals["date"] = fields.Datetime.now()
        batches = self.env["stock.picking.batch"].browse(
            [vals["batch_id"] for vals in vals_list if vals.get("batch_id")]
        )
        # The gate reads trips; locking the row is not changing it.
        batches_sudo = batches.sudo()
        batches_sudo._lock_vas_trip()
        releases = super().create(vals_list)
        releases._check_release()
        return releases

    def _check_release(self):
        for release in self:
            batch = release.batch_id
            if batch.state != "in_progress":
                raise UserError(
                    self.env._(
                        "Trip %(trip)s is not ready to leave: accept it first.",
                        trip=batch.name,
                    )
                )
            if float_compare(release.counted, release.expected, precision_digits=3):
                raise UserError(
                    self.env._(
                        "Trip %(trip)s: the slip says %(expected)g pieces, the gate "
                        "counted %(counted)g. Not released.",
                        trip=batch.name,
                        expected=release.expected,
                        counted=release.counted,
                    )
                )
            if not release.slip_kept:
                raise UserError(
                    self.env._(
                        "Trip %(trip)s: keep the stock-out slip at the gate, then "
                        "tick Slip Kept.",
                        trip=batch.name,
                    )
                )
            if (
                batch.company_id.vas_gate_segregation
                and release.user_id in batch._get_vas_dispatchers()
            ):
                raise UserError(
                    self.env._(
                        "Trip %(trip)s was dispatched by %(user)s, who may not "
                        "release it at the gate as well.",
                        trip=batch.name,
                        user=release.user_id.name,
                    )
                )
