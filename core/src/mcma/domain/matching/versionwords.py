"""Words that tell versions, as alternatives of regular expressions over folded text (see `versions`)."""

ANYWHERE: dict[str, tuple[str, ...]] = {
    "remaster": (
        "(?:digital(?:ly)? )?re ?-?master(?:ed|izado|isee|ise|iert|izada|isiert)?"
        "(?: (?:version|edition|audio))?",
        "remasterizad[oa]", "remasteris[eé]e?", "remastering", "ремастер(?:инг)?",
    ),
    "karaoke": (
        "karaoke", "backing track", "sing ?along", "playback", "in the style of", "as made famous by",
        "made famous by", "originally (?:performed|recorded) by", "минусовка", "minus one", "караоке",
        "off vocal",
    ),
    "tribute": (
        "tribute(?: to| version)?", "tributo", "hommage", "lullaby (?:version|rendition)s?(?: of)?",
        "music box", "(?:string quartet|piano) tribute",
    ),
    "chiptune": (
        "8 ?bit", "16 ?bit", "chiptune",
    ),
    "nightcore": (
        "nightcore", "daycore", "anti nightcore",
    ),
    "faster": (
        "sped ?up", "speed ?up", "speed up", "faster version", "acelerada", "tiktok version",
    ),
    "slower": (
        "slowed(?: down)?", "(?:super )?slow(?:ed)? (?:and |n )?reverb", "chopped (?:and|n) screwed",
        "reverb(?:ed)?", "lofi(?: version)?", "lo fi(?: version)?", "slow version",
    ),
    "processed": (
        "8d(?: audio)?", "bass ?boost(?:ed)?", "432 ?hz", "1 hour", "one hour", "10 hours", "loop(?:ed)?",
    ),
    "instrumental": (
        "instrumental(?:e|es|is)?(?: version)?", "инструментал(?:ьная)?", "sin voz", "strumentale", "inst",
    ),
    "acappella": (
        "a ?cap+el+a", "acap+el+a", "vocals only", "vocal only",
    ),
    "acoustic": (
        "acoustic(?: version| session)?", "acustic[oa]", "acoustique", "akustik(?:version)?", "акустика",
        "stripped(?: down)?(?: version)?", "piano version", "unplugged", "orchestral(?: version)?",
        "symphonic(?: version)?",
    ),
    "live": (
        "^live$",
        r"\blive(?= (?:at|in|from|on|version|session|sessions|performance|concert|video|lounge|19\d\d|20\d\d"
        r"|au|im|aus|bei|recording|edit|mix|ver|auf|aan|en|a la|take|bbc|mtv)\b)",
        r"(?<=\S )live$", "recorded live", "^live(?= )", "en vivo", "ao vivo", "en directo",
        "in concert(?:o)?", "en concert", "dal vivo", "konzert", "вживую", "живой концерт",
        "концерт(?:ная)?", "konserissa", "på scen", "canli", "session",
    ),
    "demo": (
        "demo(?: version| take)?", "rough mix", "early version", "work tape", "демо", "maqueta",
        "rehearsal", "home recording",
    ),
    "take": (
        "(?:alternat(?:e|ive)|alt)(?: (?:take|version|mix|cut|edit))?",
        r"(?:early |first |studio )?takes? \d+", "outtake", "unreleased", "breakdown", "session take",
        "false start",
    ),
    "remake": (
        r"\w+s version", "re ?recorded(?: version)?", "re ?recording", "rerecorded", "new recording",
        r"\b(?:new|rework(?:ed)?|reimagined|revisited|redux|reloaded)(?: version)?",
    ),
    "cover": (
        r"(?:\w+ )?cover(?:ed)?(?: version)?(?: by)?", "versao cover", "reprise de", "кавер",
        "guitar lesson", "tutorial", "reaction", "drum cover",
    ),
    "reprise": (
        "reprise", "reprisa",
    ),
    "remix": (
        "re ?mix(?:ed|es)?", "rmx", "remezcla", "ремикс", "bootleg", "mash ?up", "vip(?: mix)?", "re ?work",
        "re ?edit", "flip", "dub(?: mix| version)?", "club (?:mix|version|edit)", "dance mix", "house mix",
        "megamix", "refix", r"(?!(?:original|radio|extended|stereo|mono|album|single)\b)\w+ mix", "^mix$",
    ),
    "edit": (
        "radio (?:edit|version|mix|cut)", "radio", "single edit", "short (?:version|edit|mix)",
        "edit(?:ed)?(?: version)?", "tv size", "cut version", "version radio",
        "7(?: inch)? (?:version|edit|mix)", "album edit",
    ),
    "extended": (
        "extended(?: (?:mix|version|edit|play))?", "12(?: inch)? (?:version|mix)",
        "full length(?: version)?", "long version", "maxi(?: version| single)?", "version longue", "uncut",
    ),
    "language": (
        "(?:english|spanish|french|german|italian|japanese|korean|chinese|mandarin|cantonese|portuguese|russian"
        "|hindi|tamil|arabic|swedish|danish|norwegian|finnish|dutch|polish|turkish|greek|hebrew|ukrainian|latin"
        "|catalan)(?: language)? ver(?:sion)?",
        "version (?:espanola|francaise|inglesa)", "spanglish version", "en espanol", "deutsche version",
        "auf deutsch", "in italiano", "en francais", "in english", "en ingles",
    ),
    "mono": (
        "mono(?: (?:version|mix|remaster(?:ed)?))?", "(?:original )?mono",
    ),
    "stereo": (
        "(?:new )?stereo(?: (?:version|mix|remaster(?:ed)?))?",
    ),
    "clean": (
        "clean(?: version)?", "censored", "radio clean",
    ),
    "explicit": (
        "explicit(?: version)?", "uncensored",
    ),
    "single": (
        "single(?: (?:version|mix))?", "version single",
    ),
    "video": (
        "(?:official )?video version", "film version", "movie version", "soundtrack version",
        "music video version",
    ),
    "plain": (
        "(?:original )?album (?:version|mix)", "lp version",
        "original(?: (?:version|mix|recording|audio))?", "version originale",
        "studio(?: (?:version|recording))?", "main version", "version",
        "(?:super )?deluxe(?: (?:edition|version))?",
        "(?:special|expanded|collectors?|limited|legacy|anniversary|standard) (?:edition|version)",
        r"\d+(?:st|nd|rd|th) anniversary(?: edition| version| mix)?", "bonus(?: track)?(?: version)?",
        "hidden track", "digital(?: version)?", "from the vault", "ver",
    ),
    "named": (
        r"\w+ version",
    ),
}  # fmt: skip

