"""The stories that drills play, by the names that drill files use. A new one is a file here and a line below."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drills.rehearsal import Rehearsal
from drills.scenarios.bad_approval import BadApproval
from drills.scenarios.fake_refund_request import FakeRefundRequest
from drills.scenarios.interface import Scenario
from drills.scenarios.late_fee_answer import LateFeeAnswer
from drills.scenarios.provider_down import ProviderDown
from drills.scenarios.stop_trigger import StopTrigger
from drills.scenarios.wrong_model import WrongModel

__all__ = ["SCENARIOS", "Scenario"]

SCENARIOS: Mapping[str, Callable[[Rehearsal], Scenario]] = {
    "bad-approval": BadApproval,
    "fake-refund-request": FakeRefundRequest,
    "late-fee-answer": LateFeeAnswer,
    "provider-down": ProviderDown,
    "stop-trigger": StopTrigger,
    "wrong-model": WrongModel,
}
