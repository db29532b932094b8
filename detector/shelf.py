"""Where the two shelves, `data/` and `models/`, lie.

In a wheel they travel inside the package; in a checkout they stand at its root. Nothing else knows the difference.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "_shelf"
ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

DATA = ROOT / "data"
MODELS = ROOT / "models"
