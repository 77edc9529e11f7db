"""The trap under `not`: what one engine takes for true, the other leaves undefined.

`not f(input.a.b)` without an `a`: OPA first looks up the argument, finds nothing and leaves the whole body undefined;
regorus takes the call for undefined and the negation for true. The same holds for operands of operators other than
`==`, for keys in brackets and for what stands in a list. Found by asking both engines 80 forms.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from catalog.engines.rego_text import Module

_NOT = re.compile(r"(?<![\w.])not\b(?=[\s(\[{])")
_WORD = re.compile(r'"[^"]*"|`[^`]*`|[A-Za-z_]\w*|\d[\w.]*|:=|[=!<>]=|\n|[^\s\w]')
_INFIX = {"==", "=", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&", "|", "in"}
_EQUALITY = {"==", "="}
_ENDS = {";", ")", "]", "}", ",", "with", "else", "as"}
_CLOSES = {"(": ")", "[": "]", "{": "}"}

Defined = Callable[[str], bool]
"""Whether a name such as `x`, `x.y` or `data.a.b` surely has a value."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A term: whether it surely has a value, and whether it is a plain look-up whose own keys surely have one."""

    sure: bool
    lookup: bool = False


@dataclass(slots=True)
class _Reader:
    words: list[tuple[str, int]]
    defined: Defined
    builtin: Callable[[str], bool]
    at: int = 0
    bad: bool = field(default=False)

    @property
    def word(self) -> str:
        return self.words[self.at][0] if self.at < len(self.words) else ""

    def take(self) -> str:
        word = self.word
        self.at += 1
        return word

    def skip_lines(self) -> None:
        while self.word == "\n":
            self.at += 1

    def expression(self, *, top: bool, inside: bool) -> bool:
        """Read an expression; returns whether it surely has a value. Sets `bad` where a value must not be missing."""
        terms, operators = [self.term(top)], []
        while True:
            if inside:
                self.skip_lines()
            if self.word not in _INFIX:
                break
            operators.append(self.take())
            self.skip_lines()
            terms.append(self.term(False))
        sure = all(term.sure for term in terms)
        if not operators:
            self.bad |= top and not (terms[0].sure or terms[0].lookup)
        elif top:
            equality = len(operators) == 1 and operators[0] in _EQUALITY
            self.bad |= not all(term.sure or (equality and term.lookup) for term in terms)
        return sure

    def term(self, top: bool) -> _Term:
        word = self.take()
        if word == "-":
            return self.term(False)
        if word == "(":
            sure = self.expression(top=top, inside=True)
            self.skip_lines()
            self.take()
            return _Term(sure, lookup=top)
        if word in ("[", "{"):
            return self.postfix("", _Term(self.group(_CLOSES[word])), top)
        if re.match(r"[A-Za-z_]", word):
            return self.postfix(word, _Term(self.defined(word), lookup=True), top)
        return _Term(True)

    def group(self, closing: str) -> bool:
        """Read up to the closing bracket; whether all in it surely has a value. A comprehension always has."""
        start, sure = self.at, True
        while self.word not in ("", closing):
            if self.word in ("\n", ",", ":"):
                self.at += 1
                continue
            before = self.at
            sure &= self.expression(top=False, inside=True)
            if self.at == before or self.word not in ("\n", ",", ":", closing):
                # Not a list of terms: the body of a comprehension.
                self.at = self.end_of(start, closing)
                return True
        comprehension = "|" in self._depth_zero(start)
        self.take()
        return sure or comprehension

    def _depth_zero(self, start: int) -> list[str]:
        depth, found = 0, []
        for word, _ in self.words[start : self.at]:
            depth += (word in _CLOSES) - (word in _CLOSES.values())
            if depth == 0:
                found.append(word)
        return found

    def end_of(self, start: int, closing: str) -> int:
        depth = 0
        for place in range(start, len(self.words)):
            word = self.words[place][0]
            if word == closing and depth == 0:
                return place + 1
            depth += (word in _CLOSES) - (word in _CLOSES.values())
        return len(self.words)

    def postfix(self, name: str, term: _Term, top: bool) -> _Term:
        while self.word in (".", "[", "("):
            opening = self.take()
            if opening == ".":
                part = self.take()
                name = f"{name}.{part}" if name else ""
                term = _Term(bool(name) and self.defined(name), term.lookup)
            elif opening == "[":
                keys = self.group("]")
                self.bad |= top and not keys
                term, name = _Term(False, term.lookup and keys), ""
            else:
                given = self.group(")")
                self.bad |= top and not given
                # Alone under `not`, a call may come to nothing: that is what `not` asks.
                last = top and self.word not in (".", "[", *_INFIX)
                term, name = _Term(given and self.builtin(name), lookup=last and given), ""
        return term


def traps(module: Module, defined: Defined, builtin: Callable[[str], bool]) -> Iterator[tuple[int, str]]:
    """The negations that the engines may answer differently: place and words."""
    for found in _NOT.finditer(module.code):
        words = list(_words(module.code, found.end()))
        reader = _Reader(words, defined, builtin)
        if not words:
            continue
        reader.expression(top=True, inside=False)
        if reader.bad:
            end = words[min(reader.at, len(words)) - 1][1]
            yield found.start(), " ".join(module.source[found.start() : end].split())


def _words(code: str, start: int) -> Iterator[tuple[str, int]]:
    """The words of the one expression that starts here, each with where it ends."""
    depth, last = 0, "not"
    for match in _WORD.finditer(code, start):
        word = match[0]
        over = word in _ENDS or (word == "\n" and last not in _INFIX and last != "not")
        if depth == 0 and over:
            return
        if depth or word != "\n":
            yield word, match.end()
        depth += (word in _CLOSES) - (word in _CLOSES.values())
        last = word if word != "\n" else last
