"""The accounts of the demo company, in one place (the password is the login)."""

from __future__ import annotations

from dataclasses import dataclass

DEMO_COMPANY = "vas_kpi.demo_company"


@dataclass(frozen=True)
class Login:
    """An account to try the product with."""

    role: str
    login: str

    @property
    def password(self) -> str:
        """Return the password: demo accounts have their login."""
        return self.login


LOGINS = (
    Login("Administrator", "admin"),
    Login("Service manager", "service"),
    Login("Service agent", "agent"),
    Login("Field engineer", "engineer"),
    Login("Salesperson", "sales"),
    Login("Business department", "business"),
    Login("Dispatcher", "dispatcher"),
    Login("Outlet clerk", "outlet"),
    Login("Gate", "gate"),
    Login("Vendor manager", "vendor"),
    Login("Accountant", "accountant"),
    Login("Complaint desk", "complaint"),
    Login("Supervision of complaints", "supervision"),
    Login("Portal: a customer", "customer.portal"),
    Login("Portal: a vendor", "vendor.portal"),
    Login("Portal: a bank", "bank.portal"),
    Login("Portal: a service provider", "provider.portal"),
)


def table(present: set[str]) -> str:
    """Return the accounts that exist, as aligned text."""
    rows = [("Who", "Login", "Password")]
    rows += [(x.role, x.login, x.password) for x in LOGINS if x.login in present]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  "
        + "  ".join(
            text.ljust(width) for text, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )
