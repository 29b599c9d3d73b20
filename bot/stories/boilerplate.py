"""Lines that stand around a story and are not of it: credits, handles, calls to follow, share bars.

Each rule is a row with a name, so that it can be tested, explained and switched off alone. A line that asks
for help (donate, how to help) is never boilerplate, whatever it looks like.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A line that `pattern` matches whole is boilerplate; `name` says why."""

    name: str
    pattern: re.Pattern[str]


_LONGEST = 240  # characters; a longer line is a paragraph, and no rule looks at it

_PLATFORM = (
    r"(?:instagram|facebook|twitter|x|tik\s?tok|you\s?tube|telegram|threads|linked\s?in|whats\s?app|reddit|bluesky"
    r"|pinterest|flipboard|snapchat|viber|vk|e-?mail|messenger|google news|apple news)"
)
_AGENCY = (
    r"(?:getty(?: images)?|reuters|associated press|ap(?: photo)?|afp|epa(?:-efe)?|pa(?: (?:wire|media|images))?"
    r"|shutterstock|alamy|unsplash|pixabay|pexels|i\s?stock|depositphotos|istockphoto|rex features|dpa|picture alliance"
    r"|zuma(?: press)?|imago(?: images)?|wire\s?image|film\s?magic|ukrinform|уніан|унiан|укрінформ|tass|ria novosti"
    r"|keystone|scanpix|eyevine|magnum|bloomberg|handout|file photo|courtesy)"
)
_CREDIT_WORD = (
    r"(?:photo(?:graph)?s?|pictures?|images?|pic|video|credits?|photo credit|image credit|image source|source"
    r"|illustration|graphic|copyright|фото|відео|ілюстрація|джерело|zdjęcie|fot|foto|źródło|bild|bildquelle|quelle"
    r"|crédits?(?: photo)?|crédito|imagen|fuente|photographie|légende)"
)


def _rule(name: str, pattern: str) -> Rule:
    return Rule(name, re.compile(rf"(?:{pattern})", re.IGNORECASE))


RULES: tuple[Rule, ...] = (
    _rule("handle", r"(?:" + _PLATFORM + r"\s?[|:/–—-]?\s?)?@[\w.]{2,40}(?:\s?[|/,·•]\s?@?[\w.]{2,40}){0,4}"),
    _rule(
        "platform credit",
        _PLATFORM + r"\s?[|/·•]\s?[^.!?]{1,80}|(?:via|from)\s" + _PLATFORM + r"(?:\s?[|/:·•]?\s?@[\w.]+)?",
    ),
    _rule(
        "photo credit",
        rf"[\[(]?{_CREDIT_WORD}\.?(?:\s(?:by|credit|courtesy(?: of)?|source|via))?\s?[:：/|©]\s?.{{1,120}}"
        rf"|(?:photo|photograph|picture|image|video|illustration)s?\s(?:by|courtesy(?: of)?|via)\s.{{1,100}}"
        rf"|[\[(]?(?:©|\(c\)|copyright)\s?.{{1,100}}"
        rf"|(?:[\w.'’ -]{{2,60}}\s?[/|,–—-]\s?)?{_AGENCY}(?:\s?[/|,–—-]\s?[\w.'’ -]{{2,60}}){{0,3}}[\])]?\.?",
    ),
    _rule(
        "call to follow",
        r"(?:(?:you can )?(?:also )?(?:follow|like|join|find|add) (?:us|me|him|her|them|our|the (?:author|writer)|@?\w+)"
        r"(?: \w+){0,4} on " + _PLATFORM + r".{0,120}"
        r"|follow (?:us|me|@?\w+)(?: (?:on|at|here|for)\b.{0,120})?[.!:]?"
        r"|(?:підписуйтесь|підписуйтеся|стежте за нами|читайте нас|приєднуйтесь|подписывайтесь)\b.{0,160}"
        r"|(?:obserwuj nas|śledź nas|polub nas|dołącz do nas na|folgen sie uns|folge uns|suivez[- ]nous"
        r"|abonnez[- ]vous|síguenos|síganos|suscríbete)\b.{0,160})",
    ),
    _rule(
        "call to read on",
        r"(?:read (?:more|also|next|the full (?:story|article)|this)|see (?:also|more)|more (?:from|on|stories)|related"
        r"|also read|watch(?: (?:now|more|video|the video|live|below))?|listen|you (?:may|might) (?:also )?like"
        r"|recommended(?: for you)?|related (?:articles?|stories|content|topics)|don['’]t miss|most read|trending(?: now)?"
        r"|what to read next|up next|in (?:this|other) (?:story|news)|also in (?:the )?news"
        r"|читайте також|читати далі|дивіться також|читайте также|czytaj (?:też|także|więcej|również)|zobacz (?:też|także)"
        r"|lesen sie auch|mehr (?:dazu|zum thema)|lire aussi|à lire aussi|voir aussi|lea también|lee también"
        r"|te puede interesar)(?:\s?[:：>»→|–-].{0,200}|[.…]{0,3})"
        r"|(?:click|tap|swipe) (?:here )?(?:to|for) (?:read|view|see|watch|more|enlarge|expand|subscribe|listen)\b.{0,120}",
    ),
    _rule(
        "newsletter",
        r"(?:sign up|subscribe|register)(?: now| here| today)? (?:for|to) .{0,60}"
        r"(?:newsletters?|e-?mails?|updates|alerts|channel|podcast|briefing)\b.{0,120}"
        r"|(?:get|receive) .{0,60}(?:in|to) your inbox.{0,80}|(?:download|get) (?:the|our) .{0,40}\bapp\b.{0,80}",
    ),
    _rule(
        "cookie line",
        r".{0,120}\b(?:uses? cookies|cookie (?:policy|settings|preferences|consent)|accept (?:all )?cookies"
        r"|файли cookie|plik(?:i|ów) cookies?|cookies? (?:zu|verwenden)|utilis\w+ des cookies|utiliza\w* cookies)\b.{0,120}",
    ),
    _rule(
        "share bar",
        r"(?:share(?: (?:this|on|via|with|article|story|link|full article|to)\b.{0,40})?|tweet|print|copy link|save|comments?"
        r"|post a comment|leave a (?:comment|reply)|reply|like|\d+ (?:shares?|comments?|likes?)|поділитися|поширити"
        r"|udostępnij|teilen|partager|compartir|" + _PLATFORM + r")[.:!]?"
        r"|(?:" + _PLATFORM + r"[\s,|/·•]+){1,12}" + _PLATFORM + r"?",
    ),
    _rule(
        "advertisement",
        r"(?:advertisements?|ad|sponsored(?: content)?|promoted|реклама|reklama|anzeige|publicité|publicidad|werbung)"
        r"|(?:story|article) continues (?:below|after).{0,60}|this (?:article|post) (?:may contain|contains) affiliate.{0,120}",
    ),
    _rule(
        "rights",
        r"(?:©|\(c\)|copyright)\s?(?:\d{4})?.{0,160}|.{0,80}\ball rights reserved\b.{0,120}"
        r"|this (?:material|content) may not be (?:published|reproduced).{0,200}",
    ),
    _rule(
        "stamp",
        r"(?:(?:first )?(?:published|updated|posted|last (?:updated|modified)|опубліковано|оновлено)\b[:\s].{0,60}"
        r"|\d{1,2} min(?:ute)?s?(?: read| ago)?|\d{1,2} hours? ago|\d{1,2}:\d{2}(?:\s?[ap]m)?(?:,? .{0,30}\d{4})?"
        r"|reading time:? .{0,20}|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}(?:,? \d{1,2}:\d{2})?)",
    ),
    _rule("address only", r"(?:https?://|www\.)\S+(?:\s+(?:https?://|www\.)\S+)*"),
    _rule("rule of signs", r"[\W_]+"),
)

