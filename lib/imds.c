/* SPDX-License-Identifier: Apache-2.0 */
#include "imds_impl.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text.h"

#define ANSWER_MAX	65536
#define TOKEN_MAX	256
#define TRIES		3
#define FIRST_PAUSE_MS	100
#define TOKEN_TTL_SPARE 60 /* seconds beyond the whole fetch */
#define TOKEN_TTL_MAX	21600
#define TOKEN_PATH	"api/token"
#define INTERFACES_PATH "meta-data/network/interfaces/macs/"

struct imds {
	const struct imds_options *options;
	CURL *curl;
	struct curl_slist *headers;
	int64_t deadline_ms;
	bool started; /* curl_global_init was called */
	bool overflow;
	size_t size;
	char answer[ANSWER_MAX + 1]; /* of the last request, without its last newline */
};

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(int64_t ms)
{
	struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	while (nanosleep(&pause, &pause) && errno == EINTR)
		;
}

/* libcurl's callback; any number but n stops the transfer. */
static size_t take_answer(char *data, size_t one, size_t n, void *arg)
{
	struct imds *imds = arg;

	(void)one;
	if (n > ANSWER_MAX - imds->size) {
		imds->overflow = true;
		return 0;
	}
	memcpy(imds->answer + imds->size, data, n);
	imds->size += n;
	return n;
}

/* Nothing but plain HTTP to the one endpoint: no proxy of the environment, no redirect, no file. */
static void set_transport(CURL *curl)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http");
#else
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long)CURLPROTO_HTTP);
#endif
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "efa-layout");
}

static int timed_out(const char *path, struct err *err)
{
	return err_set(err, -ETIMEDOUT, "instance metadata %s: no answer in time", path);
}

/* What became of a transfer; 0 when there is an answer with an HTTP status. */
static int transfer_result(const struct imds *imds, CURLcode code, const char *path,
			   struct err *err)
{
	if (code == CURLE_OK)
		return 0;
	if (code == CURLE_OPERATION_TIMEDOUT)
		return timed_out(path, err);
	if (imds->overflow)
		return err_set(err, -EPROTO,
			       "instance metadata %s: expected at most %d bytes, found more", path,
			       ANSWER_MAX);
	if (code == CURLE_COULDNT_CONNECT)
		return err_set(err, -ECONNREFUSED, "instance metadata: no connection to %s",
			       imds->options->endpoint);
	return err_set(err, -EPROTO, "instance metadata %s: %s", path, curl_easy_strerror(code));
}

static bool is_lost_connection(CURLcode code)
{
	return code == CURLE_COULDNT_CONNECT || code == CURLE_SEND_ERROR ||
	       code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
}

/* One try. *ret_again: worth another one. */
static int request_once(struct imds *imds, const char *path, long *ret_status, bool *ret_again,
			struct err *err)
{
	int64_t left = imds->deadline_ms - now_ms();
	CURLcode code;
	int r;

	*ret_again = false;
	if (left <= 0)
		return timed_out(path, err);
	if (left > imds->options->request_ms)
		left = imds->options->request_ms;
	curl_easy_setopt(imds->curl, CURLOPT_TIMEOUT_MS, (long)left);
	curl_easy_setopt(imds->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)left);
	imds->size = 0;
	imds->overflow = false;
	code = curl_easy_perform(imds->curl);
	*ret_again = is_lost_connection(code);
	r = transfer_result(imds, code, path, err);
	if (r)
		return r;
	curl_easy_getinfo(imds->curl, CURLINFO_RESPONSE_CODE, ret_status);
	*ret_again = *ret_status >= 500 && *ret_status <= 599;
	return 0;
}

/* The answer as text, or why it cannot be one. */
static int end_answer(struct imds *imds, const char *path, struct err *err)
{
	if (imds->size && imds->answer[imds->size - 1] == '\n')
		imds->size--;
	imds->answer[imds->size] = '\0';
	if (memchr(imds->answer, '\0', imds->size))
		return err_set(err, -EPROTO, "instance metadata %s: NUL byte in the answer", path);
	return 0;
}

/* Lost connections and 5xx (the service throttles with 503) are tried again; nothing else is. */
static int request(struct imds *imds, const char *path, long *ret_status, struct err *err)
{
	char url[512];
	int64_t pause = FIRST_PAUSE_MS;
	bool again;
	int r;

	if (text_format(url, sizeof(url), "%s/latest/%s", imds->options->endpoint, path))
		return err_set(err, -EINVAL, "instance metadata: endpoint too long");
	curl_easy_setopt(imds->curl, CURLOPT_URL, url);
	curl_easy_setopt(imds->curl, CURLOPT_HTTPHEADER, imds->headers);
	for (unsigned i = 1;; i++, pause *= 4) {
		r = request_once(imds, path, ret_status, &again, err);
		if (!again || i == TRIES || now_ms() + pause >= imds->deadline_ms)
			break;
		pause_ms(pause);
	}
	return r ? r : end_answer(imds, path, err);
}

