/* SPDX-License-Identifier: MIT */
#include "engine/flow/file/syntax.h"

#include <stdbool.h>
#include <string.h>

#include "engine/base/array.h"
#include "engine/base/text.h"

#define MAX_SHOWN 60 /* bytes of a value in a message */
#define WORD_ENDS " \t,:{}[]\"'#"

/* A part of the text; of a line, without its end. */
struct span {
    const char *at;
    size_t length;
};

/* For "%.*s". */
#define SHOWN(span) (int)((span).length < MAX_SHOWN ? (span).length : MAX_SHOWN), (span).at

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

/* Returns line `number`, from 1; past the end it is empty. */
static struct span line_at(const struct vf_syntax *syntax, unsigned number)
{
    const char *at = syntax->bytes, *end = syntax->bytes + syntax->length;
    for (; number > 1 && at < end; number--) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        at = next ? next + 1 : end;
    }
    const char *stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    struct span line = {at, (size_t)((stop ? stop : end) - at)};
    if (line.length && line.at[line.length - 1] == '\r')
        line.length--;
    return line;
}

/* Returns how many bytes come before a column, which counts characters. */
static size_t offset_of(struct span line, unsigned column)
{
    size_t offset = 0;
    for (; column > 1 && offset < line.length; column--) {
        do
            offset++;
        while (offset < line.length && ((unsigned char)line.at[offset] & 0xc0) == 0x80);
    }
    return offset;
}

static size_t indent_of(struct span line)
{
    size_t indent = 0;
    while (indent < line.length && is_blank(line.at[indent]))
        indent++;
    return indent;
}

static struct span trim(struct span text)
{
    while (text.length && is_blank(text.at[0])) {
        text.at++;
        text.length--;
    }
    while (text.length && is_blank(text.at[text.length - 1]))
        text.length--;
    return text;
}

/* Returns where the last word of a line ends. */
static size_t end_of(struct span line)
{
    while (line.length && is_blank(line.at[line.length - 1]))
        line.length--;
    return line.length;
}

static bool has(struct span text, char byte)
{
    return text.length && memchr(text.at, byte, text.length);
}

/* Returns where in `line` a colon ends a key, from `from` on; the length: nowhere. */
static size_t find_colon(struct span line, size_t from)
{
    for (size_t i = from; i < line.length; i++) {
        if (line.at[i] == ':' && (i + 1 == line.length || is_blank(line.at[i + 1])))
            return i;
    }
    return line.length;
}

/* Returns the last line before `number` that has something in it; 0: none. */
static unsigned line_before(const struct vf_syntax *syntax, unsigned number)
{
    while (number > 1) {
        struct span line = trim(line_at(syntax, --number));
        if (line.length && line.at[0] != '#')
            return number;
    }
    return 0;
}

static char *explain_tab(const struct vf_syntax *syntax)
{
    struct span line = line_at(syntax, syntax->place.line);
    struct span indent = {line.at, indent_of(line)};
    struct span rest = trim(line);
    bool is_there = offset_of(line, syntax->place.column) <= indent.length;
    if (!has(indent, '\t') || !is_there)
        return NULL;
    return vf_text_format(
        "this line begins with a tab, but YAML is indented with spaces, not tabs; "
        "write two spaces for each level: \"    %.*s\"",
        SHOWN(rest));
}

/* Returns the start of the bracket that the one at `offset` closes; `offset`: none does. */
static size_t find_opening(struct span line, size_t offset)
{
    unsigned depth = 0;
    for (size_t i = offset + 1; i-- > 0;) {
        depth += line.at[i] == '}' || line.at[i] == ']';
        if ((line.at[i] == '{' || line.at[i] == '[') && --depth == 0)
            return i;
    }
    return offset;
}

/* Returns where the value around `offset` begins: after a colon, a comma or a bracket. */
static size_t find_value(struct span line, size_t offset)
{
    size_t start = offset;
    while (start > 0) {
        char before = line.at[start - 1];
        bool is_dollar = start > 1 && before == '{' && line.at[start - 2] == '$';
        if (before == '}' || before == ']') {
            size_t opening = find_opening(line, start - 1);
            if (opening == start - 1)
                break;
            start = opening;
            continue;
        }
        if ((is_blank(before) && start > 1 && strchr(":,-", line.at[start - 2])) ||
            (strchr("{[,", before) && !is_dollar))
            break;
        start--;
    }
    while (start < line.length && is_blank(line.at[start]))
        start++;
    return start;
}

/* Returns where the value from `start` on ends: with the mapping or list that it is in, with a
 * comma, or with the line. */
