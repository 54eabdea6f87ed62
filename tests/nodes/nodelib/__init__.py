# SPDX-License-Identifier: Apache-2.0
"""Writes the sysfs, proc and dev trees of EC2 nodes for programs that take --root."""
