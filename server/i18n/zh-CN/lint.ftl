# 发布前检查：lint-<规则> 说明哪里不对，lint-<规则>-cure 说明怎样改。

lint-whole-file = 整张流程图

## 文件本身
lint-xml-too-large = 文件大小为 { $size } 字节，超过上限 { $limit } 字节。
lint-xml-too-large-cure = 请把流程拆成几个文件，用“调用活动”连接。
lint-xml-encoding = 文件不是 UTF-8 编码。
lint-xml-encoding-cure = 请用建模工具另存为 UTF-8 编码后重新上传。
lint-xml-doctype = 文件含有 DOCTYPE 声明，不予接收。
lint-xml-doctype-cure = 请删除 DOCTYPE 声明；流程图文件不需要它。
lint-xml-malformed = 文件第 { $line } 行不是完整的 XML：{ $detail }
lint-xml-malformed-cure = 文件可能传输不完整或被手工改动过，请从建模工具重新导出。
lint-xml-too-many = 文件有 { $count } 个 XML 元素，超过上限 { $limit } 个。
lint-xml-too-many-cure = 请把流程拆成几个文件，用“调用活动”连接。
lint-not-bpmn = 这不是 BPMN 2.0 流程图文件。
lint-not-bpmn-cure = 请上传由建模工具导出的 .bpmn 文件。
lint-not-dmn = 这不是 DMN 决策表文件。
lint-not-dmn-cure = 请上传由建模工具导出的 .dmn 文件。
lint-too-many-nodes = 流程图有 { $count } 个节点，超过上限 { $limit } 个。
lint-too-many-nodes-cure = 请把相对独立的部分另立流程，用“调用活动”连接。
lint-one-process = 文件应当只有一个可执行流程，实际有 { $count } 个。
lint-one-process-cure = 请只保留一个可执行流程；外部单位画成空的泳池。
lint-one-pool = 可执行流程应当画在一个泳池里，实际有 { $count } 个泳池对应它。
lint-one-pool-cure = 请把流程放进一个泳池，外部单位另画空的泳池。
lint-pool-not-black-box = 泳池“{ $element }”里另有一个流程，不会执行。
lint-pool-not-black-box-cure = 请把外部单位的泳池画成空的，只用消息线与它相连。
lint-foreign-extension = “{ $element }”带有其他产品的扩展内容（{ $namespace }），本系统不予执行。
lint-foreign-extension-cure = 如果它有实际作用，请改用本系统的写法；否则可以保留。
lint-unknown-extension = “{ $element }”里有本系统不认识的内容 { $tag }。
lint-unknown-extension-cure = 请对照说明检查拼写，或删除这一项。
lint-misplaced-extension = “{ $element }”写了 { $attribute }，但它在这类节点（{ $tag }）上不起作用。
lint-misplaced-extension-cure = 请删除它，或写到应写的节点上。

## 编号
lint-id-missing = 有一个 { $tag } 没有编号（id）。
lint-id-missing-cure = 请在建模工具中为它填写编号。
lint-id-form = “{ $element }”的编号只能由英文字母、数字和下划线组成，并且不以数字开头。
lint-id-form-cure = 请改用例如 review_plan 这样的编号；显示的名称仍可用中文。
lint-id-reserved = “{ $element }”用了系统保留的编号。
lint-id-reserved-cure = 请换一个编号，例如在后面加上序号。
lint-id-duplicate = 编号“{ $element }”用了不止一次。
lint-id-duplicate-cure = 请让每个节点的编号各不相同。

