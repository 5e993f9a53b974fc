"""Entitlements: grants, carry-over, expiry order, over-use, exactly one wins."""

import threading
from datetime import date, datetime

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.registry import Registry
from odoo.service.model import retrying
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger

from .agreement_common import AgreementCase


@tagged("post_install", "-at_install")
class TestEntitlement(AgreementCase):
    def kinds(self, entitlement):
        return [
            (entry.kind, entry.quantity)
            for entry in entitlement.entry_ids.sorted("number")
        ]

    def test_periods_are_granted_once(self):
        with self._at(2, 10):
            entitlement = self.entitle()
            self.assertEqual(self.kinds(entitlement), [("grant", 2)])
            entitlement.action_grant()
            self.assertEqual(self.kinds(entitlement), [("grant", 2)])
            self.assertEqual(
                (entitlement.balance, entitlement.next_expiry), (2, date(2026, 3, 31))
            )
        entitlement._roll(date(2026, 5, 3))
        self.assertEqual(
            self.kinds(entitlement),
            [("grant", 2), ("grant", 2), ("grant", 2), ("expire", -2), ("expire", -2)],
        )

    def test_what_goes_over(self):
        """Up to three units, usable for one period; used before the new ones."""
        with self._at(2, 10):
            entitlement = self.entitle(
                quantity=5, carry_over="limited", carry_limit=3, carry_periods=1
            )
            self._ticket()
        entitlement._roll(date(2026, 4, 2))
        over = entitlement.entry_ids.filtered(lambda entry: entry.kind == "carry_in")
        self.assertEqual((over.quantity, over.expires_on), (3, date(2026, 4, 30)))
        with self._at(2, 10):
            self.env.cr._now = datetime(2026, 4, 2, 8)
            ticket = self._ticket()
        used = entitlement.entry_ids.filtered(lambda e: e.ticket_id == ticket)
        self.assertEqual(used.lot_id.kind, "grant", "both end on the same day")
        entitlement._roll(date(2026, 5, 1))
        expired = entitlement.entry_ids.filtered(
            lambda entry: entry.kind == "expire" and entry.lot_id == over
        )
        self.assertEqual(expired.quantity, -3, "what went over goes over once")

    def test_everything_goes_over_until_the_end(self):
        with self._at(2, 10):
            entitlement = self.entitle(
                quantity=2,
                carry_over="all",
                carry_periods=0,
                date_to=date(2026, 6, 30),
            )
        entitlement._roll(date(2026, 6, 15))
        usable = [
            (lot.kind, rest, lot.expires_on)
            for lot, rest in entitlement._get_lots()[entitlement.id]
            if rest and lot._is_usable(date(2026, 6, 15))
        ]
        self.assertEqual(sum(rest for _kind, rest, _end in usable), 8)
        self.assertEqual({end for _kind, _rest, end in usable}, {date(2026, 6, 30)})
        entitlement._roll(date(2026, 7, 1))
        self.assertFalse(
            [1 for _lot, rest in entitlement._get_lots()[entitlement.id] if rest]
        )

    def test_incident_is_used_and_given_back(self):
        with self._at(2, 10):
            entitlement = self.entitle()
            ticket = self._ticket()
            self.assertEqual(entitlement.balance, 1)
            self.assertEqual(ticket.vas_entitlement_state, "covered")
            ticket.stage_id = self.progress
            self.assertEqual(entitlement.balance, 1, "asked again changes nothing")
            ticket.stage_id = self.cancelled
            self.assertEqual(entitlement.balance, 2)
            self.assertEqual(self.kinds(entitlement)[-1], ("give_back", 1))
            ticket.stage_id = self.new
            self.assertEqual(entitlement.balance, 1)
            other = self.agreement(name="Other")
            ticket.vas_contract_id = other
            self.assertEqual(entitlement.balance, 2, "moved to another agreement")

    def test_what_is_deleted_is_given_back(self):
        with self._at(2, 10):
            entitlement = self.entitle(quantity=1)
            used, over = self._ticket(), self._ticket()
            booking_hours = self.entitle(name="Hours", unit="hour", quantity=3)
            booking = self.book(used, 2)
            self.assertEqual((entitlement.balance, booking_hours.balance), (0, 1))
            wait = over.vas_overuse_ids
            self.assertEqual(wait.state, "waiting")
            over.unlink()
            self.assertEqual(wait.state, "cancelled")
            booking.action_cancel()
            booking.unlink()
            self.assertEqual((entitlement.balance, booking_hours.balance), (0, 3))
            used.unlink()
            self.assertEqual(entitlement.balance, 1)
            self.assertEqual(self.kinds(entitlement)[-1], ("give_back", 1))

    def test_only_services_that_are_meant(self):
        with self._at(2, 10):
            entitlement = self.entitle(ticket_domain="[('priority', '=', '3')]")
            self._ticket()
            self.assertEqual(entitlement.balance, 2)
            self._ticket(priority="3")
            self.assertEqual(entitlement.balance, 1)
            with self.assertRaises(ValidationError):
                entitlement.ticket_domain = "[('nothing', '=', 1)]"

    def test_over_use_waits_for_a_manager(self):
        with self._at(2, 10):
            entitlement = self.entitle(quantity=1)
            self._ticket()
            ticket = self._ticket()
            over = ticket.vas_overuse_ids
            self.assertEqual((over.state, over.quantity), ("waiting", 1))
            self.assertEqual(over.activity_ids.user_id, self.manager)
            self.assertEqual(ticket.vas_entitlement_state, "waiting")
            with self.assertRaisesRegex(UserError, "Incidents.*used up"):
                ticket.with_user(self.agent).stage_id = self.progress
            with self.assertRaises(AccessError):
                over.with_user(self.agent).action_approve()
            over.with_user(self.manager).action_approve()
            ticket.with_user(self.agent).stage_id = self.progress
            self.assertEqual(ticket.stage_id, self.progress)
            self.assertFalse(over.charge_ids, "approved free of charge")
            with self.assertRaisesRegex(UserError, "decided already"):
                over.with_user(self.manager).action_refuse()
            self.assertEqual(entitlement.over_used, 1)
            self.assertEqual(entitlement.balance, 0)

    def test_refused_work_may_only_be_cancelled(self):
        with self._at(2, 10):
            self.entitle(quantity=0)
            ticket = self._ticket()
            ticket.vas_overuse_ids.with_user(self.manager).action_refuse()
            with self.assertRaisesRegex(UserError, "refused"):
                ticket.stage_id = self.done
            ticket.stage_id = self.cancelled
            self.assertEqual(ticket.stage_id, self.cancelled)

    def test_over_use_is_invoiced_once(self):
        """Bill: at the over-use price, on the next invoice of the agreement."""
        with self._at(2, 10):
            self.entitle(
                unit="hour", quantity=2, over_use="bill", over_price=150, step=0.5
            )
            ticket = self._ticket()
            booking = self.book(ticket, 3.2)
            charge = booking.vas_overuse_ids.charge_ids
            self.assertEqual((charge.quantity, charge.amount), (1.5, 225))
            invoice = self.contract._recurring_create_invoice(date(2026, 4, 1))
            self.assertEqual(
                sorted(invoice.invoice_line_ids.mapped("price_subtotal")), [225, 1000]
            )
            self.assertEqual(invoice.state, "draft")
            self.assertEqual(charge.state, "invoiced")
            following = self.contract._recurring_create_invoice(date(2026, 5, 1))
            self.assertEqual(following.amount_untaxed, 1000, "not a second time")
            line = invoice.invoice_line_ids.filtered("vas_charge_id")
            with (
                self.assertRaises(UniqueViolation),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                following.invoice_line_ids.vas_charge_id = line.vas_charge_id
                self.env.flush_all()
            self.env.invalidate_all()
            booking.action_cancel()
            correction = charge.overuse_id.charge_ids - charge
            self.assertEqual(correction.amount, -225, "taken back on the next one")
            invoice.unlink()
            self.assertEqual(charge.state, "pending", "a deleted draft frees it")

    def test_over_use_is_refused(self):
        with self._at(2, 10):
            entitlement = self.entitle(unit="hour", quantity=1, over_use="block")
            ticket = self._ticket()
            with self.assertRaises(UserError) as error:
                self.book(ticket, 2)
            for word in ("Maintenance", "Incidents", "1 of 1", "1 more needed"):
                self.assertIn(word, str(error.exception))
            self.book(ticket, 1)
            self.assertEqual(entitlement.balance, 0)

    def test_visit_and_hours_of_a_work_order(self):
        partner = self.env["res.partner"].create({"name": "Site"})
        location = self.env["fsm.location"].create(
            {"name": "Site", "partner_id": partner.id, "owner_id": partner.id}
        )
        with self._at(2, 10):
            visits = self.entitle(name="Visits", unit="visit", quantity=1)
            hours = self.entitle(name="Hours", unit="hour", quantity=10)
            ticket = self._ticket()
            values = {"location_id": location.id, "ticket_id": ticket.id}
            order = self.env["fsm.order"].create(values)
            self.assertEqual(order.vas_contract_id, self.contract)
            self.assertEqual((visits.balance, hours.balance), (0, 10))
            second = self.env["fsm.order"].create(values)
            self.assertEqual(second.vas_entitlement_state, "waiting")
            with self.assertRaisesRegex(UserError, "used up"):
                second.action_complete()
            second.action_cancel()
            self.assertEqual(second.vas_overuse_ids.state, "cancelled")
            order.write(
                {
                    "date_start": datetime(2026, 3, 2, 9),
                    "date_end": datetime(2026, 3, 2, 11, 30),
                }
            )
            order.action_complete()
            self.assertEqual(hours.balance, 7.5)
            order.date_end = datetime(2026, 3, 2, 10)
            self.assertEqual(hours.balance, 9, "corrected: the rest goes back")
            other = self.agreement(name="Other")
            theirs = self.entitle(other, name="Hours", unit="hour", quantity=5)
            ticket.vas_contract_id = other
            self.assertEqual(
                (visits.balance, hours.balance, theirs.balance),
                (1, 10, 4),
                "the work follows the agreement of its ticket",
            )
            ticket.vas_contract_id = self.contract
            self.assertEqual((hours.balance, theirs.balance), (9, 5))
            order.action_cancel()
            self.assertEqual((visits.balance, hours.balance), (1, 10))

    def test_the_ledger_is_only_added_to(self):
        with self._at(2, 10):
            entitlement = self.entitle()
        entry = entitlement.entry_ids
        for change in (
            lambda: entry.write({"quantity": 9}),
            entry.unlink,
            entitlement.unlink,
        ):
            with self.assertRaises(UserError):
                change()
        with self.assertRaises(AccessError):
            self.env["vas.entitlement.entry"].with_user(self.manager).create(
                {
                    "entitlement_id": entitlement.id,
                    "kind": "grant",
                    "quantity": 5,
                    "number": 9,
                    "date": date(2026, 3, 1),
                }
            )

    def test_nightly_job_grants_and_costs_little(self):
        with self._at(2, 10):
            entitlement = self.entitle()
        with self._at(2, 10), self.enter_registry_test_mode():
            job = self.env.ref("vas_service.ir_cron_entitlement_roll")
            job.method_direct_trigger()
            self.assertEqual(len(entitlement.entry_ids), 1)
        self.assertIn(
            entitlement, self.env["vas.entitlement"]._get_to_roll(date(2026, 4, 1))
        )
        entitlement._roll(date(2026, 4, 1))
        self.assertNotIn(
            entitlement, self.env["vas.entitlement"]._get_to_roll(date(2026, 4, 1))
        )


@tagged("post_install", "-at_install", "vas_concurrency")
class TestLastUnit(BaseCase):
    """Two agents use the last unit at once, in transactions of their own."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
            partner = env["res.partner"].create({"name": "Customer of two agents"})
            contract = env["contract.contract"].create(
                {
                    "name": "One visit",
                    "partner_id": partner.id,
                    "contract_type": "sale",
                    "vas_kind_id": env.ref("vas_service.agreement_kind_service").id,
                    "date_start": date(2026, 1, 1),
                    "vas_state": "signed",
                }
            )
            entitlement = env["vas.entitlement"].create(
                {
                    "name": "Visit",
                    "contract_id": contract.id,
                    "unit": "visit",
                    "quantity": 1,
                    "period": "contract",
                    "date_from": date(2026, 1, 1),
                }
            )
            ticket = env["helpdesk.ticket"].create(
                {
                    "name": "Two at once",
                    "description": "x",
                    "partner_id": partner.id,
                    "vas_contract_id": contract.id,
                }
            )
            self.ids = (partner.id, contract.id, entitlement.id, ticket.id)
        self.addCleanup(self.clean)

    def clean(self):
        partner, contract, entitlement, ticket = self.ids
        with self.registry.cursor() as cr:
            # The ledger refuses deletion; tests tidy up below it.
            cr.execute(
                "DELETE FROM vas_entitlement_entry "
                "WHERE entitlement_id = %s AND lot_id IS NOT NULL",
                [entitlement],
            )
            for statement in (
                "DELETE FROM vas_entitlement_entry WHERE entitlement_id = %s",
                "DELETE FROM vas_entitlement_overuse WHERE entitlement_id = %s",
                "DELETE FROM vas_entitlement WHERE id = %s",
            ):
                cr.execute(statement, [entitlement])
            cr.execute("DELETE FROM vas_service_booking WHERE ticket_id = %s", [ticket])
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["helpdesk.ticket"].browse(ticket).unlink()
            env["contract.contract"].browse(contract).unlink()
            env["res.partner"].browse(partner).unlink()

    def test_one_wins(self):
        barrier, results = threading.Barrier(2), []

        def press(number):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {"tracking_disable": True})
                begun = []

                def once():
                    if not begun:
                        # Both have seen one visit left.
                        env.cr.execute("SELECT count(*) FROM vas_entitlement_entry")
                        barrier.wait(timeout=30)
                    begun.append(1)
                    booking = env["vas.service.booking"].create(
                        {
                            "name": f"Agent {number}",
                            "ticket_id": self.ids[3],
                            "unit": "visit",
                            "quantity": 1,
                        }
                    )
                    return booking.vas_entitlement_state

                results.append(retrying(once, env))

        threads = [threading.Thread(target=press, args=(n,)) for n in range(2)]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(sorted(results), ["covered", "waiting"])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            entitlement = env["vas.entitlement"].browse(self.ids[2])
            self.assertEqual((entitlement.balance, entitlement.over_used), (0, 1))
            numbers = entitlement.entry_ids.sorted("number").mapped("number")
            self.assertEqual(numbers, list(range(1, len(numbers) + 1)))
