/* SPDX-License-Identifier: MIT */
#include "engine/flow/chain/chain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/text.h"
#include "engine/flow/chain/streams.h"
#include "engine/flow/chain/words.h"
#include "engine/flow/file/yaml.h"
#include "engine/flow/flow.h"
#include "engine/flow/graph/options.h"
#include "engine/flow/hint.h"
#include "engine/flow/vocabulary.h"
#include "engine/node/plugin_check.h"
#include "engine/node/reference/synonyms.h"

#define MAX_REFERENCES 64 /* at the beginning of one branch */
#define NEXT_NODE "; write a type, such as resize: vflow list shows them"

/* A node that has been read. */
struct link {
    char *name;
    struct vf_node *type; /* as it is with its options */
    struct vf_chain_streams after;
};

struct reader {
    const struct vf_chain_words *words;
    size_t at; /* number of the next word */
    const struct vf_node_list *nodes;
    struct vf_diagnostics *diagnostics;
    struct vf_tree *tree; /* the nodes */
    struct link **links;
    size_t link_count;
    struct vf_chain_streams streams; /* on their way here */
    struct vf_chain_streams named[MAX_REFERENCES];
    size_t named_count;
    bool is_broken; /* a mistake upstream has been reported: what comes here is not known */
    bool is_first;  /* of its branch */
};

/* The node that is being read. */
struct stage {
    const struct vf_node *type; /* of the table; NULL: its mistake has been reported */
    char *name;
    struct vf_place place;
    struct vf_tree tree, options, edges; /* mappings; `edges`: what its inputs get */
    bool has_main;
    bool is_lost; /* words that belong to no option have been reported */
};

static const struct vf_chain_word *peek(const struct reader *reader)
{
    return reader->at < reader->words->count ? &reader->words->items[reader->at] : NULL;
}

static const struct vf_chain_word *peek_word(const struct reader *reader)
{
    const struct vf_chain_word *word = peek(reader);
    return word && word->mark == VF_CHAIN_WORD ? word : NULL;
}

static void report(const struct reader *reader, const char *code, struct vf_place place,
                   const char *format, ...) VF_PRINTF(4, 5);

static void report(const struct reader *reader, const char *code, struct vf_place place,
                   const char *format, ...)
{
    struct vf_text text = {0};
    va_list arguments;
    va_start(arguments, format);
    vf_text_vprint(&text, format, arguments);
    va_end(arguments);
    if (text.failed)
        reader->diagnostics->failure = -ENOMEM;
    else
        vf_diagnostics_add(reader->diagnostics, VF_GRAVITY_FLOW, code, place, "%s", text.bytes);
    vf_text_finish(&text);
}

static struct link *find_link(const struct reader *reader, const char *name, size_t length)
{
    for (size_t i = 0; i < reader->link_count; i++) {
        const char *known = reader->links[i]->name;
        if (strncmp(known, name, length) == 0 && !known[length])
            return reader->links[i];
    }
    return NULL;
}

static bool is_reference(const struct vf_chain_word *word)
{
    const char *dot = strchr(word->text, '.');
    size_t length = strlen(word->text);
    return dot && dot != word->text && word->plain == length && word->equals == length &&
           !strchr(word->text, '/') && !strchr(word->text, ':');
}

/* Reads "NAME." or "NAME.PORT". */
static void read_reference(struct reader *reader, const struct vf_chain_word *word)
{
    size_t length = strcspn(word->text, ".");
    const char *port = word->text[length + 1] ? word->text + length + 1 : NULL;
    const struct link *link = find_link(reader, word->text, length);
    reader->at++;
    if (!link) {
        struct vf_hint hint = {0};
        char *name = strndup(word->text, length);
        hint.nearest.wanted = name ? name : "";
        for (size_t i = 0; i < reader->link_count; i++)
            vf_hint_consider(&hint, reader->links[i]->name);
        report(reader, "unknown-node", word->place, "there is no node \"%.*s\" before this%s",
               (int)length, word->text, vf_hint_text(&hint, "there are"));
        vf_hint_finish(&hint);
        free(name);
        reader->is_broken = true;
        return;
    }
    struct vf_chain_streams streams = link->after;
    const struct vf_chain_source source = {link->name, link->type};
    if (port)
        vf_chain_streams_choose(&streams, &source, port);
    if (reader->named_count == MAX_REFERENCES) {
        report(reader, "too-large", word->place, "a node can have at most %d inputs here",
               MAX_REFERENCES);
        reader->is_broken = true;
        return;
    }
    if (reader->named_count == 0)
        reader->streams = streams;
    reader->named[reader->named_count++] = streams;
}

