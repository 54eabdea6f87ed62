# SPDX-License-Identifier: Apache-2.0
"""The one exception that carries a sentence for the user."""


class VnodeError(Exception):
    """Something went wrong; str() is a sentence that says what, where and what to do."""
