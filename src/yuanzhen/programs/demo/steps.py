"""What a demo start prints: who to log in as, what to click, what it lacks and what brings it. Pure but for a look."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from yuanzhen.infrastructure.settings import Settings
from yuanzhen.programs.demo import cast, chromium, material, send
from yuanzhen.programs.demo.cast import PATIENT, PATIENT_LOGIN
from yuanzhen.programs.demo.kept import Kept

BROWSERS = (*chromium.NAMES, "firefox", "firefox-esr")
ROLES = {
    "clinician": "基层医生 clinician",
    "expert": "专家 expert",
    "patient": "患者 patient",
    "quality": "质控 quality",
    "manager": "管理 manager",
    "dispatcher": "调度 dispatcher",
    "officer": "系统管理员 officer",
}
SIMULATED = frozenset(player.login for player in cast.IN_ROOM)  # as them nobody logs in


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that is not on this machine: what that means, and what brings it."""

    zh: str
    en: str
    brings: str


VOLUME = Lack(
    "没有真实头颅 CT 容积:改发 pydicom 自带的一层真实图像",
    "the CT volume of a real head is not here: one real slice of pydicom's is sent instead",
    "make setup   (apt-get download invesalius-examples)",
)
DCMTK = Lack(
    "没有 DCMTK:影像由 pynetdicom 发送",
    "DCMTK is not here: the images are sent by pynetdicom",
    "apt-get install --no-install-recommends dcmtk",
)
BROWSER = Lack(
    "本机没有浏览器:从别的机器打开需设置 YUANZHEN_HOST 与 YUANZHEN_NAMES",
    "no browser is on this machine: from another one, set YUANZHEN_HOST and YUANZHEN_NAMES",
    "apt-get install --no-install-recommends chromium fonts-noto-cjk",
)


CHROMIUM = Lack(
    "没有 Chromium:会诊室里没有模拟的专家和镇卫生院",
    "Chromium is not here: nobody comes into the demo's room by themselves",
    "apt-get install --no-install-recommends chromium fonts-noto-cjk",
)


def lacks() -> list[Lack]:
    """What is not on this machine."""
    there = (
        (VOLUME, material.volume_file() is not None),
        (DCMTK, send.dcmtk() is not None),
        (BROWSER, any(shutil.which(name) for name in BROWSERS)),
        (CHROMIUM, chromium.found() is not None),
    )
    return [lack for lack, is_there in there if not is_there]


def command(settings: Settings) -> str:
    """How the console script is called for this home."""
    own = "" if settings.home == Path(".yuanzhen").absolute() else f" --home {settings.home}"
    return f"{_short(Path(sys.executable).with_name('yuanzhen'))}{{}}{own}"


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def text(kept: Kept, settings: Settings, missing: list[Lack]) -> str:
    """The whole of it, in Chinese and English."""
    blocks = [_people(kept, settings), _clicks(kept, settings), _missing(missing), _credits(kept)]
    return "\n\n".join(block for block in blocks if block)


def _people(kept: Kept, settings: Settings) -> str:
    rows = [
        f"  {login:<12} {one.password}   {one.name} · {ROLES.get(one.role, one.role)} · {one.house}"
        for login, one in kept.logins.items()
        if login not in SIMULATED
    ]
    code = command(settings).format(" demo code NAME")
    return "\n".join([
        "登录名与密码 · who to log in as (all invented)",
        *rows,
        f"  全区 {len(cast.HOUSES) + 1} 家机构、{len(cast.DEPARTMENTS)} 个科室;专家登录两分钟后会有急会诊呼叫 · "
        "an emergency rings two minutes after chenyuan came",
        f"  第二步的一次性验证码 · the one-time code of the second step:  {code}",
    ])  # fmt: skip


