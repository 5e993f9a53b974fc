from odoo import fields, models
from odoo.exceptions import RedirectWarning, UserError
from odoo.fields import Command
from odoo.tools.misc import format_amount, format_date


class VasSettlement(models.Model):
    """From accepted figures to one draft bill or refund."""

    _name = "vas.settlement"
    _inherit = "vas.settlement"

    blockers = fields.Json(
        compute="_compute_blockers", help="What stands in the way of the bill."
    )

    # ------------------------------------------------------------------ blockers
    def _compute_blockers(self):
        for settlement in self:
            found = {}
            if settlement.state in ("draft", "checked") and settlement.agreement_id:
                found = {
                    key: {
                        "level": "warning",
                        "message": blocker["message"],
                        "action_text": blocker["action_text"],
                        "action": blocker["action"],
                    }
                    for key, blocker in settlement._find_blockers().items()
                }
            settlement.blockers = found or False

    def _find_blockers(self):
        """Return ``{key: {"message", "action", "action_text"}}`` in order of weight.

        Each says what is missing and opens the place where it is put right.
        """
        self.ensure_one()
        # The vendor manager is told what accounting has to add, without its rights.
        this_sudo = self.sudo().with_company(self.company_id)
        found = {}
        for key in ("hold", "payable", "account", "journal", "currency", "vendor"):
            blocker = getattr(this_sudo, f"_find_blocker_{key}")()
            if blocker:
                message, record, action_text = blocker
                found[key] = {
                    "message": message,
                    "action": record._get_records_action() if record else None,
                    "action_text": action_text,
                }
        return found

    def _find_blocker_hold(self):
        partner = self.partner_id.commercial_partner_id
        held = next(
            (p for p in (self.partner_id, partner) if p.vas_settlement_hold), None
        )
        if not held:
            return None
        return (
            self.env._(
                "Settlements of %(vendor)s are on hold: %(reason)s",
                vendor=held.display_name,
                reason=held.vas_settlement_hold_reason or self.env._("no reason given"),
            ),
            held,
            self.env._("Open the vendor"),
        )

    def _find_blocker_payable(self):
        if self.partner_id.property_account_payable_id:
            return None
        return (
            self.env._(
                "%(vendor)s has no account payable in %(company)s. Enter it on the"
                " vendor, tab Accounting.",
                vendor=self.partner_id.display_name,
                company=self.company_id.name,
            ),
            self.partner_id,
            self.env._("Open the vendor"),
        )

    def _find_blocker_account(self):
        agreement = self.agreement_id
        product = agreement.product_id
        if agreement.account_id:
            return None
        if product and product.product_tmpl_id.get_product_accounts()["expense"]:
            return None
        if self._get_journal().default_account_id:
            return None
        if product:
            return (
                self.env._(
                    "Product %(product)s has no expense account, and neither has its"
                    " category. Enter one, or an expense account on the agreement.",
                    product=product.display_name,
                ),
                product,
                self.env._("Open the product"),
            )
        return (
            self.env._(
                "%(agreement)s has neither a product nor an expense account.",
                agreement=agreement.display_name,
            ),
            agreement,
            self.env._("Open the agreement"),
        )

    def _get_journal(self):
        """Return the purchase journal of the bill (empty: none exists)."""
        return self.agreement_id.journal_id or self.env["account.journal"].search(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "=", "purchase"),
            ],
            limit=1,
        )

    def _find_blocker_journal(self):
        if self._get_journal():
            return None
        return (
            self.env._(
                "%(company)s has no purchase journal.", company=self.company_id.name
            ),
            self.company_id,
            self.env._("Open the company"),
        )

    def _find_blocker_currency(self):
        if not self.currency_id.active:
            return (
                self.env._(
                    "Currency %(currency)s is archived.", currency=self.currency_id.name
                ),
                self.currency_id,
                self.env._("Open the currency"),
            )
        if self._has_rate():
            return None
        return (
            self.env._(
                "%(currency)s has no exchange rate to %(company_currency)s on or before"
                " %(date)s.",
                currency=self.currency_id.name,
                company_currency=self.company_id.currency_id.name,
                date=format_date(self.env, self.date_to),
            ),
            self.currency_id,
            self.env._("Open the currency"),
        )

    def _find_blocker_vendor(self):
        if (
            self.state != "checked"
            or self.kind != "period"
            or not self.agreement_id.wait_for_vendor
            or self.vendor_state in ("agreed", "silent", "disputed")
        ):
            return None
        if self.vendor_state == "hidden":
            message = self.env._(
                "The agreement waits for the vendor, but the figures are not shown to"
                " them. Press “Show to vendor”."
            )
        else:
            message = self.env._(
                "Waiting for %(vendor)s to agree or dispute.",
                vendor=self.partner_id.display_name,
            )
        if self.vendor_state == "waiting" and self.dispute_until:
            message = self.env._(
                "Waiting for %(vendor)s to agree or dispute until %(date)s.",
                vendor=self.partner_id.display_name,
                date=format_date(self.env, self.dispute_until),
            )
        return message, None, ""

    def _check_blockers(self):
        """Refuse to bill; the message leads to the place where it is put right."""
        for settlement in self:
            for blocker in settlement._find_blockers().values():
                message = self.env._(
                    "%(settlement)s cannot be billed. %(reason)s",
                    settlement=settlement.name,
                    reason=blocker["message"],
                )
                if blocker["action"]:
                    raise RedirectWarning(
                        message, blocker["action"], blocker["action_text"]
                    )
                raise UserError(message)

    # ---------------------------------------------------------------------- bill
    def action_create_bill(self):
        """Make the draft vendor bill (or refund) once and open it when allowed.

        Pressing twice, retrying, or two people at once lead to the same one bill: the
        row is locked first, and one agreement has one settlement per period.
        """
        self._check_manager()
        self._lock_or_refuse()
        self.invalidate_recordset(["state", "bill_id"])
        todo = self.filtered(lambda s: s.state != "billed")
        todo._check_state("checked")
        todo._check_blockers()
        zero = todo.filtered(lambda s: s.currency_id.is_zero(s.billable_total))
        if zero:
            raise UserError(
                self.env._(
                    "%(settlement)s amounts to zero: there is nothing to bill.",
                    settlement=zero[0].name,
                )
            )
        todo._make_bills()
        if len(self) == 1:
            return self.action_open_bill()
        return True

    def _make_bills(self):
        # The manager decides that the vendor is paid; drafting the bill follows from
        # that decision. Posting it stays with accounting.
        moves_sudo = self.env["account.move"].sudo()
        bills_sudo = moves_sudo.create(
            [settlement._prepare_bill_values() for settlement in self]
        )
        for settlement, bill_sudo in zip(self, bills_sudo, strict=True):
            # Who pays is decided; what the bill says is closed to whoever decides.
            settlement_sudo = settlement.sudo()
            settlement_sudo.write({"state": "billed", "bill_id": bill_sudo.id})
            settlement_sudo._note_billed()
            settlement.message_post(
                body=self.env._(
                    "Draft bill over %(total)s created.",
                    total=settlement._text(),
                )
            )

    def _note_billed(self):
        """Remember on every line what the bill says about it."""
        for line in self.line_ids:
            line.billed_amount = line.billable

    def _prepare_bill_values(self):
        self.ensure_one()
        agreement = self.agreement_id
        sign = -1 if self.billable_total < 0 else 1
        values = {
            "move_type": "in_refund" if sign < 0 else "in_invoice",
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": self.date_to,
            "ref": self.name,
            "invoice_origin": self.name,
            "invoice_line_ids": [
                Command.create(line._prepare_bill_line_values(sign))
                for line in self.line_ids
                if not self.currency_id.is_zero(line.billable)
            ],
        }
        if agreement.journal_id:
            values["journal_id"] = agreement.journal_id.id
        if agreement.payment_term_id:
            values["invoice_payment_term_id"] = agreement.payment_term_id.id
        return values

    def _sync_draft_bill(self):
        """Bring a draft bill in line with what is billable now.

        A frozen line leaves the draft, a decided one joins it; when the remaining
        total changes its sign or vanishes, the draft is withdrawn.
        """
        self.ensure_one()
        bill = self.bill_id
        if not bill or bill.state != "draft" or bill.posted_before:
            return
        refund = bill.move_type == "in_refund"
        billable = self.billable_total
        if self.currency_id.is_zero(billable) or (billable < 0) != refund:
            self.write({"state": "checked", "bill_id": False})
            self.line_ids.write({"billed_amount": 0.0})
            bill.unlink()
            return
        sign = -1 if refund else 1
        commands = []
        shown = {line.vas_settlement_line_id: line for line in bill.invoice_line_ids}
        for line in self.line_ids:
            there = shown.get(line)
            same = self.currency_id.compare_amounts(line.billed_amount, line.billable)
            if there and same != 0:
                commands.append(Command.delete(there.id))
            if not self.currency_id.is_zero(line.billable) and (not there or same != 0):
                commands.append(Command.create(line._prepare_bill_line_values(sign)))
        if commands:
            bill.write({"invoice_line_ids": commands})
        self._note_billed()

    def action_open_bill(self):
        """Open the bill; tell those who may not see bills where it is."""
        self.ensure_one()
        if self.bill_id and self._can_open_bill():
            return {
                "type": "ir.actions.act_window",
                "res_model": "account.move",
                "res_id": self.bill_id.id,
                "views": [(False, "form")],
            }
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Draft bill over %(total)s", total=self._text()),
                "message": self.env._(
                    "Accounting finds it among the vendor bills under the reference"
                    " %(reference)s.",
                    reference=self.name,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _text(self):
        self.ensure_one()
        return format_amount(self.env, self.billable_total, self.currency_id)

    def _can_open_bill(self):
        """Say whether the user may read every list that the bill's form shows.

        Reading the bill is not enough: the form also shows payments and whatever other
        addons put on it, and one closed list would end in an access error.
        """
        move = self.env["account.move"]
        if not move.has_access("read"):
            return False
        shown = move.get_view(view_type="form")["models"]
        return all(
            self.env[field.comodel_name].has_access("read")
            for model, names in shown.items()
            for field in map(self.env[model]._fields.get, names)
            if field is not None
            and field.type in ("one2many", "many2many")
            and self.env[model]._has_field_access(field, "read")
        )
