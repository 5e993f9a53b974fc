from odoo.tests import new_test_user

from .sla_common import SlaCase


class DeviceCase(SlaCase):
    """Two banks, one with a branch, and two service companies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        env = cls.env
        partners = env["res.partner"]
        cls.bank_x, cls.bank_y = partners.create(
            [{"name": f"Bank {name}", "is_company": True} for name in "XY"]
        )
        cls.branch = partners.create(
            {"name": "Branch of X", "is_company": True, "parent_id": cls.bank_x.id}
        )
        cls.provider_p, cls.provider_q = partners.create(
            [{"name": f"Provider {name}", "is_company": True} for name in "PQ"]
        )
        cls.kind = env["vas.device.type"].create({"name": "Cash machine"})
        cls.brand = env["vas.device.brand"].create({"name": "Acme"})
        cls.model = env["vas.device.model"].create(
            {
                "name": "C-100",
                "type_id": cls.kind.id,
                "brand_id": cls.brand.id,
                "warranty_months": 24,
            }
        )
        cls.fault = env["vas.fault.type"].create({"name": "Does not dispense"})
        cls.reason = env["vas.fault.reason"].create({"name": "Worn out"})
        cls.users = {}
        for login, company in (
            ("bank_x", cls.bank_x),
            ("bank_x_branch", cls.branch),
            ("bank_y", cls.bank_y),
            ("provider_p", cls.provider_p),
            ("provider_q", cls.provider_q),
        ):
            user = new_test_user(env, login, groups="base.group_portal")
            user.partner_id.write(
                {"parent_id": company.id, "email": f"{login}@example.com"}
            )
            cls.users[login] = user
        cls.devices = {
            (owner, provider): env["fsm.equipment"].create(
                {
                    "name": f"{owner.name}/{provider.name}",
                    "vas_model_id": cls.model.id,
                    "vas_owner_id": owner.id,
                    "vas_provider_id": provider.id,
                }
            )
            for owner in (cls.bank_x, cls.branch, cls.bank_y)
            for provider in (cls.provider_p, cls.provider_q)
        }

    def _of(self, *partners):
        """The devices whose owner or service company is one of *partners*."""
        found = self.env["fsm.equipment"]
        for (owner, provider), device in self.devices.items():
            if owner in partners or provider in partners:
                found |= device
        return found

    def _seen_by(self):
        """login → the devices AST-04 lets them see."""
        return {
            "bank_x": self._of(self.bank_x, self.branch),
            "bank_x_branch": self._of(self.branch),
            "bank_y": self._of(self.bank_y),
            "provider_p": self._of(self.provider_p),
            "provider_q": self._of(self.provider_q),
        }
