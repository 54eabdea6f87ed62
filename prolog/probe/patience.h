/* SPDX-License-Identifier: Apache-2.0 */
/* How long the coordinator waits for a helper that says nothing. */
#ifndef EFA_LAYOUT_PROBE_PATIENCE_H
#define EFA_LAYOUT_PROBE_PATIENCE_H

/* For a worker to say by itself that its rail's time is over; a busy node lets it wait for a CPU.
 */
#define GRACE_MS(rail_ms) (300 + (rail_ms) / 4)
#define INFO_MS		  100 /* for each device that fi_getinfo opens */
#define PATIENCE_TIMES	  4   /* the time of one rail, when its worker gets too little CPU */

#endif
