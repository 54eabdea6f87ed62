/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A metadata service on loopback for unit tests: a thread that answers from a table, asks for a
 * token as IMDSv2 does, and misbehaves on demand. One client at a time.
 */
#ifndef EFA_LAYOUT_METADATA_SERVER_H
#define EFA_LAYOUT_METADATA_SERVER_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SERVER_TOKEN "AQAEAA=="

struct answer {
	const char *path; /* below /latest/ */
	int status;
	const char *body;
	size_t size; /* 0: strlen(body) */
};

struct metadata_server {
	/* What it answers: the first entry of extra, else of answers, else 404. */
	const struct answer *answers, *extra;
	size_t n_answers, n_extra;
	unsigned extra_times; /* extra answers so many requests and is empty then; 0: for ever */
	/* Misbehaviour, for requests whose path is at; NULL is every path. */
	const char *at;
	unsigned fail_first; /* so many answers with 503 */
	unsigned drop_first; /* so many connections closed without answer */
	unsigned delay_ms;
	/* What happened. */
	unsigned requests; /* for at */
	unsigned put_without_ttl, get_without_token;

	char endpoint[64];
	int listener, stop[2];
	pthread_t thread;
};

static inline const struct answer *server_find(struct metadata_server *s, const char *path)
{
	for (size_t i = 0; i < s->n_extra; i++) {
		const struct answer *found = &s->extra[i];

		if (strcmp(found->path, path) != 0)
			continue;
		if (s->extra_times && !--s->extra_times)
			s->n_extra = 0;
		return found;
	}
	for (size_t i = 0; i < s->n_answers; i++) {
		if (!strcmp(s->answers[i].path, path))
			return &s->answers[i];
	}
	return NULL;
}

static inline void server_send(int fd, int status, const char *body, size_t size)
{
	char head[160];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n"
			 "Location: http://127.0.0.1:1/elsewhere\r\n\r\n",
			 status, size);

	if (send(fd, head, (size_t)n, MSG_NOSIGNAL) == n)
		(void)!send(fd, body, size, MSG_NOSIGNAL);
}

/* Waits, but not beyond the end of the test. */
static inline bool server_sleep(const struct metadata_server *s, unsigned ms)
{
	struct pollfd stop = {.fd = s->stop[0], .events = POLLIN};

	return poll(&stop, 1, (int)ms) == 0;
}

/* One request with its head in text. false: close the connection. */
static inline bool server_answer(struct metadata_server *s, int fd, const char *text)
{
	char method[8], path[192];
	bool put;

	if (sscanf(text, "%7s /latest/%191s HTTP/1.1", method, path) != 2)
		return false;
	put = !strcmp(method, "PUT");
	if (!s->at || !strcmp(s->at, path)) {
		s->requests++;
		if (s->drop_first) {
			s->drop_first--;
			return false;
		}
		if (s->fail_first) {
			s->fail_first--;
			server_send(fd, 503, "", 0);
			return true;
		}
		if (s->delay_ms && !server_sleep(s, s->delay_ms))
			return false;
	}
	if (put && !strstr(text, "\r\nX-aws-ec2-metadata-token-ttl-seconds: ")) {
		s->put_without_ttl++;
		server_send(fd, 400, "", 0);
	} else if (!put && !strstr(text, "\r\nX-aws-ec2-metadata-token: " SERVER_TOKEN "\r\n")) {
		s->get_without_token++;
		server_send(fd, 401, "", 0);
	} else {
		const struct answer *a = server_find(s, path);

		server_send(fd, a ? a->status : 404, a ? a->body : "not found",
			    !a	      ? 9
			    : a->size ? a->size
				      : strlen(a->body));
	}
	return true;
}

static inline void server_talk(struct metadata_server *s, int fd)
{
	char text[4096] = "";
	size_t used = 0;

	for (;;) {
		struct pollfd fds[] = {{.fd = fd, .events = POLLIN},
				       {.fd = s->stop[0], .events = POLLIN}};
		ssize_t n;

		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			return;
		n = recv(fd, text + used, sizeof(text) - 1 - used, 0);
		if (n <= 0)
			return;
		used += (size_t)n;
		text[used] = '\0';
		if (!strstr(text, "\r\n\r\n"))
			continue;
		if (!server_answer(s, fd, text))
			return;
		used = 0;
	}
}

static inline void *server_run(void *arg)
{
	struct metadata_server *s = arg;

	for (;;) {
		struct pollfd fds[] = {{.fd = s->listener, .events = POLLIN},
				       {.fd = s->stop[0], .events = POLLIN}};
		int fd, yes = 1;

		if (poll(fds, 2, -1) < 0 || fds[1].revents)
			return NULL;
		fd = accept(s->listener, NULL, NULL);
		if (fd < 0)
			continue;
		/* Head and body are two writes; the second must not wait for an acknowledgement. */
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
		server_talk(s, fd);
		close(fd);
	}
}

static inline void server_start(struct metadata_server *s)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->listener >= 0);
	assert_int_equal(bind(s->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(s->listener, 8), 0);
	assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &size), 0);
	snprintf(s->endpoint, sizeof(s->endpoint), "http://127.0.0.1:%u", ntohs(address.sin_port));
	assert_int_equal(pipe(s->stop), 0);
	assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static inline void server_stop(struct metadata_server *s)
{
	assert_int_equal(write(s->stop[1], "", 1), 1);
	pthread_join(s->thread, NULL);
	close(s->listener);
	close(s->stop[0]);
	close(s->stop[1]);
}

#endif
