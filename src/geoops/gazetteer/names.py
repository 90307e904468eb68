"""One normal form and a few keys that bring together what people write for one place.

The regional knowledge stands here: the Arabic article with and without assimilation, ta marbuta, long vowels, q, k
and g, French, Kurdish and Turkish habits, Arabic, Persian and Kurdish code points. The keys follow what BGN/PCGN 1956,
UN 2017 (Beirut), ALA-LC and the press have in common. Which place a name means is `match.py`'s business.

A name has four forms, each coarser than the one before:

    normal       "Deir ez-Zor" -> "deir ez zor"     case, marks, apostrophes, hyphens, look-alike code points
    article      -> "deirzor"                       without articles and spaces
    romanised    -> "dIrzUr"                        vowels in three classes, consonants by sound, no final vowel
    skeleton     -> "drdr"                          consonants alone, of Latin and Arabic script alike
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from geoops.core.text import has_arabic, one_line

__all__ = [
    "article_form",
    "halves",
    "normal",
    "other_habits",
    "other_skeletons",
    "romanised",
    "skeleton",
    "transliterated",
]

MAX_LENGTH = 200
"""Longer names are cut here: no place has one, and work must stay bounded."""

# What is dropped without a gap: apostrophes, ayn and hamza marks, tatweel, joiners, soft hyphen.
SILENT = "'`´‘’‛′ʹʺʻʼʽʾʿˈˊˋ\u02bb\u0640\u200c\u200d\u200e\u200f\u00ad\u2060\ufeff\uff07\u05f3"
# Letters that canonical decomposition leaves alone, and one code point for each Arabic letter.
LETTERS = {
    "ı": "i", "ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ə": "a", "ħ": "h", "ŋ": "n",
    "ŧ": "t", "ɓ": "b", "ɗ": "d", "ƙ": "k", "ɛ": "e", "ɔ": "o", "ʋ": "v",
    "ة": "ه", "ۃ": "ه", "ھ": "ه", "ہ": "ه", "ە": "ه", "ۀ": "ه", "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ک": "ك",
    "ٱ": "ا", "ء": "", "ڪ": "ك", "&": " and ",
}  # fmt: skip
# What ASCII characters become once they are in small letters.
_ASCII = {c: " " for c in map(chr, range(128)) if not c.isalnum()} | {"'": "", "`": "", "&": " and "}
_PLAIN_ASCII = str.maketrans(_ASCII)
_TABLE = str.maketrans({**dict.fromkeys(SILENT, ""), **LETTERS})


class _Folded(dict[int, str]):
    """What each character becomes in the normal form, found when it is first met: few differ, and names are many."""

    def __missing__(self, code: int) -> str:
        text = one_line(chr(code))
        for _ in range(4):  # folding case can bring new marks: until nothing changes
            before = text
            text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
            text = "".join(c for c in text if unicodedata.category(c) != "Mn").translate(_TABLE)
            text = "".join(c if c.isalnum() or unicodedata.category(c) == "Mc" else " " for c in text)
            if text == before:
                break
        self[code] = text if text or not chr(code).isspace() else " "
        return self[code]


_FOLDED = _Folded()

PLAIN_ARTICLES = {"al", "el", "il", "ul"}
ASSIMILATED = re.compile(r"[aeiu](d|dh|s|sh|ch|t|th|z|n|r|l)\Z")
GLUED = re.compile(r"(?:(?<=[a-z]{3})|\b)[aeiu](?:([dsztnr])(?=\1)|(?:s(?=sh)|sh(?=sh)|d(?=dh)|dh(?=dh)))")
LEADING = {"the"}

_SCRIPTS = {"LATIN", "ARABIC", "CYRILLIC", "GREEK", "HEBREW", "ARMENIAN", "GEORGIAN"}

# Marks of BGN/PCGN romanisation: where one stands, ş is the emphatic s and not the Turkish sh.
BGN_MARKS = re.compile("[ḩḥţṭḑḍẕz̧ẓāīūʻʿ‘]")


def halves(name: str) -> tuple[str, str] | None:
    """
    The two halves of a name that is written twice, in two scripts; None of any other.

    Examples
    --------
    >>> halves("Mosul - الموصل"), halves("Київ (Kyiv)"), halves("Mosul")
    (('mosul', 'الموصل'), ('киів', 'kyiv'), None)
    """
    runs: list[tuple[str, list[str]]] = []
    for word in normal(name).split():
        script = unicodedata.name(word[0], "").partition(" ")[0]
        if not runs or runs[-1][0] != script:
            runs.append((script, []))
        runs[-1][1].append(word)
    if len(runs) != 2 or not all(script in _SCRIPTS for script, _ in runs):
        return None
    return " ".join(runs[0][1]), " ".join(runs[1][1])


@lru_cache(maxsize=1 << 15)
def normal(name: str) -> str:
    """
    The normal form of a name: lower case, without marks, apostrophes and hyphens, one space between words.

    Persian and Kurdish code points become the Arabic letters that look the same; short vowels, hamza carriers, tatweel
    and direction marks go. The normal form of a normal form is itself.

    Examples
    --------
    >>> normal("Dayr az-Zawr"), normal("Ḩimş"), normal("دَيْرُ الزَّوْر"), normal("کرکوک") == normal("كركوك")
    ('dayr az zawr', 'hims', 'دير الزور', True)
    """
    if name.isascii() and name.isprintable():  # most names: no need to look at every letter
        plain = name[: 4 * MAX_LENGTH].lower().translate(_PLAIN_ASCII)
        return " ".join(plain.split())[:MAX_LENGTH].strip()
    text = " ".join(name[: 4 * MAX_LENGTH].translate(_FOLDED).split())
    return unicodedata.normalize("NFC", text)[:MAX_LENGTH].strip()


def _strip_articles(words: list[str]) -> list[str]:
    """The words without articles; a name that is nothing but an article keeps it."""
    if len(words) == 1 and words[0].isascii():
        return words
    kept: list[str] = []
    for position, word in enumerate(words):
        following = words[position + 1] if position + 1 < len(words) else ""
        if following and (word in PLAIN_ARTICLES or (position == 0 and word in LEADING)):
            continue
        assimilated = ASSIMILATED.match(word)
        if assimilated and following.startswith(assimilated[1]):
            continue
        glued = (word.startswith("ال") and len(word) >= 4) or (word.startswith("لل") and len(word) >= 5)
        kept.append(word[2:] if glued else word)
    return kept or words


@lru_cache(maxsize=1 << 15)
def article_form(name: str) -> str:
    """
    The normal form without articles and spaces.

    Examples
    --------
    >>> article_form("Deir ez-Zor"), article_form("Dayr al-Zor"), article_form("الهول"), article_form("the Euphrates")
    ('deirzor', 'dayrzor', 'هول', 'euphrates')
    """
    return "".join(_strip_articles(normal(name).split()))


# Consonants by sound, longest spelling first. Capitals are classes: S for sh and ch, X for kh.
SOUNDS = [
    ("tsch", "S"), ("tch", "S"), ("sch", "S"), ("shch", "S"), ("sh", "S"), ("ch", "S"), ("kh", "X"), ("gh", "g"),
    ("dh", "d"), ("th", "t"), ("ph", "f"), ("dj", "j"), ("zh", "j"), ("ck", "k"), ("q", "k"), ("x", "X"), ("v", "w"),
]  # fmt: skip
_SOUND = re.compile("|".join(spelling for spelling, _ in SOUNDS))
_SOUND_OF = dict(SOUNDS)
_VOWELS = re.compile("[aeiouyw]+")
_DOUBLE = re.compile(r"([^AIU])\1+")
CLASS_OF = {"a": "", "e": "", "i": "I", "y": "I", "o": "U", "u": "U", "w": "U"}

# Arabic script: what differs between languages and habits, after `normal`.
ARABIC_SOUNDS = str.maketrans(
    {"ێ": "ي", "ۆ": "و", "ۇ": "و", "ڕ": "ر", "ڵ": "ل", "ڤ": "ف", "ۋ": "و", "گ": "ك", "پ": "ب", "چ": "ش", "ژ": "ج", "ڎ": "د", "ٹ": "ت", "ڈ": "د", "ڑ": "ر", "ں": "ن"}
)  # fmt: skip


@lru_cache(maxsize=4096)
def _vowel_class(run: str) -> str:
    """The class of a run of vowels: I, U, both in their order, or A for neither."""
    classes = "".join(CLASS_OF[letter] for letter in run.replace("ee", "i"))
    squeezed = re.sub(r"(.)\1+", r"\1", classes)
    return squeezed or "A"


@lru_cache(maxsize=1 << 15)
def _sounds_of_word(word: str, c_is: str) -> str:
    """One word by sound: consonant classes in small letters (and S, X), vowel runs as A, I, U."""
    if not word.isascii():
        if has_arabic(word):
            return word.translate(ARABIC_SOUNDS)
        return word
    text = _SOUND.sub(lambda match: _SOUND_OF[match[0]], word.replace("cc", "c")).replace("c", c_is)
    head = ""
    if text[:1] in ("w", "y") and len(text) > 1:  # a consonant, whatever follows: an Arabic name may lack its vowel
        head, text = text[0].upper(), text[1:]
    text = _VOWELS.sub(lambda match: _vowel_class(match[0]), text)
    return _DOUBLE.sub(r"\1", head + text)


def _without_final_vowel(word: str) -> str:
    """The last word without its final vowel or ta marbuta, if two consonants remain."""
    if not word.isascii():
        bare = word[:-1] if word[-1:] in ("ه", "ا") and len(word) > 3 else word
    else:
        bare = re.sub(r"[AIU]+h?\Z", "", word)
        if sum(letter not in "AIU" for letter in bare) < 2:
            return word
    return bare


@lru_cache(maxsize=1 << 15)
def romanised(name: str) -> tuple[str, ...]:
    """
    The name by sound: one key, or a few where its spelling can be read in several ways.

    Two spellings belong together when they share a key. Turkish c may be j, ş may be sh or an emphatic s, and an
    article may hide in the word ("Deirezzor", "Arraqqa").

    Examples
    --------
    >>> romanised("Hasakah"), romanised("Hesekê"), romanised("Qamishli"), romanised("Dayr az-Zawr")
    (('hAsAk',), ('hAsAk',), ('kAmISl',), ('dIrzUr',))
    >>> romanised("Qamişlo")
    ('kAmISl', 'kAmIsl')
    """
    spellings = [name]
    if not name.isascii():
        lowered = unicodedata.normalize("NFC", name[: 4 * MAX_LENGTH]).casefold().replace("ê", "ei")
        lowered = lowered.replace("š", "sh").replace("ç", "ch").replace("č", "ch").replace("ž", "j")
        spellings = [lowered]
        if "ş" in lowered:
            plain = lowered.replace("ş", "s")
            marked = BGN_MARKS.search(unicodedata.normalize("NFC", lowered))
            spellings = [plain] if marked else [lowered.replace("ş", "sh"), plain]
    keys: dict[str, None] = {}
    for spelling in spellings:
        form = normal(spelling)
        forms = [form]
        glued = GLUED.sub("", form) if form.isascii() else form
        if glued != form and len(glued.replace(" ", "")) >= 3:
            forms.append(glued)
        for text in forms:
            words = _strip_articles(text.split())
            for c_is in ("k", "j") if "c" in text.replace("ch", "").replace("ck", "") else ("k",):
                sounds = [_sounds_of_word(word, c_is) for word in words]
                if sounds:
                    sounds[-1] = _without_final_vowel(sounds[-1])
                keys.setdefault(_DOUBLE.sub(r"\1", "".join(sounds)))
    return tuple(key for key in keys if key)


# What one habit of writing makes of another's sounds: Turkish h for kh, Egyptian g for j, Persian and Turkish s for th,
# Aramaic p for f.
_HABITS = (("h", "X"), ("X", "h"), ("g", "j"), ("j", "g"), ("s", "t"), ("p", "f"))


@lru_cache(maxsize=1 << 12)
def other_habits(name: str) -> tuple[str, ...]:
    """
    The name by sound as it would be if it were written by another habit; too coarse to trust alone.

    Turkish writes h for kh, Egypt g for j, Persian and Turkish s for th, Aramaic p for f; zh may be two letters of two words.

    Examples
    --------
    >>> "zAX" in other_habits("Zaho"), "sInjAr" in other_habits("Singar"), "tUzXUrmAt" in other_habits("Tuzhurmatu")
    (True, True, True)
    """
    own = romanised(name)
    apart = romanised(normal(name).replace("zh", "z h")) if "zh" in normal(name) else ()
    found = dict.fromkeys(apart)
    for key in (*own, *apart):
        if key.isascii():
            found.update(dict.fromkeys(key.replace(habit, other) for habit, other in _HABITS if habit in key))
    return tuple(key for key in found if key not in own)


@lru_cache(maxsize=1 << 12)
def other_skeletons(name: str) -> frozenset[str]:
    """
    The consonants of a name as they would be if it were written by another habit.

    Examples
    --------
    >>> sorted(other_skeletons("Tel Keppe")), skeleton("Tall Kayf")
    (['tlkf'], 'tlkf')
    """
    found = {key.translate(CONSONANT_CLASS) for key in other_habits(name) if key.isascii()}
    return frozenset(found - {skeleton(name)})


ARABIC_CONSONANTS = {
    "ب": "b", "ت": "t", "ث": "th", "ج": "j", "ح": "h", "خ": "kh", "د": "d", "ذ": "dh", "ر": "r", "ز": "z", "س": "s",
    "ش": "sh", "ص": "s", "ض": "d", "ط": "t", "ظ": "dh", "ع": "", "غ": "gh", "ف": "f", "ق": "q", "ك": "k", "ل": "l",
    "م": "m", "ن": "n", "ه": "h", "و": "w", "ي": "y", "ا": "a",
}  # fmt: skip
CONSONANT_CLASS = str.maketrans(
    {"X": "h", "g": "k", "z": "d", "S": "s", "p": "b", "W": "w", "Y": "y", "A": None, "I": None, "U": None}
)


def transliterated(name: str) -> str:
    """
    An Arabic-script name letter by letter in Latin letters, short vowels missing, to compare spellings with.

    Other scripts come back in their normal form.

    Examples
    --------
    >>> transliterated("دير الزور"), transliterated("الحسكة")
    ('dyr zwr', 'hska')
    """
    form = normal(name)
    if not has_arabic(form):
        return form
    words = []
    for word in _strip_articles(form.split()):
        sounds = word.translate(ARABIC_SOUNDS)
        if len(sounds) > 2 and sounds.endswith("ه"):
            sounds = sounds[:-1] + "ا"
        words.append("".join(ARABIC_CONSONANTS.get(letter, letter) for letter in sounds))
    return " ".join(words)


@lru_cache(maxsize=1 << 15)
def skeleton(name: str) -> str:
    """
    The consonants of a name, by sound, the same from Latin and from Arabic script; empty for other scripts.

    Too coarse to trust alone: `match.py` asks for three consonants and a likeness of the full spelling.

    Examples
    --------
    >>> skeleton("Deir ez-Zor"), skeleton("دير الزور"), skeleton("Ḩamrīn"), skeleton("حمرين")
    ('drdr', 'drdr', 'hmrn', 'hmrn')
    """
    text = transliterated(name) if has_arabic(name) else name
    keys = romanised(text)
    if not keys or not keys[0].isascii():
        return ""
    return keys[0].translate(CONSONANT_CLASS)
