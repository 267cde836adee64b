/* SPDX-License-Identifier: MIT */
/* service.h - sends what a sender (broker/sender.h) has to a NATS server. */
#ifndef VF_NODES_NATS_SERVICE_H
#define VF_NODES_NATS_SERVICE_H

#include <stdbool.h>

#include "nodes/broker/sender.h"
#include "nodes/nats/connection.h"

/* Starts as {.settings}; belongs to the sender's thread while there is one. */
struct vf_nats_service {
    struct vf_nats_settings settings;
    /* Private: */
    struct vf_broker_sender *sender;
    struct vf_nats_connection *connection;
    bool has_library, is_unsettled;
    char run[20]; /* tells the messages of this process from those of others */
};

/* Returns how to talk to the server of a service, which it borrows. */
struct vf_broker_protocol vf_nats_service_protocol(struct vf_nats_service *service);

/* Frees what the settings have. After the sender. */
void vf_nats_service_finish(struct vf_nats_service *service);

#endif
