"""Who plays: the houses, people, patients and systems of the demo's region. All are invented."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from yuanzhen.programs.demo.numbers import resident_number

CITY = "city"  # the home's own institution, which its first start has made
TOWNSHIP = "liushu"


@dataclass(frozen=True, slots=True)
class House:
    """An institution: its key here, its name, level, and whose it is (a key)."""

    key: str
    name: str
    level: Literal["county", "township"]
    parent: str


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody who can log in; `house` and `departments` are keys and names of the tables here."""

    login: str
    name: str
    role: str
    house: str
    departments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoPatient:
    """A patient of the township as its systems know them; `latin` is the name as the scanner's keyboard has it."""

    number: str
    family: str
    given: str
    latin: str
    sex: Literal["F", "M"]
    born: date
    sequence: int

    @property
    def name(self) -> str:
        """As people write it."""
        return self.family + self.given

    @property
    def resident_number(self) -> str:
        """Valid in form, of no region."""
        return resident_number(self.born, self.sequence)


HOUSES = (
    House("county", "青河县人民医院", "county", CITY),
    House(TOWNSHIP, "柳树镇卫生院", "township", "county"),
    House("baishi", "白石镇卫生院", "township", "county"),
)
CITY_NAME = "市中心医院"
DEPARTMENTS = ("神经内科", "神经外科", "放射科", "急诊科")  # of the city hospital

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

PATIENT = DemoPatient("LS000417", "刘", "淑英", "Liu^Shuying", "F", date(1962, 3, 17), 42)
PATIENTS = (PATIENT, DemoPatient("LS000418", "周", "德福", "Zhou^Defu", "M", date(1955, 11, 2), 17))
PATIENT_LOGIN = "liushuying"

# The township's systems: how its HIS names itself (MSH-3, MSH-4), who numbers its patients, its scanner's AE title.
HIS = "LIUSHU_HIS"
FACILITY = "LIUSHU"
ISSUER = "LIUSHU"
SCANNER = "LIUSHU_CT1"
PEER = "柳树镇卫生院 HIS 与 CT"
CLIENT = "柳树镇卫生院 HIS（FHIR）"


def house_name(key: str) -> str:
    """What a house of these tables is called."""
    return next((house.name for house in HOUSES if house.key == key), CITY_NAME)
