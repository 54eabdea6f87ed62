/* SPDX-License-Identifier: Apache-2.0 */
/* A library that is there when a program is linked and not when it is started. */
int absent_version(void);

__attribute__((visibility("default"))) int absent_version(void)
{
	return 1;
}
