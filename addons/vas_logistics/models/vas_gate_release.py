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
        ondelete="restrict",
        check_company=True,
        domain="[('picking_type_id.vas_is_transport', '=', True),"
        " ('state', '=', 'in_progress'), ('vas_gate_date', '=', False)]",
    )
    picking_id = fields.Many2one(
        comodel_name="stock.picking",
        string="Outgoing Delivery",
        ondelete="restrict",
        check_company=True,
        domain="[('vas_slip_number', '!=', False), ('state', '=', 'done'),"
        " ('picking_type_code', '=', 'outgoing'), ('vas_gate_date', '=', False)]",
        help="A delivery with a slip that leaves without a trip of ours.",
    )
    company_id = fields.Many2one(
        comodel_name="res.company",
        compute="_compute_company_id",
        store=True,
        index=True,
        precompute=True,
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
    sales_slip_seen = fields.Boolean(
        help="The gate's copy of the sales slip agrees with the stock-out slip."
    )
    slip_kept = fields.Boolean(help="The stock-out slip stays at the gate.")
    note = fields.Char()

    _one_document = models.Constraint(
        "CHECK(num_nonnulls(batch_id, picking_id) = 1)",
        "The gate releases a trip or a delivery: choose one of them.",
    )
    _picking_uniq = models.UniqueIndex(
        "(picking_id)", "The gate has already released this delivery."
    )
    _batch_uniq = models.UniqueIndex(
        "(batch_id)", "The gate has already released this trip."
    )

    @api.depends("batch_id", "picking_id")
    def _compute_company_id(self):
        for release in self:
            document = release.batch_id or release.picking_id
            release.company_id = document.company_id

    @api.depends("batch_id", "picking_id")
    def _compute_expected(self):
        for release in self:
            # What the gate counted against must not change when orders do later.
            release.expected = (
                sum(release.picking_id.move_ids.mapped("quantity"))
                if release.picking_id
                else release.batch_id._get_vas_gate_quantity()
            )

    @api.depends("batch_id", "picking_id")
    def _compute_display_name(self):
        for release in self:
            slip = release.picking_id.vas_slip_number
            release.display_name = slip or release.batch_id.name

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
        self.filtered("picking_id")._check_delivery()
        for release in self.filtered("batch_id"):
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

    def _check_delivery(self):
        """Both papers agree with the goods; the stock-out slip stays (AMB-48)."""
        for release in self:
            delivery = release.picking_id
            number = delivery.vas_slip_number or delivery.name
            if delivery.state != "done" or not delivery.vas_slip_number:
                raise UserError(
                    self.env._(
                        "Delivery %(delivery)s has no completed slip: it is signed and"
                        " issued first.",
                        delivery=number,
                    )
                )
            if float_compare(release.counted, release.expected, precision_digits=3):
                raise UserError(
                    self.env._(
                        "Delivery %(delivery)s: the slip says %(expected)g pieces, the"
                        " gate counted %(counted)g. Not released.",
                        delivery=number,
                        expected=release.expected,
                        counted=release.counted,
                    )
                )
            if not (release.slip_kept and release.sales_slip_seen):
                raise UserError(
                    self.env._(
                        "Delivery %(delivery)s: compare the sales slip, keep the"
                        " stock-out slip, then tick both.",
                        delivery=number,
                    )
                )
            # The gate need not be allowed to read who signed.
            signers_sudo = delivery.sudo().vas_signature_ids.user_id
            if (
                release.company_id.vas_gate_segregation
                and release.user_id in signers_sudo
            ):
                raise UserError(
                    self.env._(
                        "%(user)s signed slip %(delivery)s and may not release it at"
                        " the gate as well.",
                        user=release.user_id.name,
                        delivery=number,
                    )
                )
