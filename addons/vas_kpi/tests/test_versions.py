from hypothesis import given
from hypothesis import strategies as st

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command
from odoo.tests import BaseCase, tagged

from ..tools.version_diff import Item, compare
from . import hypothesis_profile  # noqa: F401
from .common import VasKpiCase
from .test_decisions import BANDS

texts = st.text("ab", min_size=1, max_size=2)
items = st.lists(
    st.builds(
        Item,
        st.sampled_from(["Bands", "Criteria"]),
        texts,
        texts,
        st.dictionaries(st.sampled_from(["Name", "Range"]), texts, max_size=2),
    ),
    max_size=5,
    unique_by=lambda item: (item.part, item.code),
)


@tagged("post_install", "-at_install")
class TestCompare(BaseCase):
    @given(items)
    def test_same_is_no_change_in_any_order(self, version):
        self.assertEqual(compare(version, list(reversed(version))), [])

    @given(items, items)
    def test_backwards_is_the_mirror(self, old, new):
        mirror = {"added": "removed", "removed": "added", "changed": "changed"}
        forward = {
            (c.part, c.kind, c.attribute, c.old, c.new) for c in compare(old, new)
        }
        backward = {
            (c.part, mirror[c.kind], c.attribute, c.new, c.old)
            for c in compare(new, old)
        }
        self.assertEqual(forward, backward)


@tagged("post_install", "-at_install")
class TestVersions(VasKpiCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.metric = cls.make_metric("versioned")
        cls.card = cls.make_scorecard(
            [("versioned", "all", cls.metric, cls.identity, 100)], bands=BANDS
        )

    def next_version(self):
        return self.env["vas.scorecard"].browse(
            self.card.action_new_version()["res_id"]
        )

    def test_a_fresh_copy_has_no_changes(self):
        version = self.next_version()
        self.assertEqual(version.diff_count, 0)
        self.assertIn("the same rules", version.diff_html)
        self.assertFalse(self.card.diff_html)

    def test_changes_read_as_sentences(self):
        version = self.next_version()
        version.missing_rule = "full"
        version.section_ids.weight = 60
        version.section_ids = [
            Command.create({"code": "cost", "name": "Cost", "weight": 40})
        ]
        version.criterion_ids.scale_id = self.make_scale(
            {"type": "knots", "knots": [[0, 0], [50, 100]]}, "Steeper"
        )
        self.env["vas.scorecard.criterion"].create(
            {
                "section_id": version.section_ids[1].id,
                "code": "price",
                "name": "Price",
                "metric_id": self.metric.id,
                "scale_id": self.identity.id,
                "max_points": 20,
            }
        )
        version.band_ids[0].min_value = 85
        version.band_ids[2].unlink()
        found = {
            (c.kind, c.label, c.attribute): (c.old, c.new)
            for c in version._get_changes(self.card)
        }
        self.assertEqual(
            found["changed", "Missing data", ""],
            ("Count as 0 points", "Count as full points"),
        )
        self.assertEqual(found["changed", "all", "Weight"], ("100 %", "60 %"))
        self.assertEqual(found["changed", "A", "Range"], ("≥ 80", "≥ 85"))
        self.assertEqual(
            found["changed", "Versioned", "Scale"][1], "Steeper: 0 → 0; 50 → 100"
        )
        self.assertIn("Maximum 20", found["added", "Price", ""][1])
        self.assertIn("added", {kind for kind, label, _a in found if label == "Cost"})
        self.assertEqual(found["removed", "C", ""][1], "")
        self.assertEqual(version.diff_count, len(found))
        wizard = self.env["vas.scorecard.compare"].create(
            {"scorecard_id": self.card.id, "other_id": version.id}
        )
        self.assertIn("removed", wizard.diff_html)

    def test_problems_are_told_at_the_place(self):
        version = self.next_version()
        version.band_ids[0].min_value = 70
        version.band_ids[1].max_value = 75
        self.assertIn("overlap", version.band_problem_text)
        self.assertIn("overlap", version.problem_text)
        with self.assertRaisesRegex(UserError, "“A” overlap|“B” and “A”"):
            version.action_activate()
        version.band_ids[0].min_value = 90
        with self.assertRaisesRegex(UserError, "gap between bands"):
            version.action_activate()
        version.band_ids[0].min_value = 75
        version.section_ids.weight = 99.5
        with self.assertRaisesRegex(UserError, "99.5 / 100, 0.5 missing"):
            version.action_activate()
        # Three thirds of two decimals are accepted and count as a whole.
        version.section_ids.weight = 99.99
        version.action_activate()
        self.assertEqual(version.state, "active")
        with self.assertRaisesRegex(ValidationError, "no_such_field"):
            version.subject_domain = "[('no_such_field', '=', 1)]"
