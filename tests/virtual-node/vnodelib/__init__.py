# SPDX-License-Identifier: Apache-2.0
"""Boots a virtual EC2 node with emulated EFA and ENA devices under QEMU."""