static size_t find_value_end(struct span line, size_t start)
{
    unsigned depth = 0;
    size_t end = start;
    for (; end < line.length; end++) {
        char byte = line.at[end];
        bool is_closing = byte == '}' || byte == ']';
        if (depth == 0 && (is_closing || byte == ','))
            break;
        depth += byte == '{' || byte == '[';
        depth -= is_closing;
    }
    while (end > start && is_blank(line.at[end - 1]))
        end--;
    return end;
}

/* Returns the key before the value that begins at `start`, with ": "; empty: there is none. */
static struct span key_before(struct span line, size_t start)
{
    size_t colon = start;
    while (colon > 0 && is_blank(line.at[colon - 1]))
        colon--;
    if (colon == 0 || line.at[colon - 1] != ':')
        return (struct span){line.at, 0};
    size_t begin = colon - 1;
    while (begin > 0 && !strchr(WORD_ENDS, line.at[begin - 1]))
        begin--;
    return (struct span){line.at + begin, start - begin};
}

/* Says that the value around `offset` needs quotes, because of `why`. */
static char *ask_for_quotes(struct span line, size_t start, size_t end, const char *why)
{
    struct span key = key_before(line, start);
    struct span value = {line.at + start, end - start};
    const char *quote = has(value, '"') || has(value, '\\') ? "'" : "\"";
    return vf_text_format("%s needs quotes: %.*s%s%.*s%s", why, SHOWN(key), quote, SHOWN(value),
                          quote);
}

static bool has_two_words(struct span text)
{
    text = trim(text);
    return has(text, ' ');
}

/* A second colon in braces: the comma before it is missing, or it belongs to a text. */
static char *explain_colon_in_braces(struct span line, size_t start, size_t colon)
{
    struct span before = {line.at + start, colon - start};
    if (!has_two_words(before))
        return ask_for_quotes(line, start, find_value_end(line, start),
                              "a value with a colon and a space in it");
    size_t word = colon;
    while (word > start && !is_blank(line.at[word - 1]))
        word--;
    struct span first = trim((struct span){line.at + start, word - start});
    struct span second = {line.at + word, find_value_end(line, word) - word};
    struct span key = key_before(line, start);
    return vf_text_format("a comma is missing before \"%.*s\"; write %.*s%.*s, %.*s",
                          (int)(colon - word), line.at + word, SHOWN(key), SHOWN(first),
                          SHOWN(second));
}

static char *explain_unclosed(struct vf_syntax *syntax)
{
    bool is_list = strstr(syntax->problem, "']'");
    if (!syntax->began.line || syntax->began.line == syntax->place.line)
        return NULL;
    syntax->place = syntax->began;
    return vf_text_format("the %s that opens here is not closed; end it with %s",
                          is_list ? "bracket" : "brace", is_list ? "]" : "}");
}

/* What stands in braces or brackets. */
static char *explain_braces(struct vf_syntax *syntax)
{
    struct span line = line_at(syntax, syntax->place.line);
    size_t offset = offset_of(line, syntax->place.column);
    size_t start = find_value(line, offset), end = find_value_end(line, start);
    const struct span read = {line.at + start, offset < end ? offset + 1 - start : end - start};
    bool is_list = strstr(syntax->problem, "']'");
    if (offset >= start && has(read, '{'))
        return ask_for_quotes(line, start, end,
                              is_list ? "in brackets, a value with ${...} or {...}"
                                      : "in braces, a value with ${...} or {...}");
    if (offset < line.length && line.at[offset] == ':' && syntax->began.line == syntax->place.line)
        return explain_colon_in_braces(line, start, offset);
    return explain_unclosed(syntax);
}

/* A value that begins with what means something in YAML. */
static char *explain_first(struct vf_syntax *syntax)
{
    struct span line = line_at(syntax, syntax->place.line);
    size_t offset = offset_of(line, syntax->place.column);
    if (offset > 0 && (offset >= line.length || !strchr("%@`*&", line.at[offset])))
        offset--;
    if (offset >= line.length || !strchr("%@`*&", line.at[offset]))
        return NULL;
    char why[] = "a value that begins with ?";
    why[sizeof(why) - 2] = line.at[offset];
    return ask_for_quotes(line, offset, find_value_end(line, offset), why);
}

/* In double quotes a backslash begins something. */
static char *explain_quotes(struct vf_syntax *syntax)
{
    if (syntax->began.line)
        syntax->place = syntax->began;
    if (strstr(syntax->problem, "unexpected end of stream"))
        return vf_text_format("the quotes that open here are not closed");
    return vf_text_format("in double quotes a backslash begins a special character; put this into "
                          "single quotes, or write \\\\ for a backslash");
}

