"""Titles of what the media server refuses."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {  # zh, en
    "media.candidate": ("网络地址的写法不对", "This is no candidate of a connection"),
    "media.description": ("音视频的描述无法理解", "The description of the media is not understood"),
    "media.failed": ("媒体服务出错", "The media server failed"),
    "media.gone": ("音视频连接已断开，请重新连接", "The media connection is gone; connect anew"),
    "media.is_in": ("这台设备已在房间里", "This device is in the room already"),
    "media.no_feed": ("对方没有发送音视频", "Nobody of that name sends media"),
    "media.no_room": ("房间没有打开", "The room is not open"),
    "media.no_recording": ("这不是录下来的音视频", "This is nothing that was recorded"),
    "media.only_two": ("没有媒体服务器，会诊室只能两个人通话", "Without a media server two people talk, no more"),
    "media.no_server": ("媒体服务没有运行，无法视频", "No media server runs; there is no video"),
    "media.no_turn": ("中继没有运行", "The relay does not run"),
    "media.not_allowed": ("媒体服务拒绝了请求（口令不对，或音视频未加密）",
                          "The media server refused (a wrong secret, or media that are not sealed)"),
    "media.not_now": ("连接的状态不允许这样做", "The connection's state does not permit it"),
    "media.room_full": ("房间里发送音视频的人已满", "As many people send in the room as it holds"),
    "media.room_is_open": ("房间已经打开", "The room is open already"),
    "media.silent": ("媒体服务没有应答", "The media server does not answer"),
    "media.track": ("没有这一路音视频", "There is no such track"),
    "media.turn_port_taken": ("中继的端口被其他程序占用", "Another program has the relay's port"),
}  # fmt: skip
