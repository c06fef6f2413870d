"""Script in whatever people and systems write, in Chromium: it is shown as it was written, and nowhere run."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.make.pages import OPENS_PAGES, pages
from tests.whole.conftest import Region
from tests.whole.test_signing_pages import come

pytestmark = OPENS_PAGES
SCRIPT = "<script>window.ran=1</script><img src=x onerror='window.ran=1'>"
NAME, BORN = f"刘{SCRIPT}", "1959-03-21"
INJECTED = """
document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}));
document.body.insertAdjacentHTML('beforeend',
  '<img src=x onerror="window.ran=1"><a href="javascript:window.ran=1">x</a>');"""


def words(what: str) -> str:
    return f"{what}{SCRIPT}"


@pytest.fixture(scope="module")
def case(region: Region) -> str:
    """A case that the expert has taken, with script in every text that came so far."""
    clinician = region.clinician.http
    with region.center.machine("system/*.*", "--institution", region.township) as machine:
        told: dict[str, Any] = {"resourceType": "Patient", "name": [{"text": NAME}], "birthDate": BORN}
        patient = machine.post("/fhir/R4/Patient", json=told).json()["id"]
    text = clinician.get("/api/consent-texts/current").json()
    asked = clinician.post("/api/consultations", json={
        "patient": patient, "department": region.department, "urgency": "emergency", "question": words("问题"),
        "consent": {"version": text["version"], "given_by": "patient", "how": "signed"}, "call_back": words("电话"),
    })  # fmt: skip
    assert asked.status_code == 201, asked.text
    path = f"/api/consultations/{asked.json()['id']}"
    assert region.expert.http.post(f"{path}/accept").status_code == 200
    assert clinician.post(f"{path}/chat", json={"text": words("留言")}).status_code == 201
    return str(asked.json()["id"])


def shows(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text).first).to_be_visible()
    assert page.evaluate("window.ran") is None
    assert page.locator("img[src='x']").count() == 0  # nothing of it became an element


def template(route: Route) -> None:
    """What a template would be if somebody had put script into its file."""
    said = {part: {"zh": words(part), "en": words(part)} for part in ("title", "findings", "conclusion", "advice")}
    route.fulfill(json={"items": [{"id": "t", "departments": [], "modalities": [], **said}], "next": None})


def test_script_in_a_template_and_in_every_text_is_text(region: Region, window: Browser, case: str) -> None:
    expert = come(region, window, region.expert, "check")
    desk = expert.page
    desk.route("**/api/reading/templates**", template)
    desk.goto(f"{pages(region.center)}cases/{case}")
    shows(desk, words("问题"), words("留言"), NAME)
    desk.get_by_label("用模板").select_option(label=words("title"))
    for label, part in (("所见", "findings"), ("结论", "conclusion"), ("建议", "advice")):
        expect(desk.get_by_label(label, exact=True)).to_have_value(words(part))
    expect(desk.get_by_text("前已存").first).to_be_visible()
    signing = {"patient": {"name": NAME, "birth_date": BORN}}
    signed = region.expert.http.post(f"/api/consultations/{case}/opinion/sign", json=signing)
    assert signed.status_code == 200, signed.text

    asker = come(region, window, region.clinician, f"cases/{case}")
    for page in (desk, asker.page):
        shows(page, words("findings"), words("conclusion"), words("advice"))
    assert asker.axe() == []
    assert expert.is_quiet() and asker.is_quiet(), (expert.faults, asker.faults)


def test_script_that_got_into_a_page_all_the_same_is_not_run(region: Region, window: Browser) -> None:
    """The last wall: what a fault of ours would let in, the policy of the page keeps from running (CSP 3, 6.1.11)."""
    visitor = come(region, window, region.clinician, "")
    policy = visitor.page.request.get(pages(region.center)).headers["content-security-policy"]
    rules = {name: set(values) for name, *values in (rule.split() for rule in policy.split(";") if rule.strip())}
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & rules.get("script-src", rules["default-src"])
    visitor.page.evaluate(INJECTED)
    visitor.page.get_by_role("link", name="x", exact=True).dispatch_event("click")
    visitor.page.wait_for_function("[...document.images].every((one) => one.complete)")
    assert visitor.page.evaluate("window.ran") is None
    assert sum("Content Security Policy" in told for told in visitor.complaints) >= 3
