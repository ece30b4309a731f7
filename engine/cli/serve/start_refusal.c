/* start_refusal: see the header. Exit code 78: a supervisor need not try again. */
#include "cli/serve/start_refusal.h"

#include "cli/options/language.h"

static void say_offsets(const struct fen_start_fault *fault, const char *topic)
{
    if (fault->kind == FEN_START_CUT)
        fen_say("%s [%u] has no committed offset, and its records before %lld are gone. If this "
                "group has worked before, its offsets have expired: set them again with "
                "kafka-consumer-groups.sh. If it is new and is to begin with what is left, start "
                "with --accept-cut-inputs",
                "%s [%u] 没有已提交的位点，且 %lld 之前的记录已被清除。若本消费组曾经运行过，则位点已过期："
                "请用 kafka-consumer-groups.sh 重设；若是新组且接受从剩余部分开始，请加 --accept-cut-inputs",
                topic, fault->partition, (long long)fault->found);
    else if (fault->kind == FEN_START_LOST)
        fen_say("%s [%u] holds offsets %lld to %lld, but %lld is the next to read: records have "
                "been lost. Put the topic back from a copy, or set the offset by hand with "
                "kafka-consumer-groups.sh once finance knows what is missing",
                "%s [%u] 现有位点 %lld 至 %lld，而下一条应读 %lld：有记录丢失。请从备份恢复该主题；"
                "或在财务确认缺失内容后用 kafka-consumer-groups.sh 手工设定位点",
                topic, fault->partition, (long long)fault->wanted, (long long)fault->end,
                (long long)fault->found);
    else
        fen_say("%s [%u] has no committed offset, but there is state of earlier work: the group's "
                "offsets have expired, or --group is another than before. Start with the former "
                "group; or, if it is the same, with --accept-cut-inputs: events already known "
                "count once",
                "%s [%u] 没有已提交的位点，却存在以往的状态：消费组位点已过期，或 --group 与以前不同。"
                "请使用原来的组；若确为同一组，请加 --accept-cut-inputs，已知事件只计一次",
                topic, fault->partition);
}

static void say_state(const struct fen_start_fault *fault, const char *topic)
{
    if (fault->kind == FEN_START_STATE_CUT)
        fen_say("%s [%u] begins at offset %lld: records before it have been deleted, and with them "
                "what was posted for their orders, which would be posted again. Put the topic back "
                "from a copy, and keep its cleanup.policy at compact alone (`fen topics plan` "
                "shows it)",
                "%s [%u] 从位点 %lld 开始：此前的状态记录已被删除，相应订单会被重复记账。"
                "请从备份恢复该主题，并保持 cleanup.policy 仅为 compact（可用 `fen topics plan` 查看）",
                topic, fault->partition, (long long)fault->found);
    else if (fault->kind == FEN_START_NEWER)
        fen_say("%s [%u] was written by a newer fen (state format %lld; this one knows up to "
                "%lld). Install that version again: an older one would leave out what it does "
                "not know",
                "%s [%u] 由更新版本的 fen 写入（状态格式 %lld，本版本最多支持 %lld）。请改用新版本："
                "旧版本会遗漏它不认识的内容",
                topic, fault->partition, (long long)fault->found, (long long)fault->wanted);
    else if (fault->kind == FEN_START_REPARTITIONED)
        fen_say("%s [%u] was written for %lld partitions, now there are %lld: keys have moved, "
                "and amounts would be posted twice. Partitions cannot be taken away: create the "
                "topics anew with %lld and send the events again",
                "%s [%u] 是按 %lld 个分区写入的，现在有 %lld 个：键已移动，会重复记账。分区不能减少："
                "请按 %lld 个分区重建主题并重新发送事件",
                topic, fault->partition, (long long)fault->found, (long long)fault->wanted,
                (long long)fault->found);
    else
        fen_say("%s [%u]: the record at offset %lld cannot be read: damaged, or written by a newer "
                "fen. Install that version, or put the topic back from a copy",
                "%s [%u] 位点 %lld 的记录无法读取：已损坏，或由更新版本写入。"
                "请安装新版本，或从备份恢复该主题",
                topic, fault->partition, (long long)fault->found);
}

static void say_taken(void)
{
    fen_say("another process runs under this --group and --instance: two of one name would fence "
            "each other in turns. Stop one of them, or give each an --instance of its own",
            "另有进程使用相同的 --group 与 --instance：同名进程会互相排挤。请停掉其中一个，"
            "或为每个进程指定不同的 --instance");
}

enum fen_exit fen_start_refusal_say(const struct fen_start_fault *fault)
{
    const char *topic = fen_topic_info(fault->topic)->name;
    switch (fault->kind) {
    case FEN_START_SOUND:
        break;
    case FEN_START_CUT:
    case FEN_START_LOST:
    case FEN_START_EXPIRED:
        say_offsets(fault, topic);
        break;
    case FEN_START_STATE_CUT:
    case FEN_START_NEWER:
    case FEN_START_REPARTITIONED:
    case FEN_START_UNREADABLE:
        say_state(fault, topic);
        break;
    case FEN_START_TAKEN:
        say_taken();
        break;
    }
    return FEN_EXIT_CONFIG;
}
