"""Names as they are compared: one spelling for what people write in many ways, and how a name is read. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import permutations

from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PINYIN_DICT

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U000323af]")
_BETWEEN = re.compile(r"[\s·•‧∙⋅・．.\-_,，'’^]+")  # 阿依古丽·买买提, Wang, Fang

# A character as names are written with, and the one it stands for here: forms of before the reform, and of one name.
_VARIANTS = (
    "劉刘 張张 陳陈 楊杨 黃黄 趙赵 吳吴 孫孙 馬马 鄭郑 謝谢 韓韩 馮冯 鄧邓 許许 葉叶 蘇苏 盧卢 "
    "蔣蒋 賈贾 鄒邹 閻阎 龍龙 萬万 錢钱 湯汤 嚴严 賀贺 顧顾 龔龚 譚谭 陸陆 閆阎 闫阎 肖萧 蕭萧 "
    "付傅 範范 鐘钟 鍾钟 鄔邬 鮑鲍 喬乔 賴赖 關关 齊齐 歐欧 區区 單单 寧宁 甯宁 儲储 靈灵 麗丽 "
    "華华 國国 蘭兰 鳳凤 偉伟 強强 軍军 傑杰 濤涛 輝辉 陽阳 飛飞 雲云 東东 紅红 豔艳 艷艳 潔洁 "
    "靜静 穎颖 頴颖 瑩莹 鵬鹏 龢和 禮礼 義义 誌志 誠诚 達达 運运 遠远 連连 進进 邁迈 銀银 鋒锋 "
    "鋼钢 錦锦 鐵铁 長长 門门 開开 間间 闊阔 雙双 雋隽 電电 順顺 風风 驥骥 魯鲁 鴻鸿 麥麦 黨党 "
    "齡龄 羅罗 聖圣 聰聪 聲声 學学 實实 寶宝 將将 嵐岚 嶽岳 師师 幹干 慶庆 憶忆 應应 懷怀 戰战 "
    "揚扬 擇择 曉晓 曄晔 書书 會会 業业 榮荣 樂乐 樹树 橋桥 機机 歡欢 漢汉 澤泽 濱滨 灝灏 煒炜 "
    "煥焕 燁烨 愛爱 爾尔 獻献 瑋玮 瓊琼 璽玺 畢毕 發发 碩硕 禎祯 筆笔 紀纪 純纯 細细 紹绍 結结 "
    "維维 綺绮 緒绪 繼继 續续 缽钵 習习 興兴 舉举 藝艺 蓮莲 蔭荫 薩萨 藍蓝 蘊蕴 術术 衛卫 見见 "
    "規规 親亲 計计 詩诗 諾诺 謙谦 讓让 貞贞 財财 貴贵 賓宾 賢贤 質质 車车 軒轩 輕轻 農农 鄉乡 "
    "鈞钧 銘铭 鏡镜 堃坤 喆哲 峯峰 昇升 珮佩 甦苏 祕秘 竝并 綵彩 脩修 菓果 薰熏 襃褒 谿溪 豊丰 "
    "迺乃 隣邻 雰氛 凃涂 仝同 巖岩 巗岩 濬浚 蘋苹 鑑鉴 鍳鉴 暎映 晧皓 澂澄 勛勋 勳勋 勣绩 啓启 "
    "啟启 羣群 牀床 煇辉 犇奔 翺翱 凖准 亙亘 冦寇 禕祎 凱凯 剛刚 劍剑 勝胜 "
)
VARIANTS = str.maketrans({pair[0]: pair[1] for pair in _VARIANTS.split()})

# Two characters of a family name (复姓) each; what follows them is given.
_DOUBLE = (
    "欧阳上官司马诸葛东方皇甫尉迟公孙慕容司徒令狐长孙宇文南宫夏侯端木独孤轩辕呼延百里"
    "东郭西门申屠太史闻人澹台公冶宗政濮阳淳于单于钟离鲜于闾丘司空万俟赫连第五"
)
DOUBLE = frozenset(_DOUBLE[at : at + 2] for at in range(0, len(_DOUBLE), 2))
# Read otherwise as a family name than in other words.
READ = {
    "单": "shan", "曾": "zeng", "查": "zha", "仇": "qiu", "解": "xie", "区": "ou", "朴": "piao", "任": "ren",
    "盖": "ge", "覃": "qin", "尉": "wei", "缪": "miao", "冼": "xian", "翟": "zhai", "乐": "yue", "员": "yun",
    "秘": "bi", "折": "she", "黑": "he", "重": "chong", "种": "chong", "繁": "po", "召": "shao", "燕": "yan",
    "万俟": "moqi", "尉迟": "yuchi", "澹台": "tantai", "单于": "chanyu", "长孙": "zhangsun",
}  # fmt: skip

# A child that has no name yet is written under its mother's (WS 445 leaves the form to the house).
_NEWBORN = re.compile(
    r"^(.{2,4})(?:之|的)?(?:[大小长次]?[子女]|[男女]?婴|新生儿|毛毛|宝宝|大宝|小宝|bb)[a-c1-3一二三]?$"
)
_CHILD_OF = re.compile(r"^(.{2,4})(?:之|的)[大小长次]?[子女][a-c1-3一二三]?$")
_NOBODY = re.compile(r"^(?:无名.*|不详|未知|不明|匿名|佚名|测试.*|unknown|anonymous|noname|test.*)$")


@dataclass(frozen=True, slots=True)
class Named:
    """A name made comparable: `han` and `latin` as one word each, `reading` its syllables without tones.

    `mother` is the mother's name where the name is a child's that has none of its own yet.
    """

    han: str = ""
    family: str = ""
    latin: tuple[str, ...] = ()
    reading: tuple[str, ...] = ()
    mother: str = ""

    @property
    def known(self) -> bool:
        """Whether anything can be said by this name."""
        return bool(self.han or self.latin)


def named(text: str) -> Named:
    """A name as it was written, or an empty one for what is nobody's."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip().translate(VARIANTS)
    whole = _BETWEEN.sub("", plain)
    if not whole or _NOBODY.match(whole):
        return Named()
    if not HAN.search(whole):
        tokens = tuple(sorted(_plain_letters(one) for one in _BETWEEN.split(plain) if one))
        return Named(latin=tokens, reading=tuple(piece for one in tokens for piece in syllables(one)))
    mother = _mother(whole)
    family = whole[:2] if whole[:2] in DOUBLE and len(whole) > 2 else whole[:1]
    return Named(whole, family, (), read(whole, family), mother)


