/* SPDX-License-Identifier: Apache-2.0 */
/* What all judges of the doctor include. */
#ifndef EFA_LAYOUT_DOCTOR_JUDGE_H
#define EFA_LAYOUT_DOCTOR_JUDGE_H

#include "doctor.h"
#include "efa_layout_config.h"
#include "text.h"

#define OUR_PROLOG EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-prolog"
#define OUR_EPILOG EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-epilog"
#define OUR_HEALTH EFA_LAYOUT_LIBEXEC_DIR "/efa-layout-health"

#endif
