/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EFA_LAYOUT_TEST_LIBEFA_H
#define EFA_LAYOUT_TEST_LIBEFA_H

#include <stdint.h>

struct answer {
	int error;
	uint32_t caps;
};

#endif