OTHER_SCRIPTS: dict[str, tuple[str, ...]] = {
    "karaoke": (
        "カラオケ", "オフボーカル", "노래방", "伴奏", "卡拉ok",
    ),
    "instrumental": (
        "インスト(?:ゥルメンタル|ルメンタル)?", "インストゥルメンタル", "纯音乐", "純音樂", "반주",
    ),
    "live": (
        "ライブ", "ライヴ", "现场版?", "現場版?", "演唱会版?", "演唱會版?", "라이브", "실황",
    ),
    "remix": (
        "リミックス", "混音版?", "리믹스",
    ),
    "acoustic": (
        "アコースティック", "不插电", "不插電", "어쿠스틱", "弾き語り", "ピアノver",
    ),
    "cover": (
        "歌ってみた", "弾いてみた", "叩いてみた", "翻唱", "커버", "カバー",
    ),
    "demo": (
        "デモ", "데모", "小样",
    ),
    "remaster": (
        "リマスター(?:版)?", "重制", "重製", "리마스터",
    ),
    "language": (
        "日本語ver(?:sion)?", "英語ver(?:sion)?", "中文版", "国语版?", "國語版?", "粤语版?",
        "粵語版?", "日本語版",
        "영어버전",
        "한국어 ?ver(?:sion)?", "日文版", "英文版",
    ),
    "edit": (
        "tvサイズ", "ショートver", "短版",
    ),
    "tribute": (
        "オルゴール",
    ),
    "extended": (
        "ロングver", "完整版",
    ),
}  # fmt: skip
