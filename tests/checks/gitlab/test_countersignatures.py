"""A comment names a content only by a line of its own, in plain sight."""

from __future__ import annotations

import pytest

from checks.gitlab.countersignatures import line, named

DIGEST = f"h1:{'A' * 43}="
LINE = line("billing-replies", DIGEST)
PLAIN = {
    "alone": LINE,
    "with spaces around it": f"  {LINE}  ",
    "in a list": f"- {LINE}",
    "after a sentence": f"Looks good, thank you.\n{LINE}",
    "after a paragraph that quotes": f"> Is 90 enough?\n\nYes, `90` is.\n\n{LINE}",
    "before code": f"{LINE}\n\n```text\nx\n```",
    "before a hidden remark": f"{LINE}\n<!-- x -->",
    "with the line ends of a mail": f"Hello,\r\n\r\n{LINE}\r\n\r\nFinn\r\n",
    "with a smile": f":-) <3\n\n{LINE}",
}
NOT_PLAIN = {
    "quoted": f"> {LINE}",
    "quoted, with a line that goes on": f"> What is\n{LINE}",
    "quoted as GitLab does": f">>>\n{LINE}\n>>>",
    "quoted as GitLab does, after a blank line": f">>>\n\n{LINE}\n\n>>>",
    "fenced": f"```\n{LINE}\n```",
    "fenced with a name": f"```text\n\n{LINE}\n```",
    "fenced with more than three": f"````\n```\n{LINE}\n````",
    "fenced with tildes": f"~~~\n{LINE}\n~~~",
    "fenced in a list": f"- ```\n  {LINE}\n  ```",
    "fenced in a quotation": f"> ```\n{LINE}",
    "fenced after something that looks like a fence": f"```x``` is code.\n```\n{LINE}\n```",
    "fenced with a fence that is no end of it": f"```\n        ```\n{LINE}\n```",
    "indented": f"Like this:\n\n    {LINE}",
    "indented by a tab": f"Like this:\n\n\t{LINE}",
    "as code in the line": f"`{LINE}`",
    "as code over several lines": f"`one\n{LINE}\nthree`",
    "struck out": f"~~{LINE}~~",
    "struck out over several lines": f"~~No:\n{LINE}\nafter all~~",
    "hidden": f"<!-- {LINE} -->",
    "hidden over several lines": f"<!--\n\n{LINE}\n\n-->",
    "hidden after a remark that ends": f"<!-- a --> <!--\n{LINE}\n-->",
    "folded": f"<details>\n\n{LINE}\n\n</details>",
    "preformatted": f"<pre>\n{LINE}\n</pre>",
    "as a formula": f"$$\n{LINE}\n$$",
    "in front matter": f"---\n{LINE}\n---",
    "in front matter of TOML": f"+++\n\n{LINE}\n\n+++",
    "in front matter of JSON": f";;;\n{LINE}\n;;;",
    "in front matter after blank lines": f"\n \n--- yaml\n\n{LINE}\n\n---",
    "in front matter after its coding": f"# coding: utf-8\n---\n\n{LINE}\n\n---",
    "as a link's title": f'[x]: y "\n{LINE}\n"',
    "within a sentence": f"Who wrote {LINE}?",
    "with more words": f"{LINE} or not",
    "behind a line end that is none": f"He said:\u2028{LINE}",
    "behind a form feed": f"He said:\x0c{LINE}",
    "behind a word": f"not {LINE}",
    "shortened": LINE.replace("A" * 43, "AAAA"),
    "with another algorithm": LINE.replace("h1:", "h2:"),
}


@pytest.mark.parametrize("body", PLAIN.values(), ids=PLAIN)
def test_a_plain_line_names(body: str) -> None:
    """Whatever else a person writes in the comment, the line counts where it is read as it is written."""
    assert named(body) == {("billing-replies", DIGEST)}


@pytest.mark.parametrize("body", NOT_PLAIN.values(), ids=NOT_PLAIN)
def test_any_other_line_names_nothing(body: str) -> None:
    """T03: quoted, as code, struck out or hidden, the line is not the person's own word."""
    assert named(body) == set()


def test_several_lines_name_each() -> None:
    """Who is asked for two workflows may answer in one comment."""
    other = line("refund-decisions", DIGEST)
    assert named(f"{LINE}\n{other}") == {("billing-replies", DIGEST), ("refund-decisions", DIGEST)}
