"""The HIS's page: the reports that came, newest first, in Chinese and English, with nothing from elsewhere. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from html import escape

from yuanzhen.programs.demo.his.reading import Report

REFRESH_S = 5
CHINA = timezone(timedelta(hours=8))
STATUS = {"F": "最终 final", "C": "更正 corrected", "X": "撤回 withdrawn"}
COLUMNS = (
    "收到 received", "患者 patient", "所见 findings", "结论 conclusion", "建议 advice", "签名 signed by", "签发 issued",
    "状态 status",
)  # fmt: skip

HEAD = f"""<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="refresh" content="{REFRESH_S}"><meta name="viewport" content="width=device-width">
<title>柳树镇卫生院 HIS(模拟)</title><style>
body{{font:16px/1.6 system-ui,"Noto Sans CJK SC",sans-serif;margin:24px;background:#f7f8f6;color:#1d2a26}}
h1{{font-size:22px;margin:0}} .meta{{color:#50605a}} .wrap{{overflow-x:auto}}
table{{border-collapse:collapse;width:100%;background:#fff;margin-top:16px}}
th,td{{text-align:left;vertical-align:top;padding:10px 12px;border-bottom:1px solid #dbe1dd}} td{{white-space:pre-wrap}}
</style></head><body><h1>柳树镇卫生院 HIS(模拟)</h1>
<p class="meta">模拟的卫生院信息系统,下面是经 HL7 v2 (ORU^R01) 收到的报告。<br>
A simulated hospital information system of the township: reports that came by HL7 v2 (ORU^R01).</p>
"""
EMPTY = (
    '<p id="empty">还没有报告。专家签名后几秒内会出现在这里。<br>'
    "No report yet: it comes within seconds of a signature.</p>"
)


def page(reports: Sequence[Report]) -> str:
    """The whole page."""
    if not reports:
        return f"{HEAD}{EMPTY}</body></html>"
    heads = "".join(f"<th>{column}</th>" for column in COLUMNS)
    rows = "".join(_row(report) for report in reversed(reports))
    table = f'<div class="wrap"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"{HEAD}{table}</body></html>"


def _row(report: Report) -> str:
    status = STATUS.get(report.status, report.status)
    cells = (
        report.received, f"{report.name}\n{report.number}", report.findings, report.conclusion, report.advice,
        report.signer, _moment(report.issued), f"{status} · {report.version}",
    )  # fmt: skip
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _moment(written: str) -> str:
    """An HL7 time with its zone as the township reads it; anything else as it came."""
    try:
        return f"{datetime.strptime(written, '%Y%m%d%H%M%S%z').astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    except ValueError:
        return written
