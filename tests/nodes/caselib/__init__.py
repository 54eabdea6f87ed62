# SPDX-License-Identifier: Apache-2.0
"""Cases of the node matrix: which damage, where, and what the tool has to say of it."""
