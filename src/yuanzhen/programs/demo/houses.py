"""The region of the plan as a table: the city hospital, its branches and departments, counties, townships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yuanzhen.programs.demo.model import House

CITY = "city"  # the home's own institution, which its first start has made
BRANCHES = ("东院区", "西院区", "滨河院区")

CLINICAL = (
    "神经内科", "神经外科", "急诊科", "心血管内科", "呼吸与危重症医学科", "消化内科", "肾内科", "内分泌科",
    "血液内科", "风湿免疫科", "感染科", "肝病科", "老年医学科", "全科医学科", "肿瘤内科", "放射治疗科",
    "普通外科", "肝胆外科", "胃肠外科", "血管外科", "甲状腺乳腺外科", "胸外科", "心脏大血管外科", "泌尿外科",
    "创伤骨科", "脊柱外科", "关节外科", "手足外科", "烧伤整形科", "妇科", "产科", "生殖医学科", "儿科",
    "新生儿科", "小儿外科", "眼科", "耳鼻咽喉头颈外科", "口腔科", "皮肤科", "中医科", "康复医学科", "疼痛科",
    "精神心理科", "重症医学科", "麻醉科",
)  # fmt: skip
TECHNICAL = (
    "放射科", "超声医学科", "核医学科", "介入医学科", "检验科", "病理科", "输血科", "内镜中心", "心电图室",
    "脑电图室", "肌电图室", "肺功能室", "血液净化中心", "高压氧科", "药学部", "临床营养科", "消毒供应中心",
    "病案统计室", "导管室", "远程医学中心",
)  # fmt: skip

# County -> its townships: key and name of each
COUNTIES: Mapping[tuple[str, str], tuple[tuple[str, str], ...]] = {
    ("qinghe", "青河县"): (("liushu", "柳树镇"), ("baishi", "白石镇"), ("hekou", "河口镇"), ("shangcun", "上村镇")),
    ("anping", "安平县"): (("dongguan", "东关镇"), ("nanwang", "南王镇"), ("lijia", "李家镇"), ("qiaobei", "桥北镇")),
    ("longquan", "龙泉县"): (("quanshui", "泉水镇"), ("shizui", "石嘴镇"), ("yangtan", "杨滩镇"), ("maling", "马岭镇")),
    ("yunshan", "云山县"): (("yunmen", "云门镇"), ("chaping", "茶坪镇"), ("zhushan", "竹山镇"), ("gaotai", "高台镇")),
    ("linjiang", "临江县"): (("dukou", "渡口镇"), ("shazhou", "沙洲镇"), ("jiangtou", "江头镇"), ("xinba", "新坝镇")),
    ("fengle", "丰乐县"): (("taiping", "太平镇"), ("wufu", "五福镇"), ("daying", "大营镇"), ("huangtu", "黄土镇")),
    ("changshou", "长寿县"): (("songlin", "松林镇"), ("heping", "和平镇"), ("xiaohe", "小河镇"), ("beitang", "北塘镇")),
    ("wenchang", "文昌县"): (("shuyuan", "书院镇"), ("gulou", "鼓楼镇"), ("qiaotou", "桥头镇"), ("chengxi", "城西镇")),
}  # fmt: skip


def houses() -> Iterator[House]:
    """Every institution below the city hospital, each after the one that it belongs to."""
    for number, branch in enumerate(BRANCHES, 1):
        yield House(f"branch-{number}", f"市中心医院{branch}", "city", CITY)
    for (key, county), townships in COUNTIES.items():
        yield House(key, f"{county}人民医院", "county", CITY)
        for township, name in townships:
            yield House(township, f"{name}卫生院", "township", key)
