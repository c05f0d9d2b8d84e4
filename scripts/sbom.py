#!/usr/bin/env python3
"""Writes the bill of materials of the program, in the form of CycloneDX 1.5, to standard output.

Components are the crates that `cargo metadata --locked` resolves as normal or build dependencies
of the package `robotoff` for this target, with licences and checksums of Cargo.lock, and the npm
packages of web/package-lock.json from which the pages are built. The same inputs give the same
bytes: the serial number is derived from the content, and the time is SOURCE_DATE_EPOCH.
"""

import datetime
import hashlib
import json
import os
import subprocess
import sys
import tomllib
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def metadata(features: str) -> dict:
    host = subprocess.run([ROOT / "scripts/cargo.sh", "-vV"], check=True, capture_output=True, text=True).stdout
    triple = next(line.split()[1] for line in host.splitlines() if line.startswith("host:"))
    done = subprocess.run(
        [ROOT / "scripts/cargo.sh", "metadata", "--locked", "--format-version", "1", "--filter-platform", triple,
         "--features", features], check=True, capture_output=True, text=True, cwd=ROOT)
    return json.loads(done.stdout)


def crates(features: str) -> tuple[dict, list, list]:
    data, lock = metadata(features), tomllib.loads((ROOT / "Cargo.lock").read_text())
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
    packages = {one["id"]: one for one in data["packages"]}
    needs = {node["id"]: sorted({dep["pkg"] for dep in node["deps"]
                                 if any(kind["kind"] != "dev" for kind in dep["dep_kinds"])})
             for node in data["resolve"]["nodes"]}
    root = next(key for key, one in packages.items() if one["name"] == "robotoff")
    reached, queue = {root}, [root]
    while queue:
        for need in needs[queue.pop()]:
            if need not in reached:
                reached.add(need)
                queue.append(need)

    def purl(key):
        return f"pkg:cargo/{packages[key]['name']}@{packages[key]['version']}"

    def component(key):
        one = packages[key]
        found = {"type": "application" if key == root else "library", "bom-ref": purl(key), "name": one["name"],
                 "version": one["version"], "purl": purl(key)}
        if one["license"]:
            found["licenses"] = [{"expression": one["license"].replace("/", " OR ")}]
        if checksum := checksums.get((one["name"], one["version"])):
            found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return found

    others = sorted((component(key) for key in reached - {root}), key=lambda one: one["purl"])
    edges = [{"ref": purl(key), "dependsOn": sorted(purl(need) for need in needs[key])} for key in reached]
    return component(root), others, sorted(edges, key=lambda edge: edge["ref"])


def npm_packages() -> list[dict]:
    lock = json.loads((ROOT / "web/package-lock.json").read_text())
    found = {}
    for path, one in lock["packages"].items():
        if not path or one.get("link"):
            continue
        name = one.get("name") or path.rpartition("node_modules/")[2]
        purl = f"pkg:npm/{name.replace('@', '%40', 1)}@{one['version']}"
        found[purl] = {"type": "library", "bom-ref": purl, "name": name, "version": one["version"], "purl": purl,
                       "scope": "excluded" if one.get("dev") else "required"}
        if licence := one.get("license"):
            found[purl]["licenses"] = [{"expression": licence}]
    return [found[purl] for purl in sorted(found)]


def main() -> None:
    root, others, edges = crates(sys.argv[1] if len(sys.argv) > 1 else "robotoff/mongo")
    npm = npm_packages()
    content = json.dumps([root, others, npm, edges], sort_keys=True).encode()
    time = datetime.datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "0")), datetime.timezone.utc)
    json.dump({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "serialNumber": f"urn:uuid:{uuid.UUID(bytes=hashlib.sha256(content).digest()[:16], version=4)}",
        "metadata": {"timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ"), "component": root},
        "components": others + npm,
        "dependencies": edges,
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
