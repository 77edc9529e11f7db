package system.log_test

import data.countersign.testing
import data.system.log

masked(question) := found if {
	found := log.mask with input as {"path": "countersign/decision", "input": question}
}

test_what_the_contract_names_is_kept if {
	masked(testing.asked) == set()
	masked({"digest": "sha256:this", "approval": {"by": "hana"}}) == set()
}

test_what_is_no_question_is_not_kept if {
	every question in ["Dear Ms. Doe", ["Dear Ms. Doe"], 7] {
		"/input" in masked(question)
	}
	"/input" in masked({"a/b": "Dear Ms. Doe"})
	"/input" in masked({"caller": "a", "": "Dear Ms. Doe"})
}

test_what_should_be_a_word_and_is_not_is_not_kept if {
	masked({"workflow": {"text": "Dear Ms. Doe"}}) == {"/input/workflow"}
	masked({"approval": "Dear Ms. Doe"}) == {"/input/approval"}
	masked({"approval": [{"token": "e30"}]}) == {"/input/approval"}
	masked({"approval": {"by": "hana", "note": "Dear Ms. Doe"}}) == {"/input/approval"}
	masked({"approval": {"by": {"text": "Dear Ms. Doe"}}}) == {"/input/approval"}
}

test_signed_requests_are_not_kept if {
	found := log.mask with input as {"path": "countersign/point", "input": {}}
	found == {"/result/stops", "/result/rollbacks"}
}

test_whatever_else_an_application_sends_is_taken_out if {
	masked(object.union(testing.asked, {"prompt": "Dear Ms. Doe", "customer": {"name": "Doe"}})) == {"/input/prompt", "/input/customer"}
}

test_a_signed_approval_is_not_kept if {
	masked({"approval": {"by": "hana", "token": "e30"}}) == {"/input/approval/token"}
}
