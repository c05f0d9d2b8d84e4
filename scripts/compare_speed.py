#!/usr/bin/env python3
"""Speed of the core at two commits, in paired runs: texts, real OCR documents, growth with the length of a text.

    compare_speed.py COMMIT [--other COMMIT] [--shared DIR] [--pairs N] [--folder DIR]

Builds bench/compare/main.rs with the core of COMMIT and with that of the working tree (or of --other), runs the two in
turn N times on one thread, and prints the median of each figure and of the ratios of the pairs. Seconds are those of the
processor, so that other work on the machine counts less. Needs the folder of real data (`ROBOTOFF_SHARED`).
"""
import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFEST = """[package]
name = "compare"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
chrono = {{ version = "0.4", default-features = false, features = ["std"] }}
flate2 = "1.1"
mimalloc = {{ version = "0.1.52", default-features = false, features = ["v2"] }}
robotoff-core = {{ path = "{core}" }}
serde_json = {{ version = "1", features = ["float_roundtrip", "preserve_order", "raw_value"] }}
thiserror = "2"

[profile.release]
codegen-units = 4
lto = "thin"
"""


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def build(folder, source):
    """The program with the core of a checkout."""
    crate = folder / "crate"
    (crate / "src").mkdir(parents=True, exist_ok=True)
    (crate / "Cargo.toml").write_text(MANIFEST.format(core=source / "crates/robotoff-core"), encoding="utf-8")
    shutil.copy(ROOT / "bench/compare/main.rs", crate / "src/main.rs")
    for name in ("data", "file"):
        text = (source / f"crates/robotoff-off/src/{name}.rs").read_text(encoding="utf-8")
        # The built-in lists are found relative to the file.
        text = text.replace('include_bytes!("../../../', f'include_bytes!("{source}/')
        (crate / f"src/{name}.rs").write_text(text.split("#[cfg(test)]")[0], encoding="utf-8")
    # The same versions of libraries on both sides.
    if not (crate / "Cargo.lock").exists():
        shutil.copy(ROOT / "Cargo.lock", crate / "Cargo.lock")
    run("cargo", "build", "--release", "--offline", "--quiet", "--manifest-path", crate / "Cargo.toml", "--target-dir", folder / "target")
    return folder / "target/release/compare"


def checkout(folder, commit):
    source = folder / "source"
    if not source.exists():
        run("git", "-C", ROOT, "worktree", "add", "--quiet", "--detach", source, commit)
    return source


def figures(program, shared):
    lines = run(program, shared, capture_output=True, text=True).stdout.splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines)}


def shown(name, seconds):
    if name in ("text", "document"):
        return f"{1 / seconds:12,.0f} /s"
    if name.startswith("text-of"):
        return f"{1000 * seconds:12,.0f} ms"
    return f"{1e6 * seconds:12,.2f} µs"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("--other")
    parser.add_argument("--shared", type=pathlib.Path, default=os.environ.get("ROBOTOFF_SHARED", ROOT.parent / "shared"))
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--folder", type=pathlib.Path, help="kept for the next comparison; a temporary one without it")
    parser.add_argument("--build-only", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (args.folder or pathlib.Path(temporary)).resolve()
        try:
            before = build(folder / "before", checkout(folder / "before", args.commit))
            after = build(folder / "after", checkout(folder / "after", args.other) if args.other else ROOT)
            if args.build_only:
                return
            pairs = [(figures(before, args.shared), figures(after, args.shared)) for _ in range(args.pairs)]
        finally:
            if not args.folder:
                for side in ("before", "after"):
                    if (folder / side / "source").exists():
                        run("git", "-C", ROOT, "worktree", "remove", "--force", folder / side / "source")
    print(f"{'':28} {'before':>15} {'after':>15}  time, after to before")
    for name in pairs[0][1]:
        sides = [statistics.median(pair[side].get(name, 0) for pair in pairs) for side in (0, 1)]
        if not sides[0]:
            print(f"{name:28} {'-':>15} {shown(name, sides[1])}")
            continue
        ratio = statistics.median(after[name] / before[name] for before, after in pairs)
        print(f"{name:28} {shown(name, sides[0])} {shown(name, sides[1])}  {ratio:.2f}")
    growth = [after["text-of-10-MB"] / after["text-of-1-MB"] for _, after in pairs]
    print(f"10 MB take {statistics.median(growth):.1f} times as long as 1 MB")


if __name__ == "__main__":
    sys.exit(main())
