/* SPDX-License-Identifier: Apache-2.0 */
/* What efa-layout-probe is on a node without libfabric. */
int absent_version(void);

int main(void)
{
	return absent_version() - 1;
}
