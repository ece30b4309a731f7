"""The English and Chinese names of SPEC Appendix A.

Every table maps a spelling (English or Chinese) to the English name, which is the only one the
other modules know.
"""

from __future__ import annotations

GUIDE_ROLES = {
    "share": "分享", "serve": "服务", "bind": "绑定", "live": "直播", "coupon": "券",
    "sale": "开单", "recruit": "拉新", "manager": "店长",
}
ENTITY_ROLES = {
    "sell_store": "成交门店", "own_store": "归属门店", "fulfil_store": "发货门店",
    "franchisee": "加盟商", "region": "区域", "mall": "商场", "brand": "品牌", "hq": "总部",
}
EXCLUSIVE_ROLES = ("coupon", "live", "share", "bind")  # SPEC §4, credit_order
OTHER_ROLES = {"task": "任务"}


def spellings(*tables: dict[str, str]) -> dict[str, str]:
    """Both spellings of every name, each pointing at the English one."""
    both: dict[str, str] = {}
    for table in tables:
        for english, chinese in table.items():
            both[english] = english
            for spelling in chinese.split("|"):
                both[spelling] = english
    return both


PLAN_KEYS = spellings({
    "plan": "方案", "version": "版本", "name": "名称", "currency": "币种", "timezone": "时区",
    "from": "生效", "to": "失效", "base": "基数", "share": "分享", "self_purchase": "自购",
    "credit_order": "独占顺序", "leaver": "离职", "refund": "退款", "roles": "角色",
    "limits": "上限", "bonus": "奖励", "tasks": "任务", "tests": "测试",
})
BASE_KEYS = spellings({"add_back": "加回", "exclude": "剔除"})
SHARE_KEYS = spellings({"window": "有效期", "by_channel": "分渠道", "match": "匹配"})
LIMIT_KEYS = spellings({"name": "名称", "roles": "角色", "line": "每行", "month": "每月"})
BONUS_KEYS = spellings({"name": "名称", "roles": "角色", "by": "依据", "table": "档位"})
TASK_KEYS = spellings({"score": "得分", "rank": "名次"})
RULE_KEYS = spellings({
    "name": "规则名|名称", "when": "当", "pay": "佣金", "per_customer": "每位", "cap": "封顶",
    "split": "分成", "earned": "计入", "hold": "冻结", "funder": "承担",
})
PAY_KEYS = spellings({"per_unit": "每件", "per_line": "每行", "mode": "方式", "tiers": "阶梯"})
CAP_KEYS = spellings({"line": "每行", "order": "每单"})
HOLD_KEYS = spellings({"from": "自", "days": "天数"})
WHEN_KEYS = spellings({
    "brand": "品牌", "category": "品类", "sku": "货号", "channel": "渠道",
    "live_session": "直播场次", "store": "门店", "store_kind": "门店类型", "region": "区域",
    "guide_store": "导购门店", "level": "级别", "payee_kind": "身份", "bound_days": "绑定天数",
    "quantity": "数量", "base": "基数",
})

MATCH = spellings({"any": "任意", "sku_first": "同款优先"})
SELF_PURCHASE = spellings({"none": "不计", "allow": "计佣"})
LEAVER = spellings({"pay": "照付", "store": "归门店", "house": "归总部"})
REFUND = spellings({"withhold": "扣回", "goodwill": "公司承担"})
MODE = spellings({"step": "累进", "flat": "全额"})
BY = spellings({"base": "基数", "amount": "佣金"})
FACTS = spellings({
    "paid": "付款", "shipped": "发货", "picked_up": "提货", "received": "签收",
})
STORE_KINDS = spellings({"owned": "自营", "concession": "联营", "franchise": "加盟"})

GUIDES = spellings(GUIDE_ROLES)
ENTITIES = spellings(ENTITY_ROLES)
PORTIONS = spellings({"self": "本人"}, ENTITY_ROLES)
LINE_ROLES = {s: r for s, r in spellings(GUIDE_ROLES, ENTITY_ROLES).items() if r != "recruit"}
RULE_ROLES = spellings(GUIDE_ROLES, ENTITY_ROLES)
SUM_ROLES = spellings(GUIDE_ROLES, ENTITY_ROLES, OTHER_ROLES)
MONTH_ROLES = spellings(GUIDE_ROLES, ENTITY_ROLES, OTHER_ROLES, {"bonus": "奖励"})

# ISO 4217 minor units that are not 2.
_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
CURRENCY_DECIMALS = {code: n for n, codes in _DECIMALS.items() for code in codes.split()}
