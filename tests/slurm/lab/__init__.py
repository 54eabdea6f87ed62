# SPDX-License-Identifier: Apache-2.0
"""A real Slurm on one machine, in a private directory, for tests.

    from lab import Lab, main

    with Lab(nodes=2, gpus=4, prolog=path, plugstack=f"optional {so}") as lab:
        result = lab.srun("-N2", "true")
        job = lab.sbatch(script="#!/bin/sh\\ntrue\\n")
        assert lab.wait_job(job)["JobState"] == "COMPLETED"

Everything (munged, slurmctld, one slurmd per node) belongs to the test's process and ends with it.
"""

from .cluster import Lab, LabError
from .commands import Result
from .testing import main, missing

__all__ = ["Lab", "LabError", "Result", "main", "missing"]
