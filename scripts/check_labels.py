#!/usr/bin/env python3
"""Check of the corpus of label texts (tests/labels/*.jsonl).

    check_labels.py [--data DIR] [--counts]

Fails where a line has not the form that tests/labels/README.md describes, where an id occurs twice, where two lines are
equal once digits and names are removed, and where a kind has too few traps. With --data DIR, a data folder
(DIR/taxonomies/*.full.json.gz, DIR/lists), every tag must exist there too. --counts prints lines of each kind and
language, and the share of traps.
"""
import argparse
import collections
import gzip
import json
import pathlib
import re
import sys

KEYS = ["id", "type", "lang", "text", "expected", "allowed", "kind", "reason", "trap"]
TAXONOMIES = {"label": "labels", "category": "categories"}
DATE = re.compile(r"20\d\d-\d\d-\d\d")


def bare(text):
    """The text without digits, names and signs: a name is a word with a capital that does not begin its line."""
    words = []
    for line in text.split("\n"):
        for place, word in enumerate(re.findall(r"[^\W\d_]+", line)):
            is_name = place > 0 and word[0].isupper() and not word.isupper()
            if not is_name:
                words.append(word.lower())
    return " ".join(words)


def tags_of(data, kind):
    """Tags of a kind in a data folder: those of the taxonomy, and for labels those of the word lists."""
    with gzip.open(data / "taxonomies" / f"{TAXONOMIES[kind]}.full.json.gz") as file:
        tags = set(json.load(file))
    if kind == "label":
        for name in ("label_flashtext.txt", "label_whitelist.txt"):
            lines = (data / "lists" / name).read_text(encoding="utf-8").splitlines()
            tags |= {line.split("||")[0] for line in lines}
    return tags


def faults_of(case, tags):
    """What is wrong with one line."""
    if list(case) != KEYS:
        return [f"keys are {list(case)}"]
    faults = [f"{key} is empty" for key in ("id", "lang", "text", "kind", "reason") if not case[key].strip()]
    if not isinstance(case["trap"], bool):
        faults.append("trap is neither true nor false")
    values = [one for item in case["expected"] + case["allowed"] for one in item.split("|") if one != "*"]
    if "*" in case["expected"]:
        faults.append("* is expected")
    if case["type"] == "expiration_date":
        faults += [f"{value} is no date" for value in values if not DATE.fullmatch(value)]
    known = tags.get(case["type"])
    if known is not None:
        for item in case["expected"]:
            if not any(one in known for one in item.split("|")):
                faults.append(f"{item} is not in the taxonomy")
        faults += [f"{one} is not in the taxonomy" for item in case["allowed"] for one in item.split("|") if one != "*" and one not in known]
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--counts", action="store_true")
    args = parser.parse_args()
    folder = pathlib.Path(__file__).resolve().parent.parent / "tests" / "labels"
    tags = {kind: tags_of(args.data, kind) for kind in TAXONOMIES} if args.data else {}
    faults, ids, texts = [], {}, {}
    counts = collections.defaultdict(collections.Counter)
    traps = collections.Counter()
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            place = f"{path.name}:{number}"
            case = json.loads(line)
            found = faults_of(case, tags)
            faults += [f"{place}: {fault}" for fault in found]
            if found and found[0].startswith("keys"):
                continue
            if case["type"] != path.stem:
                faults.append(f"{place}: type is {case['type']}")
            for seen, key in ((ids, case["id"]), (texts, bare(case["text"]))):
                if key in seen:
                    faults.append(f"{place}: same as {seen[key]}: {key!r}")
                seen.setdefault(key, place)
            counts[path.stem][case["lang"]] += 1
            traps[path.stem] += case["trap"]
    for kind, langs in counts.items():
        total = sum(langs.values())
        if 3 * traps[kind] < total:
            faults.append(f"{kind}: {traps[kind]} traps of {total}, fewer than one in three")
        if args.counts:
            print(f"{kind:18} {total:4} traps {traps[kind] / total:.2f}  " + " ".join(f"{lang} {count}" for lang, count in langs.items()))
    print("\n".join(faults))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
