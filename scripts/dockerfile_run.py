#!/usr/bin/env python3
"""Carries out the Dockerfile without docker, in clean roots, and checks the images that result.

    sudo scripts/dockerfile_run.py --prebuilt target/release/robotoff --folder DIR [--target service]

Needs root (chroot) and debootstrap. Bases: `debian:CODENAME-slim` is the minimal root that
debootstrap makes, `scratch` an empty one, `postgres:…` a Debian root with Debian's PostgreSQL
client; no image is fetched. With --prebuilt the stages `web` and `build`, whose bases are
images of Node and Rust, are not carried out: the program takes the place of what they leave.
Without it they cannot be.

RUN, COPY, ENV, WORKDIR, USER and VOLUME are carried out; ENTRYPOINT, CMD and HEALTHCHECK are
checked by running the program as the image's user in a root that is mounted read-only. What
was done and what was not is printed line by line.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import dockerfile

ROOT = Path(__file__).resolve().parent.parent
SKIPPED_WITH_PREBUILT = ("web", "build")


class Builder:
    """Roots of the stages, below one folder."""

    def __init__(self, folder: Path, prebuilt: Path, mirror: str):
        self.folder, self.prebuilt, self.mirror = folder, prebuilt, mirror
        self.done: set[str] = set()

    def root(self, stage: str) -> Path:
        return self.folder / stage

    def base(self, stage: dockerfile.Stage) -> None:
        root, image = self.root(stage.name), stage.base
        shutil.rmtree(root, ignore_errors=True)
        if image == "scratch":
            root.mkdir(parents=True)
        elif image.startswith(("debian:", "postgres:")):
            clean = self.debian(image.partition(":")[2].split("-")[0 if image.startswith("debian") else 1])
            subprocess.run(["cp", "-a", clean, root], check=True)
            if image.startswith("postgres:"):
                print(f"{stage.name}: {image} is Debian's root with Debian's postgresql-client, not that image")
                self.run(root, "apt-get update -q && apt-get install -y -q --no-install-recommends postgresql-client", {})
        else:
            raise SystemExit(f"{stage.name}: there is no root for {image}")

    def debian(self, codename: str) -> Path:
        clean = self.folder / f"debian-{codename}"
        if not (clean / "bin/sh").exists():
            print(f"debootstrap {codename}")
            subprocess.run(["debootstrap", "--variant=minbase", codename, clean, self.mirror],
                           check=True, stdout=subprocess.DEVNULL)
            # As the machine reaches its mirror.
            shutil.copy("/etc/resolv.conf", clean / "etc/resolv.conf")
            for setting in Path("/etc/apt/apt.conf.d").glob("*proxy*"):
                shutil.copy(setting, clean / "etc/apt/apt.conf.d")
        return clean

    def run(self, root: Path, command: str, environment: dict[str, str]) -> None:
        kept = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
        path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(["chroot", root, "/bin/sh", "-c", command], env=kept | path | environment,
                              capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"RUN {command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")

    def copy(self, stage: str, argument: str, folder: str) -> None:
        *sources, target = argument.split()
        origin = ROOT
        if sources[0].startswith("--from="):
            name = sources.pop(0).removeprefix("--from=")
            origin = self.root(name)
            if name not in self.done:
                raise SystemExit(f"{stage}: COPY from {name}, which was not carried out")
        place = self.root(stage) / (Path(folder) / target).relative_to("/")
        for source in sources:
            found = origin / source.lstrip("/")
            if found.is_dir():
                place.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-a", f"{found}/.", place], check=True)
            else:
                into = place / found.name if target.endswith("/") else place
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, into)

    def build(self, stage: dockerfile.Stage) -> None:
        if stage.name in SKIPPED_WITH_PREBUILT:
            place = self.root(stage.name) / "usr/local/bin/robotoff"
            place.parent.mkdir(parents=True, exist_ok=True)
            if stage.name == "build":
                subprocess.run(["strip", "-o", place, self.prebuilt], check=True)
            print(f"{stage.name}: NOT carried out ({len(stage.steps)} steps); prebuilt program instead")
            self.done.add(stage.name)
            return
        self.base(stage)
        folder, environment = "/", {}
        for step, argument in stage.steps:
            if step == "RUN":
                self.run(self.root(stage.name), argument, environment)
            elif step == "COPY":
                self.copy(stage.name, argument, folder)
            elif step == "ENV":
                environment = stage.environment()
            elif step == "WORKDIR":
                folder = argument
                (self.root(stage.name) / folder.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif step == "VOLUME":
                missing = [path for path in json.loads(argument) if not (self.root(stage.name) / path.lstrip("/")).is_dir()]
                if missing:
                    raise SystemExit(f"{stage.name}: no folder for the volumes {missing}")
            print(f"{stage.name}: done: {step} {argument[:90]}")
        self.done.add(stage.name)

    def size(self, stage: str) -> int:
        """Bytes of the files of a root, hard links once."""
        seen, total = set(), 0
        for folder, _, files in os.walk(self.root(stage)):
            for name in files:
                info = os.lstat(os.path.join(folder, name))
                if (info.st_dev, info.st_ino) not in seen:
                    seen.add((info.st_dev, info.st_ino))
                    total += info.st_size
        return total

    def call(self, stage: dockerfile.Stage, words: list[str]) -> subprocess.CompletedProcess:
        """Runs a command as the image's user, with its environment, in its root mounted read-only."""
        root, user = str(self.root(stage.name)), stage.last("USER") or "0:0"
        script = ('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && mount -t tmpfs tmpfs "$1/tmp" && '
                  'root=$1 user=$2 && shift 2 && exec chroot --userspec="$user" "$root" "$@"')
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"} | stage.environment()
        return subprocess.run(["/usr/bin/unshare", "--mount", "/bin/sh", "-c", script, "sh", root, user, *words],
                              env={**environment, "PATH": f"{environment['PATH']}:/usr/bin:/bin:/usr/sbin:/sbin"},
                              capture_output=True, text=True, timeout=60, check=False)


