"""Odoo 19 itself: a tree of the user's, an installed one, Debian's package, or git."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import tarfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from . import process
from .errors import LauncherError
from .settings import ODOO_SERIES, Settings
from .steps import Progress, Step, digest, write_atomically

# Debian's Odoo links into these packages; without them fonts and scripts dangle.
SID_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-underscore",
    "libjs-jquery-form",
    "fonts-roboto-unhinted",
    "fonts-inconsolata",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
    "fonts-montserrat",
)
# The version in sid (7.x) has other files: Odoo needs 4.7, which stable Debian has.
STABLE_PACKAGES = ("fonts-font-awesome",)
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
PACKAGE_ROOT = Path("usr/lib/python3/dist-packages")

FONT_AWESOME_FONTS = "odoo/addons/web/static/**/fontawesome/fonts/*"
SEGMENTATION = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
# npm package, its integrity, the file in it
SEGMENTATION_NPM = (
    "@mediapipe/selfie_segmentation@0.1.1675465747",
    (
        "sha512-IxYxNhwE5VwOm52L1yoFWYLP7q9Pd+NJjzOC5tlepfvEGaY3o9hslhUrx9Bgseqd"
        "fZtKSDtd/4NfCSMjNzQalA=="
    ),
    "package/selfie_segmentation.js",
)
FONT_AWESOME_NPM = (
    "font-awesome@4.7.0",
    (
        "sha512-U6kGnykA/6bFmg1M/oT9EkFeIYv7JlX3bozwQJWiiLz6L0w3F5vBVPxHlwyX/vtNq1ckcpRK"
        "OB9f2Qal/VtFpg=="
    ),
    "package/fonts",
)
SEGMENTATION_SUBSTITUTE = """\
// Background blur in video calls is not available in this set-up: the library it uses
// is not part of the Odoo package. Whoever asks for it gets a clear refusal.
window.SelfieSegmentation = class SelfieSegmentation {
    constructor() {
        throw new Error("Background blur is not available on this server.");
    }
};
"""
# Dangling links that no page uses: the receipt font of the point of sale.
HARMLESS_LINKS = ("Inconsolata.otf",)


@dataclass(frozen=True)
class OdooSource:
    """Where Odoo comes from; ``path`` is the folder that holds the package ``odoo``."""

    kind: str
    path: str
    detail: str = ""


def read_source(settings: Settings) -> OdooSource:
    """Return the source chosen by the set-up."""
    return OdooSource(**json.loads((settings.home / "odoo.json").read_text()))


def release_of(folder: Path) -> str | None:
    """Return the series (``19.0``) of the package ``odoo`` in *folder*."""
    try:
        text = (folder / "odoo/release.py").read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(
        r"^version_info\s*=\s*\(\s*['\"]?([\w~]+)['\"]?\s*,\s*(\d+)", text, re.MULTILINE
    )
    return f"{found[1]}.{found[2]}" if found else None


def package_folder(path: Path) -> Path:
    """Return the folder with the package ``odoo`` for a path given by a person."""
    candidates = [path, path.parent if path.name == "odoo" else path]
    for candidate in (*candidates, path / PACKAGE_ROOT):
        if (candidate / "odoo/release.py").is_file():
            return candidate.resolve()
    raise LauncherError(
        f"{path} has no package odoo: expected a source checkout of Odoo "
        f"{ODOO_SERIES} or a folder that contains odoo/release.py",
        "correct the setting odoo_path (VAS_ODOO_PATH)",
    )


def require_series(folder: Path) -> None:
    """Raise LauncherError unless *folder* holds Odoo of our series."""
    found = release_of(folder)
    if found != ODOO_SERIES:
        raise LauncherError(
            f"{folder} holds Odoo {found or 'of an unknown version'}; "
            f"{ODOO_SERIES} is needed"
        )


def importable_odoo(python: str) -> Path | None:
    """Return the folder from which *python* imports Odoo 19, or None."""
    code = "import odoo.release as r; print(r.__file__)"
    result = process.capture([python, "-c", code], cwd=Path("/"))
    if result.returncode:
        return None
    folder = Path(result.stdout.strip().splitlines()[-1]).parent.parent
    return folder if release_of(folder) == ODOO_SERIES else None


@dataclass(frozen=True)
class Download:
    """A package file as apt describes it."""

    url: str
    name: str
    size: int
    sha256: str

    def matches(self, path: Path) -> bool:
        """Tell whether *path* is this file, undamaged."""
        try:
            if path.stat().st_size != self.size:
                return False
            with path.open("rb") as handle:
                found = hashlib.sha256()
                while block := handle.read(1 << 20):
                    found.update(block)
        except OSError:
            return False
        return found.hexdigest() == self.sha256


def parse_print_uris(text: str) -> list[Download]:
    """Read ``apt-get --print-uris download``: quoted URL, name, size, SHA256:hash."""
    pattern = r"^'([^']+)' (\S+) (\d+) SHA256:([0-9a-f]{64})\s*$"
    return [
        Download(url, name, int(size), sha)
        for url, name, size, sha in re.findall(pattern, text, re.MULTILINE)
    ]


def choose_mirror(text: str) -> str | None:
    """Pick the Debian mirror from lines ``site|release|label|origin``."""
    rows = [line.split("|") for line in text.splitlines() if line.count("|") == 3]
    usable = [
        row
        for row in rows
        if row[0].startswith(("http:", "https:", "file:", "copy:"))
        and row[3] in ("Debian", "")
        and "security" not in row[0] + row[1] + row[2].lower()
        and "backports" not in row[1]
    ]
    usable.sort(key=lambda row: (row[3] != "Debian", "-" in row[1]))
    return usable[0][0] if usable else None


class Apt:
    """apt with a private state, so that the machine's own stays as it is."""

    def __init__(self, folder: Path, log: IO[str]) -> None:
        self.folder = folder
        self.log = log

    def private(self, mirror: str) -> list[str]:
        """Return the options for Debian's suite sid, prepared in the folder."""
        for part in ("lists/partial", "cache/archives/partial"):
            (self.folder / part).mkdir(parents=True, exist_ok=True)
        sources = self.folder / "sources.list"
        sources.write_text(f"deb [signed-by={KEYRING}] {mirror} sid main\n")
        as_root = ["-oAPT::Sandbox::User=root"] if os.geteuid() == 0 else []
        return [
            *as_root,
            f"-oDir::State::Lists={self.folder}/lists",
            f"-oDir::Cache={self.folder}/cache",
            f"-oDir::Etc::SourceList={sources}",
            "-oDir::Etc::SourceParts=/dev/null",
            "-oDir::Etc::Preferences=/dev/null",
            "-oDir::Etc::PreferencesParts=/dev/null",
            "-oAcquire::Languages=none",
            "-oAcquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false",
        ]

    def mirror(self) -> str | None:
        """Return the Debian mirror that this machine uses."""
        layout = "$(SITE)|$(RELEASE)|$(LABEL)|$(ORIGIN)"
        result = process.capture(
            ["apt-get", "indextargets", "--format", layout, "Created-By: Packages"]
        )
        return choose_mirror(result.stdout)

    def downloads(
        self, options: list[str], packages: tuple[str, ...]
    ) -> list[Download]:
        """Return what apt would download for *packages*, or [] when it cannot."""
        result = process.capture(
            ["apt-get", *options, "--print-uris", "download", *packages]
        )
        self.log.write(result.stdout + result.stderr)
        found = parse_print_uris(result.stdout)
        return found if len(found) == len(packages) else []

    def fetch(
        self, options: list[str], package: str, file: Download, folder: Path
    ) -> None:
        """Download one package file into *folder* unless it is there, undamaged."""
        target = folder / file.name
        if file.matches(target):
            return
        target.unlink(missing_ok=True)
        with _work_folder(folder) as work:
            process.run_logged(
                ["apt-get", *options, "download", package],
                self.log,
                what=f"downloading {package}",
                cwd=work,
            )
            if not file.matches(work / file.name):
                raise LauncherError(f"{file.name} arrived damaged; try again")
            os.replace(work / file.name, target)


