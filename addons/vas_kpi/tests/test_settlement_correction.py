from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .test_settlement_terms import SettlementCase, month


@tagged("post_install", "-at_install")
class TestSettlementCorrection(SettlementCase):
    """What changes after a period was billed is billed as a difference."""

    def setUp(self):
        super().setUp()
        self.add_points_rules()
        self.set_fee(1, 128450)
        self.set_fee(2, 1000)
        self.assessment = self.set_score(1, 83.6)
        self.set_score(2, 90)

    def revise(self, value):
        """Decide the score of January again, as an upheld appeal does."""
        self.env["vas.observation"].search(
            [
                ("metric_id", "=", self.score_metric.id),
                ("date", "=", month(1)[0]),
            ]
        ).value = value
        new = self.assessment._make_revision("Appeal upheld", remeasure=True)
        new.action_confirm()
        self.assessment = new
        return new

    def correction(self, settlement):
        return settlement.correction_ids.filtered(lambda c: c.state == "pending")

    def test_p6_delta_on_the_next_bill(self):
        january = self.bill(1)
        before = january.bill_id.read(["amount_untaxed", "write_date"])
        self.revise(86.0)
        correction = self.correction(january)
        self.assertEqual(correction.total, 1541.40)
        self.assertEqual(correction.line_ids.old_amount, -4110.40)
        self.assertEqual(correction.line_ids.new_amount, -2569.00)
        self.assertEqual(correction.reason, "Score revised: 83.60 → 86.00")
        self.assertEqual(january.bill_id.read(["amount_untaxed", "write_date"]), before)
        february = self.settle(2)
        line = february.line_ids.filtered(lambda found: found.kind == "correction")
        self.assertEqual(line.amount, 1541.40)
        self.assertEqual(line.name, "Correction of 2025-01: Below target")
        self.assertEqual(line.basis, "-2,569.00 + 4,110.40")
        self.assertEqual(february.total, 2541.40)
        self.assertEqual(correction.target_id, february)
        february.action_check()
        self.assertEqual(correction.state, "accepted")
        february.action_create_bill()
        self.assertEqual(correction.state, "billed")
        self.assertEqual(correction.bill_id.amount_untaxed, 2541.40)
        # Once only, and the history of the closed period is as it was.
        self.set_fee(3, 10)
        self.set_score(3, 90)
        self.assertEqual(self.settle(3).total, 10)
        self.assertEqual(january.total, 124339.60)

    def test_delta_of_a_delta(self):
        january = self.bill(1)
        self.revise(86.0)
        self.revise(88.0)
        self.assertEqual(len(january.correction_ids), 1, "the open one is replaced")
        self.assertEqual(january.correction_ids.total, 2825.90)
        self.bill(2)
        self.revise(80.0)
        self.assertEqual(len(january.correction_ids), 2)
        total = january.total + sum(january.correction_ids.mapped("total"))
        self.assertAlmostEqual(total, 128450 - 6422.50, 2)

    def test_back_to_the_first_score_needs_no_correction(self):
        january = self.bill(1)
        february = self.settle(2)
        self.revise(86.0)
        self.assertEqual(february.total, 2541.40, "the draft shows it at once")
        self.revise(83.6)
        self.assertFalse(january.correction_ids)
        self.assertEqual(february.total, 1000)

    def test_a_correction_of_its_own(self):
        self.agreement.correction_mode = "document"
        january = self.bill(1)
        self.revise(80.0)
        correction = self.correction(january)
        document = correction.target_id
        self.assertEqual(document.kind, "correction")
        self.assertEqual(document.name, "TEST-T/2025-01/C1")
        self.assertEqual(document.total, -2312.10)
        self.revise(79.0)
        self.assertEqual(document.total, -2954.35, "the open one follows")
        document.action_check()
        document.action_create_bill()
        self.assertEqual(document.bill_id.move_type, "in_refund")
        self.assertEqual(document.bill_id.amount_untaxed, 2954.35)
        self.assertEqual(self.settle(2).total, 1000, "not on the next bill")
        self.revise(90.0)
        self.assertEqual(self.correction(january).target_id.name, "TEST-T/2025-01/C2")
        self.assertEqual(self.correction(january).total, 7064.75)

    def test_bill_a_waiting_correction_at_once(self):
        january = self.bill(1)
        self.revise(86.0)
        february = self.settle(2)
        action = self.correction(january).action_bill_now()
        document = self.env["vas.settlement"].browse(action["res_id"])
        self.assertEqual(document.kind, "correction")
        self.assertEqual(document.total, 1541.40)
        self.assertEqual(february.total, 1000)
        officer = self.make_user("cor_officer", "officer")
        with self.assertRaises(AccessError):
            self.correction(january).with_user(officer).action_bill_now()

    def test_drafts_are_computed_again(self):
        settlement = self.settle(1)
        self.revise(86.0)
        self.assertEqual(settlement.total, 125881.00)
        settlement.action_check()
        self.revise(88.0)
        self.assertEqual(settlement.state, "draft", "to be accepted again")
        self.assertEqual(settlement.total, 127165.50)
        settlement.action_check()
        settlement.action_create_bill()
        bill = settlement.bill_id
        self.revise(90.0)
        self.assertFalse(bill.exists(), "a bill that was never posted is withdrawn")
        self.assertEqual(settlement.total, 128450.00)
        self.assertFalse(settlement.correction_ids)

    def test_a_score_taken_back_waits_for_the_next(self):
        january = self.bill(1)
        self.assessment.action_revert()
        self.assertFalse(january.correction_ids)
        self.assertIn("taken back", january.message_ids[0].body)
        self.assessment.action_confirm()
        self.assertFalse(january.correction_ids)

    def test_facts_that_came_late(self):
        january = self.bill(1)
        self.set_fee(1, 1550)
        action = january.action_correct()
        correction = self.env["vas.settlement.correction"].browse(action["res_id"])
        # 130,000 − 3.2 % = 125,840 instead of 124,339.60.
        self.assertEqual(correction.total, 1500.40)
        self.assertEqual(sorted(correction.line_ids.mapped("delta")), [-49.60, 1550.00])
        officer = self.make_user("late_officer", "officer")
        with self.assertRaises(AccessError):
            january.with_user(officer).action_correct()

    def test_a_cancelled_target_lets_go(self):
        january = self.bill(1)
        self.revise(86.0)
        february = self.settle(2)
        february.action_cancel()
        self.assertFalse(self.correction(january).target_id)
        self.assertEqual(self.settle(2).total, 2541.40)

    def test_earned_back_follows_a_revised_score(self):
        self.agreement.tariff_ids.filtered(lambda t: t.kind == "penalty").write(
            {"earn_back": True, "earn_back_periods": 1, "earn_back_percent": 100}
        )
        january = self.bill(1)
        february = self.bill(2)
        self.assertEqual(self.amounts(february, "earn_back"), [4110.40])
        self.revise(86.0)
        self.assertEqual(self.correction(january).total, 1541.40)
        self.assertEqual(self.correction(february).total, -1541.40)

    def test_books_cannot_be_reopened(self):
        january = self.bill(1)
        with self.assertRaisesRegex(UserError, "Press “Correct”"):
            january.action_reopen()

    def test_corrections_are_no_ones_to_write(self):
        january = self.bill(1)
        self.revise(86.0)
        correction = self.correction(january)
        for role in ("officer", "manager", "admin"):
            user = self.make_user(f"cor_{role}_w", role)
            with self.assertRaises(AccessError):
                correction.with_user(user).write({"reason": "x"})
            with self.assertRaises(AccessError):
                correction.line_ids.with_user(user).write({"delta": 1})
            with self.assertRaises(AccessError):
                correction.with_user(user).unlink()


