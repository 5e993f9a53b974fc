import hashlib
import json

import pytest

from launcher import odoo_source
from launcher.errors import LauncherError
from launcher.odoo_source import (
    Download,
    OdooTree,
    check_links,
    choose_mirror,
    package_folder,
    parse_print_uris,
    release_of,
)

RELEASE = "version_info = (19, 0, 0, FINAL, 0, '')\n"


def make_odoo(folder, text=RELEASE):
    (folder / "odoo").mkdir(parents=True)
    (folder / "odoo/release.py").write_text(text)
    return folder


def test_release_of_a_tree(tmp_path):
    assert release_of(make_odoo(tmp_path / "a")) == "19.0"
    saas = make_odoo(tmp_path / "b", "version_info = ('saas~18', 2, 0, FINAL, 0, '')")
    assert release_of(saas) == "saas~18.2"
    assert release_of(tmp_path / "none") is None


def test_a_checkout_or_the_package_itself_may_be_named(tmp_path):
    root = make_odoo(tmp_path / "src")
    assert package_folder(root) == root.resolve()
    assert package_folder(root / "odoo") == root.resolve()
    with pytest.raises(LauncherError, match="has no package odoo"):
        package_folder(tmp_path)


def test_the_named_path_is_used_and_recorded(settings, tmp_path, capsys):
    root = make_odoo(tmp_path / "src")
    step = OdooTree(_with_path(settings, root), "python3")
    with (tmp_path / "log").open("w") as log:
        from launcher.steps import Progress

        step.run(log, Progress("Odoo"))
    source = odoo_source.read_source(settings)
    assert (source.kind, source.path) == ("path", str(root.resolve()))
    assert step.present()
    (root / "odoo/release.py").unlink()
    assert not step.present()


def test_a_tree_of_another_series_is_refused(settings, tmp_path):
    old = make_odoo(tmp_path / "old", "version_info = (18, 0, 0, FINAL, 0, '')")
    from launcher.steps import Progress

    with (
        (tmp_path / "log").open("w") as log,
        pytest.raises(LauncherError, match="holds Odoo 18.0; 19.0 is needed"),
    ):
        OdooTree(_with_path(settings, old), "python3").run(log, Progress("Odoo"))
    assert not (settings.home / "odoo.json").exists()


def _with_path(settings, path):
    import dataclasses

    return dataclasses.replace(settings, odoo_path=path)


def test_print_uris():
    text = (
        "Reading package lists...\n"
        "'https://mirror.example/pool/o/odoo-19_19.0.0%2bdfsg-1_all.deb' "
        f"odoo-19_19.0.0+dfsg-1_all.deb 123456 SHA256:{'ab' * 32}\n"
        "'https://mirror.example/x.deb' x.deb 1 MD5Sum:00\n"
    )
    (found,) = parse_print_uris(text)
    assert (found.name, found.size) == ("odoo-19_19.0.0+dfsg-1_all.deb", 123456)


def test_a_damaged_download_is_noticed(tmp_path):
    content = b"package"
    path = tmp_path / "x.deb"
    path.write_bytes(content)
    good = Download("u", "x.deb", len(content), hashlib.sha256(content).hexdigest())
    assert good.matches(path)
    path.write_bytes(b"pacKage")
    assert not good.matches(path)
    path.write_bytes(b"pack")
    assert not good.matches(path)
    assert not good.matches(tmp_path / "absent")


def test_the_mirror_of_the_distribution_is_chosen():
    lines = [
        "https://security.example/debian-security|stable-security|Debian-Security|Debian",
        "https://mirror.example/debian|bookworm-updates|Debian|Debian",
        "https://mirror.example/debian|bookworm|Debian|Debian",
        "https://vendor.example/apt|nodistro|vendor|vendor",
    ]
    assert choose_mirror("\n".join(lines)) == "https://mirror.example/debian"


def test_no_mirror_on_another_distribution():
    assert choose_mirror("http://archive.example/ubuntu|noble|Ubuntu|Ubuntu\n") is None
    assert choose_mirror("") is None


def test_links_that_lead_nowhere_are_found(tmp_path):
    folder = tmp_path / "usr/lib/python3"
    folder.mkdir(parents=True)
    (folder / "Inconsolata.otf").symlink_to("absent")
    check_links(tmp_path)
    (folder / "jquery.js").symlink_to("absent")
    with pytest.raises(LauncherError, match="1 links that lead nowhere"):
        check_links(tmp_path)


def test_a_half_built_tree_is_not_taken(settings, tmp_path):
    step = OdooTree(settings, "python3")
    with pytest.raises(RuntimeError), step._building() as building:
        make_odoo(building)
        raise RuntimeError("interrupted")
    assert not step.own_tree.exists()
    assert not step.present()
    with step._building() as building:
        make_odoo(building)
    assert release_of(step.own_tree) == "19.0"


def test_a_broken_note_counts_as_missing(settings):
    settings.home.mkdir()
    for text in ("", "[]", json.dumps({"kind": "path"}), json.dumps({"a": 1})):
        (settings.home / "odoo.json").write_text(text)
        assert not OdooTree(settings, "python3").present()


def test_the_branch_is_cloned_where_there_is_no_package(settings, tmp_path):
    import dataclasses
    import subprocess

    from launcher.steps import Progress

    repository = make_odoo(tmp_path / "repository")
    for command in (
        ("init", "--quiet", "--initial-branch=19.0"),
        ("add", "."),
        ("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", "x"),
    ):
        subprocess.run(["git", *command], cwd=repository, check=True)
    from_git = dataclasses.replace(settings, odoo_git=f"file://{repository}")
    step = OdooTree(from_git, "python3")
    with (tmp_path / "log").open("w") as log:
        source = step._from_git(log, Progress("Odoo"))
    assert source.kind == "git"
    assert release_of(step.own_tree) == "19.0"
    wrong = dataclasses.replace(settings, odoo_git=f"file://{tmp_path}/absent")
    with (
        (tmp_path / "log").open("w") as log,
        pytest.raises(LauncherError, match="git clone of"),
    ):
        OdooTree(wrong, "python3")._from_git(log, Progress("Odoo"))
