# 预演
rehearsal-scheme-unknown = 没有随程序提供的方案“{ $key }”；可以预演的有：{ $known }。
rehearsal-units-wrong = 单位数应在 1 到 { $most } 之间。
rehearsal-kind-unknown = 预演不会办理“{ $kind }”这类待办。
rehearsal-no-answer = 剧本里没有评分项 { $key } 的答案。
rehearsal-not-in-inbox = 待办没有出现在{ $name }的待办列表里。
rehearsal-no-end = { $days } 天后活动仍未结束。
rehearsal-stuck = 活动停住了：没有人有待办，也没有时限会到。
rehearsal-left-out-units = 单位太少，排不下
rehearsal-left-out-unscored = 方案没有评价标准或合格分
rehearsal-left-out-no-return = 方案没有可以退回的环节
