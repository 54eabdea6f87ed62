/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU has no stable interface for devices that it was not built with. This object is loaded into
 * one QEMU only: the package version that its headers came from. Anything else is refused before
 * a machine exists, with a sentence on stderr and exit status 1.
 */
#ifndef QEMU_GUARD_H
#define QEMU_GUARD_H

/* Each device file's type registration, called once the QEMU is known to be the right one. */
void efa_register_type(void);
void ena_register_type(void);
void pci_stub_register_type(void);

#endif
