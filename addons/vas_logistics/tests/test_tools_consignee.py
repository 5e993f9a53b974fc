from hypothesis import given
from hypothesis import strategies as st

from odoo.tests import BaseCase

from odoo.addons.vas_logistics.tools.consignee import (
    Address,
    find_known,
    plain,
    same_phone,
)

NUMBERS = st.text("0123456789", min_size=8, max_size=11)


class TestConsigneeTools(BaseCase):
    def test_what_two_people_write_differently(self):
        self.assertEqual(plain("淮海中路 918 号"), plain("淮海中路918号"))
        self.assertEqual(plain("12, High St."), plain("12 high st"))
        self.assertEqual(plain("ＡＢＣ"), "abc")

    def test_phones(self):
        self.assertTrue(same_phone("+86 21 5550 2047", "021-55502047"))
        self.assertTrue(same_phone("5550 2047", "021 5550 2047"))
        self.assertFalse(same_phone("47", "021 5550 2047"))
        self.assertFalse(same_phone("5550 2048", "021 5550 2047"))

    def test_known_receivers(self):
        known = [
            Address(("Clinic", "C-1"), "021 5550 2047", ("Huaihai Rd 918",)),
            Address(("Clinic",), "025 5550 2048", ("Gaoqiao 66",)),
            Address(("Market",)),
        ]
        self.assertEqual(find_known("clinic ", "", "", known), [0, 1])
        self.assertEqual(find_known("C-1", "", "", known), [0])
        self.assertEqual(find_known("Clinic", "025 55502048", "", known), [1])
        self.assertEqual(find_known("Clinic", "", "huaihai rd. 918", known), [0])
        self.assertEqual(find_known("Clinic", "", "Elsewhere 1", known), [])
        # What the address does not say cannot rule it out.
        self.assertEqual(find_known("Market", "1", "Anywhere", known), [2])
        self.assertEqual(find_known("", "1", "Anywhere", known), [])

    @given(NUMBERS, NUMBERS)
    def test_same_phone_is_symmetric_and_reflexive(self, one, other):
        self.assertTrue(same_phone(one, one))
        self.assertTrue(same_phone(one, f"+86 {one.lstrip('0')}") or not one.strip("0"))
        self.assertEqual(same_phone(one, other), same_phone(other, one))

    @given(st.lists(st.text(min_size=1, max_size=6), max_size=5), st.text(max_size=6))
    def test_saying_more_never_finds_more(self, names, place):
        known = [Address((name,), "", (name,)) for name in names]
        for name in names:
            wide = find_known(name, "", "", known)
            narrow = find_known(name, "", place, known)
            self.assertLessEqual(set(narrow), set(wide))
