"""Titles of what HL7 v2 in and out refuses."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "hl7.charset": ("不支持这种字符集", "This character set is not spoken here"),
    "hl7.code": ("代码不在代码表里", "The code is not in its table"),
    "hl7.date": ("日期写法不对", "This is not a date"),
    "hl7.delimiters": ("分隔符不对", "The delimiters are not valid"),
    "hl7.dialect": ("没有这种方言设置", "There is no such dialect"),
    "hl7.encoded_data": ("内嵌文件的编码不对", "The embedded document is not encoded as it says"),
    "hl7.garbage": ("消息之间有多余的内容", "There is something between the messages"),
    "hl7.missing": ("缺少必填的字段", "A field that is needed is missing"),
    "hl7.no_answer": ("对方没有应答", "The peer did not answer"),
    "hl7.no_msh": ("消息没有 MSH 段", "The message has no MSH segment"),
    "hl7.no_segment": ("缺少必需的段", "A segment that is needed is missing"),
    "hl7.not_in_charset": ("有的字不在对方的字符集里", "A character is not in the peer's character set"),
    "hl7.not_trusted": ("对方没有登记", "This sender is not enrolled"),
    "hl7.nul": ("消息含有空字符", "The message holds a NUL"),
    "hl7.other_answer": ("对方答的是另一条消息", "The answer belongs to another message"),
    "hl7.refused": ("对方拒绝了这条消息", "The peer refused the message"),
    "hl7.second_header": ("一条消息里有两个 MSH 段", "There is a second MSH segment in the message"),
    "hl7.segment_name": ("段名不对", "This is not a segment's name"),
    "hl7.timed_out": ("对方很久没有应答", "The peer has not answered for long"),
    "hl7.too_large": ("消息太大", "The message is too large"),
    "hl7.too_long": ("字段太长", "The field is too long"),
    "hl7.too_many_escapes": ("转义太多", "There are too many escape sequences"),
    "hl7.too_many_repetitions": ("重复太多", "A field has too many repetitions"),
    "hl7.too_many_segments": ("段太多", "There are too many segments"),
    "hl7.unreachable": ("连不上对方", "The peer cannot be reached"),
    "hl7.unsupported_event": ("不支持这种事件", "This event is not spoken here"),
    "hl7.unsupported_type": ("不支持这种消息", "This type of message is not spoken here"),
    "hl7.unsupported_version": ("不支持这个 HL7 版本", "This version of HL7 is not spoken here"),
}
