"""Bundles: what is damaged is refused, with a message that says what and where."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from detector.domain import Label, Passage
from detector.errors import BundleError
from detector.text.bundle import MANIFEST, floor_bundle, load_model, read_bundle, save_bundle
from detector.text.ngram import WEIGHTS


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(floor_bundle(), tmp_path / "bundle")


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    edit(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def swap_weights(folder: Path, weights: np.ndarray, *, pickled: bool = False) -> None:
    """Write other weights with a good checksum, so that only their content is wrong."""
    bundle = read_bundle(folder)
    content = io.BytesIO()
    np.save(content, weights, allow_pickle=pickled)
    card = (folder / "card.md").read_bytes()
    save_bundle(folder, bundle.manifest, {WEIGHTS: content.getvalue(), "card.md": card})


def test_a_copy_loads(copy: Path) -> None:
    assert load_model(copy).id == load_model(floor_bundle()).id


def test_saving_twice_gives_the_same_bytes(copy: Path, tmp_path: Path) -> None:
    bundle = read_bundle(copy)
    files = {name: (copy / name).read_bytes() for name in bundle.manifest.files}
    save_bundle(tmp_path / "again", bundle.manifest, files)
    assert {p.name: p.read_bytes() for p in (tmp_path / "again").iterdir()} == {
        p.name: p.read_bytes() for p in copy.iterdir()
    }


EDITS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "unknown key": (lambda m: m.update(surprise=1), "manifest"),
    "missing key": (lambda m: m.pop("heads"), "manifest"),
    "ill-typed": (lambda m: m.update(languages="en"), "manifest"),
    "format": (lambda m: m.update(format=99), "format 99"),
    "kind": (lambda m: m.update(kind="oracle"), "unknown kind 'oracle'"),
    "label forgotten": (lambda m: m["unscored"].pop("doxxing"), "doxxing"),
    "label twice": (lambda m: m["unscored"].update(hate="because"), "hate"),
    "no such label": (lambda m: m["heads"].update(rude=m["heads"]["hate"]), "'rude'"),
    "slope": (lambda m: m["heads"]["hate"].update(slope=-1.0), "hate"),
    "threshold": (lambda m: m["heads"]["hate"].update(threshold=1.5), "hate"),
    "column": (lambda m: m["heads"]["hate"].update(column=99), "weights"),
    "way out": (lambda m: m["files"].update({"../x": m["files"]["card.md"]}), "'../x'"),
    "no card": (lambda m: m["files"].pop("card.md"), "card"),
    "no weights": (lambda m: m["files"].pop(WEIGHTS), "weights"),
    "file gone": (lambda m: m["files"].update({"more.bin": m["files"]["card.md"]}), "more.bin"),
    "bits": (lambda m: m["settings"].update(bits=12), "weights"),
    "bits beyond reason": (lambda m: m["settings"].update(bits=60), "weights"),
    "no scales": (lambda m: m["settings"].pop("scales"), "weights"),
    "sizes": (lambda m: m["settings"].update(shortest=9, longest=2), "weights"),
}


@pytest.mark.parametrize("name", EDITS)
def test_a_wrong_manifest_is_refused(name: str, copy: Path) -> None:
    edit, hint = EDITS[name]
    change(copy, edit)
    with pytest.raises(BundleError, match=hint):
        load_model(copy)


def test_one_flipped_bit_is_found(copy: Path) -> None:
    content = bytearray((copy / WEIGHTS).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / WEIGHTS).write_bytes(content)
    with pytest.raises(BundleError, match="damaged"):
        load_model(copy)


def test_a_missing_file_is_found(copy: Path) -> None:
    (copy / "card.md").unlink()
    with pytest.raises(BundleError, match="incomplete"):
        load_model(copy)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"format": NaN}'])
def test_a_manifest_that_is_none(content: bytes, copy: Path) -> None:
    (copy / MANIFEST).write_bytes(content)
    with pytest.raises(BundleError, match="manifest"):
        load_model(copy)


def test_no_bundle_there(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model bundle"):
        load_model(tmp_path)


def test_pickled_weights_are_never_opened(copy: Path) -> None:
    swap_weights(copy, np.array([{"a": 1}], object), pickled=True)
    with pytest.raises(BundleError, match="unreadable weights"):
        load_model(copy)


@pytest.mark.parametrize("weights", [np.zeros((8, 6), np.int8), np.zeros((1 << 20, 6), np.uint8), np.zeros(3, np.int8)])
def test_weights_of_another_shape_or_type(weights: np.ndarray, copy: Path) -> None:
    swap_weights(copy, weights)
    with pytest.raises(BundleError, match="do not fit"):
        load_model(copy)


def test_a_file_that_is_not_listed_cannot_be_asked_for() -> None:
    with pytest.raises(BundleError, match=r"no manifest\.json"):
        read_bundle(floor_bundle()).file(MANIFEST)


def test_the_bundle_that_ships_is_small_and_says_where_it_comes_from() -> None:
    bundle = read_bundle(floor_bundle())
    assert sum(entry.bytes for entry in bundle.manifest.files.values()) < 8_000_000
    card = bundle.file("card.md").read_text(encoding="utf-8")
    for origin in bundle.manifest.origins:
        assert origin.licence
        assert origin.name in card
    for label in Label:
        assert label.value in card


def test_an_unlearnt_label_is_unscored_with_its_reason() -> None:
    bundle = read_bundle(floor_bundle())
    scores = load_model(floor_bundle()).judge([Passage(text="a plain sentence", lang="en")])[0].scores
    for name, reason in bundle.manifest.unscored.items():
        assert getattr(scores[Label(name)], "reason", "") == reason
