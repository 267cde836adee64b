/* SPDX-License-Identifier: MIT */
/* plugin_symbols - the functions and objects of the program that are there for plugins: those of
 * vflow-node(3). All others may change at any time. */
#include <string.h>

#include "engine/base/array.h"
#include "engine/node/plugin_check.h"

static const char *const symbols[] = {
    "vf_choice_name",
    "vf_clock_now_ns",
    "vf_clock_since_1970_ns",
    "vf_forecast_forward",
    "vf_kind_boolean",
    "vf_kind_choice",
    "vf_kind_duration",
    "vf_kind_endpoint",
    "vf_kind_input_files",
    "vf_kind_input_folder",
    "vf_kind_input_path",
    "vf_kind_integer",
    "vf_kind_integer64",
    "vf_kind_list",
    "vf_kind_map",
    "vf_kind_memory",
    "vf_kind_number",
    "vf_kind_output_files",
    "vf_kind_output_path",
    "vf_kind_shared_path",
    "vf_kind_text",
    "vf_log",
    "vf_log_get_level",
    "vf_message_clone",
    "vf_message_copy_source",
    "vf_message_create",
    "vf_message_create_integer",
    "vf_message_create_json",
    "vf_message_delay",
    "vf_message_destroy",
    "vf_message_follow",
    "vf_message_json",
    "vf_message_known_time",
    "vf_message_set_source",
    "vf_node_ahead",
    "vf_node_allocate",
    "vf_node_await",
    "vf_node_begin_source",
    "vf_node_comes_live",
    "vf_node_complain",
    "vf_node_copy",
    "vf_node_count_error",
    "vf_node_drop",
    "vf_node_emit",
    "vf_node_emit_made",
    "vf_node_end_reason",
    "vf_node_ends_by_stop",
    "vf_node_expect",
    "vf_node_expect_no_end",
    "vf_node_expected",
    "vf_node_has_all",
    "vf_node_has_ended",
    "vf_node_is_ending",
    "vf_node_is_read",
    "vf_node_look_ahead",
    "vf_node_made",
    "vf_node_note_input",
    "vf_node_note_output",
    "vf_node_passthrough",
    "vf_node_report_error",
    "vf_node_report_output",
    "vf_node_send_live",
    "vf_node_sleep_until",
    "vf_node_stop_requested",
    "vf_node_try_allocate",
    "vf_node_waited",
    "vf_option_list_split",
    "vf_option_texts_finish",
    "vf_payload_create",
    "vf_payload_drop",
    "vf_payload_hold",
    "vf_text_append",
    "vf_text_finish",
    "vf_text_format",
    "vf_text_print",
    "vf_text_print_real",
    "vf_text_take",
    "vf_text_vprint",
};

bool vf_plugin_may_use(const char *symbol)
{
    for (size_t i = 0; i < VF_COUNT(symbols); i++) {
        if (strcmp(symbols[i], symbol) == 0)
            return true;
    }
    return false;
}
