"""Titles of what the parts refuse that every application uses."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "calendar.circle": ("没有这一圈", "There is no such circle"),
    "calendar.expert_absent": ("专家那时不在", "The expert will not be there then"),
    "calendar.link": ("测得的数值不合理", "No link measures like that"),
    "calendar.no_absence": ("没有这条不在登记", "There is no such absence"),
    "calendar.no_booking": ("没有这个预约", "There is no such booking"),
    "calendar.no_department": ("排班里没有这个科室", "The calendar has no such department"),
    "calendar.no_expert": ("不是这里的专家", "That is no expert here"),
    "calendar.no_house": ("没有这个机构，或它不自管日程", "There is no such house, or it keeps no calendar of its own"),
    "calendar.no_shift": ("没有这个班次", "There is no such shift"),
    "calendar.no_slot": ("没有这个时段", "There is no such slot"),
    "calendar.not_asked": (
        "专家所在医院的日程查不到，未预约",
        "The expert's hospital could not be asked; nothing was booked",
    ),
    "calendar.not_yours": ("这份日程不归您管理", "This calendar is not yours to keep"),
    "calendar.other_department": ("这个时段的专家不在所选科室", "The slot's expert is of another department"),
    "calendar.overlap": ("这段时间已有安排", "Something stands there already"),
    "calendar.probe": ("测速数据太大", "Too much to measure a link by"),
    "calendar.slot_booked": ("时段已被预约，请先改期", "The slot is booked: move the booking first"),
    "calendar.slot_taken": ("时段刚被别人约走", "The slot has been taken"),
    "calendar.times": ("时间不合规定", "These times are against a rule"),
    "calendar.too_soon": ("至少提前 24 小时预约", "Book at least 24 hours ahead"),
    "calendar.url": ("地址不对", "That is no address"),
    "ring.called_already": ("正在呼叫此人", "This person is being called already"),
    "ring.not_found": ("没有这个呼叫", "There is no such ring"),
    "ring.not_now": ("呼叫已有人应答或已结束", "The ring was answered or is over"),
    "ring.not_of_department": ("此人不在被呼叫的科室", "This person is not of the department that is called"),
    "ring.reason_missing": ("请写明为什么不能接", "Say why you cannot take it"),
    "ring.rings_already": ("已经在呼叫", "It rings already"),
    "ring.role": ("只有调度员可以处理呼叫", "Only dispatchers handle rings"),
    "ring.taken": ("另一位调度员已在处理", "Another dispatcher has it in hand"),
}