/* Returns what is wrong with the line of a key: its colon is missing, or the space after it; NULL:
 * neither. */
static char *explain_colon(struct span line)
{
    struct span text = trim(line);
    if (text.length > 2 && text.at[0] == '-' && is_blank(text.at[1]))
        text = trim((struct span){text.at + 2, text.length - 2});
    size_t word = 0;
    while (word < text.length && !strchr(WORD_ENDS, text.at[word]))
        word++;
    if (word == 0 || find_colon(text, 0) < text.length)
        return NULL;
    bool is_joined = word < text.length && text.at[word] == ':';
    size_t rest = word + is_joined;
    struct span value = trim((struct span){text.at + rest, text.length - rest});
    return vf_text_format(is_joined ? "\"%.*s\" lacks a space after its colon; write %.*s: %.*s"
                                    : "\"%.*s\" lacks a colon after its key; write %.*s: %.*s",
                          SHOWN(text), (int)word, text.at, SHOWN(value));
}

/* Says that a line does not begin where it should. */
static char *explain_indent(struct vf_syntax *syntax)
{
    struct span line = line_at(syntax, syntax->place.line);
    unsigned before = line_before(syntax, syntax->place.line);
    struct span text = trim(line);
    if (!before || !text.length)
        return NULL;
    size_t indent = indent_of(line), wanted = indent_of(line_at(syntax, before));
    if (indent == wanted)
        return NULL;
    return vf_text_format("this line is indented by %zu space%s, and line %u by %zu; what belongs "
                          "together begins in one column: \"%*s%.*s\"",
                          indent, indent == 1 ? "" : "s", before, wanted,
                          (int)(wanted < MAX_SHOWN ? wanted : MAX_SHOWN), "", SHOWN(text));
}

/* Something stands where a key should. */
static char *explain_key(struct vf_syntax *syntax)
{
    struct span line = line_at(syntax, syntax->place.line);
    size_t offset = offset_of(line, syntax->place.column);
    if (offset > indent_of(line) && offset <= line.length && strchr("}]", line.at[offset - 1])) {
        size_t start = find_opening(line, offset - 1);
        while (start > 0 && !is_blank(line.at[start - 1]))
            start--;
        size_t end = end_of(line);
        return ask_for_quotes(line, start, end, "a value that begins with a brace or bracket");
    }
    return explain_indent(syntax);
}

/* A colon stands where none can. */
static char *explain_value(struct vf_syntax *syntax)
{
    struct span line = line_at(syntax, syntax->place.line);
    size_t colon = offset_of(line, syntax->place.column);
    size_t first = find_colon(line, 0);
    if (first < colon) {
        size_t start = first + 1;
        while (start < colon && is_blank(line.at[start]))
            start++;
        size_t end = end_of(line);
        return ask_for_quotes(line, start, end, "a value with a colon and a space in it");
    }
    unsigned before = line_before(syntax, syntax->place.line);
    char *text = before ? explain_colon(line_at(syntax, before)) : NULL;
    if (text) {
        unsigned column = (unsigned)indent_of(line_at(syntax, before)) + 1;
        syntax->place.line = before;
        syntax->place.column = column;
        return text;
    }
    return explain_indent(syntax);
}

static char *explain_missing_colon(struct vf_syntax *syntax)
{
    if (!syntax->began.line)
        return NULL;
    char *text = explain_colon(line_at(syntax, syntax->began.line));
    if (text)
        syntax->place = syntax->began;
    return text;
}

char *vf_syntax_explain(struct vf_syntax *syntax)
{
    static const struct {
        const char *problem;
        char *(*explain)(struct vf_syntax *syntax);
    } known[] = {
        {"expected ',' or '", explain_braces},
        {"cannot start any token", explain_first},
        {"expected alphabetic or numeric", explain_first},
        {"unexpected end of stream", explain_quotes},
        {"unknown escape character", explain_quotes},
        {"hexdecimal", explain_quotes},
        {"expected key", explain_key},
        {"expected '-' indicator", explain_key},
        {"mapping values are not allowed", explain_value},
        {"could not find expected ':'", explain_missing_colon},
    };
    char *text = explain_tab(syntax);
    for (size_t i = 0; i < VF_COUNT(known) && !text; i++) {
        if (strstr(syntax->problem, known[i].problem))
            text = known[i].explain(syntax);
    }
    return text;
}
