"""Burmese names in Latin letters: syllable by syllable, as people spell them (Nyein Chan Thaw), not letter by letter.

Burmese spelling is far from its sound, so that romanising by character (`transliterate`) misses its names. Onsets and
rimes follow common spelling of personal names (cf. the MLC transcription without tones); variants are left to
`likeness`.
"""

import re

_ONSETS = dict(
    zip(
        "ကခဂဃငစဆဇဈဉညဋဌဍဎဏတထဒဓနပဖဗဘမယရလဝသဟဠအ",
        "k kh g g ng s s z z ny ny t ht d d n t ht d d n p ph b b m y y l w th h l -".split(),
        strict=True,
    )
)
_MEDIALS = {"\u103b": "y", "\u103c": "y", "\u103d": "w", "\u103e": "h"}
_CLUSTERS = (("khy", "ch"), ("ngy", "ny"), ("yh", "sh"), ("lyh", "sh"))
_RIMES = {
    "": "a", "ာ": "a", "ါ": "a", "ိ": "i", "ီ": "i", "ု": "u", "ူ": "u", "ေ": "e", "ဲ": "e", "ော": "aw", "ေါ": "aw",
    "ို": "o", "ံ": "an", "ုံ": "on", "က်": "et", "င်": "in", "စ်": "it", "ည်": "i", "ဉ်": "in", "တ်": "at", "န်": "an",
    "ပ်": "at", "မ်": "an", "ယ်": "e", "ိတ်": "eit", "ိန်": "ein", "ိပ်": "eit", "ိမ်": "ein", "ုတ်": "ok", "ုန်": "on",
    "ုပ်": "ok", "ုမ်": "on", "ောက်": "auk", "ောင်": "aung", "ေါင်": "aung", "ိုက်": "aik", "ိုင်": "aing",
}  # fmt: skip
_SYLLABLE = re.compile("([က-အ])([\u103b-\u103e]*)([\u102b-\u1032\u1036]*(?:[က-အ]\u103a)?)")


def burmese_syllables(text: str) -> list[str]:
    """The syllables of a Burmese name in lower-case Latin letters; empty for other scripts."""
    plain = text.replace("\u1039", "\u103a").replace("ော\u103a", "ော").replace("ေါ\u103a", "ေါ")
    plain = re.sub("[\u1037\u1038]", "", plain)
    return [_read(*match.groups()) for match in _SYLLABLE.finditer(plain)]


def _read(consonant: str, medials: str, rime: str) -> str:
    onset = _ONSETS[consonant].strip("-") + "".join(_MEDIALS[each] for each in medials)
    for written, heard in _CLUSTERS:
        onset = onset.replace(written, heard)
    vowel = _RIMES.get(rime, "a")
    return onset.replace("w", "") + "u" + vowel[1:] if onset.endswith("w") and rime in ("န်", "တ်") else onset + vowel