## 不支持的画法
lint-unsupported-element = “{ $element }”是本系统不执行的画法（{ $tag }）。
lint-unsupported-element-cure = 请改用用户任务、网关、调用活动、系统活动或事件来表达；独立的一段可以另立流程，用“调用活动”连接。
lint-unsupported-event = “{ $element }”是本系统不执行的事件（{ $event }）。
lint-unsupported-event-cure = 开始用空白开始；中间等待用时限、消息或信号；结束用空白、消息或终止结束。
lint-plain-task = “{ $element }”没有说明是哪一种任务。
lint-plain-task-cure = 由人办理的请改为“用户任务”，由系统办理的请改为“服务任务”并填写系统活动。
lint-script-task = “{ $element }”是脚本任务，不予执行。
lint-script-task-cure = 需要的数据请用事实表达，需要的动作请用系统活动。
lint-script = “{ $element }”含有脚本（{ $tag }），不予执行。
lint-script-cure = 请删除脚本，改用事实、条件表达式或系统活动。
lint-timer-text = “{ $element }”的定时器写了时间“{ $text }”。
lint-timer-text-cure = 请删去时间，只写时限的名称；日期在创建活动的日程里填写和调整。
lint-deadline-missing = “{ $element }”没有写明按哪个时限。
lint-deadline-missing-cure = 请填写时限的名称。
lint-message-missing = “{ $element }”没有写明是哪个消息或信号。
lint-message-missing-cure = 请选择一个消息或信号，并给它起名。
lint-multi-instance-task = “{ $element }”设置了多实例。
lint-multi-instance-task-cure = 请删去多实例；由几个人会办的，在办理席位和会签规则里设置。
lint-standard-loop = “{ $element }”设置了循环标记。
lint-standard-loop-cure = 请用网关画出返回的连线，或设置退回目标。
lint-sequential-fan-out = 分发“{ $element }”设为逐个进行。
lint-sequential-fan-out-cure = 请改为并行；各单位互不等待。
lint-fan-out-expression = 分发“{ $element }”里写了 { $tag }，不予执行。
lint-fan-out-expression-cure = 请删去它，改填分发的集合与放行条件。
lint-condition-language = 连线“{ $element }”的条件注明用的是 { $language }。
lint-condition-language-cure = 请改用 FEEL 表达式。

## 连线与走向
lint-flow-loose = 连线“{ $element }”有一端没有接在节点上。
lint-flow-loose-cure = 请接好两端，或删除这条连线。
lint-flow-double = 连线“{ $element }”与另一条连线的起点和终点都相同。
lint-flow-double-cure = 请只留一条；两个条件可以用 or 合并。
lint-flow-direction = “{ $element }”的连线方向不对。
lint-flow-direction-cure = 开始事件和边界事件只能有出线，结束事件只能有进线。
lint-one-start = 流程应当只有一个开始事件，实际有 { $count } 个。
lint-one-start-cure = 请只保留一个开始事件，再用网关分出不同的走法。
lint-no-end = 流程没有结束事件。
lint-no-end-cure = 请在每条走法的末尾画上结束事件。
lint-dead-end = “{ $element }”之后没有连线，流程走到这里就停住了。
lint-dead-end-cure = 请连到下一个节点或结束事件。
lint-implicit-split = “{ $element }”有 { $count } 条出线，没有说明怎样走。
lint-implicit-split-cure = 请在它后面加一个网关：择一用排他网关，同时进行用并行网关。
lint-condition-misplaced = 连线“{ $element }”写了条件，但它的起点“{ $source }”不作判断，条件不起作用。
lint-condition-misplaced-cure = 请在“{ $source }”之后加一个排他网关，把条件写在网关的出线上。
lint-missing-default = 网关“{ $element }”没有默认走向。
lint-missing-default-cure = 请把其中一条出线设为默认，条件都不成立时走它。
lint-missing-condition = 网关“{ $gateway }”的出线“{ $element }”没有条件。
lint-missing-condition-cure = 请填写条件，或把它设为默认走向。
lint-default-condition = 网关“{ $gateway }”的默认出线“{ $element }”写了条件，这个条件不起作用。
lint-default-condition-cure = 请删去这个条件。
lint-event-gateway-target = 事件网关“{ $element }”后面的“{ $target }”不是只由它引出的等待事件。
lint-event-gateway-target-cure = 事件网关之后只能直接接等待时限、消息或信号的事件，每个事件只有一条进线。
lint-idle-gateway = 网关“{ $element }”既不分也不合。
lint-idle-gateway-cure = 可以删去它。
lint-boundary-host = 边界事件“{ $element }”所附的节点不会等待。
lint-boundary-host-cure = 边界事件只能附在用户任务、调用活动或服务任务上。
lint-unreachable = “{ $element }”从开始走不到。
lint-unreachable-cure = 请接上进线，或删除它。
lint-no-way-to-end = 从“{ $element }”走不到任何结束事件。
lint-no-way-to-end-cure = 请补上通向结束的连线。
lint-busy-loop = 经过“{ $element }”的一圈连线里没有任何等待的环节，流程会空转。
lint-busy-loop-cure = 请在这一圈里加上用户任务或等待事件。
lint-join-starves = 在有的走法下，流程会一直停在汇合点“{ $element }”等不到另一路。
lint-join-starves-cure = 排他网关分出的走法请用排他网关汇合；并行网关分出的走法请让每一路都到达并行网关。
lint-token-flood = 在有的走法下，“{ $element }”会被重复触发越积越多。
lint-token-flood-cure = 并行分出的走法请先汇合，再往回走。

