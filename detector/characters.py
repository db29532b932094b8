"""Classes and tables of characters that `detector.normalize` works with: invisible, styled, alike.

Strings named after a class hold the inside of a regular expression's character class. Knows Unicode, nothing of posts.
"""

import re
import unicodedata
from functools import cache

# Invisible or purely ornamental: format characters (zero width, bidi controls, tags), fillers, variation selectors,
# Arabic vowel marks and stretching bar, Hebrew points, strokes laid over letters, enclosing marks.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufeff"
    "\uffa0\ufff0-\ufffb\ufe00-\ufe0f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\u0600-\u0605\u06dd\u070f\u08e2"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0334-\u0338\u0488\u0489\u1abe\u20d0-\u20f0\ua670-\ua672"
)
LATIN = "a-zA-Z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff"
GREEK = "\u0370-\u03ff\u1f00-\u1fff"
CYRILLIC = "\u0400-\u0481\u048a-\u052f"
ARMENIAN = "\u0531-\u0556\u0561-\u0587"
CHEROKEE = "\u13a0-\u13f5\uab70-\uabbf"
CASED = LATIN + GREEK + CYRILLIC + ARMENIAN + CHEROKEE
EMOJI = "\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"


@cache
def combining_marks() -> str:
    """All combining marks as the inside of a character class (Indic and Thai vowel signs among them)."""
    points = [p for p in range(0x300, 0x20000) if unicodedata.category(chr(p))[0] == "M"]
    ranges: list[list[int]] = []
    for point in points:
        if ranges and ranges[-1][1] == point - 1:
            ranges[-1][1] = point
        else:
            ranges.append([point, point])
    return "".join(f"{re.escape(chr(a))}-{re.escape(chr(b))}" for a, b in ranges)


# Letters that look like Latin ones, by script, folded; and the way back for words of that script with Latin letters in.
TO_LATIN = {
    "cyrillic": dict(zip("авсеһіјкморѕтухԁԛԝнԍгпиӏүӕ", "abcehijkmopstyxdqwhgrnulyæ", strict=True)),
    "greek": dict(zip("αβεηικνορτυχωγϲϳάέίόύή", "abenikvoptuxwycjaeioun", strict=True)),
    "armenian": dict(zip("օսհոցզյլ", "ouhngqjl", strict=True)),
    "cherokee": dict(zip("ᎪᏴᏟᎠᎬᎻᎥᎫᏦᏞᎷᏢᎡᏚᎢᏙᎳᎩᏃ", "abcdehijklmprstvwyz", strict=True)),
}
FROM_LATIN = {
    "cyrillic": dict(zip("abcehijkmopstyxnur", "авсеніјкморѕтухпиг", strict=True)),
    "greek": dict(zip("abenikvoptuxwy", "αβεηικνορτυχωγ", strict=True)),
    "armenian": dict(zip("ouhngqjl", "օսհոցզյլ", strict=True)),
    "cherokee": {},
}
SCRIPTS: tuple[tuple[str, str], ...] = (
    ("latin", LATIN),
    ("cyrillic", CYRILLIC),
    ("greek", GREEK),
    ("armenian", ARMENIAN),
    ("cherokee", CHEROKEE),
)
# Letters drawn small, boxed or circled that compatibility folding leaves alone.
STYLED = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢɑɡı̇"[:26], "abcdefghijklmnoprstuvwyzag", strict=True)) | {
    chr(base + n): chr(97 + n) for base in (0x1F150, 0x1F170) for n in range(26)
}
LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i", "€": "e"}

HANDLE = re.compile(r"(?<![\w@/.])@\w[\w.\-]*")
"""An @handle as it stands in a text; an e-mail address or a link holds none."""
