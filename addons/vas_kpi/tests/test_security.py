from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import YEAR, VasKpiCase

RULES = (
    "vas.metric",
    "vas.scale",
    "vas.scale.line",
    "vas.scorecard",
    "vas.scorecard.section",
    "vas.scorecard.criterion",
    "vas.scorecard.criterion.modifier",
    "vas.scorecard.override",
    "vas.scorecard.band",
)
FACTS = (
    "vas.observation",
    "vas.adjustment",
    "vas.assessment.run",
)
RESULTS = {"user": "r", "officer": "rw", "manager": "rwu", "admin": "rwu"}


@tagged("post_install", "-at_install")
class TestSecurity(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric = cls.make_metric("secured")
        cls.card = cls.make_scorecard(
            [("secured", "all", cls.metric, cls.identity, 100)],
            bands=[{"code": "good", "min": 50}],
        )
        cls.observe(cls.metric, cls.vendors[0], 60)
        cls.observe(cls.metric, cls.vendors[1], 70)
        cls.results = cls.card._assess(cls.vendors, *YEAR)

    def allowed(self, user, model):
        operations = ("read", "write", "create", "unlink")
        return "".join(
            operation[0]
            for operation in operations
            if self.env[model].with_user(user).has_access(operation)
        )

    def test_roles(self):
        expected = {
            "user": ("r", "r"),
            "officer": ("r", "rwc"),
            "manager": ("r", "rwcu"),
            "admin": ("rwcu", "rwcu"),
        }
        for role, (rules, facts) in expected.items():
            user = self.make_user(f"role_{role}", role)
            for model in RULES:
                self.assertEqual(self.allowed(user, model), rules, (role, model))
            for model in FACTS:
                self.assertEqual(self.allowed(user, model), facts, (role, model))
            self.assertEqual(self.allowed(user, "vas.assessment"), RESULTS[role])
            self.assertEqual(self.allowed(user, "vas.assessment.line"), "r")

    def test_outsiders_read_nothing(self):
        employee = self.make_user("role_none")
        for model in (
            *RULES,
            *FACTS,
            "vas.assessment",
            "vas.settlement",
            "vas.settlement.agreement",
        ):
            self.assertEqual(self.allowed(employee, model), "", model)

    def test_portal_vendor_sees_own_published_results(self):
        mine, other, _third = self.results.sorted("partner_id")
        portal = new_test_user(self.env, "vas_portal", "base.group_portal")
        portal.partner_id.parent_id = mine.partner_id
        as_portal = self.env["vas.assessment"].with_user(portal)
        self.assertFalse(as_portal.search([]))
        self.results.action_confirm()
        self.assertFalse(as_portal.search([]))
        self.results.action_publish()
        self.assertEqual(as_portal.search([]), mine)
        self.assertEqual(mine.with_user(portal).line_ids.value_text, "60.00")
        lines = self.env["vas.assessment.line"].with_user(portal).search([])
        self.assertEqual(lines, mine.line_ids)
        for action in (
            lambda: other.with_user(portal).read(["score"]),
            lambda: mine.with_user(portal).write({"score": 100}),
            lambda: mine.with_user(portal).action_revert(),
            lambda: self.card.with_user(portal).read(["name"]),
            lambda: self.metric.with_user(portal).read(["name"]),
        ):
            with self.assertRaises(AccessError):
                action()

    def test_second_company_is_closed(self):
        other = self.env["res.company"].create({"name": "Second company"})
        user = self.make_user(
            "second_company", "manager", company_id=other.id, company_ids=other.ids
        )
        for model in FACTS:
            self.assertFalse(self.env[model].with_user(user).search([]), model)
        with self.assertRaises(AccessError):
            self.results.with_user(user).read(["score"])
        # Shared rules are visible, rules of one company are not.
        self.assertTrue(self.card.with_user(user).has_access("read"))
        self.card.company_id = self.company
        self.assertFalse(self.card.with_user(user).has_access("read"))

    def test_officer_cannot_decide_through_the_back_door(self):
        officer = self.make_user("back_door", "officer")
        for values in ({"state": "confirmed"}, {"score": 100.0}, {"band_id": False}):
            with self.assertRaises(AccessError):
                self.results[0].with_user(officer).write(values)
        with self.assertRaises(AccessError):
            self.results[0].line_ids.with_user(officer).write({"points": 100.0})
        # Computing again is allowed and gives what the facts give.
        self.results.with_user(officer).action_compute()
        self.assertEqual(sorted(self.results.mapped("score")), [0, 60, 70])
