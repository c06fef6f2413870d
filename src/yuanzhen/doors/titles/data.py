"""Titles of what the record and the intake refuse, whichever door it came by."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "audit.not_for_this_role": ("这个角色不能查看日志", "This role may not look into the log"),
    "exchange.charset": ("不支持这种字符集", "This character set is not spoken here"),
    "exchange.dialect": ("没有这种方言", "There is no such dialect"),
    "exchange.gone": ("要发送的资料已不在", "What was to be sent is not there any more"),
    "exchange.house_unknown": ("没有这个机构", "There is no such institution"),
    "exchange.message_unknown": ("没有这条消息", "There is no such message"),
    "exchange.not_waiting": ("这条消息不在待处理队列", "The message does not wait"),
    "exchange.not_yours": ("接口管理只对系统管理员开放", "The interfaces are for the system's officer"),
    "exchange.reason": ("请写明原因（500 字以内）", "Say why, in at most 500 characters"),
    "exchange.row": ("对照表的代码和目标不能为空", "A row needs its code and its target"),
    "exchange.row_unknown": ("对照表里没有这一行", "There is no such row"),
    "exchange.table": ("没有这个对照表", "There is no such table of codes"),
    "exchange.waits_already": ("这条消息已在发送队列", "The message is in the queue already"),
    "file.no_document": ("没有这份文书，或者原件不在这里", "There is no such document, or its bytes are elsewhere"),
    "images.frames": ("帧号不对", "The numbers of the frames are not valid"),
    "images.not_a_number": ("这里应为数字", "A number is expected here"),
    "images.not_acceptable": ("没有请求所要的格式", "It is not to be had in a form that is accepted"),
    "images.not_found": ("没有这份影像", "There is no such image"),
    "images.not_searched": ("不能按这一项查询", "This attribute is not searched by"),
    "images.range": ("没有这一段数据", "There is no such run of bytes"),
    "images.unknown_attribute": ("没有这个 DICOM 属性", "There is no such DICOM attribute"),
    "images.viewport": ("图像尺寸不对", "The viewport is not valid"),
    "images.window": ("窗宽窗位不对", "The window is not valid"),
    "intake.merged_in_a_circle": ("患者合并成了环，待人核对", "Patients are merged in a circle; a person will look"),
    "intake.no_number": ("没有写明患者编号", "No number says whose it is"),
    "intake.not_writable": ("发送方无权更改这份资料，待人核对", "The sender may not change this; a person will look"),
    "intake.number_of_another_patient": (
        "这个号码已属于另一位患者，待人核对",
        "This number is another patient's already; a person will look",
    ),
    "intake.numbers_of_two": (
        "这些号码属于两位患者，待人核对",
        "The numbers are those of two patients; a person will look",
    ),
    "intake.patient_disagrees": (
        "患者资料与已有的不一致，待人核对",
        "The patient's details disagree with what is known; a person will look",
    ),
    "intake.unknown_issuer": ("号码的发放者未登记，待人核对", "Nobody knows who gave the number; a person will look"),
    "intake.unknown_patient": ("还没有这位患者，消息在等待", "The patient is not known yet; the message waits"),
    "matching.contradicts": ("两份资料互相矛盾，不能算同一人", "What is known of the two contradicts"),
    "matching.merged_further": ("患者后来又并入了别人，请先撤回那一次", "Undo the later merge first"),
    "matching.patient_gone": ("其中一位患者已不在", "One of the two patients is not there any more"),
}