@contextlib.contextmanager
def _work_folder(parent: Path) -> Iterator[Path]:
    """Yield an empty folder inside *parent*, removed afterwards."""
    work = parent / f"part-{os.getpid()}-{time.monotonic_ns()}"
    work.mkdir(parents=True)
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


class OdooTree(Step):
    """Choose or fetch Odoo, complete it, check it."""

    name = "odoo"
    title = "Odoo 19"

    def __init__(self, settings: Settings, python: str) -> None:
        super().__init__(settings)
        self.python = python
        self.own_tree = settings.home / "odoo"

    def fingerprint(self) -> str:
        return digest(
            self.settings.odoo_path or "",
            self.settings.odoo_git,
            os.path.realpath(shutil.which(self.python) or self.python),
            SID_PACKAGES,
            SEGMENTATION_NPM,
        )

    def present(self) -> bool:
        try:
            source = read_source(self.settings)
        except (OSError, ValueError, TypeError):
            return False
        return release_of(Path(source.path)) == ODOO_SERIES

    def run(self, log: IO[str], progress: Progress) -> None:
        source = self._obtain(log, progress)
        require_series(Path(source.path))
        progress.note(f"Odoo: {source.detail}")
        text = json.dumps(asdict(source), indent=1) + "\n"
        write_atomically(self.settings.home / "odoo.json", text)

    def _obtain(self, log: IO[str], progress: Progress) -> OdooSource:
        if self.settings.odoo_path:
            folder = package_folder(self.settings.odoo_path)
            return OdooSource("path", str(folder), f"the one in {folder} (setting)")
        installed = importable_odoo(self.python)
        if installed:
            return OdooSource(
                "python", str(installed), f"the one installed in {installed}"
            )
        reasons = []
        for attempt in (self._from_debian, self._from_git):
            try:
                return attempt(log, progress)
            except LauncherError as error:
                reasons.append(str(error))
                log.write(f"{error}\n{error.advice}\n")
                progress.note(str(error))
        raise LauncherError(
            "Odoo 19 could not be had: " + "; ".join(reasons),
            "get a source checkout of Odoo's branch 19.0 and name it in VAS_ODOO_PATH, "
            "or name a git repository in VAS_ODOO_GIT",
        )

    # Debian -------------------------------------------------------------------

    def _from_debian(self, log: IO[str], progress: Progress) -> OdooSource:
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise LauncherError("no Debian package: this machine has no apt")
        files = self._debian_files(log, progress)
        with self._building() as building:
            for number, path in enumerate(files, start=1):
                progress.detail(f"unpacking {number}/{len(files)} {path.name}")
                process.run_logged(
                    ["dpkg-deb", "-x", path, building],
                    log,
                    what=f"unpacking {path.name}",
                )
            folder = building / PACKAGE_ROOT
            complete_tree(folder, self.settings.cache, log, progress)
            require_series(folder)
            check_links(building)
        version = next(p.name.split("_")[1] for p in files if p.name.startswith("odoo"))
        final = self.own_tree / PACKAGE_ROOT
        return OdooSource("debian", str(final), f"Debian's package, version {version}")

    def _debian_files(self, log: IO[str], progress: Progress) -> list[Path]:
        """Return the package files, from the cache where they are whole."""
        cache = self.settings.cache / "deb"
        cache.mkdir(parents=True, exist_ok=True)
        index = cache / "index.json"
        progress.detail("checking the downloads at hand")
        with contextlib.suppress(OSError, ValueError, TypeError):
            known = [Download(**entry) for entry in json.loads(index.read_text())]
            if len(known) == len(SID_PACKAGES) + len(STABLE_PACKAGES) and all(
                file.matches(cache / file.name) for file in known
            ):
                return [cache / file.name for file in known]
        apt = Apt(self.settings.cache / "apt", log)
        mirror = apt.mirror()
        if not mirror or not KEYRING.is_file():
            raise LauncherError("no Debian package: this machine has no Debian mirror")
        options = apt.private(mirror)
        progress.detail("reading the index of Debian's suite sid")
        process.run_logged(
            ["apt-get", *options, "update"], log, what="reading Debian's index of sid"
        )
        wanted = apt.downloads(options, SID_PACKAGES)
        if not wanted:
            raise LauncherError("no Debian package: the mirror has no odoo-19 in sid")
        stable = apt.downloads([], STABLE_PACKAGES)
        if not stable and os.geteuid() == 0:
            progress.detail("refreshing the list of packages")
            process.run_logged(["apt-get", "update"], log, what="apt-get update")
            stable = apt.downloads([], STABLE_PACKAGES)
        known = []
        for package, file, how in (
            *((p, _named(wanted, p), options) for p in SID_PACKAGES),
            *(
                (p, _named(stable, p), ["-oAPT::Sandbox::User=root"])
                for p in STABLE_PACKAGES
                if stable
            ),
        ):
            progress.detail(f"downloading {file.name} ({file.size / 1e6:.0f} MB)")
            apt.fetch(how, package, file, cache)
            known.append(file)
        write_atomically(index, json.dumps([asdict(file) for file in known], indent=1))
        return [cache / file.name for file in known]

    @contextlib.contextmanager
    def _building(self) -> Iterator[Path]:
        """Yield a folder that becomes the own tree when the block succeeds."""
        building = self.own_tree.with_name("odoo.building")
        for folder in (building, self.own_tree):
            if folder.exists():
                shutil.rmtree(folder)
        building.mkdir(parents=True)
        yield building
        os.replace(building, self.own_tree)

    # git ----------------------------------------------------------------------

    def _from_git(self, log: IO[str], progress: Progress) -> OdooSource:
        if not shutil.which("git"):
            raise LauncherError("no source checkout: git is not installed")
        address = self.settings.odoo_git
        progress.note(f"taking the branch {ODOO_SERIES} of {address} with git")
        with self._building() as building:
            process.run_logged(
                [
                    *("git", "clone", "--quiet", "--depth", "1"),
                    *("--branch", ODOO_SERIES, address, building),
                ],
                log,
                what=f"git clone of {address}",
                env={"GIT_TERMINAL_PROMPT": "0"},
            )
            require_series(building)
        return OdooSource(
            "git", str(self.own_tree), f"branch {ODOO_SERIES} of {address}"
        )


