"""The built FEEL bundle is the one its recipe makes, from exactly pinned parts."""

import hashlib
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "server/engine/assets"
RECIPE = ROOT / "frontend/feel"


def test_bundle_has_the_hash_that_was_committed() -> None:
    digest = hashlib.sha256((ASSETS / "feel.js").read_bytes()).hexdigest()
    assert (ASSETS / "feel.js.sha256").read_text().strip() == digest


def test_bundle_is_one_small_file_without_addresses() -> None:
    text = (ASSETS / "feel.js").read_text(encoding="utf-8")
    assert len(text) < 250_000
    assert "://" not in text.replace("http://www.w3.org", "")
    assert "sourceMappingURL" not in text


def test_parts_are_pinned_exactly_and_the_lock_names_no_registry() -> None:
    manifest = json.loads((RECIPE / "package.json").read_text())
    assert manifest["devDependencies"]["feelin"] == "8.2.0"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in manifest["devDependencies"].values())
    lock = (RECIPE / "package-lock.json").read_text()
    assert "resolved" not in lock
    assert '"integrity"' in lock
    assert not re.search(r"https?://(?!opencollective|github\.com/sponsors)", lock)


def test_licences_of_what_is_bundled_are_told() -> None:
    notice = (ASSETS / "NOTICE").read_text(encoding="utf-8")
    packages = json.loads((RECIPE / "package-lock.json").read_text())["packages"]
    for name in (
        "feelin",
        "lezer-feel",
        "@lezer/common",
        "@lezer/lr",
        "@lezer/highlight",
        "min-dash",
        "temporal-polyfill",
    ):
        assert f"{name} {packages[f'node_modules/{name}']['version']}" in notice
    assert "Permission is hereby granted" in notice