@tagged("post_install", "-at_install")
class TestSettlementDispute(SettlementCase):
    """P9: a disputed line is frozen, the rest posts; the decision is billed after."""

    def setUp(self):
        super().setUp()
        self.agreement.write(
            {
                "dispute_days": 10,
                "tariff_ids": [
                    Command.create(
                        {"name": "Fine", "basis": "fixed", "unit_amount": 1000}
                    )
                ],
            }
        )
        for number in (1, 2):
            self.set_fee(number, 10000)

    def dispute(self, settlement, **values):
        line = settlement.line_ids.filtered(lambda found: found.kind == "penalty")
        return self.env["vas.settlement.dispute"].create(
            {"line_id": line.id, "reason": "The report was in time.", **values}
        )

    def accepted(self, number=1):
        settlement = self.settle(number)
        settlement.action_check()
        return settlement

    def test_p9_the_rest_posts_and_the_line_follows_when_it_stands(self):
        january = self.accepted()
        dispute = self.dispute(january)
        self.assertEqual(january.vendor_state, "disputed")
        self.assertEqual(
            (january.total, january.disputed_total, january.billable_total),
            (9000, -1000, 10000),
        )
        january.action_create_bill()
        january.bill_id.action_post()
        self.assertEqual(january.bill_id.amount_untaxed, 10000)
        dispute.decision = "The log shows otherwise."
        dispute.action_reject()
        self.assertEqual(dispute.state, "rejected")
        self.assertEqual(january.correction_ids.total, -1000)
        february = self.accepted(2)
        self.assertEqual(february.total, 9000 - 1000)

    def test_a_dropped_line_is_never_billed(self):
        january = self.accepted()
        dispute = self.dispute(january)
        january.action_create_bill()
        january.bill_id.action_post()
        dispute.decision = "You are right."
        dispute.action_uphold()
        self.assertFalse(january.correction_ids)
        self.assertEqual(january.line_ids.mapped("status"), ["none", "changed"])
        self.assertEqual(self.accepted(2).total, 9000)

    def test_another_amount(self):
        january = self.accepted()
        dispute = self.dispute(january)
        january.action_create_bill()
        january.bill_id.action_post()
        dispute.write({"decision": "Half.", "agreed_amount": 400})
        with self.assertRaisesRegex(UserError, "sign"):
            dispute.action_settle()
        dispute.agreed_amount = -400
        dispute.action_settle()
        self.assertEqual(january.correction_ids.total, -400)
        # Measuring again does not undo the decision.
        january.action_correct()
        self.assertEqual(january.correction_ids.total, -400)

    def test_disputed_after_the_bill_was_posted(self):
        january = self.accepted()
        january.action_create_bill()
        january.bill_id.action_post()
        dispute = self.dispute(january)
        self.assertEqual(january.bill_id.amount_untaxed, 9000, "never edited")
        dispute.decision = "You are right."
        dispute.action_uphold()
        self.assertEqual(january.correction_ids.total, 1000)

    def test_a_draft_bill_loses_and_regains_the_line(self):
        january = self.accepted()
        january.action_create_bill()
        bill = january.bill_id
        dispute = self.dispute(january)
        self.assertEqual(bill.amount_untaxed, 10000)
        dispute.decision = "It stands."
        dispute.action_reject()
        self.assertEqual(bill.amount_untaxed, 9000)
        self.assertFalse(january.correction_ids)

    def test_decided_before_billing(self):
        january = self.accepted()
        dispute = self.dispute(january)
        with self.assertRaisesRegex(UserError, "reason of the decision"):
            dispute.action_uphold()
        dispute.decision = "You are right."
        dispute.action_uphold()
        january.action_create_bill()
        self.assertEqual(january.bill_id.amount_untaxed, 10000)
        with self.assertRaisesRegex(UserError, "disputed or corrected"):
            january.action_reopen()

    def test_time_to_dispute(self):
        january = self.accepted()
        january.dispute_until = month(1)[1]
        with self.assertRaisesRegex(UserError, "could be disputed until"):
            self.dispute(january)
        self.assertEqual(january.vendor_state, "silent")
        with self.assertRaisesRegex(UserError, "expected “Checked”"):
            self.dispute(self.settle(2))

    def test_one_open_dispute_per_line(self):
        january = self.accepted()
        dispute = self.dispute(january)
        dispute.action_withdraw()
        self.assertFalse(january.line_ids.filtered("frozen"))
        again = self.dispute(january)
        self.assertEqual(january.vendor_state, "disputed")
        self.assertEqual(dispute.state, "withdrawn")
        self.assertEqual(again.state, "open")

    def test_waiting_for_the_vendor(self):
        self.agreement.wait_for_vendor = True
        january = self.accepted()
        with self.assertRaisesRegex(UserError, "Waiting for"):
            january.action_create_bill()
        january._agree()
        self.assertEqual(january.vendor_state, "agreed")
        january.action_create_bill()
        with self.assertRaisesRegex(UserError, "already agreed"):
            self.dispute(january)

    def test_roles(self):
        officer = self.make_user("dis_officer", "officer")
        plain = self.make_user("dis_user", "user")
        january = self.accepted()
        line = january.line_ids[-1]
        dispute = (
            self.env["vas.settlement.dispute"]
            .with_user(officer)
            .create({"line_id": line.id, "reason": "On the phone."})
        )
        self.assertTrue(line.frozen)
        dispute.decision = "I decide."
        for action in ("action_uphold", "action_reject", "action_withdraw"):
            with self.assertRaises(AccessError):
                getattr(dispute, action)()
        with self.assertRaises(AccessError):
            dispute.write({"state": "upheld"})
        with self.assertRaises(AccessError):
            dispute.unlink()
        with self.assertRaises(AccessError):
            dispute.with_user(plain).read(["reason"])
        with self.assertRaises(AccessError):
            line.with_user(officer).frozen = False
