"""Matching alone: how fast a roster compiles, and how many posts a second pass it. Not a test: run it by hand.

    python tests/bench/bench_matching.py --defenders 10000 --posts 200000 --share 0.01
    python tests/bench/bench_matching.py --defenders 100000 --posts 20000

Invented names in nineteen scripts, made of syllables; given names are shared by many, as in life. Posts are invented,
too, and vary in length. One core, CPU seconds; values in memory, so that reading files is not measured.
"""

import argparse
import random
import resource
import time
from datetime import UTC, datetime

from detector.domain import Account, AccountId, Consent, Defender, DefenderId, DefenderKind, Handle, Post, PostId
from detector.targets.matcher import ThreadMemory, match_batch
from detector.targets.roster import compile_roster

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BATCH = 2_000
# Syllables of names, and words of posts, by language.
SYLLABLES = {
    "es": "ma ri so lu ka ne to vi da ye ban gor pel tan qui ra zu fen mor sal",
    "en": "hal mer win ash ton ley ford brad stan wick thor ing ham dale gra pen rod cal ver nor",
    "sw": "mwa ki ba ndo zi wa nja li mu ka re shi tu mbe ye ga so pe ni ku",
    "pl": "wi sza gro pol ska dra bo mi rze czy le wan do ni ka sie ro ma ty ga",
    "tr": "ay gül kur doğ an dem ir yıl ban ser tan öz kök şen çel ik bur haz ya kın",
    "vi": "Thị Mai Hòa Bảo Ngân Trúc Khuê Sơn Đan Lộc Vỹ Quế Thảo Diệp Uyên Phước Huân Tấn Cẩm Ngà",
    "ru": "ва ро ми ла ков ец зо ри на гор бан сте ли пе мар ду ти ве сол кра",
    "el": "πα νι κο λα δη μα ρι στε φα ζω γε ορ τσι μπα κης ρου θε να λια βα",
    "ar": "زا ري نو را حم سل قا مي دو بو تغ وين عا لي شر في صب كر هان دي",
    "he": "בן רו ני אל מי שר גל תו דר יע קב חן צב נו לי עמ זר פר הד טל",
    "hi": "रा मी शा को नी वा ली सु दे व कु मा री ति ला पा न गो हर बे",
    "bn": "রা মি শা কো নী বা লি সু দে ব কু মা রী তি লা পা ন গো হর বে",
    "ta": "மா ரி சா கோ நீ வா லி சு தே வ கு மு ரு தி லா பா ன செ ல்வ வே",
    "th": "สม ชัย ดาว ทอง ศรี พง ษ์ วร รณ กาญ จน ธน พล มณี รัต น์ ภูมิ เกษ ชล บุญ",
    "my": "အောင် မင်း ထွန်း ဇော် ဝင်း ခင် စန်း မော် လင်း ဖြိုး ကျော် သူ နန္ဒာ ရည် မြတ် ဟိန်း ဆွေ ညီ လှ ပိုင်",
    "am": "አ በ በ ገ ብ ረ መ ኮ ን ተ ስ ፋ ወ ል ደ ማ ር ቆ ሰ ላ",
    "ka": "გი ორ შვი ლი ძე ბე რი მა ნა თა კვა დო ლო ნი რა სა ტო გვე ჩხე ია",
    "zh": "王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓",
    "ko": "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 홍 하 늘 민 준 서 연 도 윤 지 우",
}
WORDS = {
    "es": "hoy el agua llegó tarde y la gente esperó cerca del puente mientras cerraba mercado otra vez sin luz",
    "en": "today the water came late and people waited near bridge while market closed early again without notice",
    "ru": "сегодня вода пришла поздно и люди ждали у моста пока рынок снова закрывался рано без света дома",
    "ar": "اليوم وصل الماء متأخرا وانتظر الناس قرب الجسر بينما أغلق السوق مبكرا مرة أخرى بلا كهرباء",
    "hi": "आज पानी देर से आया और लोग पुल के पास इंतज़ार करते रहे जबकि बाज़ार फिर बंद हुआ बिना बिजली",
    "th": "วันนี้น้ำมาช้า และผู้คนรอ ใกล้สะพาน ขณะที่ตลาดปิดเร็ว อีกครั้งเพราะฝน",
    "zh": "今天水来得很晚，大家在桥边等着，市场又提早关门了。 家里还是没有电，孩子们都睡了。",
    "ko": "오늘 물이 늦게 와서 사람들이 다리 근처에서 기다렸고 시장은 또 일찍 문을 닫았다",
    "sw": "leo maji yalichelewa na watu walisubiri karibu na daraja huku soko likifungwa mapema tena bila umeme",
    "tr": "bugün su geç geldi ve insanlar köprünün yanında bekledi pazar yine erken kapandı evde ışık yok",
}
SHARES = {"en": 35, "es": 20, "ar": 8, "hi": 6, "ru": 8, "th": 4, "zh": 5, "ko": 4, "sw": 4, "tr": 6}
"""Posts of each language, in percent: what a large feed looks like."""


