"""System packages: what the machine must offer, and how to get it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import process
from .errors import LauncherError
from .settings import Settings
from .steps import Progress, Step, digest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CJK_FONT_HINTS = ("NotoSansCJK", "NotoSerifCJK", "wqy-", "SourceHanSans", "uming")


@dataclass(frozen=True)
class Need:
    """Something of the system that is used, and the Debian package that has it."""

    package: str
    purpose: str
    found: Callable[[], bool]
    essential: bool = True


def postgres_bin_folders() -> list[Path]:
    """Return the folders that hold PostgreSQL's server programs, newest first."""
    folders = {
        Path(name).resolve().parent
        for name in (shutil.which("initdb"), shutil.which("pg_ctl"))
        if name
    }
    for base in ("/usr/lib/postgresql", "/usr/pgsql", "/opt/homebrew/opt"):
        folders.update(path.parent for path in Path(base).glob("*/bin/initdb"))
    complete = [path for path in folders if (path / "postgres").exists()]
    return sorted(complete, key=_version_of, reverse=True)


def _version_of(folder: Path) -> float:
    result = process.capture([folder / "postgres", "--version"])
    words = [word for word in result.stdout.split() if word[:1].isdigit()]
    return float(".".join(words[0].split(".")[:2])) if words else 0.0


def find_chromium() -> str | None:
    """Return the path of a Chromium or Chrome."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def _has_cjk_font() -> bool:
    if shutil.which("fc-list"):
        return bool(process.capture(["fc-list", ":lang=zh"]).stdout.strip())
    folders = (Path("/usr/share/fonts"), Path.home() / ".fonts")
    return any(
        hint in path.name
        for folder in folders
        for path in folder.rglob("*.tt[cf]")
        for hint in CJK_FONT_HINTS
    )


def python_can_make_venv(python: str) -> bool:
    """Tell whether *python* has ``venv`` and ``ensurepip`` (Debian splits them off)."""
    return process.capture([python, "-c", "import venv, ensurepip"]).returncode == 0


def needs(settings: Settings, python: str, for_tests: bool) -> list[Need]:
    """Return what this set-up uses of the system."""
    own_server = settings.server is None or for_tests
    wanted = [
        Need(
            "python3-venv",
            "the virtual environment of the Python packages",
            lambda: python_can_make_venv(python),
        ),
        Need(
            "wkhtmltopdf",
            "printing PDF reports",
            lambda: bool(shutil.which("wkhtmltopdf")),
            essential=for_tests,
        ),
        Need(
            "fonts-noto-cjk", "Chinese in PDF and screenshots", _has_cjk_font, for_tests
        ),
    ]
    if own_server:
        wanted.insert(
            0,
            Need(
                "postgresql",
                "the database server",
                lambda: bool(postgres_bin_folders()),
            ),
        )
    if for_tests:
        wanted.append(
            Need("chromium", "the browser tests", lambda: bool(find_chromium()))
        )
    return wanted


class SystemPackages(Step):
    """Install what is missing, or say exactly what to install."""

    name = "system"
    title = "System packages"

    def __init__(
        self, settings: Settings, python: str, install: bool, for_tests: bool = False
    ) -> None:
        super().__init__(settings)
        self.install = install
        self.for_tests = for_tests
        if for_tests:
            self.name = "system-test"
        self.needs = needs(settings, python, for_tests)

    def fingerprint(self) -> str:
        return digest(*(need.package for need in self.needs))

    def present(self) -> bool:
        return all(need.found() for need in self.needs if need.essential)

    def run(self, log: IO[str], progress: Progress) -> None:
        missing = [need for need in self.needs if not need.found()]
        if not missing:
            return
        packages = [need.package for need in missing]
        essential = [need for need in missing if need.essential]
        has_apt = bool(shutil.which("apt-get"))
        if not self.install or not has_apt or os.geteuid() != 0:
            if essential:
                raise LauncherError(
                    "the system lacks "
                    + "; ".join(f"{need.package} ({need.purpose})" for need in missing),
                    "install it, then run the command again:\n    "
                    + (
                        f"sudo apt-get install -y {' '.join(packages)}"
                        if has_apt
                        else "the packages of your distribution that hold these "
                        "programs (the names above are Debian's)"
                    ),
                )
            for need in missing:
                progress.note(f"without {need.package}: no {need.purpose}")
            return
        env = {"DEBIAN_FRONTEND": "noninteractive"}
        lock = ("-o", "DPkg::Lock::Timeout=180")
        progress.detail("refreshing the list of packages")
        process.run_logged(
            ["apt-get", *lock, "update"], log, what="apt-get update", env=env
        )
        progress.detail(f"installing {', '.join(packages)}")
        process.run_logged(
            ["apt-get", *lock, "install", "-y", "--no-install-recommends", *packages],
            log,
            what=f"apt-get install {' '.join(packages)}",
            env=env,
        )
        still = [need.package for need in missing if not need.found()]
        if still:
            raise LauncherError(
                f"{', '.join(still)} was installed but cannot be found afterwards"
            )
