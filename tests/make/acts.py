"""Each write that a person makes about a case, one after the other, and how often the database has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.make import inside
from tests.make.center import Person
from tests.make.yard import OPINION, SIGNING, Yard

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
Write = tuple[str, Callable[[], int], Callable[[], int]]  # what, does it: its status, counts it


@dataclass
class Acts:
    """A case from a draft to a corrected opinion, with the people who have a hand in it."""

    yard: Yard
    quality: Person
    stranger: Person  # a clinician of another house
    guest: Person  # an expert of another department
    case: str = ""
    asked: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, yard: Yard) -> Acts:
        """The people, entered at the centre that runs."""
        center, city = yard.center, yard.expert.http.get("/api/me").json()["institution"]
        other = center.told("institution", "add", "白石镇卫生院", "--level", "township")["id"]
        return cls(
            yard,
            quality=center.user("qinbo", "quality", city),
            stranger=center.user("wanglei", "clinician", other),
            guest=center.user("fangwei", "expert", city, "--department", yard.elsewhere),
        )

    def all(self) -> Iterator[Write]:
        """All of them in their order; each begins where the one before it has led to."""
        yard, patient = self.yard, self.yard.patient
        asker, expert = yard.clinician, yard.expert
        draft = {"key": "acts", "question": "右侧肢体无力"}
        yield "draft of a request", self._put(asker, f"/api/requests/{patient}", draft), self._of(
            "SELECT count(*) FROM consultation.request WHERE patient = $1", patient
        )  # fmt: skip
        yield "upload", self._uploads, self._of(
            "SELECT count(*) FROM records.upload WHERE patient = $1", patient)  # fmt: skip
        self.case = str(yard.ask("acts", mode="written"))
        for act, who, given in (
            ("claim", expert, {}),
            ("need-more", expert, {"what": "血压"}),
            ("supply", asker, {"text": "168/95"}),
            ("invite", expert, {"person": self.guest.id}),
        ):
            yield act, self._post(who, act, given), self._step(act)
        yield "message", self._post(asker, "chat", {"text": "在路上"}), self._in("message")
        yield "draft", self._put(expert, f"/api/consultations/{self.case}/opinion", OPINION), self._in("draft")
        yield "signature", self._signs(expert, "sign", SIGNING | {"critical": "需立即转院"}), self._in("opinion")
        yield (
            "call",
            self._post(asker, "opinion/call", {"called": "许静", "read_back": True}),
            self._in("critical_call"),
        )
        yield "cosignature", self._signs(self.guest, "cosign", {"seen": 1}), self._in("cosignature")
        yield "addendum", self._signs(expert, "addendum", {"text": "复查"}), self._step("addendum")
        amended = OPINION | {"conclusion": "更正", "reason": "写错"}
        yield "correction asked", self._signs(expert, "amend", amended), self._step("ask-amend")
        yield "correction approved", self._approves, self._step("amendment")
        yield "glass", self._breaks, self._of("SELECT count(*) FROM security.review WHERE kind = 'break-glass'")
        yield "review", self._decides, self._of("SELECT count(*) FROM security.review WHERE verdict <> ''")
        yield "rate", self._post(asker, "rate", {"score": 5}), self._in("rating")
        yield "close", self._post(asker, "close", {}), self._step("close")

    def _put(self, who: Person, path: str, body: dict[str, Any]) -> Callable[[], int]:
        return lambda: who.http.put(path, json=body).status_code

    def _post(self, who: Person, path: str, body: dict[str, Any]) -> Callable[[], int]:
        return lambda: who.http.post(f"/api/consultations/{self.case}/{path}", json=body).status_code

    def _signs(self, who: Person, path: str, body: dict[str, Any]) -> Callable[[], int]:
        def signed() -> int:
            who.show_factor()
            return self._post(who, f"opinion/{path}", body)()

        return signed

    def _uploads(self) -> int:
        path = f"/api/uploads?patient={self.yard.patient}&name=x.png"
        return self.yard.clinician.http.post(path, content=PNG, headers={"Content-Type": "image/png"}).status_code

    def _approves(self) -> int:
        self.quality.show_factor()
        (waiting,) = self.quality.http.get("/api/approvals").json()["items"]
        return self.quality.http.post(f"/api/approvals/{waiting['id']}/approve", json={}).status_code

    def _breaks(self) -> int:
        body = {"patient": self.yard.patient, "reason": "昏迷，需知过敏史"}
        return self.stranger.http.post("/api/break-glass", json=body).status_code

    def _decides(self) -> int:
        found = self.quality.http.get("/api/reviews").json()["items"]
        (glass,) = [one for one in found if one["kind"] == "break-glass"]
        path = f"/api/reviews/{glass['id']}/decide"
        return self.quality.http.post(path, json={"verdict": "justified", "words": "属实"}).status_code

    def _in(self, table: str) -> Callable[[], int]:
        return self._of(f"SELECT count(*) FROM consultation.{table} WHERE consultation = $1", self.case)

    def _step(self, what: str) -> Callable[[], int]:
        sql = "SELECT count(*) FROM consultation.step WHERE consultation = $1 AND what = $2"
        return self._of(sql, self.case, what)

    def _of(self, sql: str, *args: str) -> Callable[[], int]:
        return lambda: int(inside.value(self.yard.center.home, sql, *args))
