"""Where a finding is printed: the line of the field it names."""

from __future__ import annotations

import pytest

from checks.places import Places

MANIFEST = b"""\
workflow: billing-replies
risk:
  tier: high
  touches: [customers]
actions:
  - {name: invoice-copy, effect: send, release: named}
  - name: receipt
    effect: draft
    release: review
models:
  - use: default
    id: x
"""
PEOPLE = b"people:\n  ana:\n    name: Ana\n    deputy: ben\nrotas:\n  support: [ana, eli]\n"
FILES = {
    "workflows/billing-replies/workflow.yaml": MANIFEST,
    "workflows/billing-replies/state.yaml": b"# why\nstate: live\n",
    "workflows/billing-replies/reply.prompt": b"---\nname: a\ninput:\n  schema:\n    you: string\n---\ntext",
    "workflows/billing-replies/drill.yaml": b"# why\nscenarios:\n  - scenario: wrong-model\n    use: default\n",
    "workflows/billing-replies/open.prompt": b"---\nname: a\n",
    "team/people.yaml": PEOPLE,
    "team/waivers.yaml": b"waivers:\n  - rule: a.b\n    until: 2026-01-01\n",
    "workflows/broken/workflow.yaml": b"a: [",
}
WORKFLOW = "workflows/billing-replies/workflow.yaml"


@pytest.mark.parametrize(
    ("workflow", "field", "place"),
    [
        ("billing-replies", "risk.tier", (WORKFLOW, 3)),
        ("billing-replies", "actions[receipt].release", (WORKFLOW, 9)),
        ("billing-replies", "actions[1].release", (WORKFLOW, 9)),
        ("billing-replies", "actions[gone].release", (WORKFLOW, 5)),
        ("billing-replies", "models[default].why", (WORKFLOW, 11)),
        ("billing-replies", "risk.touches[customers]", (WORKFLOW, 4)),
        ("billing-replies", "fallback.file", (WORKFLOW, 1)),
        ("billing-replies", "", (WORKFLOW, 1)),
        ("billing-replies", "state.state", ("workflows/billing-replies/state.yaml", 2)),
        ("billing-replies", "files[reply.prompt]", ("workflows/billing-replies/reply.prompt", 1)),
        ("billing-replies", "files[reply.prompt].input.schema.you", ("workflows/billing-replies/reply.prompt", 5)),
        ("billing-replies", "files[reply.prompt].input.schema.me", ("workflows/billing-replies/reply.prompt", 4)),
        ("billing-replies", "files[reply.prompt].model", ("workflows/billing-replies/reply.prompt", 1)),
        ("billing-replies", "files[open.prompt].model", ("workflows/billing-replies/open.prompt", 1)),
        ("billing-replies", "files[drill.yaml].scenarios[0].use", ("workflows/billing-replies/drill.yaml", 4)),
        ("billing-replies", "files[drill.yaml].silence", ("workflows/billing-replies/drill.yaml", 1)),
        ("billing-replies", "files[gone.md]", ("workflows/billing-replies/gone.md", 0)),
        ("billing-replies", "files[a].b]", ("workflows/billing-replies/a].b", 0)),
        ("billing-replies", "files[a].b[0]", ("workflows/billing-replies/a].b[0", 0)),
        ("broken", "risk.tier", ("workflows/broken/workflow.yaml", 1)),
        (None, "people[ana].deputy", ("team/people.yaml", 4)),
        (None, "rotas[support][1]", ("team/people.yaml", 6)),
        (None, "waivers[0].until", ("team/waivers.yaml", 3)),
        (None, "policies/gate/a/b.rego", ("policies/gate/a/b.rego", 1)),
    ],
)
def test_a_field_is_found_at_its_line(workflow: str | None, field: str, place: tuple[str, int]) -> None:
    """A field by index or by name is found on its line; one that is absent, at the nearest thing that holds it."""
    assert Places(FILES.get).find(workflow, field) == place


def test_a_file_is_read_once() -> None:
    """However many findings a file has, it is read once."""
    asked: list[str] = []

    def read(path: str) -> bytes | None:
        asked.append(path)
        return FILES.get(path)

    places = Places(read)
    for field in ("risk.tier", "models", "actions"):
        places.find("billing-replies", field)
    assert asked == [WORKFLOW]
