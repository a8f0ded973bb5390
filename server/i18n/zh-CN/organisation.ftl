# 组织机构
organisation-required = 请填写此项。
organisation-too-deep = 组织层级不能超过 { $limit } 级。
organisation-administrator-post = 系统、安全、审计管理员只能由安全管理员在账号管理中任命。
organisation-administrators-exclude = { $name }：管理员岗位不能与其他岗位兼任。
organisation-one-root = 组织机构只有一个顶级单位，新单位须选择上级单位。
organisation-no-root = 还没有组织机构，请先导入。
organisation-code-taken = 编码“{ $code }”已被使用。
organisation-move-into-itself = 不能把单位移到自己或其下级单位之下，顶级单位不能移动。
organisation-open-below = 下级单位“{ $name }”尚未撤销，请先处理下级单位。
organisation-closed-before-opened = 撤销日期早于设立日期。
organisation-post-exists = 该单位已有岗位“{ $title }”。
organisation-until-before-from = 结束日期早于开始日期。
organisation-holds-already = { $name }在这段时间已担任“{ $title }”。
organisation-closed = “{ $name }”已于 { $on } 撤销，不能再作变更。