def _named(files: list[Download], package: str) -> Download:
    return next(file for file in files if file.name.startswith(f"{package}_"))


# Completing the unpacked tree ---------------------------------------------------


def complete_tree(folder: Path, cache: Path, log: IO[str], progress: Progress) -> None:
    """Add to Debian's tree what its packaging left out."""
    lost = [path for path in folder.glob(FONT_AWESOME_FONTS) if not path.exists()]
    if lost:
        progress.detail("Font Awesome 4.7 from npm")
        with _npm_package(FONT_AWESOME_NPM, cache, log) as unpacked:
            for path in lost:
                path.unlink()
                shutil.copy(unpacked / path.name, path)
    script = folder / SEGMENTATION
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        try:
            with _npm_package(SEGMENTATION_NPM, cache, log) as unpacked:
                shutil.copy(unpacked, script)
            script.chmod(0o644)
        except LauncherError as error:
            log.write(f"{error}\n")
            script.write_text(SEGMENTATION_SUBSTITUTE, encoding="utf-8")
            progress.note(
                "the library for background blur in video calls could not be had; "
                "that one feature is off"
            )


@contextlib.contextmanager
def _npm_package(
    package: tuple[str, str, str], cache: Path, log: IO[str]
) -> Iterator[Path]:
    """Yield the wanted file or folder of an npm package, checked against its pin."""
    name, integrity, member = package
    if not shutil.which("npm"):
        raise LauncherError(f"{name} cannot be had: npm is not installed")
    folder = cache / "npm"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / (re.sub(r"\W+", "-", name).strip("-") + ".tgz")
    with _work_folder(folder) as work:
        if not _intact(kept, integrity):
            process.run_logged(
                ["npm", "pack", "--silent", name],
                log,
                what=f"npm pack {name}",
                cwd=work,
            )
            (archive,) = work.glob("*.tgz")
            if not _intact(archive, integrity):
                raise LauncherError(f"{name} arrived damaged")
            os.replace(archive, kept)
        with tarfile.open(kept) as archive_file:
            for entry in archive_file.getmembers():
                inside = entry.name == member or entry.name.startswith(f"{member}/")
                if inside and entry.isfile() and ".." not in entry.name:
                    content = archive_file.extractfile(entry)
                    assert content is not None
                    target = work / entry.name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_bytes(content.read())
        yield work / member


def _intact(path: Path, integrity: str) -> bool:
    """Tell whether *path* has the content of a subresource-integrity text."""
    algorithm, _, expected = integrity.partition("-")
    try:
        found = hashlib.new(algorithm, path.read_bytes()).digest()
    except OSError:
        return False
    return base64.b64encode(found).decode() == expected


def check_links(root: Path) -> None:
    """Raise LauncherError when the unpacked tree has links that lead nowhere."""
    lost = [
        os.path.join(folder, name)
        for folder, folders, names in os.walk(root)
        for name in (*folders, *names)
        if not os.path.exists(os.path.join(folder, name))
        and name not in HARMLESS_LINKS
        and "/usr/lib/" in folder
    ]
    if lost:
        raise LauncherError(
            f"Debian's Odoo has {len(lost)} links that lead nowhere, first {lost[0]}"
        )
