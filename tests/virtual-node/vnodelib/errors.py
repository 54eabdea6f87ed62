# SPDX-License-Identifier: Apache-2.0
"""The exception that carries a sentence for the user, and the one kind of it that is tried again."""


class VnodeError(Exception):
    """Something went wrong; str() is a sentence that says what, where and what to do."""


class StartCrash(VnodeError):
    """QEMU crashed before anything of the command ran."""
