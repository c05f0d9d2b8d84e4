"""Packing of a release, tried with a small program in the place of the real one."""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Dist(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="robotoff-dist-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.first, cls.second = cls.pack("first"), cls.pack("second")

    @classmethod
    def pack(cls, name: str) -> Path:
        # A copy each time: its times and owner must not matter.
        program = cls.folder / f"program-{name}"
        shutil.copyfile(shutil.which("true"), program)
        os.utime(program, (len(name), len(name)))
        out = cls.folder / name
        environment = os.environ | {"SOURCE_DATE_EPOCH": "1760000000", "TZ": "Asia/Tokyo" if name == "second" else "UTC"}
        done = subprocess.run([sys.executable, ROOT / "scripts/dist.py", "--program", program, "--out", out],
                              env=environment, capture_output=True, text=True, check=False,
                              umask=0o077 if name == "second" else 0o022)
        if done.returncode:
            raise AssertionError(done.stdout + done.stderr)
        return out

    def only(self, pattern: str) -> Path:
        [found] = self.first.glob(pattern)
        return found

    def test_two_packings_are_the_same_bytes(self):
        names = sorted(path.name for path in self.first.iterdir())
        self.assertEqual(len(names), 4)
        for name in names:
            self.assertEqual((self.first / name).read_bytes(), (self.second / name).read_bytes(), name)

    def test_the_checksums_are_those_of_the_files(self):
        lines = [line.split() for line in (self.first / "SHA256SUMS").read_text().splitlines()]
        self.assertEqual(len(lines), 3)
        for checksum, name in lines:
            self.assertEqual(hashlib.sha256((self.first / name).read_bytes()).hexdigest(), checksum)

    def test_the_tarball_holds_the_program_the_units_and_the_licence(self):
        with tarfile.open(self.only("*.tar.gz")) as archive:
            entries = {entry.name.partition("/")[2]: entry for entry in archive if entry.isfile()}
        self.assertEqual(entries["robotoff"].mode, 0o755)
        self.assertLessEqual({"LICENSE", "README.md", "systemd/robotoff.target", "systemd/robotoff-worker@.service"}, set(entries))
        self.assertEqual({(entry.uid, entry.gid, entry.mtime) for entry in entries.values()}, {(0, 0, 1760000000)})

    def test_the_debian_package_has_fields_units_and_a_file_of_settings(self):
        package = self.only("*.deb")

        def ask(*words):
            return subprocess.run(["dpkg-deb", *words], check=True, capture_output=True, text=True).stdout

        version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
        fields = dict(line.split(": ", 1) for line in ask("-f", package).splitlines() if not line.startswith(" "))
        self.assertEqual((fields["Package"], fields["Version"]), ("robotoff", version))
        self.assertEqual(fields["Architecture"], {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()])
        self.assertRegex(fields["Depends"], r"^libc6 \(>= 2\.\d+\)")
        self.assertEqual(ask("-I", package, "conffiles"), "/etc/robotoff/robotoff.env\n")
        self.assertIn("adduser --system", ask("-I", package, "postinst"))
        listing = ask("-c", package)
        self.assertNotIn("root/wheel", listing)
        for unit in (ROOT / "deploy/systemd").iterdir():
            self.assertIn(f"./lib/systemd/system/{unit.name}\n", listing)
        for name in ("postinst", "prerm", "postrm"):
            checked = subprocess.run(["sh", "-n"], input=ask("-I", package, name), text=True, check=False)
            self.assertEqual(checked.returncode, 0, name)

    def test_the_bill_of_materials_names_every_crate_with_its_licence(self):
        bill = json.loads(self.only("*.cdx.json").read_text())
        self.assertEqual((bill["bomFormat"], bill["specVersion"]), ("CycloneDX", "1.5"))
        names = {one["name"]: one for one in bill["components"]}
        lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
        known = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
        crates = [one for one in bill["components"] if one["purl"].startswith("pkg:cargo/")]
        self.assertGreater(len(crates), 200)
        for one in crates:
            checksum = known[one["name"], one["version"]]
            self.assertEqual([each["content"] for each in one.get("hashes", [])], [checksum] if checksum else [], one["name"])
            self.assertTrue(one.get("licenses"), one["name"])
        self.assertLessEqual({"tokio", "axum", "sqlx", "robotoff-core", "ring"}, set(names))
        # Only for tests.
        self.assertNotIn("proptest", names)
        references = {one["bom-ref"] for one in [bill["metadata"]["component"], *bill["components"]]}
        for edge in bill["dependencies"]:
            self.assertLessEqual({edge["ref"], *edge["dependsOn"]}, references)


if __name__ == "__main__":
    unittest.main()
