"""Translation files: ``po.py check|merge ADDONS_PATH TEMPLATES LANGUAGE ADDON…``.

``check`` reports what is missing, empty, fuzzy or obsolete, one line each, and exits
with 1 if there is any. ``merge`` writes ``i18n/<addon>.pot`` and brings
``i18n/<language>.po`` up to date, keeping translations, and lists what is untranslated.
"""

import sys
from pathlib import Path

import polib

SHOWN = 12  # problems of one file; ``merge`` shows all


def key(entry: polib.POEntry) -> tuple:
    """Return what identifies a term."""
    return (entry.msgctxt or "", entry.msgid)


def problems(template: polib.POFile, translation: polib.POFile) -> list[str]:
    """Return what keeps *translation* from being complete for *template*."""
    found = []
    known = {key(entry): entry for entry in translation if not entry.obsolete}
    wanted = {key(entry) for entry in template}
    for entry in template:
        have = known.get(key(entry))
        if have is None:
            found.append(f"missing: {entry.msgid!r}")
        elif not have.msgstr.strip():
            found.append(f"untranslated: {entry.msgid!r}")
        elif "fuzzy" in have.flags:
            found.append(f"fuzzy: {entry.msgid!r}")
    found += [f"not used any more: {x[1]!r}" for x in sorted(known) if x not in wanted]
    found += [f"obsolete: {x.msgid!r}" for x in translation.obsolete_entries()]
    return found


def merge(
    template: polib.POFile, translation: polib.POFile, language: str
) -> polib.POFile:
    """Return *template* with the translations of *translation*, nothing obsolete."""
    known = {key(entry): entry for entry in translation if not entry.obsolete}
    merged = polib.POFile(wrapwidth=78)
    merged.metadata = {**template.metadata, "Language": language}
    for name in ("PO-Revision-Date", "Last-Translator", "Language-Team"):
        if name in translation.metadata:
            merged.metadata[name] = translation.metadata[name]
    for entry in template:
        have = known.get(key(entry))
        entry.msgstr = have.msgstr if have and "fuzzy" not in have.flags else ""
        merged.append(entry)
    return merged


def clean_template(path: Path) -> polib.POFile:
    """Read an exported template; drop the dates, which would change every time."""
    template = polib.pofile(str(path), wrapwidth=78)
    for name in ("POT-Creation-Date", "PO-Revision-Date"):
        template.metadata.pop(name, None)
    return template


def main() -> int:
    """Check or merge each addon."""
    command, addons_path, templates, language, *addons = sys.argv[1:]
    count = 0
    for addon in addons:
        template = clean_template(Path(templates) / f"{addon}.pot")
        folder = Path(addons_path) / addon / "i18n"
        path = folder / f"{language}.po"
        translation = polib.pofile(str(path)) if path.exists() else polib.POFile()
        if command == "merge":
            folder.mkdir(exist_ok=True)
            template.save(str(folder / f"{addon}.pot"))
            translation = merge(template, translation, language)
            translation.save(str(path))
        found = problems(template, translation)
        count += len(found)
        shown = found if command == "merge" else found[:SHOWN]
        for problem in shown:
            print(f"{addon}/i18n/{language}.po: {problem}")
        if len(found) > len(shown):
            print(f"{addon}/i18n/{language}.po: … {len(found)} problems in all")
        print(f"{addon}: {len(template)} terms", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
