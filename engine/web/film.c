/* SPDX-License-Identifier: MIT */
#include "engine/web/film.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/array.h"

#define BLOCK ((size_t)32 << 10)
#define HEAD_SIZE 160
#define BOUNDARY "--vflow-picture\r\n"
#define TAIL "\r\n" BOUNDARY /* at once: browsers show a picture when they see its end */

struct vf_web_film {
    struct vf_web *web;
    struct vf_web_film *next;
    struct MHD_Connection *connection;
    struct vf_web_source *source;
    struct vf_web_picture *picture; /* that is being sent, with its head; NULL: none */
    char head[HEAD_SIZE];
    size_t head_size, sent;
    uint64_t number; /* of the last one */
    bool is_begun, is_suspended, is_over;
};

/* Takes the next picture, if there is one. */
static bool take(struct vf_web_film *film)
{
    struct vf_web_picture *picture = vf_web_source_picture(film->source);
    if (!picture || picture->number == film->number) {
        vf_web_picture_drop(&picture);
        return false;
    }
    film->picture = picture;
    film->number = picture->number;
    film->sent = 0;
    film->head_size = (size_t)snprintf(film->head, sizeof(film->head),
                                       "%sContent-Type: image/jpeg\r\nContent-Length: %zu\r\n\r\n",
                                       film->is_begun ? "" : BOUNDARY, picture->size);
    film->is_begun = true;
    return true;
}

static size_t copy_on(struct vf_web_film *film, char *room, size_t most)
{
    const struct {
        const void *bytes;
        size_t size;
    } parts[] = {{film->head, film->head_size},
                 {film->picture->bytes, film->picture->size},
                 {TAIL, strlen(TAIL)}};
    size_t before = 0, size = 0;
    for (size_t i = 0; i < VF_COUNT(parts) && !size; before += parts[i++].size) {
        if (film->sent >= before + parts[i].size)
            continue;
        size = before + parts[i].size - film->sent;
        size = size < most ? size : most;
        memcpy(room, (const char *)parts[i].bytes + film->sent - before, size);
    }
    film->sent += size;
    if (film->sent == film->head_size + film->picture->size + strlen(TAIL))
        vf_web_picture_drop(&film->picture);
    return size;
}

static ssize_t read_on(void *context, uint64_t position, char *room, size_t most)
{
    struct vf_web_film *film = context;
    (void)position;
    if (film->picture || take(film))
        return (ssize_t)copy_on(film, room, most);
    if (film->is_over || vf_web_source_problem(film->source))
        return MHD_CONTENT_READER_END_OF_STREAM;
    film->is_suspended = true;
    MHD_suspend_connection(film->connection);
    return 0;
}

static void leave(void *context)
{
    struct vf_web_film *film = context;
    struct vf_web_film **place = &film->web->films;
    while (*place && *place != film)
        place = &(*place)->next;
    if (*place)
        *place = film->next;
    film->web->film_count--;
    vf_web_picture_drop(&film->picture);
    vf_web_live_close(film->web->live, &film->source);
    free(film);
}

struct MHD_Response *vf_web_film_show(struct vf_web *web, struct MHD_Connection *connection,
                                      struct vf_web_source **source)
{
    struct vf_web_film *film =
        web->film_count < VF_WEB_FILMS_MOST ? calloc(1, sizeof(*film)) : NULL;
    struct MHD_Response *response =
        film ? MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_on, film, leave)
             : NULL;
    if (!response) {
        free(film);
        return NULL;
    }
    *film = (struct vf_web_film){
        .web = web, .next = web->films, .connection = connection, .source = *source};
    *source = NULL;
    web->films = film;
    web->film_count++;
    return response;
}

void vf_web_films_go_on(struct vf_web *web, bool is_over)
{
    for (struct vf_web_film *film = web->films; film; film = film->next) {
        film->is_over = film->is_over || is_over;
        struct vf_web_picture *picture = vf_web_source_picture(film->source);
        bool is_news = (picture && picture->number != film->number) || film->is_over ||
                       vf_web_source_problem(film->source);
        vf_web_picture_drop(&picture);
        if (!film->is_suspended || !is_news)
            continue;
        film->is_suspended = false;
        MHD_resume_connection(film->connection);
    }
}
