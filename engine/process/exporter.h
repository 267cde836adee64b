/* SPDX-License-Identifier: MIT */
/* exporter.h - an observer (observer.h) that sends the figures of a run to a collector
 * (engine/otlp/otlp.h).
 *
 * It can read libraries and certificates, and connect to others; nobody connects to it. Whatever becomes
 * of it, the run goes on.
 */
#ifndef VF_ENGINE_PROCESS_EXPORTER_H
#define VF_ENGINE_PROCESS_EXPORTER_H

struct vf_engine;

/* Starts it, if the settings ask for one. Logs what failed. */
void vf_exporter_start(struct vf_engine *engine);

/* Starts another in place of it, which knows the tasks that have been added. */
void vf_exporter_renew(struct vf_engine *engine);

#endif
