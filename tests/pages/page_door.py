"""The one door by which tests fetch pages: it checks every page that passes through.

Valid HTML, one h1 that opens the title, unique ids that references find, a language, labels, no script,
no inline style, no foreign host, full-width punctuation in Chinese; each page in both languages.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
HAN = r"[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}[,.:;?!()\"']|[,.:;?!()\"']{HAN}")
TYPED_SPACE = re.compile(rf"{HAN} +\d|\d +{HAN}")
LANGUAGES = {"zh": "zh-Hans", "en": "en"}


class Page:
    """A page that passed the checks; ``text`` is what one reads, ``root`` its tree."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.html = response.get_data(as_text=True)
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root: Element = parser.parse(self.html)
        body = self.root.find("body")
        assert body is not None
        self.text = squeeze("".join(body.itertext()))
        self.check()

    def all(self, tag: str) -> list[Element]:
        """Elements of a tag, SVG's too."""
        return [e for e in self.root.iter() if isinstance(e.tag, str) and e.tag.rpartition("}")[2] == tag]

    def one(self, element_id: str) -> Element:
        """The element of an id."""
        (found,) = (e for e in self.root.iter() if e.get("id") == element_id)
        return found

    def form(self, action: str) -> dict[str, str]:
        """The hidden fields of the first form that posts to ``action``."""
        form = next(f for f in self.all("form") if f.get("action") == action)
        return {
            e.get("name", ""): e.get("value", "") for e in form.iter("input") if e.get("type") == "hidden"
        }

    def check(self) -> None:
        """Hold what must be true of every page."""
        h1 = [squeeze("".join(e.itertext())) for e in self.all("h1")]
        title = squeeze("".join(self.all("title")[0].itertext()))
        assert len(h1) == 1
        assert title.startswith(h1[0])
        assert len(self.all("main")) == 1
        self._ids()
        self._names()
        self._nothing_inline()
        self._own_host()
        self._headers()

    def _ids(self) -> None:
        ids = Counter(e.get("id") for e in self.root.iter() if e.get("id"))
        assert [i for i, n in ids.items() if n > 1] == []
        for element in self.root.iter():
            href = element.get("href") or ""
            named = [element.get("aria-labelledby"), element.get("for"), element.get("form")]
            for name in [*named, href[1:] if href.startswith("#") else None]:
                assert name is None or name in ids, f"nothing has the id {name}"

    def _names(self) -> None:
        labelled = {id(e) for label in self.all("label") for e in label.iter()}
        for element in self.root.iter():
            tag = str(element.tag).rpartition("}")[2]
            if tag in ("a", "button", "summary", "legend", "label", "th"):
                assert squeeze("".join(element.itertext())), f"a {tag} without a name"
            if tag == "input" and element.get("type") != "hidden":
                assert id(element) in labelled, "an input without a label"
            if tag == "svg":
                assert element.get("role") == "img"
                assert element.get("aria-label")
            if tag == "nav":
                assert element.get("aria-label")

    def _nothing_inline(self) -> None:
        assert self.all("script") == self.all("style") == []
        for element in self.root.iter():
            inline = [n for n in element.attrib if n == "style" or n.startswith("on")]
            assert inline == [], f"{element.tag} has {inline}"

    def _own_host(self) -> None:
        for element in self.root.iter():
            for name in ("src", "action", "srcset", "href"):
                value = element.get(name)
                if value is None or (element.tag == "a" and value.startswith("http")):
                    continue
                assert re.match(r"/(?!/)|#", value), f"{element.tag} reaches {value}"

    def _headers(self) -> None:
        headers = self.response.headers
        assert headers["Content-Security-Policy"] == CSP
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"

    def check_language(self, lang: str) -> None:
        """Hold that the page is in one language, written as that language is."""
        assert self.all("html")[0].get("lang") == LANGUAGES[lang]
        for text in self._said():
            if lang == "zh":
                assert not HALF_WIDTH.search(text), f"half-width punctuation: {text}"
                assert not TYPED_SPACE.search(text), f"a typed space: {text}"
            else:
                assert not re.search(HAN, text), f"Chinese in English: {text}"

    def _said(self) -> Iterator[str]:
        """Every text a person meets in the page's own language."""
        foreign = {
            id(e)
            for element in self.root.iter()
            if element.get("lang") and element.tag != "html"
            for e in element.iter()
        }
        for element in self.root.iter():
            if id(element) not in foreign:
                said = (element.get("aria-label"), element.text, *(child.tail for child in element))
                yield from filter(None, said)


def squeeze(text: str) -> str:
    """A text with its white space as a browser shows it."""
    return " ".join(text.split())


class Door:
    """A browser without script: it keeps cookies and checks what it is given."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, *, lang: str = "zh", status: int = 200) -> Page:
        """A page in a language, after the other language's was checked too."""
        join = "&" if "?" in path else "?"
        for each in sorted(LANGUAGES, key=lambda one: one == lang):
            response = self.client.get(f"{path}{join}lang={each}")
            assert response.status_code == status, response.get_data(as_text=True)
            page = Page(response)
            page.check_language(each)
        return page

    def post(self, path: str, data: dict[str, str]) -> TestResponse:
        """Send a form; what comes back is a redirect, or a page to be checked."""
        response = self.client.post(path, data=data)
        if response.status_code != 303:
            Page(response)
        return response


def stands_alone(text: str, lang: str) -> None:
    """A report is sound HTML in its language, runs nothing and loads nothing from elsewhere."""
    html5lib.HTMLParser(strict=True).parse(text)
    assert "//" not in re.sub(r"<style>.*</style>", "", text, flags=re.S)
    assert not re.search(r"url\(|@import|<script|<link|<img|\son\w+=", text)
    assert f'lang="{LANGUAGES[lang]}"' in text
