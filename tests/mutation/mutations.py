# SPDX-License-Identifier: MIT
"""What is broken on purpose: each row is one fault, and the tests that must notice it.

A row is a sentence that the fault makes untrue, the tests (`unit NAME` or `cli NAME`), the file, the
text that stands in it exactly once, and what is put there instead.
"""

from typing import NamedTuple


class Mutation(NamedTuple):
    name: str
    tests: str
    file: str
    old: str
    new: str


EDGE, PROCESS, WIRE = "engine/edge/", "engine/process/", "engine/wire/"

ALL = [Mutation(*row) for row in (
    # Publishing
    ("batch waits for room", "unit messenger", EDGE + "send/fan_out.c",
     "    if (!sender->is_refused && !vf_outbox_has_room(sender->outbox))\n        return -EAGAIN;",
     "    if (!vf_outbox_has_room(sender->outbox))\n        sender->is_refused = true;"),
    ("realtime never waits", "unit messenger_realtime", EDGE + "send/fan_out.c",
     "    if (sender->terms->overflow != VF_OVERFLOW_DROP_OLDEST)\n        return false;",
     "    if (sender->terms->overflow != VF_OVERFLOW_DROP_OLDEST)\n        return true;"),
    ("what is dropped is counted", "unit messenger_realtime", EDGE + "send/fan_out.c",
     "    vf_outbox_count_dropped(sender->outbox, 1);", ""),
    ("drop oldest drops the oldest", "unit messenger_realtime", EDGE + "send/fan_out.c",
     "    vf_outbox_drop_oldest(sender->outbox);", ""),
    ("branches that meet drop all or none", "unit messenger_realtime", EDGE + "send/fan_out.c",
     "sender->terms->group == full->group", "sender->terms == full"),
    ("an end is never dropped", "unit messenger_realtime", EDGE + "send/outbox.c",
     "    *is_awaited = publish(outbox, envelope, NULL);\n    outbox->has_ended = true;",
     "    if (outbox->waiting.count < outbox->terms->depth)\n"
     "        *is_awaited = publish(outbox, envelope, NULL);\n    outbox->has_ended = true;"),
    ("a queue holds as many as it says", "unit messenger", EDGE + "send/outbox.c",
     "    if (outbox->waiting.count >= outbox->terms->depth || outbox->free_count <= SPARE_CELLS)\n"
     "        return 0;\n"
     "    unsigned places = outbox->terms->depth - outbox->waiting.count;",
     "    if (outbox->waiting.count > outbox->terms->depth || outbox->free_count <= SPARE_CELLS)\n"
     "        return 0;\n"
     "    unsigned places = outbox->terms->depth + 1 - outbox->waiting.count;"),
    ("what is refused is counted", "unit messenger_stop", EDGE + "send/outbox.c",
     "    vf_page_add(&outbox->terms->outbox->refused, 1);",
     "    (void)outbox;"),
    ("what is passed through is the input asked for", "unit messenger_passthrough",
     EDGE + "messenger_publish.c", "forwarded = *messenger->inputs.items[input]",
     "forwarded = *messenger->inputs.items[0]"),
    ("an end that is passed on keeps its reason", "unit messenger_stop",
     EDGE + "messenger_publish.c",
     "    return vf_messenger_publish_termination(messenger, vf_messenger_end_reason(messenger));",
     "    return vf_messenger_publish_termination(messenger, VF_END_COMPLETE);"),
    ("an input without an answer becomes a gap", "unit engine", EDGE + "messenger_publish.c",
     "        vf_fan_out_close_origins(messenger->fan_out, messenger->answering.answers, &passed);",
     "        (void)input;"),
    ("what is not answered is a gap for its readers alone", "unit messenger_divided",
     EDGE + "messenger_publish.c", "messenger->answering.answers, &passed);", "1, &passed);"),
    ("no input is taken whose answer has no room", "unit messenger_divided", EDGE + "messenger.c",
     "return vf_fan_out_room(messenger->fan_out, input + 1) > owed;", "return owed < 1000;"),
    # Receiving
    ("a join by origin takes what is of one origin", "unit join", EDGE + "receive/join.c",
     "last_number(join->fronts[i]) < target)", "last_number(join->fronts[i]) <= target)"),
    ("a gap reaches to its last number", "unit join", EDGE + "receive/join.c",
     "is_gap(message) ? message->description.gap_last + 1",
     "is_gap(message) ? message->description.gap_last"),
    ("a join by order gives no gaps away", "cli replicas", EDGE + "receive/join.c",
     "        if (gaps)\n            return pass_order(join, joined);",
     "        (void)gaps;\n        (void)pass_order;"),
    ("a join by time is as tolerant as it says", "unit join", EDGE + "receive/join.c",
     "return apart > join->rules.tolerance_ns;", "return apart >= join->rules.tolerance_ns;"),
    ("the last message is repeated within the tolerance", "unit join", EDGE + "receive/join.c",
     "if (is_later(join, time_of(front), lead_ns))", "if (time_of(front) > lead_ns)"),
    ("inputs one by one come by their time", "unit join", EDGE + "receive/join.c",
     "front->description.publish_time_ns >= earliest ||", ""),
    ("a join ends with its first input if it shall", "unit join", EDGE + "receive/join.c",
     "    if (join->rules.end == VF_JOIN_END_ANY && has_any_ended(join))",
     "    if (false && has_any_ended(join))"),
    ("the worst of several reasons is kept", "unit join", EDGE + "receive/join.c",
     "why > joined->reason", "why < joined->reason"),
    # Stopping
    ("a stop reaches every producer", "unit engine", PROCESS + "supervisor.c",
     "            vf_run_memory_stop(engine->memory, (unsigned)i + 1, level);",
     "        {\n            vf_run_memory_stop(engine->memory, (unsigned)i + 1, level);\n"
     "            if (level == VF_STOP_DRAIN)\n                break;\n        }"),
    ("a stop is heard in realtime", "unit engine", EDGE + "messenger.c",
     "    return asked > heard ? asked : heard;",
     "    return !messenger->never_drops ? VF_STOP_NONE : asked > heard ? asked : heard;"),
    ("a stop is seen at the next look", "unit messenger_stop", EDGE + "messenger.c",
     "    return asked > heard ? asked : heard;",
     "    static _Thread_local int64_t looked_ns, now_ns;\n"
     "    static _Thread_local unsigned seen;\n    now_ns = vf_clock_now_ns();\n"
     "    if (now_ns - looked_ns > 5 * VF_NS_PER_S) {\n        looked_ns = now_ns;\n"
     "        seen = asked > heard ? asked : heard;\n    }\n    return seen;"),
    ("the second stop reaches every task", "unit engine", PROCESS + "supervisor.c",
     "part ? part[i] : vf_news_heeds(engine, i, level)", "engine->plan->tasks[i].node->kind == VF_PRODUCER"),
    ("the third stop kills", "unit engine", PROCESS + "supervisor.c",
     "    if (engine->course < VF_COURSE_KILL)\n        take_course",
     "    if (engine->course < VF_COURSE_HALT)\n        take_course"),
    ("a step of stopping has its time and no more", "unit engine", PROCESS + "supervisor.c",
     "            complain_of_delay(engine, i);\n    }\n    vf_supervisor_go_further(engine);",
     "            complain_of_delay(engine, i);\n    }"),
    # Exit statuses
    ("too many errors fail the run", "unit engine_failures", PROCESS + "outcomes.c",
     "> engine->settings.max_errors", ">= engine->settings.max_errors"),
    ("the first failure is the status", "unit task_outcome", PROCESS + "supervisor.c",
     "    if (engine->failure == VF_EXIT_OK)\n        engine->failure = status;",
     "    (void)status;"),
    # Restarting
    ("nothing is sent twice after a restart", "unit outbox_resume", EDGE + "send/outbox.c",
     "outbox->repeated = last.in_round;", "outbox->repeated = 0;"),
    ("what waited waits after a restart", "unit outbox_resume", EDGE + "send/outbox.c",
     "entry.sequence > taken &&", "entry.sequence > taken + 1 &&"),
    ("a join goes on where it was", "unit join_resume", EDGE + "receive/join.c",
     "join->passed = join->floors[0] - 1;", "join->passed = join->floors[0];"),
    ("a task is replaced as often as it may", "unit recovery", PROCESS + "recovery.c",
     "history->restarts < rules->max_restarts", "history->restarts <= rules->max_restarts"),
    ("what kills two workers is put aside", "unit recovery", PROCESS + "recovery.c",
     "rules->on_error == VF_ON_ERROR_SKIP &&", "rules->on_error != VF_ON_ERROR_SKIP &&"),
    ("nothing is tried a third time", "unit recovery", PROCESS + "recovery.c",
     "may_go_on && !has_tried_twice && vf", "may_go_on && vf"),
    ("each wait is twice as long", "unit flow_recovery", "engine/flow/plan/recovery.c",
     "backoff *= 2;", "backoff += recovery->backoff_ns;"),
    ("one that hangs is replaced", "unit recovery", PROCESS + "recovery.c",
     "return patience && sight->silent_ns >= patience;",
     "return !patience && sight->silent_ns >= patience;"),
    ("a dead letter replaces none", "unit dead_letter", "engine/task/dead_letter.c",
     "faccessat(folder, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;", "folder < 0;"),
    ("a standstill is told once", "unit standstill", "engine/account/standstill.c",
     "    standstill->is_told |= is_news;", ""),
    # The ledger
    ("an edge loses nothing", "unit ledger", "engine/account/ledger.c",
     "? gone == account.published", "? gone <= account.published"),
    ("every input is settled", "unit ledger", "engine/account/ledger.c",
     "settled == account.inputs :", "settled <= account.inputs :"),
    # Replicas
    ("an answer of several keeps them together", "unit engine", EDGE + "messenger_publish.c",
     "    (*held)->description.is_last_of_order = is_last;",
     "    (*held)->description.is_last_of_order = true;\n    (void)is_last;"),
    # GPUs and sockets
    ("a GPU is given to one task", "unit gpu", "engine/flow/gpu/assign.c",
     "        if (assignment->is_taken[i])\n            continue;", ""),
    ("shared GPUs are given in turn", "unit gpu", "engine/flow/gpu/assign.c",
     "assignment->round = chosen + 1;", "assignment->round = chosen;"),
    ("a termination socket is below the base", "unit socket_number", WIRE + "socket_number.c",
     "VF_SOCKET_BASE - task_id : -ERANGE", "VF_SOCKET_BASE + task_id : -ERANGE"),
    # Messages of others
    ("a picture stays within its payload", "unit message_codec", "engine/message/message_codec.c",
     "length <= payload_size - plane->offset;", "length <= payload_size;"),
    ("no more is unzipped than is allowed", "unit zipped_pickle", WIRE + "python/zipped_pickle.c",
     "        if (inflated->length > limit)", "        if (inflated->length > limit * 1000)"),
    ("a pickle stands for no more values than are allowed", "unit pickle_limits",
     WIRE + "python/pickle/check.c", "return whole->weight > check->limits->values ? too_large(check) : VF_OK;",
     "return false ? too_large(check) : VF_OK;"),
    # Options
    ("an option keeps its range", "unit option", "engine/node/option/kinds.c",
     "value >= option->minimum && value <= option->maximum",
     "value >= option->minimum"),
)]
