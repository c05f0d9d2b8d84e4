#!/usr/bin/env python3
"""Precision and recall of the extractors on label texts with a known truth (tests/labels/README.md).

    label_quality.py --program robotoff [--data DIR] [--show N] [--types a,b] FILE.jsonl ...
    label_quality.py --program robotoff [--data DIR] --figures FIGURES.json [--write] [--pages DIR] FILE.jsonl ...

Runs `robotoff extract --jsonl` on every text, compares the predictions with the truth and prints for each type and
each language: values right, wrong, wrong and automatic, missed, precision, recall.

--data DIR       data folder of the program; its built-in lists without it
--show N         print up to N lines whose answer is not the truth
--types a,b      only these types
--figures FILE   fail (exit code 1) where a figure is worse than the committed one
--write          write the figures to FILE instead, and with --pages into the pages docs/extractors/TYPE.md
"""
import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

TODAY = "2026-11-30"
TIME_LIMIT_SECS = 600
COUNTS = ("right", "wrong", "automatic", "missed")
# Amounts of 1 % difference are equal: ounces and millilitres are rounded on labels.
TOLERANCE = 0.01
UNITS = {
    "mg": (0.001, "g"), "g": (1, "g"), "gr": (1, "g"), "kg": (1000, "g"), "lb": (453.592, "g"), "lbs": (453.592, "g"),
    "oz": (28.3495, "g"), "ml": (1, "ml"), "cl": (10, "ml"), "dl": (100, "ml"), "l": (1000, "ml"),
    "fl oz": (29.5735, "ml"), "pt": (473.176, "ml"), "qt": (946.353, "ml"), "gal": (3785.41, "ml"),
}
NUMBER = r"(?:\d+(?:[.,]\d+)?|[.,]\d+)"
FACTOR = re.compile(rf"({NUMBER})\s*[x×*]\s*")
QUANTITY = re.compile(rf"({NUMBER})\s*(fl oz|lbs?|kg|mg|gr?|oz|ml|cl|dl|l|pt|qt|gal)\b")
THOUSANDS = re.compile(r"(?<=\d)[ \u00a0\u202f](?=\d{3}\b)")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def number(text):
    return float(text.replace(",", "."))


def amount(text):
    """Pieces, quantity and unit (g or ml) of a weight; None where it has no single unit. Parentheses do not count."""
    rest = THOUSANDS.sub("", text.strip().lower().split("(")[0]).replace("fl.", "fl")
    pieces = 1.0
    while found := FACTOR.match(rest):
        pieces *= number(found[1])
        rest = rest[found.end():]
    total, unit = 0.0, None
    for quantity, name in QUANTITY.findall(rest):
        factor, base = UNITS[name]
        if unit not in (None, base):
            return None
        total, unit = total + number(quantity) * factor, base
    return (pieces, total, unit) if unit else None


def is_near(a, b):
    return abs(a - b) <= TOLERANCE * a


def is_same(kind, want, got):
    """True where both values say the same: weights as amounts, everything else as written."""
    if want == got or kind != "product_weight":
        return want == got
    a, b = amount(want), amount(got)
    if not a or not b or a[2] != b[2]:
        return False
    has_one_piece = 1 in (a[0], b[0])
    return (a[0] == b[0] and is_near(a[1], b[1])) or (has_one_piece and is_near(a[0] * a[1], b[0] * b[1]))


def values(prediction):
    """The values of a prediction in the words of the truth."""
    kind, data = prediction["type"], prediction["data"]
    if kind in ("label", "trace", "brand", "store", "category"):
        return [prediction["value_tag"]]
    if kind in ("expiration_date", "packager_code", "product_weight"):
        return [prediction["value"]]
    if kind == "location":
        return [f'{data["postal_code"]} {data["city_name"]}']
    if kind == "packaging":
        element = data["element"]
        return ["|".join(element.get(part, {}).get("value_tag", "-") for part in ("shape", "material", "recycling"))]
    if kind == "nutrient":
        return [f'{name} {one["value"]} {one["unit"]}' for name, all_of in data["nutrients"].items() for one in all_of]
    if kind == "nutrient_mention":
        return [name for name in data["mentions"] if name != "nutrient_value"]
    if kind == "image_flag":
        return [data["label"]]
    sys.exit(f"label_quality: predictions of type {kind} have no form of truth")


def is_automatic(prediction):
    """Stores are applied unless they say otherwise; everything else only where it says so."""
    said = prediction.get("automatic_processing")
    return said is not False if prediction["type"] == "store" else bool(said)


def alternatives(kind, item):
    parts = item.split("|")
    if kind != "packaging":
        return parts
    return ["|".join(parts[at:at + 3]) for at in range(0, len(parts), 3)]


def judge(case, predictions):
    """The values missed and, with whether they are automatic, the wrong ones."""
    kind = case["type"]
    got = {}
    for prediction in predictions:
        if prediction["type"] == kind:
            for value in values(prediction):
                got[value] = got.get(value, False) or is_automatic(prediction)
    wants = [alternatives(kind, item) for item in case["expected"]]
    missed = [want for want in wants if not any(is_same(kind, one, value) for one in want for value in got)]
    right = [one for item in case["allowed"] for one in alternatives(kind, item)] + [one for want in wants for one in want]
    wrong = {}
    for value, automatic in got.items():
        is_tolerated = "*" in right and not automatic
        if not is_tolerated and not any(is_same(kind, one, value) for one in right):
            wrong[value] = automatic
    return len(wants) - len(missed), missed, wrong


