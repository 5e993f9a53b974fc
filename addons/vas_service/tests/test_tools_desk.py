"""Telephone numbers and likeness of titles: properties of the pure functions."""

from unittest import TestCase

from hypothesis import given
from hypothesis import strategies as st

from ..tools import phone
from ..tools.similarity import likeness, pieces

DIGITS = st.text("0123456789", min_size=7, max_size=8)


class TestPhone(TestCase):
    def test_one_line_many_spellings(self):
        for spelling in (
            "+86 138 0013 8000",
            "0086-138-0013-8000",
            "138 0013 8000",
            "tel:+8613800138000",
            "tel:%2B86%20138%200013%208000",
            "sip:+8613800138000@pbx.example.com",
            "(138) 0013.8000",
            "138 0013 8000 ext 12",
            "138 0013 8000转12",
        ):
            self.assertEqual(
                phone.normalise(spelling, "CN"), "+8613800138000", spelling
            )

    def test_landlines(self):
        self.assertEqual(phone.normalise("021 5555 0188", "CN"), "+862155550188")
        self.assertTrue(phone.same("55550188", "+86 21 5555 0188", "CN", 8))
        self.assertFalse(phone.same("55550188", "+86 21 5555 0188", "CN"))
        self.assertFalse(phone.same("+862155550188", "+861055550188", "CN", 8))

    def test_nothing_is_nobody(self):
        for nothing in ("", None, "anonymous", "+", "tel:"):
            self.assertEqual(phone.normalise(nothing, "CN"), "")
            self.assertFalse(phone.same(nothing, nothing, "CN", 4))

    @given(st.text())
    def test_any_text_is_taken(self, text):
        normal = phone.normalise(text, "CN")
        self.assertRegex(normal, r"^\+?[0-9]*$")
        self.assertEqual(phone.normalise(normal, "CN"), normal)

    @given(DIGITS, st.integers(1, 8))
    def test_tail(self, digits, count):
        last = phone.tail(digits, count)
        self.assertTrue(digits.endswith(last))
        self.assertEqual(len(last), min(count, len(digits)))

    @given(DIGITS, DIGITS, st.integers(0, 8))
    def test_same_is_symmetric(self, left, right, digits):
        self.assertEqual(
            phone.same(left, right, "CN", digits), phone.same(right, left, "CN", digits)
        )


class TestLikeness(TestCase):
    def test_titles(self):
        self.assertEqual(pieces("ＡＴＭ 报修"), {"atm", "报", "报修"})
        self.assertEqual(likeness("ATM 吐钞故障", "atm吐钞故障"), 1.0)
        self.assertGreater(likeness("ATM 吐钞故障", "ATM 吐钞模块故障"), 0.4)
        self.assertLess(likeness("Printer on fire", "Change of invoice title"), 0.1)

    @given(st.text(), st.text())
    def test_bounds_and_symmetry(self, left, right):
        share = likeness(left, right)
        self.assertTrue(0.0 <= share <= 1.0)
        self.assertEqual(share, likeness(right, left))

    @given(st.text())
    def test_a_text_is_like_itself(self, text):
        self.assertEqual(likeness(text, text), 1.0 if pieces(text) else 0.0)
