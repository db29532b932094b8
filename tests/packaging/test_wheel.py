"""What a user gets from a wheel: everything, without torch, in a folder that is not a checkout."""

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.packaging


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_holds_packages_shelves_pages_and_migrations(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "detector/cli.py",
        "detector/_shelf/data/labels.toml",
        "detector/_shelf/data/policy.toml",
        "detector/_shelf/data/datasets/gahd_de.toml",
        "detector/_shelf/data/samples/stream.jsonl",
        "detector/_shelf/data/samples/roster.json",
        "detector/_shelf/data/samples/truth.jsonl",
        "detector/_shelf/NOTICE",
        "serve/templates/queue.html",
        "serve/static/style.css",
        "serve/static/vendor/htmx.min.js",
        "training/recipes/ngram.toml",
    ):
        assert name in names, name
    assert any(n.startswith("detector/_shelf/models/") and n.endswith("manifest.json") for n in names)
    assert any(n.startswith("detector/_shelf/data/cues/") for n in names)
    assert any(n.startswith("detector/store/migrations/versions/") for n in names)
    assert not any(n.startswith("tests/") for n in names)


def test_the_base_install_names_no_heavy_library(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (metadata,) = (n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        requires = [
            line.split(":", 1)[1].strip()
            for line in archive.read(metadata).decode().splitlines()
            if line.startswith("Requires-Dist:") and "extra ==" not in line
        ]
    assert requires
    assert not [line for line in requires if line.split(">")[0] in {"torch", "transformers", "datasets", "pyspark"}]


def test_the_installed_wheel_scans_its_own_samples(wheel: Path, tmp_path: Path) -> None:
    """The dependencies come from this environment, the product from the wheel alone."""
    home = tmp_path / "env"
    venv.create(home, with_pip=False, symlinks=True)
    (site,) = (home / "lib").glob("python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    here = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(here) + "\n")
    # A .pth line of the editable install would put the checkout first; the wheel must win.
    samples = site / "detector" / "_shelf" / "data" / "samples"
    program = "import detector, sys; from detector.cli import main; print(detector.__file__, file=sys.stderr); main()"
    command = [str(home / "bin" / "python"), "-c", program, "scan", str(samples / "stream.jsonl")]
    options = ["--roster", str(samples / "roster.json"), "--output", "flags.jsonl", "--quiet"]
    run = subprocess.run([*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert str(site) in run.stderr
    assert (tmp_path / "flags.jsonl").stat().st_size > 0
