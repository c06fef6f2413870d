"""Titles of what the doors refuse before anybody is asked."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "csrf.missing": ("页面已过期，请刷新", "The page is out of date; reload it"),
    "csrf.other_site": ("请求来自别的网站", "The request comes from another site"),
    "internal": ("系统出错，已记录", "Something went wrong here and was recorded"),
    "live.malformed": ("实时消息无法理解", "The live message was not understood"),
    "live.no_channel": ("没有这个实时频道", "There is no such live channel"),
    "live.silent": ("这个实时频道只能收听", "In this live channel nobody speaks"),
    "live.too_long": ("一次展示的内容太长", "This is too long to be shown in passing"),
    "live.too_many_channels": ("打开的实时频道太多", "Too many live channels are open"),
    "path.method": ("这里不能这样操作", "This cannot be done here"),
    "path.unknown": ("没有这个地址", "There is no such address"),
    "request.invalid": ("内容不符合规定", "The content is against a rule"),
    "request.malformed": ("内容无法理解", "The content was not understood"),
    "request.too_often": ("问得太频繁，请稍等", "Too many requests; wait a moment"),
    "request.too_large": ("内容太大", "The content is too large"),
    "request.unknown_parameter": ("没有这个查询参数", "There is no such query parameter"),
}
