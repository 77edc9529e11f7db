package countersign.testing

manifest := {
	"workflow": "billing-replies",
	"summary": "Drafts replies to routine billing questions with clear policy answers.",
	"task": "support",
	"risk": {"tier": "high", "touches": ["customers"], "harm": "A wrong fee or date reaches a customer."},
	"approver": "finn",
	"reviewers": "support-agents",
	"models": [
		{
			"use": "default",
			"when": null,
			"id": "acme/quick-2026-03-01",
			"why": "Replies follow a pattern; the cheapest within one miss of the best on 20 samples.",
		},
		{
			"use": "edge-cases",
			"when": "mixed account issues or unusual payment history",
			"id": "acme/thorough-2026-02-11",
			"why": "Follows the rules of older plans, which the quick model misses.",
		},
	],
	"prompt": "reply.prompt",
	"tools": [{"name": "account-lookup", "effect": "read"}],
	"data": [{"name": "billing-policy", "access": "read"}],
	"actions": [
		{"name": "invoice-copy", "effect": "send", "release": "named"},
		{"name": "late-fee-question", "effect": "draft", "release": "review"},
	],
	"stop": {
		"by": "support",
		"when": [
			{"metric": "wrong_price", "above": 0, "over": 86400},
			{"metric": "rework_minutes_per_task", "above": 6, "over": 604800},
		],
	},
	"rollback": {"to": "previous", "within": 300, "drill": "drill.yaml"},
	"fallback": {"file": "fallback.md", "tell": "#support-leads"},
}

file_names := ["drill.yaml", "fallback.md", "reply.prompt", "state.yaml", "workflow.yaml"]

# One side of a workflow; `mark` tells its digests from another side's.
side(mark) := {
	"manifest": manifest,
	"state": {"state": "live", "reason": null, "stopped": []},
	"version": sprintf("h1:version-%s", [mark]),
	"rollback_digest": "h1:rollback",
	"countersigned": sprintf("h1:countersigned-%s", [mark]),
	"prompt_digest": sprintf("h1:prompt-%s", [mark]),
	"files": {name: {"kind": "file", "size": 700} | some name in file_names},
	"named": file_names,
	"prompt": {"used": ["question"], "declared": ["question"], "model": null, "logic": []},
	"fallback": {"steps": 5, "told": true, "destination": true, "mentions_tell": true},
	"drill": {"budget": 280, "drain": 40, "silence": 30, "scenarios": [scenario("late-fee-answer", {"action": "late-fee-question", "undo": ["resume-action", "remove-canary"]})], "during": ["fallback-open", "old-version-silent"]},
	"note_lines": 44,
}

# One scenario of a drill file, played on something of the manifest.
scenario(name, on) := object.union({"scenario": name, "action": null, "use": null, "metric": null, "value": null, "amount": null, "failing_percent": null, "latency_ms": null, "undo": []}, on)

# A drill record of one version.
drill(mark, age_days) := {
	"version": sprintf("h1:version-%s", [mark]),
	"rollback_digest": "h1:rollback",
	"outcome": "passed",
	"target": "staging",
	"age_days": age_days,
	"local": false,
	"path": sprintf("billing-replies/drill/%s", [mark]),
}

# The change record of a version that ran.
recorded(mark, age_days) := {
	"version": sprintf("h1:version-%s", [mark]),
	"rollback_digest": "h1:rollback",
	"prompt_digest": sprintf("h1:prompt-%s", [mark]),
	"models": manifest.models,
	"state": "live",
	"stopped": false,
	"age_days": age_days,
	"drills": [drill(mark, age_days)],
}
