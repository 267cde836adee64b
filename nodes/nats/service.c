/* SPDX-License-Identifier: MIT */
#include "nodes/nats/service.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"

#define WINDOW 256 /* messages that the server may not have looked at */

/* Sends all that waits, and has the server say that it has looked at it. */
static int send_waiting(struct vf_nats_service *service)
{
    struct vf_broker_entry *entry;
    int err = VF_OK;
    while (!err && (entry = vf_broker_sender_next(service->sender))) {
        const char *problem;
        err = vf_nats_connection_publish(service->connection, vf_broker_entry_message(entry),
                                         &problem);
        if (err == -EINVAL) {
            vf_broker_sender_settle(service->sender, entry, problem);
            err = VF_OK;
        } else if (!err) {
            vf_broker_sender_sent(service->sender, entry, 0);
            service->is_unsettled = true;
        }
    }
    if (err || !service->is_unsettled)
        return err;
    err = vf_nats_connection_flush(service->connection);
    if (!err) {
        vf_broker_sender_settle_all(service->sender);
        service->is_unsettled = false;
    }
    return err == -EAGAIN ? VF_OK : err;
}

/* Has a stream take what waits, one message after the other. */
static int store_waiting(struct vf_nats_service *service)
{
    struct vf_broker_entry *entry;
    int err = VF_OK;
    while (!err && !vf_broker_sender_is_stopping(service->sender) &&
           !vf_broker_sender_is_leaving(service->sender) &&
           (entry = vf_broker_sender_next(service->sender))) {
        char id[64];
        const char *problem;
        snprintf(id, sizeof(id), "%s-%" PRIu64, service->run, vf_broker_entry_number(entry));
        err = vf_nats_connection_store(service->connection, vf_broker_entry_message(entry), id,
                                       &problem);
        if (!err || err == -EINVAL) {
            vf_broker_sender_settle(service->sender, entry, err ? problem : NULL);
            err = VF_OK;
        }
    }
    return err == -EAGAIN ? VF_OK : err;
}

/* Serves the connection that was made. Returns VF_END once all is said. */
static int attend(struct vf_nats_service *service)
{
    struct vf_broker_sender *sender = service->sender;
    int err = VF_OK;
    while (!err && !vf_broker_sender_is_stopping(sender)) {
        if (vf_broker_sender_is_leaving(sender))
            return VF_END;
        err = service->settings.uses_jetstream ? store_waiting(service) : send_waiting(service);
        if (!err)
            err = vf_nats_connection_look(service->connection);
        if (!err && !service->is_unsettled && !vf_broker_sender_next(sender))
            vf_broker_sender_rest(sender, VF_NS_PER_S);
    }
    return err;
}

static int serve(void *owner, struct vf_broker_sender *sender, struct vf_broker_failure *failure)
{
    struct vf_nats_service *service = owner;
    service->sender = sender;
    service->is_unsettled = false;
    int err = vf_nats_connection_open(&service->connection, &service->settings, sender);
    if (!err) {
        vf_broker_sender_connected(sender);
        err = attend(service);
    }
    if (service->connection)
        vf_nats_connection_take_failure(service->connection, failure);
    return err;
}

static void close_connection(void *owner)
{
    struct vf_nats_service *service = owner;
    vf_nats_connection_close(&service->connection);
}

static int prepare(void *owner)
{
    struct vf_nats_service *service = owner;
    uint64_t chance = 0;
    if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
        chance = (uint64_t)vf_clock_now_ns();
    snprintf(service->run, sizeof(service->run), "%016" PRIx64, chance);
    int err = vf_nats_library_init();
    service->has_library = !err;
    return err ? err : vf_nats_settings_try(&service->settings);
}

struct vf_broker_protocol vf_nats_service_protocol(struct vf_nats_service *service)
{
    return (struct vf_broker_protocol){
        .name = service->settings.server.name,
        .window = WINDOW,
        .owner = service,
        .prepare = prepare,
        .serve = serve,
        .close = close_connection,
    };
}

void vf_nats_service_finish(struct vf_nats_service *service)
{
    if (service->has_library)
        vf_nats_library_finish();
    service->has_library = false;
    vf_broker_address_finish(&service->settings.server);
}
