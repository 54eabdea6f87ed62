/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work requests that could not be finished at once. Reliable datagrams are tried again: without
 * end or a counted number of times while the receiver has no buffer, for unresp-ms while the peer
 * does not answer or packets get lost.
 */
#include "efa.h"

#define NOT_READY_MS	   100
#define LOST_MS		   5
#define NO_PATH_MS	   20
#define RNR_RETRY_FOR_EVER 7

struct efa_waiting {
	struct efa_wqe wqe;
	uint16_t qp;
	uint32_t generation;
	enum efa_outcome why;
	int64_t retry_at; /* ms of the virtual clock */
	int64_t give_up_at;
	unsigned int retries_left; /* of a receiver that is not ready */
	QTAILQ_ENTRY(efa_waiting) next;
};

static int64_t now_ms(void)
{
	return qemu_clock_get_ms(QEMU_CLOCK_VIRTUAL);
}

static void set_reason(struct efa_dev *dev, struct efa_waiting *w, const struct efa_qp *qp,
		       enum efa_outcome why, int64_t now)
{
	bool was_silence = w->why != EFA_DONE && w->why != EFA_NOT_READY;

	if (why == EFA_NOT_READY) {
		if (w->why != EFA_NOT_READY)
			w->retries_left = qp->rnr_retry;
		w->give_up_at = INT64_MAX;
		w->retry_at = now + NOT_READY_MS;
	} else {
		if (!was_silence)
			w->give_up_at = now + dev->faults.unresp_ms;
		w->retry_at = MIN(now + (why == EFA_LOST ? LOST_MS : NO_PATH_MS), w->give_up_at);
	}
	w->why = why;
}

static void set_timer(struct efa_dev *dev)
{
	const struct efa_waiting *w;
	int64_t due = INT64_MAX;

	/* A hung function does nothing until efa_wait_retry_all. */
	if (!dev->faults.hang)
		QTAILQ_FOREACH(w, &dev->waiting, next)
	due = MIN(due, w->retry_at);
	if (due == INT64_MAX)
		timer_del(dev->wait_timer);
	else
		timer_mod(dev->wait_timer, due);
}

void efa_wait_add(struct efa_dev *dev, struct efa_qp *qp, const struct efa_wqe *wqe,
		  enum efa_outcome why)
{
	struct efa_waiting *w = g_new0(struct efa_waiting, 1);

	w->wqe = *wqe;
	w->qp = qp->num;
	w->generation = qp->generation;
	w->why = EFA_DONE;
	set_reason(dev, w, qp, why, now_ms());
	QTAILQ_INSERT_TAIL(&dev->waiting, w, next);
	set_timer(dev);
}

static void give_up(struct efa_dev *dev, const struct efa_qp *qp, const struct efa_waiting *w)
{
	uint8_t status = EFA_IO_UNRESPONSIVE;

	if (w->why == EFA_NO_PEER) {
		status = EFA_IO_UNREACHABLE;
	} else {
		dev->counters.network.retrans_timeouts++;
		dev->counters.network.unresponsive++;
	}
	efa_send_complete(dev, qp, &w->wqe, status);
}

/* Tries once more; true when the work request is finished, one way or the other. */
static bool step(struct efa_dev *dev, struct efa_qp *qp, struct efa_waiting *w, int64_t now)
{
	bool due = now >= w->retry_at;
	enum efa_outcome was = w->why;
	enum efa_outcome outcome = efa_send_try(dev, qp, &w->wqe, was);

	if (outcome == EFA_DONE)
		return true;
	if (outcome == EFA_NOT_READY && was == EFA_NOT_READY) {
		if (!due)
			return false;
		if (qp->rnr_retry != RNR_RETRY_FOR_EVER && !w->retries_left--) {
			efa_send_complete(dev, qp, &w->wqe, EFA_IO_REMOTE_RNR);
			return true;
		}
	}
	set_reason(dev, w, qp, outcome, now);
	if (now < w->give_up_at)
		return false;
	give_up(dev, qp, w);
	return true;
}

/* Which requests to try although they are not due. */
enum run_what { RUN_DUE, RUN_NOT_READY, RUN_ALL };

static bool wanted(const struct efa_waiting *w, enum run_what what, int64_t now)
{
	return now >= w->retry_at || what == RUN_ALL ||
	       (what == RUN_NOT_READY && w->why == EFA_NOT_READY);
}

static void run(struct efa_dev *dev, enum run_what what)
{
	struct efa_waiting *w, *next;
	int64_t now = now_ms();

	if (dev->wait_running || dev->faults.hang)
		return;
	dev->wait_running = true;
	QTAILQ_FOREACH_SAFE(w, &dev->waiting, next, next)
	{
		struct efa_qp *qp = efa_qp_find(dev, w->qp);
		bool gone = !qp || qp->generation != w->generation || qp->state != EFA_QP_RTS;

		if (!gone && (!wanted(w, what, now) || !step(dev, qp, w, now)))
			continue;
		QTAILQ_REMOVE(&dev->waiting, w, next);
		g_free(w);
	}
	dev->wait_running = false;
	set_timer(dev);
}

void efa_wait_kick(struct efa_dev *dev)
{
	if (!QTAILQ_EMPTY(&dev->waiting))
		run(dev, RUN_NOT_READY);
}

void efa_wait_retry_all(struct efa_dev *dev)
{
	run(dev, RUN_ALL);
}

static void on_timer(void *opaque)
{
	run(opaque, RUN_DUE);
}

void efa_wait_init(struct efa_dev *dev)
{
	QTAILQ_INIT(&dev->waiting);
	dev->wait_timer = timer_new_ms(QEMU_CLOCK_VIRTUAL, on_timer, dev);
}

void efa_wait_clear(struct efa_dev *dev)
{
	struct efa_waiting *w, *next;

	QTAILQ_FOREACH_SAFE(w, &dev->waiting, next, next)
	{
		QTAILQ_REMOVE(&dev->waiting, w, next);
		g_free(w);
	}
	timer_del(dev->wait_timer);
}

void efa_wait_done(struct efa_dev *dev)
{
	efa_wait_clear(dev);
	timer_free(dev->wait_timer);
}
