"""Words that no page and no letter says: those of the libraries' own Swedish (språklagen 11 §), and their English."""

import re
from html import unescape

# We write e-post and e-postadress for the address, and mejl for the message.
CLUMSY = re.compile(
    r"\bepost|\be-?mail|\bmail(?:et|en|a|ar|s)?\b|vänlig(?:en|t)\b|och/eller|autentiser|bekräfta åtkomst|\btoken\b"
    r"|tredjeparts|(?<!\w)ange din|verifiera",
    re.IGNORECASE,
)
ENGLISH = re.compile(r"\b(?:the|your|you|please|password|username|account|sign[- ](?:in|up|out)|log ?in|email)\b", re.I)
NOT_READ = re.compile(
    r"<(script|style|template|pre|code)\b.*?</\1>|<span class=.code.>.*?</span>|<!--.*?-->", re.S | re.I
)
IN_ENGLISH = re.compile(r'<(\w+)[^>]*\blang="(?!sv)[^"]*"[^>]*>.*?</\1>', re.S)


def read(html: str) -> str:
    """What a Swedish reader reads of a page."""
    return unescape(re.sub(r"<[^>]*>", " ", IN_ENGLISH.sub(" ", NOT_READ.sub(" ", html))))


def clumsy(text: str) -> list[str]:
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in CLUMSY.finditer(text)]


def english(text: str) -> list[str]:
    return [text[max(0, m.start() - 30) : m.end() + 30] for m in ENGLISH.finditer(text)]