/* Gives the node a name that no other has: that of its type, with a number if it is taken. */
static int name_stage(const struct reader *reader, struct stage *stage, const char *type)
{
    if (stage->name)
        return VF_OK;
    for (unsigned number = 1; !stage->name; number++) {
        char *name = number == 1 ? strdup(type) : vf_text_format("%s%u", type, number);
        if (!name)
            return -ENOMEM;
        if (find_link(reader, name, strlen(name)))
            free(name);
        else
            stage->name = name;
    }
    return VF_OK;
}

static void report_type(const struct reader *reader, const struct vf_chain_word *word)
{
    struct vf_text_nearest nearest = {.wanted = word->text};
    const char *meant = vf_synonym_of_node(reader->nodes, word->text);
    for (size_t i = 0; i < vf_node_total(reader->nodes); i++)
        vf_text_nearest_consider(&nearest, vf_node_name_at(reader->nodes, i));
    if (meant)
        nearest.name = meant;
    report(reader, "unknown-type", word->place, "there is no node type \"%s\"%s", word->text,
           vf_text_suggest_or(&nearest, "vflow list shows them"));
}

/* Reads "NAME:", if it is there. */
static int read_name(struct reader *reader, struct stage *stage)
{
    const struct vf_chain_word *word = peek_word(reader);
    size_t length = word ? strlen(word->text) : 0;
    if (length < 2 || word->text[length - 1] != ':' || word->plain != length)
        return VF_OK;
    reader->at++;
    stage->name = strndup(word->text, length - 1);
    if (!stage->name)
        return -ENOMEM;
    if (find_link(reader, stage->name, length - 1)) {
        report(reader, "duplicate-key", word->place,
               "another node is named \"%s\"; choose a "
               "different name",
               stage->name);
        free(stage->name);
        stage->name = NULL;
    }
    return VF_OK;
}

static int read_type(struct reader *reader, struct stage *stage)
{
    const struct vf_chain_word *word = peek_word(reader);
    if (!word) {
        const struct vf_chain_word *mark = peek(reader);
        report(reader, "syntax", mark ? mark->place : reader->words->end,
               "a node is missing here" NEXT_NODE);
        return VF_OK;
    }
    reader->at++;
    stage->place = word->place;
    if (is_reference(word)) {
        report(reader, "syntax", word->place,
               "\"%s\" can only begin a branch; write \"; %s ! ...\", and the node that takes it",
               word->text, word->text);
    } else if (!vf_node_exists(reader->nodes, word->text)) {
        report_type(reader, word);
    } else {
        stage->type = vf_node_find(reader->nodes, word->text);
        if (!stage->type)
            reader->diagnostics->failure = -ELIBACC;
    }
    int err = name_stage(reader, stage, stage->type ? stage->type->name : "node");
    if (!err && stage->type)
        err = vf_chain_tree_add(&stage->tree, "type", stage->type->name, word->place);
    stage->tree.place = word->place;
    return err;
}

static const struct vf_option *main_option(const struct vf_node *type)
{
    for (size_t i = 0; i < type->options.count; i++) {
        if (type->options.items[i].is_main)
            return &type->options.items[i];
    }
    return NULL;
}

static void set_places(struct vf_tree *tree, struct vf_place place)
{
    tree->place = tree->key_place = place;
    for (size_t i = 0; i < tree->count; i++)
        set_places(&tree->children[i], place);
}