def check(builder: Builder, stage: dockerfile.Stage) -> None:
    entry = dockerfile.exec_form(stage.last("ENTRYPOINT"))
    version = builder.call(stage, [*entry, "--version"])
    if version.returncode:
        raise SystemExit(f"{stage.name}: {entry} does not start: {version.stderr}")
    # The default command, and the health check, are commands of the program.
    for words in (dockerfile.exec_form(stage.last("CMD")), dockerfile.health_command(stage)[1:]):
        for word in words[:1]:
            known = builder.call(stage, [*entry, word, "--help"])
            if known.returncode:
                raise SystemExit(f"{stage.name}: {word} is no command: {known.stderr}")
    config = builder.call(stage, [*entry, "config"])
    if config.returncode:
        raise SystemExit(f"{stage.name}: cannot read its configuration: {config.stderr}")
    print(f"{stage.name}: {version.stdout.strip()} runs as {stage.last('USER')} in a read-only root")
    writes = builder.call(stage, [*entry, "migrate", "--database-url", "sqlite:/new/file.db"])
    if writes.returncode == 0:
        raise SystemExit(f"{stage.name}: its root can be written to")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--prebuilt", type=Path, required=True, help="the program that the stage build would leave")
    parser.add_argument("--folder", type=Path, required=True, help="the roots")
    parser.add_argument("--target", action="append", help="stages to make; by default all")
    parser.add_argument("--file", type=Path, default=ROOT / "Dockerfile")
    parser.add_argument("--mirror", default="http://deb.debian.org/debian")
    parser.add_argument("--limit-mb", type=float, default=120, help="of the image service")
    given = parser.parse_args()
    if os.getuid() != 0:
        raise SystemExit("root is needed, for chroot")
    builder = Builder(given.folder.resolve(), given.prebuilt.resolve(), given.mirror)
    stages = {stage.name: stage for stage in dockerfile.read(given.file)}
    wanted = given.target or list(stages)
    for stage in stages.values():
        is_needed = stage.name in wanted or stage.name in ("build", "web") or \
            any(f"--from={stage.name} " in argument for name in wanted for _, argument in stages[name].steps)
        if is_needed:
            builder.build(stage)
    for name in wanted:
        if stages[name].last("ENTRYPOINT"):
            check(builder, stages[name])
    if "service" in builder.done:
        size = builder.size("service")
        print(f"service: {size / 1e6:.1f} MB without models (limit {given.limit_mb:.0f} MB)")
        if size > given.limit_mb * 1e6:
            sys.exit(1)


if __name__ == "__main__":
    main()
