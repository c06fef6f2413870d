"""Titles of what DICOM in and out refuses."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "dicom.association": ("DICOM 连接请求无法理解", "The DICOM association request was not understood"),
    "dicom.association_rejected": ("对方拒绝了 DICOM 连接", "The peer rejected the DICOM association"),
    "dicom.command": ("DICOM 命令无法理解", "The DICOM command was not understood"),
    "dicom.data_set": ("DICOM 内容无法理解", "The DICOM data set was not understood"),
    "dicom.frame_too_large": ("这一帧太大", "The frame is too large"),
    "dicom.header_too_large": ("影像的头部太大", "The object's header is too large"),
    "dicom.mismatch": ("影像与其说明不符", "The object is not what it was announced as"),
    "dicom.missing": ("DICOM 缺少必需的内容", "A DICOM attribute that is needed is missing"),
    "dicom.no_frame": ("没有这一帧", "There is no such frame"),
    "dicom.no_pixels": ("这个对象没有图像", "The object has no picture"),
    "dicom.not_a_file": ("这不是 DICOM 文件", "This is not a DICOM file"),
    "dicom.other_patient": ("图像不是这次检查的患者", "The image is not of the study's patient"),
    "dicom.other_study": ("影像属于另一次检查", "The object is of another study"),
    "dicom.peer_not_reached": ("连不上 DICOM 接收方", "The DICOM peer cannot be reached"),
    "dicom.pixels": ("图像数据无法解开", "The picture cannot be decoded"),
    "dicom.query": ("查询条件不对", "The query is not valid"),
    "dicom.query_level": ("不支持这个 DICOM 查询层级", "This DICOM query level is not spoken here"),
    "dicom.same_uid_other_content": ("同一编号已有不同的影像", "There is another object under this UID already"),
    "dicom.sop_class": ("不支持这种 DICOM 对象或服务", "This SOP class is not spoken here"),
    "dicom.study_elsewhere": ("这次检查属于别的机构", "The study is another house's"),
    "dicom.timed_out": ("对方很久没有应答", "The peer has not answered for long"),
    "dicom.too_large": ("影像太大", "The object is too large"),
    "dicom.transfer_syntax": ("不支持这种传输语法", "This transfer syntax is not spoken here"),
    "dicom.uid": ("DICOM 编号写法不对", "This is not a UID"),
    "dicom.window": ("窗宽窗位不对", "The window is not valid"),
}