class Names:
    """Invented names of one language; given names come from a pool that many share."""

    def __init__(self, lang: str, rng: random.Random) -> None:
        self.lang, self.rng = lang, rng
        self.syllables = SYLLABLES[lang].split()
        self.given = [self.word(2) for _ in range(300)]

    def word(self, length: int) -> str:
        return "".join(self.rng.choice(self.syllables) for _ in range(length)).capitalize()

    def full(self) -> tuple[str, str]:
        """Family and given name."""
        if self.lang in ("zh", "ko"):
            return self.rng.choice(self.syllables), self.rng.choice(self.syllables) + self.rng.choice(self.syllables)
        return self.word(self.rng.choice((3, 4))), self.rng.choice(self.given)


def invented(count: int, rng: random.Random) -> list[Defender]:
    pools = [Names(lang, rng) for lang in SYLLABLES]
    defenders = []
    for number in range(count):
        pool = rng.choice(pools)
        family, given = pool.full()
        name = family + given if pool.lang in ("zh", "ko") else f"{given} {family}"
        initial = given if pool.lang in ("zh", "ko", "am", "my", "th") else f"{given[0]}. {family}"
        defenders.append(
            Defender(
                id=DefenderId(f"d{number}"),
                kind=DefenderKind.PERSON if number % 5 else DefenderKind.ORGANISATION,
                name=name,
                aliases=rng.choice([(), (), (family if len(family) > 1 else given,), (given,), (initial, given)]),
                handles=(Handle(platform="example", handle=f"def_{number}"),),
                languages=(pool.lang,),
                consent=Consent(given_at=NOW),
            )
        )
    return defenders


def stream(count: int, share: float, defenders: list[Defender], rng: random.Random) -> list[Post]:
    posts = []
    words = {lang: text.split() for lang, text in WORDS.items()}
    for number in range(count):
        lang = rng.choices(list(SHARES), list(SHARES.values()))[0]
        chosen = [rng.choice(words[lang]) for _ in range(rng.randint(3, 30))]
        mentions: tuple[str, ...] = ()
        if rng.random() < share:
            about = rng.choice(defenders)
            if rng.random() < 0.5:
                chosen.insert(rng.randint(0, len(chosen)), f"@{about.handles[0].handle}")
                mentions = (about.handles[0].handle,)
            else:
                chosen.insert(rng.randint(0, len(chosen)), about.name)
        user = f"user{rng.randrange(100_000)}"
        author = Account(id=AccountId(user), handle=user)
        text = " ".join(chosen)
        posts.append(Post(id=PostId(f"p{number}"), platform="example", text=text, author=author, mentions=mentions))
    return posts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--defenders", type=int, default=10_000)
    parser.add_argument("--posts", type=int, default=200_000)
    parser.add_argument("--share", type=float, default=0.01)
    given = parser.parse_args()
    rng = random.Random(7)
    defenders = invented(given.defenders, rng)
    posts = stream(given.posts, given.share, defenders, rng)
    match_batch(posts[:1], compile_roster(defenders[:1], now=NOW), ThreadMemory())  # tables are made once

    started = time.process_time()
    roster = compile_roster(defenders, now=NOW)
    print(f"compile: {given.defenders:,} defenders in {time.process_time() - started:.2f} s")
    threads, found = ThreadMemory(), 0
    started = time.process_time()
    for first in range(0, len(posts), BATCH):
        found += len(match_batch(posts[first : first + BATCH], roster, threads))
    seconds = time.process_time() - started
    print(f"match: {len(posts) / seconds:,.0f} posts a second; {found:,} of {len(posts):,} concern somebody")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
