/* SPDX-License-Identifier: Apache-2.0 */
#include "traffic.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "attribute.h"
#include "text.h"

#define LIFESPAN_DEFAULT_MS 10
#define LIFESPAN_MAX_MS	    1000
#define LOOKS		    8

int traffic_open(const char *device_dir, struct traffic *ret_traffic, struct err *err)
{
	static const char *const places[] = {"ports/1/hw_counters", "hw_counters"};
	struct traffic c = {.dir = -1, .lifespan_ms = LIFESPAN_DEFAULT_MS};
	uint64_t lifespan;
	char path[512];
	size_t i;

	for (i = 0; i < sizeof(places) / sizeof(places[0]) && c.dir < 0; i++) {
		if (text_format(path, sizeof(path), "%s/%s", device_dir, places[i]))
			return err_set(err, -ENAMETOOLONG, "%s: path too long", device_dir);
		c.dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (c.dir >= 0 && faccessat(c.dir, "tx_bytes", R_OK, 0)) {
			close(c.dir);
			c.dir = -1;
		}
	}
	if (c.dir < 0)
		return err_set(err, -ENOENT, "the driver has no counter tx_bytes in %s/%s",
			       device_dir, places[0]);
	if (!attribute_read(c.dir, "lifespan", &lifespan, NULL) && lifespan <= LIFESPAN_MAX_MS)
		c.lifespan_ms = (unsigned)lifespan;
	*ret_traffic = c;
	return 0;
}

void traffic_close(struct traffic *traffic)
{
	if (traffic->dir >= 0)
		close(traffic->dir);
	traffic->dir = -1;
}

/* A counter that not every driver and device has. */
static int add_optional(const struct traffic *traffic, const char *name, uint64_t *sum,
			struct err *err)
{
	uint64_t value;
	int rc = attribute_read(traffic->dir, name, &value, err);

	if (!rc)
		*sum += value;
	return rc == -ENOENT ? 0 : rc;
}

int traffic_read(const struct traffic *traffic, struct traffic_values *ret_values, struct err *err)
{
	struct traffic_values v = {0};
	int rc;

	rc = attribute_read(traffic->dir, "tx_bytes", &v.tx, err);
	if (!rc)
		rc = attribute_read(traffic->dir, "rx_bytes", &v.rx, err);
	if (!rc)
		rc = add_optional(traffic, "rx_pkts", &v.packets, err);
	if (!rc)
		rc = add_optional(traffic, "rx_drops", &v.lost, err);
	if (!rc)
		rc = add_optional(traffic, "retrans_pkts", &v.lost, err);
	if (rc)
		return rc;
	*ret_values = v;
	return 0;
}

int traffic_wait_moved(const struct traffic *traffic, const struct traffic_values *before,
		       uint64_t least, struct traffic_values *ret_moved, struct err *err)
{
	long pause_ms = (long)traffic->lifespan_ms + 1;
	struct timespec pause = {.tv_sec = pause_ms / 1000, .tv_nsec = pause_ms % 1000 * 1000000};
	struct traffic_values now;
	int look, rc;

	for (look = 0; look < LOOKS; look++) {
		if (look)
			nanosleep(&pause, NULL);
		rc = traffic_read(traffic, &now, err);
		if (rc)
			return rc;
		if (now.tx < before->tx || now.rx < before->rx || now.packets < before->packets ||
		    now.lost < before->lost)
			return err_set(err, -EIO, "the device's counters went backwards");
		*ret_moved = (struct traffic_values){
			.tx = now.tx - before->tx,
			.rx = now.rx - before->rx,
			.packets = now.packets - before->packets,
			.lost = now.lost - before->lost,
		};
		if (ret_moved->tx >= least && ret_moved->rx >= least)
			return 0;
	}
	return err_set(err, -ENODATA,
		       "sent and received %llu bytes, but the device counted %llu sent and %llu "
		       "received",
		       (unsigned long long)least, (unsigned long long)ret_moved->tx,
		       (unsigned long long)ret_moved->rx);
}