_ASKS_FOR_HELP = re.compile(
    r"\b(?:donat\w+|how (?:you can |to )help|give now|fund\s?rais\w+|go\s?fund\s?me|just\s?giving|appeal|допомог\w*"
    r"|пожертв\w*|задонат\w*|wspar\w+|pomoc|pomóc|wpłat\w*|spende\w*|helfen|aider|dons?|soutenir|donar|donaciones|ayudar"
    r"|ayuda)\b",
    re.IGNORECASE,
)
_ENDS = tuple(".!?…:;,”\"'’»)]。！？؟।")
_CAPTION_WORDS = 12  # a caption over a credit is short; none of the stories seen has a longer one

_TAIL_CREDIT = re.compile(
    rf"(?<=[.!?…”\"’»])\s+[\[(]?(?:photo|image|picture|фото|foto|fot|bild)s?(?:\s(?:by|credit|courtesy(?: of)?))?\.?"
    rf"\s?[:：/]\s?[^.!?]{{2,80}}$|\s*[\[(](?:photo|image|picture|фото|foto|fot)[^\])]{{1,80}}[\])]$"
    rf"|\s*\((?:{_AGENCY})(?:[/, ]+[\w.'’ -]{{2,40}}){{0,2}}\)$",
    re.IGNORECASE,
)


def why(line: str) -> str | None:
    """The name of the first rule that says this line is not of the story; None for a line to keep."""
    line = line.strip()
    if not line or len(line) > _LONGEST:
        return None
    rule = next((rule for rule in RULES if rule.pattern.fullmatch(line)), None)
    if rule is None or (rule.name != "rule of signs" and _ASKS_FOR_HELP.search(line)):
        return None
    return rule.name


def caption_above_credit(line: str, following: str) -> bool:
    """Whether `line` captions the picture or embed that `following`, the line right below it, gives credit for.

    Such a line is short and ends like a label, not like a sentence ("maksim chmerkovskiy" over
    "instagram | @maksimc").
    """
    short = len(line.split()) <= _CAPTION_WORDS and not line.endswith(_ENDS)
    return short and why(following) in {"handle", "platform credit", "photo credit"}


def sift(lines: Sequence[str]) -> list[str]:
    """The lines of one block that belong to the story, each without a credit at its end."""
    kept = []
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if why(line) is None and not caption_above_credit(line, following):
            kept.append(without_credit(line))
    return [line for line in kept if line.strip()]


def without_credit(paragraph: str) -> str:
    """The paragraph without a photo credit that hangs on after its last sentence."""
    return _TAIL_CREDIT.sub("", paragraph) if len(paragraph) > 1 else paragraph