/* Makes *value a mapping, if the text is one as it would stand in a flow file. */
static int read_mapping(const char *text, struct vf_place place, struct vf_tree *value)
{
    struct vf_tree parsed = {0};
    struct vf_diagnostics ignored = {0};
    int err = VF_OK;
    if (text[0] == '{')
        err = vf_flow_file_parse(text, strlen(text), NULL, &ignored, &parsed);
    bool is_mapping = !err && parsed.kind == VF_TREE_MAPPING && !ignored.count;
    if (is_mapping) {
        parsed.key = value->key;
        value->key = NULL;
        vf_tree_finish(value);
        *value = parsed;
        parsed = (struct vf_tree){0};
        set_places(value, place);
    }
    err = is_mapping || err == -EINVAL ? VF_OK : err;
    if (!err && !is_mapping)
        err = vf_tree_set_text(value, text);
    vf_tree_finish(&parsed);
    vf_diagnostics_finish(&ignored);
    return err;
}

/* Returns the child of that key, which is added if there is none; NULL: out of memory. */
static struct vf_tree *child_of(struct vf_tree *mapping, const char *key, size_t length,
                                struct vf_place place)
{
    char *name = strndup(key, length);
    struct vf_tree *child = name ? vf_tree_find(mapping, name) : NULL;
    if (name && !child) {
        struct vf_tree added = {.key = strdup(name), .key_place = place, .place = place};
        if (added.key && vf_tree_append(mapping, &added) == VF_OK)
            child = &mapping->children[mapping->count - 1];
        vf_tree_finish(&added);
    }
    free(name);
    return child;
}

static bool is_mapping_key(const struct vf_node *type, const char *key)
{
    const struct vf_option *option = type ? vf_option_find(&type->options, key) : NULL;
    return option ? option->kind->add != NULL
                  : strcmp(key, vf_node_key_options.items[VF_KEY_JOIN].name) == 0;
}

/* Sets a key: "width", or "options.bf", a pair of a mapping. */
static int set_key(const struct vf_node *type, struct vf_tree *mapping, const char *key,
                   const char *text, struct vf_place key_place, struct vf_place place)
{
    size_t first = strcspn(key, ".");
    struct vf_tree *child = child_of(mapping, key, first, key_place);
    if (!child)
        return -ENOMEM;
    child->place = place;
    if (!key[first])
        return is_mapping_key(type, key) ? read_mapping(text, place, child)
                                         : vf_tree_set_text(child, text);
    if (child->kind != VF_TREE_MAPPING && vf_tree_set_text(child, "") != VF_OK)
        return -ENOMEM;
    child->kind = VF_TREE_MAPPING;
    child = child_of(child, key + first + 1, strlen(key + first + 1), key_place);
    if (child)
        child->place = place;
    return child ? vf_tree_set_text(child, text) : -ENOMEM;
}

static bool is_edge_key(const struct vf_node *type, const char *key)
{
    bool is_known = vf_option_find(&vf_edge_key_options, key) ||
                    strcmp(key, vf_input_key_options.items[VF_INPUT_DELAY].name) == 0;
    return is_known && !(type && vf_option_find(&type->options, key));
}

static int read_pair(struct reader *reader, struct stage *stage, const struct vf_chain_word *word)
{
    char *key = strndup(word->text, word->equals);
    struct vf_place place = word->place;
    if (!key)
        return -ENOMEM;
    int err = VF_OK;
    place.column += (unsigned)word->equals + 1;
    if (strcmp(key, "type") == 0 || strcmp(key, "inputs") == 0)
        report(reader, "bad-option", word->place,
               "the chain itself says the %s of a node; leave "
               "this out",
               key);
    else
        err = set_key(stage->type, is_edge_key(stage->type, key) ? &stage->edges : &stage->options,
                      key, word->text + word->equals + 1, word->place, place);
    free(key);
    return err;
}

static int read_bare(struct reader *reader, struct stage *stage, const struct vf_chain_word *word)
{
    const struct vf_option *option = stage->type ? main_option(stage->type) : NULL;
    bool is_first = !stage->has_main;
    stage->has_main = true;
    if (!stage->type || stage->is_lost)
        return VF_OK;
    if (option && is_first)
        return set_key(stage->type, &stage->options, option->name, word->text, word->place,
                       word->place);
    stage->is_lost = true;
    if (vf_node_exists(reader->nodes, word->text))
        report(reader, "syntax", word->place, "\"%s\" begins another node; write \"!\" before it",
               word->text);
    else if (option)
        report(reader, "syntax", word->place,
               "unexpected word \"%s\"; write KEY=VALUE, and quotes "
               "around a value with blanks",
               word->text);
    else
        report(reader, "syntax", word->place,
               "%s has no main option that \"%s\" could be; write KEY=VALUE", stage->type->name,
               word->text);
    return VF_OK;
}