## 各类节点
lint-call-target = 调用活动“{ $element }”没有写明调用哪个流程。
lint-call-target-cure = 请填写被调用流程的编号。
lint-call-cycle = 流程互相调用成了一圈：{ $path }。
lint-call-cycle-cure = 请断开其中一处调用。
lint-collection-missing = 分发“{ $element }”没有写明分发给谁。
lint-collection-missing-cure = 请填写集合的名称，例如 participants。
lint-opens = 分发“{ $element }”的放行条件“{ $value }”无法识别。
lint-opens-cure = 请选用：全部完成（all）、若干个完成（count）、达到比例（percent）或到达时限（deadline）。
lint-opens-at = “{ $element }”的放行数目“{ $value }”不对。
lint-opens-at-cure = 按个数放行填正整数；按比例放行填 1 到 100 的整数。
lint-open-children = 分发“{ $element }”对未办完的下级流程的处理方式“{ $value }”无法识别。
lint-open-children-cure = 请选用：继续办理（continue）、取消（cancel）或结转（carry_over）。
lint-activity-missing = 服务任务“{ $element }”没有写明做什么系统活动。
lint-activity-missing-cure = 请填写系统活动的名称，例如 findings.open。
lint-parameter-form = “{ $element }”的参数“{ $name }”写得不完整或重复。
lint-parameter-form-cure = 每个参数要有不重复的名称和一个值。
lint-return-target = “{ $element }”的退回目标“{ $target }”不是本流程的用户任务。
lint-return-target-cure = 请填写本流程中在它之前的用户任务的编号。
lint-return-target-later = “{ $element }”的退回目标“{ $target }”不在它之前。
lint-return-target-later-cure = 请填写在它之前办理的用户任务的编号。
lint-resubmit-value = “{ $element }”的 gg:resubmit 填的是“{ $value }”。
lint-resubmit-value-cure = 请填 through-all、straight 或 choice。
lint-resubmit-nowhere = “{ $element }”要求退回后直接送回本环节，但从这里不能退回。
lint-resubmit-nowhere-cure = 请填写退回目标，或在它之后画出退回的走向；否则去掉 gg:resubmit。
lint-resubmit-kind = “{ $element }”要求退回后直接送回本环节，但它能退回到的环节都无法比对改了什么。
lint-resubmit-kind-cure = 只有 form 类任务能与上次报送的内容比对。请退回到这类任务，或去掉 gg:resubmit。
lint-resubmit-nothing = “{ $element }”与它退回到的环节之间没有别人办理，gg:resubmit 不起作用。
lint-resubmit-nothing-cure = 请去掉 gg:resubmit；今后要在中间增加环节的可以保留。
lint-gate-no-reject = 阶段门“{ $element }”只能通过，不能不通过。
lint-gate-no-reject-cure = 请在它之后画出不通过的走向，或设置退回目标。
lint-task-role = “{ $element }”没有办理角色。
lint-task-role-cure = 请给它所在的泳道或它本身填写角色。
lint-task-phase = “{ $element }”不属于任何阶段。
lint-task-phase-cure = 请填写阶段的编号。
lint-task-name = “{ $element }”没有名称，办理人只能看到编号。
lint-task-name-cure = 请填写办理人看得懂的名称。
lint-policy-unknown = “{ $element }”的会签规则“{ $policy }”无法识别。
lint-policy-unknown-cure = 请选用 one（任一人）、all（全部）、count（满 N 人）、percent（满百分比）、sequence（依次）或 weighted（按权重）。
lint-policy-at = “{ $element }”的会签人数或比例“{ $value }”不对。
lint-policy-at-cure = count 须写明人数，percent 和 weighted 须写明 1 至 100 的百分比（gg:policyAt）；其他规则不写。
lint-votes-unknown = “{ $element }”的表决方式“{ $value }”无法识别。
lint-votes-unknown-cure = 请选用 veto（一票否决）、majority（结果已定即止）或 collect（收齐全部意见）。
lint-votes-one = “{ $element }”由任一人办理，不需要表决方式。
lint-votes-one-cure = 删去 gg:votes，或者改用 all、count、percent 等会签规则。
lint-seat-form = “{ $element }”的办理席位（{ $by }）写得不完整或无法识别。
lint-seat-form-cure = 写明 by；role、post、doer、form_field 须写 of，head_above 须写 levels；unit 为 participant 或 authority，weight 为 1 至 1000。
lint-seat-field-earlier = “{ $element }”的办理席位要读取字段“{ $value }”，但在它之前没有任务填写这个字段。
lint-seat-field-earlier-cure = of 写成“任务编号.字段名”，任务须是在它之前由人办理的任务。
lint-seat-post-row = “{ $element }”的办理席位（{ $by }）写了 post 或 row，在这里不起作用。
lint-seat-post-row-cure = post 只用于 lead_unit、assisting_units、form_field，row 只用于 lead_unit、assisting_units；其他地方请删去。
lint-seat-weight = “{ $element }”写了席位权重，但会签规则不按权重。
lint-seat-weight-cure = 把会签规则改为 weighted，或者删去权重。
lint-when-empty = “{ $element }”无人办理时的去向“{ $value }”无法识别。
lint-when-empty-cure = 请填 rescue（转创建办兜底）、skip（跳过）或者方案中的角色；相近的有：{ $suggestion }。
lint-gate-skip = 阶段门“{ $element }”不能因无人而跳过。
lint-gate-skip-cure = 阶段门必须由人决定：改为 rescue，或者另指定角色。
lint-batch-value = “{ $element }”的 gg:batch 填的是“{ $value }”。
lint-batch-value-cure = 请填 true 或 false。
lint-batch-kind = “{ $element }”不能批量办理。
lint-batch-kind-cure = 只有指定了表单的 form 类任务可以批量办理；阶段门须逐件决定。请去掉 gg:batch。
lint-signature-value = “{ $element }”的 gg:signature 填的是“{ $value }”。
lint-signature-value-cure = 请填 optional 或 required，或去掉这一属性。
lint-signature-kind = “{ $element }”不作结论，不能要求签名。
lint-signature-kind-cure = 只有阶段门和指定了表单的 form 类任务可以要求签名。请去掉 gg:signature。
lint-signature-batch = “{ $element }”既要求签名，又允许批量办理。
lint-signature-batch-cure = 一个签名不能用于多件事项。请去掉 gg:batch，或把 gg:signature 改为 optional。
lint-not-same-as = “{ $element }”提到的“{ $task }”不是它之前的人工任务。
lint-not-same-as-cure = 请填写在它之前由人办理的任务的编号。
lint-lanes-missing = 流程没有画泳道，看不出各环节由谁办理。
lint-lanes-missing-cure = 请按办理角色画出泳道，把节点放进去。
lint-lane-role = 泳道“{ $element }”没有写明角色。
lint-lane-role-cure = 请填写角色的编号。
lint-not-in-lane = “{ $element }”不在任何泳道里。
lint-not-in-lane-cure = 请把它放进相应的泳道。

