"""Who plays: the people, patients and systems of the demo's region that a visitor meets. All are invented."""

from __future__ import annotations

from datetime import date

from yuanzhen.programs.demo import houses
from yuanzhen.programs.demo.houses import CITY
from yuanzhen.programs.demo.model import DemoPatient, Player

TOWNSHIP = "liushu"

HOUSES = tuple(houses.houses())
CITY_NAME = "市中心医院"
DEPARTMENTS = houses.CLINICAL + houses.TECHNICAL  # of the city hospital

STAFF = (
    Player("xujing", "许静", "clinician", TOWNSHIP),
    Player("chenyuan", "陈予安", "expert", CITY, ("神经内科",)),
    Player("linhai", "林海峰", "expert", CITY, ("神经内科", "神经外科")),
    Player("zhaolei", "赵磊", "clinician", "baishi"),
    Player("wangmin", "王敏", "quality", CITY),
    Player("sunjie", "孙洁", "manager", CITY),
    Player("gaoyang", "高扬", "dispatcher", CITY),
    Player("zhouzheng", "周正", "officer", CITY),
)

# They come into the demo's room by themselves when somebody is in it; nobody logs in as them.
ROOM_EXPERT = Player("guqing", "顾清", "expert", CITY, ("超声医学科",))
ROOM_TOWNSHIP = Player("shilan", "石岚", "clinician", TOWNSHIP)
IN_ROOM = (ROOM_EXPERT, ROOM_TOWNSHIP)
ROOM_VISITOR = "chenyuan"  # whom that expert has asked in

PATIENT = DemoPatient("LS000417", "刘", "淑英", "Liu^Shuying", "F", date(1962, 3, 17), 42)
PATIENTS = (PATIENT, DemoPatient("LS000418", "周", "德福", "Zhou^Defu", "M", date(1955, 11, 2), 17))
PATIENT_LOGIN = "liushuying"

DUTY_PHONE = "029-0000 1200"  # no exchange gives out such a number

# The township's systems: how its HIS names itself (MSH-4), who numbers its patients, its scanner's AE title.
FACILITY = "LIUSHU"
ISSUER = "LIUSHU"
SCANNER = "LIUSHU_CT1"
PEER = "柳树镇卫生院 HIS 与 CT"
CLIENT = "柳树镇卫生院 HIS（FHIR）"


def house_name(key: str) -> str:
    """What a house of these tables is called."""
    return next((house.name for house in HOUSES if house.key == key), CITY_NAME)
