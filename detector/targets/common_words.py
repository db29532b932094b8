"""Names that are also ordinary words (`data/common_words.toml`): alone they tell little."""

import tomllib
from functools import cache

from detector.shelf import DATA
from detector.targets.folding import fold_each


@cache
def common_words() -> frozenset[str]:
    """All such words of all languages, folded."""
    lists = tomllib.loads((DATA / "common_words.toml").read_text(encoding="utf-8"))
    return fold_each([word for words in lists.values() for word in words.split()])


def is_common(folded: str) -> bool:
    """Whether a folded word is an ordinary word in some language."""
    return folded in common_words()
