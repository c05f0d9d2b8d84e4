"""Reads a Dockerfile into stages of instructions, for the scripts that carry it out without docker."""

import json
import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path

# What the scripts understand; anything else in the file is an error, so that nothing is
# passed over in silence.
KNOWN = {"FROM", "RUN", "COPY", "ENV", "WORKDIR", "USER", "EXPOSE", "VOLUME", "HEALTHCHECK", "ENTRYPOINT", "CMD"}


@dataclass
class Stage:
    """A stage of a Dockerfile: its base and its instructions in order."""

    name: str
    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def last(self, keyword: str) -> str | None:
        """The argument of the last instruction of a kind."""
        found = [argument for step, argument in self.steps if step == keyword]
        return found[-1] if found else None

    def environment(self) -> dict[str, str]:
        """The variables that the stage sets."""
        pairs = {}
        for step, argument in self.steps:
            if step == "ENV":
                pairs.update(pair.split("=", 1) for pair in shlex.split(argument))
        return pairs


def exec_form(argument: str | None) -> list[str]:
    """The words of an instruction in exec form, or the shell that runs its shell form."""
    if not argument:
        return []
    return json.loads(argument) if argument.startswith("[") else ["/bin/sh", "-c", argument]


def health_command(stage: Stage) -> list[str]:
    """The command of HEALTHCHECK, without its options."""
    argument = stage.last("HEALTHCHECK") or ""
    return exec_form(argument.partition("CMD ")[2].strip())


def read(path: Path) -> list[Stage]:
    """The stages of a file, in order."""
    text = re.sub(r"\\\n", " ", path.read_text())
    stages: list[Stage] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        keyword, _, argument = line.strip().partition(" ")
        keyword, argument = keyword.upper(), argument.strip()
        if keyword not in KNOWN:
            raise SystemExit(f"{path}:{number}: {keyword} is not understood")
        if keyword == "FROM":
            base, _, name = argument.partition(" AS ")
            stages.append(Stage(name=name.strip() or str(len(stages)), base=base.strip()))
        elif not stages:
            raise SystemExit(f"{path}:{number}: {keyword} before FROM")
        else:
            stages[-1].steps.append((keyword, argument))
    return stages