/* Returns whether the key of a word is none that the node could have, nor nearly so: then the word
 * is a text as it stands, such as the filter hflip or crop=640. */
static bool is_text(const struct stage *stage, const struct vf_chain_word *word)
{
    const struct vf_option *option = stage->type ? main_option(stage->type) : NULL;
    char *key = strndup(word->text, word->equals);
    if (!key || !option || stage->has_main || option->kind != &vf_kind_text || strchr(key, '.') ||
        is_edge_key(stage->type, key) || vf_node_key_is_taken(key)) {
        free(key);
        return false;
    }
    struct vf_text_nearest nearest = {.wanted = key};
    bool is_part = false;
    for (size_t i = 0; i < stage->type->options.count; i++) {
        vf_text_nearest_consider(&nearest, stage->type->options.items[i].name);
        is_part |= strstr(stage->type->options.items[i].name, key) != NULL;
    }
    for (size_t i = 0; i < vf_node_key_options.count; i++)
        vf_text_nearest_consider(&nearest, vf_node_key_options.items[i].name);
    bool is_known = nearest.name || is_part || vf_synonym_of_option(&stage->type->options, key);
    free(key);
    return !is_known;
}

static int read_options(struct reader *reader, struct stage *stage)
{
    const struct vf_chain_word *word;
    int err = VF_OK;
    while (!err && (word = peek_word(reader))) {
        reader->at++;
        bool is_pair = word->text[word->equals] && word->equals && word->equals <= word->plain &&
                       strcspn(word->text, "/:?") > word->equals && !is_text(stage, word);
        err = is_pair ? read_pair(reader, stage, word) : read_bare(reader, stage, word);
    }
    return err;
}

/* Gives `node` an option: a text, or a mapping of texts. */
static int hand_over(struct vf_flow_node *node, const struct vf_tree *option)
{
    bool is_text = option->kind == VF_TREE_TEXT;
    int err = vf_flow_set_option(node, option->key, is_text ? option->text : "");
    struct vf_flow_option *made = err ? NULL : &node->options[node->option_count - 1];
    for (size_t i = 0; made && !is_text && i < option->count && !err; i++) {
        const struct vf_tree *child = &option->children[i];
        if (child->kind == VF_TREE_TEXT)
            err = vf_flow_set_pair(made, child->key, child->text);
    }
    return err;
}

/* Makes *adapted the type as it is with the options of the chain; mistakes in them are reported
 * later, with all others. */
static int adapt(const struct stage *stage, bool is_first, struct vf_node **adapted)
{
    const struct vf_named_inputs inputs = {.ports = (const char *const[]){NULL},
                                           .count = is_first ? 0 : 1};
    struct vf_flow *flow = NULL;
    struct vf_flow_node *node = NULL;
    struct vf_diagnostics ignored = {0};
    void *values = NULL;
    struct vf_node *copy = malloc(sizeof(*copy));
    if (!copy)
        return -ENOMEM;
    *copy = *stage->type;
    *adapted = copy;
    if (!copy->adapt && !copy->declare)
        return VF_OK;
    int err = vf_flow_create(&flow, "chain");
    if (!err)
        err = vf_flow_add_node(flow, stage->name, copy->name, &node);
    for (size_t i = 0; i < stage->options.count && !err; i++) {
        const struct vf_tree *option = &stage->options.children[i];
        err = vf_option_find(&copy->options, option->key) ? hand_over(node, option) : VF_OK;
    }
    bool is_right = !err && vf_flow_options_create(&values, node, stage->type, &ignored) == VF_OK;
    if (is_right && copy->adapt)
        copy->adapt(values, copy);
    if (values && copy->declare)
        err = copy->declare(values, &inputs, copy);
    char problem[1]; /* is told when the flow is checked */
    if (!err && vf_node_check_tables(copy, problem, sizeof(problem)) == -EINVAL) {
        free(copy->declared);
        *copy = *stage->type;
    }
    vf_flow_options_destroy(&values, stage->type);
    vf_diagnostics_finish(&ignored);
    vf_flow_destroy(&flow);
    return err;
}

