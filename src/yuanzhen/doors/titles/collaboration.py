"""Titles of what the parts refuse that every application uses."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "ring.called_already": ("正在呼叫此人", "This person is being called already"),
    "ring.not_found": ("没有这个呼叫", "There is no such ring"),
    "ring.not_now": ("呼叫已有人应答或已结束", "The ring was answered or is over"),
    "ring.not_of_department": ("此人不在被呼叫的科室", "This person is not of the department that is called"),
    "ring.reason_missing": ("请写明为什么不能接", "Say why you cannot take it"),
    "ring.rings_already": ("已经在呼叫", "It rings already"),
    "ring.role": ("只有调度员可以处理呼叫", "Only dispatchers handle rings"),
    "ring.taken": ("另一位调度员已在处理", "Another dispatcher has it in hand"),
}