def _clicks(kept: Kept, settings: Settings) -> str:
    pages = f"https://{settings.names[0]}:{settings.https_port}"
    his = f"http://localhost:{kept.page_port}/"
    image = "头颅 CT" if kept.study == "volume" else "示例单层图像"
    image_en = "head CT" if kept.study == "volume" else "single sample slice"
    steps: tuple[tuple[str, str], ...] = (
        (f"打开 {pages}(证书由本机签发,浏览器首次会提示:高级 → 继续前往)",
         f"open {pages} (the certificate is this machine's own: Advanced, then proceed)"),
        (f"用 xujing(许静,柳树镇卫生院)登录 → 患者 → {PATIENT.name}:一年的病历与 {image} 已自动到达",
         f"log in as xujing, choose the patient {PATIENT.name}: a year of her file and {image_en} have come already"),
        ("点“申请会诊” → 主诉填好科室和目的,可改 → “已签字” → “急会诊”",
         "ask for a consultation: the complaint fills in 神经内科 and the question; signed, then Emergency"),
        ("另开一个隐私窗口,用 chenyuan(陈予安,神经内科)登录 → 接诊 → 看影像 → 写所见、结论、建议",
         "in a private window log in as chenyuan: accept, look at the images, write findings, conclusion, advice"),
        (f"点“核对并签名”:患者姓名 {PATIENT.name}、出生日期 {PATIENT.born},登录过了五分钟要新验证码 → 签名",
         f"check and sign: name {PATIENT.name}, birth date {PATIENT.born}, and a fresh one-time code "
         "where the last is older than five minutes"),
        (f"回到许静:“会诊”里已有签名意见;柳树镇 HIS 几秒内收到报告:{his}",
         f"back at xujing the signed opinion is there; the township's HIS has the report within seconds: {his}"),
        ("许静与 linhai(林海峰)的“转诊”:各种状态的转诊都有,结局回传后由转出方确认;sunjie 的“日程”:血液内科按规律排班",
         "Referrals at xujing and linhai: one in most states; Calendar at sunjie: haematology has a roster by pattern"),
        (f"用 {PATIENT_LOGIN}(患者本人)登录:自己的病历,和谁看过",
         f"log in as {PATIENT_LOGIN}, the patient herself: her own file, and who looked at it"),
        (f"用 zhaolei(白石镇卫生院)登录:找不到{PATIENT.name},因为不是本院患者",
         f"log in as zhaolei of another township: {PATIENT.name} is not there, being nobody of theirs"),
        ("用 zhouzheng(系统管理员)登录 → 接口:柳树镇的系统何时有联系,收了什么、变成了什么,报告送到没有",
         "log in as zhouzheng, the officer, Interfaces: when the township was heard, what became of each message"),
    )  # fmt: skip
    if kept.room:
        steps = (*steps, _room(f"{pages}/cases/{kept.room}/room"))
    lines = [f"  {number}. {zh}\n     {en}" for number, (zh, en) in enumerate(steps, 1)]
    return "\n".join(["点什么 · what to click", *lines])


def _room(link: str) -> tuple[str, str]:
    expert, township = cast.ROOM_EXPERT, cast.ROOM_TOWNSHIP
    return (
        f"进行中的会诊室:用 {cast.ROOM_VISITOR} 或 xujing 登录后打开 {link} → 进入会诊室:"
        f"{expert.name}({expert.departments[0]})和{township.name}({cast.house_name(township.house)}的超声画面)"
        "几秒内自己进来,人走即散;两人都是模拟的",
        f"a live room: as {cast.ROOM_VISITOR} or xujing open {link} and enter; an expert and the township's "
        "ultrasound, both simulated, come within seconds and go when nobody else is there",
    )


def _missing(missing: list[Lack]) -> str:
    if not missing:
        return ""
    lines = [f"  {lack.zh}\n  {lack.en}\n    → {lack.brings}" for lack in missing]
    return "\n".join(["缺少 · what is lacking, and what brings it", *lines])


def _credits(kept: Kept) -> str:
    if not kept.study:
        return ""
    return f"数据来源 · credits\n  {material.CREDITS[kept.study]}"
