"""The virtual environment: pinned packages, OCA addons, and Odoo made importable."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import IO

from . import process
from .errors import LauncherError
from .odoo_source import OdooSource, read_source
from .settings import Settings
from .steps import Progress, Step, digest, file_digest

SUPPORTED = ((3, 11), (3, 12), (3, 13))
# Imported after the installation: they would otherwise fail much later, less clearly.
SMOKE_IMPORTS = (
    "odoo.release",
    "odoo.cli",
    "psycopg2",
    "lxml.etree",
    "PIL.Image",
    "reportlab",
    "openupgradelib",
    "pyvrp",
)


def base_python(settings: Settings) -> str:
    """Return the Python to build on: the setting, else a supported one at hand."""
    if settings.python:
        chosen = shutil.which(os.path.expanduser(settings.python))
        if not chosen:
            raise LauncherError(
                f"the setting python (VAS_PYTHON) names {settings.python}, "
                "which is not a program"
            )
        return _require_supported(chosen)
    if sys.version_info[:2] in SUPPORTED:
        return sys.executable
    for major, minor in reversed(SUPPORTED):
        found = shutil.which(f"python{major}.{minor}")
        if found:
            return found
    return _require_supported(sys.executable)


def _require_supported(python: str) -> str:
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = process.capture([python, "-c", code]).stdout.strip()
    accepted = ", ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
    if version not in accepted.split(", "):
        raise LauncherError(
            f"{python} is Python {version or 'of an unknown version'}; "
            f"one of {accepted} is needed",
            "install one of them and name it in the setting python (VAS_PYTHON)",
        )
    return python


class PythonPackages(Step):
    """Create ``.vas/venv`` and install the pinned requirements."""

    name = "python"
    title = "Python packages"
    files: tuple[str, ...] = ("odoo.txt", "oca.txt")

    def __init__(self, settings: Settings, python: str) -> None:
        super().__init__(settings)
        self.base = python
        self.folder = settings.home / "venv"
        self.python = self.folder / "bin/python"

    def _requirements(self) -> list[Path]:
        return [self.settings.root / "requirements" / name for name in self.files]

    def fingerprint(self) -> str:
        source = read_source(self.settings)
        return digest(
            file_digest(*self._requirements()),
            os.path.realpath(self.base),
            source.kind,
            source.path,
        )

    def present(self) -> bool:
        return self.python.exists()

    def run(self, log: IO[str], progress: Progress) -> None:
        source = read_source(self.settings)
        if self.folder.exists():
            shutil.rmtree(self.folder)
        progress.detail("creating the virtual environment")
        process.run_logged(
            [self.base, "-m", "venv", self.folder],
            log,
            what="creating the virtual environment",
        )
        self._make_odoo_importable(source)
        files = self._requirements()
        if source.kind == "python":
            files = [path for path in files if path.name != "odoo.txt"]
        install(self.python, files, log, progress)
        progress.detail("trying the packages")
        code = (
            "import importlib, sys; [importlib.import_module(m) for m in sys.argv[1:]]"
        )
        process.run_logged(
            [self.python, "-c", code, *SMOKE_IMPORTS],
            log,
            what="importing the packages",
        )

    def _make_odoo_importable(self, source: OdooSource) -> None:
        """Point the environment at the tree, or at all packages of the Python that
        has Odoo (which may be a virtual environment itself, with .pth files)."""
        lines = [source.path]
        if source.kind == "python":
            code = "import site; print(*site.getsitepackages(), sep='\\n')"
            folders = process.capture([self.base, "-c", code]).stdout.split("\n")
            lines += [
                f"import site; site.addsitedir({folder!r})"
                for folder in folders
                if folder
            ]
        (site_packages,) = self.folder.glob("lib/python*/site-packages")
        (site_packages / "odoo-tree.pth").write_text("\n".join(lines) + "\n")


class TestPackages(Step):
    """Install what only the tests, lint and translations need."""

    name = "python-test"
    title = "Test packages"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.file = settings.root / "requirements/test.txt"
        self.python = settings.home / "venv/bin/python"

    def fingerprint(self) -> str:
        main = self.settings.home / "stamps/python.json"
        return digest(file_digest(self.file), file_digest(main))

    def present(self) -> bool:
        return (self.settings.home / "venv/bin/ruff").exists()

    def run(self, log: IO[str], progress: Progress) -> None:
        install(self.python, [self.file], log, progress)


def install(python: Path, files: list[Path], log: IO[str], progress: Progress) -> None:
    """Install requirement files that pin every package, dependencies included."""
    wanted = sum(
        1
        for path in files
        for line in path.read_text().splitlines()
        if line.strip() and not line.startswith("#")
    )
    seen = 0

    def on_line(line: str) -> None:
        nonlocal seen
        if line.startswith("Collecting "):
            seen += 1
            progress.detail(f"downloading {seen}/{wanted} {line.split()[1]}")
        elif line.startswith("Installing collected"):
            progress.detail(f"installing {wanted} packages")

    arguments = [part for path in files for part in ("-r", str(path))]
    process.run_logged(
        [
            *(python, "-m", "pip", "install", "--no-deps", "--prefer-binary"),
            *("--no-input", "--disable-pip-version-check", "--root-user-action=ignore"),
            # also what the Python that has Odoo offers already: the pins decide
            "--ignore-installed",
            *arguments,
        ],
        log,
        what="installing the Python packages",
        on_line=on_line,
    )
