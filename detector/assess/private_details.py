"""Private details by their form: telephone and identity numbers, plates, addresses, coordinates, maps.

Languages differ in their words for home and school (`data/cues`, category doxxing), but numbers look alike everywhere,
in any digits. Does not know whether a detail is public: that is the reviewer's question.
"""

import re
from functools import cache

from detector.domain import Span

_STREETS = (
    r"street|str|st|road|rd|avenue|ave|lane|drive|apartment|apt|flat|calle|cll|carrera|cra|avenida|av|rua|travessa|rue"
    r"|straße|strasse|weg|via|viale|piazza|laan|straat|carrer|ulica|ul|ulice|utca|utcája|út|strada|bulevar|odos|οδός"
    r"|οδού|katu|tie|gatve|iela|g|sokak|sokağı|sok|cadde|caddesi|cad|mahallesi|mah|küçə|küçəsi|ул|улица|вулиця|вул|вуліца"
    r"|дом|д|кв|квартира|буд|под|підʼїзд|шоссе|көшесі|пер|فلات|شارع|شقة|عمارة|خیابان|کوچه|پلاک|گلی|مکان|רחוב|دירה|گەڕەک|جاده"
    r"|फ्लैट|मकान|गली|बाড়ি|বাড়ি|রোড|ফ্ল্যাট|सड़क|घर|jalan|jl|gang|blok|block|blk|kampung|lorong|purok|brgy|barangay|mtaa|plot"
    r"|house|ngõ|ngách|hẻm|đường|số nhà|nhà số|ซอย|บ้านเลขที่|ถนน|ห้อง|ຮ່ອມ|ເຮືອນເລກທີ|အမှတ်|လမ်း|ផ្ទះលេខ|ផ្លូវ"
    r"|ქუჩა|ქ|բնակարան|փողոց|շենք"
)

_FORMS = (
    # Seven to fifteen digits, perhaps grouped: not a price, not a date, not part of a link.
    r"(?<![\w/.,=\-€$£₹₽₺¥])(?:\+|００|00)?\(?\d{2,5}\)?(?:[ \-./]?\d{2,5}){2,5}(?![\w%‰€$£₹₽₺¥/])",
    # Hidden digits: 0555 *** ** 12, 98xxxx1234
    r"(?<!\w)\+?\d{2,5}[ \-]?(?:[x*•]{2,4}[ \-]?){1,4}\d{0,4}(?!\w)",
    # Street and number, number and street.
    rf"(?<!\w)(?:{_STREETS})[.:]?(?: [^\W\d]+){{0,3}},? ?(?:n[o°º]?\.? ?|№ ?|#)?\d{{1,4}}(?:/\d{{1,3}})?(?!\d)",
    rf"(?<![\w.,:])\d{{1,4}}[a-z]?,? (?:[^\W\d]+ ){{0,2}}(?:{_STREETS})(?!\w)",
    # Plates: 34 ABC 123, AB-123-CD, A 123 BC
    (
        r"(?<![\w#@/\-])(?:\d{2} ?[A-Z]{1,3} ?\d{2,4}|[A-Z]{2}[ \-]?\d{3}[ \-]?[A-Z]{2}"
        r"|[A-ZА-Я]{1,3}[ \-]?\d{3,4}[ \-]?[A-ZА-Я]{1,3})(?!\w)"
    ),
    # Coordinates and maps.
    r"(?<!\d)-?\d{1,3}\.\d{3,},? ?-?\d{1,3}\.\d{3,}(?!\d)",
    r"(?:maps?\.(?:app\.)?(?:goo|google)|google\.\w+/maps|goo\.gl/maps|openstreetmap\.org|yandex\.\w+/maps|waze\.com)\S*",
    # Asian addresses: number before the counter of houses, lanes, floors.
    r"\d{1,4}(?:丁目|番地|号室|號|号楼|号院|巷|弄|樓|单元|室|번지|동 ?\d{1,4}호|호실)",
)
_DATE = re.compile(r"\d{1,4}([./\-])\d{1,2}\1\d{1,4}|\d{4}[ \-–]\d{4}|\d{1,3}(?:[ .]000)+")


@cache
def _forms() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{form})" for form in _FORMS), re.IGNORECASE)


def private_details(text: str) -> tuple[Span, ...]:
    """Where a text shows something of the form of a private detail, by place."""
    found = (match for match in _forms().finditer(text) if not _DATE.fullmatch(match.group().strip()))
    return tuple(Span(start=match.start(), end=match.end()) for match in found if _is_long_enough(match.group()))


def _is_long_enough(form: str) -> bool:
    digits = sum(map(str.isdecimal, form))
    only_digits = not any(map(str.isalpha, form)) and "." not in form and "*" not in form and "•" not in form
    return digits >= 7 or not only_digits
