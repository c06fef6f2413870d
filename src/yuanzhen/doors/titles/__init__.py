"""What a problem is called, in Chinese and English. One line a code; `tests/rules/doors/test_titles.py` misses none.

Add yours to the file of the part it belongs to, in the order of the alphabet.
"""

from __future__ import annotations

from yuanzhen.doors.titles import (
    applications,
    collaboration,
    data,
    dicom,
    doors,
    fhir,
    hl7v2,
    infrastructure,
    network,
    programs,
    security,
)

Title = tuple[str, str]  # zh, en

# What is said of a code that came from outside the table (a newer part beside an older one), by HTTP status.
OF_STATUS: dict[int, Title] = {
    400: ("请求无法理解", "The request was not understood"),
    401: ("请先登录", "Log in first"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("这里不能这样操作", "This cannot be done here"),
    406: ("没有客户端要的格式", "Not to be had in the form asked for"),
    409: ("现在不能这样做", "Not possible now"),
    410: ("已经删除", "It has been deleted"),
    412: ("前提条件不成立", "A condition is not met"),
    413: ("内容太大", "Too large"),
    415: ("不支持这种格式", "This format is not supported"),
    422: ("内容不符合规定", "Against a rule"),
    429: ("请稍后再试", "Try again later"),
    500: ("系统出错，已记录", "Something went wrong here and was recorded"),
    503: ("暂时无法使用", "Not available at the moment"),
    507: ("存储空间已满", "Storage is full"),
}

TITLES: dict[str, Title] = {
    **applications.TITLES,
    **collaboration.TITLES,
    **data.TITLES,
    **dicom.TITLES,
    **doors.TITLES,
    **fhir.TITLES,
    **hl7v2.TITLES,
    **infrastructure.TITLES,
    **network.TITLES,
    **programs.TITLES,
    **security.TITLES,
}


def title(code: str, status: int, *, english: bool) -> str:
    """The title of a code in one of the two languages."""
    return (TITLES.get(code) or OF_STATUS.get(status) or OF_STATUS[500])[1 if english else 0]


def prefers_english(accept_language: str) -> bool:
    """Whether Accept-Language (RFC 9110 12.5.4) ranks English before Chinese; without either it is Chinese."""
    rank = {"en": 0.0, "zh": 0.0}
    for part in accept_language.split(","):
        tag, _, parameter = part.strip().partition(";")
        language = tag.split("-")[0].lower()
        if language in rank:
            rank[language] = max(rank[language], _quality(parameter))
    return rank["en"] > rank["zh"]


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(1.0, max(0.0, float(value)))
    except ValueError:
        return 0.0