## 引用
lint-unknown-task-kind = “{ $element }”的任务种类“{ $value }”不存在。
lint-unknown-task-kind-cure = { $suggestion ->
    [none] 请从任务种类表中选用。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-role = “{ $element }”的角色“{ $value }”不存在。
lint-unknown-role-cure = { $suggestion ->
    [none] 请在方案里先定义这个角色。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-form = “{ $element }”的表单“{ $value }”不存在。
lint-unknown-form-cure = { $suggestion ->
    [none] 请在方案的 forms 文件夹里加上这张表单。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-deadline = “{ $element }”的时限“{ $value }”不存在。
lint-unknown-deadline-cure = { $suggestion ->
    [none] 请在方案的日程规则里先定义这个时限。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-phase = “{ $element }”的阶段“{ $value }”不存在。
lint-unknown-phase-cure = { $suggestion ->
    [none] 请在方案里先定义这个阶段。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-collection = 分发“{ $element }”的集合“{ $value }”不存在。
lint-unknown-collection-cure = { $suggestion ->
    [none] 请从可以分发的集合中选用。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-activity = “{ $element }”的系统活动“{ $value }”不存在。
lint-unknown-activity-cure = { $suggestion ->
    [none] 请从系统活动表中选用。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-process = “{ $element }”调用的流程“{ $value }”不在本方案里。
lint-unknown-process-cure = { $suggestion ->
    [none] 请把被调用的流程文件加入方案。
   *[other] 是否应为“{ $suggestion }”？
}
lint-unknown-decision = “{ $element }”的决策表“{ $value }”不在本方案里。
lint-unknown-decision-cure = { $suggestion ->
    [none] 请把决策表文件加入方案。
   *[other] 是否应为“{ $suggestion }”？
}

## 决策表
lint-decision-missing = “{ $element }”没有写明用哪张决策表。
lint-decision-missing-cure = 请填写决策的编号。
lint-decision-unknown = “{ $element }”用的决策“{ $decision }”没有随文件提供。
lint-decision-unknown-cure = 请一并提供含有它的 .dmn 文件，或改正编号。
lint-decision-duplicate = 决策“{ $element }”在文件里出现了不止一次。
lint-decision-duplicate-cure = 请让每个决策的编号各不相同。
lint-decision-not-table = 决策“{ $element }”不是一张决策表。
lint-decision-not-table-cure = 每个决策要有编号和一张决策表。
lint-decision-policy = 决策“{ $element }”的命中规则“{ $policy }”不支持。
lint-decision-policy-cure = 请选用唯一（UNIQUE）、首个（FIRST）或收集（COLLECT，不带汇总）。
lint-decision-inputs = 决策“{ $element }”的输入列没有写完整。
lint-decision-inputs-cure = 请给每个输入列填写表达式。
lint-decision-outputs = 决策“{ $element }”的输出列名称有空缺、重复或含有不能用的字符。
lint-decision-outputs-cure = 请给每个输出列起一个由字母、数字和下划线组成的名称。
lint-decision-rows = 决策“{ $element }”有 { $count } 行，应当为 1 到 { $limit } 行。
lint-decision-rows-cure = 请补上规则行，或把表拆开。
lint-decision-row-shape = 决策“{ $element }”第 { $row } 行的格数与列数不符。
lint-decision-row-shape-cure = 请用建模工具重新保存这张表。
lint-decision-too-large = 决策“{ $element }”太大，超过 { $limit } 个字符。
lint-decision-too-large-cure = 请把表拆成几张。

## 条件表达式
lint-feel-syntax = “{ $element }”的表达式写法有误（第 { $at } 个字符附近）：{ $expression }
lint-feel-syntax-cure = 请检查括号、引号和运算符是否成对、完整。
lint-feel-double-equals = “{ $element }”的表达式用了两个等号：{ $expression }
lint-feel-double-equals-cure = 相等只写一个等号：=。
lint-feel-full-width = “{ $element }”的表达式里有全角符号“{ $text }”：{ $expression }
lint-feel-full-width-cure = 引号、括号、逗号、等号请用英文半角；引号里的文字不受限制。
lint-feel-unknown-fact = “{ $element }”的表达式用了不存在的事实“{ $fact }”。
lint-feel-unknown-fact-cure = { $suggestion ->
    [none] 请从事实目录中选用。
   *[other] 是否应为“{ $suggestion }”？
}
lint-feel-unknown-function = “{ $element }”的表达式用了不存在的函数“{ $fact }”。
lint-feel-unknown-function-cure = 请对照 FEEL 的函数表检查拼写。
lint-feel-points = “{ $element }”的表达式用分数“{ $fact }”计算或比较：{ $expression }
lint-feel-points-cure = 分数只由评价标准精确计算；请改用是否达标（例如 result.passed）或等级。
lint-feel-type-mismatch = “{ $element }”的表达式拿不同种类的值相比（{ $left } 与 { $right }）：{ $expression }
lint-feel-type-mismatch-cure = 数字不加引号，文字要加引号，日期用 date("2026-05-15") 的写法。
lint-feel-not-boolean = “{ $element }”的条件得不出“是”或“否”：{ $expression }
lint-feel-not-boolean-cure = 请写成一个比较，例如 unit.kind = "school"。
lint-feel-if-in-loop = “{ $element }”的表达式在循环或筛选里用了 if：{ $expression }
lint-feel-if-in-loop-cure = 请把判断写成比较，或移到循环之外；循环里遇到空值时 if 会误走 else。
lint-feel-too-long = “{ $element }”的表达式超过 { $limit } 个字符。
lint-feel-too-long-cure = 请改用决策表。

## 试运行
lint-trial-limit = 试着启动流程时用尽了限额（{ $limit ->
    [memory] 内存
   *[time] 时间
}）。
lint-trial-limit-cure = 请检查并行网关是否层层相乘、循环是否没有等待的环节。
lint-trial-tasks = 试着启动流程时同时打开了超过 { $limit } 个环节。
lint-trial-tasks-cure = 请检查并行网关是否层层相乘；面向许多单位的请用分发。
lint-trial-failed = 试着启动流程时在“{ $element }”出错。
lint-trial-failed-cure = 请检查这一处的条件和走向。
lint-condition-null = 用样例数据试算时，连线“{ $element }”的条件得不出“是”或“否”：{ $expression }
lint-condition-null-cure = 请检查所用的事实是否可能为空，先判断它不为空（例如 unit.kind != null）。

## 其他
lint-performer-ignored = “{ $element }”写了办理人（{ $tag }），本系统不采用。
lint-performer-ignored-cure = 请用泳道或任务的角色表示由谁办理。
lint-decision-feature = 决策“{ $element }”用了本系统不执行的内容（{ $feature }）。
lint-decision-feature-cure = 没有默认输出时，请加一行全为“-”的规则（命中规则用 FIRST）；依赖其他决策的，请在流程中先后放两个业务规则任务；表达式请用 FEEL。
lint-feel-too-much = 到“{ $element }”为止，表达式合计超过 { $limit } 个字符。
lint-feel-too-much-cure = 请简化条件，或把流程、决策表拆开。
lint-gate-deadline = 阶段门“{ $element }”上有到期即中断的时限，到期会绕过审定人。
lint-gate-deadline-cure = 请改为不中断的时限；阶段门只能由人审定。
