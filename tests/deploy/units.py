"""Stands in for systemctl and journalctl: succeeds where the verb is one of theirs and the units exist."""

import re
import sys
from pathlib import Path

UNITS = {path.name for path in (Path(__file__).resolve().parents[2] / "deploy/systemd").iterdir()}
VERBS = {"enable", "disable", "start", "stop", "restart", "reload", "status", "mask", "daemon-reload"}

program, *words = sys.argv[1:]
if program == "systemctl":
    verbs = [word for word in words if not word.startswith("-") and "." not in word]
    assert len(verbs) == 1 and verbs[0] in VERBS, f"systemctl {verbs}"
named = [word for word in words if re.search(r"\.(service|target)$", word)]
unknown = [word for word in named if re.sub(r"@\w+\.", "@.", word) not in UNITS]
assert named and not unknown, f"no such unit: {unknown or words}"
