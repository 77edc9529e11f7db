"""Reads a page as a browser's parser would, strictly: what its elements are, and whether they are all closed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr", "input"}
_SHAPES = {"path", "circle", "rect", "line", "text", "g"}


@dataclass(frozen=True, slots=True)
class Tag:
    """One element's start."""

    name: str
    attributes: dict[str, str | None]


@dataclass(slots=True)
class Page:
    """What stands on a page. `text` is what a reader sees, one piece a line."""

    tags: list[Tag] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    declaration: str = ""

    def named(self, *names: str) -> list[Tag]:
        """The elements of these names, in order."""
        return [tag for tag in self.tags if tag.name in names]

    def values(self, attribute: str) -> list[str]:
        """Every value of an attribute."""
        return [tag.attributes[attribute] or "" for tag in self.tags if attribute in tag.attributes]

    @property
    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Names of elements and of their attributes: what no text may change."""
        return [(tag.name, tuple(sorted(tag.attributes))) for tag in self.tags]


def read(source: str) -> Page:
    """The page; anything that is not closed, or closed twice, is in `wrong`."""
    reader = _Reader()
    reader.feed(source)
    reader.close()
    reader.page.wrong += [f"<{name}> is not closed" for name in reader.open]
    return reader.page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page, self.open = Page(), list[str]()

    def handle_decl(self, decl: str) -> None:
        self.page.declaration = decl

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) != len(attrs):
            self.page.wrong.append(f"<{tag}> has an attribute twice")
        self.page.tags.append(Tag(tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()
            if tag not in _SHAPES:
                self.page.wrong.append(f"<{tag}/> is closed at once, which only shapes may be")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.page.wrong.append(f"</{tag}> closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.page.text.append(" ".join(data.split()))

    def handle_comment(self, data: str) -> None:
        self.page.wrong.append(f"a comment: {data}")