/* Adds what belongs to edges to each source in `tree`: {from: reader, queue: 4}. */
static int add_edges(struct vf_tree *tree, const struct vf_tree *edges)
{
    int err = VF_OK;
    for (size_t i = 0; i < tree->count && !err; i++)
        err = add_edges(&tree->children[i], edges);
    if (err || tree->kind != VF_TREE_TEXT)
        return err;
    char *from = tree->text;
    tree->text = NULL;
    tree->kind = VF_TREE_MAPPING;
    err = vf_chain_tree_add(tree, "from", from, tree->place);
    free(from);
    for (size_t i = 0; i < edges->count && !err; i++) {
        struct vf_tree copy = {0};
        err = vf_tree_copy(&copy, &edges->children[i]);
        if (!err)
            err = vf_tree_append(tree, &copy);
        vf_tree_finish(&copy);
    }
    return err;
}

static void report_nothing_taken(const struct reader *reader, const struct stage *stage,
                                 const struct vf_node *type)
{
    if (type->kind == VF_PRODUCER || !type->inputs.count)
        report(reader, "syntax", stage->place,
               "%s takes no input; begin a branch with \"; %s ...\"", type->name, type->name);
    else if (reader->is_first)
        report(reader, "syntax", stage->place,
               "nothing comes to %s; begin with a reader, such as \"video_reader FILE ! %s\"",
               type->name, type->name);
    else
        report(reader, "syntax", stage->place, "%s takes %s; none comes here", type->name,
               vf_port_type_name(type->inputs.items[0].type));
}

static int connect(struct reader *reader, struct stage *stage, const struct vf_node *type)
{
    bool took = false;
    bool is_source = reader->is_first && !reader->named_count;
    if (reader->is_broken || (type->kind == VF_PRODUCER && is_source))
        return VF_OK;
    bool is_list = reader->named_count > 1;
    int err = VF_OK;
    if (type->kind != VF_PRODUCER && type->inputs.count)
        err = vf_chain_streams_take(&reader->streams, is_list ? reader->named : NULL,
                                    is_list ? reader->named_count : 0, type, &stage->tree, &took);
    if (!err && !took)
        report_nothing_taken(reader, stage, type);
    reader->is_broken |= !took;
    if (!err && took && stage->edges.count)
        err = add_edges(vf_tree_find(&stage->tree, "inputs"), &stage->edges);
    return err;
}

static int keep_link(struct reader *reader, struct stage *stage, struct vf_node *type)
{
    struct link **links = realloc(reader->links, (reader->link_count + 1) * sizeof(struct link *));
    if (!links)
        return -ENOMEM;
    reader->links = links;
    struct link *link = calloc(1, sizeof(*link));
    if (!link || !(link->name = strdup(stage->name))) {
        free(link);
        return -ENOMEM;
    }
    links[reader->link_count++] = link;
    link->type = type;
    const struct vf_chain_source source = {link->name, type};
    vf_chain_streams_pass(&reader->streams, &source);
    link->after = reader->streams;
    return VF_OK;
}

/* Moves the node into the tree, its options after its inputs. */
static int keep_tree(struct reader *reader, struct stage *stage)
{
    int err = VF_OK;
    for (size_t i = 0; i < stage->options.count && !err; i++) {
        struct vf_tree moved = stage->options.children[i];
        stage->options.children[i] = (struct vf_tree){0};
        err = vf_tree_append(&stage->tree, &moved);
        vf_tree_finish(&moved);
    }
    stage->tree.key = strdup(stage->name);
    if (!stage->tree.key)
        return -ENOMEM;
    stage->tree.key_place = stage->place;
    return err ? err : vf_tree_append(reader->tree, &stage->tree);
}

static int finish_stage(struct reader *reader, struct stage *stage)
{
    struct vf_node *type = NULL;
    int err = adapt(stage, reader->is_first, &type);
    if (!err)
        err = connect(reader, stage, type);
    if (!err)
        err = keep_link(reader, stage, type);
    if (err)
        vf_node_copies_free(type, type ? 1 : 0);
    return err ? err : keep_tree(reader, stage);
}