static int judge_status(const char *path, long status, struct err *err)
{
	if (status == 200)
		return 0;
	if (status == 404)
		return err_set(err, -ENOENT, "instance metadata %s: HTTP status 404", path);
	if (status == 401 || status == 403)
		return err_set(err, -EACCES,
			       "instance metadata %s: refused with HTTP status %ld, is the "
			       "metadata service enabled for this instance?",
			       path, status);
	return err_set(err, -EPROTO, "instance metadata %s: expected HTTP status 200, found %ld",
		       path, status);
}

bool imds_pause(const struct imds *imds, unsigned ms)
{
	if (now_ms() + ms + imds->options->request_ms >= imds->deadline_ms)
		return false;
	pause_ms(ms);
	return true;
}

int imds_get(struct imds *imds, const char *path, char **ret_text, struct err *err)
{
	long status = 0;
	int r = request(imds, path, &status, err);

	if (!r)
		r = judge_status(path, status, err);
	if (!r)
		*ret_text = imds->answer;
	return r;
}

static int add_header(struct imds *imds, const char *header, struct err *err)
{
	struct curl_slist *more = curl_slist_append(imds->headers, header);

	if (!more)
		return err_set(err, -ENOMEM, "instance metadata: out of memory");
	imds->headers = more;
	return 0;
}

static int get_token(struct imds *imds, struct err *err)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789+/=_-";
	char header[TOKEN_MAX + 64];
	char *token;
	unsigned ttl = imds->options->total_ms / 1000 + TOKEN_TTL_SPARE;
	int r;

	text_format(header, sizeof(header), "X-aws-ec2-metadata-token-ttl-seconds: %u",
		    ttl < TOKEN_TTL_MAX ? ttl : TOKEN_TTL_MAX);
	r = add_header(imds, header, err);
	if (r)
		return r;
	curl_easy_setopt(imds->curl, CURLOPT_CUSTOMREQUEST, "PUT");
	r = imds_get(imds, TOKEN_PATH, &token, err);
	curl_easy_setopt(imds->curl, CURLOPT_CUSTOMREQUEST, NULL);
	if (r)
		return r == -ENOENT ? -EPROTO : r;
	if (!imds->size || imds->size > TOKEN_MAX || strspn(token, letters) != imds->size)
		return err_set(err, -EPROTO,
			       "instance metadata " TOKEN_PATH
			       ": expected a token, found %zu bytes "
			       "of something else",
			       imds->size);
	text_format(header, sizeof(header), "X-aws-ec2-metadata-token: %s", token);
	curl_slist_free_all(imds->headers);
	imds->headers = NULL;
	return add_header(imds, header, err);
}

static int open_handle(struct imds *imds, struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_NOTHING))
		return err_set(err, -ENOMEM, "instance metadata: out of memory");
	imds->started = true;
	imds->curl = curl_easy_init();
	if (!imds->curl)
		return err_set(err, -ENOMEM, "instance metadata: out of memory");
	set_transport(imds->curl);
	curl_easy_setopt(imds->curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(imds->curl, CURLOPT_WRITEDATA, imds);
	return get_token(imds, err);
}

int imds_open(const struct imds_options *options, struct imds **ret_imds, struct err *err)
{
	struct imds *imds;
	int r;

	if (strncmp(options->endpoint, "http://", 7) != 0)
		return err_set(err, -EINVAL,
			       "instance metadata: expected an endpoint that begins with http://, "
			       "found \"%.100s\"",
			       options->endpoint);
	imds = calloc(1, sizeof(*imds));
	if (!imds)
		return err_set(err, -ENOMEM, "instance metadata: out of memory");
	imds->options = options;
	imds->deadline_ms = now_ms() + options->total_ms;
	r = open_handle(imds, err);
	if (r)
		imds_close(imds);
	else
		*ret_imds = imds;
	return r;
}

void imds_close(struct imds *imds)
{
	if (!imds)
		return;
	curl_slist_free_all(imds->headers);
	curl_easy_cleanup(imds->curl);
	if (imds->started)
		curl_global_cleanup();
	free(imds);
}
