"""The errors of hrd-detector: one root, a few leaves.

A leaf's docstring is its default message: it says what happened and what to do about it. Errors carry ids, counts
and paths, never the text of a post, a handle or a name. Expected absence is a value, not an error.
"""

import inspect


class DetectorError(Exception):
    """Something went wrong in hrd-detector."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or inspect.cleandoc(type(self).__doc__ or ""))


class UsageError(DetectorError):
    """The command or setting was not understood; see `detector --help` and `detector settings`."""


class InputError(DetectorError):
    """The input could not be opened or has no format that is read here (JSONL, CSV or Parquet)."""


class RosterError(DetectorError):
    """The roster could not be read; `detector roster check FILE` lists what is wrong with it."""


class PolicyError(DetectorError):
    """The policy file is not valid; compare it with data/policy.toml."""


class RecipeError(DetectorError):
    """The training recipe is not valid; compare it with the recipes in training/recipes."""


class CardError(DetectorError):
    """The card of a data set is missing or not valid; compare it with those in data/datasets."""


class BundleError(DetectorError):
    """The model bundle is damaged, incomplete or of an unknown format; fetch or train it anew."""


class StoreError(DetectorError):
    """The store could not be opened, read or written."""


class KeyMissingError(DetectorError):
    """The store holds encrypted data and its key was not found; put the key file back or set DETECTOR_KEY."""


class MissingExtraError(DetectorError):
    """A part that is installed on demand is missing."""

    def __init__(self, extra: str) -> None:
        super().__init__(f"This needs a part that is not installed: pip install 'hrd-detector[{extra}]'")
