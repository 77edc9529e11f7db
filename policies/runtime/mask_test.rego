package system.log_test

import data.countersign.testing
import data.system.log

masked(question) := found if {
	found := log.mask with input as {"path": "countersign/decision", "input": question}
}

test_what_the_contract_names_is_kept if {
	masked(testing.asked) == set()
	masked({"digest": "sha256:this", "approval": {"by": "hana"}}) == set()
	masked("no question") == set()
}

test_whatever_else_an_application_sends_is_taken_out if {
	masked(object.union(testing.asked, {"prompt": "Dear Ms. Doe", "customer": {"name": "Doe"}})) == {"/input/prompt", "/input/customer"}
}

test_a_signed_approval_is_not_kept if {
	masked({"approval": {"by": "hana", "token": "e30"}}) == {"/input/approval/token"}
}
