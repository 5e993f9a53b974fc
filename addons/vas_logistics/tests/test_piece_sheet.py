from datetime import date

from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import LogisticsCommon

MONTH = date(2030, 5, 1)


@tagged("post_install", "-at_install")
class TestPieceSheet(LogisticsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workers = cls.env["hr.employee"].create(
            [
                {"name": name, "company_id": cls.company.id}
                for name in ("Li", "Wang", "Zhao")
            ]
        )
        cls.li, cls.wang, cls.zhao = cls.workers
        cls.carton, cls.pallet = cls.env["vas.work.operation"].create(
            [
                {"name": "Cartons", "code": "T-C", "unit": "carton"},
                {"name": "Pallets", "code": "T-P", "unit": "pallet"},
            ]
        )
        cls.rate(cls.carton, 0.40)
        cls.rate(cls.pallet, 3)
        cls.company.vas_piece_base_from_contract = False
        cls.officer, cls.manager = (
            new_test_user(
                cls.env,
                f"piece-{role}",
                f"vas_logistics.group_vas_logistics_{role}",
                company_id=cls.company.id,
                company_ids=[Command.set(cls.company.ids)],
            )
            for role in ("officer", "manager")
        )

    @classmethod
    def rate(cls, operation, rate, **values):
        return cls.env["vas.work.rate"].create(
            {
                "operation_id": operation.id,
                "rate": rate,
                "date_from": "2030-01-01",
                "company_id": cls.company.id,
                **values,
            }
        )

    @classmethod
    def work(cls, operation, quantity, who=None, **values):
        return cls.env["vas.work.record"].create(
            {
                "operation_id": operation.id,
                "quantity": quantity,
                "date": "2030-05-10",
                "company_id": cls.company.id,
                **({} if "team_id" in values else {"employee_id": (who or cls.li).id}),
                **values,
            }
        )

    def rule(self, **values):
        return self.env["vas.piece.rule"].create(
            {"name": "Rule", "company_id": self.company.id, **values}
        )

    def sheet(self, who=None, month=MONTH):
        sheets = self.env["vas.piece.sheet"]._make(self.company, month)
        return sheets.filtered(lambda sheet: sheet.employee_id == (who or self.li))

    def amounts(self, sheet):
        return [(line.kind, line.amount) for line in sheet.line_ids]

    def team(self):
        team = self.env["vas.work.team"].create(
            {
                "name": "Day shift",
                "company_id": self.company.id,
                "member_ids": [
                    Command.create({"employee_id": worker.id, "factor": factor})
                    for worker, factor in zip(self.workers, (1, 1.2, 1), strict=True)
                ],
            }
        )
        return team

    def test_month_of_the_catalogue(self):
        """3,000 + 1,250 × 0.40 + 85 × 3.00 + 200 − 50 = 3,905.00 (SKP-01)."""
        self.work(self.carton, 1250)
        self.work(self.pallet, 85, late=True)
        self.rule(kind="over_task", operation_id=self.carton.id, task=1200, fixed=200)
        self.rule(kind="late", fixed=50)
        sheet = self.sheet()
        sheet.base_wage = 3000
        self.assertEqual(
            self.amounts(sheet),
            [("piece", 500), ("piece", 255), ("reward", 200), ("penalty", -50)],
        )
        self.assertEqual((sheet.earned, sheet.total), (905, 3905))
        self.assertEqual(sheet.line_ids[0].basis, "1,250 carton × 0.4")
        action = sheet.line_ids[0].action_open_records()
        found = self.env["vas.work.record"].search(action["domain"])
        self.assertEqual(found.quantity, 1250)

    def test_guaranteed_pay(self):
        self.company.vas_piece_floor = 12.21
        lines = self.env["vas.work.operation"].create(
            {"name": "Lines", "code": "T-L", "unit": "line"}
        )
        self.rate(lines, 0.185)
        self.work(lines, 412, hours=7.5)
        sheet = self.sheet()
        self.assertEqual(self.amounts(sheet), [("piece", 76.22), ("floor", 15.36)])
        self.assertEqual(sheet.total, 91.58)
        self.work(lines, 228)
        sheet = self.sheet()
        self.assertEqual(self.amounts(sheet), [("piece", 118.4)])

    def test_on_time_is_rewarded_and_defects_are_deducted(self):
        """Rules by record: on time from a share on, deductions up to a cap (SKP-01)."""
        for day in (10, 11, 12, 13):
            self.work(self.carton, 250, date=f"2030-05-{day}", late=day == 13)
        self.rule(kind="on_time", least_share=0.75, fixed=60)
        defect = self.rule(kind="quality", fixed=2, cap=0.2)
        record = self.env["vas.work.record"].search(
            [("employee_id", "=", self.li.id)], limit=1
        )
        record.defects = 30
        sheet = self.sheet()
        self.assertEqual(
            self.amounts(sheet), [("piece", 400), ("reward", 60), ("penalty", -60)]
        )
        self.assertIn("3 of 4 on time, at least 75 %", sheet.line_ids[1].basis)
        record.defects = 100
        sheet.action_compute()
        self.assertEqual(sheet.line_ids[2].amount, -80, "at most 20 % of 400")
        self.assertIn("at most 20 % of 400", sheet.line_ids[2].basis)
        defect.cap = 0
        self.work(self.carton, 1, date="2030-05-14", late=True)
        sheet.action_compute()
        self.assertEqual(
            self.amounts(sheet), [("piece", 400.4), ("penalty", -200)], "3 of 5"
        )
        with self.assertRaisesRegex(ValidationError, "share of the work"):
            self.rule(kind="on_time", fixed=1)

    def test_a_worker_sees_his_own_pay_only(self):
        """A worker without rights on sheets reads his own, once handed in."""
        self.work(self.carton, 10)
        self.work(self.carton, 20, self.wang)
        worker = new_test_user(
            self.env,
            "piece-worker",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        self.li.user_id = worker
        sheets = self.env["vas.piece.sheet"]._make(self.company, MONTH)
        mine = sheets.filtered(lambda sheet: sheet.employee_id == self.li)
        self.assertFalse(sheets.with_user(worker).search([]), "a draft is no pay yet")
        sheets.with_user(self.officer).action_submit()
        self.assertEqual(sheets.with_user(worker).search([]), mine)
        self.assertEqual(mine.with_user(worker).line_ids.amount, 4)
        lines = self.env["vas.piece.sheet.line"].with_user(worker).search([])
        self.assertEqual(lines.sheet_id, mine)
        with self.assertRaises(AccessError):
            (sheets - mine).with_user(worker).read(["total"])
        for action in ("action_draft", "action_cancel", "action_export_payroll"):
            with self.assertRaises(AccessError):
                getattr(mine.with_user(worker), action)()
        found = self.env.ref("vas_logistics.vas_piece_sheet_action_mine").domain
        self.assertIn("employee_id.user_id", found)

    def test_team_shares_by_hours_and_factor(self):
        team = self.team()
        record = self.work(self.pallet, 86, team_id=team.id)
        record.member_hours_ids = [
            Command.create({"employee_id": worker.id, "hours": hours})
            for worker, hours in zip(self.workers, (8, 6, 4), strict=True)
        ]
        self.assertEqual(record.hours, 18)
        self.work(self.carton, 5, team_id=team.id)  # 258 + 2 = 260.00 in all
        self.rule(kind="late", applies_to="team", fixed=1)
        pay = {
            sheet.employee_id: self.amounts(sheet)
            for sheet in self.env["vas.piece.sheet"]._make(self.company, MONTH)
        }
        self.assertEqual(pay[self.li], [("team", 108.33)])
        self.assertEqual(pay[self.wang], [("team", 97.5)])
        self.assertEqual(pay[self.zhao], [("team", 54.17)])

    def test_rate_of_the_team_goes_first(self):
        team = self.team()
        self.rate(self.carton, 0.50, team_id=team.id)
        self.work(self.carton, 100)
        self.assertEqual(self.sheet().earned, 50)

    def test_correction_goes_to_the_next_sheet_at_the_old_rate(self):
        rate = self.env["vas.work.rate"].search([("operation_id", "=", self.carton.id)])
        rate.date_to = "2030-05-31"
        self.rate(self.carton, 9, date_from="2030-06-01")
        record = self.work(self.carton, 100)
        sheet = self.sheet()
        sheet.with_user(self.officer).action_submit()
        sheet.with_user(self.manager).action_approve()
        self.assertTrue(record.is_paid)
        self.assertIn(record, record.search([("is_paid", "=", True)]))
        with self.assertRaisesRegex(UserError, "Correct"):
            record.quantity = 97
        with self.assertRaisesRegex(UserError, "Correct"):
            record.unlink()
        context = record.action_correct()["context"]
        record.with_context(**context).create({"quantity": -3, "date": "2030-06-02"})
        june = self.sheet(month=date(2030, 6, 1))
        self.assertEqual(self.amounts(june), [("correction", -1.2)])
        self.assertEqual(self.amounts(sheet), [("piece", 40)])

    def test_work_entered_after_its_sheet_is_paid_on_the_next(self):
        rate = self.env["vas.work.rate"].search([("operation_id", "=", self.carton.id)])
        rate.date_to = "2030-05-31"
        self.rate(self.carton, 9, date_from="2030-06-01")
        self.rule(kind="over_task", operation_id=self.carton.id, task=3, fixed=50)
        record = self.work(self.carton, 2)
        sheet = self.sheet()
        sheet.with_user(self.officer).action_submit()
        with self.assertRaisesRegex(UserError, "waits for approval"):
            record.quantity = 3
        late = self.work(self.carton, 5, date="2030-05-30")
        self.work(self.carton, 1, date="2030-06-02")
        sheet.with_user(self.manager).action_approve()
        june = self.sheet(month=date(2030, 6, 1))
        # The task of June is compared with the work of June: no reward of 50.
        self.assertEqual(self.amounts(june), [("piece", 2), ("piece", 9)])
        self.assertIn(late, june.line_ids.record_ids)
        june.with_user(self.officer).action_submit()
        self.work(self.carton, 1, date="2030-07-01")
        july = self.sheet(month=date(2030, 7, 1))
        self.assertEqual(self.amounts(july), [("piece", 9)], "paid once")

    def test_work_before_the_first_sheet_is_not_dug_out(self):
        self.work(self.carton, 2, date="2030-04-10")
        self.work(self.carton, 1)
        self.assertEqual(self.amounts(self.sheet()), [("piece", 0.4)])

    def test_running_again_doubles_nothing(self):
        self.work(self.carton, 10)
        first = self.sheet()
        self.work(self.carton, 5)
        again = self.sheet()
        self.assertEqual(first, again)
        self.assertEqual(self.amounts(again), [("piece", 6)])
        again.action_submit()
        self.work(self.carton, 1000)
        self.assertEqual(self.amounts(self.sheet()), [("piece", 6)])

    def test_separation_of_duties(self):
        self.work(self.carton, 10)
        sheet = self.sheet()
        with self.assertRaisesRegex(UserError, "not submitted"):
            sheet.with_user(self.manager).action_approve()
        sheet.with_user(self.manager).action_submit()
        with self.assertRaisesRegex(UserError, "does not approve"):
            sheet.with_user(self.manager).action_approve()
        with self.assertRaisesRegex(AccessError, "managers"):
            sheet.with_user(self.officer).action_approve()
        self.company.vas_piece_four_eyes = False
        sheet.with_user(self.manager).action_approve()
        self.assertEqual(sheet.state, "approved")
        with self.assertRaisesRegex(UserError, "next sheet"):
            sheet.action_draft()
        with self.assertRaisesRegex(UserError, "stays"):
            sheet.action_cancel()
        with self.assertRaisesRegex(UserError, "cannot be deleted"):
            sheet.unlink()
        with self.assertRaisesRegex(UserError, "while the sheet is a draft"):
            sheet.base_wage = 1

    def test_export_for_payroll(self):
        self.work(self.carton, 10)
        sheet = self.sheet()
        with self.assertRaisesRegex(UserError, "drafts"):
            sheet.action_export_payroll()
        sheet.with_user(self.officer).action_submit()
        sheet.with_user(self.manager).action_approve()
        url = sheet.with_user(self.manager).action_export_payroll()["url"]
        attachment = self.env["ir.attachment"].browse(int(url.split("/")[3][:-11]))
        rows = attachment.raw.decode("utf-8-sig").splitlines()
        self.assertEqual(len(rows), 3)
        currency = self.company.currency_id.name
        self.assertIn(f"Pieces,10 carton × 0.4,4.00,{currency}", rows[2])
        self.assertTrue(sheet.exported_on)
        # Nobody is paid twice because two people press the button.
        with self.assertRaisesRegex(UserError, "Payroll has Li 2030-05 already"):
            sheet.with_user(self.manager).action_export_payroll()
        again = sheet.with_user(self.manager).action_export_payroll_again()
        copy = self.env["ir.attachment"].browse(int(again["url"].split("/")[3][:-11]))
        self.assertEqual(copy.raw, attachment.raw)

    def test_missing_rate_names_the_work(self):
        self.work(self.carton, 1, date="2029-12-31")
        with self.assertRaisesRegex(UserError, "no piece rate for Cartons · Li"):
            self.sheet(month=date(2029, 12, 1))

    def test_bad_input(self):
        with self.assertRaisesRegex(ValidationError, "overlaps"):
            self.rate(self.carton, 1, date_from="2031-01-01")
        with self.assertRaisesRegex(ValidationError, "are a correction"):
            self.work(self.carton, -1)
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            with self.env.cr.savepoint():
                self.work(
                    self.carton, 1, team_id=self.team().id, employee_id=self.li.id
                )
        with self.assertRaisesRegex(ValidationError, "needs an operation"):
            self.rule(kind="over_task")
        record = self.work(self.carton, 1, team_id=self.team().id)
        stranger = self.env["hr.employee"].create(
            {"name": "Sun", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(ValidationError, "Sun is not in the team"):
            record.member_hours_ids = [
                Command.create({"employee_id": stranger.id, "hours": 1})
            ]

    def test_making_sheets_opens_those_that_were_made(self):
        self.work(self.carton, 10)
        self.work(self.carton, 20, self.wang)
        wizard = self.env["vas.piece.sheet.make"].create(
            {"company_id": self.company.id, "month": "2030-05-17"}
        )
        action = wizard.action_make()
        made = self.env["vas.piece.sheet"].search(action["domain"])
        self.assertEqual(made.employee_id, self.li | self.wang)
        wizard.month = "2031-02-17"
        with self.assertRaisesRegex(UserError, "Nobody has work records in 2031-02"):
            wizard.action_make()

    def test_finished_transfers_make_records(self):
        self.carton.write({"picking_type_ids": self.type.ids, "basis": "quantity"})
        orders = self.order(self.shipper1, self.a, self.c, 10, 1) | self.order(
            self.shipper2, self.a, self.c, 10, 1
        )
        orders[0].vas_worker_id = self.li
        for order in orders:
            order.action_confirm()
            order.move_ids.quantity = 7
            order.move_ids.picked = True
        orders.with_context(skip_backorder=True)._action_done()
        records = self.env["vas.work.record"].search([("picking_id", "in", orders.ids)])
        self.assertEqual(records.employee_id, self.li)
        self.assertEqual(records.quantity, 7)
        orders.action_vas_record_work()
        orders[1].vas_worker_id = self.wang
        orders.action_vas_record_work()
        records = records.search([("picking_id", "in", orders.ids)])
        self.assertEqual(sorted(records.mapped("quantity")), [7, 7])

    def test_roles(self):
        self.work(self.carton, 1)
        sheet = self.sheet()
        user = new_test_user(
            self.env,
            "piece-user",
            "vas_logistics.group_vas_logistics_user",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            sheet.with_user(user).read(["total"])
        with self.assertRaises(AccessError):
            self.env["vas.work.record"].with_user(user).create(
                {"operation_id": self.carton.id, "quantity": 1, "employee_id": 1}
            )
        for values in ({"state": "approved"}, {"line_ids": [Command.clear()]}):
            with self.assertRaisesRegex(AccessError, "come from the computation"):
                sheet.with_user(self.manager).write(values)
        with self.assertRaises(AccessError):
            sheet.line_ids.with_user(self.manager).write({"amount": 9999})
        with self.assertRaises(AccessError):
            self.env["vas.work.rate"].with_user(self.manager).create(
                {"operation_id": self.carton.id, "rate": 99}
            )

    def test_rates_at_once_cost_no_more_queries(self):
        """Rates that overlap are found by one search, and named."""
        teams = self.env["vas.work.team"].create(
            [
                {"name": f"Team {index}", "company_id": self.company.id}
                for index in range(12)
            ]
        )
        rates = self.env["vas.work.rate"].union(
            *(self.rate(self.carton, 0.50, team_id=team.id) for team in teams)
        )

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._check_overlap()
            return self.env.cr.sql_log_count - before

        queries(rates)
        self.assertEqual(queries(rates), queries(rates[:1]))
        with self.assertRaisesRegex(ValidationError, "overlaps with"):
            self.rate(self.carton, 0.60, team_id=teams[5].id)

    def test_queries_do_not_grow_with_people(self):
        def queries(number, month):
            people = self.env["hr.employee"].create(
                [
                    {"name": f"P{index}", "company_id": self.company.id}
                    for index in range(number)
                ]
            )
            self.env["vas.work.record"].create(
                [
                    {
                        "operation_id": self.carton.id,
                        "quantity": 5,
                        "date": month.replace(day=3),
                        "company_id": self.company.id,
                        "employee_id": person.id,
                    }
                    for person in people
                ]
            )
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            sheets = self.env["vas.piece.sheet"]._make(self.company, month)
            self.env.flush_all()
            self.assertEqual(len(sheets), number)
            return self.env.cr.sql_log_count - before

        few = queries(3, date(2030, 7, 1))
        many = queries(40, date(2030, 8, 1))
        self.assertLessEqual(many, few + 12)
