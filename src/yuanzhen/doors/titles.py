"""What a problem is called, in Chinese and English. One line a code; `tests/rules/doors/test_titles.py` misses none.

Add yours at the end of the part of the system it belongs to, in the order of the alphabet.
"""

from __future__ import annotations

Title = tuple[str, str]  # zh, en

# What is said of a code that came from outside the table (a newer part beside an older one), by HTTP status.
OF_STATUS: dict[int, Title] = {
    400: ("请求无法理解", "The request was not understood"),
    401: ("请先登录", "Log in first"),
    403: ("没有权限", "Not allowed"),
    404: ("没有找到", "Not found"),
    405: ("这里不能这样操作", "This cannot be done here"),
    409: ("现在不能这样做", "Not possible now"),
    410: ("已经删除", "It has been deleted"),
    413: ("内容太大", "Too large"),
    415: ("不支持这种格式", "This format is not supported"),
    422: ("内容不符合规定", "Against a rule"),
    429: ("请稍后再试", "Try again later"),
    500: ("系统出错，已记录", "Something went wrong here and was recorded"),
    503: ("暂时无法使用", "Not available at the moment"),
    507: ("存储空间已满", "Storage is full"),
}

TITLES: dict[str, Title] = {
    # ---- infrastructure
    "database.disk_full": ("存储空间已满，未保存", "Storage is full; nothing was saved"),
    "database.down": ("数据库暂时没有应答", "The database does not answer at the moment"),
    "database.too_old": ("数据库版本太旧", "The database server is too old"),
    "database.try_again": ("刚才有人同时修改，请再试一次", "Somebody changed it at the same moment; try again"),
    "migration.changed_after_release": ("已执行的升级脚本被改动", "A migration was changed after it was applied"),
    "migration.database_is_newer": ("数据库比程序新", "The database is newer than the program"),
    "migration.numbering": ("升级脚本编号不连续", "The migrations are not numbered without a gap"),
    # ---- security: identity
    "auth.enrol_first": ("请先修改一次性密码", "Change the one-time password first"),
    "auth.factor_first": ("请先完成第二步验证", "Show your second factor first"),
    "auth.factor_missing": ("还差第二步验证", "The second factor is still missing"),
    "auth.factor_wrong": ("验证码或钥匙不对", "The code or key is not right"),
    "auth.person_needed": ("这一步必须由本人操作", "Only a person may do this"),
    "auth.recovery_wrong": ("姓名或恢复码不对，或已过期", "Name or recovery code is wrong, or it has expired"),
    "auth.slow_down": ("试得太快，请稍等再试", "Too many attempts; wait a moment"),
    "auth.token_unknown": ("访问令牌无效或已过期", "The access token is unknown or has expired"),
    "auth.unknown": ("请先登录", "Log in first"),
    "auth.wrong": ("姓名或密码不对", "Name or password is wrong"),
    "client.unknown": ("没有这个接入方", "There is no such client"),
    "client.wrong": ("接入方或密钥不对", "Client or secret is wrong"),
    "department.unknown": ("没有这个科室", "There is no such department"),
    "factor.stale": ("请再验证一次", "Show your second factor again"),
    "identity.name": ("登录名太短、太长或含不可见字符", "The login name is too short, too long or not printable"),
    "identity.name_taken": ("这个登录名已有人用", "This login name is taken"),
    "identity.not_yours": ("只有系统管理员可以这样做", "Only the system's officer may do this"),
    "identity.patient": (
        "患者和照护者须对应一位患者，其他人不能",
        "A patient or carer needs a patient, nobody else has one",
    ),
    "identity.role": ("没有这个角色", "There is no such role"),
    "identity.unknown": ("没有这个人", "There is no such person"),
    "institution.level": ("机构级别不对", "There is no such level of institution"),
    "institution.unknown": ("没有这个机构", "There is no such institution"),
    "password.is_name": ("密码不能与登录名相同", "The password must not be the login name"),
    "password.same": ("新密码与旧密码相同", "The new password is the old one"),
    "password.too_common": ("这个密码太常见", "This password is too common"),
    "password.too_long": ("密码太长", "The password is too long"),
    "password.too_short": ("密码太短", "The password is too short"),
    "scope.not_held": ("没有获准这个范围", "This scope was not granted"),
    "scope.unknown": ("范围写法不对", "This is not a scope"),
    "webauthn.host": ("安全钥匙不能用于这个地址", "Security keys do not work at this address"),
    "webauthn.known": ("这把钥匙已经登记过", "This key is enrolled already"),
    "webauthn.none": ("还没有登记安全钥匙", "No security key is enrolled"),
    "webauthn.refused": ("钥匙的应答无效", "The key's answer is not valid"),
    # ---- security: crypto
    # ---- doors
    "csrf.missing": ("页面已过期，请刷新", "The page is out of date; reload it"),
    "csrf.other_site": ("请求来自别的网站", "The request comes from another site"),
    "internal": ("系统出错，已记录", "Something went wrong here and was recorded"),
    "path.method": ("这里不能这样操作", "This cannot be done here"),
    "path.unknown": ("没有这个地址", "There is no such address"),
    "request.invalid": ("内容不符合规定", "The content is against a rule"),
    "request.malformed": ("内容无法理解", "The content was not understood"),
    "request.too_large": ("内容太大", "The content is too large"),
    "request.unknown_parameter": ("没有这个查询参数", "There is no such query parameter"),
    # ---- data
    # ---- network
    # ---- intelligence
    # ---- collaboration
    # ---- applications, station
    # ---- programs
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
