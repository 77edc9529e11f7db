"""Journals of runs as the runner writes them: a run that passed, one that failed, one that was killed."""

from __future__ import annotations

from typing import Any

Json = Any

RUN = "20260901-115900-a1b2c3"
PREFIX = "drill-a1b2c3-1"
STOP = {"paths": ["stops/billing-replies/late-fee-question/drill-a1b2c3-1-stop"]}
CANARY = {"prefix": f"{PREFIX}-canary"}


def begun(**fields: Json) -> Json:
    """The first line."""
    return {
        "event": "run_begins", "t": 0.1, "run": RUN, "workflow": "billing-replies", "version": f"h1:{'a' * 43}=",
        "target": "sandbox", "commit": "a" * 40, "judged_by": "b" * 40, "runner": "job 7", "process": 1,
        "started": "2026-09-01T11:59:00.000000+00:00", "scenarios": ["late-fee-answer"], "candidate": True,
        "revision": "a" * 40, "seq": 12, "opa": "1.22.2", **fields,
    }  # fmt: skip


def passed(**fields: Json) -> list[Json]:
    """A run of which all was seen and taken back."""
    return [
        begun(**fields), *_until_stopped(),
        *_phase("mitigate", 2.0, marks={"t5": 1.9, "t6": 2.0}), *_phase("drain", 4.5, marks={"t7": 1.7}),
        *_phase("notify", 4.6, marks={"t8": 1.8}), *home(),
        {"event": "scenario_ended", "t": 5.5, "scenario": "late-fee-answer", "outcome": "passed"},
        {"event": "run_ended", "t": 5.6, "outcome": "passed"},
    ]  # fmt: skip


def failed(**fields: Json) -> list[Json]:
    """One in which a canary acted, a point did not confirm, and one step could not be taken back."""
    why = "the canary drill-a1b2c3-1-canary-cached-2 acted after the stop"
    return [
        begun(**fields), *_until_stopped("it does not answer"), *_phase("mitigate", 2.0, marks={"t5": 1.9, "t6": 2.0}),
        *_phase("drain", 3.0, "failed", why), {**_ended("notify", 3.1, "not_run"), "seconds": None},
        {"event": "phase_begins", "t": 3.2, "phase": "restore", "budget": 60.0}, _undone("remove-canary", CANARY, 3.4),
        _undone("clear-practice", {"prefix": PREFIX}, 3.5),
        _ended("restore", 63.0, "undo_failed", "resume-action: sandbox-1: it does not answer"),
        {"event": "scenario_ended", "t": 63.1, "scenario": "late-fee-answer", "outcome": "undo_failed"},
        {"event": "run_ended", "t": 63.2, "outcome": "undo_failed"},
    ]  # fmt: skip


def killed(**fields: Json) -> list[Json]:
    """One whose process ended while work went on by hand."""
    under_way = {"event": "phase_begins", "t": 1.9, "phase": "mitigate", "budget": 60.0}
    return [begun(**fields), *_until_stopped(), under_way]


def recovered(*failures: str) -> list[Json]:
    """What another process added to it."""
    done = [_undone("resume-action", STOP, 2.5), _undone("remove-canary", CANARY, 2.6)]
    done += [_undone("clear-practice", {"prefix": PREFIX}, 2.7)]
    kept = [one for one in done if not any(failure.startswith(one["undo"]) for failure in failures)]
    outcome = "undo_failed" if failures else "aborted"
    end = {"failures": list(failures), "outcome": outcome, "steady": not failures}
    return [*kept, {"event": "recovered", "t": 2.8, **end}]


def home() -> list[Json]:
    """Everything is taken back, and the steady state proved again."""
    begins, *rest = _phase("restore", 5.4, marks={"t9": 5.2})
    return [{**begins, "t": 4.7}, _undone("resume-action", STOP, 4.8), _undone("remove-canary", CANARY, 4.9),
            _undone("clear-practice", {"prefix": PREFIX}, 5.3), *rest]  # fmt: skip


def _until_stopped(error: str = "") -> list[Json]:
    orders = [
        {
            "event": "order_at_point",
            "t": 1.55,
            "point": "sandbox-1",
            "seconds": 0.1,
            "confirmed": not error,
            "error": error,
        },
        {"event": "order_at_point", "t": 1.52, "point": "sandbox-2", "seconds": 0.1, "confirmed": True, "error": ""},
    ]
    return [
        {"event": "scenario_begins", "t": 0.9, "scenario": "late-fee-answer"},
        {"event": "undo_registered", "t": 0.95, "undo": "remove-canary", "given": CANARY},
        *_phase("detect", 1.2, marks={"t0": 1.0, "t1": 1.1}), *_phase("acknowledge", 1.3, marks={"t2": 1.3}),
        {"event": "undo_registered", "t": 1.45, "undo": "resume-action", "given": STOP},
        *_phase("stop", 1.8, marks={"t3": 1.5, "t4": 1.6}), *orders,
    ]  # fmt: skip


def _phase(
    phase: str, t: float, outcome: str = "passed", why: str = "", marks: dict[str, float] | None = None
) -> list[Json]:
    told = [{"event": "mark", "t": t - 0.01, "mark": mark, "last_bad": place - 0.01, "first_good": place}
            for mark, place in (marks or {}).items()]  # fmt: skip
    begins = {"event": "phase_begins", "t": t - 0.1, "phase": phase, "budget": 60.0}
    return [begins, *told, _ended(phase, t, outcome, why)]


def _ended(phase: str, t: float, outcome: str, why: str = "") -> Json:
    took = {"seconds": 0.1, "resolution": 0.01} if outcome == "passed" else {"seconds": None, "resolution": None}
    return {"event": "phase_ended", "t": t, "phase": phase, "outcome": outcome, "why": why, **took}


def _undone(undo: str, given: Json, t: float) -> Json:
    return {"event": "undone", "t": t, "undo": undo, "given": given}
