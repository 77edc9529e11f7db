"""A report as JUnit XML, as GitLab and Jenkins read it: a suite for the repository and one for each workflow.

A finding that counts as deny or wait is a failure (type `deny` or `wait`). A warning passes and says so in its
output; a waived finding and a need of a launch are skipped tests. A suite without findings holds one passing case, so
that a green page still shows what was judged.
"""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from junitparser import Attr, Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from catalog.errors import CountersignError
from checks.finding import Finding, Report, Severity
from checks.reports.safe import one_line
from checks.reports.shape import Group, arrange, group, place
from checks.reports.wording import judged, tally

REPOSITORY = "the repository"
"""With a blank, so that no workflow can be called the same."""


class _Case(TestCase):
    file = Attr()


def write(report: Report) -> str:
    """The report as one `testsuites` document."""
    report = arrange(report)
    return _document([_suite(part, report) for part in group(report)])


def write_error(error: CountersignError) -> str:
    """One suite whose only case is in error."""
    why = one_line(error.why)
    case = _Case(name="judging", classname=REPOSITORY)
    problem = Error(message=one_line(error.message), type_="error")
    problem.text = _lines(one_line(error.message), why and f"why: {why}", _next(one_line(error.solution)))
    case.result = [problem]
    suite = TestSuite(name=REPOSITORY)
    suite.add_testcases([case])
    return _document([suite])


def _document(suites: Iterable[TestSuite]) -> str:
    root = JUnitXml(name="countersign")
    for suite in suites:
        root.append(suite)  # type: ignore[no-untyped-call]  # add_testsuite compares each suite with all before it
    root.update_statistics()  # type: ignore[no-untyped-call]
    return _bytes_of_our_own(root)


def _bytes_of_our_own(root: JUnitXml) -> str:
    # The JUnit library writes with lxml where it finds it; the same report must be the same bytes everywhere.
    written = io.BytesIO()
    root.write(written)
    tree = ElementTree.fromstring(written.getvalue())  # noqa: S314 (written a line ago)
    ElementTree.indent(tree)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(tree, encoding="unicode") + "\n"


def _suite(part: Group, report: Report) -> TestSuite:
    suite = TestSuite(name=part.workflow or REPOSITORY)
    if not part.workflow:
        suite.add_property("judged", judged(report))
        suite.add_property("verdict", f"{report.verdict}: {tally(report)}")
        for note in report.notes:
            suite.add_property("note", note)
    suite.add_testcases(list(_cases(part)) or [_Case(name="in order", classname=suite.name)])
    return suite


def _cases(part: Group) -> Iterator[TestCase]:
    seen: Counter[str] = Counter()
    launch = [("to go live: ", finding) for finding in part.launch]
    for prefix, finding in [*(("", finding) for finding in part.findings), *launch]:
        # GitLab compares runs by name and keeps one case a name: no line numbers, and none twice.
        name = f"{prefix}{finding.code} {finding.field}".rstrip()
        seen[name] += 1
        case = _Case(name=name if seen[name] == 1 else f"{name} #{seen[name]}", classname=part.workflow or REPOSITORY)
        if finding.file:
            case.file = finding.file
        _judge(case, finding, needed=bool(prefix))
        yield case


def _judge(case: TestCase, finding: Finding, *, needed: bool) -> None:
    text = _lines(place(finding), finding.message, _next(finding.solution))
    if finding.waived:
        case.result = [Skipped(message=f"waived: {finding.waived} ({finding.severity}: {finding.message})")]
    elif needed:
        case.result = [Skipped(message=f"needed to go live: {finding.message}")]
    elif finding.severity is Severity.WARN:
        case.system_out = _lines("warning", text)
    else:
        failure = Failure(message=finding.message, type_=finding.severity.value)
        failure.text = text
        case.result = [failure]


def _next(solution: str) -> str:
    return f"-> {solution}" if solution else ""


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