def _mother(whole: str) -> str:
    sure = _CHILD_OF.match(whole)
    found = sure or (_NEWBORN.match(whole) if len(whole) >= 4 else None)
    return found[1] if found else ""


@lru_cache(maxsize=20_000)
def read(han: str, family: str) -> tuple[str, ...]:
    """The syllables of a name in Han; its family name as family names are read."""
    first = READ.get(family)
    rest = han[len(family) :] if first else han
    spoken = [lazy_pinyin(one, style=Style.NORMAL, errors="default")[0] for one in rest]
    head = syllables(first) if first else ()
    return (*head, *(one.replace("ü", "v") for one in spoken))


# ü as passports have it (GB/T 28039-2011: LYU), as keyboards have it, and without its dots
_UMLAUT = {"lv": ("lv", "lyu", "lu"), "nv": ("nv", "nyu", "nu"), "lve": ("lve", "lyue"), "nve": ("nve", "nyue")}
COMMON = 2  # of a character's readings, the commonest first, those that names are read by
MOST_WORDS = 4  # whose order is tried


def is_read_aloud(name: Named, latin: tuple[str, ...]) -> bool:
    """Whether words in letters are a name in Han: each character by any of its common readings, in either order."""
    heard = _heard(name.han, name.family)
    given_first = heard[len(name.family) :] + heard[: len(name.family)]
    orders = permutations(latin) if len(latin) <= MOST_WORDS else [latin]
    written = {"".join(order) for order in orders}
    return any(_spells(word, order) for word in written for order in (heard, given_first))


def _spells(word: str, heard: tuple[frozenset[str], ...]) -> bool:
    if not heard:
        return not word
    return any(word.startswith(one) and _spells(word[len(one) :], heard[1:]) for one in heard[0])


@lru_cache(maxsize=20_000)
def _heard(han: str, family: str) -> tuple[frozenset[str], ...]:
    """How each character may be read: as in this name, and as in others."""
    told = read(han, family)
    found = []
    for at, character in enumerate(han):
        readings = PINYIN_DICT.get(ord(character), "").split(",")[:COMMON]
        plain = {_plain_letters(one) for one in readings if one} | ({told[at]} if len(told) == len(han) else set())
        found.append(frozenset(form for one in plain or {character} for form in _UMLAUT.get(one, (one,))))
    return tuple(found)


def _plain_letters(text: str) -> str:
    """Without accents; ü is v as keyboards have it."""
    text = text.replace("ü", "v")
    return "".join(one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))


@cache
def _all_syllables() -> frozenset[str]:
    """Every syllable that a character is read as, without tones."""
    readings = {reading for many in PINYIN_DICT.values() for reading in many.split(",")}
    plain = {_plain_letters(one) for one in readings}
    return frozenset(one for one in plain if one.isalpha() and (len(one) > 1 or one in "aeo"))


@lru_cache(maxsize=20_000)
def syllables(word: str) -> tuple[str, ...]:
    """`shuying` → shu, ying: the fewest syllables, the longer first; a word that is no pinyin stays whole."""
    known = _all_syllables()
    best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
    for end in range(1, len(word) + 1):
        for start in range(max(0, end - 6), end):
            before = best[start]
            if before is not None and word[start:end] in known:
                found = (*before, word[start:end])
                current = best[end]
                if current is None or len(found) < len(current):
                    best[end] = found
    return best[len(word)] or (word,)
