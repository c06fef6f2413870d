"""FHIR R4's definitions: fetched as npm packages, compiled to the few small files that the server loads."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from scripts.setup.fhir import schema, search, structures
from scripts.setup.ground import ROOT, STATE, VENV, Took, digest, npm, say, stamp, stamped

HERE = Path(__file__).parent
PINS = [HERE / "package.json", HERE / "package-lock.json"]
FETCHED = STATE / "fhir"
R4 = FETCHED / "node_modules" / "@medplum" / "definitions" / "dist" / "fhir" / "r4"
SCHEMA = FETCHED / "node_modules" / "@asymmetrik" / "fhir-json-schema-validator"
COMPILED = ROOT / "src" / "yuanzhen" / "data" / "exchange" / "fhir" / "compiled"
VALIDATORS = ROOT / "tests" / "wire" / "fhir" / "validators"
CLIENT = ROOT / "tests" / "wire" / "clients"
MADE = ("schema.json", "search.json")


def definitions() -> None:
    """Fetches and compiles what has changed; the server finds it as data of its own package."""
    _fetch()
    wanted = digest(HERE.glob("*.py"), [*PINS])
    if all((COMPILED / name).exists() for name in MADE) and stamped("fhir", wanted):
        return
    say("fhir", "compiling R4's definitions")
    took = Took()
    _compile()
    stamp("fhir", wanted)
    say("fhir", f"compiled ({took})")


def client() -> None:
    """Fetches the FHIR client that nobody here wrote, which the tests try on our door."""
    _packages("client", CLIENT, "fetching another's FHIR client for the tests (1 MB)")


def validators() -> None:
    """Fetches the two validators beside which the long tests hold ours."""
    _packages("validators", VALIDATORS, "fetching two other validators for the long tests (3 MB)")


def _packages(name: str, folder: Path, words: str) -> None:
    wanted = digest(folder.glob("package*.json"), VENV / "pyvenv.cfg")
    if (folder / "node_modules").is_dir() and stamped(f"fhir-{name}", wanted):
        return
    say("fhir", words)
    npm("fhir", folder, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp(f"fhir-{name}", wanted)


def _fetch() -> None:
    wanted = digest(PINS, VENV / "pyvenv.cfg")
    if R4.is_dir() and stamped("fhir-packages", wanted):
        return
    say("fhir", "fetching R4's definitions (12 MB)")
    took = Took()
    FETCHED.mkdir(parents=True, exist_ok=True)
    for pin in PINS:
        shutil.copy(pin, FETCHED)
    npm("fhir", FETCHED, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    stamp("fhir-packages", wanted)
    say("fhir", f"fetched ({took})")


def _compile() -> None:
    published = schema.published(SCHEMA)
    r4 = structures.read(R4, published)
    parameters, _ = search.compiled(R4, r4)
    COMPILED.mkdir(exist_ok=True)
    _write("schema.json", schema.mended(published, r4))
    _write(
        "search.json",
        {
            "types": r4.resources(),
            "parameters": parameters,
            "compartment": search.compartments(R4, r4),
            "members": search.overview(r4),
        },
    )


def _write(name: str, content: Any) -> None:
    """Whole or not at all: a server may be starting meanwhile."""
    part = COMPILED / f"{name}.part"
    part.write_text(json.dumps(content, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    part.replace(COMPILED / name)
