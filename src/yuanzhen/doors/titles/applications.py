"""Titles of what the applications refuse."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "consent.outdated": ("知情同意书已更新，请用新版", "The consent text has changed; use the present one"),
    "consent.reason_missing": ("请写明无法取得同意的原因", "Say why consent could not be given"),
    "consent.unable_only_in_emergency": ("只有紧急情况可以没有同意", "Only an emergency may go without consent"),
    "consultation.no_calendar": ("排班暂时查不到，未预约", "The calendar cannot be asked; nothing was booked"),
    "consultation.no_such_act": ("没有这个操作", "There is no such act"),
    "consultation.no_such_department": ("没有这个科室", "There is no such department"),
    "consultation.no_such_text": ("没有这一版知情同意书", "There is no such version of the consent text"),
    "consultation.not_found": ("没有这个会诊", "There is no such consultation"),
    "consultation.not_now": ("会诊现在的状态不允许这样做", "The state of the consultation does not permit it now"),
    "consultation.not_yours": ("这个会诊不归您处理", "This consultation is not yours"),
    "consultation.question": ("请写明会诊问题", "Say what the question is"),
    "consultation.reason_missing": ("请写明原因", "Say why"),
    "consultation.role": ("您的角色不能这样做", "Your role may not do this"),
    "opinion.addendum": ("请写明补充的内容", "Say what is to be added"),
    "opinion.changed": ("意见已有新的版本", "There is a newer version of the opinion"),
    "opinion.empty": ("意见还是空的", "The opinion is empty"),
    "opinion.not_this_patient": ("姓名或出生日期与患者不符", "Name or birth date are not this patient's"),
    "opinion.not_now": ("意见现在不允许这样做", "The opinion does not permit it now"),
    "opinion.not_yours": ("这份意见不归您处理", "This opinion is not yours to change"),
    "opinion.signed_by_you": ("您已经签署过这一版", "You have signed this version already"),
    "opinion.too_long": ("意见太长", "The opinion is too long"),
}
