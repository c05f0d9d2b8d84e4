#!/usr/bin/env python3
"""Cuts the word lists and taxonomies that the recorded cases and label texts need out of full data.

    cut_test_data.py DATA [OUT]

DATA is a folder of full data (`lists/`, `taxonomies/`, `ocr/`), OUT the folder that is written (default tests/data).
The cases are those of tests/cases and tests/labels. The same input gives the same bytes. Kept are
- short lists as they are;
- of long lists and of taxonomies, what one of the cases names in any of its languages, and one entry in MANY, chosen by
  its name, so that what is kept is not only what is found; of a taxonomy also all ancestors;
- of taxonomies and communes only the members that the program reads;
- the OCR documents that a case names and that are not among the cases.
A test compares the answers with those on the full data (crates/robotoff/tests/it/recorded.rs).
"""
import gzip
import json
import pathlib
import re
import sys
import unicodedata
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
CASES = ROOT / "tests/cases"
LABELS = ROOT / "tests/labels"

# Lists above this many lines are cut.
LONG = 1000
# One entry in so many is kept though no case names it.
MANY = 40
# Words in the longest name that is looked for.
LONGEST = 9
# Members of the nodes of taxonomies that the program reads.
MEMBERS = ("name", "synonyms", "parents", "children", "agribalyse_food_code", "protected_name_type", "country_code_2")
COMMUNE_MEMBERS = ("nom_de_la_commune", "code_postal")


def read(path):
    opened = gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb")
    with opened as file:
        return file.read().decode("utf-8")


def lines_of(path):
    """The lines that are not empty. Not `splitlines`: texts hold line separators of Unicode."""
    return [line for line in read(path).split("\n") if line.strip()]


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = text.encode("utf-8")
    # Without a time, so that the same text gives the same file.
    path.write_bytes(gzip.compress(data, 9, mtime=0) if path.suffix == ".gz" else data)
    print(f"{path.relative_to(ROOT) if path.is_relative_to(ROOT) else path}: {path.stat().st_size} bytes")


def dumped(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def words(text):
    """The words of a text without accents and case: `Crème brûlée` and `en:creme-brulee` share two."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


class Named:
    """The names that occur in the cases: runs of words, and the text itself for scripts without spaces."""

    def __init__(self, texts):
        self.runs, whole = set(), []
        for text in texts:
            found = words(text)
            whole.append("".join(found))
            for start in range(len(found)):
                for end in range(start + 1, min(start + LONGEST, len(found)) + 1):
                    self.runs.add(" ".join(found[start:end]))
                # `P-833` is `P833` in the list of the USDA.
                if len(found[start]) == 1:
                    self.runs.add("".join(found[start:start + 2]))
        self.whole = "\n".join(whole)

    def __contains__(self, name):
        found = words(name)
        if not found:
            return False
        has_no_spaces = any(ord(c) > 0x0E00 for c in found[0])
        return " ".join(found) in self.runs or (has_no_spaces and "".join(found) in self.whole)

    def keeps(self, key, *names):
        return any(name in self for name in names) or zlib.crc32(key.encode()) % MANY == 0


def texts_of(documents):
    """Every text of the cases and of their OCR documents."""
    for path in [*sorted(CASES.iterdir()), *sorted(LABELS.iterdir())]:
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            for line in lines_of(path):
                yield from strings(json.loads(line))
        elif path.suffix == ".sql":
            yield from lines_of(path)
    for path in documents:
        yield from strings(json.loads(read(path)))


def documents_elsewhere(data):
    named = {json.loads(line).get("ocr_json") for line in lines_of(CASES / "ocr.jsonl.gz")}
    for name in sorted(named - {None}):
        if not (CASES / "ocr" / name).exists():
            yield next(path for path in (data / "ocr" / name, data / "ocr" / f"{name}.gz") if path.exists())


def cut_list(path, named):
    lines = read(path).split("\n")
    if len(lines) < LONG:
        return "\n".join(lines)
    kept = [line for line in lines if not line or named.keeps(line, *line.split("||"))]
    return "\n".join(kept)


def cut_communes(path, named):
    kept = []
    for record in json.loads(read(path)):
        fields = {name: record["fields"][name] for name in COMMUNE_MEMBERS}
        if named.keeps(" ".join(fields.values()), *fields.values()):
            kept.append({"fields": fields})
    return dumped(kept)


def cut_prefixes(path, named):
    pairs = json.loads(read(path))
    return dumped([pair for pair in pairs if named.keeps(" ".join(pair), pair[0])])


def names_of(identifier, node):
    yield identifier.split(":", 1)[-1]
    yield from filter(None, node.get("name", {}).values())
    for synonyms in node.get("synonyms", {}).values():
        yield from filter(None, synonyms)


def cut_taxonomy(path, named):
    nodes = json.loads(read(path))
    kept, waiting = set(), [key for key, node in nodes.items() if named.keeps(key, *names_of(key, node))]
    while waiting:
        key = waiting.pop()
        if key in nodes and key not in kept:
            kept.add(key)
            waiting += nodes[key].get("parents", [])
    cut = {}
    for key, node in nodes.items():
        if key in kept:
            node = {name: node[name] for name in MEMBERS if name in node}
            for family in ("parents", "children"):
                if family in node:
                    node[family] = [other for other in node[family] if other in kept]
            cut[key] = node
    print(f"{path.name}: {len(cut)} of {len(nodes)} nodes")
    return dumped(cut)


def main():
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    data = pathlib.Path(sys.argv[1])
    out = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "tests/data"
    elsewhere = list(documents_elsewhere(data))
    named = Named(set(texts_of([*sorted((CASES / "ocr").iterdir()), *elsewhere])))
    for path in elsewhere:
        write(out / "ocr" / (path.name.removesuffix(".gz") + ".gz"), read(path))
    for path in sorted((data / "taxonomies").iterdir()):
        write(out / "taxonomies" / path.name, cut_taxonomy(path, named))
    for path in sorted((data / "lists").iterdir()):
        if path.name.startswith("cities"):
            write(out / "lists" / path.name, cut_communes(path, named))
        elif path.name.startswith("brand_prefix"):
            write(out / "lists" / path.name, cut_prefixes(path, named))
        else:
            write(out / "lists" / path.name, cut_list(path, named))


if __name__ == "__main__":
    main()