static int read_stage(struct reader *reader)
{
    struct stage stage = {.tree.kind = VF_TREE_MAPPING,
                          .options.kind = VF_TREE_MAPPING,
                          .edges.kind = VF_TREE_MAPPING};
    int err = read_name(reader, &stage);
    if (!err)
        err = read_type(reader, &stage);
    if (!err)
        err = read_options(reader, &stage);
    if (!err && stage.type)
        err = finish_stage(reader, &stage);
    else
        reader->is_broken = true;
    reader->is_first = false;
    reader->named_count = 0;
    vf_tree_finish(&stage.tree);
    vf_tree_finish(&stage.options);
    vf_tree_finish(&stage.edges);
    free(stage.name);
    return err;
}

/* Reads the "!" between two nodes, or what ends a branch. */
static void read_mark(struct reader *reader)
{
    const struct vf_chain_word *mark = peek(reader);
    const struct vf_node *before = reader->streams.last.type;
    if (!mark)
        return;
    reader->at++;
    if (mark->mark == VF_CHAIN_LINK && !reader->is_broken && before && !before->outputs.count) {
        report(reader, "syntax", mark->place,
               "%s sends nothing on; begin a branch with \"; NAME. ! ...\"", before->name);
        reader->is_broken = true;
    }
    if (mark->mark == VF_CHAIN_BRANCH) {
        reader->streams = (struct vf_chain_streams){0};
        reader->is_first = true;
        reader->is_broken = false;
    }
}

static int read_all(struct reader *reader)
{
    int err = VF_OK;
    while (!err) {
        const struct vf_chain_word *word = peek_word(reader);
        while (reader->is_first && word && is_reference(word)) {
            read_reference(reader, word);
            word = peek_word(reader);
        }
        bool is_linked = reader->named_count || reader->is_broken;
        const struct vf_chain_word *mark = peek(reader);
        if (is_linked && reader->is_first && mark && mark->mark == VF_CHAIN_LINK)
            reader->at++;
        err = read_stage(reader);
        read_mark(reader);
        if (reader->at == reader->words->count) {
            const struct vf_chain_word *last = &reader->words->items[reader->words->count - 1];
            bool is_open = last->mark == VF_CHAIN_LINK;
            if (!err && is_open)
                report(reader, "syntax", last->place, "a node is missing after this" NEXT_NODE);
            break;
        }
    }
    return err;
}

static int begin_tree(struct vf_tree *root, struct vf_tree *nodes)
{
    const struct vf_place place = {.line = 1, .column = 1};
    root->kind = nodes->kind = VF_TREE_MAPPING;
    root->place = nodes->place = nodes->key_place = place;
    nodes->key = strdup("nodes");
    return nodes->key ? vf_chain_tree_add(root, "vflow", "1", place) : -ENOMEM;
}

int vf_chain_read(const char *chain, const struct vf_node_list *nodes,
                  struct vf_diagnostics *diagnostics, struct vf_tree *root)
{
    struct vf_chain_words words = {0};
    struct vf_tree tree = {0};
    struct reader reader = {.words = &words,
                            .nodes = nodes,
                            .diagnostics = diagnostics,
                            .tree = &tree,
                            .is_first = true};
    size_t first = diagnostics->count;
    int err = begin_tree(root, &tree);
    if (!err)
        err = vf_chain_words_read(&words, chain, diagnostics);
    if (!err && !words.count)
        report(&reader, "syntax", words.end, "the chain is empty" NEXT_NODE);
    else if (!err)
        err = read_all(&reader);
    if (!err)
        err = vf_tree_append(root, &tree);
    for (size_t i = 0; i < reader.link_count; i++) {
        free(reader.links[i]->name);
        vf_node_copies_free(reader.links[i]->type, 1);
        free(reader.links[i]);
    }
    free(reader.links);
    vf_tree_finish(&tree);
    vf_chain_words_finish(&words);
    if (diagnostics->failure)
        err = diagnostics->failure;
    if (!err && vf_diagnostics_gravest(diagnostics, first) > VF_GRAVITY_WARNING)
        err = -EINVAL;
    return err;
}
