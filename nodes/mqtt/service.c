/* SPDX-License-Identifier: MIT */
#include "nodes/mqtt/service.h"

#include <errno.h>

#include "engine/base/log.h"

#define WINDOW 20 /* messages that may be without an acknowledgement at a time */

static void on_settled(void *owner, int id, const char *problem)
{
    struct vf_mqtt_service *service = owner;
    bool is_found = vf_broker_sender_settle_id(service->sender, id, problem);
    service->unsettled -= !is_found;
    if (!is_found && problem)
        vf_log(VF_LOG_WARNING, "%s refuses to retain a message: %s", service->settings.broker.name,
               problem);
}

/* Sends what is not one of the messages that were added: retained, so that it is there for those who
 * come later. */
static int announce(struct vf_mqtt_service *service, const char *topic,
                    const struct vf_text *payload)
{
    const char *problem;
    int id, err = vf_mqtt_client_publish(service->client, topic, payload, true, &id, &problem);
    if (err == -EINVAL) {
        vf_log(VF_LOG_WARNING, "%s: cannot send to %s: %s", service->settings.broker.name, topic,
               problem);
        return VF_OK;
    }
    service->unsettled += !err && service->settings.qos > 0;
    return err;
}

static int tell_presence(struct vf_mqtt_service *service, const char *words)
{
    struct vf_text payload = {0};
    vf_text_print(&payload, "%s", words);
    int err = payload.failed ? -ENOMEM : announce(service, service->settings.will, &payload);
    vf_text_finish(&payload);
    return err;
}

/* Says what there is to say at the beginning of a connection. */
static int greet(struct vf_mqtt_service *service)
{
    const struct vf_broker_message *greeting = &service->greeting;
    service->is_greeted = true;
    vf_broker_sender_connected(service->sender);
    int err = VF_OK;
    if (greeting->topic.bytes)
        err = announce(service, greeting->topic.bytes, &greeting->payload);
    if (!err && *service->settings.will)
        err = tell_presence(service, service->settings.online);
    return err;
}

static int send_waiting(struct vf_mqtt_service *service)
{
    struct vf_broker_entry *entry;
    int err = VF_OK;
    while (!err && !vf_mqtt_client_is_busy(service->client) &&
           (entry = vf_broker_sender_next(service->sender))) {
        const struct vf_broker_message *message = vf_broker_entry_message(entry);
        const char *problem = NULL;
        int id;
        err = vf_mqtt_client_publish(service->client, message->topic.bytes, &message->payload,
                                     service->settings.retains, &id, &problem);
        if (err == -EINVAL || (!err && !service->settings.qos)) {
            vf_broker_sender_settle(service->sender, entry, err ? problem : NULL);
            err = VF_OK;
        } else if (!err) {
            vf_broker_sender_sent(service->sender, entry, id);
        }
    }
    return err;
}

/* Does what can be done with the connection as it is. */
static int proceed(struct vf_mqtt_service *service)
{
    bool is_leaving = vf_broker_sender_is_leaving(service->sender);
    int err = VF_OK;
    if (!vf_mqtt_client_is_accepted(service->client))
        return is_leaving ? -ENOTCONN : VF_OK;
    if (!service->is_greeted)
        err = greet(service);
    if (!err && !is_leaving)
        err = send_waiting(service);
    if (!err && is_leaving && !service->has_left) {
        service->has_left = true;
        if (*service->settings.will)
            err = tell_presence(service, service->settings.offline);
    }
    return err;
}

/* Returns whether all is said, so that the connection can be closed in good order. */
static bool has_said_all(const struct vf_mqtt_service *service)
{
    return service->has_left && service->unsettled <= 0 && !vf_mqtt_client_is_busy(service->client);
}

/* Serves the connection that the client has begun. */
static int attend(struct vf_mqtt_service *service)
{
    struct vf_broker_sender *sender = service->sender;
    bool is_closing = false;
    int err = vf_mqtt_client_connect(service->client);
    while (!err && !vf_broker_sender_is_stopping(sender)) {
        err = proceed(service);
        if (!err && !is_closing && has_said_all(service)) {
            vf_mqtt_client_leave(service->client);
            is_closing = true;
        }
        if (!err)
            err = vf_mqtt_client_work(service->client, vf_broker_sender_wake_fd(sender));
        vf_broker_sender_calm_down(sender);
    }
    return is_closing && err == -ENOTCONN ? VF_END : err;
}

static int serve(void *owner, struct vf_broker_sender *sender, struct vf_broker_failure *failure)
{
    struct vf_mqtt_service *service = owner;
    service->sender = sender;
    service->unsettled = 0;
    service->is_greeted = service->has_left = false;
    int err = vf_mqtt_client_create(&service->client, &service->settings, on_settled, service);
    if (err)
        return err;
    err = attend(service);
    vf_mqtt_client_take_failure(service->client, failure);
    return err;
}

static void close_connection(void *owner)
{
    struct vf_mqtt_service *service = owner;
    vf_mqtt_client_destroy(&service->client);
}

/* Finds out whether the settings do. */
static int prepare(void *owner)
{
    struct vf_mqtt_service *service = owner;
    int err = vf_mqtt_library_init();
    service->has_library = !err;
    if (!err)
        err = vf_mqtt_client_create(&service->client, &service->settings, on_settled, service);
    vf_mqtt_client_destroy(&service->client);
    return err;
}

struct vf_broker_protocol vf_mqtt_service_protocol(struct vf_mqtt_service *service)
{
    return (struct vf_broker_protocol){
        .name = service->settings.broker.name,
        .window = WINDOW,
        .owner = service,
        .prepare = prepare,
        .serve = serve,
        .close = close_connection,
    };
}

void vf_mqtt_service_finish(struct vf_mqtt_service *service)
{
    if (service->has_library)
        vf_mqtt_library_finish();
    service->has_library = false;
    vf_broker_address_finish(&service->settings.broker);
    vf_broker_message_finish(&service->greeting);
}
