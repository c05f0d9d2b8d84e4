#!/usr/bin/env python3
"""Packs a release: tarball, Debian package, bill of materials, checksums.

    scripts/dist.py --program target/release/robotoff --out target/dist

The same program and the same commit give the same bytes: times are SOURCE_DATE_EPOCH (by
default the time of the commit), owners are root, names are sorted, and compression has no
time stamp. Needs strip, objdump and dpkg-deb.
"""

import argparse
import gzip
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEB_ARCH = {"x86_64": "amd64", "aarch64": "arm64"}
PAGES = ("README.md", "LICENSE", "CHANGELOG.md")

CONTROL = """Package: robotoff
Version: {version}
Section: web
Priority: optional
Architecture: {arch}
Maintainer: Open Food Facts <contact@openfoodfacts.org>
Installed-Size: {kib}
Depends: libc6 (>= {glibc}), libgcc-s1, libstdc++6, ca-certificates, adduser
Recommends: postgresql-client, python3-pip
Suggests: postgresql, redis-server
Homepage: https://github.com/openfoodfacts/robotoff
Description: facts about food products from photos of their labels
 Reads the text of labels into predictions, insights, questions to people and
 edits of products, for Open Food Facts. One program with an API, workers, a
 scheduler and a listener to events; units for systemd are part of the package.
 .
 No service is started by the installation: set /etc/robotoff/robotoff.env, then
 systemctl enable --now robotoff.target.
"""

POSTINST = """#!/bin/sh
set -e
if [ "$1" = configure ]; then
  adduser --system --group --quiet --home /var/lib/robotoff --no-create-home robotoff
  # Passwords may be in it.
  chown root:robotoff /etc/robotoff/robotoff.env
  chmod 640 /etc/robotoff/robotoff.env
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    # An upgrade: the services drain, the database is migrated, the services start.
    if [ -n "$2" ] && systemctl --quiet is-active robotoff.target; then
      systemctl restart robotoff-migrate.service robotoff.target
    fi
  fi
fi
"""

PRERM = """#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl stop robotoff.target 'robotoff-*.service' || true
fi
"""

POSTRM = """#!/bin/sh
set -e
# The data in /var/lib/robotoff stay, also when the package is purged.
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
"""

ENVIRONMENT = """# Settings of the services: NAME=VALUE; `robotoff config` shows those in effect, and
# /usr/share/doc/robotoff/configuration.md explains each.
# Services of their own need PostgreSQL.
#DATABASE_URL=postgres://robotoff:PASSWORD@127.0.0.1:5432/robotoff
#EVENTS_URL=redis://127.0.0.1:6379
#LISTEN=127.0.0.1:5500
# Edits are sent only with both of these.
#OFF_USER=
#OFF_PASSWORD=
"""


def epoch() -> int:
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    done = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True, text=True)
    return int(done.stdout)


def version() -> str:
    return tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]


def glibc_of(program: Path) -> str:
    """The newest version of the C library whose symbols the program uses."""
    symbols = subprocess.run(["objdump", "-T", program], check=True, capture_output=True, text=True).stdout
    found = {tuple(map(int, text.split("."))) for text in re.findall(r"GLIBC_(\d+(?:\.\d+)+)", symbols)}
    return ".".join(map(str, max(found)))


def put(source: Path | str, place: Path, mode: int = 0o644) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(source, str):
        place.write_text(source)
    else:
        shutil.copyfile(source, place)
    place.chmod(mode)


def settle(folder: Path, time: int) -> None:
    """Gives every file and folder the same time, and folders the usual mode."""
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (time, time), follow_symlinks=False)


def tarball(folder: Path, out: Path, time: int) -> None:
    def plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mtime = time
        return entry

    with out.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed, \
            tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path in sorted([folder, *folder.rglob("*")]):
            archive.add(path, arcname=path.relative_to(folder.parent), recursive=False, filter=plain)


def debian_package(folder: Path, program: Path, out: Path, time: int) -> None:
    put(program, folder / "usr/bin/robotoff", 0o755)
    for unit in sorted((ROOT / "deploy/systemd").iterdir()):
        put(unit, folder / "lib/systemd/system" / unit.name)
    put(ENVIRONMENT, folder / "etc/robotoff/robotoff.env", 0o640)
    about = folder / "usr/share/doc/robotoff"
    put(ROOT / "LICENSE", about / "copyright")
    for page in ("operating.md", "configuration.md", "adopting.md"):
        put(ROOT / "docs" / page, about / page)
    put(ROOT / "deploy/prometheus/alerts.yml", about / "examples/alerts.yml")
    put(ROOT / "deploy/grafana/dashboards/robotoff.json", about / "examples/grafana.json")
    kib = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) // 1024
    control = folder / "DEBIAN"
    arch = DEB_ARCH[platform.machine()]
    put(CONTROL.format(version=version(), arch=arch, kib=kib, glibc=glibc_of(program)), control / "control")
    put("/etc/robotoff/robotoff.env\n", control / "conffiles")
    for name, script in (("postinst", POSTINST), ("prerm", PRERM), ("postrm", POSTRM)):
        put(script, control / name, 0o755)
    sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n"
            for path in sorted(folder.rglob("*")) if path.is_file() and control not in path.parents]
    put("".join(sums), control / "md5sums")
    settle(folder, time)
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--threads-max=1", "--build", folder, out], check=True,
                   stdout=subprocess.DEVNULL, env=os.environ | {"SOURCE_DATE_EPOCH": str(time)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    if platform.machine() not in DEB_ARCH:
        raise SystemExit(f"no name of Debian's for {platform.machine()}")
    time, name = epoch(), f"robotoff-{version()}-{platform.machine()}-linux"
    shutil.rmtree(given.out, ignore_errors=True)
    given.out.mkdir(parents=True)
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as scratch:
        program = Path(scratch) / "robotoff"
        subprocess.run(["strip", "-o", program, given.program], check=True)
        folder = Path(scratch) / name
        put(program, folder / "robotoff", 0o755)
        for page in PAGES:
            put(ROOT / page, folder / page)
        for unit in sorted((ROOT / "deploy/systemd").iterdir()):
            put(unit, folder / "systemd" / unit.name)
        settle(folder, time)
        tarball(folder, given.out / f"{name}.tar.gz", time)
        package = given.out / f"robotoff_{version()}_{DEB_ARCH[platform.machine()]}.deb"
        debian_package(Path(scratch) / "deb", program, package, time)
    bill = given.out / f"robotoff-{version()}.cdx.json"
    with bill.open("wb") as file:
        subprocess.run([sys.executable, ROOT / "scripts/sbom.py"], check=True, stdout=file,
                       env=os.environ | {"SOURCE_DATE_EPOCH": str(time)})
    files = sorted(path for path in given.out.iterdir())
    sums = "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)
    (given.out / "SHA256SUMS").write_text(sums)
    print(sums, end="")


if __name__ == "__main__":
    main()
