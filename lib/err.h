/* SPDX-License-Identifier: Apache-2.0 */
/* An error is a negative errno value and a sentence, written where it is discovered. */
#ifndef EFA_LAYOUT_ERR_H
#define EFA_LAYOUT_ERR_H

struct err {
	char text[512];
};

/*
 * Write the sentence into err (may be NULL; cut at the buffer's end) and return code, so that
 * `return err_set(err, -EINVAL, "...")` works. code is a negative errno value. errno is kept.
 * Sentences quote files, directories and users: every byte outside printable ASCII becomes '?', so
 * that what is shown or logged is one harmless line.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Put context in front of the sentence already there: "context: sentence". Returns code. */
int err_wrap(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