def read(program, data, texts):
    """The predictions of the program for each text, in order."""
    environment = {key: value for key, value in os.environ.items() if key != "ROBOTOFF_DATA_DIR"}
    if data:
        environment["ROBOTOFF_DATA_DIR"] = str(data)
    lines = [json.dumps({"id": at, "type": "all", "text": text}, ensure_ascii=False) for at, text in enumerate(texts)]
    command = [program, "extract", "--jsonl", "--today", TODAY, "-q"]
    done = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, encoding="utf-8",
                          env=environment, timeout=TIME_LIMIT_SECS)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(answers) != len(texts) or any("predictions" not in one for one in answers):
        sys.exit(f"label_quality: {' '.join(command)} answered {len(answers)} of {len(texts)} texts: {done.stderr}")
    return [one["predictions"] for one in answers]


def share(right, other):
    return right / (right + other) if right + other else None


def shown(figure):
    return "    -" if figure is None else f"{figure:.3f}"


def row(name, count):
    precision, recall = share(count["right"], count["wrong"]), share(count["right"], count["missed"])
    counts = " ".join(f"{count[one]:9}" for one in COUNTS)
    return f"{name:22} {counts} {shown(precision):>9} {shown(recall):>9}"


def worse(name, now, before):
    """In which way the figures of a type are worse than the committed ones."""
    faults = []
    for figure, other in (("precision", "wrong"), ("recall", "missed")):
        a, b = share(now["right"], now[other]), share(before["right"], before[other])
        if b is not None and (a is None or a < b - 1e-9):
            faults.append(f"{name}: {figure} is {shown(a)}, was {shown(b)}")
    if now["automatic"] > before["automatic"]:
        faults.append(f"{name}: {now['automatic']} wrong and automatic, was {before['automatic']}")
    return faults


def write_page(folder, kind, languages, total):
    """Replaces the table of figures in the page of a type."""
    page = folder / f"{kind}.md"
    if not page.exists():
        return
    lines = [BEGIN, "", "| language | right | wrong | wrong and automatic | missed | precision | recall |", "|---|---|---|---|---|---|---|"]
    for lang, count in sorted(languages.items()) + [("all", total)]:
        precision, recall = share(count["right"], count["wrong"]), share(count["right"], count["missed"])
        counts = " | ".join(str(count[one]) for one in COUNTS)
        lines.append(f"| {lang} | {counts} | {shown(precision).strip()} | {shown(recall).strip()} |")
    table = "\n".join(lines + ["", END])
    text = page.read_text(encoding="utf-8")
    if BEGIN in text:
        text = text[:text.index(BEGIN)] + table + text[text.index(END) + len(END):]
    else:
        text = f"{text.rstrip()}\n\n## Measured\n\nOn the texts of `tests/labels/{kind}.jsonl` (`make quality`):\n\n{table}\n"
    page.write_text(text, encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--program", required=True)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--show", type=int, default=0)
    parser.add_argument("--types", type=lambda text: text.split(","))
    parser.add_argument("--figures", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--pages", type=pathlib.Path)
    args = parser.parse_args()

    cases = [json.loads(line) for file in args.files for line in file.read_text(encoding="utf-8").splitlines() if line]
    cases = [{"allowed": [], "lang": "", **case} for case in cases if not args.types or case["type"] in args.types]
    texts = list(dict.fromkeys(case["text"] for case in cases))
    predictions = dict(zip(texts, read(args.program, args.data, texts)))

    kinds = collections.defaultdict(collections.Counter)
    by_lang = collections.defaultdict(lambda: collections.defaultdict(collections.Counter))
    left = args.show
    for case in cases:
        right, missed, wrong = judge(case, predictions[case["text"]])
        one = collections.Counter(right=right, wrong=len(wrong), automatic=sum(wrong.values()), missed=len(missed))
        kinds[case["type"]].update(one)
        by_lang[case["type"]][case["lang"]].update(one)
        if (missed or wrong) and left > 0:
            left -= 1
            marked = [value + (" (automatic)" if automatic else "") for value, automatic in wrong.items()]
            print(f'{case["id"]} {case["type"]} [{case.get("kind", "")}] missed {missed} wrong {marked}\n    {case["text"]!r:.300}')

    print(f'{"type":22} {" ".join(f"{one:>9}" for one in COUNTS)} precision    recall')
    total = collections.Counter()
    for kind, count in sorted(kinds.items()):
        print(row(kind, count))
        for lang, part in sorted(by_lang[kind].items()):
            if lang:
                print(row(f"    {lang}", part))
        total.update(count)
    print(row(f"{len(texts)} texts", total))

    now = {kind: {one: count[one] for one in COUNTS} for kind, count in sorted(kinds.items())}
    now["all"] = {one: total[one] for one in COUNTS}
    if args.figures and args.write:
        args.figures.write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")
        for kind in kinds if args.pages else ():
            write_page(args.pages, kind, by_lang[kind], kinds[kind])
    elif args.figures:
        before = json.loads(args.figures.read_text(encoding="utf-8"))
        faults = [fault for name, figures in before.items() for fault in worse(name, now.get(name, collections.Counter()), figures)]
        if faults:
            sys.exit("label_quality: worse than " + str(args.figures) + ":\n  " + "\n  ".join(faults))
        print(f"no figure is worse than in {args.figures}")


if __name__ == "__main__":
    main()
