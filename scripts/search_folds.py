#!/usr/bin/env python3
"""Quality of categories by name and of corrected lists, in folds.

    search_folds.py categories|spelling --program target/release/robotoff --shared ../shared [--folds 5] [--limit N]
        [--predictors matcher|local|local,matcher]

For each fold a corpus is made of the other folds and the fold is answered with it, so that nothing is
learned from what is measured. Then all answers together are compared by the tool of the shared folder, whose
lines are printed. `--limit` takes only so many lists or products of each fold, and prints each fold.
With the predictor `local` a model is trained in the same way.
`--engine phrases` corrects lists by the phrase suggester of the engine that SEARCH_URL names.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

KINDS = {
    "categories": ("category_quality.py", "data/products/names.jsonl.gz", "categorize"),
    "spelling": ("spell_quality.py", "data/products/ingredients.jsonl.gz", "spellcheck"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--program", required=True, type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--shared", default="../shared", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--folds", default=5, type=int)
    parser.add_argument("--only", type=int, help="one fold alone")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--predictors", default="local,matcher", help="of categories")
    parser.add_argument("--engine", help="of spellcheck: words or phrases")
    args = parser.parse_args()
    tool, data, command = KINDS[args.kind]
    tool = [sys.executable, str(args.shared / "tools" / tool), str(args.shared / data)]
    taxonomies = args.shared / "data/taxonomies"
    compared = ["--taxonomy", str(taxonomies / "categories.full.json.gz")] if args.kind == "categories" else []
    limit = ["--limit", str(args.limit or 10**9)]
    engine = ["--engine", args.engine] if args.engine else []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        answers = folder / "all.jsonl"
        for fold in [args.only] if args.only is not None else range(args.folds):
            this = ["--fold", f"{fold}/{args.folds}"]
            train, corpus, feed, got = (folder / f"{name}{fold}" for name in ("train", "corpus", "feed", "got"))
            with open(train, "wb") as out:
                subprocess.run([*tool, "--feed", "--train", *this, *limit], stdout=out, check=True)
            start = time.monotonic()
            options = engine
            if args.kind == "categories":
                options = ["--predictors", args.predictors]
                if "local" in args.predictors:
                    model = folder / f"model{fold}"
                    subprocess.run([args.program, "train", "category", "--products", train, "--out", model], check=True, cwd=folder)
                    options += ["--model", model]
            if args.kind == "spelling" or "matcher" in args.predictors:
                subprocess.run([args.program, "corpus", args.kind, train, "--out", corpus], check=True, cwd=folder)
                options = [*options, "--corpus", corpus]
            with open(feed, "wb") as out:
                subprocess.run([*tool, "--feed", *this, *limit], stdout=out, check=True)
            built = time.monotonic()
            # An empty folder: nothing beside the program is read.
            environment = {key: value for key, value in os.environ.items() if key != "ROBOTOFF_DATA_DIR"}
            with open(feed, "rb") as lines, open(got, "wb") as out:
                subprocess.run([args.program, command, "--jsonl", *options], stdin=lines, stdout=out, check=True, cwd=folder, env=environment)
            done = time.monotonic()
            print(f"fold {fold}: corpus {built - start:.0f} s, answers {done - built:.0f} s", file=sys.stderr)
            if args.limit or args.only is not None:
                print(f"fold {fold}:", flush=True)
                subprocess.run([*tool, got, *compared, *this, *limit], check=True)
            with open(answers, "ab") as out:
                out.write(got.read_bytes())
            train.unlink()
        if not args.limit and args.only is None:
            subprocess.run([*tool, answers, *compared, *limit], check=True)


if __name__ == "__main__":
    main()
